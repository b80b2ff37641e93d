"""Documentation of import columns, as a generated Markdown table for each kind of import."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from app.exchange.rules import components, households, incidents, organisation
from app.exchange.rules.contract import Field
from app.exchange.rules.text_readers import OneOf

_FIELDS: Mapping[str, Callable[[], Sequence[Field]]] = {
    "areas": lambda: organisation.area_fields({}),
    "units": organisation.unit_fields,
    "households": households.fields,
    "workers": organisation.worker_fields,
    "incidents": lambda: incidents.fields(str),
    "components": components.fields,
}


def fields_of(kind: str) -> Sequence[Field]:
    """Return the fields of a kind of import, without the words and the time zone of a jurisdiction."""
    return _FIELDS[kind]()


def table_of(kind: str) -> Iterator[str]:
    """Yield the lines of the Markdown table of the fields of a kind of import.

    The table has the column names by which a field is recognised, and the words that are accepted as values.
    """
    yield "| field | needed | English names | Chinese names | words that are read |"
    yield "|---|---|---|---|---|"
    for field in fields_of(kind):
        english = [name for name in dict.fromkeys((field.name, *field.aliases)) if name.isascii()]
        chinese = [name for name in field.aliases if not name.isascii()]
        needed = "yes" if field.required else ""
        if field.explicit:
            english, chinese, needed = [], [], f"only by `--map COLUMN={field.name}`"
        elif field.needs:
            needed = f"only with `{field.needs}`"
        words = list(field.read.choices) if isinstance(field.read, OneOf) else []
        yield f"| `{field.name}` | {needed} | {', '.join(english)} | {', '.join(chinese)} | {', '.join(words)} |"
