"""SQL of service accounts: their rows, their views as JSON, and the rule of who sees them."""

from collections.abc import Collection, Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Text, bindparam, func, or_, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from app.accounts.models import Account
from app.accounts.queries.account_views import IN_MANAGED_AREAS, Scope
from app.accounts.queries.rows import AnyRow
from app.core.db import Fragment

_BODY = Fragment(
    """
    json_build_object(
      'id', account.id,
      'client_id', account.username,
      'name', account.name,
      'kind', account.kind,
      'purpose', account.purpose,
      'permissions', to_json(account.permissions),
      'area_ids', (select case when bool_or(g.area_id is null) then null
                               else coalesce(json_agg(g.area_id order by g.id), '[]') end
                   from account_grant g where g.account_id = account.id and g.revoked_at is null),
      'last_used_at', (select max(c.last_used_at) from service_credential c where c.account_id = account.id),
      'disabled_at', account.disabled_at,
      'created_at', account.created_at,
      'version', account.version)
    """
)

# Rule of visibility of service accounts: those with a live grant in an area that the actor manages.
_VISIBLE = Fragment(
    "account.deleted_at is null and account.kind <> 'person' and (:everywhere or {in_managed_areas})",
    in_managed_areas=IN_MANAGED_AREAS,
)

_BY_ID = Fragment(
    "select account.version, account.permissions, {body} as body from account where account.id = :id and {visible}",
    body=_BODY,
    visible=_VISIBLE,
)

_VISIBLE_OF = Fragment(
    "select account.id, account.name from account where account.id = any(cast(:ids as uuid[])) and {visible}",
    visible=_VISIBLE,
)

_PAGE = Fragment(
    """
    with page as (
      select account.id, lower(account.username) as key, {body} as body
      from account
      where {visible}
        and (cast(:kind as text) is null or account.kind = :kind)
        and (cast(:after_key as text) is null
             or (lower(account.username), account.id) > (:after_key, cast(:after_id as uuid)))
      order by lower(account.username), account.id
      limit :limit + 1),
    shown as (select * from page order by key, id limit :limit)
    select (select json_agg(body order by key, id) from shown) as items,
           (select count(*) from page) > :limit as has_more,
           (select array[key, id::text] from shown order by key desc, id desc limit 1) as last
    """,
    body=_BODY,
    visible=_VISIBLE,
)

_EXPECTED_VERSION = bindparam("expected_version", type_=BigInteger)
_NEW_NAME = bindparam("new_name", type_=Text)
_NEW_PURPOSE = bindparam("new_purpose", type_=Text)
_NEW_PERMISSIONS = bindparam("new_permissions", type_=ARRAY(Text))
_CHANGE = (
    update(Account)
    .where(
        Account.id == bindparam("account_id"),
        or_(_EXPECTED_VERSION.is_(None), Account.version == _EXPECTED_VERSION),
    )
    .values(
        name=func.coalesce(_NEW_NAME, Account.name),
        purpose=func.coalesce(_NEW_PURPOSE, Account.purpose),
        permissions=func.coalesce(_NEW_PERMISSIONS, Account.permissions),
        permission_epoch=Account.permission_epoch + 1,
    )
    .returning(Account.version)
)


def service_account_json(session: Session, scope: Scope, account_id: UUID) -> AnyRow | None:
    """Return a service account as `body` (JSON bytes), `permissions` and `version`, or None if it is not in the scope."""
    return session.execute(_BY_ID, {"id": account_id, **_binds(scope)}).one_or_none()


def visible_of(session: Session, scope: Scope, account_ids: Collection[UUID]) -> Sequence[AnyRow]:
    """Return id and name of those of these accounts that are service accounts in the scope."""
    return session.execute(_VISIBLE_OF, {"ids": list(account_ids), **_binds(scope)}).all()


def service_account_page(
    session: Session, scope: Scope, *, kind: str | None, after: tuple[str, UUID] | None, limit: int
) -> AnyRow:
    """Return a page of the service accounts in the scope, sorted by client id.

    Args:
        after: Client id in lower case and id of the last service account on the previous page.
    """
    key, last_id = after or (None, None)
    binds = {**_binds(scope), "kind": kind, "after_key": key, "after_id": last_id, "limit": limit}
    return session.execute(_PAGE, binds).one()


def change(
    session: Session, account_id: UUID, *, expected_version: int | None, values: dict[str, Any]
) -> bool:
    """Change name, purpose and permissions of a service account. Return False if its version is not the expected one.

    Args:
        values: New values by name of the column; a column that is left out stays.
    """
    binds = {
        "account_id": account_id,
        "expected_version": expected_version,
        "new_name": values.get("name"),
        "new_purpose": values.get("purpose"),
        "new_permissions": values.get("permissions"),
    }
    return session.scalar(_CHANGE, binds) is not None


def _binds(scope: Scope) -> dict[str, Any]:
    binds = asdict(scope)
    del binds["me"]
    return binds
