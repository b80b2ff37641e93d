"""An operation as a phone sent it: read without trusting it, put in order, its clock corrected. Pure."""

import json
import math
import re
import unicodedata
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from app.accounts.rules.personal import FieldClass, looks_like_national_id
from app.core.actor import Actor, Permission
from app.sync.rules.merging import Facet

# Below this, the difference of the clocks is travel time; and what a domain takes for a clock a little ahead.
CLOCK_TOLERANCE = timedelta(seconds=5)
CLOCK_WRONG = timedelta(minutes=5)
_DEEPEST, _LARGEST_INT = 20, 2**63 - 1
SEQ_MAX = 2**53


@dataclass(frozen=True, slots=True)
class Done:
    """What the domain's service came to: the row, whether this call made or changed it, and what to tell about it.

    A warning has a `code` like an error; what it is about was applied all the same.
    """

    id: UUID
    is_new: bool = True
    warnings: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of operation: everything that push has to know of it.

    `apply`: the domain's service, called with session, actor, id and what the route's schema made of `patch`.
    `table`: where the row stands. `hangs_on`: the field of `patch` that names the row on which a new one hangs, and
    that row's table; `parent`: the same, where the route has it in its path. `id_field`: where a new row's id goes.
    `facets`: for a patch of a row, how its fields merge, and `state`: its stored row as such fields;
    `prepare`: what was said in the form in which it is stored. `undelete`: how a change brings a deleted row back.
    `apply_each`: the same for many rows at once, as (id, version, said) for patches and (id, said) for others; with
    these fields only, if some are named; one's error is everybody's.
    `realm`: what it reads and changes stands within it, with `is_apart` in the rows that it names and what hangs on them.
    `instants`: fields told by the phone's clock; `happened`: what the service calls the time of the operation itself,
    which counts if the first of them was left out. `tells_when`: its service is told when it happened, as far as that is
    believed, as `happened_at`.
    """

    apply: Callable[..., Done]
    table: str
    permissions: tuple[Permission, ...] = ()
    hangs_on: tuple[str, str] | None = None
    parent: str | None = None
    id_field: str | None = None
    needs_id: bool = True
    facets: tuple[Facet, ...] | None = None
    state: Callable[[Mapping[str, Any]], dict[str, Any]] | None = None
    prepare: Callable[[dict[str, Any]], dict[str, Any]] | None = None
    instants: tuple[str, ...] = ()
    happened: str = "happened_at"
    undelete: Callable[[Any, Actor, UUID], None] | None = None
    is_delete: bool = False
    apply_each: Callable[..., None] | None = None
    apply_each_fields: frozenset[str] | None = None
    realm: str | None = None
    is_apart: bool = False
    has_place: bool = False
    tells_when: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """Why an operation is not applied as sent. `params` and `errors` tell people what the code means here."""

    code: str
    params: dict[str, Any] = field(default_factory=dict)
    errors: list[dict[str, Any]] = field(default_factory=list)
    is_retryable: bool = False


@dataclass(frozen=True, slots=True)
class Operation:
    """`sent`: all of it, cleaned. `at`: when it happened, by the corrected clock, never in the future.

    `said`: what the schema made of it. `refused`: what is wrong with it before the database is asked.
    `warnings`: what to tell about it if it takes effect.
    """

    key: str
    digest: bytes
    sent: dict[str, Any]
    place: int
    device_seq: int | None = None
    entity: str | None = None
    op: str | None = None
    id: UUID | None = None
    base_version: int | None = None
    base: dict[str, Any] = field(default_factory=dict)
    group: str | None = None
    at: datetime | None = None
    kind: Kind | None = None
    said: dict[str, Any] = field(default_factory=dict)
    refused: Verdict | None = None
    warnings: list[dict[str, Any]] = field(default_factory=list)

    @property
    def order(self) -> tuple[int, int]:
        return (self.device_seq if self.device_seq is not None else -1, self.place)


def cleaned(value: Any, depth: int = 0) -> Any:
    """The same JSON as PostgreSQL can keep it: NFC, without NUL and lone surrogates, no numbers beyond 64 bits."""
    if isinstance(value, str):
        if value.isprintable():  # as nearly all of it is, and known without looking at each character
            return value if value.isascii() else unicodedata.normalize("NFC", value)
        kept = "".join(c for c in value if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs"))
        return unicodedata.normalize("NFC", kept)
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int):
        return value if abs(value) <= _LARGEST_INT else str(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if depth >= _DEEPEST:
        return cleaned(json.dumps(value))
    if isinstance(value, Mapping):
        return {cleaned(str(key)): cleaned(part, depth + 1) for key, part in value.items()}
    return [cleaned(part, depth + 1) for part in value]


def clock_shift(sent_at: datetime | None, now: datetime) -> timedelta:
    """What to add to the phone's clock."""
    if sent_at is None or abs(now - sent_at) <= CLOCK_TOLERANCE:
        return timedelta(0)
    return now - sent_at


def instant_of(value: Any) -> datetime | None:
    """An instant as phones write it, in UTC; None for what is none."""
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(value)
        return found.astimezone(UTC) if found.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None


def happened_at(value: Any, shift: timedelta, now: datetime) -> datetime | None:
    """When it happened, by the corrected clock. A phone whose clock was put back since cannot come from the future."""
    at = instant_of(value)
    if at is None:
        return None
    try:
        return min(at + shift, now)
    except OverflowError:
        return None


def believed_at(at: datetime | None, now: datetime, grace: timedelta) -> datetime | None:
    """When a step counts as taken: as told, but no longer ago than late work is taken. None: now, as it has just come."""
    return None if at is None or now - at <= CLOCK_TOLERANCE else max(at, now - grace)


def uuid_of(value: Any) -> UUID | None:
    try:
        return UUID(value) if isinstance(value, str) else None
    except ValueError:
        return None


def whole_of(value: Any) -> int | None:
    """A whole number of no more than 53 bits, which every JSON reader keeps exactly."""
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    return value if is_whole and 0 <= value <= SEQ_MAX else None


def units_of(operations: Sequence[Operation]) -> list[list[Operation]]:
    """In the order of the queue: single operations, and those of a group together where its first one stands."""
    units: list[list[Operation]] = []
    groups: dict[str, list[Operation]] = {}
    for one in sorted(operations, key=lambda each: each.order):
        members = groups.get(one.group) if one.group is not None else None
        if members is not None:
            # The same one again comes after the group, to find what became of it.
            if all(one.key != member.key for member in members):
                members.append(one)
            else:
                units.append([one])
            continue
        units.append([one])
        if one.group is not None:
            groups[one.group] = units[-1]
    return units


def missing_ranges(sent: Sequence[int], *, applied: int) -> list[tuple[int, int]]:
    """Return the numbers, as first and last of each range, that a phone seems to have left out since `applied`."""
    missing: list[tuple[int, int]] = []
    following = applied + 1
    for number in sorted(set(sent)):
        if number > following:
            missing.append((following, number - 1))
        following = max(following, number + 1)
    return missing


def reused_numbers(
    operations: Sequence[Operation], used: Collection[tuple[int, str]]
) -> dict[int, Operation]:
    """Return, by place, the operations whose number another one has, here or in `used` (number and key), as refused.

    The same operation again keeps its number: its answer was lost. A number that was passed over is free.
    """
    owners: dict[int, set[str]] = {}
    for number, key in used:
        owners.setdefault(number, set()).add(key)
    refused = {}
    for one in sorted(operations, key=lambda each: each.order):
        if one.device_seq is None:
            continue
        keys = owners.setdefault(one.device_seq, set())
        # An operation id that was used twice has its second operation kept under a longer key.
        if not keys or any(key == one.key or key.startswith(f"{one.key} ") for key in keys):
            keys.add(one.key)
        elif one.refused is None:
            refused[one.place] = replace(
                one, refused=Verdict("device_seq_reused", {"device_seq": one.device_seq})
            )
    return refused


def with_corrected_instants(
    kind: Kind, said: dict[str, Any], *, shift: timedelta, at: datetime | None
) -> dict[str, Any]:
    """The phone's instants by the right clock, where its own is wrong; and when it happened, if it does not say."""
    said = dict(said)
    if abs(shift) > CLOCK_WRONG:
        for name in kind.instants:
            if isinstance(said.get(name), datetime):
                try:
                    said[name] += shift
                except OverflowError:
                    said[name] = None
    if kind.instants and at is not None and said.get(kind.instants[0]) is None:
        said[kind.happened] = at
    return said


def said_about(sent: Mapping[str, Any]) -> tuple[str | None, UUID | None]:
    """Whom a report is about, also of one that cannot be taken as it was sent."""
    patch = sent.get("patch")
    about = patch.get("about") if isinstance(patch, Mapping) else None
    if not isinstance(about, Mapping) or about.get("kind") not in ("worker", "account", "unit"):
        return None, None
    return about["kind"], uuid_of(about.get("id"))


# Shown masked to everybody; nothing is plain but the row and the operation as stored.
PERSONAL: dict[str, dict[str, FieldClass]] = {
    "resident": {
        "name": FieldClass.NAME,
        "phone": FieldClass.PHONE,
        "registered_at": FieldClass.ADDRESS,
        "birth_year": FieldClass.CONTACT,
    },
    "reporter": {"name": FieldClass.NAME, "phone": FieldClass.PHONE},
}
_DIGITS = re.compile(r"[0-9０-９](?:[\s\-_.·]*[0-9０-９XxＸｘ]){14,}")


def without_citizen_numbers(value: Any) -> Any:
    """The same without numbers of citizens, which are kept nowhere, not even in what is refused for them."""
    if isinstance(value, str):
        return _DIGITS.sub("******", value) if looks_like_national_id(value) else value
    if isinstance(value, int) and not isinstance(value, bool):
        return "******" if looks_like_national_id(str(value)) else value
    if isinstance(value, Mapping):
        return {without_citizen_numbers(key): without_citizen_numbers(part) for key, part in value.items()}
    return [without_citizen_numbers(part) for part in value] if isinstance(value, list) else value
