"""Extensions of the handling deadline: requested by the handler, decided by a supervisor.

Amounts are in the unit of the limit, such as working hours or days.
"""

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.errors import Conflict, invalid_field
from app.incidents.cases.queries import writes
from app.incidents.deadlines.service import limits
from app.incidents.deadlines.service.transition_events import CaseTransition, record_transition
from app.profiles import service as profiles
from app.profiles.rules.profile import Condition
from app.profiles.service import ProfileInForce

NOT_ASKED = {"extension_asked_at": None, "extension_asked_by": None, "extension_amount": None}


def ask(session: Session, transition: CaseTransition) -> None:
    """Store a handler's request for an extension of the deadline.

    The profile (the city's rules) limits the length and the number of extensions.

    Raises:
        Conflict: There is an open request, the deadline has passed, or the case was extended too often.
        Invalid: The extension is too long.
    """
    case, now, amount = transition.case, transition.now, transition.fields["amount"]
    if case["extension_asked_at"] is not None:
        raise Conflict("extension_pending")
    clock = limits.running(session, case)
    if clock is None or clock["due_at"] <= now:
        raise Conflict("extension_too_late")
    rules = profiles.profile_by_id(session, case["profile_version_id"]).profile.lifecycle.extension
    if case["extended_count"] >= rules.times_most:
        raise Conflict("extended_enough", times=rules.times_most)
    max_amount = _max_amount(session, case, clock)
    if amount > max_amount:
        raise invalid_field("amount", "out_of_range", most=max_amount, unit=clock["unit"])
    record_transition(
        session, transition.with_detail(amount=amount, unit=clock["unit"], due_at=clock["due_at"])
    )
    writes.update_case(
        session,
        case["id"],
        now=now,
        extension_asked_at=now,
        extension_asked_by=transition.actor.id,
        extension_amount=amount,
    )


def _max_amount(session: Session, case: RowMapping, clock: RowMapping) -> float:
    """Return the longest extension of a limit that the city's rules allow, in the limit's unit."""
    rules = profiles.profile_by_id(session, case["profile_version_id"]).profile.lifecycle.extension
    return rules.most(clock["unit"], clock["amount"])


def outlives(session: Session, case: RowMapping, profile: ProfileInForce, condition: Condition) -> bool:
    """Return True if the open request for an extension stays valid after a change of category.

    It stays valid if the limit of the new category has the same unit and allows an extension of this length.
    """
    clock = limits.running(session, case)
    if clock is None or case["extension_asked_at"] is None:
        return False
    limit = condition.limit
    max_amount = profile.profile.lifecycle.extension.most(limit.unit, limit.amount)
    return bool(clock["unit"] == limit.unit and case["extension_amount"] <= max_amount)


def grant(session: Session, transition: CaseTransition) -> None:
    """Grant the requested extension: move the due time. The first due time stays stored."""
    case, now = transition.case, transition.now
    _require_pending(transition.actor, case)
    amount = case["extension_amount"]
    clock = limits.running(session, case)
    if clock is None:
        raise Conflict("extension_too_late")
    # An earlier version kept a request although the case got another limit.
    if amount > _max_amount(session, case, clock):
        raise Conflict("extension_too_long")
    due_before, due_after = limits.extend(session, case, amount, now=now)
    detail = {
        "amount": amount,
        "unit": clock["unit"],
        "from": due_before,
        "to": due_after,
        "asked_by": case["extension_asked_by"],
    }
    record_transition(session, transition.with_detail(**detail))
    writes.update_case(
        session,
        case["id"],
        now=now,
        due_at=due_after,
        extended_count=case["extended_count"] + 1,
        **NOT_ASKED,
    )


def refuse(session: Session, transition: CaseTransition) -> None:
    """Refuse the requested extension. The due time does not change."""
    case = transition.case
    _require_pending(transition.actor, case)
    detail = {"amount": case["extension_amount"], "asked_by": case["extension_asked_by"]}
    record_transition(session, transition.with_detail(**detail))
    writes.update_case(session, case["id"], now=transition.now, **NOT_ASKED)


def _require_pending(actor: Actor, case: RowMapping) -> None:
    """Raise Conflict unless another person than the actor has an open request for an extension.

    Raises:
        Conflict: There is no open request, or the actor made it.
    """
    if case["extension_asked_at"] is None:
        raise Conflict("extension_not_asked")
    if case["extension_asked_by"] == actor.id:
        raise Conflict("own_extension")
