"""Routes of signals and hotspot previews."""

from typing import Any
from uuid import UUID

from flask import Response

from app.core.actor import Permission
from app.core.db import Session, read_session
from app.http.responses import json_bytes, json_response
from app.http.smorest import Blueprint, authenticated_actor
from app.signals import schemas, service
from app.statistics.schemas.linked_counts import Page

blp = Blueprint("signals", __name__, url_prefix="/api/v1/supervision", tag="Statistics and signals")
BLUEPRINTS = (blp,)


@blp.route("/signals")
@blp.guard(Permission.INCIDENT_DIRECT)
@blp.arguments(schemas.SignalsQuery, location="query")
@blp.response(200, schemas.Signals)
@blp.reads
def list_signals(query: dict[str, Any], *, session: Session) -> Response:
    """List signals

    Returns a page of signals in areas that the caller directs, the strongest first: signs that a service
    fails, which a job finds every hour or night. A signal is about a unit, a category or a place, never about
    a person.

    A signal is listed only if the caller may see at least one of its members. `state` is `standing` if
    absent: signals that the last run still found.
    """
    return json_bytes(service.signals(session, authenticated_actor(), **query))


@blp.route("/signals/preview", methods=["POST"])
@blp.guard(Permission.INCIDENT_DIRECT)
@blp.arguments(schemas.PreviewHotspots)
@blp.response(200, schemas.Hotspots)
@blp.problem(403, "outside_own_areas")
@blp.problem(404, "not_found")
@blp.problem(422, "too_many_reports")
@blp.problem(503)
def preview_hotspots(body: dict[str, Any]) -> Response:
    """Preview hotspots of an area and period

    Searches the reports of an area and period for places where more was reported than place and day explain
    (space-time scan, Kulldorff 2005). Returns the hotspots, the strongest first, with their cases; nothing is
    stored, and the same request returns the same answer.

    The period has 2 to 92 days and at most 5,000 reports. A server process carries out one search at a time;
    others wait up to 5 seconds and then get 503.
    """
    return json_response(service.preview_hotspots(read_session, authenticated_actor(), **body))


@blp.route("/signals/<uuid:signal_id>")
@blp.guard(Permission.INCIDENT_DIRECT)
@blp.response(200, schemas.SignalDetail)
@blp.problem(404, "not_found")
@blp.reads
def read_signal(signal_id: UUID, *, session: Session) -> Response:
    """Read a signal

    Returns the signal with all answers to it and with the operations by which its cause can be removed
    (`does`). A signal that has ended stays readable. A signal of which the caller may see no member is not
    found.
    """
    return json_bytes(service.signal(session, authenticated_actor(), signal_id=signal_id))


@blp.route("/signals/<uuid:signal_id>/members")
@blp.guard(Permission.INCIDENT_DIRECT)
@blp.arguments(Page, location="query")
@blp.response(200, schemas.SignalMembers)
@blp.problem(404, "not_found")
@blp.reads
def list_signal_members(query: dict[str, Any], signal_id: UUID, *, session: Session) -> Response:
    """List the members of a signal

    Returns a page of exactly the cases, households or areas that the signal counted, as far as the caller may
    see them. Confidential cases are left out.
    """
    return json_bytes(service.members_of_signal(session, authenticated_actor(), signal_id=signal_id, **query))


@blp.route("/signals/<uuid:signal_id>/acknowledge", methods=["POST"])
@blp.guard(Permission.INCIDENT_DIRECT)
@blp.keyed
@blp.arguments(schemas.Acknowledge)
@blp.response(200, schemas.Acknowledged)
@blp.problem(404, "not_found")
@blp.writes
def acknowledge_signal(body: dict[str, Any], signal_id: UUID, *, session: Session) -> Response:
    """Answer a signal

    Stores what was done about a signal, with the caller's name. `reply`, and `help_offered` for a signal of
    cases, also send `words` to the reporters of the cases that the caller may see, each case once and at most
    500 cases per call; the same call again continues with the rest.

    `reply` is refused (422) if the members are no cases. The signal itself does not end by an answer. The
    answer is recorded in the audit trail.
    """
    return json_bytes(service.acknowledge(session, authenticated_actor(), signal_id=signal_id, **body))
