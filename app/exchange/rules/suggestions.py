"""Suggestions which column of a file is which field of a kind of import, each with its reason.

Three rules apply in this order: the name of the column, a part of its name, its first values. A person confirms or changes the
suggestions. Columns of personal fields are never suggested, only mentioned.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Any

from app.core.wording import fill
from app.exchange.rules.cell_readers import number_of, plain
from app.exchange.rules.contract import GEOMETRY, REASON_COLUMN, ROW_COLUMN, Field, normalized_name
from app.exchange.rules.faults import Unreadable
from app.exchange.rules.forbidden_data import is_forbidden_column, masked

SAMPLE_ROWS = 20
VALUES_SHOWN, VALUE_LENGTH = 3, 60
_PLACE_FIELDS = ("lon", "lat")
# A name is similar to another if so much of both is equal.
_SIMILARITY = 0.84
# Characters of the shortest name that is compared, and how much of the longer name a part has to be.
_SHORTEST_LATIN, _SHORTEST_CHINESE = 4, 2
_LATIN_SHARE, _CHINESE_SHARE = 0.5, 0.3
# Texts that a field of free text accepts, or a field of numbers. A field that refuses both is known by its values.
_PROBES = ("\N{SNOWMAN}", "7")
# Degrees around the jurisdiction within which coordinates count as its own.
_MARGIN = 0.2

REASONS: Mapping[str, tuple[str, str]] = {
    "name": ("The name of the column says so.", "列名与该字段的名称一致。"),
    "similar": ("The name of the column is like “{name}”.", "列名与“{name}”相近。"),
    "values": ("The first values can be read as {field}.", "前几行的值符合“{field}”。"),
    "place": ("The first values lie within this jurisdiction.", "前几行的值在本辖区范围内。"),
    "personal": (
        "It may be {field}. Personal data are imported only if you choose it.",
        "可能是“{field}”。个人信息须由您指定后才导入。",
    ),
    "taken": ("Another column is {field} already.", "“{field}”已由另一列提供。"),
    "forbidden": ("Data of this kind are never stored.", "此类信息禁止采集，不导入。"),
    "unnamed": (
        "The column has no name of its own. Give it one in the file to import it.",
        "该列没有列名或与其他列重名；请在文件中改名后再导入。",
    ),
}


@dataclass(slots=True)
class Suggestion:
    """A column with its first values and a suggestion.

    Attributes:
        values: The first different values, as text.
        recognised: Name of the field that an import assigns to the column by its name alone.
        field_name: Name of the suggested field.
        reason: Key of `REASONS`. None: nothing is suggested.
        params: Values for the sentence of the reason.
    """

    name: str
    values: list[str]
    recognised: str | None = None
    field_name: str | None = None
    reason: str | None = None
    params: dict[str, Any] = field(default_factory=dict)

    def sentence(self, language: str) -> str | None:
        """Return the reason as a sentence in `en` or `zh`."""
        if self.reason is None:
            return None
        return fill(REASONS[self.reason][language == "zh"], language, **self.params)


def suggest_fields(
    header: Sequence[str],
    rows: Sequence[Sequence[Any]],
    fields: Sequence[Field],
    *,
    has_shapes: bool,
    box: tuple[float, float, float, float] | None,
) -> list[Suggestion]:
    """Return a suggestion for each column of a file.

    Args:
        rows: Cells of the first rows.
        has_shapes: The file has geometries, so no column is needed for coordinates.
        box: West, south, east, north of the jurisdiction in degrees. None: not known.
    """
    columns = [
        Suggestion(name, _values([row[position] for row in rows])) for position, name in enumerate(header)
    ]
    is_place = {*_PLACE_FIELDS, GEOMETRY}
    usable = [each for each in fields if not (has_shapes and each.name in is_place)]
    for column in columns:
        if not column.name or header.count(column.name) > 1:
            column.reason = "unnamed"
        elif is_forbidden_column(column.name):
            column.reason, column.values = "forbidden", []
    open_columns = [
        column
        for column in columns
        if column.reason is None and column.name not in (ROW_COLUMN, REASON_COLUMN)
    ]
    _by_name(open_columns, usable)
    _by_similar_name(open_columns, usable)
    for position, column in enumerate(columns):
        if column.reason is None and column in open_columns:
            _by_values(column, [row[position] for row in rows], _left(columns, usable), box)
    return columns


def _values(cells: Sequence[Any]) -> list[str]:
    texts = dict.fromkeys(text for cell in cells if (text := plain(cell)))
    return [masked(text)[:VALUE_LENGTH] for text in texts][:VALUES_SHOWN]


def _left(columns: Sequence[Suggestion], fields: Sequence[Field]) -> list[Field]:
    """Return the fields for which no column is suggested yet. Personal fields are not among them."""
    suggested = {column.field_name for column in columns}
    return [each for each in fields if each.name not in suggested and not each.explicit]


def _names(field: Field) -> list[str]:
    return list(dict.fromkeys((*field.title.values(), field.name, *field.aliases)))


def _by_name(columns: Sequence[Suggestion], fields: Sequence[Field]) -> None:
    by_name = {normalized_name(name): each for each in fields for name in _names(each)}
    candidates: dict[str, list[Suggestion]] = {}
    for column in columns:
        field = by_name.get(normalized_name(column.name))
        if field is None:
            continue
        if field.explicit:
            column.reason, column.params = "personal", {"field": dict(field.title)}
            continue
        column.recognised = field.name
        candidates.setdefault(field.name, []).append(column)
    for each in fields:
        matches = candidates.get(each.name, [])
        preferred = {normalized_name(name) for name in each.preferred}
        matches.sort(key=lambda column: normalized_name(column.name) not in preferred)
        for n, column in enumerate(matches):
            column.reason, column.params = ("taken", {"field": dict(each.title)}) if n else ("name", {})
            column.field_name = None if n else each.name


def _by_similar_name(columns: Sequence[Suggestion], fields: Sequence[Field]) -> None:
    """Suggest fields for columns whose name contains, or nearly is, a name of the field. The best match is first."""
    matches = []
    for column in columns:
        if column.reason is not None:
            continue
        for each in fields:
            scores = [(score, name) for name in _names(each) if (score := _similarity(column.name, name))]
            if scores:
                score, name = max(scores)
                matches.append((score, column, each, name))
    taken = {column.field_name for column in columns if column.field_name}
    for _, column, each, name in sorted(matches, key=lambda match: -match[0]):
        if column.reason is not None or each.name in taken:
            continue
        if each.explicit:
            column.reason, column.params = "personal", {"field": dict(each.title)}
            continue
        taken.add(each.name)
        column.field_name, column.reason, column.params = each.name, "similar", {"name": name}


def _similarity(column: str, name: str) -> float:
    """Return how similar two names are, from 0 (not at all) to 1.

    A Chinese name may be a part of the other one. Of a Latin name whole words must be equal, and more of them.
    """
    a, b = normalized_name(column), normalized_name(name)
    is_latin = b.isascii()
    if min(len(a), len(b)) < (_SHORTEST_LATIN if is_latin else _SHORTEST_CHINESE):
        return 0.0
    share = min(len(a), len(b)) / max(len(a), len(b))
    if is_latin:
        is_part = _words(name) in _words(column) and share >= _LATIN_SHARE
    else:
        is_part = (b in a and share >= _CHINESE_SHARE) or (a in b and share >= _LATIN_SHARE)
    if is_part:
        return share
    ratio = SequenceMatcher(None, a, b).ratio()
    return ratio if ratio >= _SIMILARITY else 0.0


def _words(name: str) -> str:
    """Return the words of a Latin name between blanks, in small letters: `SiteLatitude` gives ` site latitude `."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    words = re.findall(r"[^\W_]+", spaced)
    return f" {' '.join(words).casefold()} "


def _by_values(
    column: Suggestion,
    cells: Sequence[Any],
    fields: Sequence[Field],
    box: tuple[float, float, float, float] | None,
) -> None:
    given = [cell for cell in cells if plain(cell)]
    if not given:
        return
    if box is not None:
        west, south, east, north = box
        places = [
            each.name
            for each, low, high in (
                (each, *((west, east) if each.name == "lon" else (south, north)))
                for each in fields
                if each.name in _PLACE_FIELDS
            )
            if _are_within(given, low - _MARGIN, high + _MARGIN)
        ]
        if len(places) == 1:
            column.field_name, column.reason = places[0], "place"
            return
    fitting = [
        each
        for each in fields
        if each.needs is None and _is_known_by_values(each) and all(_reads(each, cell) for cell in given)
    ]
    required = [each for each in fitting if each.required]
    best = required if len(required) == 1 else fitting
    if len(best) == 1:
        column.field_name, column.reason = best[0].name, "values"
        column.params = {"field": dict(best[0].title)}


def _are_within(cells: Sequence[Any], low: float, high: float) -> bool:
    try:
        numbers = [number_of(cell) for cell in cells]
    except Unreadable:
        return False
    return all(low <= number <= high and not number.is_integer() for number in numbers)


def _is_known_by_values(field: Field) -> bool:
    return field.name not in _PLACE_FIELDS and not any(_reads(field, probe) for probe in _PROBES)


def _reads(field: Field, cell: Any) -> bool:
    try:
        return field.read(cell) is not None
    except Unreadable:
        return False
