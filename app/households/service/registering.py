"""Many premises at once: what imports and the demo bring."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.areas import service as areas
from app.core import clock
from app.core.actor import Actor
from app.core.errors import NotFound
from app.core.ids import uuid7
from app.households.queries import placing
from app.households.queries import registering as queries
from app.households.rules import rows as rules
from app.households.rules.register import LIVED_IN


@dataclass(frozen=True, slots=True)
class Registered:
    """What became of one row: `inserted`, `updated`, `unchanged` or `rejected` with its faults (field and code)."""

    outcome: str
    premises_id: UUID | None = None
    household_id: UUID | None = None
    errors: Sequence[Mapping[str, str]] = field(default=())


def register_many(session: Session, actor: Actor, *, rows: Sequence[Mapping[str, Any]]) -> list[Registered]:
    """Insert or update premises, with a household in each that is lived in; what became of each row, in order.

    A row: `jurisdiction_id`, `kind`, `lon`, `lat` (degrees, WGS 84), the parts of the address (rules/addresses.py)
    or `address` as one text where the profile's rule is `free`; and if known `id` (of the premises), `external_ref`
    (unique in a jurisdiction, and what a repeat is matched by before the id), `name`, `is_generated`,
    `household_id` (for a new one), `label` (tells several households of one premises apart; sent as several rows).
    `residents` (of a household's row): a list of `name`, `phone`, `is_registered_here`, `lives_here`, `registered_at`
    (where, if elsewhere), `birth_year`; matched by name, and whoever is not named is left alone.
    A row that breaks a rule, or lies out of the actor's reach, is `rejected` and keeps no other from being stored.
    Sent again, everything is `unchanged`. One statement whatever the number of rows, another one if there are residents.
    """
    outcomes: list[Registered | None] = [None] * len(rows)
    sound: list[dict[str, Any]] = []
    rule_of = {key: _rule_of(session, key) for key in {row.get("jurisdiction_id") for row in rows}}
    this_year = clock.now().year
    id_of: dict[tuple[Any, Any], UUID] = {}
    for n, row in enumerate(rows):
        stored, faults = rules.read_row(row, rule_of[row.get("jurisdiction_id")])
        members, more = _read_residents(row.get("residents") or (), this_year)
        faults += more
        if faults:
            outcomes[n] = Registered("rejected", errors=faults)
        else:
            premises_id = row.get("id") or uuid7()
            if stored["external_ref"]:
                # One premises, though it may come in several rows.
                key = (stored["jurisdiction_id"], stored["external_ref"])
                premises_id = id_of.setdefault(key, premises_id)
            sound.append(
                stored
                | {
                    "n": n,
                    "id": premises_id,
                    "household_id": row.get("household_id") or uuid7(),
                    "is_lived_in": stored["kind"] in LIVED_IN,
                    "residents": members,
                }
            )
    if sound:
        for n, outcome in _store(session, actor, sound):
            outcomes[n] = outcome
    found = [outcome for outcome in outcomes if outcome is not None]
    counts = Counter(outcome.outcome for outcome in found)
    accounts.record(session, actor, action="household.register", entity="household", detail=dict(counts))
    return found


def insert_many(session: Session, actor: Actor, *, rows: Sequence[Mapping[str, Any]]) -> int:
    """Store dwellings with one household each, whose `id` the row gives; how many were new."""
    given = [{"kind": "dwelling", "household_id": row["id"]} | dict(row) for row in rows]
    return sum(one.outcome == "inserted" for one in register_many(session, actor, rows=given))


def _store(session: Session, actor: Actor, sound: list[dict[str, Any]]) -> list[tuple[int, Registered]]:
    jurisdictions = list({row["jurisdiction_id"] for row in sound})
    placing.hold_jurisdictions(session, jurisdictions)
    queries.hold_imports(session, jurisdictions)
    found = queries.register(session, actor, sound, at=clock.now())
    moved = [row["id"] for row in found if row["is_moved"]]
    if moved:
        placing.follow(session, moved)
    home_of = {row["n"]: row["household_id"] for row in found if not row["outside"]}
    residents = [
        {"n": row["n"], "id": uuid7(), "household_id": home_of[row["n"]], **resident}
        for row in sound
        for resident in row["residents"]
        if home_of.get(row["n"])
    ]
    changed = queries.register_residents(session, residents, at=clock.now()) if residents else set()
    return [(row["n"], _outcome(row, row["n"] in changed)) for row in found]


def _read_residents(
    sent: Sequence[Mapping[str, Any]], this_year: int
) -> tuple[list[dict[str, Any]], list[rules.Fault]]:
    read, faults = [], []
    for place, one in enumerate(sent):
        resident, wrong = rules.read_resident(one, this_year=this_year)
        read.append(resident)
        faults += [fault | {"field": f"residents.{place}.{fault['field']}"} for fault in wrong]
    return read, faults


def _outcome(row: RowMapping, has_other_residents: bool) -> Registered:
    if row["is_taken"]:
        return Registered("rejected", errors=[{"field": "household_id", "code": "id_reused"}])
    if row["outside"]:
        return Registered("rejected", errors=[{"field": "location", "code": "outside_own_areas"}])
    outcome = "inserted" if row["is_new"] else "unchanged"
    if not row["is_new"] and (row["is_changed"] or row["is_added"] or has_other_residents):
        outcome = "updated"
    return Registered(outcome, row["id"], row["household_id"])


def _rule_of(session: Session, jurisdiction_id: UUID | None) -> str | None:
    """How addresses are written there; None where there is no such jurisdiction."""
    if jurisdiction_id is None:
        return None
    try:
        return areas.profile_at(session, jurisdiction_id, clock.now()).profile.address_rule
    except NotFound:
        return None
