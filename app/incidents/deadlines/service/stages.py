"""Stages of a case that its handler reports as finished, or leaves out."""

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.core.errors import Conflict
from app.incidents.cases.queries import writes
from app.incidents.deadlines.queries import deadlines
from app.incidents.deadlines.rules.stages import omitted_stages
from app.incidents.deadlines.service import limits
from app.incidents.deadlines.service.transition_events import CaseTransition, record_transition
from app.profiles.rules.stages import DONE_BY_HANDLER


def stages_left(session: Session, case: RowMapping) -> list[str]:
    """Return the stages that would be left out if the case were submitted as handled now."""
    begun = [limits.deadline_of(row) for row in deadlines.of_stages(session, case["id"])]
    return omitted_stages(limits.stages_of(session, case), begun)


def stage_done(session: Session, transition: CaseTransition) -> None:
    """Finish a stage that its handler reports as done, and begin the stages that follow it.

    Raises:
        Conflict: The stage does not run (`stage_not_running`, with the stages that can be finished now).
    """
    stage = transition.fields["stage"]
    running = [
        row["stage"]
        for row in deadlines.of_stages(session, transition.case_id)
        if row["stopped_at"] is None and row["ends_with"] == DONE_BY_HANDLER
    ]
    if stage not in running:
        raise Conflict("stage_not_running", stage=stage, extra={"stages": running})
    record_transition(session, transition.with_detail(stage=stage))
    writes.update_case(session, transition.case_id, now=transition.now)
