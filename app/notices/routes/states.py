"""Routes of the states of households: lists, coverage, receipts, opt-outs."""

from typing import Any
from uuid import UUID

from flask import Response

from app.core.actor import Permission
from app.core.db import Session
from app.http.responses import json_bytes
from app.http.smorest import Blueprint, authenticated_actor
from app.notices import service
from app.notices.schemas import states as schemas

blp = Blueprint("notice_states", __name__, url_prefix="/api/v1/notices", tag="Register")
wishes_blp = Blueprint("notice_opt_outs", __name__, url_prefix="/api/v1/households", tag="Register")


@blp.route("/<uuid:notice_id>/households")
@blp.guard(Permission.NOTICE_READ, Permission.HOUSEHOLD_READ)
@blp.arguments(schemas.AddresseeFilter, location="query")
@blp.response(200, schemas.AddresseePage)
@blp.problem(404, "not_found")
@blp.reads
def list_notice_households(query: dict[str, Any], notice_id: UUID, *, session: Session) -> Response:
    """List the addressees of a notice

    Returns a page of the addressees in the caller's reach with their states, in the order of their ids. The
    filters lead from each number of the coverage to its households.
    """
    return json_bytes(service.addressees(session, authenticated_actor(), notice_id=notice_id, **query))


@blp.route("/<uuid:notice_id>/households/<uuid:household_id>")
@blp.guard(Permission.NOTICE_READ, Permission.HOUSEHOLD_READ)
@blp.response(200, schemas.AddresseeDetail)
@blp.problem(404, "not_found")
@blp.reads
def read_notice_household(notice_id: UUID, household_id: UUID, *, session: Session) -> Response:
    """Read an addressee of a notice

    Returns the state of the notice at a household, each step that led to it, and the delivery by channel.
    """
    actor = authenticated_actor()
    return json_bytes(service.addressee(session, actor, notice_id=notice_id, household_id=household_id))


@blp.route("/<uuid:notice_id>/coverage")
@blp.guard(Permission.NOTICE_READ)
@blp.response(200, schemas.NoticeCoverage)
@blp.problem(404, "not_found")
@blp.counts
def read_notice_coverage(notice_id: UUID, *, session: Session) -> Response:
    """Count the addressees of a notice by state

    Counts the addressees in the caller's reach by state and by grid, the grids with the lowest share of
    reached households first. Households that opted out are in no share, and shown.
    `GET /notices/{notice_id}/households` with the same state and grid lists the households of each number.
    """
    return json_bytes(service.coverage(session, authenticated_actor(), notice_id=notice_id))


@blp.route("/coverages")
@blp.guard(Permission.NOTICE_READ)
@blp.arguments(schemas.CoverageFilter, location="query")
@blp.response(200, schemas.Coverages)
@blp.counts
def list_notice_coverages(query: dict[str, Any], *, session: Session) -> Response:
    """Count the addressees of several notices

    Counts the addressees in the caller's reach for each of the published notices that the caller sees, for a
    list with the share of reached households. Other ids are left out. By state and grid:
    `GET /notices/{notice_id}/coverage`.
    """
    return json_bytes(service.coverages(session, authenticated_actor(), **query))


@blp.route("/<uuid:notice_id>/households/<uuid:household_id>/receipts", methods=["POST"])
@blp.guard(Permission.NOTICE_READ, Permission.HOUSEHOLD_EDIT)
@blp.arguments(schemas.RecordReceipt)
@blp.alt_response(
    200, schema=schemas.AddresseeDetail, description="Sent before: the present state", success=True
)
@blp.response(201, schemas.AddresseeDetail)
@blp.problem(404, "not_found")
@blp.problem(409, "id_reused", "notice_opted_out", "notice_withdrawn")
@blp.writes
def record_notice_receipt(
    body: dict[str, Any], notice_id: UUID, household_id: UUID, *, session: Session
) -> Response:
    """Record what happened to a notice at a household

    Stores that the household was told, understood, needs help or declined. The newest answer counts; an older
    one that arrives late is in the history. An answer counts more than `told`.

    `id` is made by the client. The same body under the same `id` stores nothing again and answers 200 with the
    present state.
    """
    item, is_new = service.record_receipt(
        session, authenticated_actor(), notice_id=notice_id, household_id=household_id, **body
    )
    return json_bytes(item, 201 if is_new else 200)


@wishes_blp.route("/<uuid:household_id>/notice-opt-outs")
@wishes_blp.guard(Permission.NOTICE_READ, Permission.HOUSEHOLD_READ)
@wishes_blp.response(200, schemas.OptOutsShown)
@wishes_blp.problem(404, "not_found")
@wishes_blp.reads
def list_notice_opt_outs(household_id: UUID, *, session: Session) -> Response:
    """List what notices a household does not want

    Returns the present opt-outs of the household, by purpose and channel.
    """
    return json_bytes(service.wishes(session, authenticated_actor(), household_id=household_id))


@wishes_blp.route("/<uuid:household_id>/notice-opt-outs", methods=["PUT"])
@wishes_blp.guard(Permission.NOTICE_READ, Permission.HOUSEHOLD_EDIT)
@wishes_blp.arguments(schemas.OptOuts)
@wishes_blp.response(200, schemas.OptOutsShown)
@wishes_blp.problem(404, "not_found")
@wishes_blp.writes
def set_notice_opt_outs(body: dict[str, Any], household_id: UUID, *, session: Session) -> Response:
    """Store what notices a household does not want

    Stores the opt-outs in place of the present ones. They hold for notices that are published afterwards. A
    running notice of which nothing went out, and whose channels are all closed by them, becomes `opted_out`
    there, and its visit tasks are gone.
    """
    return json_bytes(service.set_wishes(session, authenticated_actor(), household_id=household_id, **body))
