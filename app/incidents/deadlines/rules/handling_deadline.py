"""The limit on the whole of a case as its history makes it: what another category would have come to. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from app.core.calendar import Calendar, Limit
from app.incidents.deadlines.rules import deadlines
from app.incidents.deadlines.rules.deadlines import Deadline
from app.incidents.deadlines.rules.stages import GRANT
from app.profiles.rules.stages import WHOLE

# The steps that end its clock, those that let it stand still, and those that let it run again.
STOPS = frozenset({"feed_back", "fix_on_spot", "merge", "not_file", "force_close"})
PAUSES = frozenset({"defer", "put_on_books"})
RESUMPTIONS = frozenset({"resume", "check_fail", "unmerge", "take_from_books", "contest"})
TURNS = STOPS | PAUSES | RESUMPTIONS | {GRANT}


@dataclass(frozen=True, slots=True)
class Turn:
    """A step that moved the clock. `amount` of `unit`: what was given, with GRANT."""

    action: str
    at: datetime
    amount: float = 0.0
    unit: str | None = None


def replayed(
    limit: Limit, began: datetime, turns: Iterable[Turn], calendar: Calendar
) -> tuple[Deadline, int]:
    """The limit as it would be had it been the case's from the start, and how often it was given more time.

    What was given in another unit was given to another limit.
    """
    whole, at, times = deadlines.start(WHOLE, limit, began, calendar), began, 0
    for turn in turns:
        # A host's clock may step back a little; stretches still follow each other. What was handed in without a network may
        # have been done before more time was given.
        at = at if turn.action == GRANT else max(at, turn.at)
        if turn.action in STOPS and whole.stopped_at is None:
            whole = deadlines.stop(whole, at, calendar)
        elif turn.action in PAUSES and whole.running_since is not None:
            whole = deadlines.pause(whole, at, calendar)
        elif turn.action in RESUMPTIONS and whole.stopped_at is not None:
            whole = deadlines.reopen(whole, at, calendar)
        elif turn.action in RESUMPTIONS and whole.paused_at is not None:
            whole = deadlines.resume(whole, at, calendar)
        elif turn.action == GRANT and turn.unit == limit.unit and whole.running_since is not None:
            whole, times = deadlines.extend(whole, turn.amount, calendar), times + 1
    return whole, times
