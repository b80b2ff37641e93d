"""Registration of residents and care tags of many households, for imports and demo data."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.core import clock
from app.core.actor import Actor
from app.core.ids import uuid7
from app.households.queries import dry_tables
from app.households.queries import resident_registration as queries
from app.households.rules import rows as rules


@dataclass(frozen=True, slots=True)
class People:
    """The result of storing the residents of several input rows, by the number of the row.

    Attributes:
        made: (entity, id) of the new residents and care tags of each row.
        changed: Numbers of the rows by which a resident or care tag was added or changed.
    """

    made: Mapping[int, Sequence[tuple[str, UUID]]]
    changed: frozenset[int]


def read_residents(
    sent: Sequence[Mapping[str, Any]], *, today: date
) -> tuple[list[dict[str, Any]], list[rules.Fault]]:
    """Validate the residents of a row. Return their columns, and all faults.

    The columns have the care tags in `care`. The `field` of a fault begins with `residents.` and the index of the resident.
    """
    read, faults = [], []
    for place, member in enumerate(sent):
        resident, wrong = rules.read_resident(member, this_year=today.year)
        care = []
        for tag in member.get("care") or ():
            columns, care_faults = rules.read_care(tag, today=today)
            care.append(columns)
            wrong += [fault | {"field": f"care.{fault['field']}"} for fault in care_faults]
        read.append(resident | {"care": care, "namesake": member.get("namesake")})
        faults += [fault | {"field": f"residents.{place}.{fault['field']}"} for fault in wrong]
    return read, faults


def store_people(
    session: Session,
    actor: Actor,
    rows: Sequence[Mapping[str, Any]],
    home_of: Mapping[int, UUID],
    *,
    is_dry: bool = False,
) -> People:
    """Store the residents of several input rows, and their care tags.

    Args:
        rows: Each has its number `n`, `residents`, and `today`, the present day in its jurisdiction.
        home_of: Id of the household by the number of the row. Rows without a household are skipped.
        is_dry: Store them in the tables of a dry run.
    """
    numbers, residents, days, care = [], [], [], []
    met: Counter[tuple[UUID, str]] = Counter()
    for row in rows:
        home = home_of.get(row["n"])
        if home is None:
            continue
        for resident in row["residents"]:
            met[home, resident["name"]] += 1
            namesake = resident["namesake"] or met[home, resident["name"]]
            numbers.append(row["n"])
            days.append(row["today"])
            residents.append(resident | {"household_id": home, "namesake": namesake})
    # Sorted, as ids of one millisecond are not in order: namesakes who are registered together are in the order of their ids.
    for resident, new_id in zip(residents, sorted(uuid7() for _ in residents), strict=True):
        resident["id"] = new_id
    if not residents:
        return People({}, frozenset())
    now = clock.now()
    if is_dry:
        dry_tables.copy_residents(session, [resident["household_id"] for resident in residents])
    stored_rows = queries.register_residents(session, residents, at=now, is_dry=is_dry)
    care_numbers = []
    for n, today, resident, stored in zip(numbers, days, residents, stored_rows, strict=True):
        for tag in resident["care"]:
            care_numbers.append(n)
            due = today if tag["cycle_days"] else None
            care.append(tag | {"id": uuid7(), "resident_id": stored["id"], "next_due": due})
    if care and is_dry:
        dry_tables.copy_care_tags(session, [tag["resident_id"] for tag in care])
    tags = queries.register_care(session, care, by=actor.id, at=now, is_dry=is_dry) if care else ()
    audited = [("resident", n, row) for n, row in zip(numbers, stored_rows, strict=True)]
    audited += [("care_tag", n, row) for n, row in zip(care_numbers, tags, strict=True)]
    made: dict[int, list[tuple[str, UUID]]] = {}
    for entity, n, stored in audited:
        if stored["is_new"]:
            made.setdefault(n, []).append((entity, stored["id"]))
    return People(made, frozenset(n for _, n, stored in audited if stored["is_new"] or stored["is_changed"]))
