"""SQL of the cases that figures count, as they are now or as recorded at a moment, where the actor directs."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from app.core.actor import Permission
from app.incidents.scope import LATE, NOT_CONFIDENTIAL, STANDS_ABOVE_SUBJECT, case_visibility
from app.profiles.rules.measures import AVERAGES, DUE, FLAGS, MEASURES, REPORTED, flags_of
from app.profiles.rules.validation import LEVELS
from app.statistics.rules.figure_query import FigureQuery, Filters, Moment, Span, midnight

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
# The order of the parts of the union; of flags, that of their bits.
BASES = (REPORTED, DUE)
# Filters by what a case has to have, and by what it has to have none of.
_EQUAL_COLUMNS = {"category": "i.category", "unit": "i.owner_unit_id", "handling_unit": "i.handling_unit_id"}
_NULL_COLUMNS = {"unowned": "i.owner_unit_id", "lacks_handling_unit": "i.handling_unit_id"}


def recorded_clause(moment: Moment, alias: str) -> str:
    """Return SQL that is true of a state that was recorded by the moment; needs the binds `now` and `snapshot`."""
    return f"{alias}.recorded_at <= :now" if moment.snapshot is None else _VISIBLE_IN_SNAPSHOT.format(i=alias)


def moment_binds(query: FigureQuery) -> dict[str, Any]:
    """Return the binds of the moment of counting."""
    return {"now": query.moment.at, "snapshot": query.moment.snapshot}


def case_facts(
    query: FigureQuery, *, bases: Sequence[str], is_shown: bool = False, are_ordinary: bool = False
) -> tuple[str, dict[str, Any]]:
    """Return CTEs up to `facts` and their binds: a row for each case and base that lies in the period of the query.

    Args:
        is_shown: A case counted by its report has its limit too, which no measure of that base needs.
        are_ordinary: Leave out confidential cases and cases about somebody.
    """
    rows, binds = _rows_by_base(
        query, spans=[query.own_span], bases=bases, is_shown=is_shown, are_ordinary=are_ordinary
    )
    its_kind = f"{KIND_JOIN.format(category='category')} {kind_filter(query.filters)}"
    union = " union all ".join(
        f"""
        select f.*, '{base}' base, {KIND_COLUMNS["class"]} "class" from ({sql}) f {its_kind}"""
        for base, sql in rows.items()
    )
    return f"{KINDS_CTE}, facts as ({union})", binds


def grouped_counts(
    query: FigureQuery, *, spans: Sequence[Span], group_columns: Mapping[str, str]
) -> tuple[str, dict[str, Any]]:
    """Return CTEs up to `alike` and their binds: the number of cases (`n`) by span, base and equal flags.

    `group_columns`: SQL of a case `f` by name. Each mean of the catalogue has its sum of durations in a column of its name.

    One pass for each base reads only these columns and not the class, which is joined to the groups: a million cases leave a
    few thousand rows. The planner multiplies the distinct values of all columns, expects as many groups as cases, and would
    sort. Flags packed into one number behind an `offset` (a constant, so the pass stays parallel) make it expect a tenth,
    and hash.
    """
    rows, binds = _rows_by_base(query, spans=spans, bases=BASES)
    span, joined, of_spans = _spans(spans, query.zone)
    flags = [name for base in BASES for name in flags_of(base)]
    parts = []
    for base, sql in rows.items():
        keys = [*group_columns, "status", *(["outcome"] if base == DUE else []), "flags"]
        columns = "".join(f"{column} {name}, " for name, column in group_columns.items())
        flag = " | ".join(
            f"(coalesce(f.{name}, false)::int << {place})"
            for place, name in enumerate(flags)
            if FLAGS[name].base == base
        )
        outcome = "f.outcome" if base == DUE else "cast(null as text) outcome"
        durations = "".join(
            f", sum(f.{name}) {name}"
            if MEASURES[average.of].base == base
            else f", cast(null as interval) {name}"
            for name, average in AVERAGES.items()
        )
        parts.append(f"""
        select {span} span, '{base}' base{"".join(f", f.{name}" for name in group_columns)}, f.status, {outcome}, f.flags,
               count(*) n{durations}
        from (select {columns}f.status, f.outcome, {flag} flags, f."at"{"".join(f", f.{name}" for name in AVERAGES)}
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
        (span.days.first + timedelta(days=day), number)
        for number, span in enumerate(spans)
        for day in range((span.days.last - span.days.first).days + 1)
    ]
    joined = """join unnest(cast(:days as date[]), cast(:of_spans as int[])) w("day", span)
                on w."day" = (f."at" at time zone :zone)::date"""
    return "w.span", joined, {"days": [d for d, _ in days], "of_spans": [n for _, n in days], "zone": zone}


def _rows_by_base(
    query: FigureQuery,
    *,
    spans: Sequence[Span],
    bases: Sequence[str],
    is_shown: bool = False,
    are_ordinary: bool = False,
) -> tuple[dict[str, str], dict[str, Any]]:
    """Return SQL of the cases of each base that lie in a span, of all classes, and its binds."""
    visibility = case_visibility(query.actor, query.now, Permission.INCIDENT_DIRECT)
    conditions, binds = _conditions(query)
    conditions.append(STANDS_ABOVE_SUBJECT)
    ranges = _ranges(spans, query.zone)
    if are_ordinary:
        conditions.append(NOT_CONFIDENTIAL)
    if query.moment.is_then:
        conditions.append(_STILL_VISIBLE.format(still=visibility.still_visible_clause))
    for number, (since, until) in enumerate(ranges):
        binds |= {f"since_{number}": since, f"until_{number}": until}
    flags = "".join(f", {flag.sql} {flag.name}" for flag in FLAGS.values() if flag.sql)
    durations = "".join(f", {average.duration} {average.name}" for average in AVERAGES.values())
    rows = {
        base: f"""
          select i.*, {_late(base, is_shown=is_shown)} is_late{flags}{durations}
          from ({_states(base, query.moment, len(ranges), is_shown=is_shown)}) i
          where {visibility.clause} {"".join(f" and {c}" for c in conditions)}"""
        for base in bases
    }
    return rows, visibility.binds | binds | moment_binds(query)


def kind_filter(filters: Filters) -> str:
    """Return the WHERE clause for class and priority, which are not columns of a case; empty without these filters."""
    values = {"class": filters.kind, "priority": filters.priority}
    conditions = [f"{KIND_COLUMNS[name]} = :f_{name}" for name, value in values.items() if value is not None]
    return f"where {' and '.join(conditions)}" if conditions else ""


def _late(base: str, *, is_shown: bool) -> str:
    return f"coalesce({LATE} or {_LATE_BEFORE}, false)" if base == DUE or is_shown else "null::boolean"


def _states(base: str, moment: Moment, ranges: int, *, is_shown: bool) -> str:
    """SQL of the cases whose base lies in one of the ranges, as they stood: `id`, what counts of them, and the base `at`."""
    if moment.is_then:
        turned_down = "" if base == REPORTED else " and i.status <> 'not_filed'"
        return _RECORDED_STATES.format(
            base=f"i.{base}_at",
            within=f"{_within(f'i.{base}_at', ranges)}{turned_down}",
            recorded=recorded_clause(moment, "i"),
            later_recorded=recorded_clause(moment, "l"),
        )
    if base == DUE:
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
    """Return the instants that the days of spans cover together: disjoint, in order, without their ends."""
    ranges: list[tuple[date, date]] = []
    for first, following in sorted((span.days.first, span.days.last + timedelta(days=1)) for span in spans):
        if ranges and first <= ranges[-1][1]:
            ranges[-1] = (ranges[-1][0], max(ranges[-1][1], following))
        else:
            ranges.append((first, following))
    return [(midnight(first, zone), midnight(following, zone)) for first, following in ranges]


def in_jurisdiction(query: FigureQuery) -> str:
    """Return the condition that a case `i` is counted for the jurisdiction of the query."""
    home = "i.jurisdiction_id = :jurisdiction_id"
    return f"({home} or i.jurisdiction_id is null)" if query.has_strays else home


def _conditions(query: FigureQuery) -> tuple[list[str], dict[str, Any]]:
    """Return the conditions of the filters on a case `i`, and their binds with those of flags."""
    filters = query.filters
    binds: dict[str, Any] = {
        "jurisdiction_id": query.jurisdiction_id,
        "register_minutes": query.evaluation.register_minutes,
        "frequent_least": query.evaluation.frequent_least,
        "f_class": filters.kind,
        "f_priority": filters.priority,
    }
    conditions = [in_jurisdiction(query)]
    for name in ("area", "part"):
        if getattr(filters, name) is not None:
            # By the path that was recorded with the case: areas may have another parent since.
            conditions.append(f"i.scope_path ~ cast(:f_{name} as lquery)")
            binds[f"f_{name}"] = f"*.{getattr(filters, name).hex}.*"
    if filters.lacks_level is not None:
        conditions.append(f"coalesce(nlevel(i.scope_path), 0) <= {LEVELS.index(filters.lacks_level)}")
    for name, column in _EQUAL_COLUMNS.items():
        if getattr(filters, name) is not None:
            conditions.append(f"{column} = :f_{name}")
            binds[f"f_{name}"] = getattr(filters, name)
    if filters.source is not None:
        conditions.append(f"{SOURCE_SQL.format(case='i')} = :f_source")
        binds["f_source"] = filters.source
    for name, column in _NULL_COLUMNS.items():
        if (is_none := getattr(filters, name)) is not None:
            conditions.append(f"{column} is {'' if is_none else 'not '}null")
    return conditions, binds
