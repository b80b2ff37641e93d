"""Start of the handling of several cases by one actor, as a device pushes them after a day without a network."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.core import clock
from app.core.actor import Actor
from app.core.errors import NotFound
from app.incidents.cases.queries import views, writes
from app.incidents.cases.rules import lifecycle
from app.incidents.cases.rules.lifecycle import Status
from app.incidents.cases.rules.names import illegal_transition
from app.incidents.cases.service.allowed_actions import allowed_actions_of, relations_of
from app.incidents.deadlines.service import limits
from app.incidents.deadlines.service.transition_events import CaseTransition, changes_stages, event_of
from app.incidents.dispatching.service.second_handler import cases_that_may_need_second, require_second
from app.incidents.lifecycle.service.transitions import done_between, require_fields, with_evidence

START = "start"


def start_each(session: Session, actor: Actor, starts: Mapping[UUID, dict[str, Any]]) -> None:
    """Start the handling of several cases, with the outcome of one `apply_transition` for each of them.

    Each statement is sent once for all cases; only cases with limits of stages need statements of their own.

    Args:
        starts: The fields of each action without its name, by the id of the case.

    Raises:
        DomainError: An error of one case. Nothing is stored then.
    """
    cases = writes.lock_each(session, starts)
    # After the locks, as for a single transition.
    now = clock.now()
    facts = views.relation_facts_of_each(session, actor, incident_ids=list(starts), now=now)
    if cases.keys() & facts.keys() != starts.keys():
        raise NotFound("not_found")
    since = writes.earliest_done_at_of_each(
        session, list(starts), account_id=actor.id, role=lifecycle.BACKDATABLE[START]
    )
    with_second = cases_that_may_need_second(session, cases)
    transitions = [
        _transition(session, actor, cases[case_id], facts[case_id], fields, since=since.get(case_id), now=now)
        for case_id, fields in starts.items()
    ]
    transitions = [
        _with_second(session, transition) if transition.case_id in with_second else transition
        for transition in transitions
    ]
    _store(session, actor, transitions, now=now)


def _transition(
    session: Session,
    actor: Actor,
    case: RowMapping,
    facts: RowMapping,
    fields: dict[str, Any],
    *,
    since: datetime | None,
    now: datetime,
) -> CaseTransition:
    """Return the transition of one case, if the transition table allows it to the actor.

    Raises:
        Conflict: The table does not allow it, or the profile refuses the position.
        Invalid: A needed field is missing, or the action does not accept a field that was sent.
    """
    status, relations = Status(case["status"]), relations_of(facts)
    row = lifecycle.find_transition(START, status, relations)
    if row is None:
        raise illegal_transition(status.value, START, allowed_actions_of(status, relations, facts))
    sent = {name: value for name, value in fields.items() if name != "happened_at"}
    claimed_at = fields.get("happened_at")
    require_fields(row, sent)
    transition = CaseTransition(
        actor,
        case,
        START,
        row.to or status,
        now,
        note=sent.get("note"),
        done_at=now if claimed_at is None or claimed_at >= now else done_between(since, claimed_at, now),
        claimed_at=claimed_at,
        fields=sent,
    )
    return with_evidence(session, transition, row)


def _with_second(session: Session, transition: CaseTransition) -> CaseTransition:
    alone_reason = transition.fields.get("alone_reason")
    return transition.with_detail(
        **require_second(session, transition.case, action=START, alone_reason=alone_reason)
    )


def _store(session: Session, actor: Actor, transitions: Sequence[CaseTransition], *, now: datetime) -> None:
    writes.insert_events(session, [event_of(transition) for transition in transitions])
    for transition in transitions:
        if changes_stages(transition) and limits.may_have_stages(session, transition.case):
            limits.sync_stage_deadlines(session, transition.case, now=now)
    ids_by_status: dict[Status, list[UUID]] = {}
    for transition in transitions:
        ids_by_status.setdefault(transition.to, []).append(transition.case_id)
    for status, ids in ids_by_status.items():
        writes.update_each(session, ids, now=now, status=status)
    accounts.record_each(
        session,
        actor,
        action=f"incident.{START}",
        entity="incident",
        details=[(transition.case_id, {"note": bool(transition.note)}) for transition in transitions],
    )
