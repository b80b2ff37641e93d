"""SQL of signals as one relation: stored by runs, read, mapped, answered, filtered by what the actor may see."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from app.core.actor import Actor, Permission
from app.core.db import sql_text
from app.core.ids import uuid7
from app.core.sentences_sql import with_singular
from app.households import service as households
from app.incidents import service as incidents
from app.signals.rules.signals import KINDS, DetectedSignal, SignalSelection
from app.workforce import scope

# Where the area stands now, or stood last.
_AREA = """(select v.path, v.code, v.level, v.name, v.geom from area_version v where v.area_id = t.area_id
  order by upper_inf(v.valid) desc, lower(v.valid) desc limit 1)"""

# Where the members lie is drawn, and the area is the deepest that holds them all.
_DRAWN_KINDS = ("cluster", "unclassified")
_LAST = """(select t.* from signal_state t where t.signal_id = s.id order by t.occurred_at desc, t.id desc limit 1)"""


def _kinds() -> str:
    rows = ", ".join(
        f"('{k.code}', '{k.member}', '{k.cadence}', '{k.en.replace(chr(39), chr(39) * 2)}', '{k.zh}')"
        for k in KINDS.values()
    )
    return f"(values {rows}) k(kind, member, cadence, en, zh)"


def relation(clause: "SignalVisibility") -> str:
    """SQL for all signals with all that is said of them; `members` counts those that this reader may see."""
    return f"""
      (select s.id, s.kind, s.jurisdiction_id, t.area_id, t.subject, t.member_ids, t.figure, t.expected, t.p_value,
         t.strength, t.since, t.until, s.first_seen, s.ended_at, k.member, a.path,
         cast(extract(epoch from greatest(t.occurred_at, s.ended_at)) as bigint) version,
         coalesce(s.last_seen, (select max(r.occurred_at) from signal_run r
           where r.jurisdiction_id = s.jurisdiction_id and r.cadence = k.cadence and s.kind <> all(r.failed))) last_seen,
         (select r.seed from signal_run r where r.id = t.run_id) seed,
         a.code area_code, a.level area_level, a.name ->> 'zh' area_name_zh, a.name ->> 'en' area_name_en,
         coalesce(t.place, a.geom) place,
         {with_singular(_ENGLISH)} sentence_en,
         format(k.zh, coalesce(a.name ->> 'zh', a.code), {_number("t.figure")}, {_number("t.expected")},
                coalesce(t.subject ->> 'zh', '-'), coalesce(t.subject ->> 'beside_zh', '')) sentence_zh,
         (select json_build_object('done', w.done, 'at', w.occurred_at) from signal_answer w
          where w.signal_id = s.id order by w.occurred_at desc, w.id desc limit 1) answer,
         {clause.count} members
       from signal s join {_kinds()} on k.kind = s.kind cross join lateral {_LAST} t cross join lateral {_AREA} a)
    """


def _number(column: str) -> str:
    """As people write it: whole, or with one digit."""
    return f"trim_scale(round(cast({column} as numeric), 1))"


_ENGLISH = f"""format(k.en, coalesce(a.name ->> 'en', a.code), {_number("t.figure")}, {_number("t.expected")},
  coalesce(t.subject ->> 'en', '-'), coalesce(t.subject ->> 'beside_en', ''))"""


@dataclass(frozen=True, slots=True)
class SignalVisibility:
    """What a reader may see: `signals` on `z`, a row of the relation; `rows` by kind of member, as SQL of their ids."""

    signals: str
    rows: dict[str, str]
    binds: dict[str, Any]

    @property
    def count(self) -> str:
        cases = " ".join(
            f"when '{member}' then (select count(*) from ({sql}) m)" for member, sql in self.rows.items()
        )
        return f"case k.member {cases} end"


def visibility_of(actor: Actor, now: datetime) -> SignalVisibility:
    """Signals of places where the actor directs, of which she may see a member; what lies in several areas, of which none
    is the signal's own (a cluster, a pile), is known to whoever directs a part. Of cases she counts those that she directs
    and that are neither confidential nor about somebody; of households those whose register she reads."""
    # Homes, too, are counted by the grants that direct: what another grant shows elsewhere is no member.
    actor = actor.holding(Permission.INCIDENT_DIRECT) or actor
    directed, binds = scope.reach(actor, Permission.INCIDENT_DIRECT, "z.path", now=now)
    of_cases, case_binds = incidents.directed_ordinary(actor, now)
    of_homes, home_binds = households.on_maps(actor, "h.scope_path", now)
    rows = {
        "incident": f"""select i.id from incident i where i.id = any(t.member_ids) and i.deleted_at is null
                        and {of_cases}""",
        "household": f"""select h.id from household h where h.id = any(t.member_ids) and h.deleted_at is null
                         and {of_homes}""",
        "area": "select v.area_id id from area_version v where v.area_id = any(t.member_ids) and upper_inf(v.valid)",
    }
    drawn_kinds = ", ".join(f"'{kind}'" for kind in _DRAWN_KINDS)
    return SignalVisibility(
        f"(({directed} or z.kind in ({drawn_kinds})) and z.members > 0)",
        rows,
        binds | case_binds | home_binds,
    )


def _narrowed(clause: SignalVisibility, selection: SignalSelection) -> tuple[str, dict[str, Any]]:
    """Return the condition on rows `z` of the relation for a listing, and its binds."""
    conditions, binds = [clause.signals], dict(clause.binds)
    if selection.within is not None:
        conditions.append(
            "z.path <@ (select v.path from area_version v where v.area_id = :within and upper_inf(v.valid))"
        )
        binds["within"] = selection.within
    if selection.kinds:
        conditions.append("z.kind = any(cast(:kind as text[]))")
        binds["kind"] = list(selection.kinds)
    if selection.state != "all":
        conditions.append(f"z.ended_at is {'' if selection.state == 'standing' else 'not '}null")
    return " and ".join(conditions), binds


_ITEM = """
  json_build_object(
    'id', z.id, 'kind', z.kind, 'sentence', json_build_object('en', z.sentence_en, 'zh', z.sentence_zh),
    'area', json_build_object('id', z.area_id, 'code', z.area_code, 'level', z.area_level,
      'name', json_build_object('zh', z.area_name_zh, 'en', z.area_name_en)),
    'subject', z.subject, 'strength', z.strength,
    'figure', json_build_object('value', z.figure, 'expected', z.expected, 'p_value', z.p_value, 'seed', z.seed),
    'since', z.since, 'until', z.until,
    'first_seen', z.first_seen, 'last_seen', z.last_seen, 'ended_at', z.ended_at, 'answer', z.answer,
    'members', json_build_object('count', z.members, 'members', :prefix || z.id || '/members'),
    'acts', json_build_array(json_build_object('act', 'acknowledge', 'path', :prefix || z.id || '/acknowledge')),
    'place', ST_AsGeoJSON(ST_ForcePolygonCCW(z.place), 7)::json)
"""


def visible_page(
    session: Session,
    actor: Actor,
    selection: SignalSelection,
    *,
    now: datetime,
    after: list[str] | None,
    limit: int,
    prefix: str,
) -> RowMapping:
    """Return a page of signals, the strongest first.

    Columns: `items` (JSON), `n` (one more than `limit` if more follow), `last_key`. `prefix`: of the paths of signals.
    """
    clause = visibility_of(actor, now)
    condition, binds = _narrowed(clause, selection)
    if after:
        condition += " and (-z.strength, z.id) > (cast(:after_strength as float8), cast(:after_id as uuid))"
        binds |= {"after_strength": after[0], "after_id": after[1]}
    sql = f"""
      with page as materialized (
        select z.* from {relation(clause)} z where {condition} order by -z.strength, z.id limit :limit + 1),
      shown as (select * from page order by -strength, id limit :limit)
      select (select coalesce(json_agg({_ITEM} order by -z.strength, z.id), '[]') from shown z) items,
             (select count(*) from page) n,
             (select array[cast(-strength as text), id::text] from shown order by -strength desc, id desc limit 1) last_key
    """
    return session.execute(sql_text(sql), binds | {"limit": limit, "prefix": prefix}).mappings().one()


def visible_signal(
    session: Session, actor: Actor, signal_id: UUID, *, now: datetime, prefix: str
) -> RowMapping | None:
    """A signal that the actor may know of: `kind`, `body`, its jurisdiction's code, and its members by id."""
    clause = visibility_of(actor, now)
    sql = f"""
      select z.kind, {_ITEM} body, (select j.code from jurisdiction j where j.id = z.jurisdiction_id) code,
        (select coalesce(json_agg(json_build_object('done', w.done, 'words', w.words, 'at', w.occurred_at,
             'told', w.told, 'unheard', w.unheard, 'by',
             json_build_object('id', w.account_id, 'name', (select a.name from account a where a.id = w.account_id)))
             order by w.occurred_at, w.id), '[]') from signal_answer w where w.signal_id = z.id) answers
      from {relation(clause)} z where z.id = :signal_id and {clause.signals}
    """
    binds = clause.binds | {"signal_id": signal_id, "prefix": prefix}
    return session.execute(sql_text(sql), binds).mappings().one_or_none()


# What was said, for who directs the case: what a pile is about is told nowhere else.
_REPORT_WORDS = "(select left(r.words, 200) from report r where r.id = x.id)"
# How often a case was reported: in the days of a cluster, which counts no others, else in all.
_REPORTS = """case when t.kind = 'cluster'
  then (select count(*) from report r where r.incident_id = x.id
    and case when r.id = x.id then x.reported_at else r.received_at end between t.since and t.until - interval '1 microsecond')
  else x.report_count end"""
_MEMBER_COLUMNS = {
    "incident": (
        "incident x",
        "'incident'",
        "x.case_no",
        "cast(null as jsonb)",
        _REPORT_WORDS,
        _REPORTS,
        "incidents/",
    ),
    "household": ("household x", "'household'", "null", "cast(null as jsonb)", "null", "null", "households/"),
    "area": ("area_version x", "x.level", "x.code", "x.name", "null", "null", "areas/"),
}


def members(
    session: Session,
    actor: Actor,
    signal_id: UUID,
    *,
    kind: str,
    after: list[str] | None,
    limit: int,
    prefix: str,
    now: datetime,
) -> RowMapping:
    """A page of exactly the rows that the reader's count counts, by id: `items` as JSON bytes, `n`, `last_key`."""
    member = KINDS[kind].member
    clause = visibility_of(actor, now)
    table, level, code, name, words, reports, href = _MEMBER_COLUMNS[member]
    key = "x.area_id = m.id and upper_inf(x.valid)" if member == "area" else "x.id = m.id"
    sql = f"""
      with t as materialized (
        select t.member_ids, t.since, t.until, s.kind from signal s cross join lateral {_LAST} t where s.id = :signal_id),
      page as materialized (
        select m.id from t cross join lateral ({clause.rows[member]}) m
        where cast(:after_id as uuid) is null or m.id > cast(:after_id as uuid) order by m.id limit :limit + 1),
      shown as (select id from page order by id limit :limit)
      select (select coalesce(json_agg(json_build_object('id', m.id, 'kind', {level}, 'code', {code}, 'name', {name},
                'words', {words}, 'reports', {reports}, 'href', :prefix || '{href}' || m.id) order by m.id), '[]')
              from t cross join shown m join {table} on {key}) items,
             (select count(*) from page) n, (select array[id::text] from shown order by id desc limit 1) last_key
    """
    binds = clause.binds | {
        "signal_id": signal_id,
        "after_id": after[0] if after else None,
        "limit": limit,
        "prefix": prefix,
    }
    return session.execute(sql_text(sql), binds).mappings().one()


def member_ids(session: Session, actor: Actor, signal_id: UUID, *, now: datetime) -> list[UUID]:
    """Return the ids of the signal's cases the actor may see."""
    clause = visibility_of(actor, now)
    sql = f"""
      select m.id from signal s cross join lateral {_LAST} t cross join lateral ({clause.rows["incident"]}) m
      where s.id = :signal_id
    """
    return list(session.scalars(sql_text(sql), clause.binds | {"signal_id": signal_id}))


# --- runs --------------------------------------------------------------------------------------


def lock_jurisdiction(session: Session, jurisdiction_id: UUID) -> bool:
    """Take the advisory lock for storing signals of the jurisdiction. False if another run holds it."""
    sql = "select pg_try_advisory_xact_lock(hashtextextended(:name, 0))"
    return bool(session.scalar(text(sql), {"name": f"signals {jurisdiction_id}"}))


def last_run(session: Session, jurisdiction_id: UUID, cadence: str) -> datetime | None:
    sql = "select max(occurred_at) from signal_run where jurisdiction_id = :j and cadence = :cadence"
    occurred_at: datetime | None = session.scalar(text(sql), {"j": jurisdiction_id, "cadence": cadence})
    return occurred_at


def standing_signals(session: Session, jurisdiction_id: UUID, kinds: Sequence[str]) -> Sequence[RowMapping]:
    sql = f"""
      select s.id, s.kind, s.key, t.member_ids from signal s cross join lateral {_LAST} t
      where s.jurisdiction_id = :j and s.kind = any(cast(:kinds as text[])) and s.ended_at is null order by s.id
    """
    return session.execute(text(sql), {"j": jurisdiction_id, "kinds": list(kinds)}).mappings().all()


def insert_run(session: Session, values: dict[str, Any]) -> None:
    sql = """
      insert into signal_run (id, jurisdiction_id, profile_version_id, cadence, occurred_at, seed, found, began, ended, failed)
      values (:id, :jurisdiction_id, :profile_version_id, :cadence, :occurred_at, :seed, :found, :began, :ended,
        cast(:failed as text[]))
    """
    session.execute(text(sql), values)


# Members that lie together are drawn around; where an area is not named it is the deepest that holds them all.
_STORE_STATES = """
  with given as materialized (
    select * from unnest(cast(:ids as uuid[]), cast(:state_ids as uuid[]), cast(:kinds as text[]), cast(:keys as text[]),
      cast(:area_ids as uuid[]), cast(:subjects as jsonb[]), cast(:members as text[]), cast(:figures as float8[]),
      cast(:expecteds as float8[]), cast(:ps as float8[]), cast(:strengths as float8[]), cast(:sinces as timestamptz[]),
      cast(:untils as timestamptz[]))
      g(id, state_id, kind, key, area_id, subject, members, figure, expected, p_value, strength, since, until)),
  placed as materialized (
    select g.*, cast(g.members as uuid[]) member_ids, l.drawn, coalesce(g.area_id, l.holds) lies_in
    from given g left join lateral (
      select case when g.kind = any(cast(:drawn as text[]))
               then ST_Multi(ST_Buffer(ST_ConvexHull(ST_Collect(i.location)), 0.0005, 2)) end drawn,
             (select v.area_id from area_version v where upper_inf(v.valid)
                and v.path @> lca(array_agg(i.scope_path || 'x')) order by nlevel(v.path) desc limit 1) holds
      from incident i where i.id = any(cast(g.members as uuid[])) and i.scope_path is not null)
      l on g.area_id is null or g.kind = any(cast(:drawn as text[]))),
  stands as materialized (
    select s.id, p.state_id from placed p join signal s
      on s.jurisdiction_id = :jurisdiction_id and s.kind = p.kind and s.key = p.key and s.ended_at is null),
  begun as (
    insert into signal (id, jurisdiction_id, kind, key, first_seen)
    select p.id, :jurisdiction_id, p.kind, p.key, :now from placed p
    where p.lies_in is not null and p.state_id not in (select state_id from stands) returning id),
  says as (
    select coalesce(t.id, p.id) signal_id, p.* from placed p left join stands t on t.state_id = p.state_id
    where t.id is not null or p.id in (select id from begun))
  insert into signal_state (id, signal_id, run_id, area_id, subject, member_ids, figure, expected, p_value, strength,
    since, until, place, occurred_at)
  select n.state_id, n.signal_id, :run_id, n.lies_in, n.subject, n.member_ids, n.figure, n.expected, n.p_value, n.strength,
    n.since, n.until, n.drawn, :now
  from says n where not exists (
    select 1 from (select * from signal_state t where t.signal_id = n.signal_id
                   order by t.occurred_at desc, t.id desc limit 1) t
    where (t.area_id, t.subject, t.member_ids, t.figure, t.expected, t.p_value)
      is not distinct from (n.lies_in, n.subject, n.member_ids, n.figure, n.expected, n.p_value))
"""
_BATCH_SIZE = 500


def store_states(
    session: Session,
    jurisdiction_id: UUID,
    detected: Sequence[DetectedSignal],
    *,
    run_id: UUID,
    now: datetime,
) -> None:
    """Insert signals that begin, and new states of standing ones. An unchanged state is not repeated."""
    for start in range(0, len(detected), _BATCH_SIZE):
        batch = detected[start : start + _BATCH_SIZE]
        values = {
            "ids": [uuid7() for _ in batch],
            "state_ids": [uuid7() for _ in batch],
            "kinds": [signal.kind for signal in batch],
            "keys": [signal.key for signal in batch],
            "area_ids": [signal.area_id for signal in batch],
            "subjects": [orjson.dumps(signal.subject, default=str).decode() for signal in batch],
            # An array of arrays would have to be as long in each: a list of ids as PostgreSQL writes it.
            "members": ["{" + ",".join(map(str, signal.members)) + "}" for signal in batch],
            "figures": [signal.figure for signal in batch],
            "expecteds": [signal.expected for signal in batch],
            "ps": [signal.p for signal in batch],
            "strengths": [signal.strength for signal in batch],
            "sinces": [signal.since for signal in batch],
            "untils": [signal.until for signal in batch],
        }
        shared = {
            "jurisdiction_id": jurisdiction_id,
            "drawn": list(_DRAWN_KINDS),
            "run_id": run_id,
            "now": now,
        }
        session.execute(sql_text(_STORE_STATES), values | shared)


def end_signals(session: Session, ids: Sequence[UUID], *, cadence: str, now: datetime) -> None:
    """End signals that are no longer detected; last seen by the last run before that looked for them."""
    sql = """
      update signal s set ended_at = :now, last_seen = greatest(first_seen, (
        select max(r.occurred_at) from signal_run r where r.jurisdiction_id = s.jurisdiction_id
          and r.cadence = :cadence and r.occurred_at < :now and s.kind <> all(r.failed)))
      where id = any(cast(:ids as uuid[]))
    """
    session.execute(text(sql), {"ids": list(ids), "cadence": cadence, "now": now})


def insert_answer(session: Session, values: dict[str, Any]) -> None:
    sql = """
      insert into signal_answer (id, signal_id, done, words, account_id, occurred_at, told, unheard)
      values (:id, :signal_id, :done, :words, :by, :now, :told, :unheard)
    """
    session.execute(text(sql), values)
