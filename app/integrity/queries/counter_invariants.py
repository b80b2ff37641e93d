"""Invariants of counters and periods, and the functions that check all invariants.

An invariant is a condition that all stored rows must meet. The tables here are assignments, workload of workers, duties,
areas, logs and media.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.core.db import Fragment
from app.core.erasures import chunks
from app.integrity.queries.invariants import Invariant

LISTED = 10
_BATCH = 2_000


COUNTER_INVARIANTS = (
    Invariant(
        "signals_say_something",
        "Every signal has a state since it was first seen, and an ended signal was last seen before its end.",
        """select s.id from signal s where s.first_seen is distinct from (
             select min(t.occurred_at) from signal_state t where t.signal_id = s.id)
           or s.last_seen < s.first_seen or s.ended_at < s.last_seen""",
    ),
    Invariant(
        "signals_count_their_members",
        "The figure of a signal of cases or households equals the number of its members, each counted once; that of a "
        "cluster counts reports, at least one for each member.",
        """select t.id from signal_state t join signal s on s.id = t.signal_id
           where s.kind <> 'unheard' and (
             case when s.kind = 'cluster' then t.figure < cardinality(t.member_ids)
               else t.figure <> cardinality(t.member_ids) end
             or cardinality(t.member_ids) <> (select count(distinct m) from unnest(t.member_ids) m))""",
    ),
    Invariant(
        "one_active_attempt",
        "A case has at most one active assignment for each role, and of joint parts one for each unit.",
        """select incident_id from assignment where state in {active_states}
           group by incident_id, role, case when role = 'joint' then unit_id end having count(*) > 1""",
    ),
    Invariant(
        "boards_equal_open_cases",
        "The row of an open case that boards count equals the case, its attempt and its running deadlines.",
        """select coalesce(o.id, s.id) id from open_case o full join (
             select i.id, i.scope_path, i.status, (
               select a.state from assignment a where a.incident_id = i.id and a.state in {active_states}
                 and a.role = case when i.status in ('collected', 'verifying') then 'verify'
                                   when i.status in ('fed_back', 'checking') then 'check' else 'handle' end) attempt,
               i.waiting_reason, i.owner_unit_id, i.about_kind, i.about_id, i.priority = 1 is_urgent,
               i.waiting_since is not null is_waiting, i.supervised_at is not null is_supervised,
               i.extension_asked_at is not null is_extension_asked, i.reported_at, i.due_at, l.*
             from incident i cross join lateral (
               select max(d.due_at) filter (where d.warned_at is not null) warned_until,
                 min(d.due_at) filter (where d.stage not in ('handle', 'verify')) stage_due_at,
                 min(d.due_at) filter (where d.stage = 'verify') verify_due_at,
                 coalesce(bool_or(d.escalated > 0), false) is_escalated
               from deadline d where d.incident_id = i.id and d.stopped_at is null and d.paused_at is null
                 and d.deleted_at is null) l
             where {is_open}) s on s.id = o.id
           where (o.id, o.scope_path, o.status, o.attempt, o.waiting_reason, o.owner_unit_id, o.about_kind, o.about_id,
                  o.is_urgent, o.is_waiting, o.is_supervised, o.is_extension_asked, o.reported_at, o.due_at,
                  o.warned_until, o.stage_due_at, o.verify_due_at, o.is_escalated)
             is distinct from
                 (s.id, s.scope_path, s.status, s.attempt, s.waiting_reason, s.owner_unit_id, s.about_kind, s.about_id,
                  s.is_urgent, s.is_waiting, s.is_supervised, s.is_extension_asked, s.reported_at, s.due_at,
                  s.warned_until, s.stage_due_at, s.verify_due_at, s.is_escalated)""",
    ),
    Invariant(
        "boards_count_the_open_cases",
        "The numbers that are kept for boards, with the changes since, are those of the open cases.",
        "select concat(dimension, ' ', value, ' in ', scope_path) from open_case_count_differences()",
    ),
    Invariant(
        "load_is_the_open_work",
        "A worker's load is the number of their active assignments.",
        """select w.id from worker w left join worker_load l on l.worker_id = w.id
           where l.open_work is distinct from (
             select count(*) from assignment a
             where a.worker_id = w.id and a.state in {active_states})""",
    ),
    Invariant(
        "tiles_count_the_cases",
        "The numbers of cases that are kept for map tiles are those of the cases.",
        "select concat('cell ', x, ' ', y) from tile_case_differences()",
    ),
    Invariant(
        "offers_belong_to_attempts",
        "A live offer belongs to an offered assignment of the same case and worker, or to an open one of the case.",
        """select o.id from offer o join assignment a on a.id = o.assignment_id where o.state = 'offered'
           and (a.incident_id <> o.incident_id or not (
             a.state = 'offered' and a.worker_id = o.worker_id or a.state = 'open' and a.worker_id is null))""",
    ),
    Invariant(
        "offered_means_a_live_offer",
        "An offered or open assignment has a live offer; an accepted one names its worker, a queued one "
        "its unit.",
        """select a.id from assignment a
           where a.state in ('offered', 'open') and not exists (
                   select 1 from offer o where o.assignment_id = a.id and o.state = 'offered')
              or a.state in {held_states} and (a.account_id is null or a.accepted_at is null)
              or a.state = 'en_route' and a.en_route_at is null or a.state = 'on_scene' and a.on_scene_at is null
              or a.state = 'queued' and a.unit_id is null
              or (a.state in {active_states}) <> (a.ended_at is null)""",
    ),
    Invariant(
        "attempts_have_a_case",
        "Every assignment, offer and dispatch run belongs to an existing case.",
        """select t.id from (
             select id, incident_id from assignment union all select id, incident_id from offer
             union all select id, incident_id from dispatch_run) t
           where not exists (select 1 from incident i where i.id = t.incident_id)""",
    ),
    Invariant(
        "duty_does_not_overlap",
        "No worker has two duties at the same time.",
        """select id from (
             select id, during period, range_agg(during) over (
               partition by worker_id order by lower(during), id rows between unbounded preceding and 1 preceding) before
             from duty where not isempty(during)) t
           where period && before""",
    ),
    Invariant(
        "responsibility_does_not_overlap",
        "No worker has the same responsibility twice at the same time.",
        """select id from (
             select id, valid period, range_agg(valid) over (
               partition by worker_id, area_id, role order by lower(valid), id
               rows between unbounded preceding and 1 preceding) before
             from responsibility where not isempty(valid)) t
           where period && before""",
    ),
    Invariant(
        "absences_do_not_overlap",
        "No worker has two substitutes at the same time.",
        """select id from (
             select id, during period, range_agg(during) over (
               partition by worker_id order by lower(during), id rows between unbounded preceding and 1 preceding) before
             from substitution where deleted_at is null and not isempty(during)) t
           where period && before""",
    ),
    Invariant(
        "area_versions_do_not_overlap",
        "An area has one version at a time.",
        """select id from (
             select id, valid period, range_agg(valid) over (
               partition by area_id order by lower(valid), id rows between unbounded preceding and 1 preceding) before
             from area_version where not isempty(valid)) t
           where period && before""",
    ),
    Invariant(
        "area_codes_do_not_overlap",
        "A code names one area at a time in a jurisdiction.",
        """select id from (
             select id, valid period, range_agg(valid) over (
               partition by jurisdiction_id, code order by lower(valid), id
               rows between unbounded preceding and 1 preceding) before
             from area_version where not isempty(valid)) t
           where period && before""",
    ),
    Invariant(
        "siblings_do_not_overlap",
        "Neighbouring areas overlap by at most one square metre.",
        # By the index of shapes: of thousands of siblings each pair would be looked at.
        """select a.area_id from area_version a cross join lateral (
             select n.area_id, n.parent_id, n.geom from area_version n
             where upper_inf(n.valid) and n.geom && a.geom offset 0) b
           where upper_inf(a.valid) and b.parent_id = a.parent_id and b.area_id > a.area_id
             and ST_Intersects(a.geom, b.geom) and not ST_Touches(a.geom, b.geom)
             and ST_Area(cast(ST_CollectionExtract(ST_Intersection(a.geom, b.geom), 3) as geography)) > 1""",
    ),
    Invariant(
        "area_paths_are_whole",
        "An area's path is its parent's path and its own id; an area that has not been retired has a present version.",
        """select v.area_id from area_version v
           left join area_version p on p.area_id = v.parent_id and upper_inf(p.valid)
           where upper_inf(v.valid) and v.path is distinct from case when v.parent_id is null
             then text2ltree(replace(v.area_id::text, '-', '')) else p.path || replace(v.area_id::text, '-', '') end
           union all
           select a.id from area a where (a.deleted_at is null) <> exists (
             select 1 from area_version v where v.area_id = a.id and upper_inf(v.valid))""",
    ),
    Invariant(
        "premises_in_their_grid",
        "A premises lies in the present shape of its grid and is looked after from there.",
        """select p.id from premises p left join area_version v on v.area_id = p.grid_id and upper_inf(v.valid)
           where p.deleted_at is null and p.grid_id is not null and not coalesce(
             v.path = p.scope_path and v.geom && p.location and ST_Covers(v.geom, p.location), false)""",
    ),
    Invariant(
        "register_hangs_together",
        "A household lies where its premises does, which were not merged; residents, care tags, consents and visits where "
        "it does, and those of a resident in the resident's household.",
        """select h.id from household h join premises p on p.id = h.premises_id
           where h.grid_id is distinct from p.grid_id or h.scope_path is distinct from p.scope_path
             or (p.merged_into is not null and h.deleted_at is null)
           union all
           select x.id from (
             select id, household_id, resident_id from care_tag
             union all select id, household_id, resident_id from consent) x
           join resident r on r.id = x.resident_id where r.household_id <> x.household_id
           union all
           select r.id from resident r join household h on h.id = r.household_id
           where r.grid_id is distinct from h.grid_id or r.scope_path is distinct from h.scope_path
           union all
           select x.id from (
             select id, household_id, grid_id from care_tag
             union all select id, household_id, grid_id from consent
             union all select id, household_id, grid_id from visit) x
           join household h on h.id = x.household_id where x.grid_id is distinct from h.grid_id""",
    ),
    Invariant(
        "component_in_its_grid",
        "A component of the register lies in the present shape of its grid and is looked after from there.",
        """select c.id from component c left join area_version v on v.area_id = c.grid_id and upper_inf(v.valid)
           where c.deleted_at is null and c.grid_id is not null and not coalesce(
             v.path = c.scope_path and v.geom && c.location and ST_Covers(v.geom, c.location), false)""",
    ),
    Invariant(
        "located_on_duty_only",
        "The newest position of a worker, and each of the last day, was stored while the worker was on duty.",
        """select distinct p.worker_id from (
             select worker_id, at from worker_position union all
             select worker_id, at from position where at >= cast(:now as timestamptz) - interval '1 day') p
           where not exists (select 1 from duty d where d.worker_id = p.worker_id and d.deleted_at is null
                             and d.during @> p.at)""",
    ),
    Invariant(
        "operations_have_their_case",
        "An applied report belongs to an existing case.",
        """select o.key from applied_op o where o.route = 'incidents' and not exists (
             select 1 from incident i where i.id = cast(o.result ->> 'incident_id' as uuid))""",
    ),
    Invariant(
        "changes_are_logged",
        "The last step of every case is in the change log, as far back as the log goes.",
        """select i.id from incident i
           where i.area_id is not null and (
             select max(e.xid) from incident_event e where e.incident_id = i.id) >= (select min(xid) from change_log)
           and not exists (select 1 from change_log c
                           where c.bucket = coalesce('grid:' || i.grid_id, 'area:' || i.area_id)
                             and c.entity = 'incident' and c.row_id = i.id)""",
    ),
    Invariant(
        "media_tell_what_they_are",
        "A photo or voice note that is ready says what it is; one that is looked at or sent has the book of its upload.",
        """select m.id from media m left join media_upload u on u.media_id = m.id where
           m.state = 'ready' and (m.content_type is null or m.size is null or m.sha256 is null or m.completed_at is null)
           or m.state = 'refused' and m.completed_at is null
           or m.state in ('uploading', 'received') and m.deleted_at is null and u.media_id is null
           or m.erased and m.deleted_at is null""",
    ),
    Invariant(
        "media_received_are_whole",
        "A photo or voice note that has been received has all its bytes.",
        """select m.id from media m join media_upload u on u.media_id = m.id
           where m.state = 'received' and m.deleted_at is null and u.received <> m.declared_size""",
    ),
    Invariant(
        "media_parts_add_up",
        "The stored parts of an upload follow each other without a gap.",
        """select u.media_id from media_upload u join media m on m.id = u.media_id left join (
             select media_id, sum(size) total, bool_and(start = before) is_joined from (
               select media_id, start, size, coalesce(sum(size) over (
                 partition by media_id order by start rows between unbounded preceding and 1 preceding), 0) before
               from media_part) p group by media_id) p on p.media_id = u.media_id
           where m.state in ('uploading', 'received') and m.deleted_at is null
             and (coalesce(p.total, 0) <> u.received or not coalesce(p.is_joined, true))""",
    ),
    Invariant(
        "media_parts_have_an_upload",
        "Parts belong to a running upload, and are deleted at most a day after its end.",
        """select p.media_id from media_part p join media m on m.id = p.media_id where
           not exists (select 1 from media_upload u where u.media_id = p.media_id)
           or coalesce(m.completed_at, m.deleted_at) < cast(:now as timestamptz) - interval '1 day'""",
    ),
    Invariant(
        "media_hang_on_a_record",
        "Every attached file belongs to an existing case, visit or notice.",
        """select m.id from media m where m.deleted_at is null and m.admitted_by is not null
           and not exists (select 1 from incident i where i.id = m.incident_id)
           and not exists (select 1 from visit v where v.id = m.visit_id)
           and not exists (select 1 from notice n where n.id = m.notice_id)""",
    ),
    Invariant(
        "media_find_their_record",
        "A photo or voice note that was sent before its case or visit finds it within a month.",
        """select m.id from media m
           where m.deleted_at is null and m.admitted_by is null
             and m.created_at < cast(:now as timestamptz) - interval '30 days'
             and coalesce(m.incident_id, m.visit_id) is not null
             and not exists (select 1 from incident i where i.id = m.incident_id)
             and not exists (select 1 from visit v where v.id = m.visit_id)""",
        is_warning=True,
    ),
    Invariant(
        "jobs_do_not_fail",
        "No job of the queue has failed.",
        "select id from jobs.procrastinate_jobs where status = 'failed'",
        is_warning=True,
    ),
)

_VERSIONED = """
  select v.table_name from information_schema.columns v join information_schema.columns d
    on d.table_schema = 'public' and d.table_name = v.table_name and d.column_name = 'deleted_at'
  where v.table_schema = 'public' and v.column_name = 'version' order by v.table_name
"""


def versions(session: Session) -> Invariant:
    """Return the invariant that the column `version` is at least 1 in every row.

    It covers every table that has this column. The names of the tables are read from the database.
    """
    tables = session.scalars(text(_VERSIONED)).all()
    # The names come from the catalogue of the database.
    parts = [f"select id from {table} where version < 1" for table in tables]  # noqa: S608
    sentence = "Every row that can change has a version of at least 1."
    return Invariant("versions_count_up", sentence, " union all ".join(parts))


_OFFENDERS = """
  with offender as materialized (select cast(t.id as text) id from ({rows}) t(id))
  select (select count(*) from offender) n,
         (select coalesce(array_agg(id), '{}') from (select id from offender order by id limit :listed) first_offender) ids
"""


def offenders(session: Session, invariant: Invariant, *, now: datetime) -> tuple[int, Sequence[str]]:
    """Return the number of rows that violate an invariant, and at most `LISTED` of their ids."""
    statement = Fragment(_OFFENDERS, rows=invariant.statement)
    binds = {"listed": LISTED} | ({"now": now} if ":now" in invariant.sql else {})
    row = session.execute(statement, binds).one()
    return row.n, row.ids


def histories(session: Session) -> Iterator[tuple[UUID, str, list[tuple[str, str | None, str]]]]:
    """Yield the id, the present state and the ordered transitions of every case.

    A transition is a tuple: action, state before, state after. The rows are streamed from the database.
    """
    sql = """
      select i.id, i.status, coalesce(array_agg(array[e.action, e.from_status, e.to_status] order by e.seq)
                                      filter (where e.seq is not null), '{}') steps
      from incident i left join incident_event e on e.incident_id = i.id group by i.id
    """
    rows = session.execute(text(sql), execution_options={"yield_per": _BATCH})
    for row in rows:
        yield row.id, row.status, [(action, before, after) for action, before, after in row.steps]


_NOT_ERASED = {
    "resident": text("select id from resident where id = any(:ids) and erased_at is null"),
    "reporter": text("select id from reporter where id = any(:ids) and erased_at is null"),
}


def not_erased(session: Session, ids: Mapping[str, Iterable[UUID]]) -> list[UUID]:
    """Return the ids of residents and reporters that should be erased, but are not.

    `ids`: ids of the persons that should be erased, by kind (`resident` or `reporter`). Persons without a row count as
    erased.
    """
    violations: list[UUID] = []
    for kind, ids_of_kind in ids.items():
        for chunk in chunks(ids_of_kind, _BATCH):
            violations += session.scalars(_NOT_ERASED[kind], {"ids": chunk})
    return violations
