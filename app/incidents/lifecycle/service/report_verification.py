"""Verification of a report before it is filed, by a worker other than its reporter."""

from datetime import datetime

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.dispatch import service as dispatch
from app.incidents.cases.queries import writes
from app.incidents.cases.rules.lifecycle import Status
from app.incidents.deadlines.service import limits
from app.incidents.deadlines.service.transition_events import CaseTransition, record_transition
from app.incidents.dispatching.service import placement
from app.incidents.lifecycle.service import inspection
from app.incidents.lifecycle.service.pauses import reason_of
from app.profiles import service as profiles
from app.profiles.rules.lifecycle import NOT_FOUND


def exists(session: Session, transition: CaseTransition) -> None:
    """File a case whose report was verified: start its clock and dispatch it."""
    record_transition(session, transition)
    _end_verification(session, transition, state="done")
    _file(session, transition.case, to=transition.to, now=transition.now)


def not_exist(session: Session, transition: CaseTransition) -> None:
    """End a case as not filed, because the verifier did not find the reported problem.

    The reason is stored, and the reporter can read it.
    """
    now = transition.now
    code = reason_of(session, transition.case, transition.to, transition.fields.get("reason") or NOT_FOUND)
    record_transition(session, transition.with_detail(reason=code))
    _end_verification(session, transition, state="done")
    writes.update_case(
        session,
        transition.case_id,
        now=now,
        status=transition.to,
        closed_at=now,
        ended_reason=code,
        waiting_since=None,
        waiting_reason=None,
    )


def unable(session: Session, transition: CaseTransition) -> None:
    """Store that the verifier could not decide, and offer the verification to the next worker."""
    inspection.record_inconclusive(session, transition, role="verify")


def file(session: Session, transition: CaseTransition) -> None:
    """File a case without verification, by order of a supervisor."""
    record_transition(session, transition)
    _end_verification(session, transition, state="withdrawn")
    _file(session, transition.case, to=transition.to, now=transition.now)


def assign_verify(session: Session, transition: CaseTransition) -> None:
    """Offer the verification to the worker whom a supervisor chose."""
    inspection.assign(session, transition, role="verify")


def _end_verification(session: Session, transition: CaseTransition, *, state: str) -> None:
    dispatch.end_active(
        session, incident_id=transition.case_id, role="verify", state=state, now=transition.now
    )


def _file(session: Session, case: RowMapping, *, to: Status, now: datetime) -> None:
    """File a case under the city's rules that are in force now (profile), and dispatch it."""
    case = _under_current_rules(session, case, now=now)
    due_at = limits.begin(session, case, now=now)
    writes.update_case(
        session, case["id"], now=now, status=to, due_at=due_at, waiting_since=None, waiting_reason=None
    )
    placement.place_again(session, case["id"], now=now)


def _under_current_rules(session: Session, case: RowMapping, *, now: datetime) -> RowMapping:
    """Assign the profile in force now to a case that is being filed, and return its row.

    A profile is a version of the city's rules. The case keeps the profile of its report if the profile in force has no such
    category, or changes whether the category is confidential or about conduct.
    """
    own_categories = profiles.profile_by_id(session, case["profile_version_id"]).profile.taxonomy.categories
    current = profiles.profile_at(session, case["jurisdiction_id"], now)
    category = current.profile.taxonomy.categories.get(case["category"])
    previous_category = own_categories.get(case["category"])
    if current.id == case["profile_version_id"] or category is None or previous_category is None:
        return case
    if (category.conduct, category.confidential) != (
        previous_category.conduct,
        previous_category.confidential,
    ):
        return case
    changed = {
        "profile_version_id": current.id,
        "condition": category.condition().code,
        "priority": category.priority,
    }
    writes.update_case(session, case["id"], now=now, **changed)
    return placement.lock(session, case["id"])
