"""Recognition of the columns of an imported file, and validation of its rows.

A `Field` has the names that other systems use for it. A column is assigned to a field by such a name, or by a mapping that
the user gives. If two columns belong to one field, the file is refused. Unknown columns are ignored and listed. The result
for a row is its values, or its faults.
"""

import hashlib
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid5

import orjson

from app.accounts.rules.masking import looks_like_national_id
from app.core.enumerations import Enumeration
from app.exchange.rules.cell_readers import Moment, plain
from app.exchange.rules.faults import Fault, FileRefused, Unreadable
from app.exchange.rules.forbidden_data import is_forbidden_column

# The columns of an error file with the number of the row and the reasons; an import ignores them.
KINDS = Enumeration(
    "ImportKind",
    {
        "areas": "areas with their borders",
        "units": "units",
        "households": "premises with their households",
        "workers": "accounts of workers with their grids",
        "incidents": "cases of another system",
        "components": "components",
    },
)
ROW_COLUMN, REASON_COLUMN = "_row", "_reason"
GEOMETRY = "geometry"
# Beginnings of the first cell of the row below the head of a template, which explains the columns; an import ignores the row.
NOTE_MARKS = ("#note", "#说明")
_NO_ID = UUID(int=0)
# A digest begins with the digest of the row's content; the digest of the reading options follows.
CONTENT_DIGEST_BYTES = 16


@dataclass(frozen=True, slots=True)
class Field:
    """A field that a kind of import can read from a column. The value of an empty cell is None.

    Attributes:
        read: Function that parses a cell, or raises Unreadable.
        explicit: The field is personal: a column is assigned to it only by the user's mapping, never by the column's name.
        may_be_empty: Cells may be empty, although the column is required.
        needs: Name of another field. If no column is assigned to that field, this field is not used.
        preferred: Names that take precedence over the other names.
        title: Name of the field for people, in English and Chinese.
        note: One sentence about the values, in English and Chinese.
    """

    name: str
    read: Callable[[Any], Any]
    aliases: tuple[str, ...] = ()
    required: bool = False
    explicit: bool = False
    may_be_empty: bool = False
    needs: str | None = None
    preferred: tuple[str, ...] = ()
    title: Mapping[str, str] = field(default_factory=dict)
    note: Mapping[str, str] = field(default_factory=dict)

    def label(self) -> Mapping[str, str]:
        """Return the title in English and Chinese, each with the name that options and mappings use."""
        return {
            language: f"{title} ({self.name})" if language == "en" else f"{title}（{self.name}）"
            for language, title in self.title.items()
        } or {"en": self.name, "zh": self.name}


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of a file: for each field its position in the header, and the ignored names."""

    header: tuple[str, ...]
    positions: Mapping[str, int]
    ignored: tuple[str, ...]

    def name_of(self, field_name: str) -> str | None:
        position = self.positions.get(field_name)
        return None if position is None else self.header[position]


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a file.

    Attributes:
        number: Number of the row. The first row after the header has the number 1.
        shape: Geometry of the row in the file's coordinate system, or None.
        geometry: The original GeoJSON geometry of the row, or None.
        is_long: The row has more cells than the header.
    """

    number: int
    cells: tuple[Any, ...]
    shape: Any = None
    geometry: Any = None
    is_long: bool = False


@dataclass(slots=True)
class JudgedRow:
    """A row after validation, with its values or with its faults.

    Attributes:
        notes: Warnings about an accepted row.
        is_repeat: The used cells are equal to those of an earlier row of the file. Cells in ignored columns may differ.
    """

    row: Row
    values: dict[str, Any] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    notes: list[Fault] = field(default_factory=list)
    id: UUID = _NO_ID
    digest: bytes = b""
    is_repeat: bool = False


def recognise_columns(
    header: Sequence[str],
    fields: Sequence[Field],
    mapping: Mapping[str, str],
    *,
    has_shapes: bool,
    provided: Iterable[str] = (),
) -> Columns:
    """Assign columns of a file to the fields of a kind of import, by the header.

    Args:
        mapping: Names of fields by name of the column, as the user gives them.
        has_shapes: The file has geometries, so columns for the coordinates are not needed.
        provided: Fields for which an option gives the value of every row.

    Raises:
        FileRefused: A column is unknown, forbidden, ambiguous or missing.
    """
    by_name = {field_spec.name: field_spec for field_spec in fields}
    positions: dict[str, int] = {}
    for column, field_name in mapping.items():
        matches = [position for position, name in enumerate(header) if name == column]
        if not matches:
            raise FileRefused("column_unknown", column=column)
        if not field_name:
            continue
        if field_name not in by_name:
            raise FileRefused("field_unknown", field=field_name, known=[each.label() for each in fields])
        if is_forbidden_column(column):
            raise FileRefused("forbidden_field", column=column)
        if len(matches) > 1 or field_name in positions:
            columns = [column] * len(matches) if len(matches) > 1 else [header[positions[field_name]], column]
            raise FileRefused("columns_ambiguous", field=by_name[field_name].label(), columns=columns)
        positions[field_name] = matches[0]
    _by_alias(header, fields, mapping, positions)
    for field_spec in fields:
        if field_spec.needs is not None and field_spec.needs not in positions:
            positions.pop(field_spec.name, None)
    if has_shapes:
        positions.pop("lon", None)
        positions.pop("lat", None)
    _require_columns(fields, positions, has_shapes=has_shapes, provided=set(provided))
    used = set(positions.values())
    ignored = [
        name
        for position, name in enumerate(header)
        if position not in used and name not in (ROW_COLUMN, REASON_COLUMN) and name
    ]
    return Columns(tuple(header), positions, tuple(dict.fromkeys(ignored)))


def _by_alias(
    header: Sequence[str], fields: Sequence[Field], mapping: Mapping[str, str], positions: dict[str, int]
) -> None:
    field_by_alias = {
        normalized_name(alias): field_spec.name
        for field_spec in fields
        if not field_spec.explicit
        for alias in (field_spec.name, *field_spec.aliases)
    }
    candidates: dict[str, list[int]] = {}
    for position, name in enumerate(header):
        field_name = field_by_alias.get(normalized_name(name))
        if field_name is None or name in mapping or field_name in positions or is_forbidden_column(name):
            continue
        candidates.setdefault(field_name, []).append(position)
    preferred = {
        field_spec.name: {normalized_name(name) for name in field_spec.preferred} for field_spec in fields
    }
    for field_name, matches in candidates.items():
        if len(matches) > 1:
            matches = [p for p in matches if normalized_name(header[p]) in preferred[field_name]] or matches
        if len(matches) > 1:
            label = next(each.label() for each in fields if each.name == field_name)
            raise FileRefused(
                "columns_ambiguous", field=label, columns=[header[position] for position in matches]
            )
        positions[field_name] = matches[0]


def _require_columns(
    fields: Sequence[Field], positions: Mapping[str, int], *, has_shapes: bool, provided: set[str]
) -> None:
    missing = [
        field_spec.label()
        for field_spec in fields
        if field_spec.required
        and field_spec.name not in positions
        and field_spec.name not in provided
        and not (has_shapes and field_spec.name in ("lon", "lat", GEOMETRY))
    ]
    if missing:
        raise FileRefused("columns_missing", fields=missing)


def normalized_name(name: str) -> str:
    """Return a column name in a form in which equal names can be compared.

    Case, blanks, underscores and units in brackets are removed.
    """
    bare = re.sub(r"[(（\[].*?[)）\]]", "", unicodedata.normalize("NFKC", name))
    return re.sub(r"[\s_\-./*:：]+", "", bare).casefold()


class RowJudge:
    """A validator of the rows of one file, which converts each row to values or faults.

    The rows are validated in order. The ids of earlier rows are stored to find duplicates.
    """

    # Each parameter is a part of the contract of one kind of import.
    def __init__(  # noqa: PLR0913
        self,
        columns: Columns,
        fields: Sequence[Field],
        *,
        namespace: UUID,
        kind: str,
        key: str | None,
        constants: Mapping[str, Any] | None = None,
        replaced: Mapping[tuple[str, str], str] | None = None,
        finish: Callable[[JudgedRow], None],
        identify: Callable[[JudgedRow, Mapping[str, str], UUID], None] | None = None,
        reading: Mapping[str, str] | None = None,
    ) -> None:
        self._columns = columns
        self._fields = [field_spec for field_spec in fields if field_spec.name in columns.positions]
        self._required = {
            field_spec.name for field_spec in fields if field_spec.required and not field_spec.may_be_empty
        }
        self._namespace = namespace
        self._kind = kind
        self._key = key
        self._constants = dict(constants or {})
        self._replaced = dict(replaced or {})
        self._finish = finish
        self._seen: dict[UUID, int] = {}
        self._identify_member = identify
        # Coordinates and times that are not read by the defaults change the digest of each row.
        packed = orjson.dumps(reading, option=orjson.OPT_SORT_KEYS) if reading else b""
        self._reading = hashlib.sha256(packed).digest()[:4] if reading else b""

    def judge(self, row: Row) -> JudgedRow:
        """Validate a row, and return it with its values or with all its faults."""
        judged = JudgedRow(row)
        if row.is_long:
            judged.faults.append(Fault("row_too_long"))
        texts: dict[str, str] = {}
        for field_spec in self._fields:
            self._read(field_spec, judged, texts)
        for name, value in self._constants.items():
            if judged.values.get(name) is None:
                judged.values[name] = value
        if not judged.faults:
            self._finish(judged)
        if not judged.faults:
            self._identify(judged, texts)
        return judged

    def _read(self, field_spec: Field, judged: JudgedRow, texts: dict[str, str]) -> None:
        column = self._columns.name_of(field_spec.name)
        cell = judged.row.cells[self._columns.positions[field_spec.name]]
        text = plain(cell)
        replacement = self._replaced.get((field_spec.name, text))
        if replacement is not None:
            cell = text = replacement
        texts[field_spec.name] = text
        if not text:
            if field_spec.name in self._required and field_spec.name not in self._constants:
                judged.faults.append(Fault("value_missing", column))
            return
        if len(text) >= 18 and looks_like_national_id(text):
            judged.faults.append(Fault("looks_like_national_id", column))
            return
        try:
            value = field_spec.read(cell)
        except Unreadable as error:
            judged.faults.append(Fault(error.code, column, error.params))
            return
        if isinstance(value, Moment) and value.note:
            judged.notes.append(Fault(value.note, column))
        judged.values[field_spec.name] = value

    def _identify(self, judged: JudgedRow, texts: dict[str, str]) -> None:
        """Set the digest and the id of a row. Add a fault if an earlier row has the same id.

        A row gets the same id whenever it is imported from the same source.
        """
        content_texts = texts | {"_shape": judged.row.shape.wkb_hex if judged.row.shape is not None else ""}
        packed = orjson.dumps(content_texts, option=orjson.OPT_SORT_KEYS)
        content = hashlib.sha256(packed).digest()[:CONTENT_DIGEST_BYTES]
        judged.digest = content + self._reading
        if self._identify_member is not None:
            self._identify_member(judged, texts, self._namespace)
            return
        key = judged.values.get(self._key) if self._key else None
        name = f"{self._kind}:key:{key}" if key else f"{self._kind}:row:{content.hex()}"
        judged.id = uuid5(self._namespace, name)
        first = self._seen.setdefault(judged.id, judged.row.number)
        if first != judged.row.number:
            judged.faults.append(Fault("duplicate_in_file", None, {"row": first}))
