"""Refresh tokens, their uses, and the proofs that have served."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

_INSERT_REFRESH = text("""
    insert into refresh_token (token_hash, session_id, issued_at, expires_at)
    values (:token_hash, :session_id, :issued_at, :expires_at)
""")

# The row lock makes two refreshes with one token take turns.
_LOCK_REFRESH = text("""
    select t.token_hash, t.session_id, t.expires_at, t.used_at, t.used_address, t.used_agent, t.repeated_at,
           s.account_id, s.device_id, s.key_thumbprint, s.expires_at as session_expires_at,
           a.disabled_at is null and a.deleted_at is null and s.revoked_at is null
             and d.revoked_at is null and d.deleted_at is null as is_live
    from refresh_token t
    join session s on s.id = t.session_id
    join account a on a.id = s.account_id
    join device d on d.id = s.device_id
    where t.token_hash = :token_hash
    for update of t
""")

_IS_REFRESH_UNUSED = text("select used_at is null from refresh_token where token_hash = :token_hash")

_USE_REFRESH = text("""
    update refresh_token set used_at = :at, used_address = :address, used_agent = :agent
    where token_hash = :token_hash
""")

_NOTE_REPEAT = text("""
    update refresh_token set repeated_at = :at, repeated_address = :address, repeated_agent = :agent
    where token_hash = :token_hash
""")

_NOTE_REFUSAL = text("""
    update refresh_token set refused_at = :at where token_hash = :token_hash and refused_at is null
    returning token_hash
""")

_USE_PROOF = text("""
    insert into used_proof (session_id, id_hash, used_at) values (:session_id, :id_hash, :at)
    on conflict do nothing returning id_hash
""")

_PRUNE_REFRESH = text("""
    delete from refresh_token t using session s
    where s.id = t.session_id and (s.revoked_at < :before or s.expires_at < :before)
""")

_PRUNE_PROOFS = text("delete from used_proof where used_at < :before")


def insert_refresh(
    session: Session, *, token_hash: bytes, session_id: UUID, issued_at: datetime, expires_at: datetime
) -> None:
    session.execute(
        _INSERT_REFRESH,
        {
            "token_hash": token_hash,
            "session_id": session_id,
            "issued_at": issued_at,
            "expires_at": expires_at,
        },
    )


def lock_refresh(session: Session, token_hash: bytes) -> Row[Any] | None:
    """Return a token with its session and how it was used, locked; None if it is unknown."""
    return session.execute(_LOCK_REFRESH, {"token_hash": token_hash}).one_or_none()


def is_refresh_unused(session: Session, token_hash: bytes) -> bool:
    return bool(session.scalar(_IS_REFRESH_UNUSED, {"token_hash": token_hash}))


def use_refresh(session: Session, *, token_hash: bytes, at: datetime, address: str, agent: str) -> None:
    """Record the first use of a token."""
    session.execute(_USE_REFRESH, {"token_hash": token_hash, "at": at, "address": address, "agent": agent})


def note_repeat(session: Session, *, token_hash: bytes, at: datetime, address: str, agent: str) -> None:
    """Record a later use of a token; only the last is kept."""
    session.execute(_NOTE_REPEAT, {"token_hash": token_hash, "at": at, "address": address, "agent": agent})


def note_refusal(session: Session, *, token_hash: bytes, at: datetime) -> bool:
    """Record that a token came without the key of its session; return False if that was recorded before."""
    return session.scalar(_NOTE_REFUSAL, {"token_hash": token_hash, "at": at}) is not None


def use_proof(session: Session, *, session_id: UUID, id_hash: bytes, at: datetime) -> bool:
    """Record a proof as used; return False if the session used it before."""
    return session.scalar(_USE_PROOF, {"session_id": session_id, "id_hash": id_hash, "at": at}) is not None


def prune_refresh_tokens(session: Session, *, before: datetime) -> None:
    """Forget the tokens of sessions that ended before then."""
    session.execute(_PRUNE_REFRESH, {"before": before})


def prune_proofs(session: Session, *, before: datetime) -> None:
    """Forget proofs that served before then. Their window must be over: a forgotten one could serve again."""
    session.execute(_PRUNE_PROOFS, {"before": before})
