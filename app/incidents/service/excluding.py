"""Who is not to be asked about a case: by rule, or whoever decides."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.areas.service import ProfileInForce
from app.dispatch import service as dispatch
from app.incidents.queries import sayings as queries
from app.incidents.queries import writing
from app.incidents.service.reporting import category_of

# What somebody found who is not asked again once it is contested: the step, and why she is kept out.
_FOUND = {"check": ("check_pass", "checked_it"), "verify": ("verify_not_exist", "found_nothing")}


def excluded(session: Session, case: RowMapping, *, role: str) -> dict[UUID, str]:
    """Who is not to be asked by rule: who was asked before, who handled what is to be checked, and the subject.

    Whoever it is pinned to may have declined before: the order is newer.
    """
    if role == "handle" and case["pinned_to"] is not None:
        return never_for(session, case, role=role)
    asked = dispatch.asked_before(session, incident_id=case["id"], role=role)
    team = dispatch.team_of(session, [case["id"]]).get((case["id"], role), {})
    return asked | team | parts(session, case, role) | subjects(session, case)


def never_for(session: Session, case: RowMapping, *, role: str) -> dict[UUID, str]:
    """Who may not have it whoever decides: the subject, who said that it is a matter of her own, who has another part."""
    asked = dispatch.asked_before(session, incident_id=case["id"], role=role)
    own = {worker: reason for worker, reason in asked.items() if reason == "conflict_of_interest"}
    team = dispatch.team_of(session, [case["id"]]).get((case["id"], role), {})
    return own | team | parts(session, case, role) | subjects(session, case)


def parts(session: Session, case: RowMapping, role: str) -> dict[UUID, str]:
    """As `parts_of`, for one demand."""
    return parts_of(session, [(case, role)])[case["id"]]


def parts_of(session: Session, demands: Sequence[tuple[RowMapping, str]]) -> dict[UUID, dict[UUID, str]]:
    """For each case, who has a part in what is asked: nobody judges their own work, also not what others handled after
    them, or verifies what they said, and what was contested is not looked at again by whoever found it done, or not there."""
    kept_out = {case["id"]: own_part(case, role) for case, role in demands}
    said = [case["id"] for case, role in demands if role == "verify"]
    contested = {
        asked: [case["id"] for case, role in demands if role == asked and case["contested_count"]]
        for asked in _FOUND
    }
    checked = [case["id"] for case, role in demands if role == "check"]
    if checked:
        for incident_id, worker_id in queries.handlers(session, checked):
            kept_out[incident_id][worker_id] = "handled_it"
    if said:
        for incident_id, worker_id in queries.reporters(session, said):
            kept_out[incident_id][worker_id] = "reported_it"
    for asked, (step, reason) in _FOUND.items():
        for incident_id, worker_id in (
            queries.found(session, contested[asked], step) if contested[asked] else ()
        ):
            kept_out[incident_id].setdefault(worker_id, reason)
    return kept_out


def own_part(case: RowMapping, role: str) -> dict[UUID, str]:
    """Nobody checks what they handled, or verifies what they reported."""
    column, reason = {"check": ("handled_by", "handled_it"), "verify": ("reported_by", "reported_it")}.get(
        role, ("", "")
    )
    return {case[column]: reason} if column and case[column] is not None else {}


def subjects(session: Session, case: RowMapping) -> dict[UUID, str]:
    """Whom a case is about: the worker, or all members of the unit."""
    if case["about_id"] is None:
        return {}
    people = [case["about_id"]]
    if case["about_kind"] == "unit":
        people = writing.members_of(session, case["about_id"])
    return dict.fromkeys(people, "about_subject")


def is_conduct(case: RowMapping, profile: ProfileInForce) -> bool:
    """Whether the case is about a person or unit."""
    return case["about_kind"] is not None or category_of(profile, case["category"]).conduct
