"""Rotation of refresh tokens: a client exchanges each token once for the next one."""

from typing import Any

from sqlalchemy.orm import Session

from app.accounts.queries import refresh_tokens as queries
from app.accounts.queries import sessions
from app.accounts.queries.rows import AnyRow
from app.accounts.rules import tokens
from app.accounts.service.audit import record
from app.accounts.service.keys import keys_of
from app.accounts.service.sessions import Caller, Outcome, issue
from app.core import clock
from app.core.actor import SYSTEM
from app.core.errors import DomainError, Malformed, Unauthenticated
from app.settings import Settings


def refresh(session: Session, *, settings: Settings, refresh_token: str, caller: Caller) -> Outcome:
    """Exchange a refresh token for the next refresh token and a new access token.

    A client that lost the response sends the same token again. During the grace period it gets the same next token again, as
    long as the next token has not been used. Any other repeated use means that the token was copied, and the session ends.
    All repeated uses are stored and audited, because a fast thief looks like a client that lost the response.

    A session that began with a proof (`rules.proofs`) needs a proof of the same key for each refresh. Without such a proof the
    token is not exchanged, but the session continues. Otherwise anybody with a copied token could end the session.
    """
    now = clock.now()
    token_hash = tokens.digest(refresh_token)
    token = queries.lock_refresh(session, token_hash)
    if token is None:
        return Outcome(refusal=Unauthenticated("refresh_invalid"))
    if not token.is_live:
        return Outcome(refusal=Unauthenticated("session_revoked"))
    if now >= token.session_expires_at:
        return Outcome(refusal=Unauthenticated("refresh_invalid"))
    if token.key_thumbprint is not None and (refusal := _proof_refusal(session, token, caller)):
        return Outcome(refusal=refusal)
    next_token = tokens.successor(keys_of(settings.signing_key_file), refresh_token)
    claims = tokens.Claims(token.account_id, token.session_id, token.device_id)
    if token.used_at is None:
        if now >= token.expires_at:
            return Outcome(refusal=Unauthenticated("refresh_invalid"))
        queries.note_use(session, token_hash=token_hash, at=now, address=caller.address, agent=caller.agent)
        queries.insert_refresh(
            session,
            token_hash=tokens.digest(next_token),
            session_id=token.session_id,
            issued_at=now,
            expires_at=min(now + settings.refresh_idle_life, token.session_expires_at),
        )
        return Outcome(issue(settings, claims, next_token, now))
    is_lost_answer = now - token.used_at <= settings.refresh_grace and queries.is_refresh_unused(
        session, tokens.digest(next_token)
    )
    if not is_lost_answer:
        sessions.revoke_sessions(
            session,
            account_id=token.account_id,
            session_id=token.session_id,
            reason="refresh_reused",
            at=now,
        )
    # Audited are the first repeat of a token and the one that ends the session. Of the others only the last is stored.
    if token.repeated_at is None or not is_lost_answer:
        action = "session.refresh_repeated" if is_lost_answer else "session.refresh_reused"
        _record_token_event(session, action, token, caller, {"first": _first_use(token)})
    queries.note_repeat(session, token_hash=token_hash, at=now, address=caller.address, agent=caller.agent)
    if not is_lost_answer:
        return Outcome(refusal=Unauthenticated("refresh_reused"))
    return Outcome(issue(settings, claims, next_token, now))


def _proof_refusal(session: Session, token: AnyRow, caller: Caller) -> DomainError | None:
    """Check the proof of possession that a caller sends with a refresh token.

    Return the error if the proof is missing, has another key or was used before. Otherwise mark the proof as used and return
    None.
    """
    proof = caller.proof
    if proof is None or proof.thumbprint != token.key_thumbprint:
        reason = "proof_missing" if proof is None else "proof_key_wrong"
        # Audited once for each token: a caller has the token and not the key.
        if queries.note_refusal(session, token_hash=token.token_hash, at=clock.now()):
            _record_token_event(session, "session.proof_refused", token, caller, {"reason": reason})
        return Malformed(reason)
    if not queries.insert_proof(session, session_id=token.session_id, id_hash=proof.id_hash, at=clock.now()):
        return Malformed("proof_used")
    return None


def _record_token_event(
    session: Session, action: str, token: AnyRow, caller: Caller, detail: dict[str, Any]
) -> None:
    """Store an audit event about a refresh token of a session.

    The owner and the managers of the account can read the event.
    """
    record(
        session,
        SYSTEM,
        action=action,
        entity="account",
        entity_id=token.account_id,
        detail={
            "session_id": token.session_id,
            "device_id": token.device_id,
            "now": {"at": clock.now(), "address": caller.address, "agent": caller.agent},
            **detail,
        },
    )


def _first_use(token: AnyRow) -> dict[str, Any]:
    return {"at": token.used_at, "address": token.used_address, "agent": token.used_agent}
