"""Counts of cases over periods by the catalogue of measures, and the cases that were counted."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.core.db import sql_text
from app.core.links import link
from app.incidents.scope import ENDED, NOT_CONFIDENTIAL, late_by
from app.profiles.rules.measures import AVERAGES, DUE, MEASURES, Selection
from app.profiles.rules.validation import LEVELS
from app.statistics.queries.counted_cases import (
    BASES,
    KIND_COLUMNS,
    KIND_JOIN,
    KINDS_CTE,
    SOURCE_SQL,
    case_facts,
    grouped_counts,
    in_jurisdiction,
    kind_filter,
    moment_binds,
    recorded_clause,
)
from app.statistics.rules.figure_query import FigureQuery, Span

# The steps by which a case comes to another place, or its place to another area.
MOVED = "('relocate', 'rehome')"


def _condition_of(measure: str) -> str:
    """Return the condition that a case `f` counts as a measure."""
    return f"f.base = '{MEASURES[measure].base}' and ({MEASURES[measure].condition})"


def _condition_of_selection(selection: Selection) -> str:
    """Return the condition that a case `f` counts as one measure and as none of the others."""
    return " and ".join(
        (
            f"({_condition_of(selection.of)})",
            *(f"not ({_condition_of(excluded)})" for excluded in selection.less),
        )
    )


def tally(
    session: Session,
    query: FigureQuery,
    *,
    spans: Sequence[Span],
    dimensions: Sequence[str],
    selections: Sequence[Selection],
) -> Sequence[RowMapping]:
    """Count selections and sum durations in each span, in total and by each dimension, in one statement and snapshot.

    Rows: `span` (its place in `spans`; NULL: all spans together, which callers skip), `dimension` (its place, NULL: in total),
    `value`, `snapshot` (of the statement), `n0`, `n1`, ... (by the places of the selections) and the seconds of each mean by
    its name. Only spans without parts are counted by dimension.
    """
    aliases = {name: f"g{number}" for number, name in enumerate(dimensions)}
    of_kind = not KIND_COLUMNS.keys().isdisjoint(dimensions) or bool(kind_filter(query.filters))
    group_columns = {
        alias: _DIMENSIONS[name][0] for name, alias in aliases.items() if name not in KIND_COLUMNS
    }
    category = aliases.get("category", "category")
    if of_kind:
        group_columns |= {"profile_version_id": "f.profile_version_id", category: "f.category"}
    alike, binds = grouped_counts(query, spans=spans, group_columns=group_columns)
    texts = ", ".join(_DIMENSIONS[name][1].format(alias) for name, alias in aliases.items())
    dimension_cases = "".join(
        f" when grouping({alias}) = 0 then {number}" for number, alias in enumerate(aliases.values())
    )
    counted_as = "".join(
        f", coalesce(sum(f.n) filter (where {_condition_of_selection(selection)}), 0)::bigint n{number}"
        for number, selection in enumerate(selections)
    )
    seconds = "".join(
        f", coalesce(extract(epoch from sum(f.{name}) filter (where {_condition_of(average.of)})), 0)::bigint {name}"
        for name, average in AVERAGES.items()
    )
    looked_up = "".join(
        f", {column} {aliases[name]}" for name, column in KIND_COLUMNS.items() if name in aliases
    )
    its_kind = f"{KIND_JOIN.format(category=category)} {kind_filter(query.filters)}" if of_kind else ""
    sql = f"""
      with {f"{KINDS_CTE}, " if of_kind else ""}{alike},
      f as materialized (
        select f.*, case when f.span = any(cast(:whole_spans as int[])) then f.span end "whole"
               {looked_up}
        from alike f {its_kind})
      select case when grouping(f.span) = 0 then f.span else f."whole" end span,
             {f"case{dimension_cases} end" if aliases else "cast(null as int)"} dimension,
             {f"coalesce({texts})" if aliases else "cast(null as text)"} "value",
             cast(durable_snapshot() as text) snapshot{counted_as}{seconds}
      from f group by grouping sets ((), (f.span) {"".join(f', (f."whole", {alias})' for alias in aliases.values())})
    """
    binds["whole_spans"] = [number for number, span in enumerate(spans) if span.part is None]
    return session.execute(sql_text(sql), binds).mappings().all()


def cells(session: Session, query: FigureQuery, *, level: int) -> Sequence[RowMapping]:
    """Count ordinary cases by the measures they count as, category, class and area of `level` or above.

    Rows: `path`, `category`, `class`, `counts_as` (names of measures), `n`.
    """
    facts, binds = case_facts(query, bases=BASES, are_ordinary=True)
    names = ", ".join(f"case when {_condition_of(name)} then '{name}' end" for name in MEASURES)
    sql = f"""
      with {facts}
      select case when nlevel(f.scope_path) > 0
                  then cast(subpath(f.scope_path, 0, least(nlevel(f.scope_path), {level + 1})) as text) end "path",
             f.category, f."class", array_remove(array[{names}], null) counts_as, count(*) n
      from facts f group by 1, 2, 3, 4 order by 1, 2, 3, 4
    """
    return session.execute(sql_text(sql), binds).mappings().all()


def members(
    session: Session, query: FigureQuery, *, selection: Selection, after: list[str] | None, limit: int
) -> RowMapping:
    """Return a page of the cases of a selection as they were counted, newest first.

    Columns: `items` (JSON), `n` (one more than `limit` if more follow), `last_key`, `snapshot`.
    """
    facts, binds = case_facts(query, bases=[MEASURES[selection.of].base], is_shown=True)
    if after:
        binds |= {"after_at": after[0], "after_id": after[1]}
    later = "and (f.reported_at, f.id) < (cast(:after_at as timestamptz), cast(:after_id as uuid))"
    sql = f"""
      with {facts},
      page as (select f.* from facts f where {_condition_of_selection(selection)} {later if after else ""}
               order by f.reported_at desc, f.id desc limit :limit + 1),
      shown as (select * from page order by reported_at desc, id desc limit :limit)
      select (select coalesce(json_agg({_MEMBER} order by s.reported_at desc, s.id desc), '[]')
              from shown s join incident i on i.id = s.id) items,
             (select count(*) from page) n, cast(durable_snapshot() as text) snapshot,
             (select array[to_char(reported_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), id::text]
              from shown order by reported_at, id limit 1) last_key
    """
    binds |= {"limit": limit, "cases": link("/api/v1/incidents")}
    return session.execute(sql_text(sql), binds).mappings().one()


def longest_overdue(session: Session, query: FigureQuery, *, most: int) -> bytes:
    """Return the cases due in the period that are overdue for the longest, as JSON."""
    facts, binds = case_facts(query, bases=[DUE])
    sql = f"""
      with {facts},
      shown as (select f.* from facts f where {_condition_of("overdue")} order by f.due_at, f.id limit :most)
      select coalesce(json_agg({_MEMBER} order by s.due_at, s.id), '[]') from shown s join incident i on i.id = s.id
    """
    binds |= {"most": most, "cases": link("/api/v1/incidents")}
    body: bytes = session.execute(sql_text(sql), binds).scalar_one()
    return body


def first_reported(session: Session, query: FigureQuery) -> datetime | None:
    """Return when the first case of the jurisdiction that existed at the moment was reported; None without cases."""
    existed = "i.deleted_at is null"
    if query.moment.is_then:
        recorded = recorded_clause(query.moment, "h")
        existed = f"exists (select 1 from incident_history h where h.incident_id = i.id and {recorded})"
    sql = f"""
      select i.reported_at from incident i where {in_jurisdiction(query)} and {existed} order by i.reported_at, i.id limit 1
    """
    binds = {"jurisdiction_id": query.jurisdiction_id} | moment_binds(query)
    reported_at: datetime | None = session.execute(sql_text(sql), binds).scalar_one_or_none()
    return reported_at


def state_at(case: str, at: str) -> str:
    """SQL, to be joined laterally: how the case of this id stood at an instant, by the last state that was recorded before."""
    return f"""(
      select h.status, h.owner_unit_id, h.is_deleted, h.category, h.due_at, h.scope_path,
        coalesce({late_by("h", at)}, false) is_late
      from incident_history h where h.incident_id = {case} and h.occurred_at < {at} order by h.seq desc limit 1)"""


def open_in_grid(session: Session, grid_id: UUID, *, at: datetime) -> Sequence[RowMapping]:
    """The ordinary cases that were open at an instant and lay in a grid, as their last state before it says: `id`, `unit_id`.

    Asked are those of the grid now, and those that were moved since, wherever they are.
    """
    was_open = (
        f"i.deleted_at is null and i.reported_at < :at and (i.status not in {ENDED} or i.updated_at >= :at)"
    )
    sql = f"""
      with asked as (
        select i.id from incident i where i.grid_id = :grid_id and {was_open}
        union
        select e.incident_id from incident_event e where e.action in {MOVED} and e.occurred_at >= :at)
      select cast(i.id as text) id, h.owner_unit_id unit_id
      from asked join incident i using (id)
      cross join lateral {state_at("i.id", ":at")} h
      where {was_open} and {NOT_CONFIDENTIAL} and not h.is_deleted and h.status not in {ENDED}
        and case when nlevel(h.scope_path) > 0
                 then cast(cast(subpath(h.scope_path, -1) as text) as uuid) = :grid_id end
      order by i.id
    """
    return session.execute(sql_text(sql), {"grid_id": grid_id, "at": at}).mappings().all()


def recorded_since(session: Session) -> datetime | None:
    """When the first state of a case was recorded; None: none was yet."""
    sql = "select recorded_at from incident_history order by seq limit 1"
    recorded_at: datetime | None = session.execute(sql_text(sql)).scalar_one_or_none()
    return recorded_at


# As it was counted; what it is now stands at `href`.
_MEMBER = """json_build_object(
  'id', s.id, 'case_no', i.case_no, 'category', s.category, 'class', s.class, 'status', s.status,
  'reported_at', s.reported_at, 'due_at', s.due_at, 'is_overdue', s.is_late, 'rework_count', s.rework_count,
  'href', cast(:cases as text) || '/' || s.id)"""


# What cases `f` are grouped by, NULL for none, and that as text.
_DIMENSIONS = {
    **{
        f"area:{level}": (
            f"case when nlevel(f.scope_path) > {place} then subpath(f.scope_path, {place}, 1) end",
            "{}::text::uuid::text",
        )
        for place, level in enumerate(LEVELS)
    },
    **dict.fromkeys(KIND_COLUMNS, ("", "{}")),
    "category": ("f.category", "{}"),
    "source": (SOURCE_SQL.format(case="f"), "{}"),
    "unit": ("f.owner_unit_id", "{}::text"),
    "handling_unit": ("f.handling_unit_id", "{}::text"),
}
