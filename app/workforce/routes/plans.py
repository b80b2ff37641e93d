"""Shifts and responsibilities."""

from typing import Any
from uuid import UUID

from flask import Response
from flask.views import MethodView

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
class Shifts(MethodView):
    @shifts.guard()
    @shifts.arguments(schemas.ShiftFilter, location="query")
    @shifts.response(200, schemas.ShiftPage)
    def get(self, query: dict[str, Any]) -> Response:
        """List planned shifts"""
        with read_session() as session:
            return json_bytes(service.shifts(session, authenticated_actor(), **query))

    @shifts.guard(Permission.WORKER_EDIT)
    @shifts.keyed
    @shifts.arguments(schemas.PlanShift)
    @shifts.response(201, schemas.ShiftOut)
    @shifts.alt_response(404, "NOT_FOUND")
    @shifts.alt_response(409, "CONFLICT")
    def post(self, body: dict[str, Any]) -> Response:
        """Plan a shift"""
        actor = authenticated_actor()
        with transaction(actor) as session:
            return json_bytes(service.plan_shift(session, actor, **body), 201)


@shifts.route("/<uuid:shift_id>")
class Shift(MethodView):
    @shifts.guard(Permission.WORKER_EDIT)
    @shifts.arguments(schemas.ShiftPatch)
    @shifts.response(200, schemas.ShiftOut)
    @shifts.alt_response(404, "NOT_FOUND")
    @shifts.alt_response(409, "CONFLICT")
    @shifts.alt_response(412, "PRECONDITION_FAILED")
    @shifts.alt_response(428, "PRECONDITION_REQUIRED")
    def patch(self, body: dict[str, Any], shift_id: UUID) -> Response:
        """Change whose a planned shift is, when it is, or its note"""
        actor = authenticated_actor()
        expected = expected_version(required=True)
        with transaction(actor) as session:
            item, version = service.change_shift(
                session, actor, shift_id=shift_id, expected=expected, changes=body
            )
        return json_bytes(item, version=version)

    @shifts.guard(Permission.WORKER_EDIT)
    @shifts.response(204)
    @shifts.alt_response(404, "NOT_FOUND")
    @shifts.alt_response(412, "PRECONDITION_FAILED")
    def delete(self, shift_id: UUID) -> Response:
        """Take a planned shift back"""
        actor = authenticated_actor()
        expected = expected_version(required=False)
        with transaction(actor) as session:
            service.cancel_shift(session, actor, shift_id=shift_id, expected=expected)
        return no_content()


@responsibilities.route("")
class Responsibilities(MethodView):
    @responsibilities.guard()
    @responsibilities.arguments(schemas.ResponsibilityFilter, location="query")
    @responsibilities.response(200, schemas.ResponsibilityPage)
    def get(self, query: dict[str, Any]) -> Response:
        """List who looks after what"""
        with read_session() as session:
            return json_bytes(service.responsibilities(session, authenticated_actor(), **query))

    @responsibilities.guard(Permission.WORKER_EDIT)
    @responsibilities.keyed
    @responsibilities.arguments(schemas.SetResponsibility)
    @responsibilities.response(201, schemas.ResponsibilityOut)
    @responsibilities.alt_response(404, "NOT_FOUND")
    @responsibilities.alt_response(409, "CONFLICT")
    def post(self, body: dict[str, Any]) -> Response:
        """Let a worker look after a grid"""
        actor = authenticated_actor()
        with transaction(actor) as session:
            return json_bytes(service.add_responsibility(session, actor, **body), 201)


@responsibilities.route("/<uuid:responsibility_id>/end")
class ResponsibilityEnd(MethodView):
    @responsibilities.guard(Permission.WORKER_EDIT)
    @responsibilities.arguments(schemas.EndResponsibility)
    @responsibilities.response(200, schemas.ResponsibilityOut)
    @responsibilities.alt_response(404, "NOT_FOUND")
    def post(self, body: dict[str, Any], responsibility_id: UUID) -> Response:
        """End a responsibility"""
        actor = authenticated_actor()
        with transaction(actor) as session:
            return json_bytes(
                service.finish_responsibility(session, actor, responsibility_id=responsibility_id, **body)
            )
