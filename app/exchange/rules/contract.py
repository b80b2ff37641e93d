"""From a header and rows to values or faults: which column is which field, and what each row says.

A `Field` has the names under which other systems know it. A column is recognised by such a name, or by a mapping
that somebody gives; two columns for one field are refused by name, columns nobody knows are left out and listed.
"""

import hashlib
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid5

import orjson

from app.accounts.rules.personal import looks_like_national_id
from app.exchange.rules.faults import Fault, FileRefused, Unreadable
from app.exchange.rules.forbidden import is_forbidden_column
from app.exchange.rules.values import Moment, plain

# The columns of an error file that say which row it was and why; not part of what is imported.
KINDS = ("areas", "units", "households", "workers", "incidents", "components")
ROW_COLUMN, REASON_COLUMN = "_row", "_reason"
GEOMETRY = "geometry"
_NOBODY = UUID(int=0)
# A digest begins with that of what the row says; how it was read follows.
CONTENT_DIGEST = 16


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a kind. `read` gives its value or raises Unreadable; an empty cell is None.

    `explicit`: personal, so only a mapping that names it takes it in, never a column's name alone.
    `may_be_empty`: the column has to be there, a value need not.
    `needs`: a field without whose column this one is left out. `preferred`: names that win over the others.
    """

    name: str
    read: Callable[[Any], Any]
    aliases: tuple[str, ...] = ()
    required: bool = False
    explicit: bool = False
    may_be_empty: bool = False
    needs: str | None = None
    preferred: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Columns:
    """Which column (by place) is which field, and what else the file has."""

    header: tuple[str, ...]
    places: Mapping[str, int]
    ignored: tuple[str, ...]

    def name_of(self, field_name: str) -> str | None:
        place = self.places.get(field_name)
        return None if place is None else self.header[place]


@dataclass(frozen=True, slots=True)
class Row:
    """A row as read: its number in the file (the first after the header is 1), its cells, its shape if any.

    `shape` is in the file's own coordinate system; `geometry` is what the file had, if it was JSON.
    """

    number: int
    cells: tuple[Any, ...]
    shape: Any = None
    geometry: Any = None
    is_long: bool = False


@dataclass(slots=True)
class Judged:
    """What came of a row: its values, or why not. `notes` are doubts about a row that is taken.

    `is_repeat`: it adds nothing to an earlier row of the file, though its cells differ.
    """

    row: Row
    values: dict[str, Any] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    notes: list[Fault] = field(default_factory=list)
    id: UUID = _NOBODY
    digest: bytes = b""
    is_repeat: bool = False


def recognise(
    header: Sequence[str],
    fields: Sequence[Field],
    mapping: Mapping[str, str],
    *,
    has_shapes: bool,
    given: Iterable[str] = (),
) -> Columns:
    """Find the field of each column. `given`: fields that an option fills for every row."""
    by_name = {one.name: one for one in fields}
    places: dict[str, int] = {}
    for column, field_name in mapping.items():
        where = [place for place, name in enumerate(header) if name == column]
        if not where:
            raise FileRefused("column_unknown", column=column)
        if not field_name:
            continue
        if field_name not in by_name:
            raise FileRefused("field_unknown", field=field_name, known=sorted(by_name))
        if is_forbidden_column(column):
            raise FileRefused("forbidden_field", column=column)
        if len(where) > 1 or field_name in places:
            columns = [column] * len(where) if len(where) > 1 else [header[places[field_name]], column]
            raise FileRefused("columns_ambiguous", field=field_name, columns=columns)
        places[field_name] = where[0]
    _by_alias(header, fields, mapping, places)
    for one in fields:
        if one.needs is not None and one.needs not in places:
            places.pop(one.name, None)
    if has_shapes:
        places.pop("lon", None)
        places.pop("lat", None)
    _require(fields, places, has_shapes=has_shapes, given=set(given))
    taken = set(places.values())
    ignored = [
        name
        for place, name in enumerate(header)
        if place not in taken and name not in (ROW_COLUMN, REASON_COLUMN) and name
    ]
    return Columns(tuple(header), places, tuple(dict.fromkeys(ignored)))


def _by_alias(
    header: Sequence[str], fields: Sequence[Field], mapping: Mapping[str, str], places: dict[str, int]
) -> None:
    known = {
        _folded(alias): one.name for one in fields if not one.explicit for alias in (one.name, *one.aliases)
    }
    found: dict[str, list[int]] = {}
    for place, name in enumerate(header):
        field_name = known.get(_folded(name))
        if field_name is None or name in mapping or field_name in places or is_forbidden_column(name):
            continue
        found.setdefault(field_name, []).append(place)
    preferred = {one.name: {_folded(name) for name in one.preferred} for one in fields}
    for field_name, where in found.items():
        if len(where) > 1:
            where = [p for p in where if _folded(header[p]) in preferred[field_name]] or where
        if len(where) > 1:
            raise FileRefused(
                "columns_ambiguous", field=field_name, columns=[header[place] for place in where]
            )
        places[field_name] = where[0]


def _require(
    fields: Sequence[Field], places: Mapping[str, int], *, has_shapes: bool, given: set[str]
) -> None:
    missing = [
        one.name
        for one in fields
        if one.required
        and one.name not in places
        and one.name not in given
        and not (has_shapes and one.name in ("lon", "lat", GEOMETRY))
    ]
    if missing:
        raise FileRefused("columns_missing", fields=missing)


def _folded(name: str) -> str:
    """Names that differ in case, blanks, underscores or a unit in brackets are the same."""
    bare = re.sub(r"[(（\[].*?[)）\]]", "", unicodedata.normalize("NFKC", name))
    return re.sub(r"[\s_\-./*:：]+", "", bare).casefold()


class Judge:
    """Judges the rows of one file, one after the other; knows which it has seen."""

    def __init__(
        self,
        columns: Columns,
        fields: Sequence[Field],
        *,
        namespace: UUID,
        kind: str,
        key: str | None,
        constants: Mapping[str, Any] | None = None,
        replaced: Mapping[tuple[str, str], str] | None = None,
        finish: Callable[[Judged], None],
        identify: Callable[[Judged, Mapping[str, str], UUID], None] | None = None,
        reading: Mapping[str, str] | None = None,
    ) -> None:
        self._columns = columns
        self._fields = [one for one in fields if one.name in columns.places]
        self._required = {one.name for one in fields if one.required and not one.may_be_empty}
        self._namespace = namespace
        self._kind = kind
        self._key = key
        self._constants = dict(constants or {})
        self._replaced = dict(replaced or {})
        self._finish = finish
        self._seen: dict[UUID, int] = {}
        self._identify_member = identify
        # How coordinates and times were read, where not as they are read by default: a digest of its own in each row's.
        packed = orjson.dumps(reading, option=orjson.OPT_SORT_KEYS) if reading else b""
        self._reading = hashlib.sha256(packed).digest()[:4] if reading else b""

    def judge(self, row: Row) -> Judged:
        """The values of a row, or all its faults."""
        judged = Judged(row)
        if row.is_long:
            judged.faults.append(Fault("row_too_long"))
        said: dict[str, str] = {}
        for one in self._fields:
            self._read(one, judged, said)
        for name, value in self._constants.items():
            if judged.values.get(name) is None:
                judged.values[name] = value
        if not judged.faults:
            self._finish(judged)
        if not judged.faults:
            self._identify(judged, said)
        return judged

    def _read(self, one: Field, judged: Judged, said: dict[str, str]) -> None:
        column = self._columns.name_of(one.name)
        cell = judged.row.cells[self._columns.places[one.name]]
        text = plain(cell)
        replacement = self._replaced.get((one.name, text))
        if replacement is not None:
            cell = text = replacement
        said[one.name] = text
        if not text:
            if one.name in self._required and one.name not in self._constants:
                judged.faults.append(Fault("value_missing", column))
            return
        if len(text) >= 18 and looks_like_national_id(text):
            judged.faults.append(Fault("looks_like_national_id", column))
            return
        try:
            value = one.read(cell)
        except Unreadable as error:
            judged.faults.append(Fault(error.code, column, error.params))
            return
        if isinstance(value, Moment) and value.note:
            judged.notes.append(Fault(value.note, column))
        judged.values[one.name] = value

    def _identify(self, judged: Judged, said: dict[str, str]) -> None:
        """The same row of the same source has the same id, whenever and however often it comes."""
        shown = said | {"_shape": judged.row.shape.wkb_hex if judged.row.shape is not None else ""}
        packed = orjson.dumps(shown, option=orjson.OPT_SORT_KEYS)
        content = hashlib.sha256(packed).digest()[:CONTENT_DIGEST]
        judged.digest = content + self._reading
        if self._identify_member is not None:
            self._identify_member(judged, said, self._namespace)
            return
        key = judged.values.get(self._key) if self._key else None
        name = f"{self._kind}:key:{key}" if key else f"{self._kind}:row:{content.hex()}"
        judged.id = uuid5(self._namespace, name)
        first = self._seen.setdefault(judged.id, judged.row.number)
        if first != judged.row.number:
            judged.faults.append(Fault("duplicate_in_file", None, {"row": first}))
