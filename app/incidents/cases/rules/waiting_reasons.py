"""Reasons for which cases wait, and which of them end when a worker becomes free."""

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
    """Return the waiting reason of a case.

    Checks, verifications and seconds have reasons of their own; else it is the rule's reason.
    """
    if role == "second":
        return "no_second"
    role_reason = {"check": "no_checker", "verify": "no_verifier"}.get(role)
    return reason if role_reason is None or reason in ("conduct", "asked_enough", LOCKED) else role_reason
