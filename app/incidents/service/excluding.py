"""Who is not to be asked about a case: by rule, or whoever decides."""

from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.dispatch import service as dispatch
from app.incidents.queries import writing


def excluded(session: Session, case: RowMapping, *, role: str) -> dict[UUID, str]:
    """Who is not to be asked by rule: who was asked before, who handled what is to be checked, and the subject.

    Whoever it is pinned to may have declined before: the order is newer.
    """
    if role == "handle" and case["pinned_to"] is not None:
        return never_for(session, case, role=role)
    asked = dispatch.asked_before(session, incident_id=case["id"], role=role)
    team = dispatch.team_of(session, [case["id"]]).get((case["id"], role), {})
    return asked | team | own_part(case, role) | subjects(session, case)


def never_for(session: Session, case: RowMapping, *, role: str) -> dict[UUID, str]:
    """Who may not have it whoever decides: the subject, who said that it is a matter of her own, who has another part."""
    asked = dispatch.asked_before(session, incident_id=case["id"], role=role)
    own = {worker: reason for worker, reason in asked.items() if reason == "conflict_of_interest"}
    team = dispatch.team_of(session, [case["id"]]).get((case["id"], role), {})
    return own | team | own_part(case, role) | subjects(session, case)


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
