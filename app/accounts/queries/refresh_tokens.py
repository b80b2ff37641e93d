"""SQL of refresh tokens, of their uses, and of used proofs of possession."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, bindparam, delete, insert, or_, select, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Session

from app.accounts.models import Account, Device, RefreshToken, UsedProof
from app.accounts.models import Session as SignInSession
from app.accounts.queries.rows import AnyRow

_INSERT = insert(RefreshToken)

# Of two refreshes with one token at once, the second waits at this lock and then sees the use by the first. Without it
# both would get a new token, and the session would go on in two places.
_TOKEN_FOR_UPDATE = (
    select(
        RefreshToken.token_hash,
        RefreshToken.session_id,
        RefreshToken.expires_at,
        RefreshToken.used_at,
        RefreshToken.used_address,
        RefreshToken.used_agent,
        RefreshToken.repeated_at,
        SignInSession.account_id,
        SignInSession.device_id,
        SignInSession.key_thumbprint,
        SignInSession.expires_at.label("session_expires_at"),
        and_(
            Account.disabled_at.is_(None),
            Account.deleted_at.is_(None),
            SignInSession.revoked_at.is_(None),
            Device.revoked_at.is_(None),
            Device.deleted_at.is_(None),
        ).label("is_live"),
    )
    .join(SignInSession, SignInSession.id == RefreshToken.session_id)
    .join(Account, Account.id == SignInSession.account_id)
    .join(Device, Device.id == SignInSession.device_id)
    .where(RefreshToken.token_hash == bindparam("token_hash"))
    .with_for_update(of=RefreshToken)
)

_IS_UNUSED = select(RefreshToken.used_at.is_(None)).where(RefreshToken.token_hash == bindparam("token_hash"))

_UPDATE = update(RefreshToken).where(RefreshToken.token_hash == bindparam("of_token"))
_NOTE_USE = _UPDATE.values(
    used_at=bindparam("at"), used_address=bindparam("address"), used_agent=bindparam("agent")
)
_NOTE_REPEAT = _UPDATE.values(
    repeated_at=bindparam("at"), repeated_address=bindparam("address"), repeated_agent=bindparam("agent")
)
_NOTE_REFUSAL = (
    _UPDATE.values(refused_at=bindparam("at"))
    .where(RefreshToken.refused_at.is_(None))
    .returning(RefreshToken.token_hash)
)

_INSERT_PROOF = postgresql.insert(UsedProof).on_conflict_do_nothing().returning(UsedProof.id_hash)

_DELETE_OF_ENDED_SESSIONS = delete(RefreshToken).where(
    RefreshToken.session_id == SignInSession.id,
    or_(SignInSession.revoked_at < bindparam("before"), SignInSession.expires_at < bindparam("before")),
)

_DELETE_PROOFS = delete(UsedProof).where(UsedProof.used_at < bindparam("before"))


def insert_refresh(
    session: Session, *, token_hash: bytes, session_id: UUID, issued_at: datetime, expires_at: datetime
) -> None:
    """Store a refresh token of a session."""
    row = {
        "token_hash": token_hash,
        "session_id": session_id,
        "issued_at": issued_at,
        "expires_at": expires_at,
    }
    session.execute(_INSERT, row)


def lock_refresh(session: Session, token_hash: bytes) -> AnyRow | None:
    """Lock a refresh token and return it with its session and uses.

    Return None if the token is unknown.
    """
    return session.execute(_TOKEN_FOR_UPDATE, {"token_hash": token_hash}).one_or_none()


def is_refresh_unused(session: Session, token_hash: bytes) -> bool:
    """Return True if a refresh token is known and has not been used yet."""
    return bool(session.scalar(_IS_UNUSED, {"token_hash": token_hash}))


def note_use(session: Session, *, token_hash: bytes, at: datetime, address: str, agent: str) -> None:
    """Store the first use of a refresh token: its instant, address and program."""
    session.execute(_NOTE_USE, {"of_token": token_hash, "at": at, "address": address, "agent": agent})


def note_repeat(session: Session, *, token_hash: bytes, at: datetime, address: str, agent: str) -> None:
    """Store the latest repeated use of a token. It replaces the repeated use stored before."""
    session.execute(_NOTE_REPEAT, {"of_token": token_hash, "at": at, "address": address, "agent": agent})


def note_refusal(session: Session, *, token_hash: bytes, at: datetime) -> bool:
    """Store that a token was sent without a proof of its session's key.

    Return False if a refusal of this token is stored already.
    """
    return session.scalar(_NOTE_REFUSAL, {"of_token": token_hash, "at": at}) is not None


def insert_proof(session: Session, *, session_id: UUID, id_hash: bytes, at: datetime) -> bool:
    """Store a proof of possession as used. Return False if the session has used it before."""
    row = {"session_id": session_id, "id_hash": id_hash, "used_at": at}
    return session.scalar(_INSERT_PROOF, row) is not None


def prune_refresh_tokens(session: Session, *, before: datetime) -> None:
    """Delete the refresh tokens of all sessions that ended before an instant."""
    session.execute(_DELETE_OF_ENDED_SESSIONS, {"before": before})


def prune_proofs(session: Session, *, before: datetime) -> None:
    """Delete the proofs of possession that were used before an instant.

    Args:
        before: Instant at which all proofs have expired by now. If a proof that is still valid were deleted, it could be used a
            second time.
    """
    session.execute(_DELETE_PROOFS, {"before": before})
