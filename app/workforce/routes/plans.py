"""Shifts and responsibilities."""

from typing import Any
from uuid import UUID

from flask import Response

from app.core.actor import Permission
from app.core.db import read_session, transaction
from app.http.responses import expected_version, json_bytes, no_content
from app.http.smorest import Blueprint, authenticated_actor
from app.workforce import schemas, service

shifts = Blueprint("shifts", __name__, url_prefix="/api/v1/shifts", tag="People and duty")
responsibilities = Blueprint(
    "responsibilities", __name__, url_prefix="/api/v1/responsibilities", tag="People and duty"
)


@shifts.route("")
@shifts.guard()
@shifts.arguments(schemas.ShiftFilter, location="query")
@shifts.response(200, schemas.ShiftPage)
def list_shifts(query: dict[str, Any]) -> Response:
    """List planned shifts"""
    with read_session() as session:
        return json_bytes(service.shifts(session, authenticated_actor(), **query))


@shifts.route("", methods=["POST"])
@shifts.guard(Permission.WORKER_EDIT)
@shifts.keyed
@shifts.arguments(schemas.PlanShift)
@shifts.response(201, schemas.ShiftOut)
@shifts.problem(404)
@shifts.problem(409)
def create_shift(body: dict[str, Any]) -> Response:
    """Plan a shift"""
    actor = authenticated_actor()
    with transaction(actor) as session:
        return json_bytes(service.plan_shift(session, actor, **body), 201)


@shifts.route("/<uuid:shift_id>", methods=["PATCH"])
@shifts.guard(Permission.WORKER_EDIT)
@shifts.arguments(schemas.ShiftPatch)
@shifts.response(200, schemas.ShiftOut)
@shifts.problem(404)
@shifts.problem(409)
@shifts.problem(412)
@shifts.problem(428)
def update_shift(body: dict[str, Any], shift_id: UUID) -> Response:
    """Change whose a planned shift is, when it is, or its note"""
    actor = authenticated_actor()
    expected = expected_version(required=True)
    with transaction(actor) as session:
        item, version = service.change_shift(
            session, actor, shift_id=shift_id, expected=expected, changes=body
        )
    return json_bytes(item, version=version)


@shifts.route("/<uuid:shift_id>", methods=["DELETE"])
@shifts.guard(Permission.WORKER_EDIT)
@shifts.response(204)
@shifts.problem(404)
@shifts.problem(412)
def delete_shift(shift_id: UUID) -> Response:
    """Take a planned shift back"""
    actor = authenticated_actor()
    expected = expected_version(required=False)
    with transaction(actor) as session:
        service.cancel_shift(session, actor, shift_id=shift_id, expected=expected)
    return no_content()


@responsibilities.route("")
@responsibilities.guard()
@responsibilities.arguments(schemas.ResponsibilityFilter, location="query")
@responsibilities.response(200, schemas.ResponsibilityPage)
def list_responsibilities(query: dict[str, Any]) -> Response:
    """List who looks after what"""
    with read_session() as session:
        return json_bytes(service.responsibilities(session, authenticated_actor(), **query))


@responsibilities.route("", methods=["POST"])
@responsibilities.guard(Permission.WORKER_EDIT)
@responsibilities.keyed
@responsibilities.arguments(schemas.SetResponsibility)
@responsibilities.response(201, schemas.ResponsibilityOut)
@responsibilities.problem(404)
@responsibilities.problem(409)
def create_responsibility(body: dict[str, Any]) -> Response:
    """Let a worker look after a grid"""
    actor = authenticated_actor()
    with transaction(actor) as session:
        return json_bytes(service.add_responsibility(session, actor, **body), 201)


@responsibilities.route("/<uuid:responsibility_id>/end", methods=["POST"])
@responsibilities.guard(Permission.WORKER_EDIT)
@responsibilities.arguments(schemas.EndResponsibility)
@responsibilities.response(200, schemas.ResponsibilityOut)
@responsibilities.problem(404)
def end_responsibility(body: dict[str, Any], responsibility_id: UUID) -> Response:
    """End a responsibility"""
    actor = authenticated_actor()
    with transaction(actor) as session:
        return json_bytes(
            service.finish_responsibility(session, actor, responsibility_id=responsibility_id, **body)
        )
