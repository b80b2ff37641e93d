"""SQL of pages of cases, the newest first.

Several indexes return cases of the actor in this order, for example those by area and by reporter. The statement reads the
newest cases from each of these indexes, and unites the results.
"""

from collections.abc import Callable
from datetime import datetime
from functools import lru_cache, reduce
from typing import Any

from sqlalchemy import ColumnElement, and_, true

from app.core.actor import Actor, Permission
from app.core.db import Fragment
from app.core.db.raw_read import read_one
from app.dispatch.scope import constant
from app.incidents.cases.queries.fields import AREAS_OF_SHOWN, SHOWN_COLUMNS, items_of_shown, of_visible_cases
from app.incidents.cases.queries.list_filters import AREA_PATH, condition_of, filter_names
from app.incidents.scope import CASE_I, CaseRule, case_visibility

# The limit of a page is a constant of the statement: with a bound one, the planner of a prepared statement expects a tenth
# of all rows. There are few limits, so that there are few statements.
_BOUNDS = (11, 51, 101, 201)
# Filters that leave so few rows that the index of the filter is to be used for every reader.
_SELECTIVE_FILTERS = {
    *(
        "bbox",
        "grid_id",
        "directly_in_area_id",
        "owner_unit_id",
        "joint_unit_id",
        "ids",
        "component_id",
        "waiting",
        "waiting_reason",
        "worker_id",
        "case_no",
        "q",
    ),
    *("warned", "stage_overdue", "verify_overdue", "escalated", "escalated_to"),
    *("mine", "updated_since", "overdue", "no_area", "unowned", "assignment", "supervised", "extension"),
}
# The number of rows that these leave differs too much for one plan.
_PLAN_SENSITIVE = {"updated_since", "q"}

_PAGE = """
  with {newest_cases},
  shown as (select * from page order by reported_at desc, id desc limit :limit), {areas_of_shown}
  select {items} items,
         (select count(*) from page) n,
         (select array[to_char(reported_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), id::text]
          from shown order by reported_at, id limit 1) last_key
"""


def page(
    actor: Actor,
    *,
    form: Callable[[CaseRule], Fragment],
    filters: dict[str, Any],
    now: datetime,
    limit: int,
) -> dict[str, Any]:
    """Return one page of cases that the actor sees, in descending order of (reported_at, id).

    Keys: `items` (JSON), `n` (number of rows, greater than `limit` if there is a next page) and `last_key` (time and id of the
    last item, the key of the next page).

    Args:
        form: Function that returns the SQL of one case: `fields.item` or `fields.feature`.
        filters: Values of the filters by name; None: no filter. `directed`: only cases that the actor directs.
    """
    # The cases an actor directs are a subset of those they see.
    visibility = case_visibility(actor, now, Permission.INCIDENT_DIRECT if filters.get("directed") else None)
    names, filter_binds = filter_names(filters)
    bound = next((bound for bound in _BOUNDS if bound > limit), limit + 1)
    row = read_one(
        _page(visibility.rule, names, form, bound),
        visibility.binds | filter_binds | {"now": now, "limit": limit},
        plan="generic" if _PLAN_SENSITIVE.isdisjoint(names) else "auto",
        is_binary=True,
    )
    assert row is not None  # it has no FROM
    return row


@lru_cache(maxsize=500)
def _page(
    rule: CaseRule, filters: tuple[str, ...], form: Callable[[CaseRule], Fragment], bound: int
) -> Fragment:
    statement = Fragment(
        _PAGE,
        newest_cases=_newest_cases(rule, filters, bound),
        areas_of_shown=AREAS_OF_SHOWN,
        items=items_of_shown(form(rule), Fragment("shown.reported_at desc, shown.id desc")),
    )
    return of_visible_cases(statement)


def _newest_cases(rule: CaseRule, filters: tuple[str, ...], bound: int) -> Fragment:
    """Return the SQL of CTEs that read the newest visible cases; the last CTE is named `page`.

    If there is a next page, `page` has more rows than the limit of a page.

    Args:
        rule: Visibility rule of the actor.
        filters: Names of the conditions of the filters, from `list_filters.filter_names`.
        bound: Maximum number of cases that are read from each index.
    """
    condition = condition_of(filters)
    has_area = "area_id" in filters
    if not _SELECTIVE_FILTERS.isdisjoint(filters) or (rule.is_everywhere and not has_area):
        return Fragment(
            """page as (
              select {columns}, i.reported_at from incident i
              where i.deleted_at is null and {is_visible} and {condition}
              order by i.reported_at desc, i.id desc limit {bound})""",
            columns=SHOWN_COLUMNS,
            is_visible=rule.condition(CASE_I),
            condition=condition,
            bound=constant(bound),
        )
    if has_area:
        roots: ColumnElement[Any] | None = Fragment("array({path})", path=AREA_PATH)
        branches = under_roots(and_(rule.condition(CASE_I), condition), bound)
    else:
        roots = rule.roots
        branches = _branches(rule, condition, bound)
    # An area that never had parts is found by equality with its path, any other one by what lies under its path.
    return Fragment(
        """scope as materialized (
          select s.path, nlevel(s.path) depth, subpath(s.path, 0, 2) part,
                 not exists (select 1 from area_version c where c.parent_id = subpath(s.path, -1)::text::uuid) is_leaf
          from unnest({roots}) s(path)),
        candidates as ({candidates}),
        page as (
          select {columns}, i.reported_at
          from (select id from candidates order by reported_at desc, id desc limit :limit + 1) newest
          join incident i on i.id = newest.id)""",
        columns=SHOWN_COLUMNS,
        roots=Fragment("array[]::ltree[]") if roots is None else roots,
        candidates=reduce(_union, branches) if branches else newest_where(Fragment("false"), bound),
    )


def _union(first: Fragment, second: Fragment) -> Fragment:
    return Fragment("{first} union {second}", first=first, second=second)


def _branches(rule: CaseRule, condition: ColumnElement[bool], bound: int) -> list[Fragment]:
    """Return subqueries with the newest visible cases, one for each reason of visibility.

    The reasons are the areas and units of the actor, and their own reports and assignments. Each subquery can use another
    index. The caller unites the subqueries.

    Args:
        rule: Visibility rule of the actor.
        condition: SQL condition of the filters.
        bound: Maximum number of cases for each subquery, or for each area.
    """
    branches = rule.branches(CASE_I)
    assert branches is not None  # the rule is not everywhere
    exclusions = rule.exclusions(CASE_I)
    newest: list[Fragment] = []
    if branches.roots is not None:
        scoped = true() if branches.scoped_condition is None else branches.scoped_condition
        newest += under_roots(and_(exclusions, scoped, condition), bound)
    newest += [newest_where(and_(ground, exclusions, condition), bound) for ground in branches.grounds]
    return newest


# Conditions on a case `i` under a root `s`, for the three indexes that have the cases of an area in order: by how deep the
# root is. The third has two conditions instead of `<@`, which the planner takes for independent of `=`.
_UNDER_ROOT = (
    Fragment("s.depth = 1 and i.scope_path <@ s.path"),
    Fragment("s.depth = 2 and not s.is_leaf and subpath(i.scope_path, 0, 2) = s.path"),
    Fragment(
        """s.depth > 2 and not s.is_leaf and subpath(i.scope_path, 0, 2) = s.part
          and subpath(i.scope_path, 0, s.depth) = s.path"""
    ),
    Fragment("s.depth > 1 and s.is_leaf and i.scope_path = s.path"),
)


def under_roots(condition: ColumnElement[bool], bound: int) -> list[Fragment]:
    """Return subqueries with the newest cases in the areas of the CTE `scope`.

    Areas of different depth need different indexes, so there is one subquery for each index. Each subquery returns `id` and
    `reported_at` of at most `bound` cases for each area.
    """
    return [
        Fragment(
            "(select newest.* from scope s cross join lateral {newest} newest)",
            newest=newest_where(and_(is_under_root, condition), bound),
        )
        for is_under_root in _UNDER_ROOT
    ]


def newest_where(condition: ColumnElement[bool], bound: int) -> Fragment:
    """Return a subquery in parentheses: `id` and `reported_at` of the newest cases.

    Args:
        condition: Condition on the case `i`.
        bound: Maximum number of rows.
    """
    return Fragment(
        """(select i.id, i.reported_at from incident i where i.deleted_at is null and {condition}
          order by i.reported_at desc, i.id desc limit {bound})""",
        condition=condition,
        bound=constant(bound),
    )
