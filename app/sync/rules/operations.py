"""Operations as a device sent them: sanitised, in queue order, with corrected times. Pure."""

import json
import math
import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from app.accounts.rules.masking import FieldClass, looks_like_national_id
from app.sync.rules.operation_kinds import Kind

# A smaller difference of the clocks is the time that the request took; domains accept instants so far in the future.
CLOCK_TOLERANCE = timedelta(seconds=5)
CLOCK_WRONG = timedelta(minutes=5)
_MAX_DEPTH, _MAX_INT = 20, 2**63 - 1
SEQ_MAX = 2**53


@dataclass(frozen=True, slots=True)
class Verdict:
    """The reason why an operation is not applied as sent.

    Attributes:
        code: Code of the result.
        params: Values for the sentence of this code.
        errors: Faults of single fields.
        is_retryable: The device should send the operation again later.
    """

    code: str
    params: dict[str, Any] = field(default_factory=dict)
    errors: list[dict[str, Any]] = field(default_factory=list)
    is_retryable: bool = False


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation that a device pushed, with the results of the checks that need no database.

    Attributes:
        key: Key under which the operation is stored so that it is applied only once. Made from its `op_id`.
        digest: Digest of the content.
        sent: The sanitised operation as sent.
        index: Position in the request.
        device_seq: Number of the operation on the device.
        happened_at: When the worker made the change, by the corrected clock of the device; never in the future.
        payload: The validated `patch`.
        refusal: Why the operation is not applied. None: no fault was found.
        warnings: Warnings for the device if the operation is applied.
    """

    key: str
    digest: bytes
    sent: dict[str, Any]
    index: int
    device_seq: int | None = None
    entity: str | None = None
    op: str | None = None
    id: UUID | None = None
    base_version: int | None = None
    base: dict[str, Any] = field(default_factory=dict)
    group: str | None = None
    happened_at: datetime | None = None
    kind: Kind | None = None
    payload: dict[str, Any] = field(default_factory=dict)
    refusal: Verdict | None = None
    warnings: list[dict[str, Any]] = field(default_factory=list)

    @property
    def sound_kind(self) -> Kind:
        """The kind of the operation. Only for an operation without a refusal."""
        if self.kind is None:
            raise AssertionError("only sound operations are applied")
        return self.kind

    @property
    def row_id(self) -> UUID:
        """The id of the row, or the nil UUID if the operation has no id."""
        return self.id or UUID(int=0)

    @property
    def order(self) -> tuple[int, int]:
        """The sort key of the queue: the number on the device, then the position in the request."""
        return (self.device_seq if self.device_seq is not None else -1, self.index)


def cleaned(value: Any, depth: int = 0) -> Any:
    """Return a JSON value in a form that PostgreSQL can store.

    Texts are normalised to NFC; lone surrogates, and control characters except newline and tab, are removed. Integers of
    more than 64 bits, numbers that are not finite, and values nested too deeply become texts.
    """
    if isinstance(value, str):
        if value.isprintable():  # nearly all text is; no character needs to be replaced
            return value if value.isascii() else unicodedata.normalize("NFC", value)
        printable = "".join(
            char for char in value if char in "\n\t" or unicodedata.category(char) not in ("Cc", "Cs")
        )
        return unicodedata.normalize("NFC", printable)
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int):
        return value if abs(value) <= _MAX_INT else str(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if depth >= _MAX_DEPTH:
        return cleaned(json.dumps(value))
    if isinstance(value, Mapping):
        return {cleaned(str(key)): cleaned(part, depth + 1) for key, part in value.items()}
    return [cleaned(part, depth + 1) for part in value]


def clock_shift(sent_at: datetime | None, now: datetime) -> timedelta:
    """Return the correction to add to the device's clock. A small difference gives 0.

    `sent_at`: time of the push by the device's clock.
    """
    if sent_at is None or abs(now - sent_at) <= CLOCK_TOLERANCE:
        return timedelta(0)
    return now - sent_at


def instant_of(value: Any) -> datetime | None:
    """Parse an RFC 3339 instant with offset, and return it in UTC; None for any other value."""
    if not isinstance(value, str):
        return None
    try:
        instant = datetime.fromisoformat(value)
        return instant.astimezone(UTC) if instant.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None


def happened_at(value: Any, shift: timedelta, now: datetime) -> datetime | None:
    """Return when an operation happened, by the corrected clock of the device.

    A time in the future becomes `now`. None: the value is no instant.
    """
    instant = instant_of(value)
    if instant is None:
        return None
    try:
        return min(instant + shift, now)
    except OverflowError:
        return None


def accepted_time(happened_at: datetime | None, now: datetime, grace: timedelta) -> datetime | None:
    """Return the time from which a transition counts; None if it counts from now.

    A transition that was sent late counts from the time at which it happened, but at most `grace` before now.
    """
    return (
        None if happened_at is None or now - happened_at <= CLOCK_TOLERANCE else max(happened_at, now - grace)
    )


def uuid_of(value: Any) -> UUID | None:
    """Parse a UUID in a string; return None for any other value."""
    try:
        return UUID(value) if isinstance(value, str) else None
    except ValueError:
        return None


def whole_number(value: Any) -> int | None:
    """Return a non-negative integer up to SEQ_MAX (2^53); None for any other value.

    Up to this limit every JSON parser reads integers exactly.
    """
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    return value if is_whole and 0 <= value <= SEQ_MAX else None


def units_of(operations: Sequence[Operation]) -> list[list[Operation]]:
    """Divide the operations into units, in queue order.

    A unit is one operation, or all operations of one group. A group takes the place of its first operation.
    """
    units: list[list[Operation]] = []
    groups: dict[str, list[Operation]] = {}
    for operation in sorted(operations, key=lambda operation: operation.order):
        members = groups.get(operation.group) if operation.group is not None else None
        if members is not None:
            # A repeated operation comes after the group, so that it gets the result of the first one.
            if all(operation.key != member.key for member in members):
                members.append(operation)
            else:
                units.append([operation])
            continue
        units.append([operation])
        if operation.group is not None:
            groups[operation.group] = units[-1]
    return units


def missing_ranges(sent: Sequence[int], *, applied: int) -> list[tuple[int, int]]:
    """Return the gaps in the numbers of a push, each as first and last missing number.

    `sent`: the numbers of the push. `applied`: the number up to which all operations have a result.
    """
    missing: list[tuple[int, int]] = []
    following = applied + 1
    for number in sorted(set(sent)):
        if number > following:
            missing.append((following, number - 1))
        following = max(following, number + 1)
    return missing


def reused_numbers(
    operations: Sequence[Operation], used_numbers: Collection[tuple[int, str]]
) -> dict[int, Operation]:
    """Find operations whose number belongs to another operation, and refuse them.

    The refused operations are returned by index, each with its refusal. An operation that is sent again keeps its number. A
    number that no operation has is free.

    Args:
        used_numbers: Numbers and keys of operations that were answered before.
    """
    owners: dict[int, set[str]] = {}
    for number, key in used_numbers:
        owners.setdefault(number, set()).add(key)
    refused = {}
    for operation in sorted(operations, key=lambda operation: operation.order):
        if operation.device_seq is None:
            continue
        keys = owners.setdefault(operation.device_seq, set())
        # The second operation with an operation id is stored under a longer key.
        if not keys or any(key == operation.key or key.startswith(f"{operation.key} ") for key in keys):
            keys.add(operation.key)
        elif operation.refusal is None:
            refused[operation.index] = replace(
                operation, refusal=Verdict("device_seq_reused", {"device_seq": operation.device_seq})
            )
    return refused


def with_corrected_instants(
    payload: dict[str, Any],
    fields: Sequence[str],
    *,
    time_field: str,
    shift: timedelta,
    happened_at: datetime | None,
) -> dict[str, Any]:
    """Return the payload with its instants corrected by the error of the device's clock.

    If the time of the operation is missing, it is set to `happened_at`.

    Args:
        fields: Names of the fields with an instant. The first is the time of the operation.
        time_field: Name that the service has for the time of the operation.
        shift: Correction to add. It is only added if it exceeds CLOCK_WRONG.
    """
    payload = dict(payload)
    if abs(shift) > CLOCK_WRONG:
        for name in fields:
            if isinstance(payload.get(name), datetime):
                try:
                    payload[name] += shift
                except OverflowError:
                    payload[name] = None
    if fields and happened_at is not None and payload.get(fields[0]) is None:
        payload[time_field] = happened_at
    return payload


def subject_of_report(sent: Mapping[str, Any]) -> tuple[str | None, UUID | None]:
    """Return the kind and id of the person or unit that a report is about.

    Returns (None, None) if the report is about nobody. The report may be invalid.
    """
    patch = sent.get("patch")
    about = patch.get("about") if isinstance(patch, Mapping) else None
    if not isinstance(about, Mapping) or about.get("kind") not in ("worker", "account", "unit"):
        return None, None
    return about["kind"], uuid_of(about.get("id"))


# Fields that are masked for everybody; they are plain only in the row and in the operation as stored.
PERSONAL: dict[str, dict[str, FieldClass]] = {
    "resident": {
        "name": FieldClass.NAME,
        "phone": FieldClass.PHONE,
        "email": FieldClass.EMAIL,
        "registered_at": FieldClass.ADDRESS,
        "birth_year": FieldClass.CONTACT,
    },
    "reporter": {"name": FieldClass.NAME, "phone": FieldClass.PHONE},
}
_DIGITS = re.compile(r"[0-9０-９](?:[\s\-_.·]*[0-9０-９XxＸｘ]){14,}")


def without_citizen_numbers(value: Any) -> Any:
    """Return a JSON value with all citizen numbers replaced by asterisks.

    Citizen numbers must not be stored, not even in refused operations.
    """
    if isinstance(value, str):
        return _DIGITS.sub("******", value) if looks_like_national_id(value) else value
    if isinstance(value, int) and not isinstance(value, bool):
        return "******" if looks_like_national_id(str(value)) else value
    if isinstance(value, Mapping):
        return {without_citizen_numbers(key): without_citizen_numbers(part) for key, part in value.items()}
    return [without_citizen_numbers(part) for part in value] if isinstance(value, list) else value
