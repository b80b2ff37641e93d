"""SQL fragments that select the cases to count, at present or at a past moment.

Only cases that the actor directs are selected. Present states and recorded states (see `case_states`) have the same
columns, so visibility, filters and flags of the measures are the same SQL for both. `case_states` explains the *base* of a
measure. A *flag* is a boolean of a case that measures test, such as "is overdue".
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Literal, NamedTuple, Protocol

from sqlalchemy import ColumnElement, and_, or_
from sqlalchemy.orm import aliased

from app.core.actor import Permission
from app.core.db import Fragment
from app.incidents.models import Incident
from app.incidents.scope import case_visibility, is_late, is_open, is_ordinary, stands_above_subject
from app.profiles.rules.measures import AVERAGES, DUE, FLAGS, MEASURES, REPORTED, flags_of
from app.statistics.queries.case_states import NOW, source_of, states_in
from app.statistics.queries.columns import (
    column_of,
    columns_of,
    constant,
    filter_binds,
    filter_names,
    hour_of,
    joined,
    listed,
    named,
    weekday_of,
)
from app.statistics.rules.figure_query import FigureQuery, MomentKind, Span, midnight

# How the span of a case is found; see `span_form`.
SpanForm = Literal["one", "few", "many"]
# Which cases are kept; see `case_facts`.
Kept = Literal["all", "ordinary", "open"]
# The order of the parts of the union; of flags, that of their bits.
BASES = (REPORTED, DUE)
_MAX_JOINED_SPANS = 4
_UNION = " union all "
_NOTHING = Fragment("")
_STATE = aliased(Incident, name="state")
_PRESENT_CASE = aliased(Incident, name="present_case")

# The database snapshot of a statement, as text. A subselect is computed once; the call alone, once for each row.
SNAPSHOT = Fragment("(select cast(durable_snapshot() as text))")

# The class and the priority of a case are those of its category in the profile version of the case.
KINDS_CTE = Fragment("""
  kinds as materialized (
    select p.id, category ->> 'code' code, category ->> 'kind' kind, category ->> 'priority' priority
    from profile_version p, jsonb_path_query(p.data, '$.taxonomy.categories[*]') category
    where p.jurisdiction_id = :jurisdiction_id)""")
KIND_COLUMNS = {
    "class": Fragment("coalesce(k.kind, 'unknown')"),
    "priority": Fragment("coalesce(k.priority, 'unknown')"),
}


_KIND_FILTERS = {
    "kind": Fragment("{kind} = :f_kind", kind=KIND_COLUMNS["class"]),
    "priority": Fragment("{priority} = :f_priority", priority=KIND_COLUMNS["priority"]),
}
_AT = Fragment('state."at"')
# Filters of a state. Areas are filtered by the path that was recorded with the case: they may have another parent since.
_FILTERS = {
    "area": Fragment("state.scope_path ~ cast(:f_area as lquery)"),
    "part": Fragment("state.scope_path ~ cast(:f_part as lquery)"),
    "lacks_level": Fragment("coalesce(nlevel(state.scope_path), 0) <= :f_lacks_level"),
    "category": Fragment("state.category = :f_category"),
    "unit": Fragment("state.owner_unit_id = :f_unit"),
    "unowned": Fragment("state.owner_unit_id is null"),
    "not unowned": Fragment("state.owner_unit_id is not null"),
    "handling_unit": Fragment("state.handling_unit_id = :f_handling_unit"),
    "lacks_handling_unit": Fragment("state.handling_unit_id is null"),
    "not lacks_handling_unit": Fragment("state.handling_unit_id is not null"),
    "source": Fragment("{source} = :f_source", source=source_of(_STATE.id)),
    "weekday": Fragment("{weekday} = :f_weekday", weekday=weekday_of(_AT)),
    "hour": Fragment("{hour} = :f_hour", hour=hour_of(_AT)),
}


class CountedVisibility(Protocol):
    """The rule of which cases are counted, if it is not that of the actor.

    Attributes:
        binds: Bind values of the condition.
    """

    @property
    def binds(self) -> dict[str, Any]: ...

    def condition(self, of: Any) -> ColumnElement[bool]:
        """Return the condition on a case state `of`; the same object for equal rules, because statements are cached by it."""


class CaseShape(NamedTuple):
    """The parts of a request that decide the text of its SQL. Statements are cached by them.

    Attributes:
        is_directed: Condition that the actor directs the case in the state `state`.
        is_still_visible: Condition that the actor may see the case now, for counts of a past moment. None: present states
            are counted.
        moment: Cases are counted in their present state, as recorded by a time, or as seen by a database snapshot.
        has_strays: Cases without a jurisdiction are counted, too.
        filters: Names of the filters that are set (`filter_names`).
        ranges: The number of disjoint ranges of time that the spans cover.
    """

    is_directed: ColumnElement[bool]
    is_still_visible: ColumnElement[bool] | None
    moment: MomentKind
    has_strays: bool
    filters: tuple[str, ...]
    ranges: int


def case_shape(
    query: FigureQuery, spans: Sequence[Span], counted: CountedVisibility | None = None
) -> tuple[CaseShape, dict[str, Any]]:
    """Return the key under which the SQL of a query is cached, and its bind values.

    Args:
        spans: The ranges of days for which cases are counted.
        counted: The rule of which present states are counted. None: those that the actor of the query directs.
    """
    visibility = case_visibility(query.actor, query.now, Permission.INCIDENT_DIRECT)
    ranges = _ranges(spans, query.zone)
    shape = CaseShape(
        (counted or visibility).condition(_STATE),
        visibility.still_visible(_PRESENT_CASE) if query.moment.is_then else None,
        query.moment.kind,
        query.has_strays,
        filter_names(query.filters),
        len(ranges),
    )
    binds = (
        visibility.binds
        | (counted.binds if counted else {})
        | filter_binds(query.filters)
        | moment_binds(query)
    )
    for number, (since, until) in enumerate(ranges):
        binds |= {f"since_{number}": since, f"until_{number}": until}
    return shape, binds | {
        "jurisdiction_id": query.jurisdiction_id,
        "local_zone": query.zone,
        "register_minutes": query.evaluation.register_minutes,
        "respond_minutes": query.evaluation.respond_minutes,
        "frequent_least": query.evaluation.frequent_least,
    }


def is_by_kind(shape: CaseShape) -> bool:
    """Return True if the request filters by class or by priority of the category."""
    return not _KIND_FILTERS.keys().isdisjoint(shape.filters)


def kind_join(shape: CaseShape, category: str) -> Fragment:
    """Return the LEFT JOIN that adds class and priority to cases `f`, and the filters on these.

    Args:
        shape: Has the names of the filters.
        category: The column of `f` with the code of the category. It is joined to the CTE `kinds`, which has the class and
            priority of each category.
    """
    conditions = [_KIND_FILTERS[name] for name in shape.filters if name in _KIND_FILTERS]
    return Fragment(
        "left join kinds k on k.id = f.profile_version_id and k.code = {category} {where}",
        category=column_of("f", category),
        where=Fragment("where ({conditions})", conditions=and_(*conditions)) if conditions else _NOTHING,
    )


def moment_binds(query: FigureQuery) -> dict[str, Any]:
    """Return the bind values :now and :snapshot, as of which a query counts cases."""
    return {"now": query.moment.at, "snapshot": query.moment.snapshot}


def case_facts(
    shape: CaseShape, bases: Sequence[str], *, is_shown: bool = False, only: Kept = "all"
) -> Fragment:
    """Return the CTEs `kinds` and `facts`, which select the cases to count.

    `kinds` has the class and priority of each category. `facts` has a row with `base` REPORTED for each case that was
    reported in the period, and a row with `base` DUE for each case whose deadline lies in the period.

    Args:
        bases: REPORTED, DUE or both: the rows that the statement needs.
        is_shown: Select the deadline also for rows of base REPORTED. Lists of cases show the deadline; no measure of that
            base needs it.
        only: Leave out confidential cases and cases about a person or unit (`ordinary`), or cases that have ended (`open`):
            few are open, and indexes find them.
    """
    facts = [
        Fragment(
            'select f.*, {base} base, {kind} "class" from ({states}) f {kind_join}',
            base=constant(base),
            kind=KIND_COLUMNS["class"],
            states=_states(shape, base, is_shown=is_shown, only=only),
            kind_join=kind_join(shape, "category"),
        )
        for base in bases
    ]
    return Fragment("{kinds}, facts as ({facts})", kinds=KINDS_CTE, facts=joined(_UNION, facts))


def grouped_counts(shape: CaseShape, spans: SpanForm, group_columns: Mapping[str, Fragment]) -> Fragment:
    """Return the CTE `alike`, which counts cases by span, base, group columns and flags.

    Its column `n` is the number of cases. For each mean duration there is a column with the sum of the durations.
    `group_columns`: the SQL expressions over cases `f` by which to group, by the name of their column.

    The cases of each base are read once, with these columns only. The class of the category is joined afterwards: a million
    cases leave only a few thousand groups to join. The flags are packed into one integer. With separate flags PostgreSQL
    multiplies the distinct values of all columns, expects as many groups as cases, and sorts instead of hashing. The
    integer is computed behind an `offset`, which is a constant so that the scan stays parallel.
    """
    keys = (*group_columns, "status", "flags")
    counts = [
        Fragment(
            """
        select {span} span, {base} base, {keys}, {outcome} outcome, count(*) n, {durations}
        from (select {columns} from ({states}) f offset bigint '0') f {span_join}
        group by span, {group_by}""",
            span=_SPANS[spans],
            base=constant(base),
            keys=listed(columns_of("f", keys)),
            outcome=_OUTCOMES[base],
            durations=_SUMS_OF_DURATIONS[base],
            columns=listed(
                [
                    *(named(expression, name) for name, expression in group_columns.items()),
                    named(_PACKED_FLAGS[base], "flags"),
                    *_COLUMNS_OF_GROUPS,
                ]
            ),
            states=_states(shape, base),
            span_join=_SPAN_JOINS[spans],
            group_by=listed(columns_of("f", (*keys, "outcome") if base == DUE else keys)),
        )
        for base in BASES
    ]
    return Fragment(
        "alike as (select a.*, {flags} from ({counts}) a)",
        flags=_UNPACKED_FLAGS,
        counts=joined(_UNION, counts),
    )


def _packed(base: str) -> Fragment:
    """Return the SQL expression that packs the flags of a case `f` into the bits of one integer."""
    bits = [
        Fragment(
            "(coalesce({flag}, false)::int << {place})",
            flag=column_of("f", name),
            place=constant(_FLAG_PLACES[name]),
        )
        for name in flags_of(base)
    ]
    return joined(" | ", bits)


def _sums_of_durations(base: str) -> Fragment:
    """Return a column for each mean duration: its sum over cases `f` of one base.

    The column is NULL if the mean is over cases of the other base.
    """
    return listed(
        named(
            Fragment("sum({duration})", duration=column_of("f", name))
            if MEASURES[average.of].base == base
            else Fragment("cast(null as interval)"),
            name,
        )
        for name, average in AVERAGES.items()
    )


_FLAG_PLACES = {name: place for place, name in enumerate(name for base in BASES for name in flags_of(base))}
_PACKED_FLAGS = {base: _packed(base) for base in BASES}
_UNPACKED_FLAGS = listed(
    named(Fragment("(a.flags & {bit}) <> 0", bit=constant(1 << place)), name)
    for name, place in _FLAG_PLACES.items()
)
_SUMS_OF_DURATIONS = {base: _sums_of_durations(base) for base in BASES}
_OUTCOMES = {REPORTED: Fragment("cast(null as text)"), DUE: Fragment("f.outcome")}
_COLUMNS_OF_GROUPS = columns_of("f", ("status", "outcome", "at", *AVERAGES))


# The number of the span in which a case `f` lies. A few spans are found by their instants, many overlapping ones by local day.
_SPANS: dict[SpanForm, Fragment] = {
    "one": Fragment("0"),
    "few": Fragment("w.place - 1"),
    "many": Fragment("w.span"),
}
_SPAN_JOINS: dict[SpanForm, Fragment] = {
    "one": _NOTHING,
    "few": Fragment("""join unnest(cast(:span_since as timestamptz[]), cast(:span_until as timestamptz[])) with ordinality
               w(since, until, place) on f."at" >= w.since and f."at" < w.until"""),
    "many": Fragment("""join unnest(cast(:days as date[]), cast(:of_spans as int[])) w("day", span)
                on w."day" = (f."at" at time zone :zone)::date"""),
}


def span_form(spans: Sequence[Span], zone: str) -> tuple[SpanForm, dict[str, Any]]:
    """Choose the SQL that finds the spans of a case. Return its form and bind values.

    There are three forms: `one` (one span, no join), `few` (join by instants) and `many` (join by local days).
    """
    if len(spans) == 1:
        return "one", {}
    if len(spans) <= _MAX_JOINED_SPANS:
        edges = [_ranges([span], zone)[0] for span in spans]
        return "few", {
            "span_since": [since for since, _ in edges],
            "span_until": [until for _, until in edges],
        }
    days = [
        (span.days.first + timedelta(days=day), number)
        for number, span in enumerate(spans)
        for day in range((span.days.last - span.days.first).days + 1)
    ]
    return "many", {
        "days": [day for day, _ in days],
        "of_spans": [number for _, number in days],
        "zone": zone,
    }


_FLAG_COLUMNS = listed(named(Fragment(flag.sql), name) for name, flag in FLAGS.items() if flag.sql)
_DURATION_COLUMNS = listed(named(Fragment(average.duration), name) for name, average in AVERAGES.items())
# A case that was overdue when it was deferred or put on long-term hold stays overdue.
_IS_LATE = Fragment(
    "coalesce(({is_late}) or status in ('deferred', 'on_books') and outcome = 'overdue', false)",
    is_late=is_late(NOW, _STATE),
)
_UNKNOWN = Fragment("null::boolean")


def _states(shape: CaseShape, base: str, *, is_shown: bool = False, only: Kept = "all") -> Fragment:
    """Return the SELECT of the case states of one base that are visible and pass the filters.

    The states have flags and durations. The filters by class and priority are not applied here, because they need the join
    with `kinds`.
    """
    conditions = [in_jurisdiction(_STATE, has_strays=shape.has_strays), stands_above_subject(_STATE)]
    conditions += [_FILTERS[name] for name in shape.filters if name not in _KIND_FILTERS]
    if only != "all":
        conditions.append(is_ordinary(_STATE) if only == "ordinary" else is_open(_STATE))
    if shape.is_still_visible is not None:
        # A case that has become confidential, or about somebody, is counted for those who direct it now.
        still_visible = Fragment(
            "state.id in (select present_case.id from incident present_case where ({still_visible}))",
            still_visible=shape.is_still_visible,
        )
        conditions.append(still_visible)
    return Fragment(
        """
          select state.*, ({is_late}) is_late, {flags}, {durations} from ({states}) state
          where {is_directed} and ({conditions})""",
        is_late=_IS_LATE if base == DUE or is_shown else _UNKNOWN,
        flags=_FLAG_COLUMNS,
        durations=_DURATION_COLUMNS,
        states=states_in(base, shape.moment, shape.ranges, is_shown=is_shown),
        is_directed=shape.is_directed,
        conditions=and_(*conditions),
    )


def _ranges(spans: Sequence[Span], zone: str) -> Sequence[tuple[datetime, datetime]]:
    """Return the ranges [since, until) of instants that the spans cover, in order.

    Ranges that overlap or follow each other are merged.
    """
    ranges: list[tuple[date, date]] = []
    for first, following in sorted((span.days.first, span.days.last + timedelta(days=1)) for span in spans):
        if ranges and first <= ranges[-1][1]:
            ranges[-1] = (ranges[-1][0], max(ranges[-1][1], following))
        else:
            ranges.append((first, following))
    return [(midnight(first, zone), midnight(following, zone)) for first, following in ranges]


def in_jurisdiction(of: Any, *, has_strays: bool) -> ColumnElement[bool]:
    """Return the condition that a case belongs to the jurisdiction :jurisdiction_id.

    `of`: the table or alias with `jurisdiction_id`. `has_strays`: cases without a jurisdiction match, too.
    """
    home = Fragment("{id} = :jurisdiction_id", id=of.jurisdiction_id)
    return or_(home, of.jurisdiction_id.is_(None)) if has_strays else home
