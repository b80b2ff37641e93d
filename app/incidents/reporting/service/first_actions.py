"""The actions that a report causes at once: report, file, dispatch, fix on the spot.

The states before and after each action are in the transition table.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from app.core.actor import SYSTEM, Actor
from app.dispatch import service as dispatch
from app.dispatch.service import Placement
from app.incidents.cases.rules import lifecycle
from app.incidents.cases.rules.other_transitions import Step
from app.incidents.cases.rules.presence import Spot
from app.incidents.cases.rules.waiting_reasons import waiting_reason


@dataclass(frozen=True, slots=True)
class FirstAction:
    """One action on a new case, taken by the reporter or by the system (`is_by_system`)."""

    action: str
    is_by_system: bool = False
    note: str | None = None
    detail: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sample:
    """The random draw that decides whether a case fixed on the spot is checked.

    Attributes:
        draw: A random number in [0, 1). The event stores it, so that anybody can verify the decision.
        rate: Share of such cases that are checked.
    """

    draw: float
    rate: float

    @classmethod
    def draw_for(cls, rate: float) -> "Sample":
        """Return a new random draw for a case.

        Args:
            rate: Share of cases fixed on the spot that are checked.
        """
        return cls(secrets.randbelow(1_000_000) / 1_000_000, rate)

    @property
    def is_checked(self) -> bool:
        return lifecycle.is_sampled(self.draw, self.rate)


def first_actions(
    placement: Placement,
    handled: dict[str, Any] | None,
    presence: dict[str, Any],
    *,
    is_verified_first: bool,
    not_fixed_because: str | None,
    sample: Sample | None,
) -> list[FirstAction]:
    """Return the actions on a new case, in their order.

    Args:
        placement: The result of the dispatch; with `is_verified_first` the result of the search for a verifier.
        handled: The reporter's claim to have fixed the problem on the spot, or None.
        presence: Distance and accuracy of the reporter's device, stored with the action `report`.
        not_fixed_because: Why the claim is not accepted; the claim is then stored as a note.
        sample: The random draw for a check, if the claim is accepted.
    """
    actions = [FirstAction("report", detail=presence)]
    if is_verified_first:
        actions.append(_verification(placement))
    else:
        actions += [FirstAction("file", is_by_system=True), *_dispatch(placement)]
    if sample is not None and handled is not None:
        return [*actions, FirstAction("fix_on_spot", note=handled["note"]), _closing(sample)]
    if not_fixed_because is not None and handled is not None:
        detail = {"on_the_spot": "not counted as handled", "because": not_fixed_because}
        actions.append(FirstAction("note", note=handled["note"], detail=detail))
    return actions


def _verification(placement: Placement) -> FirstAction:
    """Return the action that follows from the search for a verifier."""
    if placement.outcome == "waiting":
        detail = {"reason": waiting_reason("verify", placement.reason), "role": "verify"}
        return FirstAction("wait", is_by_system=True, detail=detail)
    return FirstAction("send_to_verify", is_by_system=True, detail=_assignment(placement, "verify"))


def _dispatch(placement: Placement) -> list[FirstAction]:
    """Return the actions that follow from the placement of a new case."""
    if placement.outcome == "waiting":
        return [FirstAction("wait", is_by_system=True, detail={"reason": placement.reason})]
    detail = _assignment(placement, "handle")
    if placement.outcome == dispatch.PROPOSED:
        until = {"until": placement.offer_expires_at}
        return [FirstAction("propose", is_by_system=True, detail=detail | until)]
    dispatched = FirstAction("dispatch", is_by_system=True, detail=detail)
    if placement.outcome != "accepted":
        return [dispatched]
    return [dispatched, FirstAction("accept", detail={"assignment_id": placement.assignment_id})]


def _closing(sample: Sample) -> FirstAction:
    """Return the action that follows a fix on the spot.

    If the case was drawn for a check, the action is a note, because the case waits for the check. Otherwise the action closes
    the case.
    """
    detail = {"draw": sample.draw, "rate": sample.rate}
    if sample.is_checked:
        return FirstAction("note", is_by_system=True, note="sampled for a check", detail=detail)
    return FirstAction("close_unsampled", is_by_system=True, detail=detail)


def _assignment(placement: Placement, role: str) -> dict[str, Any]:
    return {
        "assignment_id": placement.assignment_id,
        "worker_id": placement.worker_id,
        "outcome": placement.outcome,
        "reason": placement.reason,
        "role": role,
    }


def first_events(
    actor: Actor, actions: Sequence[FirstAction], steps: Sequence[Step], spot: Spot | None
) -> list[dict[str, Any]]:
    """Return the events of a new case, as rows for the JSON of the insert statement.

    Args:
        actions: The result of `first_actions`.
        steps: The states before and after each action, from the transition table.
        spot: Position of the reporter's device, stored with the event `report`.
    """
    rows = []
    for number, (action, step) in enumerate(zip(actions, steps, strict=True)):
        by = SYSTEM if action.is_by_system else actor
        row: dict[str, Any] = {
            "n": number,
            "action": step.action,
            "from_status": step.from_status,
            "to_status": step.to_status,
            "actor_kind": by.kind,
            "actor_id": by.id,
            "note": action.note,
            "detail": action.detail,
        }
        if spot is not None and step.from_status is None:
            row |= {"lon": spot.lon, "lat": spot.lat, "accuracy_m": spot.accuracy_m, "there_at": spot.at}
        rows.append(row)
    return rows
