"""Use cases that add reports to an existing case, and that link cases.

Linked cases stay separate, each with its own state and deadlines.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.core import clock
from app.core.actor import Actor
from app.core.coordinates import CoordSys, to_wgs84
from app.core.errors import Conflict, NotFound, invalid_field
from app.core.ids import uuid7
from app.incidents.cases.queries import writes
from app.incidents.cases.rules.lifecycle import ENDED, Status
from app.incidents.deadlines.service.transition_events import record
from app.incidents.desk.queries import joins as queries
from app.incidents.desk.service.merges import audit, is_visible, kind_of, require_directs
from app.incidents.reporting.service.first_dispatch import category_of
from app.incidents.reporting.service.new_case import report_values, reporter_values
from app.incidents.reporting.service.reports import source_of
from app.profiles import service as profiles


def join(
    session: Session, actor: Actor, *, incident_id: UUID, id: UUID | None = None, **payload: Any
) -> UUID:
    """Add a report to a case that the actor sees. The actor follows the case from then on.

    Idempotent for the same id, text and location. An account can report a case once for itself. For other people (`reporter`)
    the account can add one report for each phone number.

    Raises:
        NotFound: The actor does not see the case.
        Conflict: `id_reused`, `joined_before`, `join_of_ended`, or `join_of_confidential` (the case is confidential, or about
            a person or unit).
    """
    case = writes.lock_case(session, incident_id)
    if case is None or not is_visible(session, actor, incident_id, clock.now()):
        raise NotFound("not_found")
    return _join(session, actor, case, report_id=id or uuid7(), payload=payload)


def join_unchecked(session: Session, actor: Actor, *, incident_id: UUID, id: UUID, **payload: Any) -> UUID:
    """Add a report to a case like `join`. The caller has checked that the reporter may know of the case."""
    case = writes.lock_case(session, incident_id)
    if case is None:
        raise NotFound("not_found")
    return _join(session, actor, case, report_id=id, payload=payload)


def _join(
    session: Session, actor: Actor, case: RowMapping, *, report_id: UUID, payload: dict[str, Any]
) -> UUID:
    incident_id: UUID = case["id"]
    now = clock.now()
    existing = queries.joined(session, report_id)
    if existing is not None:
        if (existing["incident_id"], existing["joined_by"]) != (incident_id, actor.id):
            raise Conflict("id_reused")
        repeated = report_values({"source": None} | payload, now)
        if any(existing[name] != repeated[name] for name in ("words", "lon_sent", "lat_sent", "coord_sys")):
            raise Conflict("id_reused")
        return incident_id
    if Status(case["status"]) in ENDED:
        raise Conflict("join_of_ended", case_no=case["case_no"])
    category = category_of(profiles.profile_by_id(session, case["profile_version_id"]), case["category"])
    if case["about_kind"] is not None or category.conduct or category.confidential:
        raise Conflict("join_of_confidential")
    reporter = reporter_values(actor, payload)
    if queries.has_report_by(
        session,
        incident_id=incident_id,
        account_id=reporter["reporter_account"],
        phone=reporter["reporter_phone"],
    ):
        raise Conflict("joined_before", case_no=case["case_no"])
    lon, lat = to_wgs84(payload["lon"], payload["lat"], CoordSys(payload.get("coord_sys", "wgs84")))
    count = queries.join(
        session,
        {
            "id": report_id,
            "incident_id": incident_id,
            "me": actor.id,
            "device_id": actor.device_id,
            "lon": lon,
            "lat": lat,
            "now": now,
            **reporter,
            **report_values({"category": case["category"]} | payload | {"source": source_of(payload)}, now),
        },
    )
    if count is None:
        raise Conflict("id_reused")
    detail = {"report_id": report_id, "reports": count}
    record(session, actor, case, "join", Status(case["status"]), now=now, detail=detail)
    audit(session, actor, "join", incident_id, report=report_id)
    return incident_id


def link(session: Session, actor: Actor, *, incident_id: UUID, to_id: UUID, reason: str) -> UUID:
    """Link two cases that the actor directs. Both cases continue.

    The cases must agree in the properties that `merges.kind_of` returns, such as the jurisdiction.

    Raises:
        NotFound: The actor does not see the case.
        Forbidden: The actor does not direct both cases.
        Conflict: `already_linked` or `merge_of_other_kind`.
    """
    case, other = _lock_pair(session, actor, incident_id, to_id)
    now = clock.now()
    if kind_of(session, case) != kind_of(session, other):
        raise Conflict("merge_of_other_kind")
    lower_id, higher_id = sorted((incident_id, to_id))
    values = {
        "id": uuid7(),
        "incident_id": lower_id,
        "other_id": higher_id,
        "reason": reason,
        "linked_by": actor.id,
        "linked_at": now,
    }
    if not queries.link(session, values):
        raise Conflict("already_linked")
    _record_link(session, actor, case, other, "link", reason)
    return incident_id


def unlink(session: Session, actor: Actor, *, incident_id: UUID, to_id: UUID, reason: str) -> UUID:
    """End the link of two cases that the actor directs.

    Raises:
        NotFound: The actor does not see the case.
        Forbidden: The actor does not direct both cases.
        Conflict: `not_linked`.
    """
    case, other = _lock_pair(session, actor, incident_id, to_id)
    lower_id, higher_id = sorted((incident_id, to_id))
    if not queries.unlink(session, ids=(lower_id, higher_id), by=actor.id, reason=reason, now=clock.now()):
        raise Conflict("not_linked")
    _record_link(session, actor, case, other, "unlink", reason)
    return incident_id


def _lock_pair(
    session: Session, actor: Actor, incident_id: UUID, to_id: UUID
) -> tuple[RowMapping, RowMapping]:
    if incident_id == to_id:
        raise invalid_field("to_id", "same_case")
    now = clock.now()
    writes.lock_cases(session, [incident_id, to_id])
    case, other = writes.lock_case(session, incident_id), writes.lock_case(session, to_id)
    if case is None or not is_visible(session, actor, incident_id, now):
        raise NotFound("not_found")
    if other is None or not is_visible(session, actor, to_id, now):
        raise invalid_field("to_id", "reference_unknown")
    for each in (incident_id, to_id):
        require_directs(session, actor, each, now)
    return case, other


def _record_link(
    session: Session, actor: Actor, case: RowMapping, other: RowMapping, action: str, reason: str
) -> None:
    now = clock.now()
    for subject, counterpart in ((case, other), (other, case)):
        detail = {"with": counterpart["id"], "case_no": counterpart["case_no"]}
        record(
            session, actor, subject, action, Status(subject["status"]), now=now, note=reason, detail=detail
        )
        writes.update_case(session, subject["id"], now=now)
        audit(session, actor, action, subject["id"], other=counterpart["id"])
