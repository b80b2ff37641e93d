"""Use case: a reporter without an account adds words to their report."""

from uuid import UUID

from sqlalchemy.orm import Session

from app.core import clock
from app.core.actor import Actor
from app.core.errors import Conflict, NotFound
from app.core.ids import uuid7
from app.incidents.cases.queries import writes
from app.incidents.cases.rules.lifecycle import ENDED, Status
from app.incidents.deadlines.service.transition_events import record
from app.incidents.desk.queries import additions as queries
from app.incidents.desk.service.merges import audit


def add_words(session: Session, actor: Actor, *, incident_id: UUID, report_id: UUID, words: str) -> UUID:
    """Add words to a case as a further report by the reporter of `report_id`. Return the id of the new report.

    The words belong to the same reporter, so that an erasure of the reporter erases them. The caller has checked that the
    reporter may follow the case.

    Args:
        incident_id: The case of the report, or the case into which that case was merged.

    Raises:
        NotFound: There is no such case or report, or the reporter was erased.
        Conflict: The case has ended (`join_of_ended`).
    """
    case = writes.lock_case(session, incident_id)
    if case is None:
        raise NotFound("not_found")
    if Status(case["status"]) in ENDED:
        raise Conflict("join_of_ended", case_no=case["case_no"])
    now, addition_id = clock.now(), uuid7()
    values = {
        "id": addition_id,
        "incident_id": incident_id,
        "report_id": report_id,
        "words": words,
        "me": actor.id,
        "now": now,
    }
    count = queries.add(session, values)
    if count is None:
        raise NotFound("not_found")
    detail = {"report_id": addition_id, "reports": count}
    record(session, actor, case, "join", Status(case["status"]), now=now, detail=detail)
    audit(session, actor, "join", incident_id, report=addition_id)
    return addition_id
