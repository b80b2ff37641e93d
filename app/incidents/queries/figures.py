"""Cases as figures count them: as they stand now, or as they were recorded then. Under what the actor directs."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson
from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.areas.rules.evaluation import Denominator
from app.areas.rules.profile_shape import LEVELS
from app.core.actor import Actor, Permission
from app.core.db import sql_text
from app.core.links import link
from app.incidents.queries.fields import LATE
from app.incidents.queries.visibility import NOT_CONFIDENTIAL, sight
from app.incidents.rules.measures import MEASURES, PARTS

# What each measure of rules/measures.py counts, of cases `f` whose base lies in the period.
_IS = {
    "accepted": "true",
    "filed": "f.status not in ('collected', 'verifying', 'not_filed')",
    "not_filed": "f.status = 'not_filed'",
    "due": "true",
    "deferred": "f.status = 'deferred'",
    "closed": "f.status = 'closed'",
    "force_closed": "f.status = 'force_closed'",
    "closed_on_time": "f.status = 'closed' and f.outcome = 'met'",
    "overdue": "f.is_late",
    "handled": "f.is_handled",
    "reworked": "f.is_handled and f.is_reworked",
}
# All of a case that the measures look at: cases that are alike in it are counted together.
_LOOKED_AT = ("base", "status", "outcome", "is_late", "is_handled", "is_reworked")

# One limit a case: what another category replaced does not count.
_LIMIT = """
  left join lateral (
    select d.due_at, d.outcome from deadline d
    where d.incident_id = i.id and d.stage = 'handle' and d.deleted_at is null and d.outcome is distinct from 'replaced'
    order by d.started_at desc, d.id desc limit 1) d on true"""

_NOW = f"""
  state as (
    select i.id, i.jurisdiction_id, i.profile_version_id, i.category, i.status, i.scope_path, i.owner_unit_id,
           i.about_kind, i.about_id, i.reported_at, d.due_at, d.outcome, i.handled_by is not null is_handled,
           i.rework_count
    from incident i {_LIMIT}
    where i.deleted_at is null and i.id in (
      select c.id from incident c where {{reported}} union select c.incident_id from deadline c where {{due}}))"""

# The last of what was recorded of each case. What has become confidential since, or about somebody, is for those who
# direct it now.
_THEN = """
  state as (
    select distinct on (h.incident_id) h.incident_id id, h.jurisdiction_id, h.profile_version_id, h.category, h.status,
           h.scope_path, h.owner_unit_id, h.about_kind, h.about_id, h.reported_at, h.due_at, h.outcome, h.is_handled,
           h.rework_count, h.is_deleted
    from incident_history h
    where {was_recorded} and h.incident_id in (
      select c.incident_id from incident_history c where {reported} or {due})
    order by h.incident_id, h.seq desc)"""
_STILL_HERS = (
    "not i.is_deleted and i.id in (select i.id from incident i where {less} and ({ordinary} or {clause}))"
)
# What a number beyond the newest transaction wrote is of an earlier life of the database: restored, and long past.
_SEEN = """(pg_visible_in_snapshot(h.xid, cast(:snapshot as pg_snapshot))
            or h.xid >= pg_snapshot_xmax(pg_current_snapshot()))"""


@dataclass(frozen=True, slots=True)
class Moment:
    """`at`: by what instant something is late. `snapshot`: what it had seen; else `is_past`: recorded by `at`; else now."""

    at: datetime
    snapshot: str | None = None
    is_past: bool = False


@dataclass(frozen=True, slots=True)
class Span:
    """Days, both of which count, under the name of a period. `part`: its day, week or month (`kind`) that begins so."""

    name: str
    first: date
    last: date
    kind: str | None = None
    part: str | None = None


@dataclass(frozen=True, slots=True)
class Counted:
    """Which cases of which place and time are counted. `part`: of the area; `lacks_level`: in no area of that level."""

    jurisdiction_id: UUID
    has_strays: bool
    zone: str
    since: datetime
    until: datetime
    area: UUID | None = None
    part: UUID | None = None
    lacks_level: str | None = None
    category: str | None = None
    kind: str | None = None
    unit: UUID | None = None
    unowned: bool | None = None


Ranges = Sequence[tuple[datetime, datetime]]


def _facts(
    actor: Actor, counted: Counted, moment: Moment, now: datetime, ranges: Ranges
) -> tuple[str, dict[str, Any]]:
    """CTEs up to `facts`, and their binds: one row for each case and base (reported, due) that lies in one of `ranges`.

    Whose cases they are is judged as of `now`, whatever moment is asked about.
    """
    seen = sight(actor, now, Permission.INCIDENT_DIRECT)
    conditions, binds = _conditions(counted)
    places = {name: _within(f"c.{name}_at", len(ranges)) for name in ("reported", "due")}
    if moment.snapshot is not None or moment.is_past:
        recorded = "h.recorded_at <= :now" if moment.snapshot is None else _SEEN
        state = _THEN.format(was_recorded=recorded, **places)
        conditions.append(_STILL_HERS.format(less=seen.less, ordinary=NOT_CONFIDENTIAL, clause=seen.clause))
    else:
        state = _NOW.format(**places)
    sql = f"""
      kinds as materialized (
        select p.id, c ->> 'code' code, c ->> 'kind' kind
        from profile_version p, jsonb_path_query(p.data, '$.taxonomy.categories[*]') c
        where p.jurisdiction_id = :jurisdiction_id),
      {state},
      facts as (
        select i.*, b.base, (b.at at time zone :zone)::date "day", coalesce(k.kind, 'unknown') "class",
               coalesce({LATE}, false) is_late, i.rework_count > 0 is_reworked
        from state i left join kinds k on k.id = i.profile_version_id and k.code = i.category
        cross join lateral (values ('reported', i.reported_at),
                                   ('due', case when i.status <> 'not_filed' then i.due_at end)) b(base, at)
        where {_within("b.at", len(ranges))} and {seen.clause} {"".join(f" and {c}" for c in conditions)})"""
    for number, (since, until) in enumerate(ranges):
        binds |= {f"since_{number}": since, f"until_{number}": until}
    return sql, seen.binds | binds | {"zone": counted.zone, "now": moment.at, "snapshot": moment.snapshot}


def _within(column: str, ranges: int) -> str:
    each = (f"{column} >= :since_{number} and {column} < :until_{number}" for number in range(ranges))
    return f"({' or '.join(each)})"


def _ranges(spans: Sequence[Span], zone: str) -> Ranges:
    """The instants that the days of spans cover together, in order and apart from each other."""
    found: list[tuple[date, date]] = []
    for first, following in sorted((span.first, span.last + timedelta(days=1)) for span in spans):
        if found and first <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], following))
        else:
            found.append((first, following))
    here = ZoneInfo(zone)
    return [
        (datetime.combine(first, time(), tzinfo=here), datetime.combine(following, time(), tzinfo=here))
        for first, following in found
    ]


def _home(counted: Counted) -> str:
    home = "i.jurisdiction_id = :jurisdiction_id"
    return f"({home} or i.jurisdiction_id is null)" if counted.has_strays else home


def _conditions(counted: Counted) -> tuple[list[str], dict[str, Any]]:
    binds: dict[str, Any] = {"jurisdiction_id": counted.jurisdiction_id}
    conditions = [_home(counted)]
    for name in ("area", "part"):
        if getattr(counted, name) is not None:
            # By the path that was recorded with the case: areas may have been hung elsewhere since.
            conditions.append(f"i.scope_path ~ cast(:f_{name} as lquery)")
            binds[f"f_{name}"] = f"*.{getattr(counted, name).hex}.*"
    if counted.lacks_level is not None:
        conditions.append(f"coalesce(nlevel(i.scope_path), 0) <= {LEVELS.index(counted.lacks_level)}")
    for name, column in (("category", "i.category"), ("unit", "i.owner_unit_id")):
        if getattr(counted, name) is not None:
            conditions.append(f"{column} = :f_{name}")
            binds[f"f_{name}"] = getattr(counted, name)
    if counted.kind is not None:
        conditions.append("coalesce(k.kind, 'unknown') = :f_kind")
        binds["f_kind"] = counted.kind
    if counted.unowned is not None:
        conditions.append(f"i.owner_unit_id is {'' if counted.unowned else 'not '}null")
    return conditions, binds


def _is(measure: str) -> str:
    return f"f.base = '{MEASURES[measure].base}' and {_IS[measure]}"


def _are(cases: Denominator) -> str:
    """Cases `f` that count as one measure and not as any of others."""
    return " and ".join((f"({_is(cases.of)})", *(f"not ({_is(less)})" for less in cases.less)))


def tally(
    session: Session,
    actor: Actor,
    *,
    counted: Counted,
    moment: Moment,
    spans: Sequence[Span],
    dimensions: Sequence[str],
    sums: Mapping[str, Denominator],
    now: datetime,
) -> Sequence[RowMapping]:
    """All measures, and `sums` by name, of each span, for everything and by each dimension, in one statement and snapshot.

    Rows: `span` (its name; NULL: of all together, whatever that says), `kind` (of its part), `dimension` (its number, NULL for
    everything), `value`, `snapshot` (of the statement), and a column a measure.
    """
    facts, binds = _facts(actor, counted, moment, now, _ranges(spans, counted.zone))
    grouped = [f"g{number}" for number in range(len(dimensions))]
    columns = "".join(
        f", {_dimension(name)} {alias}" for name, alias in zip(dimensions, grouped, strict=True)
    )
    which = "".join(f" when grouping({alias}) = 0 then {number}" for number, alias in enumerate(grouped))
    counts = {name: Denominator(name) for name in MEASURES} | dict(sums)
    counted_as = ", ".join(
        f'coalesce(sum(f.n) filter (where {_are(cases)}), 0)::bigint "{name}"'
        for name, cases in counts.items()
    )
    sets = "".join(f", (f.span, f.kind, {alias})" for alias in grouped)
    sql = f"""
      with {facts},
      days as materialized (
        select s.name span, s.kind, s.part, s.first + generate_series(0, s.last - s.first) "day"
        from jsonb_to_recordset(cast(:spans as jsonb)) s(name text, kind text, part text, first date, last date)),
      f as materialized (
        select w.span, w.kind{columns}, {", ".join(f"f.{name}" for name in _LOOKED_AT)}, count(*) n
        from facts f join days w on w."day" = f."day"
        group by {", ".join(str(n + 1) for n in range(2 + len(grouped) + len(_LOOKED_AT)))})
      select f.span, f.kind, {f"case{which} end" if grouped else "cast(null as int)"} dimension,
             {f"coalesce({', '.join(grouped)})" if grouped else "cast(null as text)"} "value",
             cast(pg_current_snapshot() as text) snapshot, {counted_as}
      from f group by grouping sets ((), (f.span, f.kind){sets})
    """
    listed = [asdict(span) for span in spans]
    return session.execute(sql_text(sql), binds | {"spans": orjson.dumps(listed).decode()}).mappings().all()


def members(
    session: Session,
    actor: Actor,
    *,
    counted: Counted,
    moment: Moment,
    cases: Denominator,
    after: list[str] | None,
    now: datetime,
    limit: int,
) -> RowMapping:
    """The cases that a figure counted, as they were counted, newest first: `items`, `n`, the last key, `snapshot`."""
    facts, binds = _facts(actor, counted, moment, now, [(counted.since, counted.until)])
    if after:
        binds |= {"after_at": after[0], "after_id": after[1]}
    later = "and (f.reported_at, f.id) < (cast(:after_at as timestamptz), cast(:after_id as uuid))"
    sql = f"""
      with {facts},
      page as (select f.* from facts f where {_are(cases)} {later if after else ""}
               order by f.reported_at desc, f.id desc limit :limit + 1),
      shown as (select * from page order by reported_at desc, id desc limit :limit)
      select (select coalesce(json_agg({_MEMBER} order by s.reported_at desc, s.id desc), '[]')
              from shown s join incident i on i.id = s.id) items,
             (select count(*) from page) n, cast(pg_current_snapshot() as text) snapshot,
             (select array[to_char(reported_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), id::text]
              from shown order by reported_at, id limit 1) last_key
    """
    binds |= {"limit": limit, "cases": link("/api/v1/incidents")}
    return session.execute(sql_text(sql), binds).mappings().one()


def longest_late(
    session: Session, actor: Actor, *, counted: Counted, moment: Moment, now: datetime, most: int
) -> bytes:
    """The cases due in the period that are overdue for the longest, as JSON."""
    facts, binds = _facts(actor, counted, moment, now, [(counted.since, counted.until)])
    sql = f"""
      with {facts},
      shown as (select f.* from facts f where {_is("overdue")} order by f.due_at, f.id limit :most)
      select coalesce(json_agg({_MEMBER} order by s.due_at, s.id), '[]') from shown s join incident i on i.id = s.id
    """
    binds |= {"most": most, "cases": link("/api/v1/incidents")}
    found: bytes = session.execute(sql_text(sql), binds).scalar_one()
    return found


def first_reported(session: Session, *, counted: Counted, moment: Moment) -> datetime | None:
    """When the first case of the jurisdiction, as it is known at the moment, was reported; None: there is none."""
    _, binds = _conditions(counted)
    known = "i.deleted_at is null"
    if moment.snapshot is not None or moment.is_past:
        recorded = "h.recorded_at <= :now" if moment.snapshot is None else _SEEN
        known = f"exists (select 1 from incident_history h where h.incident_id = i.id and {recorded})"
    sql = f"""
      select i.reported_at from incident i where {_home(counted)} and {known} order by i.reported_at, i.id limit 1
    """
    binds |= {"now": moment.at, "snapshot": moment.snapshot}
    found: datetime | None = session.execute(sql_text(sql), binds).scalar_one_or_none()
    return found


def recorded_since(session: Session) -> datetime | None:
    """When the first state of a case was recorded; None: none was yet."""
    sql = "select recorded_at from incident_history order by seq limit 1"
    found: datetime | None = session.execute(sql_text(sql)).scalar_one_or_none()
    return found


# As it was counted; what it is now stands at `href`.
_MEMBER = """json_build_object(
  'id', s.id, 'case_no', i.case_no, 'category', s.category, 'class', s.class, 'status', s.status,
  'reported_at', s.reported_at, 'due_at', s.due_at, 'is_overdue', s.is_late, 'rework_count', s.rework_count,
  'href', cast(:cases as text) || '/' || s.id)"""


def _dimension(name: str) -> str:
    """What cases `f` are grouped by, as text; NULL for none."""
    if name.startswith("area:"):
        place = LEVELS.index(name.removeprefix("area:"))
        return f"case when nlevel(f.scope_path) > {place} then subpath(f.scope_path, {place}, 1)::text::uuid::text end"
    return _DIMENSIONS[name]


_DIMENSIONS = {
    "class": "f.class",
    "category": "f.category",
    "unit": "f.owner_unit_id::text",
    **{kind: f"case when w.kind = '{kind}' then w.part end" for kind in PARTS},
}
