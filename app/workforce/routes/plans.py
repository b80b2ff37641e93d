"""Routes of shifts and responsibilities."""

from typing import Any
from uuid import UUID

from flask import Response

from app.core.actor import Permission
from app.core.db import Session
from app.http.responses import json_bytes, no_content
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
@shifts.reads
def list_shifts(query: dict[str, Any], *, session: Session) -> Response:
    """List planned shifts

    Lists the planned shifts of the caller and of the workers whom the caller may read. With `since`
    and `until` the page has the shifts that touch this period; without them, all shifts. Cancelled
    shifts are not listed.
    """
    return json_bytes(service.shifts(session, authenticated_actor(), **query))


@shifts.route("", methods=["POST"])
@shifts.guard(Permission.WORKER_EDIT)
@shifts.keyed
@shifts.arguments(schemas.PlanShift)
@shifts.response(201, schemas.ShiftOut)
@shifts.problem(404, "not_found")
@shifts.problem(409, "shift_overlaps")
@shifts.writes
def create_shift(body: dict[str, Any], *, session: Session) -> Response:
    """Plan a shift

    Stores the planned hours of a worker. Shifts of one worker cannot overlap. A shift does not
    start duty: the worker does that with `setDuty`. With an `Idempotency-Key` a repeated request
    returns the first answer; without one it is 409 `shift_overlaps`.
    """
    actor = authenticated_actor()
    return json_bytes(service.plan_shift(session, actor, **body), 201)


@shifts.route("/<uuid:shift_id>", methods=["PATCH"])
@shifts.guard(Permission.WORKER_EDIT)
@shifts.arguments(schemas.ShiftPatch)
@shifts.response(200, schemas.ShiftOut)
@shifts.problem(404, "not_found")
@shifts.problem(409, "shift_overlaps")
@shifts.if_match(required=True)
@shifts.writes
def update_shift(body: dict[str, Any], shift_id: UUID, *, expected: int | None, session: Session) -> Response:
    """Change a planned shift

    Changes worker, begin, end or note of a planned shift. Absent members stay as they are. The
    caller must manage both the old and the new worker. `If-Match` must have the current version.
    """
    actor = authenticated_actor()
    item, version = service.change_shift(session, actor, shift_id=shift_id, expected=expected, changes=body)
    return json_bytes(item, version=version)


@shifts.route("/<uuid:shift_id>", methods=["DELETE"])
@shifts.guard(Permission.WORKER_EDIT)
@shifts.response(204)
@shifts.problem(404, "not_found")
@shifts.if_match(required=False)
@shifts.writes
def delete_shift(shift_id: UUID, *, expected: int | None, session: Session) -> Response:
    """Cancel a planned shift

    Removes a shift from the roster; the audit trail keeps it. `If-Match` is optional: with it, a
    changed shift is 412. A shift that was already cancelled is 404.
    """
    actor = authenticated_actor()
    service.cancel_shift(session, actor, shift_id=shift_id, expected=expected)
    return no_content()


@responsibilities.route("")
@responsibilities.guard()
@responsibilities.arguments(schemas.ResponsibilityFilter, location="query")
@responsibilities.response(200, schemas.ResponsibilityPage)
@responsibilities.reads
def list_responsibilities(query: dict[str, Any], *, session: Session) -> Response:
    """List responsibilities for areas

    Lists which workers are responsible for which areas: those of the caller and those of the
    workers whom the caller may read. By default only those valid now; `at` chooses another instant,
    `current=false` returns past and future ones too.
    """
    return json_bytes(service.responsibilities(session, authenticated_actor(), **query))


@responsibilities.route("", methods=["POST"])
@responsibilities.guard(Permission.WORKER_EDIT)
@responsibilities.keyed
@responsibilities.arguments(schemas.SetResponsibility)
@responsibilities.response(201, schemas.ResponsibilityOut)
@responsibilities.problem(404, "not_found")
@responsibilities.problem(409, "responsibility_overlaps")
@responsibilities.writes
def create_responsibility(body: dict[str, Any], *, session: Session) -> Response:
    """Make a worker responsible for an area

    Makes a worker responsible for an area, as worker, chief or substitute, from `since` on. The
    worker can read the cases and the register there from the next request on. The same role of the
    worker in the same area cannot overlap in time. With an `Idempotency-Key` a repeated request
    returns the first answer.
    """
    actor = authenticated_actor()
    return json_bytes(service.add_responsibility(session, actor, **body), 201)


@responsibilities.route("/<uuid:responsibility_id>/end", methods=["POST"])
@responsibilities.guard(Permission.WORKER_EDIT)
@responsibilities.arguments(schemas.EndResponsibility)
@responsibilities.response(200, schemas.ResponsibilityOut)
@responsibilities.problem(404, "not_found")
@responsibilities.writes
def end_responsibility(body: dict[str, Any], responsibility_id: UUID, *, session: Session) -> Response:
    """End a responsibility

    Ends a responsibility at an instant, now by default; the worker loses the access that came with
    it. An instant before its begin withdraws it entirely. Idempotent: a responsibility that has
    ended by then stays as it is.
    """
    actor = authenticated_actor()
    return json_bytes(
        service.finish_responsibility(session, actor, responsibility_id=responsibility_id, **body)
    )
