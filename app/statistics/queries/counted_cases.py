"""Which cases figures count: as they stand now, or as they were recorded then. Under what the actor directs."""

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
SOURCE = """coalesce((select r.source from report r where r.incident_id = {case}.id
                   order by r.received_at, r.id limit 1), 'unknown')"""
# Late before it was put off, as was told of it then.
_LATE_BEFORE = "i.status in ('deferred', 'on_books') and i.outcome = 'overdue'"
# What counts of a case apart from its limit, by names that both sources of states have.
_CASE = """i.jurisdiction_id, i.profile_version_id, i.category, i.status, i.scope_path, i.owner_unit_id, i.about_kind,
           i.about_id, i.reported_at, i.rework_count, i.filed_at, i.accepted_at, i.handled_at, i.is_returned,
           i.handling_unit_id, i.recurrence, i.extended_count"""

_NOW_ONLY = "i.handled_by is not null is_handled, i.merged_into is not null is_merged"

# The limit on handling a case: what another category replaced does not count, and of several the last one does.
_LIMITS = "{d}.stage = 'handle' and {d}.deleted_at is null and {d}.outcome is distinct from 'replaced'"
_NOW_REPORTED = f"""
        select i.id, {_CASE}, {_NOW_ONLY}, {{limit}}, i.reported_at "at"
        from incident i {{joined}} where i.deleted_at is null and {{within}}"""
_ITS_LIMIT = f"""left join lateral (
          select d.due_at, d.outcome from deadline d where d.incident_id = i.id and {_LIMITS.format(d="d")}
          order by d.started_at desc, d.id desc limit 1) d on true"""
_NOW_DUE = f"""
        select i.id, {_CASE}, {_NOW_ONLY}, d.due_at, d.outcome, d.due_at "at"
        from deadline d join incident i on i.id = d.incident_id
        where i.deleted_at is null and i.status <> 'not_filed' and {_LIMITS.format(d="d")} and {{within}}
          and not exists (
            select 1 from deadline l where l.incident_id = d.incident_id and {_LIMITS.format(d="l")}
              and (l.started_at, l.id) > (d.started_at, d.id))"""

# The last of what was recorded of each case. What has become confidential since, or about somebody, is for those who
# direct it now.
_THEN = f"""
        select i.incident_id id, {_CASE}, i.is_handled, i.is_merged, i.due_at, i.outcome, {{base}} "at"
        from incident_history i
        where not i.is_deleted and {{within}} and {{recorded}} and not exists (
          select 1 from incident_history l where l.incident_id = i.incident_id and l.seq > i.seq and {{later_recorded}})"""
_STILL_HERS = "i.id in (select i.id from incident i where {still})"
# What a number beyond the newest transaction wrote is of an earlier life of the database: restored, and long past.
_SEEN = """(pg_visible_in_snapshot({i}.xid, cast(:snapshot as pg_snapshot))
            or {i}.xid >= pg_snapshot_xmax(pg_current_snapshot()))"""


# The class and the priority of a case `f` are those of its category in its own rules.
KINDS = """
      kinds as materialized (
        select p.id, c ->> 'code' code, c ->> 'kind' kind, c ->> 'priority' priority
        from profile_version p, jsonb_path_query(p.data, '$.taxonomy.categories[*]') c
        where p.jurisdiction_id = :jurisdiction_id)"""
ITS_KIND = "left join kinds k on k.id = f.profile_version_id and k.code = f.{category}"
OF_KIND = {"class": "coalesce(k.kind, 'unknown')", "priority": "coalesce(k.priority, 'unknown')"}
_FEW_SPANS = 4
# Filters of `Counted` by what a case has to have, and by what it has to have none of.
_IS_ONE = {"category": "i.category", "unit": "i.owner_unit_id", "handling_unit": "i.handling_unit_id"}
_IS_NONE = {"unowned": "i.owner_unit_id", "lacks_handling_unit": "i.handling_unit_id"}


@dataclass(frozen=True, slots=True)
class Moment:
    """`at`: by what instant something is late. `snapshot`: what it had seen; else `is_past`: recorded by `at`; else now."""

    at: datetime
    snapshot: str | None = None
    is_past: bool = False

    @property
    def is_then(self) -> bool:
        """Whether what was recorded is asked, and not what is."""
        return self.snapshot is not None or self.is_past

    def recorded(self, alias: str) -> str:
        """SQL that is true of what had been recorded; needs the binds `now` and `snapshot`."""
        return f"{alias}.recorded_at <= :now" if self.snapshot is None else _SEEN.format(i=alias)


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
    def own(self) -> Span:
        """Nothing but its own period, where days are asked for instants."""
        here = ZoneInfo(self.zone)
        last = (self.until - timedelta(microseconds=1)).astimezone(here).date()
        return Span("own", self.since.astimezone(here).date(), last)


def facts_of(
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
    """CTEs up to `facts`, and their binds: one row for each case and each of `bases` that lies in one of the spans.

    Whose cases they are is judged as of `now`, whatever moment is asked about. `is_shown`: a case that is counted when it
    was reported brings its limit too, which no measure of that base looks at. `are_ordinary`: none that is confidential
    or about somebody.
    """
    rows, binds = _rows(
        actor, counted, moment, now, spans=spans, bases=bases, is_shown=is_shown, are_ordinary=are_ordinary
    )
    its_kind = f"{ITS_KIND.format(category='category')} {of_its_kind(counted)}"
    each = " union all ".join(
        f"""
        select f.*, '{base}' base, {OF_KIND["class"]} "class" from ({sql}) f {its_kind}"""
        for base, sql in rows.items()
    )
    return f"{KINDS}, facts as ({each})", binds


def alike_of(
    actor: Actor,
    counted: Counted,
    moment: Moment,
    now: datetime,
    *,
    spans: Sequence[Span],
    looked_at: Mapping[str, Sequence[str]],
    grouped: Mapping[str, str],
) -> tuple[str, dict[str, Any]]:
    """CTEs up to `alike`, and their binds: how many cases (`n`) of each span and base are alike in all that is looked at.

    `looked_at`: by base what its measures ask of a case beside its `status` and `outcome`, answered by yes or no; `grouped`:
    columns by name, as they are made of a case `f`. `accept_t`, `handle_t`: sums of times.

    It takes one pass for each base, over no more columns than its measures look at and without the class, which is looked up
    for what is alike: of a million cases a few thousand rows are left. The planner multiplies how many values all columns
    have and expects as many rows as cases, which it would sort. Answers in one number, made behind its back (an offset that is
    a constant, which keeps nobody from sharing the pass among workers), make it expect a tenth, and hash.
    """
    rows, binds = _rows(actor, counted, moment, now, spans=spans, bases=tuple(looked_at))
    span, joined, of_spans = _spans(spans, counted.zone)
    flags = list(dict.fromkeys(name for names in looked_at.values() for name in names))
    parts = []
    for base, sql in rows.items():
        keys = [*grouped, "status", *(["outcome"] if base == "due" else []), "flags"]
        made = "".join(f"{column} {name}, " for name, column in grouped.items())
        flag = " | ".join(
            f"(coalesce(f.{name}, false)::int << {place})"
            for place, name in enumerate(flags)
            if name in looked_at[base]
        )
        outcome = "f.outcome" if base == "due" else "cast(null as text) outcome"
        times = ", ".join(
            f"sum(f.{name}) {name}" if base == of else f"cast(null as interval) {name}"
            for name, of in (("accept_t", "reported"), ("handle_t", "due"))
        )
        parts.append(f"""
        select {span} span, '{base}' base{"".join(f", f.{name}" for name in grouped)}, f.status, {outcome}, f.flags,
               count(*) n, {times}
        from (select {made}f.status, f.outcome, {flag} flags, f."at", f.accept_t, f.handle_t
              from ({sql}) f offset bigint '0') f {joined}
        group by span, {", ".join(f"f.{key}" for key in keys)}""")
    told = ", ".join(f"(a.flags & {1 << place}) <> 0 {name}" for place, name in enumerate(flags))
    each = " union all ".join(parts)
    return f"alike as (select a.*, {told} from ({each}) a)", binds | of_spans


def _spans(spans: Sequence[Span], zone: str) -> tuple[str, str, dict[str, Any]]:
    """In which of the spans a case `f` lies: the column of its number, what joins it, and the binds of that.

    Few spans are told apart by instants; the days of many, which overlap, are looked up.
    """
    if len(spans) == 1:
        return "0", "", {}
    if len(spans) <= _FEW_SPANS:
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


def _rows(
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
    seen = case_visibility(actor, now, Permission.INCIDENT_DIRECT)
    conditions, binds = _conditions(counted)
    conditions.append(STANDS_ABOVE_SUBJECT)
    ranges = _ranges(spans, counted.zone)
    if are_ordinary:
        conditions.append(NOT_CONFIDENTIAL)
    if moment.is_then:
        conditions.append(_STILL_HERS.format(still=seen.still_visible_clause))
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
          where {seen.clause} {"".join(f" and {c}" for c in conditions)}"""
        for base in bases
    }
    return rows, seen.binds | binds | {"now": moment.at, "snapshot": moment.snapshot}


def of_its_kind(counted: Counted) -> str:
    """The filter that is not among the columns of a case."""
    asked = {"class": counted.kind, "priority": counted.priority}
    conditions = [f"{OF_KIND[name]} = :f_{name}" for name, value in asked.items() if value is not None]
    return f"where {' and '.join(conditions)}" if conditions else ""


def _late(base: str, *, is_shown: bool) -> str:
    return f"coalesce({LATE} or {_LATE_BEFORE}, false)" if base == "due" or is_shown else "null::boolean"


def _states(base: str, moment: Moment, ranges: int, *, is_shown: bool) -> str:
    """SQL of the cases whose base lies in one of the ranges, as they stood: `id`, what counts of them, and the base `at`."""
    if moment.is_then:
        turned_down = "" if base == "reported" else " and i.status <> 'not_filed'"
        return _THEN.format(
            base=f"i.{base}_at",
            within=f"{_within(f'i.{base}_at', ranges)}{turned_down}",
            recorded=moment.recorded("i"),
            later_recorded=moment.recorded("l"),
        )
    if base == "due":
        return _NOW_DUE.format(within=_within("d.due_at", ranges))
    return _NOW_REPORTED.format(
        limit="d.due_at, d.outcome" if is_shown else "null::timestamptz due_at, null::text outcome",
        joined=_ITS_LIMIT if is_shown else "",
        within=_within("i.reported_at", ranges),
    )


def _within(column: str, ranges: int) -> str:
    each = (f"{column} >= :since_{number} and {column} < :until_{number}" for number in range(ranges))
    return f"({' or '.join(each)})"


def _ranges(spans: Sequence[Span], zone: str) -> Sequence[tuple[datetime, datetime]]:
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


def at_home(counted: Counted) -> str:
    home = "i.jurisdiction_id = :jurisdiction_id"
    return f"({home} or i.jurisdiction_id is null)" if counted.has_strays else home


def _conditions(counted: Counted) -> tuple[list[str], dict[str, Any]]:
    binds: dict[str, Any] = {"jurisdiction_id": counted.jurisdiction_id}
    conditions = [at_home(counted)]
    for name in ("area", "part"):
        if getattr(counted, name) is not None:
            # By the path that was recorded with the case: areas may have been hung elsewhere since.
            conditions.append(f"i.scope_path ~ cast(:f_{name} as lquery)")
            binds[f"f_{name}"] = f"*.{getattr(counted, name).hex}.*"
    if counted.lacks_level is not None:
        conditions.append(f"coalesce(nlevel(i.scope_path), 0) <= {LEVELS.index(counted.lacks_level)}")
    for name, column in _IS_ONE.items():
        if getattr(counted, name) is not None:
            conditions.append(f"{column} = :f_{name}")
            binds[f"f_{name}"] = getattr(counted, name)
    if counted.source is not None:
        conditions.append(f"{SOURCE.format(case='i')} = :f_source")
        binds["f_source"] = counted.source
    for name, column in _IS_NONE.items():
        if (is_none := getattr(counted, name)) is not None:
            conditions.append(f"{column} is {'' if is_none else 'not '}null")
    return conditions, binds
