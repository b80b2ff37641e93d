"""The stages of a case that have limits of their own, as its history makes them. Pure.

What runs, rests and has ended follows from the steps that were taken, in their order, so that it can be worked out anew
at any time. A stage begins once, and ends once: at its step or any later one, when the handler says that it is done, or
with the case. A stage that only its handler finishes, and from which another one counts, is cut off by handing in, and not
met: what comes after it has not begun. What handing in has ended runs on if the check sends the case back, with what was
left; so does what the end of the case has ended if its reporter contests that. When the whole is given more time, so are
the stages of the handling that run then.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from app.core import calendar as clocks
from app.core.calendar import Calendar
from app.incidents.cases.rules.lifecycle import ENDED, Status
from app.incidents.deadlines.rules import deadlines
from app.incidents.deadlines.rules.deadlines import Deadline
from app.profiles.rules.stages import DONE, STEPS, StageLimit

STAGE_DONE = "stage_done"
CONTEST = "contest"
GRANT = "grant_extension"
# Steps that move the clocks of stages and leave the case where it stands.
BESIDE = (STAGE_DONE, GRANT)
# In these nobody can work on a case: all its clocks stand still.
STANDING = frozenset({Status.DEFERRED, Status.ON_BOOKS})
_PLACE = {step: place for place, step in enumerate(STEPS)} | {DONE: STEPS.index("fed_back")}
_REACHED = {
    Status.FILED: "filed",
    Status.DISPATCHED: "dispatched",
    Status.ACCEPTED: "accepted",
    Status.HANDLING: "started",
    Status.FED_BACK: "fed_back",
    Status.CLOSED: "closed",
}


@dataclass(frozen=True, slots=True)
class More:
    """More time for the whole: `amount` of `unit`, and when it was due before and is due since."""

    amount: float
    unit: str
    before: datetime
    after: datetime


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a case, as its history has it. `stage`: what was done, with STAGE_DONE; `more`: with GRANT.

    `heard`: when it became known, if that was later than it was taken. What it ends has ended when it was taken; what
    it begins, or lets run on, does so when others could know of it.
    """

    action: str
    before: str | None
    after: str
    at: datetime
    stage: str | None = None
    heard: datetime | None = None
    more: More | None = None

    @property
    def changes(self) -> bool:
        return self.before != self.after or self.action in BESIDE


@dataclass(slots=True)
class _Running:
    limit: StageLimit
    deadline: Deadline
    ended_by: str | None = None  # the step that ended it: handing in and merging can be taken back


def replayed(limits: Sequence[StageLimit], steps: Iterable[Step], calendar: Calendar) -> list[Deadline]:
    """The stages that have begun, in the order of `limits`."""
    history = _History(limits, calendar)
    for step in steps:
        if step.changes:
            history.take(step)
    return [history.found[limit.stage].deadline for limit in limits if limit.stage in history.found]


class _History:
    def __init__(self, limits: Sequence[StageLimit], calendar: Calendar) -> None:
        self.limits = limits
        self.calendar = calendar
        self.found: dict[str, _Running] = {}
        self.reached = -1
        self.status: str | None = None
        self.at: datetime | None = None
        self.ended_by: str | None = None  # the step that ended the case last

    def take(self, step: Step) -> None:
        if step.more is not None:
            self._extend(step.more)
            return
        # A host's clock may step back a little; stretches still follow each other.
        at = step.at if self.at is None else max(step.at, self.at)
        heard = at if step.heard is None else max(step.heard, at)
        self.at, was, self.status = at, self.status, step.after
        is_sent_back = step.action == CONTEST or (
            step.after == Status.REWORK and was in (Status.CHECKING, Status.FED_BACK)
        )
        if step.action == STAGE_DONE:
            self._end([one for one in self._live() if one.limit.stage == step.stage], step, at)
        elif step.action == "unmerge":
            self._run_on("merge", heard)
        elif is_sent_back:
            for one in self._live():  # what counts from handing in waits for the next one
                self._pause(one, at)
            self._run_on("feed_back", heard)
            if step.action == CONTEST and step.before in ENDED - {Status.CLOSED}:
                self._run_on(self.ended_by, heard)
            self.reached = min(self.reached, _PLACE["accepted"])
        elif was in STANDING and step.after not in STANDING | ENDED:
            self._resume(heard)
        self._reach(step, at, heard)
        if step.after in STANDING:
            for one in self._live():
                self._pause(one, at)
        if step.after in ENDED:
            self.ended_by = step.action
            self._end(self._live(), step, at)
        else:
            self._begin(heard)

    def _reach(self, step: Step, at: datetime, heard: datetime) -> None:
        name = "reported" if step.before is None else _REACHED.get(Status(step.after))
        if name is None or step.action == STAGE_DONE:
            return
        self.reached = max(self.reached, _PLACE[name])
        if name == "fed_back":
            self._resume(heard)
        self._end([one for one in self._live() if _PLACE[one.limit.ends] <= _PLACE[name]], step, at)

    def _begin(self, at: datetime) -> None:
        for limit in self.limits:
            if limit.stage in self.found:
                continue
            before = self.found.get(limit.begins)
            begins = (
                _PLACE[limit.begins] <= self.reached
                if limit.begins in _PLACE
                else before is not None
                and before.deadline.stopped_at is not None
                and not before.deadline.is_cut_off
            )
            has_passed = self.reached >= _PLACE[limit.ends]
            if not begins or (has_passed and (limit.begins not in _PLACE or _is_of_the_handler(limit))):
                continue
            deadline = deadlines.start(limit.stage, limit.limit, at, self.calendar)
            one = _Running(limit, replace(deadline, name=limit.name, ends=limit.ends))
            self.found[limit.stage] = one
            if limit.ends != DONE and _PLACE[limit.ends] <= self.reached:
                self._end([one], None, at)
            elif self.status in STANDING:
                self._pause(one, at)

    def _live(self) -> list[_Running]:
        return [one for one in self.found.values() if one.deadline.stopped_at is None]

    def _end(self, stages: Iterable[_Running], step: Step | None, at: datetime) -> None:
        for one in stages:
            stopped = deadlines.stop(one.deadline, _not_before(one.deadline, at), self.calendar)
            is_done = step is None or step.action == STAGE_DONE
            one.deadline = replace(stopped, is_cut_off=not is_done and _goes_on(self.limits, one.limit))
            is_handed_in = step is not None and step.after == Status.FED_BACK
            one.ended_by = "feed_back" if is_handed_in else step.action if step is not None else None

    def _run_on(self, ended_by: str | None, at: datetime) -> None:
        for one in self.found.values():
            if one.ended_by == ended_by:
                one.deadline = deadlines.reopen(one.deadline, _not_before(one.deadline, at), self.calendar)
                one.ended_by = None

    def _pause(self, one: _Running, at: datetime) -> None:
        if one.deadline.paused_at is None:
            one.deadline = deadlines.pause(one.deadline, _not_before(one.deadline, at), self.calendar)

    def _extend(self, more: More) -> None:
        """What runs of the handling gets as much of its own unit as its clock runs between the two due times of the whole."""
        for one in self._live():
            unit = one.deadline.limit.unit
            amount = more.amount
            if more.unit != unit:
                amount = clocks.amount_of(clocks.spent(more.before, more.after, unit, self.calendar), unit)
            is_handling = one.limit.begins != "fed_back"
            if is_handling and one.deadline.running_since is not None and amount > 0:
                one.deadline = deadlines.extend(one.deadline, amount, self.calendar)

    def _resume(self, at: datetime) -> None:
        for one in self._live():
            if one.deadline.paused_at is not None:
                one.deadline = deadlines.resume(one.deadline, _not_before(one.deadline, at), self.calendar)


def left_out(limits: Sequence[StageLimit], begun: Iterable[Deadline]) -> list[str]:
    """Return the stages of `limits` that handing in now would leave out, in their order: those that are cut off, and those of
    the handling that have not begun. `begun`: as they stand."""
    found = {deadline.stage: deadline for deadline in begun}
    return [
        limit.stage
        for limit in limits
        if (
            found[limit.stage].stopped_at is None and _goes_on(limits, limit)
            if limit.stage in found
            else limit.begins not in _PLACE or _is_of_the_handler(limit)
        )
    ]


def _goes_on(limits: Sequence[StageLimit], limit: StageLimit) -> bool:
    """Whether only its handler finishes the stage, and another one begins then."""
    return limit.ends == DONE and any(one.begins == limit.stage for one in limits)


def _is_of_the_handler(limit: StageLimit) -> bool:
    return limit.ends == DONE and limit.begins != "fed_back"


def _not_before(deadline: Deadline, at: datetime) -> datetime:
    """What begins when a step is heard of may begin after the next one was taken; its stretches still follow each other."""
    moments = (deadline.running_since, deadline.paused_at, deadline.stopped_at)
    return max([at, *(moment for moment in moments if moment is not None)])
