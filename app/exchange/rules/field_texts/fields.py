"""Titles, explanations and examples of the fields of imports, for templates and for the mapping of columns by hand.

`with_texts` adds the texts of a kind to its fields. A title is also a name by which the column is recognised, so a template
can always be imported.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from app.exchange.rules.contract import Field, normalized_name
from app.exchange.rules.field_texts import cases, households, organisation

TEXTS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    **organisation.TEXTS,
    **households.TEXTS,
    **cases.TEXTS,
}
LANGUAGES = ("en", "zh")


def with_texts(kind: str, fields: Iterable[Field]) -> tuple[Field, ...]:
    """Return the fields of a kind of import with their titles and explanations.

    Raises:
        KeyError: A field has no text.
    """
    return tuple(_with_text(field, TEXTS[kind][field.name]) for field in fields)


def _with_text(field: Field, texts: tuple[str, ...]) -> Field:
    title = dict(zip(LANGUAGES, texts[:2], strict=True))
    note = dict(zip(LANGUAGES, texts[2:4], strict=True))
    names_so_far = {normalized_name(name) for name in (field.name, *field.aliases)}
    names = (
        ()
        if field.explicit
        else tuple(name for name in texts[:2] if normalized_name(name) not in names_so_far)
    )
    return replace(field, title=title, note=note, aliases=(*field.aliases, *names))
