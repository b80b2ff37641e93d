"""Queries that count cases by measure, and that list the cases that were counted.

`app.statistics` and `counted_cases` explain the terms *measure*, *selection*, *base* and *flag*.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, DateTime, Executable, RowMapping, and_, bindparam, not_, select
from sqlalchemy.orm import Session, aliased

from app.core.db import Fragment, unscoped
from app.core.links import link
from app.incidents.models import Incident, IncidentHistory
from app.incidents.scope import has_ended, is_late, is_ordinary
from app.profiles.rules.levels import LEVELS
from app.profiles.rules.measures import AVERAGES, DUE, MEASURES, Selection
from app.statistics.queries.case_states import is_recorded, source_of
from app.statistics.queries.columns import (
    area_at,
    area_id_of,
    column_of,
    columns_of,
    constant,
    joined,
    listed,
    named,
)
from app.statistics.queries.counted_cases import (
    BASES,
    KIND_COLUMNS,
    KINDS_CTE,
    SNAPSHOT,
    CaseShape,
    CountedVisibility,
    can_be_read_once,
    case_facts,
    case_shape,
    in_jurisdiction,
    is_by_kind,
    kind_join,
    moment_binds,
)
from app.statistics.queries.grouped_counts import grouped_counts, slot_binds
from app.statistics.rules.figure_query import FigureQuery, MomentKind, Span

_CASES_PATH = "/api/v1/incidents"
# Columns of a case `f` by which figures are grouped, NULL for cases without a value; class and priority are joined later.
_GROUPINGS = {
    **{f"area:{level}": area_at(Fragment("f.scope_path"), place) for place, level in enumerate(LEVELS)},
    "category": Fragment("f.category"),
    "source": source_of(Fragment("f.id")),
    "unit": Fragment("f.owner_unit_id"),
    "handling_unit": Fragment("f.handling_unit_id"),
}
_CONDITIONS = {
    measure.name: Fragment(
        "({base} and ({condition}))",
        base=Fragment("base = {base}", base=constant(measure.base)),
        condition=Fragment(measure.condition),
    )
    for measure in MEASURES.values()
}


def _as_text(name: str, alias: str) -> Fragment:
    """Return the SQL for the group value in column `alias` as text. `name`: the grouping."""
    column = column_of("f", alias)
    return area_id_of(column) if name.startswith("area:") else Fragment("{column}::text", column=column)


def _condition(selection: Selection) -> ColumnElement[bool]:
    """Return the condition that cases count as the measure `of` and as no measure in `less`."""
    return and_(_CONDITIONS[selection.of], *(not_(_CONDITIONS[name]) for name in selection.less))


def tally(
    session: Session,
    query: FigureQuery,
    *,
    spans: Sequence[Span],
    dimensions: Sequence[str],
    selections: Sequence[Selection],
    visibility: CountedVisibility | None = None,
    is_read_once: bool = False,
) -> Sequence[RowMapping]:
    """Count cases and sum durations by span, in total and by each grouping, in one statement.

    Groups are counted only for whole periods, and not for single days, weeks or months. `grouped_counts` explains
    `is_read_once`.

    Returns:
        Rows with these columns:
        `span`: index in `spans`; NULL in a row for all spans together, which callers skip.
        `dimension`: index in `dimensions`; NULL in a row of totals. `value`: value of the grouping.
        `n0`, `n1`, ...: the count of each selection, by its index; per mean, by its name, the sum of seconds.
        `snapshot`: database snapshot of the statement.
    """
    shape, binds = case_shape(query, spans, visibility)
    binds["whole_spans"] = [number for number, span in enumerate(spans) if span.part is None]
    is_once = is_read_once and can_be_read_once(shape)
    statement = _tally(shape, tuple(dimensions), tuple(selections), is_read_once=is_once)
    return session.execute(statement, binds | slot_binds(spans, query.zone)).mappings().all()


@lru_cache(maxsize=200)
def _tally(
    shape: CaseShape, dimensions: tuple[str, ...], selections: tuple[Selection, ...], *, is_read_once: bool
) -> Fragment:
    aliases = {name: f"g{number}" for number, name in enumerate(dimensions)}
    columns = columns_of("f", list(aliases.values()))
    of_kind = not KIND_COLUMNS.keys().isdisjoint(dimensions) or is_by_kind(shape)
    group_columns = {alias: _GROUPINGS[name] for name, alias in aliases.items() if name not in KIND_COLUMNS}
    category = aliases.get("category", "category")
    if of_kind:
        group_columns |= {
            "profile_version_id": Fragment("f.profile_version_id"),
            category: Fragment("f.category"),
        }
    alike = grouped_counts(shape, group_columns, is_read_once=is_read_once)
    kinds = [named(column, aliases[name]) for name, column in KIND_COLUMNS.items() if name in aliases]
    return Fragment(
        """
      with {ctes}, f as materialized (
        select {columns} from alike f {kind_join})
      select case when grouping(f.span) = 0 then f.span else f."whole" end span, {dimension} dimension, {value} "value",
             {snapshot} snapshot, {sums}
      from f group by grouping sets ({sets})
        """,
        ctes=Fragment("{kinds}, {alike}", kinds=KINDS_CTE, alike=alike) if of_kind else alike,
        columns=listed([Fragment("f.*"), _WHOLE_SPAN, *kinds]),
        kind_join=kind_join(shape, category) if of_kind else Fragment(""),
        dimension=grouping_place(columns),
        value=_value([_as_text(name, alias) for name, alias in aliases.items()]),
        snapshot=SNAPSHOT,
        sums=_sums(selections),
        sets=listed(
            [
                Fragment("()"),
                Fragment("(f.span)"),
                *(Fragment('(f."whole", {column})', column=column) for column in columns),
            ]
        ),
    )


def grouping_place(columns: Sequence[ColumnElement[Any]]) -> Fragment:
    """Return the SQL for the index of the column by which a row of `grouping sets` is grouped.

    It is NULL in rows of totals, which are grouped by none of `columns`.
    """
    if not columns:
        return Fragment("cast(null as int)")
    cases = [
        Fragment("when grouping({column}) = 0 then {place}", column=column, place=constant(place))
        for place, column in enumerate(columns)
    ]
    return Fragment("case {cases} end", cases=joined(" ", cases))


def _value(texts: Sequence[Fragment]) -> Fragment:
    """Return the SQL for the value of the grouping in a row of `tally`; NULL in totals."""
    if not texts:
        return Fragment("cast(null as text)")
    return Fragment("coalesce({texts})", texts=listed(texts))


_WHOLE_SPAN = Fragment('case when f.span = any(cast(:whole_spans as int[])) then f.span end "whole"')


@lru_cache(maxsize=100)
def _sums(selections: tuple[Selection, ...]) -> Fragment:
    """Return the columns of `tally` that sum counts and durations over the groups `f`."""
    counts = [named(_count_of(selection), f"n{place}") for place, selection in enumerate(selections)]
    seconds = [named(_seconds_of(average.of, name), name) for name, average in AVERAGES.items()]
    return listed([*counts, *seconds])


def _count_of(selection: Selection) -> Fragment:
    """Return the SQL expression that counts the cases of a selection, from the groups `f`."""
    return Fragment(
        "coalesce(sum(f.n) filter (where {condition}), 0)::bigint", condition=_condition(selection)
    )


def _seconds_of(measure: str, column: str) -> Fragment:
    """Return the SQL expression for the sum of the durations of a measure's cases, in seconds."""
    return Fragment(
        "coalesce(extract(epoch from sum({column}) filter (where {condition})), 0)::bigint",
        column=column_of("f", column),
        condition=_CONDITIONS[measure],
    )


_COUNTS_AS = listed(
    Fragment("case when ({condition}) then {name} end", condition=_CONDITIONS[name], name=constant(name))
    for name in MEASURES
)


def cells(session: Session, query: FigureQuery, *, level: int) -> Sequence[RowMapping]:
    """Count ordinary cases of the period, to be rounded: by area, category, class and measures.

    Ordinary cases are neither confidential nor about a person or unit. Columns: `path` (of the area of `level`, or of a
    higher area for a case in no area of that level), `category`, `class`, `counts_as` (names of the measures that count
    these cases), `n` (number of cases).
    """
    shape, binds = case_shape(query, [query.own_span])
    return session.execute(_cells(shape, level), binds).mappings().all()


@lru_cache
def _cells(shape: CaseShape, level: int) -> Fragment:
    return Fragment(
        """
      with {facts}
      select case when nlevel(f.scope_path) > 0
                  then cast(subpath(f.scope_path, 0, least(nlevel(f.scope_path), {depth})) as text) end "path",
             f.category, f."class", array_remove(array[{counts_as}], null) counts_as, count(*) n
      from facts f group by 1, 2, 3, 4 order by 1, 2, 3, 4
        """,
        facts=case_facts(shape, BASES, only="ordinary"),
        depth=constant(level + 1),
        counts_as=_COUNTS_AS,
    )


# A case as it was counted; `href` leads to the case as it is now.
_MEMBER = Fragment("""json_build_object(
  'id', s.id, 'case_no', i.case_no, 'category', s.category, 'class', s.class, 'status', s.status,
  'reported_at', s.reported_at, 'due_at', s.due_at, 'is_overdue', s.is_late, 'rework_count', s.rework_count,
  'href', cast(:cases as text) || '/' || s.id)""")


def members(
    session: Session, query: FigureQuery, *, selection: Selection, after: list[str] | None, limit: int
) -> RowMapping:
    """Return a page of the cases that count as one measure and as none of some others.

    Cases are shown as they were at the counted moment, the newest first. Columns: `items` (JSON), `n` (`limit` + 1 if more
    follow), `last_key`, `snapshot`.
    """
    shape, binds = case_shape(query, [query.own_span])
    binds |= {"limit": limit, "cases": link(_CASES_PATH)}
    if after:
        binds |= {"after_at": after[0], "after_id": after[1]}
    statement = _members(shape, selection, is_first=not after)
    return session.execute(statement, binds).mappings().one()


@lru_cache(maxsize=200)
def _members(shape: CaseShape, selection: Selection, *, is_first: bool) -> Fragment:
    return Fragment(
        """
      with {facts},
      page as (select f.* from facts f where ({condition}) and {is_later}
               order by f.reported_at desc, f.id desc limit :limit + 1),
      shown as (select * from page order by reported_at desc, id desc limit :limit)
      select (select coalesce(json_agg({member} order by s.reported_at desc, s.id desc), '[]')
              from shown s join incident i on i.id = s.id) items,
             (select count(*) from page) n, {snapshot} snapshot,
             (select array[to_char(reported_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), id::text]
              from shown order by reported_at, id limit 1) last_key
        """,
        facts=case_facts(shape, [MEASURES[selection.of].base], is_shown=True),
        condition=_condition(selection),
        snapshot=SNAPSHOT,
        is_later=_TRUE if is_first else _IS_LATER,
        member=_MEMBER,
    )


_TRUE = Fragment("true")
_IS_LATER = Fragment("(f.reported_at, f.id) < (cast(:after_at as timestamptz), cast(:after_id as uuid))")


def longest_overdue(session: Session, query: FigureQuery, *, most: int) -> bytes:
    """Return the `most` cases due in the period that are overdue for the longest, as JSON bytes."""
    shape, binds = case_shape(query, [query.own_span])
    binds |= {"most": most, "cases": link(_CASES_PATH)}
    body: bytes = session.execute(_longest_overdue(shape), binds).scalar_one()
    return body


@lru_cache(maxsize=200)
def _longest_overdue(shape: CaseShape) -> Fragment:
    return Fragment(
        """
      with {facts},
      shown as (select f.* from facts f where ({is_overdue}) order by f.due_at, f.id limit :most)
      select coalesce(json_agg({member} order by s.due_at, s.id), '[]') from shown s join incident i on i.id = s.id
        """,
        facts=case_facts(shape, [DUE], only="open"),
        is_overdue=_CONDITIONS["overdue"],
        member=_MEMBER,
    )


def first_reported(session: Session, query: FigureQuery) -> datetime | None:
    """Return when the first case of the jurisdiction was reported, or None without cases.

    Only cases that existed at the moment of the query are considered.
    """
    binds = {"jurisdiction_id": query.jurisdiction_id} | moment_binds(query)
    statement = _first_reported(query.moment.kind, has_strays=query.has_strays)
    return session.execute(statement, binds).scalar_one_or_none()


@lru_cache
def _first_reported(moment: MomentKind, *, has_strays: bool) -> Executable:
    existed: ColumnElement[bool] = Incident.deleted_at.is_(None)
    if moment != "present":
        record = (
            select(IncidentHistory.seq)
            .where(IncidentHistory.incident_id == Incident.id, is_recorded(moment, IncidentHistory))
            .correlate(Incident)
        )
        existed = record.exists()
    statement = (
        select(Incident.reported_at)
        .where(in_jurisdiction(Incident, has_strays=has_strays), existed)
        .order_by(Incident.reported_at, Incident.id)
        .limit(constant(1))
    )
    return unscoped(statement, incident="only the day from which there are records")


_RECORD = aliased(IncidentHistory, name="h")


def state_at(case_id: Any, at: Any) -> Fragment:
    """Return a LATERAL subquery over `incident_history`: the last state of a case before `at`.

    Args:
        case_id: Column with the id of the case.
        at: Column or bind with the instant.
    """
    return Fragment(
        """(
      select h.status, h.owner_unit_id, h.is_deleted, h.category, h.due_at, h.scope_path,
        coalesce({is_late}, false) is_late
      from incident_history h where h.incident_id = {case_id} and h.occurred_at < {at} order by h.seq desc limit 1)""",
        is_late=is_late(at, _RECORD),
        case_id=case_id,
        at=at,
    )


_AT = bindparam("at", None, DateTime(timezone=True))
_WAS_OPEN = and_(
    Incident.deleted_at.is_(None),
    Incident.reported_at < _AT,
    Fragment(
        "({not_ended} or {updated_at} >= {at})",
        not_ended=not_(has_ended()),
        updated_at=Incident.updated_at,
        at=_AT,
    ),
)
# Cases that were moved to another grid since are found by their events.
_OPEN_IN_GRID = Fragment(
    """
  with candidate as (
    select incident.id from incident where incident.grid_id = :grid_id and ({was_open})
    union
    select incident_id from incident_event where action in ('relocate', 'rehome') and occurred_at >= :at)
  select cast(incident.id as text) id, state.owner_unit_id unit_id
  from candidate join incident on incident.id = candidate.id
  cross join lateral {state} state
  where ({was_open}) and ({is_ordinary})
    and not state.is_deleted and state.status not in ('not_filed', 'closed', 'force_closed')
    and case when nlevel(state.scope_path) > 0
             then cast(cast(subpath(state.scope_path, -1) as text) as uuid) = :grid_id end
  order by incident.id
    """,
    was_open=_WAS_OPEN,
    state=state_at(Incident.id, _AT),
    is_ordinary=is_ordinary(),
)


def open_in_grid(session: Session, grid_id: UUID, *, at: datetime) -> Sequence[RowMapping]:
    """Return the ordinary cases that were open in a grid at an instant.

    Columns: `id`, `unit_id`. Grid, owning unit and state are those last recorded before the instant.
    """
    return session.execute(_OPEN_IN_GRID, {"grid_id": grid_id, "at": at}).mappings().all()


_FIRST_RECORD = select(IncidentHistory.recorded_at).order_by(IncidentHistory.seq).limit(constant(1))


def recorded_since(session: Session) -> datetime | None:
    """Return the time of the first row of `incident_history`, or None if the table is empty."""
    recorded_at: datetime | None = session.execute(_FIRST_RECORD).scalar_one_or_none()
    return recorded_at
