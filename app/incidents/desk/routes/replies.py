"""Routes of replies to the reporters of a case."""

from typing import Any
from uuid import UUID

from flask import Response

from app.core.actor import Permission
from app.core.db import Session
from app.http.responses import json_response
from app.http.smorest import Blueprint, authenticated_actor
from app.incidents.desk import schemas, service

blp = Blueprint("replies", __name__, url_prefix="/api/v1/incidents", tag="Cases and life cycle")


@blp.route("/<uuid:incident_id>/replies")
@blp.guard(Permission.INCIDENT_REPLY)
@blp.response(200, schemas.Replies)
@blp.problem(404, "not_found")
@blp.reads
def list_incident_replies(incident_id: UUID, *, session: Session) -> Response:
    """List the replies to the reporters of a case

    Returns the newest 200 replies, oldest first, without pages, and how many people read the next one. The caller
    must hold `incident:reply` where the case lies.
    """
    return json_response(service.replies_of_case(session, authenticated_actor(), incident_id=incident_id))


@blp.route("/<uuid:incident_id>/replies", methods=["POST"])
@blp.guard(Permission.INCIDENT_REPLY)
@blp.keyed
@blp.arguments(schemas.ReplyToReporters)
@blp.response(201, schemas.RepliedToCase)
@blp.problem(404, "not_found")
@blp.problem(409, "reply_of_confidential", "reply_reaches_nobody")
@blp.writes
def reply_to_incident(body: dict[str, Any], incident_id: UUID, *, session: Session) -> Response:
    """Reply to the reporters of a case

    Sends words to everybody who reported or supports the case, or a case that was merged into it. They read them in
    the history of the case, on the page of their secret link, or on the page of the notice that they answered; who
    asked for e-mail or SMS is told that there is a reply. The state of the case stays, and it may have ended.

    The reply is stored in the history and in the audit trail with the caller's name. Subscribers of webhooks get
    `case.noted`. The same words are sent to a case once: the same request again answers with the stored reply and
    `is_repeat`. A case that is confidential or about a person or unit gets no replies, and neither does a case of
    which nobody could read one.
    """
    actor = authenticated_actor()
    return json_response(service.reply_to_case(session, actor, incident_id=incident_id, **body), 201)
