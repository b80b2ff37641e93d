"""Registration of many premises at once, for imports and the demo."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.core import clock
from app.core.actor import Actor
from app.core.errors import NotFound
from app.core.ids import uuid7
from app.households.queries import bulk_registration as queries
from app.households.queries import dry_tables, rehoming
from app.households.rules import rows as rules
from app.households.rules.register import LIVED_IN, PREMISES_KINDS
from app.households.service.local_day import day_of, profile_of
from app.households.service.resident_registration import People, read_residents, store_people


@dataclass(frozen=True, slots=True)
class Registered:
    """The outcome of the registration of one row.

    It is `inserted`, `updated`, `unchanged`, or `rejected` with the faults of the row.

    Attributes:
        made: (entity, id) of each new row, of premises, household, resident or care tag.
    """

    outcome: str
    premises_id: UUID | None = None
    household_id: UUID | None = None
    errors: Sequence[Mapping[str, str]] = field(default=())
    made: Sequence[tuple[str, UUID]] = field(default=())


def register_many(
    session: Session, actor: Actor, *, rows: Sequence[Mapping[str, Any]], is_dry: bool = False
) -> list[Registered]:
    """Insert or update premises, with a household in each inhabited one.

    Return the outcome of each row, in order. A row that breaks a rule, or is outside the areas where the actor may edit, is
    `rejected`; the other rows are stored. The function is idempotent: for the same rows a second call returns `unchanged`. The
    number of SQL statements does not depend on the number of rows.

    Args:
        rows: Mappings with these keys. Required: `jurisdiction_id`, `kind`, `lon`, `lat` (WGS 84, degrees), and the parts of
            the address (rules/addresses.py) or, if the profile's rule is `free`, `address` as one text.

            Optional: `id` of the premises; `external_ref`, unique in a jurisdiction, by which stored premises are found before
            the id; `name`; `is_generated`; `household_id` of a new household; `label`, which distinguishes households of the
            same premises (each household is a row of its own); `residents`; `is_imported`. A row with `is_imported` is also
            compared with the addresses of stored premises within 30 m. It is rejected if it lies in no area although the
            jurisdiction has areas.

            `residents` is a list of mappings: `name`, `phone`, `email`, `is_registered_here`, `lives_here`, `registered_at`
            (address of registration if elsewhere), `birth_year`, `care` (a list of `kind`, `purpose`, `ends_on`,
            `cycle_days`). A stored resident is found by name; `namesake` n selects the n-th resident of that name. Values and
            residents that are missing in a row stay as stored.
        is_dry: Return the outcomes, and store the rows in temporary tables of this transaction only. Later calls with `is_dry`
            in the transaction find them.
    """
    outcomes: list[Registered | None] = [None] * len(rows)
    sound: list[dict[str, Any]] = []
    rules_of = {key: _rules_of(session, key) for key in {row.get("jurisdiction_id") for row in rows}}
    id_of: dict[tuple[Any, Any], UUID] = {}
    for n, row in enumerate(rows):
        address_rule, today = rules_of[row.get("jurisdiction_id")]
        stored, faults = rules.read_row(row, address_rule)
        members, member_faults = read_residents(row.get("residents") or (), today=today)
        faults += member_faults
        if members and stored["kind"] in PREMISES_KINDS and stored["kind"] not in LIVED_IN:
            faults.append({"field": "kind", "code": "premises_not_lived_in"})
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
                    "is_imported": bool(row.get("is_imported")),
                    "residents": members,
                    "today": today,
                }
            )
    if sound:
        for n, outcome in _store(session, actor, sound, is_dry=is_dry):
            outcomes[n] = outcome
    results = [outcome for outcome in outcomes if outcome is not None]
    if not is_dry:
        counts = Counter(outcome.outcome for outcome in results)
        accounts.record(session, actor, action="household.register", entity="household", detail=dict(counts))
    return results


def insert_many(session: Session, actor: Actor, *, rows: Sequence[Mapping[str, Any]]) -> int:
    """Store dwellings, each with one household that has the `id` of its row.

    Return the number of new premises.
    """
    given = [{"kind": "dwelling", "household_id": row["id"]} | dict(row) for row in rows]
    return sum(result.outcome == "inserted" for result in register_many(session, actor, rows=given))


def _store(
    session: Session, actor: Actor, sound: list[dict[str, Any]], *, is_dry: bool
) -> list[tuple[int, Registered]]:
    jurisdictions = list({row["jurisdiction_id"] for row in sound})
    rehoming.lock_jurisdictions(session, jurisdictions)
    queries.lock_imports(session, jurisdictions)
    if is_dry:
        dry_tables.prepare(session, sound)
    results = queries.register(session, actor, sound, at=clock.now(), is_dry=is_dry)
    moved = [row["id"] for row in results if row["is_moved"]]
    # No outcome depends on the areas of households and residents, which are those of their premises.
    if moved and not is_dry:
        rehoming.follow(session, moved)
    home_of = {row["n"]: row["household_id"] for row in results if not row["outside"]}
    people = store_people(session, actor, sound, home_of, is_dry=is_dry)
    return [(row["n"], _outcome(row, people)) for row in results]


def _outcome(row: RowMapping, people: People) -> Registered:
    if row["is_taken"]:
        return Registered("rejected", errors=[{"field": "household_id", "code": "id_reused"}])
    if row["is_nowhere"]:
        return Registered("rejected", errors=[{"field": "location", "code": "outside_jurisdiction"}])
    if row["outside"]:
        return Registered("rejected", errors=[{"field": "location", "code": "outside_own_areas"}])
    outcome = "inserted" if row["is_new"] else "unchanged"
    if not row["is_new"] and (row["is_changed"] or row["is_added"] or row["n"] in people.changed):
        outcome = "updated"
    made = [("premises", row["id"])] if row["is_new"] else []
    made += [("household", row["household_id"])] if row["is_added"] else []
    return Registered(outcome, row["id"], row["household_id"], made=[*made, *people.made.get(row["n"], ())])


def _rules_of(session: Session, jurisdiction_id: UUID | None) -> tuple[str | None, date]:
    """Return the address rule (`xihu` or `free`) of a jurisdiction, and the present day there.

    The rule is None if the jurisdiction does not exist.
    """
    if jurisdiction_id is None:
        return None, clock.now().date()
    try:
        profile = profile_of(session, jurisdiction_id)
    except NotFound:
        return None, clock.now().date()
    return profile.profile.address_rule, day_of(profile, clock.now())
