"""Routes of workers and their duty."""

from typing import Any
from uuid import UUID

from flask import Response

from app.core.actor import Permission
from app.core.db import Session
from app.http.responses import json_bytes
from app.http.smorest import Blueprint, authenticated_actor
from app.workforce import schemas, service
from app.workforce.schemas import roster

blp = Blueprint("workers", __name__, url_prefix="/api/v1/workers", tag="People and duty")


@blp.route("")
@blp.guard(Permission.WORKER_READ)
@blp.arguments(schemas.WorkerFilter, location="query")
@blp.response(200, schemas.WorkerPage)
@blp.reads
def list_workers(query: dict[str, Any], *, session: Session) -> Response:
    """List workers

    Lists the workers whom the caller may read, and the caller if they are a worker, by name. Each
    has their grids, skills, open cases and duty. Positions are not included: see `locateWorkers`.
    """
    return json_bytes(service.workers(session, authenticated_actor(), **query))


@blp.route("", methods=["POST"])
@blp.guard(Permission.WORKER_EDIT)
@blp.keyed
@blp.arguments(schemas.EnrolWorker)
@blp.response(201, schemas.WorkerDetail)
@blp.problem(404, "not_found")
@blp.problem(409, "worker_role_missing", "already_exists")
@blp.writes
def create_worker(body: dict[str, Any], *, session: Session) -> Response:
    """Enrol an account as a worker

    Makes a worker of an account that has the role grid worker or grid chief, so that cases can be
    dispatched to them. Without `name` the worker has the name of the account, without `capacity`
    room for 5 open cases. An account that is a worker already is 409.
    """
    actor = authenticated_actor()
    item, tag = service.enrol_worker(session, actor, **body)
    return json_bytes(item, 201, version=tag)


@blp.route("/on-duty")
@blp.guard(Permission.WORKER_READ)
@blp.arguments(roster.OnDutyFilter, location="query")
@blp.response(200, roster.OnDutyPage)
@blp.reads
def list_workers_on_duty(query: dict[str, Any], *, session: Session) -> Response:
    """List attendance of workers

    Lists the workers who are on duty or should be by their shift, and who covers their grids.
    `state` compares shift and duty. Positions are not included, only the age of the newest fix.
    """
    return json_bytes(service.on_duty(session, authenticated_actor(), **query))


@blp.route("/<uuid:worker_id>")
@blp.guard()
@blp.response(200, schemas.WorkerDetail)
@blp.alt_response(304, "NOT_MODIFIED", success=True)
@blp.problem(404, "not_found")
@blp.reads
def read_worker(worker_id: UUID, *, session: Session) -> Response:
    """Read a worker

    Returns a worker whom the caller may read, or the caller. The `ETag` changes with the worker,
    and with duty, load and grids; `If-None-Match` gives 304 if nothing changed.
    """
    item, tag = service.worker(session, authenticated_actor(), worker_id=worker_id)
    return json_bytes(item, version=tag)


@blp.route("/<uuid:worker_id>", methods=["PATCH"])
@blp.guard(Permission.WORKER_EDIT)
@blp.patch_arguments(schemas.WorkerPatch, answer=schemas.WorkerDetail, read=service.worker)
@blp.response(200, schemas.WorkerDetail)
@blp.problem(404, "not_found")
@blp.if_match(required=True)
@blp.writes
def update_worker(
    body: dict[str, Any], worker_id: UUID, *, expected: int | None, session: Session
) -> Response:
    """Change a worker

    Changes name, capacity, skills or permits of a worker; absent members stay as they are.
    `If-Match` must have the current `ETag` or version. A permit for something that is no skill of
    the worker is refused.
    """
    actor = authenticated_actor()
    item, tag = service.change_worker(
        session, actor, worker_id=worker_id, expected_tag=expected, changes=body
    )
    return json_bytes(item, version=tag)


@blp.route("/<uuid:worker_id>/duty")
@blp.guard()
@blp.arguments(schemas.PeriodFilter, location="query")
@blp.response(200, schemas.DutyPage)
@blp.problem(404, "not_found")
@blp.reads
def list_duty_periods(query: dict[str, Any], worker_id: UUID, *, session: Session) -> Response:
    """List duty periods of a worker

    Lists when a worker was on duty, latest first: the caller's own periods, or those of a worker
    whom the caller may read. With `since` and `until` the page has the periods that touch this
    time.
    """
    return json_bytes(service.duties(session, authenticated_actor(), worker_id=worker_id, **query))


@blp.route("/<uuid:worker_id>/duty", methods=["POST"])
@blp.guard()
@blp.keyed
@blp.arguments(schemas.SetDuty)
@blp.response(200, schemas.DutyOut)
@blp.problem(403, "not_a_worker")
@blp.problem(404, "not_found")
@blp.problem(409, "duty_overlaps", "duty_not_open")
@blp.problem(422, "duty_end_before_start", "duty_in_future", "duty_backdated_too_far")
@blp.writes
def set_duty(body: dict[str, Any], worker_id: UUID, *, session: Session) -> dict[str, Any]:
    """Start or end the duty of a worker

    Starts or ends duty at an instant, now by default and at most 24 hours back. Workers set their
    own duty; others need `worker:edit` where the worker works. Only workers on duty get offers and
    have positions stored; the end deletes fixes made after it. A worker with an open call for help
    gets no offers, on duty too.

    Idempotent: a worker who is on duty already keeps that duty, and the same end again returns the
    ended duty. Any other end without an open duty is 409 `duty_not_open`.
    """
    actor = authenticated_actor()
    return service.set_duty(session, actor, worker_id=worker_id, **body)
