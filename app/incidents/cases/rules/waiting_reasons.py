"""What a case waits for, and whether somebody who becomes free can end that."""

from app.dispatch.rules.batch import ASKED_ENOUGH, UNPLACED
from app.dispatch.rules.ranking import WAITS_FOR_PINNED

# A supervisor has locked it: nobody is asked by rule.
LOCKED = "locked"

# What a case waits for beside being worked on.
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
    """What a case waits for: one that is to be checked for a checker, whatever rule kept everybody out."""
    if role == "second":
        return "no_second"
    role_reason = {"check": "no_checker", "verify": "no_verifier"}.get(role)
    return reason if role_reason is None or reason in ("conduct", "asked_enough", LOCKED) else role_reason
