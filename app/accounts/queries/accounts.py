"""Accounts and what they are granted."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

_INSERT = text("""
    insert into account
      (id, username, name, password_hash, must_change_password, password_expires_at, created_at)
    values (:id, :username, :name, :password_hash, :must_change_password, :password_expires_at, :at)
    on conflict (id) do nothing
    returning id
""")

_LOCK = text("""
    select id, username, name, password_hash, must_change_password, disabled_at, version
    from account where id = :id and deleted_at is null for no key update
""")

_RAISE_EPOCH = text("update account set permission_epoch = permission_epoch + 1 where id = :id")

_INSERT_GRANT = text("""
    insert into account_grant (id, account_id, role, area_id, unit_id, granted_by, granted_at)
    values (:id, :account_id, :role, :area_id, :unit_id, :granted_by, :at)
""")

_COVERING = text("""
    select above.area_id
    from area_version here
    join area_version above on here.path <@ above.path and upper_inf(above.valid)
    where here.area_id = :area_id and upper_inf(here.valid)
      and above.area_id = any(cast(:candidates as uuid[]))
""")

_ME = text("""
    select json_build_object(
      'id', a.id,
      'username', a.username,
      'name', a.name,
      'roles', (select coalesce(json_agg(json_build_object(
                  'id', g.id, 'role', g.role, 'area_id', g.area_id, 'unit_id', g.unit_id
                ) order by g.id), '[]')
                from account_grant g where g.account_id = a.id and g.revoked_at is null),
      'areas', (select coalesce(json_agg(json_build_object(
                  'id', v.area_id, 'code', v.code, 'name', v.name) order by v.code, v.area_id), '[]')
                from area_version v
                where upper_inf(v.valid) and v.area_id in (
                  select g.area_id from account_grant g where g.account_id = a.id and g.revoked_at is null)),
      'units', (select coalesce(json_agg(json_build_object(
                  'id', u.id, 'code', u.code, 'name', u.name) order by u.code, u.id), '[]')
                from unit u
                where u.id in (
                  select g.unit_id from account_grant g where g.account_id = a.id and g.revoked_at is null)),
      'permissions', cast(:permissions as text[]),
      'must_change_password', a.must_change_password)
    from account a where a.id = :id
""")

_SET_PASSWORD = text("""
    update account
    set password_hash = :password_hash, must_change_password = :must_change_password,
        password_expires_at = :password_expires_at, permission_epoch = permission_epoch + 1
    where id = :id
""")

_UNIT_AREA = text("select area_id from unit where id = :id and deleted_at is null")


def insert_account(session: Session, **values: Any) -> bool:
    """Tell whether the id was free."""
    return session.scalar(_INSERT, values) is not None


def lock_account(session: Session, account_id: UUID) -> Row[Any] | None:
    """The account, held until the transaction ends, so that no grant changes under a decision about it."""
    return session.execute(_LOCK, {"id": account_id}).one_or_none()


def raise_permission_epoch(session: Session, account_id: UUID) -> None:
    session.execute(_RAISE_EPOCH, {"id": account_id})


def insert_grant(
    session: Session,
    *,
    grant_id: UUID,
    account_id: UUID,
    role: str,
    area_id: UUID | None,
    unit_id: UUID | None,
    granted_by: UUID | None,
    at: datetime,
) -> None:
    session.execute(
        _INSERT_GRANT,
        {
            "id": grant_id,
            "account_id": account_id,
            "role": role,
            "area_id": area_id,
            "unit_id": unit_id,
            "granted_by": granted_by,
            "at": at,
        },
    )


def areas_covering(session: Session, area_id: UUID, candidates: Collection[UUID]) -> set[UUID]:
    """Those of the candidates that lie at or above the area in the tree of now."""
    return set(session.scalars(_COVERING, {"area_id": area_id, "candidates": list(candidates)}))


def unit_area(session: Session, unit_id: UUID) -> UUID | None:
    """The area of a unit; None also for a unit of the whole installation and one that does not exist."""
    area_id: UUID | None = session.scalar(_UNIT_AREA, {"id": unit_id})
    return area_id


def describe_me(session: Session, account_id: UUID, *, permissions: list[str]) -> bytes:
    """The caller as JSON."""
    found: bytes = session.execute(_ME, {"id": account_id, "permissions": permissions}).scalar_one()
    return found


def set_password(
    session: Session,
    account_id: UUID,
    *,
    password_hash: str,
    must_change_password: bool = False,
    password_expires_at: datetime | None = None,
) -> None:
    session.execute(
        _SET_PASSWORD,
        {
            "id": account_id,
            "password_hash": password_hash,
            "must_change_password": must_change_password,
            "password_expires_at": password_expires_at,
        },
    )
