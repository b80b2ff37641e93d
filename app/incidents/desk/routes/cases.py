"""Routes that correct, merge and annotate cases, and that act on many cases."""

from typing import Any
from uuid import UUID

from flask import Response, request

from app.core.actor import Permission
from app.core.db import Session, transaction
from app.http.messages import sentence, with_message
from app.http.responses import (
    json_bytes,
    json_response,
)
from app.http.smorest import Blueprint, authenticated_actor
from app.incidents.cases import schemas as case_schemas
from app.incidents.cases.routes.writes import case_response
from app.incidents.desk import schemas, service

blp = Blueprint("desk", __name__, url_prefix="/api/v1/incidents", tag="Cases and life cycle")


@blp.route("/<uuid:incident_id>", methods=["PATCH"])
@blp.guard(Permission.INCIDENT_CORRECT)
@blp.arguments(case_schemas.IncidentPatch)
@blp.response(200, case_schemas.IncidentOut)
@blp.problem(404, "not_found")
@blp.if_match(required=True)
@blp.problem(409, "own_order_contested", "transition_illegal", "worker_not_eligible")
@blp.writes
def correct_incident(
    changes: dict[str, Any], incident_id: UUID, *, expected: int | None, session: Session
) -> Response:
    """Correct the category, place or owner of a case

    Changes the fields that are sent; reports stay as they were made. Grid, component, owning unit, deadlines and
    confidentiality follow from the new values. If nobody has accepted the case and another worker or unit is
    needed, its offers are withdrawn and it is dispatched again. Another category, place or owner needs `note`. The
    caller must hold `incident:correct` where the case lies. `If-Match` with the version of the case is required, so
    a repeated request answers 412.
    """
    actor = authenticated_actor()
    return case_response(
        session, actor, service.correct(session, actor, incident_id=incident_id, expected=expected, **changes)
    )


@blp.route("/<uuid:incident_id>/notes")
@blp.guard(Permission.INCIDENT_HANDLE)
@blp.response(200, schemas.NoteList)
@blp.problem(404, "not_found")
@blp.reads
def list_incident_notes(incident_id: UUID, *, session: Session) -> Response:
    """List the notes of a case

    Returns notes of the case, and of cases merged into it, oldest first: the newest 200, without pages. Callers who
    direct the case get all notes; callers who handle or check it, or have an offer, get the notes for `handlers`.
    Other callers get an empty list.
    """
    return json_bytes(service.notes(session, authenticated_actor(), incident_id=incident_id))


@blp.route("/<uuid:incident_id>/notes", methods=["POST"])
@blp.guard(Permission.INCIDENT_HANDLE)
@blp.keyed
@blp.arguments(schemas.Annotate)
@blp.response(201, schemas.NoteOut)
@blp.problem(404, "not_found")
@blp.problem(409, "id_reused")
@blp.problem(403, "note_not_open")
@blp.writes
def create_incident_note(body: dict[str, Any], incident_id: UUID, *, session: Session) -> Response:
    """Add a note to a case

    Stores a note that cannot be changed or deleted. Only callers who direct, handle or check the case, or have an
    offer of it, may write notes; notes for `desk` are for those who direct it. The same `id` and content again
    answers with the stored note, other content 409. The note raises the version of the case and does not change its
    state.
    """
    actor = authenticated_actor()
    return json_bytes(service.annotate(session, actor, incident_id=incident_id, **body), 201)


@blp.route("/<uuid:incident_id>/merge", methods=["POST"])
@blp.guard(Permission.INCIDENT_DIRECT)
@blp.keyed
@blp.arguments(schemas.Merge)
@blp.response(200, case_schemas.IncidentOut)
@blp.problem(404, "not_found")
@blp.if_match(required=False)
@blp.problem(409, "merge_of_other_kind", "merge_target_ended", "own_order_contested", "transition_illegal")
@blp.writes
def merge_incidents(
    body: dict[str, Any], incident_id: UUID, *, expected: int | None, session: Session
) -> Response:
    """Merge a case into another case

    Ends the case as `not_filed` with the reason `duplicate`; its offers, joint parts and deadlines end with it.
    Cases that were merged into it before point to the target from then on. Its reporters follow the target case.
    The caller must direct both cases, which must be of the same jurisdiction and both ordinary, confidential or
    about the same subject. Repeating the request answers 409, because the case has ended. With `If-Match` the merge
    applies only to that version of the case.
    """
    actor = authenticated_actor()
    return case_response(
        session, actor, service.merge(session, actor, incident_id=incident_id, expected=expected, **body)
    )


@blp.route("/<uuid:incident_id>/unmerge", methods=["POST"])
@blp.guard(Permission.INCIDENT_DIRECT)
@blp.keyed
@blp.arguments(schemas.Unmerge)
@blp.response(200, case_schemas.IncidentOut)
@blp.problem(404, "not_found")
@blp.if_match(required=False)
@blp.problem(409, "transition_illegal")
@blp.writes
def unmerge_incidents(
    body: dict[str, Any], incident_id: UUID, *, expected: int | None, session: Session
) -> Response:
    """Undo the merge of a case

    Reopens a merged case: a case that had been filed is dispatched again with what was left of its deadlines,
    another one is sent for verification again. The event is stored in the history of both cases. The caller must
    direct the case. A case that is not merged, and so a repeated request, answers 409. With `If-Match` it applies
    only to that version of the case.
    """
    actor = authenticated_actor()
    return case_response(
        session, actor, service.unmerge(session, actor, incident_id=incident_id, expected=expected, **body)
    )


@blp.route("/bulk", methods=["POST"])
@blp.guard(Permission.INCIDENT_DIRECT)
@blp.arguments(schemas.BulkAct)
@blp.response(200, schemas.BulkResults)
def transition_incidents_in_bulk(body: dict[str, Any]) -> Response:
    """Apply one action to many cases

    Applies the action to each case in a transaction of its own, in the order of `ids`, at most 100. The answer is
    200 even if cases fail: each item has its error code, message and field errors. The same rules apply as for a
    single case. With an `Idempotency-Key` a repeated request skips the cases that succeeded (`is_repeat`) and tries
    the others again; another action under the same key gives `id_reused` for each case.
    """
    key = request.headers.get("Idempotency-Key")
    outcomes = service.act_on_many(transaction, authenticated_actor(), key=key, **body)
    items = [_outcome_json(outcome) for outcome in outcomes]
    done = sum(item["ok"] for item in items)
    return json_response({"items": items, "done": done, "failed": len(items) - done})


def _outcome_json(outcome: service.Outcome) -> dict[str, Any]:
    """Return the outcome of one case as JSON data, with the message in the caller's language."""
    code = outcome.code
    return {
        "id": outcome.id,
        "ok": code is None,
        "version": outcome.version,
        "is_repeat": outcome.is_repeat,
        "code": code,
        "message": sentence(code, **outcome.params) if code else None,
        "errors": [with_message(fault) for fault in outcome.errors],
    }
