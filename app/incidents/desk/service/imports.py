"""Import of cases from another system, with their history.

A closed case is stored with its own times and without deadline, because its deadline is not known. An open case is filed and
waits with the reason `imported`; no job dispatches it. With `is_live` an open case is dispatched at once, and its deadline
starts at the time of the import.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.areas import service as areas
from app.core import clock
from app.core.actor import SYSTEM, Actor
from app.core.ids import uuid7
from app.dispatch import service as dispatch
from app.incidents.cases.rules.case_number import case_number
from app.incidents.cases.rules.other_transitions import walk
from app.incidents.deadlines.rules.stages import PastTransition, replay_stages
from app.incidents.deadlines.service.limits import rows_of, whole_limit
from app.incidents.desk.queries import imports as queries
from app.incidents.dispatching.service.placement import place_again
from app.incidents.reporting.service.first_dispatch import category_of, demand_of
from app.incidents.reporting.service.reports import above
from app.profiles import service as profiles
from app.profiles.rules.profile import Category
from app.profiles.service import ProfileInForce

IMPORTED = "imported"


@dataclass(frozen=True, slots=True)
class ImportedCase:
    """A case from another system.

    Attributes:
        lon: Longitude in degrees (WGS 84).
        lat: Latitude in degrees (WGS 84).
        lon_sent: Longitude as stored in the other system, in `coord_sys`.
        lat_sent: Latitude as stored in the other system, in `coord_sys`.
        category: Code of the category. If the taxonomy does not have it, the case is unclassified, and the code is in the
            report.
        closed_at: When the case was closed. None: it is open.
    """

    id: UUID
    lon: float
    lat: float
    lon_sent: float
    lat_sent: float
    coord_sys: str
    category: str | None
    words: str
    reported_at: datetime
    closed_at: datetime | None = None
    reporter_name: str | None = None
    reporter_phone: str | None = None
    attributes: dict[str, Any] = field(default_factory=dict)


def import_cases(
    session: Session,
    actor: Actor,
    *,
    jurisdiction_id: UUID,
    cases: Sequence[ImportedCase],
    granted: Sequence[UUID] | None = None,
    is_live: bool = False,
) -> dict[UUID, str]:
    """Store cases of another system. Return the refused cases with the code of the reason.

    The codes are `outside_jurisdiction` and `outside_scope`.

    Args:
        cases: The cases. Their ids are made by the caller and must be unused.
        granted: Ids of areas; cases outside of them are refused. None: all areas are allowed.
        is_live: Dispatch the open cases.
    """
    now = clock.now()
    profile = profiles.profile_at(session, jurisdiction_id, now)
    refused: dict[UUID, str] = {}
    accepted: list[tuple[ImportedCase, RowMapping]] = []
    homes = queries.homes(session, jurisdiction_id, [(case.lon, case.lat) for case in cases], granted)
    must_lie_inside = granted is not None or queries.has_areas(session, jurisdiction_id)
    for case, home in zip(cases, homes, strict=True):
        if home["area_id"] is None and must_lie_inside:
            refused[case.id] = "outside_jurisdiction"
        elif not home["is_granted"]:
            refused[case.id] = "outside_scope"
        else:
            accepted.append((case, home))
    if accepted:
        _store(session, actor, jurisdiction_id, profile, accepted, now, is_live=is_live)
    return refused


def _store(
    session: Session,
    actor: Actor,
    jurisdiction_id: UUID,
    profile: ProfileInForce,
    accepted: list[tuple[ImportedCase, RowMapping]],
    now: datetime,
    *,
    is_live: bool,
) -> None:
    categories = [category_of(profile, case.category) for case, _ in accepted]
    paths = [
        above(home["path"]) if category.conduct else home["path"]
        for (_, home), category in zip(accepted, categories, strict=True)
    ]
    owners = areas.owner_units(
        session,
        jurisdiction_id=jurisdiction_id,
        paths_and_categories=[
            (path, category.code) for path, category in zip(paths, categories, strict=True)
        ],
    )
    numbers = queries.case_numbers(session, len(accepted))
    rows = []
    for (case, home), category, path, owner, number in zip(
        accepted, categories, paths, owners, numbers, strict=True
    ):
        place = {
            "grid_id": home["grid_id"],
            "area_id": home["area_id"],
            "scope_path": path,
            "owner_unit_id": owner,
        }
        rows.append(place | _row(case, category, profile, number, now, is_live=is_live))
    queries.insert_cases(
        session,
        rows,
        {
            "jurisdiction_id": jurisdiction_id,
            "profile_version_id": profile.id,
            "now": now,
            "system_id": SYSTEM.id,
            "actor_kind": actor.kind.value,
            "actor_id": actor.id,
        },
    )
    demands = [
        demand_of(case.id, category, case.lon, case.lat)
        for (case, _), category in zip(accepted, categories, strict=True)
    ]
    dispatch.record_imported(session, demands, profile=profile, now=now)
    if is_live:
        for case, _ in accepted:
            if case.closed_at is None:
                place_again(session, case.id, now=now)


def _row(
    case: ImportedCase,
    category: Category,
    profile: ProfileInForce,
    number: int,
    now: datetime,
    *,
    is_live: bool,
) -> dict[str, Any]:
    condition = category.condition()
    calendar = profile.profile.calendar
    is_open = case.closed_at is None
    events = _events(case, now, "conduct" if category.conduct else IMPORTED)
    limits = []
    if is_open and is_live:
        history = [
            PastTransition(event["action"], event["from_status"], event["to_status"], now) for event in events
        ]
        limits = [
            whole_limit(condition, now, calendar),
            *replay_stages(condition.stages, history, calendar),
        ]
    return {
        "id": case.id,
        "case_no": case_number(case.reported_at.astimezone(calendar.zone).date(), number),
        "category": category.code,
        "condition": condition.code,
        "status": events[-1]["to_status"],
        "priority": category.priority,
        "lon": case.lon,
        "lat": case.lat,
        "waiting_since": now if is_open else None,
        "waiting_reason": events[-1]["detail"]["reason"] if is_open else None,
        "reported_at": case.reported_at,
        "closed_at": case.closed_at,
        "due_at": limits[0].due_at if limits else None,
        "limits": rows_of(limits, case.id, condition.code, profile),
        "reporter_id": uuid7(),
        "reporter_kind": "resident" if case.reporter_name or case.reporter_phone else "anonymous",
        "reporter_name": case.reporter_name,
        "reporter_phone": case.reporter_phone,
        "words": case.words,
        "category_said": case.category or "unclassified",
        "lon_sent": case.lon_sent,
        "lat_sent": case.lat_sent,
        "coord_sys": case.coord_sys,
        "attributes": case.attributes,
        "events": events,
    }


def _events(case: ImportedCase, now: datetime, reason: str) -> list[dict[str, Any]]:
    """Return the events of an imported case, as rows for the JSON of the insert statement.

    The states before and after each action are taken from the transition table.

    Args:
        reason: Why an open case waits.
    """
    actions: list[tuple[str, datetime, dict[str, Any]]] = [
        ("report", case.reported_at, {"channel": "import"}),
        ("file", case.reported_at, {}),
        ("wait", now, {"reason": reason})
        if case.closed_at is None
        else ("close_imported", case.closed_at, {}),
    ]
    return [
        {**step._asdict(), "at": at, "detail": detail}
        for step, (_, at, detail) in zip(walk(action for action, *_ in actions), actions, strict=True)
    ]
