"""The deadlines of the single stages of a case, computed from its transitions. Pure.

The deadlines depend only on the transitions and their order, so they can be computed again at any time. "To hand in" means
that the handler submits the case as handled. The rules:

- A stage begins once and ends once. It ends with its own action or a later action, when the handler reports the stage as
  done, or when the case ends.
- Some stages can be finished only by the handler and are followed by another stage. If the handler hands in the case while
  such a stage runs, it is cut off: it counts as not met, and the following stage does not begin.
- A failed check or a contest resumes the stages that had ended because the case was handed in or closed. These stages
  continue with the time that was left.
- An extension of the handling limit also extends the running stages of the handling.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from app.core import calendar as clocks
from app.core.calendar import Calendar
from app.incidents.cases.rules.lifecycle import ENDED, Status
from app.incidents.deadlines.rules import deadlines
from app.incidents.deadlines.rules.deadlines import Deadline
from app.profiles.rules.stages import DONE_BY_HANDLER, STEPS, StageLimit

STAGE_DONE = "stage_done"
CONTEST = "contest"
GRANT = "grant_extension"
# Actions that change the clocks of stages, but not the state of the case.
CLOCK_ONLY_ACTIONS = (STAGE_DONE, GRANT)
# In these states nobody works on a case, and all its clocks are paused.
PAUSED_STATES = frozenset({Status.DEFERRED, Status.ON_BOOKS})
_STEP_ORDER = {step: place for place, step in enumerate(STEPS)} | {DONE_BY_HANDLER: STEPS.index("fed_back")}
STEP_OF_STATUS = {
    Status.FILED: "filed",
    Status.DISPATCHED: "dispatched",
    Status.ACCEPTED: "accepted",
    Status.HANDLING: "started",
    Status.FED_BACK: "fed_back",
    Status.CLOSED: "closed",
}


@dataclass(frozen=True, slots=True)
class Extension:
    """An extension of the handling limit, with the due times before and after it.

    Attributes:
        amount, unit: Length of the extension.
    """

    amount: float
    unit: str
    due_before: datetime
    due_after: datetime


@dataclass(frozen=True, slots=True)
class PastTransition:
    """A stored transition of a case.

    Attributes:
        at: When the action was done. Stages that the transition ends have ended at this time.
        known_at: When the server received it, if later. Stages that the transition begins or resumes run from this
            time.
        stage: The finished stage, for action STAGE_DONE.
        extension: The extension, for action GRANT.
    """

    action: str
    from_status: str | None
    to_status: str
    at: datetime
    stage: str | None = None
    known_at: datetime | None = None
    extension: Extension | None = None

    @property
    def changes(self) -> bool:
        """True if the transition can change the clock of a stage."""
        return self.from_status != self.to_status or self.action in CLOCK_ONLY_ACTIONS


@dataclass(slots=True)
class _StageState:
    limit: StageLimit
    deadline: Deadline
    ended_by: str | None = None  # the action that ended it, which another one may undo


def replay_stages(
    limits: Sequence[StageLimit], transitions: Iterable[PastTransition], calendar: Calendar
) -> list[Deadline]:
    """Return the deadlines of the stages that have begun, in the order of `limits`."""
    clocks_of_case = _StageClocks(limits, calendar)
    for transition in transitions:
        if transition.changes:
            clocks_of_case.apply(transition)
    stages = clocks_of_case.stages
    return [stages[limit.stage].deadline for limit in limits if limit.stage in stages]


class _StageClocks:
    """The clocks of the stages of one case, changed transition by transition.

    The transition table (`cases.rules.lifecycle`) decides which transitions exist. This class applies the effect of each
    transition to each clock.
    """

    def __init__(self, limits: Sequence[StageLimit], calendar: Calendar) -> None:
        self.limits = limits
        self.calendar = calendar
        self.stages: dict[str, _StageState] = {}
        self.reached = -1
        self.status: str | None = None
        self.at: datetime | None = None
        self.ended_by: str | None = None  # the action that ended the case last

    def apply(self, transition: PastTransition) -> None:
        """Change the clocks by the next transition, in the order of the history."""
        if transition.extension is not None:
            self._extend(transition.extension)
            return
        # The clock of a host may be set back a little; stretches must not overlap.
        at = transition.at if self.at is None else max(transition.at, self.at)
        known_at = at if transition.known_at is None else max(transition.known_at, at)
        self.at, status_before, self.status = at, self.status, transition.to_status
        is_sent_back = transition.action == CONTEST or (
            transition.to_status == Status.REWORK and status_before in (Status.CHECKING, Status.FED_BACK)
        )
        if transition.action == STAGE_DONE:
            self._end(
                [stage for stage in self._live() if stage.limit.stage == transition.stage], transition, at
            )
        elif transition.action == "unmerge":
            self._run_on("merge", known_at)
        elif is_sent_back:
            for stage in self._live():  # a stage after handing in pauses until the next one
                self._pause(stage, at)
            self._run_on("feed_back", known_at)
            if transition.action == CONTEST and transition.from_status in ENDED - {Status.CLOSED}:
                self._run_on(self.ended_by, known_at)
            self.reached = min(self.reached, _STEP_ORDER["accepted"])
        elif status_before in PAUSED_STATES and transition.to_status not in PAUSED_STATES | ENDED:
            self._resume(known_at)
        self._reach(transition, at, known_at)
        if transition.to_status in PAUSED_STATES:
            for stage in self._live():
                self._pause(stage, at)
        if transition.to_status in ENDED:
            self.ended_by = transition.action
            self._end(self._live(), transition, at)
        else:
            self._begin(known_at)

    def _reach(self, transition: PastTransition, at: datetime, known_at: datetime) -> None:
        """End the running stages whose last step is reached or passed by this transition."""
        name = (
            "reported" if transition.from_status is None else STEP_OF_STATUS.get(Status(transition.to_status))
        )
        if name is None or transition.action == STAGE_DONE:
            return
        self.reached = max(self.reached, _STEP_ORDER[name])
        if name == "fed_back":
            self._resume(known_at)
        self._end(
            [stage for stage in self._live() if _STEP_ORDER[stage.limit.ends] <= _STEP_ORDER[name]],
            transition,
            at,
        )

    def _begin(self, at: datetime) -> None:
        """Start the clocks of the stages whose first action was done or whose previous stage ended."""
        for limit in self.limits:
            if limit.stage in self.stages:
                continue
            previous = self.stages.get(limit.begins)
            has_begun = (
                _STEP_ORDER[limit.begins] <= self.reached
                if limit.begins in _STEP_ORDER
                else previous is not None
                and previous.deadline.stopped_at is not None
                and not previous.deadline.is_cut_off
            )
            has_passed = self.reached >= _STEP_ORDER[limit.ends]
            if not has_begun or (
                has_passed and (limit.begins not in _STEP_ORDER or _is_of_the_handler(limit))
            ):
                continue
            deadline = deadlines.start(limit.stage, limit.limit, at, self.calendar)
            stage = _StageState(limit, replace(deadline, name=limit.name, ends=limit.ends))
            self.stages[limit.stage] = stage
            if limit.ends != DONE_BY_HANDLER and _STEP_ORDER[limit.ends] <= self.reached:
                self._end([stage], None, at)
            elif self.status in PAUSED_STATES:
                self._pause(stage, at)

    def _live(self) -> list[_StageState]:
        return [stage for stage in self.stages.values() if stage.deadline.stopped_at is None]

    def _end(self, stages: Iterable[_StageState], transition: PastTransition | None, at: datetime) -> None:
        """End the given stages.

        A stage that another stage follows is cut off, unless its handler has reported it as done.
        """
        for stage in stages:
            stopped = deadlines.stop(stage.deadline, _not_before(stage.deadline, at), self.calendar)
            is_done = transition is None or transition.action == STAGE_DONE
            stage.deadline = replace(
                stopped, is_cut_off=not is_done and _has_following_stage(self.limits, stage.limit)
            )
            is_handed_in = transition is not None and transition.to_status == Status.FED_BACK
            stage.ended_by = (
                "feed_back" if is_handed_in else transition.action if transition is not None else None
            )

    def _run_on(self, ended_by: str | None, at: datetime) -> None:
        """Resume the stages that the given action had ended."""
        for stage in self.stages.values():
            if stage.ended_by == ended_by:
                stage.deadline = deadlines.reopen(
                    stage.deadline, _not_before(stage.deadline, at), self.calendar
                )
                stage.ended_by = None

    def _pause(self, stage: _StageState, at: datetime) -> None:
        if stage.deadline.paused_at is None:
            stage.deadline = deadlines.pause(stage.deadline, _not_before(stage.deadline, at), self.calendar)

    def _extend(self, extension: Extension) -> None:
        """Extend the running stages of the handling by the time from the old to the new due time.

        This time is measured in the unit of each stage.
        """
        for stage in self._live():
            unit = stage.deadline.limit.unit
            amount = extension.amount
            if extension.unit != unit:
                amount = clocks.amount_of(
                    clocks.time_spent(extension.due_before, extension.due_after, unit, self.calendar), unit
                )
            is_handling = stage.limit.begins != "fed_back"
            if is_handling and stage.deadline.running_since is not None and amount > 0:
                stage.deadline = deadlines.extend(stage.deadline, amount, self.calendar)

    def _resume(self, at: datetime) -> None:
        for stage in self._live():
            if stage.deadline.paused_at is not None:
                stage.deadline = deadlines.resume(
                    stage.deadline, _not_before(stage.deadline, at), self.calendar
                )


def omitted_stages(limits: Sequence[StageLimit], begun: Iterable[Deadline]) -> list[str]:
    """Return the stages that would be left out if the handler submitted the case now.

    These are, in the order of `limits`: running stages that only the handler can finish and that another stage follows, and
    stages of the handling that have not begun.

    Args:
        begun: The present deadlines of the stages that have begun.
    """
    begun_by_stage = {deadline.stage: deadline for deadline in begun}
    return [
        limit.stage
        for limit in limits
        if (
            begun_by_stage[limit.stage].stopped_at is None and _has_following_stage(limits, limit)
            if limit.stage in begun_by_stage
            else limit.begins not in _STEP_ORDER or _is_of_the_handler(limit)
        )
    ]


def _has_following_stage(limits: Sequence[StageLimit], limit: StageLimit) -> bool:
    """Return True if another stage begins when the handler reports this stage as done.

    Only the report of the handler ends such a stage. If the handler submits the case before this report, the stage is cut
    off.
    """
    return limit.ends == DONE_BY_HANDLER and any(other.begins == limit.stage for other in limits)


def _is_of_the_handler(limit: StageLimit) -> bool:
    return limit.ends == DONE_BY_HANDLER and limit.begins != "fed_back"


def _not_before(deadline: Deadline, at: datetime) -> datetime:
    """Return `at` or, if later, the time of the last change of the deadline.

    This prevents overlapping stretches of one clock.
    """
    moments = (deadline.running_since, deadline.paused_at, deadline.stopped_at)
    return max([at, *(moment for moment in moments if moment is not None)])
