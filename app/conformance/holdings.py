"""Data of a sync client: its dump, and the state after it has applied the pages of pulls."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

RowKey = tuple[str, str]


class DumpInvalid(Exception):
    """Error: the dump does not have the documented format. The message names the member."""


@dataclass(frozen=True)
class Row:
    """A row that a client stores.

    Attributes:
        data: The content of the row. None: the dump of the client has versions only.
        buckets: The buckets of the row. None: the dump of the client does not have them.
        until: The row expires at this instant. None: never.
    """

    version: int | None
    data: Any = None
    until: datetime | None = None
    buckets: frozenset[str] | None = None


@dataclass(frozen=True)
class Dump:
    """Everything that a client stores: token, buckets, rows and operations.

    Attributes:
        pending: Ids of the operations without a final answer.
        operations: Ids of all operations that the client ever queued. None: the client does not know them.
    """

    token: str | None
    buckets: frozenset[str]
    rows: Mapping[RowKey, Row]
    pending: frozenset[str]
    operations: frozenset[str] | None

    @classmethod
    def parse(cls, document: Any) -> "Dump":
        """Return the dump from a parsed JSON document.

        Raises:
            DumpInvalid: A member is missing or has another type.
        """
        if not isinstance(document, dict):
            raise DumpInvalid("The dump must be an object.")
        token = document.get("token")
        if token is not None and not isinstance(token, str):
            raise DumpInvalid("token must be a string or null.")
        rows: dict[RowKey, Row] = {}
        for number, row in enumerate(_list(document, "rows")):
            key, parsed = _parse_row(number, row)
            if key in rows:
                raise DumpInvalid(f"rows[{number}] is the second row {key[0]} {key[1]}.")
            rows[key] = parsed
        has_operations = document.get("operations") is not None
        return cls(
            token=token,
            buckets=_strings(document, "buckets"),
            rows=rows,
            pending=_strings(document, "pending"),
            operations=_strings(document, "operations") if has_operations else None,
        )


def _parse_row(number: int, row: Any) -> tuple[RowKey, Row]:
    if not isinstance(row, dict) or not all(isinstance(row.get(name), str) for name in ("entity", "id")):
        raise DumpInvalid(f"rows[{number}] must be an object with entity and id.")
    version, until, buckets = row.get("version"), row.get("until"), row.get("buckets")
    if version is not None and not isinstance(version, int):
        raise DumpInvalid(f"rows[{number}].version must be an integer or null.")
    if buckets is not None:
        buckets = _strings(row, "buckets", f"rows[{number}].buckets")
    try:
        ends_at = instant(until)
    except (TypeError, ValueError):
        raise DumpInvalid(f"rows[{number}].until must be an RFC 3339 instant or null.") from None
    return (row["entity"], row["id"]), Row(version, row.get("data"), ends_at, buckets)


def _list(document: dict[str, Any], name: str) -> list[Any]:
    value = document.get(name)
    if not isinstance(value, list):
        raise DumpInvalid(f"{name} must be an array.")
    return value


def _strings(document: dict[str, Any], name: str, path: str | None = None) -> frozenset[str]:
    values = _list(document, name)
    if not all(isinstance(value, str) for value in values):
        raise DumpInvalid(f"{path or name} must be an array of strings.")
    return frozenset(values)


def instant(text: str | None) -> datetime | None:
    """Return the instant of an ISO 8601 text, or None if there is no text."""
    return None if text is None else datetime.fromisoformat(text)


@dataclass
class Holdings:
    """The rows and buckets that a client should store after its pulls.

    The pulls are applied as docs/reference/mobile.md prescribes.
    """

    buckets: frozenset[str] = frozenset()
    server_time: datetime | None = None
    _data: dict[RowKey, Row] = field(default_factory=dict)
    _buckets_of: dict[RowKey, set[str]] = field(default_factory=dict)

    @property
    def rows(self) -> dict[RowKey, Row]:
        return {
            key: Row(row.version, row.data, row.until, frozenset(self._buckets_of[key]))
            for key, row in self._data.items()
        }

    def apply(self, pages: Sequence[dict[str, Any]]) -> None:
        """Apply all pages of one complete pull."""
        last = pages[-1]
        for page in pages:
            self._drop(page.get("drop_buckets") or ())
            for row in page["rows"]:
                self._apply_row(row)
        self.buckets = frozenset(last["buckets"])
        self._drop({bucket for buckets in self._buckets_of.values() for bucket in buckets} - self.buckets)
        self.server_time = instant(last["server_time"])
        for key, row in list(self._data.items()):
            if not self._buckets_of[key] or is_over(row, self.server_time):
                del self._data[key], self._buckets_of[key]

    def _apply_row(self, row: dict[str, Any]) -> None:
        key = (row["entity"], row["id"])
        if row["op"] == "R":
            self._buckets_of.get(key, set()).discard(row["bucket"])
            return
        self._buckets_of.setdefault(key, set()).add(row["bucket"])
        self._data[key] = Row(row.get("version"), row.get("data"), instant(row.get("until")))

    def _drop(self, buckets: Iterable[str]) -> None:
        for held in self._buckets_of.values():
            held.difference_update(buckets)


def is_over(row: Row, at: datetime | None) -> bool:
    """Return True if the row has expired at this instant."""
    return row.until is not None and at is not None and row.until <= at
