"""Merge of two cases, and undo of a merge.

The merged case ends, and its reporters follow the other case, the target.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.core import clock
from app.core.actor import SYSTEM, Actor, Permission
from app.core.errors import Conflict, Forbidden, NotFound, Stale, invalid_field
from app.dispatch import service as dispatch
from app.incidents.cases.queries import related_cases, views, writes
from app.incidents.cases.rules.lifecycle import ENDED, MERGED_FROM, Status
from app.incidents.cases.rules.names import illegal_transition
from app.incidents.deadlines.service import limits
from app.incidents.deadlines.service.transition_events import record
from app.incidents.dispatching.service import joint_handling, placement
from app.incidents.lifecycle.service.contests import require_not_own_order
from app.incidents.reporting.service import area_reassignment
from app.incidents.reporting.service.first_dispatch import category_of
from app.profiles import service as profiles
from app.profiles.rules.lifecycle import DUPLICATE


def merge(
    session: Session,
    actor: Actor,
    *,
    incident_id: UUID,
    into_id: UUID,
    reason: str,
    expected: int | None = None,
) -> UUID:
    """Merge a case into the case `into_id`. Return the id of the merged case.

    Cases that were merged into the case before are merged into `into_id`, too. Both cases must agree in the properties of
    `kind_of`, because the reports of both are read together afterwards.

    Args:
        expected: The version that the actor has read. None: any version.

    Raises:
        NotFound: The actor does not see the case.
        Forbidden: The actor does not direct both cases.
        Stale: The stored version is not `expected`.
        Conflict: The state does not allow a merge, the target has ended (`merge_target_ended`), or `merge_of_other_kind`.
    """
    if incident_id == into_id:
        raise invalid_field("into_id", "same_case")
    # The cases merged into it before will point to the target. All are locked before any of them is ended.
    writes.lock_cases(session, [incident_id, into_id, *related_cases.merged_into(session, incident_id)])
    case, target = writes.lock_case(session, incident_id), writes.lock_case(session, into_id)
    now = clock.now()
    if case is None or not is_visible(session, actor, incident_id, now):
        raise NotFound("not_found")
    if target is None or not is_visible(session, actor, into_id, now):
        raise invalid_field("into_id", "reference_unknown")
    for each in (incident_id, into_id):
        require_directs(session, actor, each, now)
    if expected is not None and expected != case["version"]:
        raise Stale("version_stale")
    if Status(case["status"]) not in MERGED_FROM:
        raise illegal_transition(case["status"], "merge", states=MERGED_FROM)
    require_not_own_order(case, actor)
    if Status(target["status"]) in ENDED:
        raise Conflict("merge_target_ended", case_no=target["case_no"])
    if kind_of(session, case) != kind_of(session, target):
        raise Conflict("merge_of_other_kind")
    _end(session, actor, case, target, reason=reason, now=now)
    for child in related_cases.merged_into(session, incident_id):
        _lead_on(session, actor, child, case, target, now=now)
    detail = {"from": incident_id, "case_no": case["case_no"]}
    record(session, actor, target, "take_in", Status(target["status"]), now=now, note=reason, detail=detail)
    writes.update_case(session, into_id, now=now)
    audit(session, actor, "merge", incident_id, into=into_id)
    audit(session, actor, "take_in", into_id, taken_in=incident_id)
    return incident_id


def unmerge(
    session: Session, actor: Actor, *, incident_id: UUID, reason: str, expected: int | None = None
) -> UUID:
    """Undo the merge of a case. Return its id.

    If the case had been filed before the merge, it is dispatched again, with the time that was left of its deadline.
    Otherwise it is sent to verification.

    Raises:
        NotFound: The actor does not see the case.
        Forbidden: The actor does not direct the case.
        Stale: The stored version is not `expected`.
        Conflict: The case is not merged.
    """
    into = related_cases.merge_target(session, incident_id)
    writes.lock_cases(session, [incident_id, *([into] if into else [])])
    target = writes.lock_case(session, into) if into is not None else None
    case = writes.lock_case(session, incident_id)
    now = clock.now()
    if case is None or not is_visible(session, actor, incident_id, now):
        raise NotFound("not_found")
    require_directs(session, actor, incident_id, now)
    if (expected is not None and expected != case["version"]) or into != case["merged_into"]:
        raise Stale("version_stale")
    if into is None:
        raise illegal_transition(case["status"], "unmerge", states={Status.NOT_FILED})
    case = area_reassignment.with_current_area(session, actor, case, now=now)
    detail = {"from": into}
    to = Status.FILED if writes.was_filed(session, incident_id) else Status.COLLECTED
    record(session, actor, case, "unmerge", to, now=now, note=reason, detail=detail)
    writes.update_case(
        session, incident_id, now=now, status=to, closed_at=None, merged_into=None, ended_reason=None
    )
    if to is Status.COLLECTED:
        placement.send_to_verify(session, incident_id, now=now, is_ordered=True)
    else:
        limits.restart(session, case, now=now)
        placement.place_again(session, incident_id, now=now, is_ordered=True)
    if target is not None:
        detail = {"to": incident_id, "case_no": case["case_no"]}
        record(
            session, actor, target, "give_out", Status(target["status"]), now=now, note=reason, detail=detail
        )
        writes.update_case(session, into, now=now)
    audit(session, actor, "unmerge", incident_id, into=into)
    audit(session, actor, "give_out", into, given_out=incident_id)
    return incident_id


def _end(
    session: Session, actor: Actor, case: RowMapping, target: RowMapping, *, reason: str, now: datetime
) -> None:
    detail = {"into": target["id"], "case_no": target["case_no"]}
    record(session, actor, case, "merge", Status.NOT_FILED, now=now, note=reason, detail=detail)
    dispatch.end_active(session, incident_id=case["id"], state="withdrawn", now=now)
    dispatch.end_active(session, incident_id=case["id"], role="second", state="withdrawn", now=now)
    joint_handling.end_all(session, case, now=now)
    limits.cancel(session, case, now=now)
    writes.update_case(
        session,
        case["id"],
        now=now,
        status=Status.NOT_FILED,
        closed_at=now,
        waiting_since=None,
        waiting_reason=None,
        merged_into=target["id"],
        ended_reason=DUPLICATE,
    )


def _lead_on(
    session: Session, actor: Actor, child_id: UUID, case: RowMapping, target: RowMapping, *, now: datetime
) -> None:
    """Move a case (`child_id`), which was merged into `case`, to the new target `target`.

    This is necessary when `case` itself is merged into `target`, so that there are no chains of merged cases.
    """
    child = writes.lock_case(session, child_id)
    if child is None:
        return
    detail = {"into": target["id"], "case_no": target["case_no"], "with": case["id"], "by": actor.id}
    record(session, SYSTEM, child, "merge", Status.NOT_FILED, now=now, detail=detail)
    writes.update_case(session, child_id, now=now, merged_into=target["id"])


def kind_of(session: Session, case: RowMapping) -> tuple[Any, ...]:
    """Return the properties that two cases must share to be merged or linked.

    The properties are: jurisdiction, subject, whether the category is about conduct, and whether it is confidential.
    """
    category = category_of(profiles.profile_by_id(session, case["profile_version_id"]), case["category"])
    return (
        case["jurisdiction_id"],
        case["about_kind"],
        case["about_id"],
        category.conduct,
        category.confidential,
    )


def is_visible(session: Session, actor: Actor, incident_id: UUID, now: datetime) -> bool:
    """Return True if the actor sees the case."""
    return views.is_visible(session, actor, incident_id=incident_id, now=now)


def require_directs(
    session: Session,
    actor: Actor,
    incident_id: UUID,
    now: datetime,
    permission: Permission = Permission.INCIDENT_DIRECT,
) -> None:
    """Raise Forbidden if the actor does not hold the permission in the area of the case."""
    if not views.may_direct(session, actor, incident_id=incident_id, permission=permission, now=now):
        raise Forbidden("permission_missing", permission=permission.value)


def audit(session: Session, actor: Actor, action: str, incident_id: UUID, **detail: Any) -> None:
    """Write an audit event about an action on a case."""
    accounts.record(
        session,
        actor,
        action=f"incident.{action}",
        entity="incident",
        entity_id=incident_id,
        detail=detail,
    )
