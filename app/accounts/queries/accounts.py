"""Accounts and what they are granted."""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.orm import Session


def credentials_like(session: Session, *, prefix: str, limit: int) -> list[tuple[str, str]]:
    """(username, password_hash) of open accounts whose user name begins with `prefix`."""
    sql = """
      select username, password_hash from account
      where starts_with(lower(username), :prefix) and disabled_at is null and deleted_at is null
      order by username limit :limit
    """
    rows = session.execute(text(sql), {"prefix": prefix, "limit": limit})
    return [(row.username, row.password_hash) for row in rows]


@dataclass(frozen=True, slots=True)
class Scope:
    """Visibility rule for accounts: everywhere, or the own account and accounts with a grant in `areas`."""

    everywhere: bool
    me: UUID
    areas: list[UUID]


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

_INSERT = text("""
    insert into account
      (id, username, name, password_hash, must_change_password, password_expires_at, created_at)
    values (:id, :username, :name, :password_hash, :must_change_password, :password_expires_at, :at)
    on conflict (id) do nothing
    returning id
""")

_LOCK = text("""
    select id, username, name, password_hash, must_change_password, disabled_at, version, permission_epoch
    from account where id = :id and deleted_at is null for no key update
""")

_CREDENTIALS_BY_ID = text("""
    select username, password_hash from account where id = :id and deleted_at is null
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

_SET_PASSWORD = text("""
    update account
    set password_hash = :password_hash, must_change_password = :must_change_password,
        password_expires_at = :password_expires_at, permission_epoch = permission_epoch + 1
    where id = :id
""")

_NOTE_RESET = text("update account set password_reset_at = :at, password_reset_by = :by where id = :id")

_GRANTS = """
  (select coalesce(json_agg(json_build_object(
     'id', g.id, 'role', g.role, 'area_id', g.area_id, 'unit_id', g.unit_id) order by g.id), '[]')
   from account_grant g where g.account_id = a.id and g.revoked_at is null)
"""

_ACCOUNT = f"""
  json_build_object(
    'id', a.id,
    'username', a.username,
    'name', a.name,
    'roles', {_GRANTS},
    'must_change_password', a.must_change_password,
    'disabled_at', a.disabled_at,
    'created_at', a.created_at,
    'version', a.version)
"""

_ME = text(f"""
    select json_build_object(
      'id', a.id,
      'username', a.username,
      'name', a.name,
      'roles', {_GRANTS},
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
      'jurisdiction', (
        select json_build_object('code', j.code, 'timezone', (
          select p.data ->> 'timezone' from profile_version p
          where p.jurisdiction_id = j.id and p.in_force_from <= :now order by p.number desc limit 1))
        from jurisdiction j where j.deleted_at is null
        order by j.id = (select v.jurisdiction_id from account_grant g
                         join area_version v on v.area_id = g.area_id and upper_inf(v.valid)
                         where g.account_id = a.id and g.revoked_at is null order by v.code, v.area_id limit 1)
                   desc nulls last,
                 j.id = (select u.jurisdiction_id from account_grant g join unit u on u.id = g.unit_id
                         where g.account_id = a.id and g.revoked_at is null order by u.code, u.id limit 1)
                   desc nulls last,
                 exists (select from area_version v where v.jurisdiction_id = j.id) desc, j.id
        limit 1),
      'permissions', cast(:permissions as text[]),
      'must_change_password', a.must_change_password,
      'password_reset', case when a.password_reset_at is not null then json_build_object(
        'at', a.password_reset_at, 'by', (
          select json_build_object('id', b.id, 'name', b.name) from account b where b.id = a.password_reset_by)) end)
    from account a where a.id = :id
""")

# Grants by where they count: a unit's where the unit's area is.
_LIVE_GRANT_PLACES = """
  account_grant g
  left join unit u on u.id = g.unit_id
  left join area_version here on here.area_id = coalesce(g.area_id, u.area_id) and upper_inf(here.valid)
"""

# One rule on every door: my own account, and those with a live grant in an area that I manage.
_VISIBLE = f"""
  a.deleted_at is null and (
    :everywhere or a.id = :me or exists (
      select from {_LIVE_GRANT_PLACES}
      join area_version mine on here.path <@ mine.path and upper_inf(mine.valid)
      where g.account_id = a.id and g.revoked_at is null and mine.area_id = any(cast(:areas as uuid[]))))
"""

_ACCOUNT_BY_ID = text(f"""
    select a.version, {_ACCOUNT} as body from account a where a.id = :id and {_VISIBLE}
""")

_PAGE = text(f"""
    with page as (
      select a.id, lower(a.username) as key, {_ACCOUNT} as body
      from account a
      where {_VISIBLE}
        and (cast(:q as text) is null or a.username ilike :q or a.name ilike :q)
        and ((cast(:role as text) is null and cast(:within as uuid) is null) or exists (
          select from {_LIVE_GRANT_PLACES}
          left join area_version asked on asked.area_id = :within and upper_inf(asked.valid)
          where g.account_id = a.id and g.revoked_at is null
            and (cast(:role as text) is null or g.role = :role)
            and (cast(:within as uuid) is null or here.path <@ asked.path)))
        and (cast(:after_key as text) is null
             or (lower(a.username), a.id) > (:after_key, cast(:after_id as uuid)))
      order by lower(a.username), a.id
      limit :limit + 1),
    shown as (select * from page order by key, id limit :limit)
    select (select json_agg(body order by key, id) from shown) as items,
           (select count(*) from page) > :limit as has_more,
           (select array[key, id::text] from shown order by key desc, id desc limit 1) as last
""")

_LIVE_GRANTS = text("""
    select id, role, area_id, unit_id from account_grant
    where account_id = :account_id and revoked_at is null order by id
""")

_RENAME = text("""
    update account set name = :name, permission_epoch = permission_epoch + 1
    where id = :id and (cast(:version as bigint) is null or version = :version)
    returning version
""")

_SET_DISABLED = text("""
    update account set disabled_at = :at, permission_epoch = permission_epoch + 1 where id = :id
""")

_REVOKE_GRANT = text("""
    update account_grant set revoked_at = :at, revoked_by = :by
    where id = :id and account_id = :account_id and revoked_at is null
    returning role, area_id, unit_id
""")

_UNIT_AREA = text("select area_id from unit where id = :id and deleted_at is null")


def insert_account(session: Session, **values: Any) -> bool:
    """Insert an account. Return False if the id is taken."""
    return session.scalar(_INSERT, values) is not None


def words_of(
    session: Session, account_id: UUID | None, *, area_ids: Sequence[UUID] = (), unit_ids: Sequence[UUID] = ()
) -> list[str]:
    """Return the names of an account, of its areas and units or of those given, and of their jurisdictions."""
    binds = {"account_id": account_id, "area_ids": list(area_ids), "unit_ids": list(unit_ids)}
    return list(session.scalars(_WORDS, binds | {"jurisdictions": 20, "most": 500}))


def lock_account(session: Session, account_id: UUID) -> Row[Any] | None:
    """Lock an account until the transaction ends, so that no grant changes during a decision about it."""
    return session.execute(_LOCK, {"id": account_id}).one_or_none()


def account_credentials(session: Session, account_id: UUID) -> Row[Any] | None:
    """Return `username` and `password_hash` of an account, without a lock."""
    return session.execute(_CREDENTIALS_BY_ID, {"id": account_id}).one_or_none()


def account_id_of(session: Session, username: str) -> UUID | None:
    sql = text("select id from account where username = :username and deleted_at is null")
    account_id: UUID | None = session.scalar(sql, {"username": username})
    return account_id


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
    """Return the candidates that are the area itself or an ancestor of it in the current tree."""
    return set(session.scalars(_COVERING, {"area_id": area_id, "candidates": list(candidates)}))


def unit_area(session: Session, unit_id: UUID) -> UUID | None:
    """Return the area of a unit. None for an installation-wide unit and for an unknown one."""
    area_id: UUID | None = session.scalar(_UNIT_AREA, {"id": unit_id})
    return area_id


def describe_me(session: Session, account_id: UUID, *, permissions: list[str], now: datetime) -> bytes:
    """Return the caller as JSON.

    `jurisdiction` is that of the caller's first area, else of the first unit, else the default one.
    """
    binds = {"id": account_id, "permissions": permissions, "now": now}
    document: bytes = session.execute(_ME, binds).scalar_one()
    return document


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


def note_reset(session: Session, account_id: UUID, *, by: UUID | None, at: datetime) -> None:
    """Store who replaced the account's password, for display to its owner. None: the server's operator."""
    session.execute(_NOTE_RESET, {"id": account_id, "by": by, "at": at})


def account_json(session: Session, scope: Scope, account_id: UUID) -> Row[Any] | None:
    """`body` as JSON and `version` of an account in scope."""
    return session.execute(_ACCOUNT_BY_ID, {"id": account_id, **asdict(scope)}).one_or_none()


def account_page(
    session: Session,
    scope: Scope,
    *,
    q: str | None,
    role: str | None,
    within: UUID | None,
    after: tuple[str, UUID] | None,
    limit: int,
) -> Row[Any]:
    """Return accounts by user name: `items` as JSON, `has_more`, and the key of the `last`."""
    key, last_id = after or (None, None)
    return session.execute(
        _PAGE,
        {
            **asdict(scope),
            "q": _like_pattern(q) if q else None,
            "role": role,
            "within": within,
            "after_key": key,
            "after_id": last_id,
            "limit": limit,
        },
    ).one()


def live_grants(session: Session, account_id: UUID) -> Sequence[Row[Any]]:
    return session.execute(_LIVE_GRANTS, {"account_id": account_id}).all()


def rename(session: Session, account_id: UUID, *, name: str, version: int | None) -> bool:
    """Rename the account. Return False if its version is not the expected one (None: any)."""
    return session.scalar(_RENAME, {"id": account_id, "name": name, "version": version}) is not None


def set_disabled(session: Session, account_id: UUID, *, at: datetime | None) -> None:
    session.execute(_SET_DISABLED, {"id": account_id, "at": at})


def revoke_grant(
    session: Session, *, grant_id: UUID, account_id: UUID, by: UUID | None, at: datetime
) -> Row[Any] | None:
    """Revoke a live grant and return it; None if the account has no such live grant."""
    return session.execute(
        _REVOKE_GRANT, {"id": grant_id, "account_id": account_id, "by": by, "at": at}
    ).one_or_none()


def _like_pattern(search_text: str) -> str:
    escaped = search_text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"
