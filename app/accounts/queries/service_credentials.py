"""SQL of the credentials of service accounts, with which programs call the API."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, bindparam, delete, func, insert, or_, select, text, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Session

from app.accounts.models import Account, ServiceCredential, UsedAssertion
from app.accounts.queries.grants import GRANT_SCOPES
from app.accounts.queries.jurisdictions import JURISDICTION_IDS
from app.accounts.queries.rows import AnyRow
from app.core.db import Fragment
from app.core.db.raw_read import read_one

_CALLER = Fragment(
    """
    select c.id, c.account_id, c.last_used_at, account.name, account.kind, account.permissions, account.permission_epoch,
           c.revoked_at is null and c.expires_at > :now
             and account.disabled_at is null and account.deleted_at is null as is_live,
           {grants} as grants,
           {jurisdiction_ids} as jurisdiction_ids
    from service_credential c join account on account.id = c.account_id
    """,
    grants=GRANT_SCOPES,
    jurisdiction_ids=JURISDICTION_IDS,
)

# Every request of a service account sends one of these two statements.
_CALLER_OF_KEY = Fragment(
    "{caller} where c.secret_hash = :secret_hash and c.form = 'api_key'", caller=_CALLER
)
_CALLER_OF_CREDENTIAL = Fragment(
    "{caller} where c.id = :credential_id and c.account_id = :account_id and c.form <> 'api_key'",
    caller=_CALLER,
)

_CLIENT = (
    select(
        ServiceCredential.id,
        ServiceCredential.account_id,
        ServiceCredential.form,
        ServiceCredential.secret_hash,
        ServiceCredential.public_key,
    )
    .join(Account, Account.id == ServiceCredential.account_id)
    .where(
        func.lower(Account.username) == func.lower(bindparam("client_id")),
        Account.kind != "person",
        Account.disabled_at.is_(None),
        Account.deleted_at.is_(None),
        ServiceCredential.form == bindparam("form"),
        ServiceCredential.revoked_at.is_(None),
        ServiceCredential.expires_at > bindparam("now"),
    )
    .order_by(ServiceCredential.id.desc())
)

_INSERT = insert(ServiceCredential)

_LIVE = (
    select(ServiceCredential.id)
    .where(
        ServiceCredential.account_id == bindparam("account_id"),
        ServiceCredential.revoked_at.is_(None),
        ServiceCredential.expires_at > bindparam("now"),
    )
    .with_for_update()
)

_LIVE_ONE = (
    select(
        ServiceCredential.id,
        ServiceCredential.form,
        ServiceCredential.label,
        ServiceCredential.created_at,
        ServiceCredential.expires_at,
        ServiceCredential.replaced_by,
    )
    .where(
        ServiceCredential.id == bindparam("credential_id"),
        ServiceCredential.account_id == bindparam("account_id"),
        ServiceCredential.revoked_at.is_(None),
        ServiceCredential.expires_at > bindparam("now"),
    )
    .with_for_update()
)

_REPLACE = (
    update(ServiceCredential)
    .where(ServiceCredential.id == bindparam("credential_id"))
    .values(
        replaced_by=bindparam("by_credential"),
        expires_at=func.least(ServiceCredential.expires_at, bindparam("ends_at")),
    )
)

_REVOKE = (
    update(ServiceCredential)
    .where(
        ServiceCredential.id == bindparam("credential_id"),
        ServiceCredential.account_id == bindparam("of_account_id"),
        ServiceCredential.revoked_at.is_(None),
    )
    .values(revoked_at=bindparam("at"), revoked_by=bindparam("by"))
    .returning(ServiceCredential.form)
)

_REVOKE_ALL = (
    update(ServiceCredential)
    .where(
        and_(
            ServiceCredential.account_id == bindparam("of_account_id"),
            ServiceCredential.revoked_at.is_(None),
            ServiceCredential.expires_at > bindparam("at"),
        )
    )
    .values(revoked_at=bindparam("at"), revoked_by=bindparam("by"))
    .returning(ServiceCredential.id)
)

_NOTE_USE = (
    update(ServiceCredential)
    .where(
        ServiceCredential.id == bindparam("credential_id"),
        or_(ServiceCredential.last_used_at.is_(None), ServiceCredential.last_used_at < bindparam("before")),
    )
    .values(last_used_at=bindparam("at"))
)

_PAGE = text("""
    with page as (
      select id, json_build_object('id', id, 'form', form, 'label', label, 'public_key', public_key,
        'created_at', created_at, 'expires_at', expires_at, 'last_used_at', last_used_at, 'replaced_by_id', replaced_by,
        'revoked_at', revoked_at) as body
      from service_credential
      where account_id = :account_id and (cast(:after as uuid) is null or id < :after)
      order by id desc limit :limit + 1),
    shown as (select * from page order by id desc limit :limit)
    select (select json_agg(body order by id desc) from shown) as items,
           (select count(*) from page) > :limit as has_more,
           (select array[id::text] from shown order by id limit 1) as last
""")

_USE_ASSERTION = postgresql.insert(UsedAssertion).on_conflict_do_nothing().returning(UsedAssertion.account_id)
_DELETE_ASSERTIONS = delete(UsedAssertion).where(UsedAssertion.expires_at < bindparam("before"))
_DELETE_ENDED = delete(ServiceCredential).where(
    func.coalesce(ServiceCredential.revoked_at, ServiceCredential.expires_at) < bindparam("before")
)


def caller_of_key(*, secret_hash: bytes, now: datetime) -> dict[str, Any] | None:
    """Return the credential of an API key with its account, permissions and grants, or None if it is unknown.

    `is_live` is true if the credential and the account are valid.
    """
    return read_one(_CALLER_OF_KEY, {"secret_hash": secret_hash, "now": now})


def caller_of_credential(*, account_id: UUID, credential_id: UUID, now: datetime) -> dict[str, Any] | None:
    """Return the credential that an access token was issued for, as `caller_of_key` does."""
    binds = {"account_id": account_id, "credential_id": credential_id, "now": now}
    return read_one(_CALLER_OF_CREDENTIAL, binds)


def caller_of_key_in(session: Session, *, secret_hash: bytes, now: datetime) -> dict[str, Any] | None:
    """Return the credential of an API key as `caller_of_key` does, in the session of the caller."""
    row = session.execute(_CALLER_OF_KEY, {"secret_hash": secret_hash, "now": now}).mappings().one_or_none()
    return None if row is None else dict(row)


def client_credentials(session: Session, *, client_id: str, form: str, now: datetime) -> list[AnyRow]:
    """Return the live credentials of one form of an enabled service account, newest first.

    Args:
        client_id: Case does not matter.
    """
    return list(session.execute(_CLIENT, {"client_id": client_id, "form": form, "now": now}))


def insert_credential(session: Session, row: dict[str, Any]) -> None:
    """Store a credential.

    Args:
        row: Values of the columns of `ServiceCredential`.
    """
    session.execute(_INSERT, row)


def lock_live(session: Session, *, account_id: UUID, now: datetime) -> int:
    """Lock the live credentials of a service account until the transaction ends, and return their number."""
    return len(session.execute(_LIVE, {"account_id": account_id, "now": now}).all())


def lock_live_one(session: Session, *, account_id: UUID, credential_id: UUID, now: datetime) -> AnyRow | None:
    """Lock a live credential of a service account and return it; None if there is none."""
    binds = {"account_id": account_id, "credential_id": credential_id, "now": now}
    return session.execute(_LIVE_ONE, binds).one_or_none()


def replace(session: Session, credential_id: UUID, *, by: UUID, ends_at: datetime) -> None:
    """Mark a credential as replaced by another one. The credential expires at `ends_at`, or earlier if it did before."""
    session.execute(_REPLACE, {"credential_id": credential_id, "by_credential": by, "ends_at": ends_at})


def revoke(
    session: Session, *, credential_id: UUID, account_id: UUID, by: UUID | None, at: datetime
) -> str | None:
    """Revoke a credential and return its form; None if there is no such credential, or it was revoked before."""
    binds = {"credential_id": credential_id, "of_account_id": account_id, "by": by, "at": at}
    return session.scalar(_REVOKE, binds)


def revoke_all(session: Session, *, account_id: UUID, by: UUID | None, at: datetime) -> int:
    """Revoke the live credentials of a service account, and return their number."""
    return len(session.execute(_REVOKE_ALL, {"of_account_id": account_id, "by": by, "at": at}).all())


def note_use(session: Session, credential_id: UUID, *, at: datetime, before: datetime) -> None:
    """Store the instant of a credential's last use, unless the stored one is later than `before`."""
    session.execute(_NOTE_USE, {"credential_id": credential_id, "at": at, "before": before})


def credential_page(session: Session, *, account_id: UUID, after: UUID | None, limit: int) -> AnyRow:
    """Return a page of the credentials of a service account, newest first, without secrets."""
    return session.execute(_PAGE, {"account_id": account_id, "after": after, "limit": limit}).one()


def use_assertion(session: Session, *, account_id: UUID, id_hash: bytes, expires_at: datetime) -> bool:
    """Store that an assertion was used. Return False if it was used before."""
    row = {"account_id": account_id, "id_hash": id_hash, "expires_at": expires_at}
    return session.scalar(_USE_ASSERTION, row) is not None


def prune(session: Session, *, credentials_before: datetime, assertions_before: datetime) -> None:
    """Delete credentials that ended, and assertions that expired, before these instants."""
    session.execute(_DELETE_ENDED, {"before": credentials_before})
    session.execute(_DELETE_ASSERTIONS, {"before": assertions_before})
