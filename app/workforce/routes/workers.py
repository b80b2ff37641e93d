"""Workers and their duty."""

from typing import Any
from uuid import UUID

from flask import Response

from app.core.actor import Permission
from app.core.db import read_session, transaction
from app.http.responses import expected_version, json_bytes
from app.http.smorest import Blueprint, authenticated_actor
from app.workforce import schemas, service
from app.workforce.schemas import roster

blp = Blueprint("workers", __name__, url_prefix="/api/v1/workers", tag="People and duty")


@blp.route("")
@blp.guard(Permission.WORKER_READ)
@blp.arguments(schemas.WorkerFilter, location="query")
@blp.response(200, schemas.WorkerPage)
def list_workers(query: dict[str, Any]) -> Response:
    """List the workers I look after"""
    with read_session() as session:
        return json_bytes(service.workers(session, authenticated_actor(), **query))


@blp.route("", methods=["POST"])
@blp.guard(Permission.WORKER_EDIT)
@blp.keyed
@blp.arguments(schemas.EnrolWorker)
@blp.response(201, schemas.WorkerOut)
@blp.problem(404)
@blp.problem(409)
def create_worker(body: dict[str, Any]) -> Response:
    """Make a worker of an account that has a role in the field"""
    actor = authenticated_actor()
    with transaction(actor) as session:
        item, tag = service.enrol_worker(session, actor, **body)
    return json_bytes(item, 201, version=tag)


@blp.route("/on-duty")
@blp.guard(Permission.WORKER_READ)
@blp.arguments(roster.OnDutyFilter, location="query")
@blp.response(200, roster.OnDutyPage)
def list_workers_on_duty(query: dict[str, Any]) -> Response:
    """List who is on duty or should be, and who is there for their grids"""
    with read_session() as session:
        return json_bytes(service.on_duty(session, authenticated_actor(), **query))


@blp.route("/<uuid:worker_id>")
@blp.guard()
@blp.response(200, schemas.WorkerOut)
@blp.alt_response(304, "NOT_MODIFIED", success=True)
@blp.problem(404)
def read_worker(worker_id: UUID) -> Response:
    """Show a worker"""
    with read_session() as session:
        item, tag = service.worker(session, authenticated_actor(), worker_id=worker_id)
    return json_bytes(item, version=tag)


@blp.route("/<uuid:worker_id>", methods=["PATCH"])
@blp.guard(Permission.WORKER_EDIT)
@blp.patch_arguments(schemas.WorkerPatch, answer=schemas.WorkerOut, read=service.worker)
@blp.response(200, schemas.WorkerOut)
@blp.problem(404)
@blp.problem(412)
@blp.problem(428)
def update_worker(body: dict[str, Any], worker_id: UUID) -> Response:
    """Change a worker whose version I know"""
    actor = authenticated_actor()
    expected = expected_version(required=True)
    with transaction(actor) as session:
        item, tag = service.change_worker(
            session, actor, worker_id=worker_id, expected_tag=expected, changes=body
        )
    return json_bytes(item, version=tag)


@blp.route("/<uuid:worker_id>/duty")
@blp.guard()
@blp.arguments(schemas.PeriodFilter, location="query")
@blp.response(200, schemas.DutyPage)
@blp.problem(404)
def list_duty_periods(query: dict[str, Any], worker_id: UUID) -> Response:
    """List when a worker was on duty, newest first"""
    with read_session() as session:
        return json_bytes(service.duties(session, authenticated_actor(), worker_id=worker_id, **query))


@blp.route("/<uuid:worker_id>/duty", methods=["POST"])
@blp.guard()
@blp.keyed
@blp.arguments(schemas.SetDuty)
@blp.response(200, schemas.DutyOut)
@blp.problem(404)
@blp.problem(409)
def set_duty(body: dict[str, Any], worker_id: UUID) -> dict[str, Any]:
    """Start or end a worker's duty"""
    actor = authenticated_actor()
    with transaction(actor) as session:
        return service.set_duty(session, actor, worker_id=worker_id, **body)
