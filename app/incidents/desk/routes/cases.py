"""Correct, merge and note cases, and act on many."""

from functools import partial
from typing import Any
from uuid import UUID

from flask import Response, request

from app.core.actor import Permission
from app.core.db import read_session, transaction
from app.http.messages import sentence, with_message
from app.http.responses import (
    expected_version,
    json_bytes,
    json_response,
)
from app.http.smorest import Blueprint, authenticated_actor
from app.incidents.cases import schemas as case_schemas
from app.incidents.cases.routes.writes import written
from app.incidents.desk import schemas, service

blp = Blueprint("desk", __name__, url_prefix="/api/v1/incidents", tag="Cases and life cycle")


@blp.route("/<uuid:incident_id>", methods=["PATCH"])
@blp.guard(Permission.INCIDENT_CORRECT)
@blp.arguments(case_schemas.IncidentPatch)
@blp.response(200, case_schemas.IncidentOut)
@blp.problem(404)
@blp.problem(409)
@blp.problem(412)
@blp.problem(428)
def correct_incident(changes: dict[str, Any], incident_id: UUID) -> Response:
    """Correct the category or the place of a case"""
    expected = expected_version(required=True)
    return written(partial(service.correct, incident_id=incident_id, expected=expected, **changes))


@blp.route("/<uuid:incident_id>/notes")
@blp.guard(Permission.INCIDENT_HANDLE)
@blp.response(200, schemas.NoteList)
@blp.problem(404)
def list_incident_notes(incident_id: UUID) -> Response:
    """List the notes of a case that are meant for me"""
    with read_session() as session:
        return json_bytes(service.notes(session, authenticated_actor(), incident_id=incident_id))


@blp.route("/<uuid:incident_id>/notes", methods=["POST"])
@blp.guard(Permission.INCIDENT_HANDLE)
@blp.keyed
@blp.arguments(schemas.Annotate)
@blp.response(201, schemas.NoteOut)
@blp.problem(404)
@blp.problem(409)
def create_incident_note(body: dict[str, Any], incident_id: UUID) -> Response:
    """Add a note to a case, for the desk or for handlers"""
    actor = authenticated_actor()
    with transaction(actor) as session:
        return json_bytes(service.annotate(session, actor, incident_id=incident_id, **body), 201)


@blp.route("/<uuid:incident_id>/merge", methods=["POST"])
@blp.guard(Permission.INCIDENT_DIRECT)
@blp.keyed
@blp.arguments(schemas.Merge)
@blp.response(200, case_schemas.IncidentOut)
@blp.problem(404)
@blp.problem(409)
@blp.problem(412)
def merge_incidents(body: dict[str, Any], incident_id: UUID) -> Response:
    """End a case as the same matter as another"""
    expected = expected_version(required=False)
    return written(partial(service.merge, incident_id=incident_id, expected=expected, **body))


@blp.route("/<uuid:incident_id>/unmerge", methods=["POST"])
@blp.guard(Permission.INCIDENT_DIRECT)
@blp.keyed
@blp.arguments(schemas.Unmerge)
@blp.response(200, case_schemas.IncidentOut)
@blp.problem(404)
@blp.problem(409)
@blp.problem(412)
def unmerge_incidents(body: dict[str, Any], incident_id: UUID) -> Response:
    """Take a merged case out again"""
    expected = expected_version(required=False)
    return written(partial(service.unmerge, incident_id=incident_id, expected=expected, **body))


@blp.route("/bulk", methods=["POST"])
@blp.guard(Permission.INCIDENT_DIRECT)
@blp.arguments(schemas.BulkAct)
@blp.response(200, schemas.BulkResults)
def transition_incidents_in_bulk(body: dict[str, Any]) -> Response:
    """Do one act on many cases, each by itself"""
    key = request.headers.get("Idempotency-Key")
    outcomes = service.act_on_many(transaction, authenticated_actor(), key=key, **body)
    items = [_outcome_json(outcome) for outcome in outcomes]
    done = sum(item["ok"] for item in items)
    return json_response({"items": items, "done": done, "failed": len(items) - done})


def _outcome_json(outcome: service.Outcome) -> dict[str, Any]:
    """The outcome of one case in the caller's language."""
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
