"""SQL that returns accounts as JSON: the caller's own account, and accounts for managers."""

from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from app.accounts.queries.grants import GRANTS
from app.accounts.queries.rows import AnyRow
from app.core.db import Fragment


@dataclass(frozen=True, slots=True)
class Scope:
    """The accounts that an actor may see: all, or their own and the accounts in some areas.

    Attributes:
        everywhere: The actor sees all accounts.
        me: Id of the actor's own account, which the actor always sees.
        areas: The actor also sees accounts with a grant in one of these areas.
    """

    everywhere: bool
    me: UUID
    areas: list[UUID]


_ME = Fragment(
    """
    select json_build_object(
      'id', account.id,
      'username', account.username,
      'name', account.name,
      'roles', {grants},
      'areas', (select coalesce(json_agg(json_build_object(
                  'id', v.area_id, 'code', v.code, 'name', v.name) order by v.code, v.area_id), '[]')
                from area_version v
                where upper_inf(v.valid) and v.area_id in (
                  select g.area_id from account_grant g where g.account_id = account.id and g.revoked_at is null)),
      'units', (select coalesce(json_agg(json_build_object(
                  'id', u.id, 'code', u.code, 'name', u.name) order by u.code, u.id), '[]')
                from unit u
                where u.id in (
                  select g.unit_id from account_grant g where g.account_id = account.id and g.revoked_at is null)),
      'jurisdiction', (
        select json_build_object('code', j.code, 'timezone', (
          select p.data ->> 'timezone' from profile_version p
          where p.jurisdiction_id = j.id and p.in_force_from <= :now order by p.number desc limit 1))
        from jurisdiction j where j.deleted_at is null
        order by j.id = (select v.jurisdiction_id from account_grant g
                         join area_version v on v.area_id = g.area_id and upper_inf(v.valid)
                         where g.account_id = account.id and g.revoked_at is null order by v.code, v.area_id limit 1)
                   desc nulls last,
                 j.id = (select u.jurisdiction_id from account_grant g join unit u on u.id = g.unit_id
                         where g.account_id = account.id and g.revoked_at is null order by u.code, u.id limit 1)
                   desc nulls last,
                 exists (select from area_version v where v.jurisdiction_id = j.id) desc, j.id
        limit 1),
      'permissions', cast(:permissions as text[]),
      'must_change_password', account.must_change_password,
      'password_reset', case when account.password_reset_at is not null then json_build_object(
        'at', account.password_reset_at, 'by', (
          select json_build_object('id', b.id, 'name', b.name) from account b where b.id = account.password_reset_by)) end)
    from account where account.id = :id
    """,
    grants=GRANTS,
)

_ACCOUNT = Fragment(
    """
    json_build_object(
      'id', account.id,
      'username', account.username,
      'name', account.name,
      'roles', {grants},
      'must_change_password', account.must_change_password,
      'disabled_at', account.disabled_at,
      'created_at', account.created_at,
      'version', account.version)
    """,
    grants=GRANTS,
)

# Live grants `g` of `account` with the current version `place` of their area. A grant of a unit counts in the area of the unit.
_GRANT_PLACES = Fragment(
    """
    account_grant g
    left join unit u on u.id = g.unit_id
    left join area_version place on place.area_id = coalesce(g.area_id, u.area_id) and upper_inf(place.valid)
    """
)

# Condition on `account`: it has a live grant in an area that the actor manages (`Scope.areas`).
IN_MANAGED_AREAS = Fragment(
    """
    exists (
      select from {grant_places}
      join area_version managed on place.path <@ managed.path and upper_inf(managed.valid)
      where g.account_id = account.id and g.revoked_at is null and managed.area_id = any(cast(:areas as uuid[])))
    """,
    grant_places=_GRANT_PLACES,
)

# Rule of visibility of persons' accounts: the actor's own account, and accounts in an area that the actor manages.
_VISIBLE = Fragment(
    """
    account.deleted_at is null and account.kind = 'person' and (
      :everywhere or account.id = :me or {in_managed_areas})
    """,
    in_managed_areas=IN_MANAGED_AREAS,
)

_ACCOUNT_BY_ID = Fragment(
    "select account.version, {body} as body from account where account.id = :id and {visible}",
    body=_ACCOUNT,
    visible=_VISIBLE,
)

_PAGE = Fragment(
    """
    with page as (
      select account.id, lower(account.username) as key, {body} as body
      from account
      where {visible}
        and (cast(:q as text) is null or account.username ilike :q or account.name ilike :q)
        and ((cast(:role as text) is null and cast(:within as uuid) is null) or exists (
          select from {grant_places}
          left join area_version filtered on filtered.area_id = :within and upper_inf(filtered.valid)
          where g.account_id = account.id and g.revoked_at is null
            and (cast(:role as text) is null or g.role = :role)
            and (cast(:within as uuid) is null or place.path <@ filtered.path)))
        and (cast(:after_key as text) is null
             or (lower(account.username), account.id) > (:after_key, cast(:after_id as uuid)))
      order by lower(account.username), account.id
      limit :limit + 1),
    shown as (select * from page order by key, id limit :limit)
    select (select json_agg(body order by key, id) from shown) as items,
           (select count(*) from page) > :limit as has_more,
           (select array[key, id::text] from shown order by key desc, id desc limit 1) as last
    """,
    body=_ACCOUNT,
    visible=_VISIBLE,
    grant_places=_GRANT_PLACES,
)


def describe_me(session: Session, account_id: UUID, *, permissions: list[str], now: datetime) -> bytes:
    """Return the caller's own account with permissions and jurisdiction as JSON.

    `jurisdiction` is that of the caller's first area. A caller without areas has the jurisdiction of their first unit, and a
    caller without areas and units has the default jurisdiction.
    """
    binds = {"id": account_id, "permissions": permissions, "now": now}
    document: bytes = session.execute(_ME, binds).scalar_one()
    return document


def account_json(session: Session, scope: Scope, account_id: UUID) -> AnyRow | None:
    """Return an account as `body` (JSON bytes) and `version`, or None if it is not in the scope."""
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
) -> AnyRow:
    """Return a page of the accounts in the scope, sorted by user name.

    The row has `items`, `has_more` and `last`, as `page_bytes` needs them.

    Args:
        q: Part of the user name or name.
        within: Only accounts with a grant in this area.
        after: User name in lower case and id of the last account on the previous page.
    """
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


def _like_pattern(search_text: str) -> str:
    escaped = search_text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"
