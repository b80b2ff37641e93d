"""Contests: a reporter claims that a case is not solved, or was ended wrongly.

A reporter can contest each end of a case once, within the number of days in the profile (the rules of the city). If a
person ended the case without closing it (not filed, merged, or ended by order), another person decides about the contest.
"""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.core.actor import SYSTEM, Actor
from app.core.errors import Conflict
from app.incidents.cases.queries import participants, related_cases, writes
from app.incidents.cases.rules.lifecycle import ENDED, Status
from app.incidents.deadlines.service import limits
from app.incidents.deadlines.service.transition_events import CaseTransition, record, record_transition
from app.incidents.dispatching.service import placement
from app.incidents.reporting.service import area_reassignment
from app.profiles import service as profiles
from app.profiles.rules.lifecycle import Contest


def contest(session: Session, transition: CaseTransition) -> None:
    """Reopen a contested case, and give it to its handler or to the queue of its supervisors.

    For a closed case the profile (the city's rules) decides whether the handler or the supervisors get it. A case that ended in
    another way always goes to the supervisors. The handling deadline runs again. If the case was merged into another case, and
    the other case has ended since, the other case is reopened instead.

    Raises:
        Conflict: The case ended more days ago than the profile allows (`contest_too_late`).
    """
    case, now = transition.case, transition.now
    target = writes.lock_case(session, case["merged_into"]) if case["merged_into"] is not None else None
    ended_case = target if target is not None and Status(target["status"]) in ENDED else case
    rules = profiles.profile_by_id(session, ended_case["profile_version_id"]).profile.lifecycle.contest
    if ended_case["closed_at"] + timedelta(days=rules.days) < now:
        raise Conflict("contest_too_late", days=rules.days)
    actor = transition.actor
    detail: dict[str, Any] = {}
    if ended_case is not case:
        target_facts = {"same_as": ended_case["id"], "case_no": ended_case["case_no"]}
        own_contest = replace(transition, to=transition.source).with_detail(**target_facts)
        record_transition(session, own_contest)
        writes.update_case(session, case["id"], now=now, contested_count=case["contested_count"] + 1)
        # The history of the other case must not show the reporter of this one.
        actor, detail = SYSTEM, {"said_of": case["id"], "case_no": case["case_no"]}
    ended_case = area_reassignment.with_current_area(session, SYSTEM, ended_case, now=now)
    reopening = replace(transition, actor=actor, case=ended_case, detail=detail)
    if reopening.source is Status.CLOSED:
        _contest_closing(session, reopening, rules)
    else:
        _contest_order(session, reopening)


def _contest_closing(session: Session, transition: CaseTransition, rules: Contest) -> None:
    """Reopen a closed case for rework by its handler or for a supervisor.

    The profile (the city's rules) decides which of them gets it.
    """
    case, now = transition.case, transition.now
    is_reworked = rules.goes_to == "rework"
    to = Status.REWORK if is_reworked else Status.RETURNED
    end = {"closed_at": case["closed_at"], "handled_by": case["handled_by"]}
    record_transition(session, replace(transition, to=to).with_detail(**end))
    writes.update_case(
        session,
        case["id"],
        now=now,
        status=to,
        closed_at=None,
        contested_count=case["contested_count"] + 1,
        rework_count=case["rework_count"] + 1,
    )
    limits.restart(session, case, now=now)
    if is_reworked:
        placement.give_back(session, case, now=now)
    else:
        writes.update_case(session, case["id"], now=now, waiting_since=now, waiting_reason="contested")


def _contest_order(session: Session, transition: CaseTransition) -> None:
    """Reopen a case that a person ended without closing it (not filed, merged, ended by order).

    The case waits in the queue of its supervisors, and another person must decide about it. If it was merged, the merge is
    undone.
    """
    case, now = transition.case, transition.now
    ending = participants.ending(session, case["id"])
    to = Status.RETURNED if writes.was_filed(session, case["id"]) else Status.COLLECTED
    into = case["merged_into"]
    end = {
        "closed_at": case["closed_at"],
        "handled_by": case["handled_by"],
        "against": ending["action"],
        **({"from": into} if into else {}),
    }
    record_transition(session, replace(transition, to=to).with_detail(**end))
    writes.update_case(
        session,
        case["id"],
        now=now,
        status=to,
        closed_at=None,
        merged_into=None,
        ended_reason=None,
        contested_count=case["contested_count"] + 1,
        contested_order_by=ending["by"],
        waiting_since=now,
        waiting_reason="contested",
    )
    limits.restart(session, case, now=now)
    target = writes.lock_case(session, into) if into is not None else None
    if target is not None:
        target_detail = {"to": case["id"], "case_no": case["case_no"]}
        record(session, SYSTEM, target, "give_out", Status(target["status"]), now=now, detail=target_detail)
        writes.update_case(session, into, now=now)


def lock_with_target(session: Session, incident_id: UUID) -> None:
    """Lock a case. If it was merged into another case, lock the other case, too."""
    into = related_cases.merge_target(session, incident_id)
    writes.lock_cases(session, [incident_id, *([into] if into else [])])


def require_not_own_order(case: RowMapping, actor: Actor) -> None:
    """Refuse a decision about a contested end by the person who ended the case.

    Raises:
        Conflict: The actor ended the case.
    """
    if case["contested_order_by"] == actor.id:
        raise Conflict("own_order_contested")
