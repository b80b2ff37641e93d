"""Statements on planned shifts: gaps by grid, attendance now, and import and export as CSV."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    Integer,
    RowMapping,
    Text,
    Uuid,
    any_,
    bindparam,
    cast,
    func,
    literal_column,
    or_,
    select,
)
from sqlalchemy.orm import Session

from app.accounts.models import Account
from app.areas.models import AreaVersion
from app.core.actor import Actor, Permission
from app.core.db import Fragment, sql_text, unscoped
from app.workforce.models import Shift, Worker
from app.workforce.queries.periods import end_of, period, start_of
from app.workforce.queries.plans import ShiftFilter
from app.workforce.queries.visible import (
    area_visibility,
    lies_within,
    visibility_binds,
    worker_visibility,
    works_within,
)
from app.workforce.rules.roster import Span
from app.workforce.rules.sheets import Change, KnownShift

# For each grid: the responsible workers in the period, but for :left_out; their shifts; and the wanted times that neither
# responsibilities nor shifts cover.
_ROSTER = unscoped(
    Fragment(
        """
  with wanted as (select cast(:wanted as tstzmultirange) times),
  grid as (
    select area_version.area_id id, area_version.code, area_version.name from area_version
    where upper_inf(area_version.valid) and area_version.level = 'grid' and {is_visible} and {lies_within}
      and (cast(:grid_ids as uuid[]) is null or area_version.area_id = any(cast(:grid_ids as uuid[])))
      and (cast(:after_code as text) is null
           or (area_version.code, area_version.area_id) > (:after_code, cast(:after_id as uuid)))),
  page as (
    select g.id, g.code, json_build_object('grid', json_build_object('id', g.id, 'code', g.code, 'name', g.name),
             'responsible', responsible.people, 'shifts', planned.shifts, 'gaps', (
               select coalesce(json_agg(json_build_object('since', lower(gap), 'until', upper(gap), 'reason', reason)
                        order by lower(gap)), '[]')
               from (
                 select unnest(wanted.times - responsible.periods) gap, 'nobody_responsible' reason
                 union all
                 select unnest(wanted.times * responsible.periods - planned.periods), 'nobody_planned') gaps)) item
    from grid g cross join wanted
    cross join lateral (
      select coalesce(json_agg(json_build_object('worker_id', w.id, 'worker_name', w.name, 'role', r.role,
               'since', lower(r.valid), 'until', upper(r.valid)) order by r.role, w.name, r.id), '[]') people,
             coalesce(range_agg(r.valid), '{}') periods
      from responsibility r join worker w on w.id = r.worker_id and w.deleted_at is null
      where r.area_id = g.id and r.deleted_at is null and w.id <> all(cast(:left_out as uuid[]))
        and r.valid && tstzrange(cast(:since as timestamptz), cast(:until as timestamptz))) responsible
    cross join lateral (
      select coalesce(json_agg(json_build_object('id', t.id, 'worker_id', t.worker_id, 'worker_name', t.name,
               'since', lower(t.during), 'until', upper(t.during), 'note', t.note, 'version', t.version)
               order by lower(t.during), t.name, t.id), '[]') shifts,
             coalesce(range_agg(t.covered), '{}') periods
      from (
        select s.id, s.worker_id, w.name, s.during, s.note, s.version, range_agg(s.during * r.valid) covered
        from responsibility r join worker w on w.id = r.worker_id and w.deleted_at is null
        join shift s on s.worker_id = w.id and s.deleted_at is null and s.during && r.valid
          and s.during && tstzrange(cast(:since as timestamptz), cast(:until as timestamptz))
        where r.area_id = g.id and r.deleted_at is null and w.id <> all(cast(:left_out as uuid[]))
        group by s.id, w.id) t) planned
    where not :only_gaps or not isempty(wanted.times - planned.periods)
    order by g.code, g.id limit :limit + 1),
  shown as (select * from page order by code, id limit :limit)
  select (select coalesce(json_agg(item order by code, id), '[]') from shown) items,
         (select count(*) from page) n,
         (select array[code, id::text] from shown order by code desc, id desc limit 1) last_key
""",
        is_visible=area_visibility(AreaVersion.area_id, AreaVersion),
        lies_within=lies_within(AreaVersion.path),
    ),
    worker="names of the workers of a visible grid",
)


@dataclass(frozen=True, slots=True)
class RosterFilter:
    """Period, hours and grids of a roster (the list of grids with shifts and gaps).

    Attributes:
        within: Only grids in or under this area.
        grid_ids: Only these grids; None: all.
        left_out: Workers whose shifts do not count when gaps are computed.
        only_gaps: Only grids with a gap.
    """

    since: datetime
    until: datetime
    wanted: Sequence[Span]
    within: UUID | None = None
    grid_ids: Sequence[UUID] | None = None
    left_out: Sequence[UUID] = ()
    only_gaps: bool = False


def roster(
    session: Session,
    actor: Actor,
    filters: RosterFilter,
    *,
    now: datetime,
    after: list[str] | None = None,
    limit: int,
) -> RowMapping:
    """Return a page of the grids where the actor may read workers, by (code, id).

    Each grid has its responsible workers, their planned shifts, and the gaps in which nobody is planned.
    """
    after_code, after_id = after or (None, None)
    binds = visibility_binds(actor, now, Permission.WORKER_READ)
    binds |= {
        "since": filters.since,
        "until": filters.until,
        "wanted": _multirange(filters.wanted),
        "within": filters.within,
        "grid_ids": None if filters.grid_ids is None else list(filters.grid_ids),
        "left_out": list(filters.left_out),
        "only_gaps": filters.only_gaps,
    }
    binds |= {"after_code": after_code, "after_id": after_id, "limit": limit}
    return session.execute(_ROSTER, binds).mappings().one()


def _multirange(spans: Sequence[Span]) -> str:
    return "{" + ",".join(f"[{since.isoformat()},{until.isoformat()})" for since, until in spans) + "}"


# The workers who are on duty or planned to be: duty, shift and substitution of now, and the first start in the shift.
_STATE = Fragment("""
  case when d.id is not null and s.id is null then 'unplanned'
       when d.id is not null and came.at > lower(s.during) + :tolerance then 'late'
       when d.id is not null then 'as_planned'
       when came.at is not null then 'left'
       else 'absent' end
""")
_ON_DUTY = Fragment(
    """
  with page as (
    select worker.name, worker.id, json_build_object(
      'id', worker.id, 'name', worker.name, 'state', {state}, 'on_duty', d.id is not null,
      'on_duty_since', lower(d.during),
      'shift', case when s.id is not null then json_build_object(
        'id', s.id, 'since', lower(s.during), 'until', upper(s.during), 'note', s.note) end,
      'late_s', case when s.id is not null then round(extract(epoch from greatest(
        coalesce(came.at, cast(:scope_now as timestamptz)) - lower(s.during), interval '0'))) end,
      'substituted_by', case when u.id is not null then json_build_object(
        'id', b.id, 'name', b.name, 'until', upper(u.during)) end,
      'open_work', coalesce(l.open_work, 0), 'capacity', worker.capacity,
      'position_age_s', case when d.id is not null
        then round(extract(epoch from cast(:scope_now as timestamptz) - wp.at)) end,
      'has_device', exists (
        select 1 from device v join session t on t.device_id = v.id
        where v.account_id = worker.id and v.revoked_at is null and t.revoked_at is null
          and t.expires_at > cast(:scope_now as timestamptz)),
      'grids', (
        select coalesce(json_agg(json_build_object(
          'id', g.area_id, 'code', g.code, 'name', g.name, 'role', r.role,
          'covered_by', (
            select coalesce(json_agg(json_build_object('id', cw.id, 'name', cw.name, 'role', cr.role)
                     order by cw.name, cw.id, cr.role), '[]')
            from responsibility cr join worker cw on cw.id = cr.worker_id and cw.deleted_at is null
            join duty cd on cd.worker_id = cw.id and cd.deleted_at is null
              and cd.during @> cast(:scope_now as timestamptz)
            where cr.area_id = g.area_id and cr.deleted_at is null
              and cr.valid @> cast(:scope_now as timestamptz))) order by g.code, r.role), '[]')
        from responsibility r join area_version g on g.area_id = r.area_id and upper_inf(g.valid)
        where r.worker_id = worker.id and r.deleted_at is null and r.valid @> cast(:scope_now as timestamptz)))
      item
    from worker
    left join worker_load l on l.worker_id = worker.id
    left join worker_position wp on wp.worker_id = worker.id
    left join duty d on d.worker_id = worker.id and d.deleted_at is null
      and d.during @> cast(:scope_now as timestamptz)
    left join shift s on s.worker_id = worker.id and s.deleted_at is null
      and s.during @> cast(:scope_now as timestamptz)
    left join substitution u on u.worker_id = worker.id and u.deleted_at is null
      and u.during @> cast(:scope_now as timestamptz)
    left join worker b on b.id = u.substitute_id
    left join lateral (
      select min(lower(c.during)) at from duty c
      where c.worker_id = worker.id and c.deleted_at is null and c.during && s.during and not isempty(c.during)
      ) came on true
    where worker.deleted_at is null and (d.id is not null or s.id is not null or u.id is not null)
      and {is_visible} and {works_within}
      and (cast(:states as text[]) is null or {state} = any(cast(:states as text[])))
      and (cast(:after_name as text) is null
           or (worker.name, worker.id) > (:after_name, cast(:after_id as uuid)))
    order by worker.name, worker.id limit :limit + 1),
  shown as (select * from page order by name, id limit :limit)
  select (select coalesce(json_agg(item order by name, id), '[]') from shown) items,
         (select count(*) from page) n,
         (select array[name, id::text] from shown order by name desc, id desc limit 1) last_key
""",
    state=_STATE,
    is_visible=worker_visibility(),
    works_within=works_within(),
)


def on_duty(
    session: Session,
    actor: Actor,
    *,
    now: datetime,
    tolerance: timedelta,
    within: UUID | None,
    states: Sequence[str] | None,
    after: list[str] | None,
    limit: int,
) -> RowMapping:
    """Return a page of the workers who are on duty, should be, or have a substitute now.

    Only workers whom the actor may read are returned. The page is sorted by (name, id) and has no locations.

    Args:
        tolerance: How long after the start of the shift a worker is not late.
        states: Only workers in these states of attendance; None: all.
    """
    after_name, after_id = after or (None, None)
    binds = visibility_binds(actor, now, Permission.WORKER_READ, includes_self=True)
    binds |= {"within": within, "tolerance": tolerance, "limit": limit}
    binds |= {"states": None if states is None else list(states)}
    binds |= {"after_name": after_name, "after_id": after_id}
    return session.execute(_ON_DUTY, binds).mappings().one()


# --- shifts by the sheet --------------------------------------------------------------------

_NAMES = bindparam("names", None, ARRAY(Text()))
_USERNAME = func.lower(Account.username)
_LOCK_WORKERS_NAMED = (
    select(Worker.id, _USERNAME.label("username"))
    .join(Account, Account.id == Worker.id)
    .where(
        Worker.deleted_at.is_(None),
        worker_visibility(),
        or_(any_(_NAMES) == _USERNAME, cast(Worker.id, Text) == any_(_NAMES)),
    )
    .order_by(Worker.id)
    .with_for_update(key_share=True, of=Worker)
)


def lock_workers_named(
    session: Session, actor: Actor, names: Sequence[str], *, now: datetime
) -> dict[str, UUID]:
    """Lock the workers named in a sheet of shifts, and return their ids by name.

    Each name is a user name in lower case, or an id. Workers outside the actor's scope are left out. The keys of the result are
    the user name and the id of each worker.
    """
    binds = visibility_binds(actor, now, Permission.WORKER_EDIT) | {"names": list(names)}
    result: dict[str, UUID] = {}
    for row in session.execute(_LOCK_WORKERS_NAMED, binds):
        result |= {row.username: row.id, str(row.id): row.id}
    return result


_SHIFTS_OF = select(
    Shift.id,
    Shift.worker_id,
    start_of(Shift.during).label("since"),
    end_of(Shift.during).label("until"),
    Shift.note,
).where(
    Shift.worker_id == any_(bindparam("worker_ids", type_=ARRAY(Uuid()))),
    Shift.deleted_at.is_(None),
    Shift.during.overlaps(period()),
)


def shifts_of(
    session: Session, worker_ids: Sequence[UUID], *, since: datetime, until: datetime
) -> list[KnownShift]:
    """Return the planned shifts of workers that overlap a period."""
    binds = {"worker_ids": list(worker_ids), "since": since, "until": until}
    return [KnownShift(**row) for row in session.execute(_SHIFTS_OF, binds).mappings()]


# One statement for a sheet of thousands of rows.
_INSERT_SHIFTS = sql_text("""
  insert into shift (id, worker_id, during, note)
  select planned.id, planned.worker_id, tstzrange(planned.since, planned.until), planned.note
  from unnest(cast(:ids as uuid[]), cast(:worker_ids as uuid[]), cast(:since as timestamptz[]),
              cast(:until as timestamptz[]), cast(:notes as text[])) planned(id, worker_id, since, until, note)
""")
_SET_NOTES = sql_text("""
  update shift set note = changed.note
  from unnest(cast(:ids as uuid[]), cast(:notes as text[])) changed(id, note)
  where shift.id = changed.id
""")


def insert_shifts(session: Session, changes: Sequence[Change]) -> None:
    """Insert the new shifts of an imported sheet."""
    binds = {
        "ids": [change.shift_id for change in changes],
        "worker_ids": [change.worker_id for change in changes],
        "since": [change.row.since for change in changes],
        "until": [change.row.until for change in changes],
        "notes": [change.row.note for change in changes],
    }
    session.execute(_INSERT_SHIFTS, binds)


def set_notes(session: Session, changes: Sequence[Change]) -> None:
    """Update the notes of stored shifts that have another note in an imported sheet."""
    binds: dict[str, Any] = {"ids": [change.shift_id for change in changes]}
    session.execute(_SET_NOTES, binds | {"notes": [change.row.note for change in changes]})


_WORKER_ID = bindparam("worker_id", None, Uuid())
_SHEET = (
    select(
        Account.username.label("worker"),
        Worker.name,
        start_of(Shift.during).label("since"),
        end_of(Shift.during).label("until"),
        Shift.note,
    )
    .select_from(Shift)
    .join(Worker, Worker.id == Shift.worker_id)
    .join(Account, Account.id == Worker.id)
    .where(
        Shift.deleted_at.is_(None),
        Worker.deleted_at.is_(None),
        worker_visibility(),
        Shift.during.overlaps(period()),
        or_(_WORKER_ID.is_(None), Shift.worker_id == _WORKER_ID),
        works_within(),
    )
    .order_by(Account.username, start_of(Shift.during))
    .limit(bindparam("limit", None, Integer()) + literal_column("1"))
)


def sheet_of_shifts(
    session: Session, actor: Actor, filters: ShiftFilter, *, now: datetime, limit: int
) -> list[dict[str, Any]]:
    """Return the planned shifts of workers whom the actor may edit, for a CSV file.

    They are sorted by worker and start. At most `limit` + 1 shifts are returned. The last one shows the caller that there
    are more than `limit`.
    """
    binds = visibility_binds(actor, now, Permission.WORKER_EDIT) | asdict(filters) | {"limit": limit}
    return [dict(row) for row in session.execute(_SHEET, binds).mappings()]
