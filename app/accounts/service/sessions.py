"""Use cases of sessions: sign in, sign out, authenticate requests.

`rotation` refreshes sessions.
"""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy.orm import Session

from app.accounts.queries import refresh_tokens
from app.accounts.queries import sessions as queries
from app.accounts.queries.rows import AnyRow
from app.accounts.rules import tokens
from app.accounts.rules.proofs import Proof
from app.accounts.service.audit import record
from app.accounts.service.keys import keys_of
from app.accounts.service.pages import page_bytes
from app.accounts.service.passwords import verify_password
from app.accounts.service.sign_in_limits import note_failure, require_attempts_left
from app.core import clock, db
from app.core.actor import SYSTEM, Actor, Grant, Role
from app.core.errors import DomainError, Forbidden, NotFound, Unauthenticated
from app.core.ids import uuid7
from app.core.paging import id_after
from app.settings import Settings

# Sign-ins without a device id share one device, so that it can be listed and blocked, too.
UNNAMED_DEVICE = "unnamed"
SESSIONS_SHOWN = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class Caller:
    """The client of a sign-in or refresh: its address, program and key.

    Args:
        agent: The User-Agent header, shortened.
        proof: The verified proof of the client's key; None if the client sent none.
    """

    address: str
    agent: str = ""
    proof: Proof | None = None


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokens of a session in the form of the response (RFC 6749 5.1).

    Attributes:
        expires_in: Seconds until the access token expires.
    """

    access_token: str
    refresh_token: str
    expires_in: int
    token_type: str = "Bearer"


@dataclass(frozen=True, slots=True)
class Outcome:
    """Result of a sign-in or refresh: either tokens or the error that refuses it.

    The error is returned and not raised, because an exception would roll back the stored failure and its audit event.
    """

    tokens: Tokens | None = None
    refusal: DomainError | None = None

    def settled(self) -> dict[str, Any]:
        """Return the tokens, or raise the error. Call it after the transaction has committed."""
        if self.refusal is not None:
            raise self.refusal
        return asdict(self.tokens) if self.tokens else {}


def sign_in(
    *, settings: Settings, username: str, password: str, device_id: str | None = None, caller: Caller
) -> dict[str, Any]:
    """Verify a user name and password, begin a session, and return its tokens.

    Message and duration are the same for every reason of a refusal, so that a caller cannot find out whether a user name
    exists. The function opens its own transactions, so that none is open during the slow verification.

    Args:
        device_id: The id that the client chose for its device; None: all sign-ins without an id share one device.

    Raises:
        Forbidden: `device_cut_off`: the device is blocked.
        Throttled: Too many attempts failed.
        Unauthenticated: `sign_in_failed`.
    """
    key = device_id or UNNAMED_DEVICE
    with db.read_session() as session:
        # Only a device that has signed in to the account before has its own limit: a caller can invent any number of new
        # device ids.
        known_device_key = (
            key if key != UNNAMED_DEVICE and queries.is_known_device(session, username, key) else None
        )
        require_attempts_left(
            session, settings=settings, username=username, address=caller.address, device_key=known_device_key
        )
        account = queries.credentials(session, username=username, now=clock.now())
    is_right = verify_password(password, account.password_hash if account else None, settings)
    with db.transaction() as session:
        if (
            account is None
            or not is_right
            or not account.is_open
            or not queries.lock_credentials(
                session, account_id=account.id, password_hash=account.password_hash
            )
        ):
            note_failure(
                session,
                username=username,
                address=caller.address,
                account_id=account.id if account else None,
                device_key=known_device_key,
            )
            outcome = Outcome(refusal=Unauthenticated("sign_in_failed"))
        else:
            outcome = _begin_session(
                session, settings=settings, account=account, client_key=key, caller=caller
            )
    return outcome.settled()


def _begin_session(
    session: Session, *, settings: Settings, account: AnyRow, client_key: str, caller: Caller
) -> Outcome:
    """Store a session of a verified, locked account, and return its tokens.

    Return the error `device_cut_off` instead if the device is blocked.
    """
    now = clock.now()
    registered_id = queries.register_device(
        session, device_id=uuid7(), account_id=account.id, client_key=client_key, at=now
    )
    if registered_id is None:
        # Audited, as the person who has the blocked device knows the password, too.
        record(
            session,
            SYSTEM,
            action="session.device_refused",
            entity="account",
            entity_id=account.id,
            detail={"client_key": client_key, "address": caller.address},
        )
        return Outcome(refusal=Forbidden("device_cut_off"))
    claims = tokens.Claims(account.id, uuid7(), registered_id)
    session_ends_at = now + settings.session_life
    session_row = {
        "id": claims.session_id,
        "account_id": account.id,
        "device_id": registered_id,
        "started_at": now,
        "expires_at": session_ends_at,
        "address": caller.address,
        "agent": caller.agent,
        "key_thumbprint": caller.proof.thumbprint if caller.proof else None,
    }
    queries.insert_session(session, session_row)
    refresh_token = tokens.new_refresh()
    refresh_tokens.insert_refresh(
        session,
        token_hash=tokens.digest(refresh_token),
        session_id=claims.session_id,
        issued_at=now,
        expires_at=min(now + settings.refresh_idle_life, session_ends_at),
    )
    actor = Actor(id=account.id, name=account.name, session_id=claims.session_id, device_id=registered_id)
    record(
        session,
        actor,
        action="session.sign_in",
        entity="account",
        entity_id=account.id,
        detail={"session_id": claims.session_id, "address": caller.address},
    )
    return Outcome(issue(settings, claims, refresh_token, now))


def list_sessions(session: Session, actor: Actor, *, limit: int, cursor: str | None = None) -> bytes:
    """Return a page of the actor's recent sessions, with the repeated uses of their tokens.

    Sessions that began more than `SESSIONS_SHOWN` ago are left out.
    """
    since = clock.now() - SESSIONS_SHOWN
    sessions = queries.session_page(session, actor.id, since=since, after=id_after(cursor), limit=limit)
    return page_bytes(sessions)


def sign_out(session: Session, actor: Actor) -> None:
    """End the actor's session. Access tokens of the session are refused at once."""
    queries.revoke_sessions(
        session, account_id=actor.id, session_id=actor.session_id, reason="sign_out", at=clock.now()
    )
    record(
        session,
        actor,
        action="session.sign_out",
        entity="account",
        entity_id=actor.id,
        detail={"session_id": actor.session_id},
    )


def end_session(session: Session, actor: Actor, *, session_id: UUID) -> None:
    """End another session of the actor, or their own. Its access tokens are refused at once.

    Raises:
        NotFound: The actor has no such session, or it was ended before.
    """
    if not queries.revoke_sessions(
        session, account_id=actor.id, session_id=session_id, reason="sign_out", at=clock.now()
    ):
        raise NotFound("not_found")
    record(
        session,
        actor,
        action="session.sign_out",
        entity="account",
        entity_id=actor.id,
        detail={"session_id": session_id},
    )


def sign_out_with(session: Session, *, refresh_token: str) -> None:
    """End the session to which a refresh token belongs. The token may have been used before.

    Nothing happens if the token is unknown or the session has ended.
    """
    token = refresh_tokens.lock_refresh(session, tokens.digest(refresh_token))
    if token is not None and token.is_live:
        sign_out(
            session,
            Actor(id=token.account_id, session_id=token.session_id, device_id=token.device_id),
        )


def issue(settings: Settings, claims: tokens.Claims, refresh_token: str, now: datetime) -> Tokens:
    """Return the tokens of a session: a new access token and the given refresh token."""
    lifetime = settings.access_token_life
    keys = keys_of(settings.signing_key_file)
    access_token = tokens.sign_access(keys, claims, issuer=settings.issuer, now=now, life=lifetime)
    return Tokens(access_token, refresh_token, int(lifetime.total_seconds()))


def grants_of(raw: bytes | None) -> tuple[Grant, ...]:
    """Convert a JSON list of [role, area id, unit id] to grants. None gives an empty list."""
    return tuple(
        Grant(Role(role), UUID(area) if area else None, UUID(unit) if unit else None)
        for role, area, unit in orjson.loads(raw or b"[]")
    )
