"""SQL of the numbers on a board: the open cases that the actor directs, in total and by several properties.

The numbers of an area are kept in `open_case_count`, for areas of the three topmost levels, as they were at one instant
(`counted_at`). The statement adds three kinds of rows, so that each number is that of the rows of `open_case` at the instant
of the request, in the same snapshot:

- changes of cases that are not in the numbers yet (`open_case_change`), as of `counted_at`;
- each case that became late, or changed another mark, between `counted_at` and the request: with its marks now, less the
  same case with its marks then;
- cases about a person or unit, which are not in the numbers. The rule of visibility decides on each.

The rule of visibility is applied to a number or a change as to a case about nobody. This is right because the rule decides
on such cases by area alone, and no area that it names lies below the level of the numbers that are read. If one does, or
numbers are missing, the same statement counts the cases.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, literal_column
from sqlalchemy.orm import Session

from app.core.actor import Actor, Permission
from app.core.db import Fragment
from app.core.db.raw_read import fetch_all
from app.dispatch.scope import constant
from app.incidents.cases.queries.fields import ACTIVE_STATES
from app.incidents.cases.queries.list_filters import AREA_PATH, condition_of
from app.incidents.scope import NOW, OPEN_I, CaseRule, case_visibility, is_late

# The longest paths of areas of which numbers are kept. The functions of the database know it, too.
COUNTED_LEVELS = 3
MARKS = (
    "late",
    "urgent",
    "waiting",
    "warned",
    "stage_late",
    "verify_late",
    "escalated",
    "supervised",
    "extension",
)
_COUNTED_AT = Fragment("(select counted_at from bounds)")


def _packed_marks(at: Any) -> Fragment:
    """Return the marks of an open case `i` at an instant as one integer, which hashes faster than nine booleans."""
    return Fragment(
        """(coalesce({is_late}, false)::int | (i.is_urgent::int << 1) | (i.is_waiting::int << 2)
      | (coalesce(i.warned_until >= {at}, false)::int << 3) | (coalesce(i.stage_due_at < {at}, false)::int << 4)
      | (coalesce(i.verify_due_at < {at}, false)::int << 5) | (i.is_escalated::int << 6)
      | (i.is_supervised::int << 7) | (i.is_extension_asked::int << 8))""",
        is_late=is_late(at, OPEN_I),
        at=at,
    )


_NUMBERS = Fragment.joined(
    ", ",
    [
        Fragment("coalesce(sum(n), 0) open"),
        *(
            Fragment(
                "coalesce(sum(n) filter (where (marks & {bit}) <> 0), 0) {name}",
                bit=constant(1 << place),
                name=literal_column(name),
            )
            for place, name in enumerate(MARKS)
        ),
    ],
)
_SUMS = Fragment.joined(
    ", ", [Fragment("sum({name})::int {name}", name=literal_column(name)) for name in ("open", *MARKS)]
)
_NAMES: ColumnElement[Any] = literal_column(", ".join(("open", *MARKS)))
# A case of which only the columns of a change, or of a number, are known: it is about nobody.
_ABOUT_NOBODY = (
    "cast(null as text) about_kind, cast(null as uuid) about_id, cast(null as timestamptz) reported_at"
)
_CHANGE = Fragment(
    """(select {about_nobody}, c.n, c.scope_path, c.status, c.attempt, c.waiting_reason, c.owner_unit_id, c.is_urgent,
        c.is_waiting, c.is_supervised, c.is_extension_asked, c.is_escalated, c.due_at, c.warned_until, c.stage_due_at,
        c.verify_due_at from open_case_change c)""",
    about_nobody=literal_column(_ABOUT_NOBODY),
)
_NUMBER = Fragment(
    "(select {about_nobody}, c.* from open_case_count c where c.level = (select level from bounds))",
    about_nobody=literal_column(_ABOUT_NOBODY),
)
_ROOT_LEVEL = Fragment(
    """, (select max(nlevel(r.path)) from root r
          where not exists (select 1 from root o where o.path @> r.path and o.path <> r.path))"""
)
_AREA_LEVEL = Fragment(", (select nlevel(path) from ({path}) area)", path=AREA_PATH)
_INSTANTS = ("due_at", "warned_until", "stage_due_at", "verify_due_at")


def _is_between(name: str) -> Fragment:
    """Return the condition that an instant of a case lies between the one of the numbers and the one of the request."""
    return Fragment(
        "(i.{name} >= (select lower from bounds) and i.{name} < (select upper from bounds))",
        name=literal_column(name),
    )


# Each instant has a select of its own, so that each goes by its index: for all four in one condition the planner may read
# all open cases. A case is in the first one only.
_TURNED = Fragment.joined(
    " union all ",
    [
        Fragment(
            "select i.* from open_case i where (select is_kept from bounds) and {condition}",
            condition=Fragment.joined(
                " and ",
                [
                    _is_between(name),
                    *(
                        Fragment("{is_between} is not true", is_between=_is_between(n))
                        for n in _INSTANTS[:place]
                    ),
                ],
            ),
        )
        for place, name in enumerate(_INSTANTS)
    ],
)
_ALIKE: ColumnElement[Any] = literal_column(
    "i.status, i.waiting_reason, i.owner_unit_id, i.attempt, i.scope_path"
)
# Cases that are alike in all that the board shows are counted first: a city has fewer kinds of open cases than cases,
# and only these are joined to areas and grouped six times. The path is cut at the level of the board.
# Two of the parts are materialized before areas are compared. Else the planner, which does not know how large an area is,
# would find their few rows among all open cases of the area. Lateral with OFFSET, so that the case of each joint part goes by
# its id: a join could read all open cases.
_TALLY = """
  with part as materialized (
    select area_id, path from area_version where area_id = any(cast(:parts as uuid[])) and upper_inf(valid)),
  {roots}
  of_board as materialized (
    select coalesce(greatest((select max(nlevel(path)) from part){root_level}{area_level}), 1) level,
           (select counted_at from open_case_count where level = 0) counted_at),
  bounds as materialized (
    select level, counted_at, least(counted_at, {now}) lower, greatest(counted_at, {now}) upper,
           level <= {counted_levels} and counted_at is not null is_kept from of_board),
  turned_anywhere as materialized ({turned}),
  turned as materialized (
    select i.* from turned_anywhere i where i.about_kind is null and {is_directed} and {condition}),
  about_somebody as materialized (select i.* from open_case i where i.about_kind is not null),
  counted as (
    select {alike}, {marks_then} marks, i.n from {change} i
    where (select is_kept from bounds) and {is_directed} and {condition}
    union all
    select {alike}, {marks_then}, -1 from turned i
    union all
    select {alike}, {marks}, 1 from turned i
    union all
    select {alike}, {marks}, 1 from about_somebody i where {is_directed} and {condition}
    union all
    select {alike}, {marks}, 1 from open_case i
    where not (select is_kept from bounds) and i.about_kind is null and {is_directed} and {condition}),
  alike as materialized (
    select status, waiting_reason, owner_unit_id, attempt, subpath(scope_path, 0, (select level from bounds)) path, marks,
           sum(n)::int n
    from counted group by 1, 2, 3, 4, 5, 6 having sum(n) <> 0),
  work as (select alike.*, part.area_id part_id from alike left join part on alike.path <@ part.path),
  kept as materialized (
    select i.scope_path, i.dimension, i.value, {names} from {number} i
    where (select is_kept from bounds) and {is_directed} and {condition}),
  number as (
    select case grouping(status, waiting_reason, owner_unit_id, part_id, attempt)
             when 15 then 'status' when 23 then 'waiting_reason' when 27 then 'unit' when 29 then 'part'
             when 30 then 'attempt' else 'all' end dimension,
           coalesce(status, waiting_reason, owner_unit_id::text, part_id::text, attempt) "value",
           {numbers}
    from work group by grouping sets ((), (status), (waiting_reason), (owner_unit_id), (part_id), (attempt))
    union all
    select dimension, value, {names} from kept
    union all
    select 'part', part.area_id::text, {names} from kept left join part on kept.scope_path <@ part.path
    where dimension = 'all')
  select dimension, "value", {sums} from number group by dimension, "value" having sum(open) <> 0 or dimension = 'all'
  union all
  select 'joint_unit', unit_id::text, {numbers}
  from (
    select p.unit_id, {marks} marks, 1 n
    from assignment p cross join lateral (select * from open_case where id = p.incident_id offset 0) i
    where p.role = 'joint' and p.state in {active_states} and {is_directed} and {condition}) parts_of_units
  group by unit_id
"""


@lru_cache(maxsize=500)
def _tally(rule: CaseRule, *, is_in_area: bool) -> Fragment:
    roots = rule.roots
    return Fragment(
        _TALLY,
        roots=literal_column("")
        if roots is None
        else Fragment("root as materialized (select unnest({roots}) path),", roots=roots),
        root_level=literal_column("") if roots is None else _ROOT_LEVEL,
        area_level=_AREA_LEVEL if is_in_area else literal_column(""),
        now=NOW,
        counted_levels=constant(COUNTED_LEVELS),
        turned=_TURNED,
        alike=_ALIKE,
        marks=_packed_marks(NOW),
        marks_then=_packed_marks(_COUNTED_AT),
        change=_CHANGE,
        number=_NUMBER,
        names=_NAMES,
        numbers=_NUMBERS,
        sums=_SUMS,
        active_states=ACTIVE_STATES,
        is_directed=rule.condition(OPEN_I),
        condition=condition_of(("area_id",) if is_in_area else ()),
    )


def tally(
    session: Session, actor: Actor, *, parts: Sequence[UUID], area_id: UUID | None, now: datetime
) -> Sequence[tuple[Any, ...]]:
    """Count the open cases that the actor directs: in total, and grouped by several properties.

    One statement returns all counts, so they agree with each other.

    Args:
        parts: Ids of areas. In dimension `part`, cases are grouped by these areas, which must not overlap.
        area_id: Area of which cases are counted. None: all areas.

    Returns:
        One tuple for each group: `dimension`, `value`, and the numbers of cases: all cases of the group (`open`), then those
        with each of `MARKS`. `dimension` is the property by which the group was made: `status`, `waiting_reason`, `unit`
        (owning unit), `part`, `attempt` (state of the assignment to the needed role) or `joint_unit` (a unit that still has
        to do its share of the work); `all` is the total. `value` is the value of the property (NULL: the cases have none).
        In `joint_unit` a case counts once for each such unit.
    """
    directed = case_visibility(actor, now, Permission.INCIDENT_DIRECT)
    binds = directed.binds | {"parts": list(parts), "now": now}
    if area_id is not None:
        binds |= {"f_area_id": area_id}
    statement = _tally(directed.rule, is_in_area=area_id is not None)
    return fetch_all(session, statement, binds)


_FOLD = Fragment("select fold_open_case_changes({now}, :most)", now=NOW)


def fold_changes(session: Session, *, now: datetime, limit: int) -> int:
    """Add changes of open cases to the kept numbers, and make these the numbers at `now`. Return the number of changes."""
    return int(session.execute(_FOLD, {"now": now, "most": limit}).scalar_one())
