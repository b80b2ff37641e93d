"""Types of events, named after the steps of the life cycle, and the id and body of an event.

Each step of `lifecycle.TRANSITIONS` and `OTHER_TRANSITIONS` has one type, or is internal and has none. A step that opens a
case again, or ends it, has the type of this end whatever the step is called.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid5

import orjson

from app.core.enumerations import Enumeration
from app.incidents.cases.rules.lifecycle import ENDED

EVENT_TYPES = Enumeration(
    "WebhookEventType",
    {
        "case.reported": "a case was reported",
        "case.joined": "a further report was added to the case",
        "case.verified": "the verification has a result",
        "case.filed": "the case was filed",
        "case.not_filed": "the case was not filed",
        "case.dispatched": "a worker or unit was asked to take the case",
        "case.waiting": "the case waits for a free worker or a decision",
        "case.accepted": "a worker accepted the case, or a part of it",
        "case.declined": "an offer was declined or expired",
        "case.started": "the worker set out, arrived or began to handle the case",
        "case.fed_back": "the handler, or a unit for its part, submitted feedback",
        "case.checked": "the check has a result, or a checker was asked",
        "case.returned": "a unit or worker gave the case back",
        "case.deferred": "the case was deferred or put on long-term hold",
        "case.resumed": "a deferred case, or one on long-term hold, goes on",
        "case.extended": "an extension of the deadline was requested or decided",
        "case.overdue": "a deadline is near or has passed, or was escalated",
        "case.directed": "a supervisor gave an order about the case",
        "case.corrected": "category, component or owning unit of the case changed",
        "case.moved": "the case is at another place or in another area",
        "case.linked": "the case was linked with another one, or merged, or taken apart",
        "case.noted": "a note or a reply was added",
        "case.closed": "the case was closed",
        "case.force_closed": "the case was closed by force",
        "case.contested": "a reporter contested how the case ended",
        "case.reopened": "an ended case is open again",
    },
)
# Types of messages about the subscription itself. No subscription names them.
TEST, GAP = "webhook.test", "webhook.gap"
NOTICE_TYPES = Enumeration(
    "WebhookNoticeType",
    {TEST: "a person asked for a test message", GAP: "events are missing: read the cases again"},
)

_TYPE_OF_STEP = {
    "case.reported": "report",
    "case.joined": "join",
    "case.verified": "verify_exists verify_not_exist verify_unable send_to_verify assign_verify",
    "case.filed": "file",
    "case.not_filed": "not_file",
    "case.dispatched": "dispatch reassign redispatch override confirm make_lead send_second assign_second add_unit propose",
    "case.waiting": "wait give_up withdraw withdraw_part withdraw_unit waive_parts",
    "case.accepted": "accept accept_part",
    "case.declined": "decline expire",
    "case.started": "start en_route on_scene stage_done",
    "case.fed_back": "feed_back part_done second_done fix_on_spot",
    "case.checked": "check_pass check_fail check_unable assign_check send_to_check",
    "case.returned": "return part_return fail move_on",
    "case.deferred": "defer put_on_books review_due",
    "case.resumed": "resume take_from_books",
    "case.extended": "ask_extension grant_extension refuse_extension",
    "case.overdue": "warn overdue escalate",
    "case.directed": "pin unpin lock unlock urge supervise end_supervision supervision_due",
    "case.corrected": "recategorise link_component change_owner",
    "case.moved": "relocate rehome",
    "case.linked": "merge take_in unmerge give_out link unlink",
    "case.noted": "note reply",
    "case.closed": "close_unsampled close_imported",
    "case.force_closed": "force_close",
    "case.contested": "contest",
}
TYPE_OF_STEP: Mapping[str, str] = {
    step: kind for kind, steps in _TYPE_OF_STEP.items() for step in steps.split()
}
_TYPE_OF_END = {"closed": "case.closed", "force_closed": "case.force_closed", "not_filed": "case.not_filed"}
# Steps that keep their type, although they begin or end a case: a merge, and what follows from it.
_KEPT = frozenset({"merge", "unmerge"})
_NAMESPACE = UUID("b7d2c2b2-2d0c-5a38-9c3e-6f1f5f0a7e11")


def type_of(action: str, from_status: str | None, to_status: str) -> str | None:
    """Return the type of the event for a step of a case; None: the step is not known here."""
    if action not in _KEPT and from_status != to_status:
        if to_status in ENDED:
            return _TYPE_OF_END[to_status]
        if from_status in ENDED:
            return "case.reopened"
    return TYPE_OF_STEP.get(action)


def event_id(seq: int, incident_id: UUID, recorded_at: datetime) -> UUID:
    """Return the id of an event: the same for each reader and after a restore.

    It is made from the row, so it does not show how many events there are. `seq` alone is not enough: after a restore the
    numbers are used again.
    """
    return uuid5(_NAMESPACE, f"{seq}:{incident_id}:{recorded_at.astimezone(UTC).isoformat()}")


def body_of(kind: str, occurred_at: datetime, data: bytes) -> bytes:
    """Return the body of a message, as the payload of Standard Webhooks: type, timestamp and data (JSON)."""
    head = orjson.dumps({"type": kind, "timestamp": occurred_at.astimezone(UTC)})
    return b"".join((head[:-1], b',"data":', data, b"}"))


def data_of(row: Mapping[str, Any], case: bytes) -> bytes:
    """Return the data of an event: the step, the states before and after it, and the case as JSON."""
    head = orjson.dumps({name: row[name] for name in ("action", "from_status", "to_status")})
    return b"".join((head[:-1], b',"case":', case, b"}"))
