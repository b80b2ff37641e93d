"""SQL that counts cases and transfers responsibilities and roles when areas are redrawn.

`app.areas` changes the areas themselves.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    DateTime,
    RowMapping,
    Uuid,
    any_,
    bindparam,
    func,
    insert,
    literal_column,
    update,
)
from sqlalchemy.dialects.postgresql import insert as insert_or_skip
from sqlalchemy.orm import Session

from app.accounts.models import Account, AccountGrant
from app.areas.scope import GRID_ID, deepest_area
from app.core.db import Fragment, sql_text
from app.workforce.models import Responsibility

# Pairs of a replaced area and an area that follows it.
Follows = Sequence[tuple[UUID, UUID]]

INSTANT = DateTime(timezone=True)


def _pairs(follows: Follows) -> dict[str, Any]:
    return {"old": [old for old, _ in follows], "new": [new for _, new in follows]}


# --- open cases -----------------------------------------------------------------------------


_OPEN_CASES = Fragment(
    """
  with land as materialized (
    select geom from area_version
    where area_id = any(:area_ids) and (upper_inf(valid) or upper(valid) = :at)),
  touched_case as (
    select distinct i.id from land join incident i
      on i.location && land.geom and ST_Intersects(land.geom, i.location)
    where i.closed_at is null)
  select count(*) inside, count(*) filter (where i.grid_id is distinct from deepest.grid_id) moved
  from touched_case join incident i using (id)
  left join lateral {deepest} deepest on true
  where i.about_kind is null
""",
    deepest=deepest_area(GRID_ID.label("grid_id"), point=literal_column("i.location")),
)


def open_cases(session: Session, *, area_ids: Sequence[UUID], at: datetime) -> RowMapping:
    """Count the open cases on redrawn land, and the open cases there whose grid changes.

    Cases about a person or a unit do not count. The row has the two numbers as `inside` and `moved`.

    Args:
        area_ids: Areas before and after the redraw.
        at: Instant of the redraw.
    """
    return session.execute(_OPEN_CASES, {"area_ids": list(area_ids), "at": at}).mappings().one()


# --- responsibilities -----------------------------------------------------------------------

_RESPONSIBILITIES_TO_FOLLOW = sql_text("""
  select wanted.worker_id, wanted.area_id, wanted.role, lower(uncovered) since, upper(uncovered) until
  from (
    select r.worker_id, follows.new area_id, r.role,
           range_agg(tstzrange(greatest(lower(r.valid), :at), upper(r.valid))) periods
    from responsibility r
    join unnest(cast(:old as uuid[]), cast(:new as uuid[])) follows(old, new) on follows.old = r.area_id
    where r.deleted_at is null and (upper_inf(r.valid) or upper(r.valid) > :at)
    group by r.worker_id, follows.new, r.role) wanted
  cross join lateral unnest(wanted.periods - coalesce(
    (select range_agg(e.valid) from responsibility e
     where e.worker_id = wanted.worker_id and e.area_id = wanted.area_id and e.role = wanted.role),
    cast('{}' as tstzmultirange))) uncovered
""")


def responsibilities_to_follow(session: Session, follows: Follows, *, at: datetime) -> Sequence[RowMapping]:
    """Return the responsibilities that workers of replaced areas need for the successor areas.

    The caller stores them. They begin at `at`. Periods in which the worker is already responsible for the successor are left
    out.

    Args:
        follows: Pairs of a replaced area and its successor.
    """
    return session.execute(_RESPONSIBILITIES_TO_FOLLOW, {"at": at, **_pairs(follows)}).mappings().all()


_INSERT_RESPONSIBILITY = insert(Responsibility).values(
    id=bindparam("id"),
    worker_id=bindparam("worker_id"),
    area_id=bindparam("area_id"),
    role=bindparam("role"),
    valid=func.tstzrange(bindparam("since", type_=INSTANT), bindparam("until", type_=INSTANT)),
)


def insert_responsibilities(session: Session, rows: list[dict[str, Any]]) -> None:
    """Store responsibilities of workers for areas.

    Args:
        rows: Columns of `responsibility`, with the period as `since` and `until` (None: without end).
    """
    if rows:
        session.execute(_INSERT_RESPONSIBILITY, rows)


# A responsibility that has not come into force is deleted with an empty period, so that no exclusion constraint finds it.
_CLOSE_RESPONSIBILITIES = sql_text("""
  update responsibility set
    valid = case when lower(valid) >= :at then 'empty' else tstzrange(lower(valid), :at) end,
    deleted_at = case when lower(valid) >= :at then cast(:at as timestamptz) end
  where area_id = any(:area_ids) and deleted_at is null and (upper_inf(valid) or upper(valid) > :at)
""")


def close_responsibilities(session: Session, area_ids: Sequence[UUID], *, at: datetime) -> None:
    """End all responsibilities of workers for these areas at an instant."""
    session.execute(_CLOSE_RESPONSIBILITIES, {"area_ids": list(area_ids), "at": at})


_WITHOUT_RESPONSIBLE = sql_text("""
  select wanted.id from unnest(cast(:area_ids as uuid[])) wanted(id)
  where not exists (select 1 from responsibility r
                    where r.area_id = wanted.id and r.deleted_at is null
                      and r.valid @> cast(:at as timestamptz))
""")


def without_responsible(session: Session, area_ids: Sequence[UUID], *, at: datetime) -> set[UUID]:
    """Return the ids of those areas for which no worker is responsible at an instant."""
    return set(session.scalars(_WITHOUT_RESPONSIBLE, {"area_ids": list(area_ids), "at": at}))


_UNATTENDED_COUNTS = sql_text("""
  select (select count(*) from household h where h.grid_id = any(:area_ids) and h.deleted_at is null) households,
         (select count(*) from incident i
          where i.grid_id = any(:area_ids) and i.closed_at is null and i.about_kind is null) open_cases
""")


def unattended_counts(session: Session, area_ids: Sequence[UUID]) -> RowMapping:
    """Count the `households` and `open_cases` in grids that have no responsible worker.

    Args:
        area_ids: The grids without a responsible worker.
    """
    return session.execute(_UNATTENDED_COUNTS, {"area_ids": list(area_ids)}).mappings().one()


# --- grants ---------------------------------------------------------------------------------

_GRANTS_TO_FOLLOW = sql_text("""
  select distinct g.account_id, g.role, follows.new area_id
  from account_grant g
  join unnest(cast(:old as uuid[]), cast(:new as uuid[])) follows(old, new) on follows.old = g.area_id
  where g.revoked_at is null and g.deleted_at is null
""")


def grants_to_follow(session: Session, follows: Follows) -> Sequence[RowMapping]:
    """Return the grants over successor areas for the accounts with roles over replaced areas.

    The caller stores them. Each has the account and the role of the old grant, and the successor as `area_id`.

    Args:
        follows: Pairs of a replaced area and its successor.
    """
    return session.execute(_GRANTS_TO_FOLLOW, _pairs(follows)).mappings().all()


_INSERT_GRANT = (
    insert_or_skip(AccountGrant)
    .values(
        id=bindparam("id"),
        account_id=bindparam("account_id"),
        role=bindparam("role"),
        area_id=bindparam("area_id"),
        granted_by=bindparam("granted_by"),
        granted_at=bindparam("granted_at"),
    )
    .on_conflict_do_nothing()
)
_RAISE_EPOCHS = (
    update(Account)
    .where(Account.id == any_(bindparam("account_ids", type_=ARRAY(Uuid()))))
    .values(permission_epoch=Account.permission_epoch + 1)
)


def insert_grants(session: Session, rows: list[dict[str, Any]]) -> None:
    """Store grants and increase the permission epochs of their accounts.

    A grant that the account already has is skipped. The permission epoch is a counter. When it changes, cached permissions are
    read again.
    """
    if rows:
        session.execute(_INSERT_GRANT, rows)
        session.execute(_RAISE_EPOCHS, {"account_ids": sorted({row["account_id"] for row in rows})})


_REVOKE_GRANTS = sql_text("""
  with revoked_grant as (
    update account_grant set revoked_at = :at, revoked_by = :revoked_by
    where area_id = any(:area_ids) and revoked_at is null returning account_id),
  raised_account as (
    update account set permission_epoch = permission_epoch + 1
    where id in (select account_id from revoked_grant) returning 1)
  select count(*) from revoked_grant
""")


def revoke_grants(
    session: Session, area_ids: Sequence[UUID], *, revoked_by: UUID | None, at: datetime
) -> int:
    """Revoke all grants over these areas, and return the number of revoked grants.

    The permission epochs of the accounts increase, so that cached permissions are read again.
    """
    binds = {"area_ids": list(area_ids), "revoked_by": revoked_by, "at": at}
    return int(session.execute(_REVOKE_GRANTS, binds).scalar_one())
