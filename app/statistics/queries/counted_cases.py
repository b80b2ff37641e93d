"""SQL of the cases that figures count, as they are now or as recorded at a moment, where the actor directs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from app.core.actor import Actor, Permission
from app.incidents.scope import LATE, NOT_CONFIDENTIAL, STANDS_ABOVE_SUBJECT, case_visibility
from app.profiles.rules.evaluation import FREQUENT_LEAST, REGISTER_MINUTES
from app.profiles.rules.validation import LEVELS

# Where a case `{case}` comes from: reports are never changed, so that it is so at any moment.
SOURCE_SQL = """coalesce((select r.source from report r where r.incident_id = {case}.id
                   order by r.received_at, r.id limit 1), 'unknown')"""
# Late before it was put off, as was told of it then.
_LATE_BEFORE = "i.status in ('deferred', 'on_books') and i.outcome = 'overdue'"
# What counts of a case apart from its limit, by names that both sources of states have.
_CASE = """i.jurisdiction_id, i.profile_version_id, i.category, i.status, i.scope_path, i.owner_unit_id, i.about_kind,
           i.about_id, i.reported_at, i.rework_count, i.filed_at, i.accepted_at, i.handled_at, i.is_returned,
           i.handling_unit_id, i.recurrence, i.extended_count"""

_PRESENT_FLAGS = "i.handled_by is not null is_handled, i.merged_into is not null is_merged"

# The limit on handling a case: what another category replaced does not count, and of several the last one does.
_LIMITS = "{d}.stage = 'handle' and {d}.deleted_at is null and {d}.outcome is distinct from 'replaced'"
_NOW_REPORTED = f"""
        select i.id, {_CASE}, {_PRESENT_FLAGS}, {{limit}}, i.reported_at "at"
        from incident i {{joined}} where i.deleted_at is null and {{within}}"""
_LIMIT_JOIN = f"""left join lateral (
          select d.due_at, d.outcome from deadline d where d.incident_id = i.id and {_LIMITS.format(d="d")}
          order by d.started_at desc, d.id desc limit 1) d on true"""
_NOW_DUE = f"""
        select i.id, {_CASE}, {_PRESENT_FLAGS}, d.due_at, d.outcome, d.due_at "at"
        from deadline d join incident i on i.id = d.incident_id
        where i.deleted_at is null and i.status <> 'not_filed' and {_LIMITS.format(d="d")} and {{within}}
          and not exists (
            select 1 from deadline l where l.incident_id = d.incident_id and {_LIMITS.format(d="l")}
              and (l.started_at, l.id) > (d.started_at, d.id))"""

# The last of what was recorded of each case. What has become confidential since, or about somebody, is for those who
# direct it now.
_RECORDED_STATES = f"""
        select i.incident_id id, {_CASE}, i.is_handled, i.is_merged, i.due_at, i.outcome, {{base}} "at"
        from incident_history i
        where not i.is_deleted and {{within}} and {{recorded}} and not exists (
          select 1 from incident_history l where l.incident_id = i.incident_id and l.seq > i.seq and {{later_recorded}})"""
_STILL_VISIBLE = "i.id in (select i.id from incident i where {still})"
# What a number beyond the newest transaction wrote is of an earlier life of the database: restored, and long past.
_VISIBLE_IN_SNAPSHOT = """(pg_visible_in_snapshot({i}.xid, cast(:snapshot as pg_snapshot))
            or {i}.xid >= pg_snapshot_xmax(pg_current_snapshot()))"""


# The class and the priority of a case `f` are those of its category in its own rules.
KINDS_CTE = """
      kinds as materialized (
        select p.id, c ->> 'code' code, c ->> 'kind' kind, c ->> 'priority' priority
        from profile_version p, jsonb_path_query(p.data, '$.taxonomy.categories[*]') c
        where p.jurisdiction_id = :jurisdiction_id)"""
KIND_JOIN = "left join kinds k on k.id = f.profile_version_id and k.code = f.{category}"
KIND_COLUMNS = {"class": "coalesce(k.kind, 'unknown')", "priority": "coalesce(k.priority, 'unknown')"}
_MAX_JOINED_SPANS = 4
# Filters of `Counted` by what a case has to have, and by what it has to have none of.
_EQUAL_COLUMNS = {"category": "i.category", "unit": "i.owner_unit_id", "handling_unit": "i.handling_unit_id"}
_NULL_COLUMNS = {"unowned": "i.owner_unit_id", "lacks_handling_unit": "i.handling_unit_id"}


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment of counting. `at`: the instant that decides what is late.

    `snapshot`: count what it had seen; else `is_past`: what was recorded by `at`; else what is recorded now.
    """

    at: datetime
    snapshot: str | None = None
    is_past: bool = False

    @property
    def is_then(self) -> bool:
        """Whether what was recorded is asked, and not what is."""
        return self.snapshot is not None or self.is_past

    def recorded(self, alias: str) -> str:
        """SQL that is true of what had been recorded; needs the binds `now` and `snapshot`."""
        return (
            f"{alias}.recorded_at <= :now" if self.snapshot is None else _VISIBLE_IN_SNAPSHOT.format(i=alias)
        )


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
    priority: str | None = None
    unit: UUID | None = None
    unowned: bool | None = None
    handling_unit: UUID | None = None
    lacks_handling_unit: bool | None = None
    source: str | None = None
    register_minutes: int = REGISTER_MINUTES
    frequent_least: int = FREQUENT_LEAST

    @property
    def own_span(self) -> Span:
        """Nothing but its own period, where days are asked for instants."""
        zone = ZoneInfo(self.zone)
        last = (self.until - timedelta(microseconds=1)).astimezone(zone).date()
        return Span("own", self.since.astimezone(zone).date(), last)


def case_facts(
    actor: Actor,
    counted: Counted,
    moment: Moment,
    now: datetime,
    *,
    spans: Sequence[Span],
    bases: Sequence[str],
    is_shown: bool = False,
    are_ordinary: bool = False,
) -> tuple[str, dict[str, Any]]:
    """Return CTEs up to `facts` and their binds: a row for each case and base that lies in one of the spans.

    Visibility is judged as of `now`, whatever the moment. `is_shown`: a case counted by its report has its limit too, which no
    measure of that base needs. `are_ordinary`: without confidential cases and cases about somebody.
    """
    rows, binds = _rows_by_base(
        actor, counted, moment, now, spans=spans, bases=bases, is_shown=is_shown, are_ordinary=are_ordinary
    )
    its_kind = f"{KIND_JOIN.format(category='category')} {kind_filter(counted)}"
    union = " union all ".join(
        f"""
        select f.*, '{base}' base, {KIND_COLUMNS["class"]} "class" from ({sql}) f {its_kind}"""
        for base, sql in rows.items()
    )
    return f"{KINDS_CTE}, facts as ({union})", binds


def grouped_counts(
    actor: Actor,
    counted: Counted,
    moment: Moment,
    now: datetime,
    *,
    spans: Sequence[Span],
    flags_by_base: Mapping[str, Sequence[str]],
    group_columns: Mapping[str, str],
) -> tuple[str, dict[str, Any]]:
    """Return CTEs up to `alike` and their binds: the number of cases (`n`) by span, base and equal flags.

    `flags_by_base`: by base the yes/no columns its measures need besides `status` and `outcome`. `group_columns`: SQL of a
    case `f` by name. `accept_t`, `handle_t`: sums of durations.

    One pass for each base reads only these columns and not the class, which is joined to the groups: a million cases leave a
    few thousand rows. The planner multiplies the distinct values of all columns, expects as many groups as cases, and would
    sort. Flags packed into one number behind an `offset` (a constant, so the pass stays parallel) make it expect a tenth,
    and hash.
    """
    rows, binds = _rows_by_base(actor, counted, moment, now, spans=spans, bases=tuple(flags_by_base))
    span, joined, of_spans = _spans(spans, counted.zone)
    flags = list(dict.fromkeys(name for names in flags_by_base.values() for name in names))
    parts = []
    for base, sql in rows.items():
        keys = [*group_columns, "status", *(["outcome"] if base == "due" else []), "flags"]
        columns = "".join(f"{column} {name}, " for name, column in group_columns.items())
        flag = " | ".join(
            f"(coalesce(f.{name}, false)::int << {place})"
            for place, name in enumerate(flags)
            if name in flags_by_base[base]
        )
        outcome = "f.outcome" if base == "due" else "cast(null as text) outcome"
        times = ", ".join(
            f"sum(f.{name}) {name}" if base == time_base else f"cast(null as interval) {name}"
            for name, time_base in (("accept_t", "reported"), ("handle_t", "due"))
        )
        parts.append(f"""
        select {span} span, '{base}' base{"".join(f", f.{name}" for name in group_columns)}, f.status, {outcome}, f.flags,
               count(*) n, {times}
        from (select {columns}f.status, f.outcome, {flag} flags, f."at", f.accept_t, f.handle_t
              from ({sql}) f offset bigint '0') f {joined}
        group by span, {", ".join(f"f.{key}" for key in keys)}""")
    flag_columns = ", ".join(f"(a.flags & {1 << place}) <> 0 {name}" for place, name in enumerate(flags))
    union = " union all ".join(parts)
    return f"alike as (select a.*, {flag_columns} from ({union}) a)", binds | of_spans


def _spans(spans: Sequence[Span], zone: str) -> tuple[str, str, dict[str, Any]]:
    """In which of the spans a case `f` lies: the column of its number, what joins it, and the binds of that.

    Few spans are told apart by instants; the days of many, which overlap, are looked up.
    """
    if len(spans) == 1:
        return "0", "", {}
    if len(spans) <= _MAX_JOINED_SPANS:
        edges = [_ranges([span], zone)[0] for span in spans]
        joined = """join unnest(cast(:span_since as timestamptz[]), cast(:span_until as timestamptz[])) with ordinality
                    w(since, until, place) on f."at" >= w.since and f."at" < w.until"""
        binds: dict[str, Any] = {"span_since": [e[0] for e in edges], "span_until": [e[1] for e in edges]}
        return "w.place - 1", joined, binds
    days = [
        (span.first + timedelta(days=day), number)
        for number, span in enumerate(spans)
        for day in range((span.last - span.first).days + 1)
    ]
    joined = """join unnest(cast(:days as date[]), cast(:of_spans as int[])) w("day", span)
                on w."day" = (f."at" at time zone :zone)::date"""
    return "w.span", joined, {"days": [d for d, _ in days], "of_spans": [n for _, n in days], "zone": zone}


def _rows_by_base(
    actor: Actor,
    counted: Counted,
    moment: Moment,
    now: datetime,
    *,
    spans: Sequence[Span],
    bases: Sequence[str],
    is_shown: bool = False,
    are_ordinary: bool = False,
) -> tuple[dict[str, str], dict[str, Any]]:
    """SQL of the cases of each base, and its binds; of all classes."""
    visibility = case_visibility(actor, now, Permission.INCIDENT_DIRECT)
    conditions, binds = _conditions(counted)
    conditions.append(STANDS_ABOVE_SUBJECT)
    ranges = _ranges(spans, counted.zone)
    if are_ordinary:
        conditions.append(NOT_CONFIDENTIAL)
    if moment.is_then:
        conditions.append(_STILL_VISIBLE.format(still=visibility.still_visible_clause))
    for number, (since, until) in enumerate(ranges):
        binds |= {f"since_{number}": since, f"until_{number}": until}
    binds |= {"register_minutes": counted.register_minutes, "frequent_least": counted.frequent_least}
    binds |= {"f_class": counted.kind, "f_priority": counted.priority}
    rows = {
        base: f"""
          select i.*, {_late(base, is_shown=is_shown)} is_late, i.rework_count > 0 is_reworked,
                 i.filed_at is not null is_registered,
                 i.filed_at - i.reported_at <= make_interval(mins => :register_minutes) is_filed_soon,
                 i.accepted_at is not null is_taken, i.handled_at is not null is_timed,
                 i.recurrence is not null is_placed, i.recurrence >= :frequent_least is_frequent,
                 i.extended_count > 0 is_extended,
                 greatest(i.accepted_at - coalesce(i.filed_at, i.reported_at), interval '0') accept_t,
                 greatest(i.handled_at - i.reported_at, interval '0') handle_t
          from ({_states(base, moment, len(ranges), is_shown=is_shown)}) i
          where {visibility.clause} {"".join(f" and {c}" for c in conditions)}"""
        for base in bases
    }
    return rows, visibility.binds | binds | {"now": moment.at, "snapshot": moment.snapshot}


def kind_filter(counted: Counted) -> str:
    """Return the WHERE clause for class and priority, which are not columns of a case."""
    filters = {"class": counted.kind, "priority": counted.priority}
    conditions = [f"{KIND_COLUMNS[name]} = :f_{name}" for name, value in filters.items() if value is not None]
    return f"where {' and '.join(conditions)}" if conditions else ""


def _late(base: str, *, is_shown: bool) -> str:
    return f"coalesce({LATE} or {_LATE_BEFORE}, false)" if base == "due" or is_shown else "null::boolean"


def _states(base: str, moment: Moment, ranges: int, *, is_shown: bool) -> str:
    """SQL of the cases whose base lies in one of the ranges, as they stood: `id`, what counts of them, and the base `at`."""
    if moment.is_then:
        turned_down = "" if base == "reported" else " and i.status <> 'not_filed'"
        return _RECORDED_STATES.format(
            base=f"i.{base}_at",
            within=f"{_within(f'i.{base}_at', ranges)}{turned_down}",
            recorded=moment.recorded("i"),
            later_recorded=moment.recorded("l"),
        )
    if base == "due":
        return _NOW_DUE.format(within=_within("d.due_at", ranges))
    return _NOW_REPORTED.format(
        limit="d.due_at, d.outcome" if is_shown else "null::timestamptz due_at, null::text outcome",
        joined=_LIMIT_JOIN if is_shown else "",
        within=_within("i.reported_at", ranges),
    )


def _within(column: str, ranges: int) -> str:
    clauses = (f"{column} >= :since_{number} and {column} < :until_{number}" for number in range(ranges))
    return f"({' or '.join(clauses)})"


def _ranges(spans: Sequence[Span], zone: str) -> Sequence[tuple[datetime, datetime]]:
    """The instants that the days of spans cover together, in order and apart from each other."""
    ranges: list[tuple[date, date]] = []
    for first, following in sorted((span.first, span.last + timedelta(days=1)) for span in spans):
        if ranges and first <= ranges[-1][1]:
            ranges[-1] = (ranges[-1][0], max(ranges[-1][1], following))
        else:
            ranges.append((first, following))
    tzinfo = ZoneInfo(zone)
    return [
        (datetime.combine(first, time(), tzinfo=tzinfo), datetime.combine(following, time(), tzinfo=tzinfo))
        for first, following in ranges
    ]


def in_jurisdiction(counted: Counted) -> str:
    home = "i.jurisdiction_id = :jurisdiction_id"
    return f"({home} or i.jurisdiction_id is null)" if counted.has_strays else home


def _conditions(counted: Counted) -> tuple[list[str], dict[str, Any]]:
    binds: dict[str, Any] = {"jurisdiction_id": counted.jurisdiction_id}
    conditions = [in_jurisdiction(counted)]
    for name in ("area", "part"):
        if getattr(counted, name) is not None:
            # By the path that was recorded with the case: areas may have been hung elsewhere since.
            conditions.append(f"i.scope_path ~ cast(:f_{name} as lquery)")
            binds[f"f_{name}"] = f"*.{getattr(counted, name).hex}.*"
    if counted.lacks_level is not None:
        conditions.append(f"coalesce(nlevel(i.scope_path), 0) <= {LEVELS.index(counted.lacks_level)}")
    for name, column in _EQUAL_COLUMNS.items():
        if getattr(counted, name) is not None:
            conditions.append(f"{column} = :f_{name}")
            binds[f"f_{name}"] = getattr(counted, name)
    if counted.source is not None:
        conditions.append(f"{SOURCE_SQL.format(case='i')} = :f_source")
        binds["f_source"] = counted.source
    for name, column in _NULL_COLUMNS.items():
        if (is_none := getattr(counted, name)) is not None:
            conditions.append(f"{column} is {'' if is_none else 'not '}null")
    return conditions, binds
