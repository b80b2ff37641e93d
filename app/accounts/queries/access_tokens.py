"""Tokens for other people's software."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from app.accounts.queries.jurisdictions import JURISDICTIONS
from app.core.db.raw_read import read_one

_LOAD = f"""
    select t.id, t.account_id, t.scopes, t.last_used_at, a.name, a.must_change_password,
           t.revoked_at is null and t.expires_at > :now and a.disabled_at is null and a.deleted_at is null as is_live,
           (select json_agg(json_build_array(g.role, g.area_id, g.unit_id) order by g.id)
            from account_grant g
            where g.account_id = a.id and g.revoked_at is null and g.deleted_at is null) as grants,
           {JURISDICTIONS} as jurisdiction_ids
    from access_token t join account a on a.id = t.account_id
    where t.token_hash = :token_hash and t.kind = :kind
"""

_INSERT = text("""
    insert into access_token (id, account_id, kind, scopes, token_hash, label, created_at, expires_at)
    values (:id, :account_id, :kind, :scopes, :token_hash, :label, :at, :expires_at)
""")

_HOLD_LIVE = text("""
    select id from access_token
    where account_id = :account_id and kind = :kind and revoked_at is null and expires_at > :now
    for update
""")

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

_REVOKE = text("""
    update access_token set revoked_at = coalesce(revoked_at, :at),
                            revoked_by = case when revoked_at is null then :by else revoked_by end,
                            revoke_reason = case when revoked_at is null then 'revoked' else revoke_reason end
    where id = :id and account_id = :account_id and (cast(:kind as text) is null or kind = :kind)
    returning kind
""")

_REVOKE_ALL = text("""
    update access_token set revoked_at = :at, revoked_by = :by, revoke_reason = :reason
    where account_id = :account_id and revoked_at is null and expires_at > :at
    returning id
""")

_NOTE_USE = text("""
    update access_token set last_used_at = :at where id = :id and (last_used_at is null or last_used_at < :at)
""")

_PRUNE = text("delete from access_token where coalesce(revoked_at, expires_at) < :before")


def load_actor(*, kind: str, token_hash: bytes, now: datetime) -> dict[str, Any] | None:
    """Return the account, scopes and grants of a token, and whether token and account are live."""
    return read_one(_LOAD, {"kind": kind, "token_hash": token_hash, "now": now})


def insert_token(
    session: Session,
    *,
    token_id: UUID,
    account_id: UUID,
    kind: str,
    scopes: list[str],
    token_hash: bytes,
    label: str,
    at: datetime,
    expires_at: datetime,
) -> None:
    session.execute(
        _INSERT,
        {
            "id": token_id,
            "account_id": account_id,
            "kind": kind,
            "scopes": scopes,
            "token_hash": token_hash,
            "label": label,
            "at": at,
            "expires_at": expires_at,
        },
    )


def lock_live_tokens(session: Session, *, account_id: UUID, kind: str, now: datetime) -> int:
    """Lock the live tokens of a kind of an account until the transaction ends, and return their number."""
    return len(session.execute(_HOLD_LIVE, {"account_id": account_id, "kind": kind, "now": now}).all())


def token_page(
    session: Session, *, account_id: UUID, kind: str | None, after: UUID | None, limit: int
) -> Row[Any]:
    """Return the account's tokens of a kind (None: all kinds), newest first, as `items`, `has_more` and `last`."""
    binds = {"account_id": account_id, "kind": kind, "after": after, "limit": limit}
    return session.execute(_PAGE, binds).one()


def revoke_token(
    session: Session, *, token_id: UUID, account_id: UUID, kind: str | None, by: UUID, at: datetime
) -> str | None:
    """Revoke a token of the account and return its kind; None if the account has no such token."""
    binds = {"id": token_id, "account_id": account_id, "kind": kind, "by": by, "at": at}
    revoked_kind: str | None = session.scalar(_REVOKE, binds)
    return revoked_kind


def revoke_all(session: Session, *, account_id: UUID, by: UUID | None, reason: str, at: datetime) -> int:
    """Revoke the live tokens of every kind of the account and return their number."""
    binds = {"account_id": account_id, "by": by, "reason": reason, "at": at}
    return len(session.execute(_REVOKE_ALL, binds).all())


def note_use(session: Session, token_id: UUID, *, at: datetime) -> None:
    session.execute(_NOTE_USE, {"id": token_id, "at": at})


def prune_tokens(session: Session, *, before: datetime) -> None:
    """Delete the tokens that ended before the instant."""
    session.execute(_PRUNE, {"before": before})
