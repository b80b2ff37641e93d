"""SQL of the subjects of conduct cases.

A conduct case is a complaint about a person or a unit, its subject. The area of the subject decides who may direct the case.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import RowMapping, Uuid, bindparam, select
from sqlalchemy.orm import Session

from app.accounts.models import AccountGrant
from app.core.db import Fragment

_SUBJECT = Fragment(
    """
      with named as (
        select case when exists (select from worker w where w.id = a.id and w.deleted_at is null) then 'worker'
                    else 'account' end kind, a.id
        from account a where a.id = :id and a.deleted_at is null and (:kind = 'account' or exists (
          select from worker w where w.id = a.id and w.deleted_at is null)) and :kind <> 'unit'
        union all select 'unit', u.id from unit u where u.id = :id and u.deleted_at is null and :kind = 'unit'),
      people as (
        select id from named where kind <> 'unit'
        union select g.account_id from named join account_grant g on g.unit_id = named.id and g.revoked_at is null),
      held as (
        select coalesce(g.area_id, u.area_id) area_id, g.area_id is null and g.unit_id is null is_everywhere
        from people p join account_grant g on g.account_id = p.id and g.revoked_at is null
        left join unit u on u.id = g.unit_id
        where g.role not in ('worker', 'grid_chief')
        union all select u.area_id, false from named join unit u on u.id = named.id
        union all
        select r.area_id, false from named join responsibility r on r.worker_id = named.id
        where r.deleted_at is null and r.valid @> cast(:now as timestamptz))
      select named.kind, named.id, coalesce((select bool_or(is_everywhere) from held), false) is_everywhere,
        (select cast(v.path as text) from held join area_version v on v.area_id = held.area_id and upper_inf(v.valid)
         order by nlevel(v.path), v.code limit 1) path
      from named
    """
)
_LEADS_UNIT = Fragment(
    """
      select exists (
        select from account_grant g
        left join area_version v on v.area_id = g.area_id and upper_inf(v.valid)
        where g.revoked_at is null and g.role in ('supervisor', 'admin')
          and (g.account_id = :about_id or g.account_id in (
                 select m.account_id from account_grant m where m.unit_id = :about_id and m.revoked_at is null))
          and (g.area_id is null or exists (
                 select from unit u join area_version p on p.area_id = u.area_id and upper_inf(p.valid)
                 where u.id = :unit_id and p.path <@ v.path)))
    """
)
_MEMBERS = select(AccountGrant.account_id).where(
    AccountGrant.unit_id == bindparam("unit_id", None, Uuid()), AccountGrant.revoked_at.is_(None)
)


def subject(session: Session, *, kind: str, id: UUID, now: datetime) -> RowMapping | None:
    """Return kind, id and highest area of the subject of a conduct case; None: no such subject.

    Columns: `kind` (`unit`, `worker` for an account with a row in table `worker`, or `account` for any other), `id`, `path`,
    `is_everywhere`.

    `path` is the path of the highest area among the subject's responsibilities and roles; for a unit, among its own area and
    the roles of its members. `is_everywhere` is true if one of these roles is not limited to an area. The roles `worker` and
    `grid_chief` are ignored, because their area only says where the account is managed.
    """
    return session.execute(_SUBJECT, {"kind": kind, "id": id, "now": now}).mappings().one_or_none()


def subject_leads_unit(session: Session, *, about_id: UUID, unit_id: UUID) -> bool:
    """Return True if the subject of a conduct case may manage accounts of a unit.

    The unit must then not get the case: the subject could open an account for the unit and read its queue. If the subject is
    a unit, the result is True if one of its members may manage accounts of the other unit.
    """
    return bool(session.scalar(_LEADS_UNIT, {"about_id": about_id, "unit_id": unit_id}))


def members_of(session: Session, unit_id: UUID) -> list[UUID]:
    """Return the ids of the accounts that are members of a unit now."""
    return list(session.scalars(_MEMBERS, {"unit_id": unit_id}))
