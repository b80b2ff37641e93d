"""SQL of access tokens. Programs call the API with an access token instead of a sign-in."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Text, Uuid, bindparam, case, delete, func, insert, or_, select, text, update
from sqlalchemy.orm import Session

from app.accounts.models import AccessToken
from app.accounts.queries.grants import GRANT_SCOPES
from app.accounts.queries.jurisdictions import JURISDICTION_IDS
from app.accounts.queries.rows import AnyRow
from app.core.db import Fragment
from app.core.db.raw_read import read_one

# Every request with an access token sends this statement.
_LOAD = Fragment(
    """
    select t.id, t.account_id, t.scopes, t.last_used_at, account.name, account.must_change_password,
           t.revoked_at is null and t.expires_at > :now
             and account.disabled_at is null and account.deleted_at is null as is_live,
           {grants} as grants,
           {jurisdiction_ids} as jurisdiction_ids
    from access_token t join account on account.id = t.account_id
    where t.token_hash = :token_hash and t.kind = :kind
    """,
    grants=GRANT_SCOPES,
    jurisdiction_ids=JURISDICTION_IDS,
)

_INSERT = insert(AccessToken)

_LIVE_TOKENS = (
    select(AccessToken.id)
    .where(
        AccessToken.account_id == bindparam("account_id"),
        AccessToken.kind == bindparam("kind"),
        AccessToken.revoked_at.is_(None),
        AccessToken.expires_at > bindparam("now"),
    )
    .with_for_update()
)

_PAGE = text("""
    with page as (
      select id, json_build_object('id', id, 'kind', kind, 'label', label, 'created_at', created_at,
        'expires_at', expires_at, 'scopes', to_json(scopes), 'last_used_at', last_used_at,
        'revoked_at', revoked_at, 'revoked_because', revoke_reason) as body
      from access_token
      where account_id = :account_id and (cast(:kind as text) is null or kind = :kind)
        and (cast(:after as uuid) is null or id < :after)
      order by id desc limit :limit + 1),
    shown as (select * from page order by id desc limit :limit)
    select (select json_agg(body order by id desc) from shown) as items,
           (select count(*) from page) > :limit as has_more,
           (select array[id::text] from shown order by id limit 1) as last
""")

_OF_KIND = bindparam("of_kind", type_=Text)

# A token that is revoked already keeps the instant, the account and the reason of its first revocation.
_REVOKE = (
    update(AccessToken)
    .where(
        AccessToken.id == bindparam("token_id"),
        AccessToken.account_id == bindparam("of_account_id"),
        or_(_OF_KIND.is_(None), AccessToken.kind == _OF_KIND),
    )
    .values(
        revoked_at=func.coalesce(AccessToken.revoked_at, bindparam("at")),
        revoked_by=case(
            (AccessToken.revoked_at.is_(None), bindparam("by", type_=Uuid)), else_=AccessToken.revoked_by
        ),
        revoke_reason=case((AccessToken.revoked_at.is_(None), "revoked"), else_=AccessToken.revoke_reason),
    )
    .returning(AccessToken.kind)
)

_REVOKE_ALL = (
    update(AccessToken)
    .where(
        AccessToken.account_id == bindparam("of_account_id"),
        AccessToken.revoked_at.is_(None),
        AccessToken.expires_at > bindparam("at"),
    )
    .values(revoked_at=bindparam("at"), revoked_by=bindparam("by"), revoke_reason=bindparam("reason"))
    .returning(AccessToken.id)
)

_NOTE_USE = (
    update(AccessToken)
    .where(
        AccessToken.id == bindparam("token_id"),
        or_(AccessToken.last_used_at.is_(None), AccessToken.last_used_at < bindparam("at")),
    )
    .values(last_used_at=bindparam("at"))
)

_DELETE_ENDED = delete(AccessToken).where(
    func.coalesce(AccessToken.revoked_at, AccessToken.expires_at) < bindparam("before")
)


def load_actor(*, kind: str, token_hash: bytes, now: datetime) -> dict[str, Any] | None:
    """Return an access token with its account, scopes and grants, or None if it is unknown.

    `is_live` is true if the token and the account are valid.

    Args:
        kind: Code of the token's kind, such as `personal`.
    """
    return read_one(_LOAD, {"kind": kind, "token_hash": token_hash, "now": now})


def insert_token(session: Session, row: dict[str, Any]) -> None:
    """Store an access token.

    Args:
        row: Values of the columns of `AccessToken`.
    """
    session.execute(_INSERT, row)


def lock_live_tokens(session: Session, *, account_id: UUID, kind: str, now: datetime) -> int:
    """Lock the valid tokens of one kind of an account, and return their number.

    The lock lasts until the transaction ends.
    """
    return len(session.execute(_LIVE_TOKENS, {"account_id": account_id, "kind": kind, "now": now}).all())


def token_page(
    session: Session, *, account_id: UUID, kind: str | None, after: UUID | None, limit: int
) -> AnyRow:
    """Return a page of an account's tokens, newest first.

    Args:
        kind: Only tokens of this kind; None: tokens of every kind.
    """
    binds = {"account_id": account_id, "kind": kind, "after": after, "limit": limit}
    return session.execute(_PAGE, binds).one()


def revoke_token(
    session: Session, *, token_id: UUID, account_id: UUID, kind: str | None, by: UUID, at: datetime
) -> str | None:
    """Revoke a token of the account and return the token's kind.

    Return None if the account has no such token, or if the token was revoked before.
    """
    binds = {"token_id": token_id, "of_account_id": account_id, "of_kind": kind, "by": by, "at": at}
    return session.scalar(_REVOKE, binds)


def revoke_all(session: Session, *, account_id: UUID, by: UUID | None, reason: str, at: datetime) -> int:
    """Revoke all valid tokens of the account, of every kind, and return their number."""
    binds = {"of_account_id": account_id, "by": by, "reason": reason, "at": at}
    return len(session.execute(_REVOKE_ALL, binds).all())


def note_use(session: Session, token_id: UUID, *, at: datetime) -> None:
    """Store the instant of the token's last use. A later instant that is already stored stays."""
    session.execute(_NOTE_USE, {"token_id": token_id, "at": at})


def prune_tokens(session: Session, *, before: datetime) -> None:
    """Delete the access tokens that expired or were revoked before an instant."""
    session.execute(_DELETE_ENDED, {"before": before})
