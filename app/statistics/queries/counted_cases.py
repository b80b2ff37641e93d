"""SQL fragments that select the cases to count, at present or at a past moment.

Only cases that the actor directs are selected. Present states and recorded states (see `case_states`) have the same
columns, so visibility, filters and flags of the measures are the same SQL for both. `case_states` explains the *base* of a
measure. A *flag* is a boolean of a case that measures test, such as "is overdue".
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, Literal, NamedTuple, Protocol

from sqlalchemy import ColumnElement, and_, or_
from sqlalchemy.orm import aliased

from app.core.actor import Permission
from app.core.db import Fragment
from app.incidents.models import Incident
from app.incidents.scope import case_visibility, is_late, is_open, is_ordinary, stands_above_subject
from app.profiles.rules.measures import AVERAGES, DUE, FLAGS, REPORTED
from app.statistics.queries.case_states import NOW, source_of, states_in, states_in_either
from app.statistics.queries.columns import (
    column_of,
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

# Which cases are kept; see `case_facts`.
Kept = Literal["all", "ordinary", "open"]
# The order of the parts of the union; of flags, that of their bits.
BASES = (REPORTED, DUE)
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


# Those that read the column `at`.
_FILTERS_OF_BASE = frozenset(("weekday", "hour"))


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
    return _visible(
        shape,
        states_in(base, shape.moment, shape.ranges, is_shown=is_shown),
        is_late=_IS_LATE if base == DUE or is_shown else _UNKNOWN,
        only=only,
    )


def states_of(shape: CaseShape, bases: Sequence[str]) -> Fragment:
    """Return the SELECT of the case states of one base, or of both: as `_states`, with each case once."""
    if len(bases) == 1:
        return _states(shape, bases[0])
    return _visible(shape, states_in_either(shape.moment, shape.ranges), is_late=_IS_LATE)


def _visible(shape: CaseShape, states: Fragment, *, is_late: Fragment, only: Kept = "all") -> Fragment:
    """Return the SELECT of those `states` that are visible and pass the filters, with flags and durations."""
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
        is_late=is_late,
        flags=_FLAG_COLUMNS,
        durations=_DURATION_COLUMNS,
        states=states,
        is_directed=shape.is_directed,
        conditions=and_(*conditions),
    )


def can_be_read_once(shape: CaseShape) -> bool:
    """Return False if a filter compares the time of the report or of the deadline, which is another one for each base."""
    return _FILTERS_OF_BASE.isdisjoint(shape.filters)


def edges_of(span: Span, zone: str) -> tuple[datetime, datetime]:
    """Return the instants at which a span begins and ends."""
    return midnight(span.days.first, zone), midnight(span.days.last + timedelta(days=1), zone)


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
