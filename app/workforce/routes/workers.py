"""Workers and their duty."""

from typing import Any
from uuid import UUID

from flask import Response
from flask.views import MethodView

from app.core.actor import Permission
from app.core.db import read_session, transaction
from app.http.responses import expected_version, json_bytes
from app.http.smorest import Blueprint, authenticated_actor
from app.workforce import schemas, service
from app.workforce.schemas import roster

blp = Blueprint("workers", __name__, url_prefix="/api/v1/workers", tag="People and duty")


@blp.route("")
class Workers(MethodView):
    @blp.guard(Permission.WORKER_READ)
    @blp.arguments(schemas.WorkerFilter, location="query")
    @blp.response(200, schemas.WorkerPage)
    def get(self, query: dict[str, Any]) -> Response:
        """List the workers I look after"""
        with read_session() as session:
            return json_bytes(service.workers(session, authenticated_actor(), **query))

    @blp.guard(Permission.WORKER_EDIT)
    @blp.keyed
    @blp.arguments(schemas.EnrolWorker)
    @blp.response(201, schemas.WorkerOut)
    @blp.alt_response(404, "NOT_FOUND")
    @blp.alt_response(409, "CONFLICT")
    def post(self, body: dict[str, Any]) -> Response:
        """Make a worker of an account that has a role in the field"""
        actor = authenticated_actor()
        with transaction(actor) as session:
            item, tag = service.enrol_worker(session, actor, **body)
        return json_bytes(item, 201, version=tag)


@blp.route("/on-duty")
@blp.guard(Permission.WORKER_READ)
@blp.arguments(roster.OnDutyFilter, location="query")
@blp.response(200, roster.OnDutyPage)
def on_duty(query: dict[str, Any]) -> Response:
    """List who is on duty or should be, and who is there for their grids"""
    with read_session() as session:
        return json_bytes(service.on_duty(session, authenticated_actor(), **query))


@blp.route("/<uuid:worker_id>")
class Worker(MethodView):
    @blp.guard()
    @blp.response(200, schemas.WorkerOut)
    @blp.alt_response(304, "NOT_MODIFIED", success=True)
    @blp.alt_response(404, "NOT_FOUND")
    def get(self, worker_id: UUID) -> Response:
        """Show a worker"""
        with read_session() as session:
            item, tag = service.worker(session, authenticated_actor(), worker_id=worker_id)
        return json_bytes(item, version=tag)

    @blp.guard(Permission.WORKER_EDIT)
    @blp.arguments(schemas.WorkerPatch)
    @blp.response(200, schemas.WorkerOut)
    @blp.alt_response(404, "NOT_FOUND")
    @blp.alt_response(412, "PRECONDITION_FAILED")
    @blp.alt_response(428, "PRECONDITION_REQUIRED")
    def patch(self, body: dict[str, Any], worker_id: UUID) -> Response:
        """Change a worker whose version I know"""
        actor = authenticated_actor()
        expected = expected_version(required=True)
        with transaction(actor) as session:
            item, tag = service.change_worker(
                session, actor, worker_id=worker_id, expected_tag=expected, changes=body
            )
        return json_bytes(item, version=tag)


@blp.route("/<uuid:worker_id>/duty")
class Duty(MethodView):
    @blp.guard()
    @blp.arguments(schemas.PeriodFilter, location="query")
    @blp.response(200, schemas.DutyPage)
    @blp.alt_response(404, "NOT_FOUND")
    def get(self, query: dict[str, Any], worker_id: UUID) -> Response:
        """List when a worker was on duty, newest first"""
        with read_session() as session:
            return json_bytes(service.duties(session, authenticated_actor(), worker_id=worker_id, **query))

    @blp.guard()
    @blp.keyed
    @blp.arguments(schemas.SetDuty)
    @blp.response(200, schemas.DutyOut)
    @blp.alt_response(404, "NOT_FOUND")
    @blp.alt_response(409, "CONFLICT")
    def post(self, body: dict[str, Any], worker_id: UUID) -> dict[str, Any]:
        """Start or end a worker's duty"""
        actor = authenticated_actor()
        with transaction(actor) as session:
            return service.set_duty(session, actor, worker_id=worker_id, **body)
