"""SQL that stores and changes accounts and their grants.

`account_views` returns accounts as JSON.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Text, bindparam, func, insert, or_, select, text, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Session

from app.accounts.models import Account, AccountGrant
from app.accounts.queries.rows import AnyRow

_WORDS = text("""
    with place as (
      select unnest(cast(:area_ids as uuid[])) area_id, null::uuid unit_id
      union all select null, unnest(cast(:unit_ids as uuid[]))
      union all select g.area_id, g.unit_id from account_grant g
                where g.account_id = :account_id and g.revoked_at is null),
    named as (
      select v.jurisdiction_id, v.name from place p
      join area_version v on v.area_id = p.area_id and upper_inf(v.valid)
      union all select u.jurisdiction_id, u.name from place p join unit u on u.id = p.unit_id),
    jurisdictions as (
      select id, code, name from jurisdiction where id in (select jurisdiction_id from named)
      union (select id, code, name from jurisdiction where deleted_at is null order by id limit :jurisdictions))
    select t.value from named, jsonb_each_text(named.name) t
    union select code from jurisdictions
    union select t.value from jurisdictions j, jsonb_each_text(j.name) t
    union select unnest(array[username, name]) from account where id = :account_id
    limit :most
""")

_INSERT = postgresql.insert(Account).on_conflict_do_nothing(index_elements=[Account.id]).returning(Account.id)

_OPEN_CREDENTIALS = (
    select(Account.username, Account.password_hash)
    .where(
        func.starts_with(func.lower(Account.username), bindparam("prefix", type_=Text)),
        Account.password_hash.is_not(None),
        Account.disabled_at.is_(None),
        Account.deleted_at.is_(None),
    )
    .order_by(Account.username)
    .limit(bindparam("limit"))
)

_ACCOUNT_FOR_UPDATE = (
    select(
        Account.id,
        Account.kind,
        Account.permissions,
        Account.username,
        Account.name,
        Account.password_hash,
        Account.must_change_password,
        Account.disabled_at,
        Account.version,
        Account.permission_epoch,
    )
    .where(Account.id == bindparam("id"), Account.deleted_at.is_(None))
    .with_for_update(key_share=True)
)

_CREDENTIALS = select(Account.username, Account.password_hash).where(
    Account.id == bindparam("id"), Account.deleted_at.is_(None)
)

_ID_BY_USERNAME = select(Account.id).where(
    Account.username == bindparam("username"), Account.deleted_at.is_(None)
)

_UPDATE = update(Account).where(Account.id == bindparam("account_id"))
_RAISE_EPOCH = _UPDATE.values(permission_epoch=Account.permission_epoch + 1)
_SET_PASSWORD = _RAISE_EPOCH.values(
    password_hash=bindparam("new_hash"),
    must_change_password=bindparam("must_change"),
    password_expires_at=bindparam("expires_at"),
)
_NOTE_RESET = _UPDATE.values(password_reset_at=bindparam("at"), password_reset_by=bindparam("by"))
_SET_DISABLED = _RAISE_EPOCH.values(disabled_at=bindparam("at"))
_EXPECTED_VERSION = bindparam("expected_version", type_=BigInteger)
_RENAME = (
    _RAISE_EPOCH.values(name=bindparam("new_name"))
    .where(or_(_EXPECTED_VERSION.is_(None), Account.version == _EXPECTED_VERSION))
    .returning(Account.version)
)

_INSERT_GRANT = insert(AccountGrant)

_LIVE_GRANTS = (
    select(AccountGrant.id, AccountGrant.role, AccountGrant.area_id, AccountGrant.unit_id)
    .where(AccountGrant.account_id == bindparam("account_id"), AccountGrant.revoked_at.is_(None))
    .order_by(AccountGrant.id)
)

_REVOKE_GRANT = (
    update(AccountGrant)
    .where(
        AccountGrant.id == bindparam("grant_id"),
        AccountGrant.account_id == bindparam("of_account_id"),
        AccountGrant.revoked_at.is_(None),
    )
    .values(revoked_at=bindparam("at"), revoked_by=bindparam("by"))
    .returning(AccountGrant.role, AccountGrant.area_id, AccountGrant.unit_id)
)

_COVERING = text("""
    select above.area_id
    from area_version here
    join area_version above on here.path <@ above.path and upper_inf(above.valid)
    where here.area_id = :area_id and upper_inf(here.valid)
      and above.area_id = any(cast(:candidates as uuid[]))
""")

_UNIT_AREA = text("select area_id from unit where id = :id and deleted_at is null")


def insert_account(session: Session, row: dict[str, Any]) -> bool:
    """Store an account. Return False if its id is taken.

    Args:
        row: Values of the columns of `Account`.
    """
    return session.scalar(_INSERT, row) is not None


def open_credentials(session: Session, *, prefix: str, limit: int) -> list[tuple[str, str]]:
    """Return user name and password hash of the enabled accounts with a prefix in the user name.

    Args:
        prefix: In lower case.
    """
    rows = session.execute(_OPEN_CREDENTIALS, {"prefix": prefix, "limit": limit})
    return [(row.username, row.password_hash) for row in rows]


def words_of(
    session: Session, account_id: UUID | None, *, area_ids: Sequence[UUID] = (), unit_ids: Sequence[UUID] = ()
) -> list[str]:
    """Return words forbidden in the password of an account: names of the account and its places.

    The places are the areas, units and cities of the account's grants. Other cities of the installation are included, up to a
    limit.

    Args:
        account_id: None: the account does not exist yet, and its places are `area_ids` and `unit_ids`.
    """
    binds = {"account_id": account_id, "area_ids": list(area_ids), "unit_ids": list(unit_ids)}
    return list(session.scalars(_WORDS, binds | {"jurisdictions": 20, "most": 500}))


def lock_account(session: Session, account_id: UUID) -> AnyRow | None:
    """Lock an account until the transaction ends and return it; None if it does not exist.

    Every transaction that changes grants of an account locks the account first. A caller that holds this lock can therefore
    read the grants and rely on them until its commit.
    """
    return session.execute(_ACCOUNT_FOR_UPDATE, {"id": account_id}).one_or_none()


def account_credentials(session: Session, account_id: UUID) -> AnyRow | None:
    """Return `username` and `password_hash` of an account, without a lock."""
    return session.execute(_CREDENTIALS, {"id": account_id}).one_or_none()


def account_id_of(session: Session, username: str) -> UUID | None:
    """Return the id of the account with this user name (case-sensitive), or None."""
    return session.scalar(_ID_BY_USERNAME, {"username": username})


def raise_permission_epoch(session: Session, account_id: UUID) -> None:
    """Increase the account's permission epoch, which makes cached data of the account invalid."""
    session.execute(_RAISE_EPOCH, {"account_id": account_id})


def insert_grant(session: Session, row: dict[str, Any]) -> None:
    """Store a grant.

    Args:
        row: Values of the columns of `AccountGrant`.
    """
    session.execute(_INSERT_GRANT, row)


def areas_covering(session: Session, area_id: UUID, candidates: Collection[UUID]) -> set[UUID]:
    """Return the areas of `candidates` that are the given area or one of its ancestors."""
    return set(session.scalars(_COVERING, {"area_id": area_id, "candidates": list(candidates)}))


def unit_area(session: Session, unit_id: UUID) -> UUID | None:
    """Return the id of a unit's area.

    Return None if the unit has no area or does not exist.
    """
    area_id: UUID | None = session.scalar(_UNIT_AREA, {"id": unit_id})
    return area_id


def set_password(
    session: Session,
    account_id: UUID,
    *,
    password_hash: str,
    must_change_password: bool = False,
    password_expires_at: datetime | None = None,
) -> None:
    """Store a new password hash and increase the permission epoch.

    Args:
        password_expires_at: Instant from which the password is refused; None: it never expires.
    """
    binds = {
        "account_id": account_id,
        "new_hash": password_hash,
        "must_change": must_change_password,
        "expires_at": password_expires_at,
    }
    session.execute(_SET_PASSWORD, binds)


def note_reset(session: Session, account_id: UUID, *, by: UUID | None, at: datetime) -> None:
    """Store who reset the account's password, so that the owner can see it.

    Args:
        by: None: the operator of the server.
    """
    session.execute(_NOTE_RESET, {"account_id": account_id, "by": by, "at": at})


def live_grants(session: Session, account_id: UUID) -> Sequence[AnyRow]:
    """Return `id`, `role`, `area_id` and `unit_id` of the account's grants that are not revoked."""
    return session.execute(_LIVE_GRANTS, {"account_id": account_id}).all()


def rename(session: Session, account_id: UUID, *, name: str, version: int | None) -> bool:
    """Change the account's name. Return False if its version is not the expected one.

    Args:
        version: Expected version; None: any.
    """
    binds = {"account_id": account_id, "new_name": name, "expected_version": version}
    return session.scalar(_RENAME, binds) is not None


def set_disabled(session: Session, account_id: UUID, *, at: datetime | None) -> None:
    """Disable or enable the account, and increase its permission epoch.

    Args:
        at: Instant from which the account is disabled; None: enable the account.
    """
    session.execute(_SET_DISABLED, {"account_id": account_id, "at": at})


def revoke_grant(
    session: Session, *, grant_id: UUID, account_id: UUID, by: UUID | None, at: datetime
) -> AnyRow | None:
    """Revoke a grant of the account and return the grant.

    Return None if the account has no such grant, or if the grant was revoked before.
    """
    binds = {"grant_id": grant_id, "of_account_id": account_id, "by": by, "at": at}
    return session.execute(_REVOKE_GRANT, binds).one_or_none()
