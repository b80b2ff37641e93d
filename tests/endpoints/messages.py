"""Requests for outgoing e-mail and SMS."""

from sqlalchemy import text

from app.core import clock, db
from app.core.actor import SYSTEM
from app.core.ids import uuid7
from app.messages import service
from app.messages.queries import outbox
from app.messages.rules.outbox import NewMessage
from tests.endpoints.world import Request, World, endpoint
from tests.factories import City


def new_dead_message(world: World, city: City) -> str:
    """Return the id of a new message of a city that was refused."""
    message = NewMessage(
        jurisdiction_id=city.jurisdiction_id,
        channel="email",
        kind="case_state",
        address="li@mail.example",
        language="zh",
        cause=f"test:{uuid7()}",
    )
    with db.transaction(SYSTEM) as session:
        service.add_message(session, message, settings=world.settings)
        row = session.execute(
            text("select id, message_id from message where cause = :cause"), {"cause": message.cause}
        ).one()
        outbox.end(session, row.id, state="dead", reason="status 550", now=clock.now())
    return str(row.message_id)


@endpoint("GET /messages")
def list_messages(world, role, city, inside):
    return Request("/messages?state=dead", target=new_dead_message(world, city))


@endpoint("POST /messages/replay")
def replay_messages(world, role, city, inside):
    return Request("/messages/replay", {"ids": [new_dead_message(world, city)]})


@endpoint("POST /messages/discard")
def discard_messages(world, role, city, inside):
    return Request("/messages/discard", {"ids": [new_dead_message(world, city)]})


@endpoint("GET /messages/channels")
def list_message_channels(world, role, city, inside):
    return Request("/messages/channels")


def new_sms(world: World, city: City) -> str:
    """Return the id of a new SMS that was not understood."""
    admin = world.person("admin", city)
    message_id = f"sms-{uuid7()}"
    answer = admin.post("/messages/sms", {"id": message_id, "from": "+8613800000099", "text": "你好"})
    assert answer.status_code == 200, answer.json
    return message_id


@endpoint("GET /messages/sms")
def list_sms(world, role, city, inside):
    return Request("/messages/sms?outcome=help", target=new_sms(world, city))


@endpoint("POST /messages/sms")
def receive_sms(world, role, city, inside):
    return Request("/messages/sms", {"id": f"sms-{uuid7()}", "from": "+8613800000099", "text": "你好"})
