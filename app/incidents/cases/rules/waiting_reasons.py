"""Reasons why cases wait, and the reasons that end when a worker becomes available."""

from app.dispatch.rules.batch import ASKED_ENOUGH, UNPLACED
from app.dispatch.rules.ranking import WAITS_FOR_PINNED

# A supervisor has locked the case: the rules ask nobody.
LOCKED = "locked"

# Reasons to wait for another attempt than that of the handler.
NO_SECOND, PART_RETURNED = "no_second", "part_returned"

# Waiting cases that a worker who becomes free can take; the others need a decision.
RETRIED = (
    "nobody_eligible",
    "check_due",
    "no_checker",
    "no_verifier",
    WAITS_FOR_PINNED,
    "no_second",
    *(reason for reason in UNPLACED if reason != ASKED_ENOUGH),
)


def waiting_reason(role: str, reason: str) -> str:
    """Return the waiting reason to store for a case.

    If the case waits for a checker, a verifier or a second worker, the reason names that role. Otherwise it is `reason`. For
    a checker or verifier it is also `reason` if the case is locked, is about conduct, or has had enough offers.

    Args:
        role: Role of the assignment that the case waits for.
        reason: Code of the rule that prevented the dispatch.
    """
    if role == "second":
        return "no_second"
    role_reason = {"check": "no_checker", "verify": "no_verifier"}.get(role)
    return reason if role_reason is None or reason in ("conduct", "asked_enough", LOCKED) else role_reason
