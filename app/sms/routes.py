"""Routes of SMS that come in: the door of the gateway, and the list for administrators."""

from typing import Any

from flask import current_app

from app.core.actor import Permission
from app.core.db import Session
from app.core.errors import DomainError
from app.http.messages import sentence
from app.http.smorest import Blueprint, authenticated_actor
from app.sms import schemas, service

blp = Blueprint("sms", __name__, url_prefix="/api/v1/messages/sms", tag="Administration")
BLUEPRINTS = (blp,)
_LANGUAGES = {"zh": "zh-CN", "en": "en"}


def _explained(error: DomainError, language: str) -> str:
    spoken = _LANGUAGES[language]
    faults = error.extra.get("errors", ())
    if not faults:
        return sentence(error.code, spoken, **error.params)
    params = {name: value for name, value in faults[0].items() if name not in ("field", "code")}
    return sentence(faults[0]["code"], spoken, **params)


@blp.route("", methods=["POST"])
@blp.guard(Permission.MESSAGE_RECEIVE)
@blp.arguments(schemas.IncomingSmsIn)
@blp.response(200, schemas.IncomingSmsResult)
@blp.problem(409, "id_reused")
@blp.writes
def receive_sms(body: dict[str, Any], *, session: Session) -> dict[str, Any]:
    """Receive an SMS

    For the SMS gateway, which sends each SMS that comes in. An SMS is applied once by its `id`: a repeated
    request gets the same response. A worker, known by the telephone number, reports (`R`), accepts (`A`) or
    finishes (`D`) a task; a resident adds words to a report, confirms (`Y`) or stops (`T`) messages. What is
    not understood is stored and answered with help: `docs/how-to/messages.md` has the grammar.
    """
    incoming = service.Incoming(body["id"], body["sender"], body["text"])
    settings = current_app.extensions["settings"]
    return service.receive(session, authenticated_actor(), incoming, settings=settings, explain=_explained)


@blp.route("")
@blp.guard(Permission.MESSAGE_MANAGE)
@blp.arguments(schemas.IncomingSmsFilter, location="query")
@blp.response(200, schemas.IncomingSmsPage)
@blp.reads
def list_sms(query: dict[str, Any], *, session: Session) -> dict[str, Any]:
    """List SMS that came in

    Lists SMS with what became of them, newest first. `outcome=help` lists those that nobody but a person
    understands. Telephone numbers are masked. Sender and words are erased after 90 days.
    """
    return service.list_incoming(session, authenticated_actor(), **query)
