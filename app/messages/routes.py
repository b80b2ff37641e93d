"""Routes of outgoing messages for administrators: numbers, list, replay of dead ones, end of useless ones."""

from typing import Any

from flask import current_app

from app.core.actor import Permission
from app.core.db import Session
from app.http.smorest import Blueprint, authenticated_actor
from app.messages import schemas, service

blp = Blueprint("messages", __name__, url_prefix="/api/v1/messages", tag="Administration")
BLUEPRINTS = (blp,)


@blp.route("")
@blp.guard(Permission.MESSAGE_MANAGE)
@blp.arguments(schemas.MessageFilter, location="query")
@blp.response(200, schemas.Messages)
@blp.reads
def list_messages(query: dict[str, Any], *, session: Session) -> dict[str, Any]:
    """List e-mails and SMS

    Lists the messages to residents and workers with their state, newest first. `state=dead` lists those
    that failed too often or were refused. Addresses are masked; those of sent messages are erased.
    Messages are deleted 7 days after their end, dead ones after the time that the operator set for
    dead letters.
    """
    return service.list_messages(session, authenticated_actor(), **query)


@blp.route("/replay", methods=["POST"])
@blp.guard(Permission.MESSAGE_MANAGE)
@blp.arguments(schemas.ReplayMessages)
@blp.response(202, schemas.MessagesReplayed)
@blp.writes
def replay_messages(body: dict[str, Any], *, session: Session) -> dict[str, Any]:
    """Send dead messages again

    Sends the named dead messages again, or all of them, each with its id. A message about a case has
    the state that the case has now.
    """
    return service.replay(session, authenticated_actor(), **body)


@blp.route("/discard", methods=["POST"])
@blp.guard(Permission.MESSAGE_MANAGE)
@blp.arguments(schemas.DiscardMessages)
@blp.response(200, schemas.MessagesDiscarded)
@blp.writes
def discard_messages(body: dict[str, Any], *, session: Session) -> dict[str, Any]:
    """Discard messages

    Ends the named dead or waiting messages without sending them, or all dead ones, and erases their addresses.
    They cannot be replayed. A message that is being sent at this moment may still arrive.
    """
    return service.discard(session, authenticated_actor(), **body)


@blp.route("/channels")
@blp.guard(Permission.MESSAGE_MANAGE)
@blp.response(200, schemas.MessageChannels)
@blp.reads
def list_message_channels(*, session: Session) -> dict[str, Any]:
    """Count e-mails and SMS

    Returns for e-mail and SMS whether the channel is set up, and how many stored messages wait, were sent, were
    dropped or are dead.
    """
    settings = current_app.extensions["settings"]
    return service.channel_numbers(session, authenticated_actor(), settings=settings)
