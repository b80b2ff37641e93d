"""Use cases of who calls: the actor of a session, from the database or remembered and checked beside the data.

A process remembers the actors of recent sessions with the text from which they were made (`queries.callers`). An actor is
never used on its own: either the database is asked first, or `app.core.db.caller_check` compares the text with what the
database has, in the statement that reads the data. A session that was ended anywhere ends at once everywhere.
"""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import orjson

from app.accounts.queries import callers as queries
from app.accounts.rules import tokens
from app.accounts.service.sessions import grants_of
from app.core import clock
from app.core.actor import Actor, ActorKind
from app.core.db.caller_check import CallerCheck
from app.core.errors import Unauthenticated


class _Remembered(NamedTuple):
    """The actor of a session, and the text of the database from which it was made."""

    claims: tokens.Claims
    caller: str
    actor: Actor


# Sessions of which a process remembers the actor, by their ids.
REMEMBERED_MAX = 2_000
_remembered: dict[UUID, _Remembered] = {}


def actor_in_session(claims: tokens.Claims, now: datetime | None = None) -> Actor:
    """Load the account of a session with its current roles, as an actor.

    Raises:
        Unauthenticated: The session has ended.
    """
    loaded = queries.load_caller(
        account_id=claims.account_id,
        session_id=claims.session_id,
        device_id=claims.device_id,
        now=now or clock.now(),
    )
    if loaded is None:
        _remembered.pop(claims.session_id, None)
        raise Unauthenticated("session_revoked")
    caller, jurisdiction_ids = loaded
    remembered = _remembered.get(claims.session_id)
    if remembered is None or remembered.caller != caller or remembered.claims != claims:
        if len(_remembered) >= REMEMBERED_MAX:
            _remembered.clear()
        actor = _actor(claims, caller, jurisdiction_ids)
        remembered = _remembered[claims.session_id] = _Remembered(claims, caller, actor)
    return remembered.actor


def remembered_actor(claims: tokens.Claims, now: datetime) -> tuple[Actor, CallerCheck] | None:
    """Return the actor of an earlier request of the session, and the check that the database has to make.

    None: the process remembers no request of this session.
    """
    remembered = _remembered.get(claims.session_id)
    if remembered is None or (remembered.claims is not claims and remembered.claims != claims):
        return None
    check = queries.caller_check(
        account_id=claims.account_id,
        session_id=claims.session_id,
        device_id=claims.device_id,
        now=now,
        expected=remembered.caller,
    )
    return remembered.actor, check


def _actor(claims: tokens.Claims, caller: str, jurisdiction_ids: list[UUID]) -> Actor:
    """Return the actor that `queries.load_caller` describes."""
    name, must_change, epoch, reset_by, reset_at, grants, _ = orjson.loads(caller[: caller.rindex("]") + 1])
    return Actor.of(
        id=claims.account_id,
        kind=ActorKind.ACCOUNT,
        name=name,
        grants=grants_of(orjson.dumps(grants or [])),
        session_id=claims.session_id,
        device_id=claims.device_id,
        must_change_password=must_change,
        permission_epoch=epoch,
        jurisdiction_ids=tuple(jurisdiction_ids),
        reset=(UUID(reset_by), datetime.fromisoformat(reset_at)) if reset_by else None,
    )
