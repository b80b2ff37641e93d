"""SQL of pages of open cases in another order than the newest first, and of the numbers of cases of a list.

`lists` has the pages with the newest cases first.
"""

from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from typing import Any

from app.core.actor import Actor, Permission
from app.core.db import Fragment
from app.core.db.raw_read import read_one
from app.incidents.cases.queries.fields import AREAS_OF_SHOWN, SHOWN_COLUMNS, items_of_shown, of_visible_cases
from app.incidents.cases.queries.list_filters import condition_of, filter_names
from app.incidents.cases.rules.lifecycle import Status
from app.incidents.cases.rules.list_order import key_of
from app.incidents.scope import CASE_I, NOW, CaseRule, case_visibility, is_late, is_open

# Counting stops here: a reader does not need more than "over 10,000", and it stays fast with a million cases.
COUNTED_AT_MOST = 10_000

# The SQL of each sort key, and its type.
_KEYS = {
    "reported_at": (Fragment("i.reported_at"), Fragment("timestamptz")),
    # As in the index ix_incident_open_due_at_id.
    "due_at": (Fragment("coalesce(i.due_at, 'infinity'::timestamptz)"), Fragment("timestamptz")),
    "priority": (Fragment("i.priority"), Fragment("int")),
    "category": (Fragment("i.category"), Fragment("text")),
    "status": (
        Fragment(
            "array_position(array[{states}], i.status)",
            states=Fragment(", ".join(f"'{status.value}'" for status in Status)),
        ),
        Fragment("int"),
    ),
}
_DIRECTIONS = {
    False: (Fragment("asc"), Fragment("desc"), Fragment(">")),
    True: (Fragment("desc"), Fragment("asc"), Fragment("<")),
}
_FROM_START = Fragment("true")

_PAGE = """
  with page as (
    select {columns}, {key} sort_key from incident i
    where i.deleted_at is null and {is_open} and {is_visible} and {condition} and {is_after}
    order by {key} {direction}, i.id {direction} limit :limit + 1),
  shown as (select * from page order by sort_key {direction}, id {direction} limit :limit), {areas_of_shown}
  select {items} items,
         (select count(*) from page) n,
         (select array[cast(sort_key as text), cast(id as text)]
          from shown order by sort_key {reverse}, id {reverse} limit 1) last_key
"""

_COUNTS = """
  select count(*) total, count(*) filter (where {is_open}) open, count(*) filter (where {is_late}) overdue
  from (select i.status, i.due_at from incident i
        where i.deleted_at is null and {is_visible} and {condition} limit :limit) i
"""


def sorted_page(
    actor: Actor,
    *,
    form: Callable[[CaseRule], Fragment],
    filters: dict[str, Any],
    sort: str,
    after: list[str] | None,
    now: datetime,
    limit: int,
) -> dict[str, Any]:
    """Return one page of the open cases that the actor sees. The keys are those of `lists.page`.

    Args:
        form: Function that returns the SQL of one case: `fields.item` or `fields.feature`.
        filters: Values of the filters by name.
        sort: One of `SORTS`. Cases with the same key are ordered by their id, that is by the time when they were made.
        after: Sort key and id of the last case of the page before; None: the first page.
    """
    visibility, names, binds = _selection(actor, filters, now)
    key_binds = {"after_key": after[0], "after_case_id": after[1]} if after else {}
    row = read_one(
        _page(visibility.rule, names, form, sort, after is None),
        binds | key_binds | {"now": now, "limit": limit},
        plan="auto",
        is_binary=True,
    )
    assert row is not None  # it has no FROM
    return row


def counts(
    actor: Actor, *, filters: dict[str, Any], now: datetime, at_most: int = COUNTED_AT_MOST
) -> dict[str, Any]:
    """Return the numbers of cases that the actor sees: `total`, `open` and `overdue`.

    If more than `at_most` cases match, counting stops there and `is_complete` is False.
    """
    visibility, names, binds = _selection(actor, filters, now)
    row = read_one(_counts(visibility.rule, names), binds | {"now": now, "limit": at_most + 1}, plan="auto")
    assert row is not None  # an aggregate has one row
    return {name: min(n, at_most) for name, n in row.items()} | {"is_complete": row["total"] <= at_most}


def _selection(
    actor: Actor, filters: dict[str, Any], now: datetime
) -> tuple[Any, tuple[str, ...], dict[str, Any]]:
    """Return (visibility rule of the actor, names of the filters' conditions, bind values)."""
    visibility = case_visibility(actor, now, Permission.INCIDENT_DIRECT if filters.get("directed") else None)
    names, binds = filter_names(filters)
    return visibility, names, visibility.binds | binds


@lru_cache(maxsize=500)
def _page(
    rule: CaseRule, filters: tuple[str, ...], form: Callable[[CaseRule], Fragment], sort: str, is_first: bool
) -> Fragment:
    name, is_descending = key_of(sort)
    key, type_ = _KEYS[name]
    direction, reverse, comparison = _DIRECTIONS[is_descending]
    is_after = Fragment(
        "({key}, i.id) {comparison} (cast(:after_key as {type}), cast(:after_case_id as uuid))",
        key=key,
        comparison=comparison,
        type=type_,
    )
    order = Fragment("shown.sort_key {direction}, shown.id {direction}", direction=direction)
    statement = Fragment(
        _PAGE,
        columns=SHOWN_COLUMNS,
        key=key,
        is_open=is_open(CASE_I),
        is_visible=rule.condition(CASE_I),
        condition=condition_of(filters),
        is_after=_FROM_START if is_first else is_after,
        direction=direction,
        reverse=reverse,
        areas_of_shown=AREAS_OF_SHOWN,
        items=items_of_shown(form(rule), order),
    )
    return of_visible_cases(statement)


@lru_cache(maxsize=500)
def _counts(rule: CaseRule, filters: tuple[str, ...]) -> Fragment:
    statement = Fragment(
        _COUNTS,
        is_open=is_open(CASE_I),
        is_late=is_late(NOW, CASE_I),
        is_visible=rule.condition(CASE_I),
        condition=condition_of(filters),
    )
    return of_visible_cases(statement)
