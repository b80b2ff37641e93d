"""Filters of lists of cases, as SQL conditions on a case `i`.

A statement contains only the conditions of the filters that are set. So each combination of filters has its own query plan.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, and_, any_, bindparam, false, func, not_, or_, true

from app.core.db import Fragment
from app.dispatch.rules.states import HELD
from app.incidents.cases.queries.fields import (
    ACTIVE_STATES,
    IS_ESCALATED,
    IS_STAGE_LATE,
    IS_VERIFY_LATE,
    IS_WARNED,
    ROLE,
    has_limit,
)
from app.incidents.cases.rules.lifecycle import ENDED as ENDED_STATES
from app.incidents.models import Deadline
from app.incidents.scope import CASE_I, NOW, is_late, is_open

WORKER_STATES = ["offered", *HELD]

# The path of the area of the filter `area_id`.
AREA_PATH = Fragment("select path from area_version where area_id = :f_area_id and upper_inf(valid)")
# In an area itself, not in one of those directly under it: no grid covers the place, or the case goes one level up.
_DIRECTLY_IN_AREA = Fragment(
    """(i.scope_path <@ (select path from area_version where area_id = :f_directly_in_area_id and upper_inf(valid))
      and not exists (select 1 from area_version c
                      where c.parent_id = :f_directly_in_area_id and upper_inf(c.valid) and i.scope_path <@ c.path))"""
)
_OF_JOINT_UNIT = Fragment(
    """i.id in (
      select incident_id from assignment
      where unit_id = :f_joint_unit_id and role = 'joint' and state in {active_states})""",
    active_states=ACTIVE_STATES,
)
_OUTSIDE_AREAS = Fragment(
    """not exists (
      select 1 from area_version t where t.parent_id is null and upper_inf(t.valid) and i.scope_path <@ t.path)"""
)
# State of the assignment that handles or checks the case; a second handler's is not counted.
_HAS_ASSIGNMENT_STATE = Fragment(
    """(i.id, {role}) in (
      select a.incident_id, a.role from assignment a where a.state = any(:f_assignment))""",
    role=ROLE,
)
_OF_WORKER = Fragment(
    "i.id in (select incident_id from assignment where worker_id = :f_worker_id and state = any(:f_assignment))"
)
_IS_MINE = Fragment(
    """(i.reported_by = :me or i.id in (
      select incident_id from offer where worker_id = :me and state in ('offered', 'accepted')
      union all select incident_id from assignment where account_id = :me
      union all select incident_id from report where joined_by = :me))"""
)
_HAS_SOURCE = Fragment("exists (select 1 from report r where r.id = i.id and r.source = any(:f_source))")
_MATCHES_TEXT = Fragment(
    """(i.case_no like :f_q
      or exists (select 1 from report r where r.incident_id = i.id and r.words ilike :f_q))"""
)
_IS_AFTER = Fragment("(i.reported_at, i.id) < (cast(:after_at as timestamptz), cast(:after_id as uuid))")
# The index stores floats; numbers decide the rest, which costs less than comparing two geometries.
_IS_IN_BOX = Fragment(
    """i.location && (select ST_MakeEnvelope(:west, :south, :east, :north, 4326))
      and ST_X(i.location) >= cast(:west as float8) and ST_X(i.location) <= cast(:east as float8)
      and ST_Y(i.location) >= cast(:south as float8) and ST_Y(i.location) <= cast(:north as float8)"""
)


def _equals(column: Any, key: str) -> ColumnElement[bool]:
    condition: ColumnElement[bool] = column == bindparam(f"f_{key}", None, column.type)
    return condition


def _is_one_of(column: Any, key: str) -> ColumnElement[bool]:
    condition: ColumnElement[bool] = column == any_(bindparam(f"f_{key}", None, ARRAY(column.type)))
    return condition


# Filters whose value is the bind `f_<name>`.
_OF_VALUE: dict[str, ColumnElement[bool]] = {
    "category": _is_one_of(CASE_I.category, "category"),
    "source": _HAS_SOURCE,
    "grid_id": _equals(CASE_I.grid_id, "grid_id"),
    "area_id": Fragment("i.scope_path <@ ({path})", path=AREA_PATH),
    "directly_in_area_id": _DIRECTLY_IN_AREA,
    "owner_unit_id": _equals(CASE_I.owner_unit_id, "owner_unit_id"),
    "joint_unit_id": _OF_JOINT_UNIT,
    "ids": _is_one_of(CASE_I.id, "ids"),
    "component_id": _equals(CASE_I.component_id, "component_id"),
    "waiting_reason": _is_one_of(CASE_I.waiting_reason, "waiting_reason"),
    "priority": _equals(CASE_I.priority, "priority"),
    "updated_since": CASE_I.updated_at >= bindparam("f_updated_since", None, CASE_I.updated_at.type),
    "case_no": _equals(CASE_I.case_no, "case_no"),
    "escalated_to": has_limit(and_(IS_ESCALATED, _equals(Deadline.escalated_to, "escalated_to"))),
}
# Filters that are true or false.
_FLAGS: dict[str, ColumnElement[bool]] = {
    "no_area": _OUTSIDE_AREAS,
    "unowned": CASE_I.owner_unit_id.is_(None),
    "overdue": is_late(NOW, CASE_I),
    "warned": has_limit(IS_WARNED),
    "stage_overdue": has_limit(IS_STAGE_LATE),
    "verify_overdue": has_limit(IS_VERIFY_LATE),
    "escalated": has_limit(IS_ESCALATED),
    "supervised": CASE_I.supervised_at.is_not(None),
    "extension": CASE_I.extension_asked_at.is_not(None),
    "contested": CASE_I.contested_count > 0,
    "waiting": CASE_I.waiting_since.is_not(None),
    "mine": _IS_MINE,
}
_OTHERS: dict[str, ColumnElement[bool]] = {
    "bbox": _IS_IN_BOX,
    "status": _is_one_of(CASE_I.status, "status"),
    "status_or_open": or_(_is_one_of(CASE_I.status, "status"), is_open(CASE_I)),
    "open": is_open(CASE_I),
    "worker_id": _OF_WORKER,
    "assignment": _HAS_ASSIGNMENT_STATE,
    "q": _MATCHES_TEXT,
    "after": _IS_AFTER,
}
_NOT_LATE = not_(func.coalesce(is_late(NOW, CASE_I), false()))
_NEGATED = {f"not_{name}": not_(condition) for name, condition in _FLAGS.items()} | {"not_overdue": _NOT_LATE}
_CONDITIONS = _OF_VALUE | _FLAGS | _NEGATED | _OTHERS


@lru_cache(maxsize=1_000)
def condition_of(names: tuple[str, ...]) -> ColumnElement[bool]:
    """Return the SQL condition that a case meets all these filters.

    Args:
        names: Names of conditions, from `filter_names`.
    """
    return and_(true(), *(_CONDITIONS[name] for name in names))


def filter_names(filters: Mapping[str, Any]) -> tuple[tuple[str, ...], dict[str, Any]]:
    """Return (names of the conditions for `condition_of`, bind values) for a set of filters.

    Filters with the value None are ignored.
    """
    given = {name: value for name, value in filters.items() if value is not None}
    names = [name for name in _OF_VALUE if name in given]
    binds = {f"f_{name}": given[name] for name in names}
    names += [name if given[name] else f"not_{name}" for name in _FLAGS if name in given]
    for of_filter in (_of_box, _of_status, _of_assignment, _of_text, _of_cursor):
        more_names, more_binds = of_filter(given)
        names += more_names
        binds |= more_binds
    return tuple(names), binds


def _of_box(given: Mapping[str, Any]) -> tuple[list[str], dict[str, Any]]:
    if not given.get("bbox"):
        return [], {}
    return ["bbox"], dict(zip(("west", "south", "east", "north"), given["bbox"], strict=True))


def _of_status(given: Mapping[str, Any]) -> tuple[list[str], dict[str, Any]]:
    """Return (names of the conditions, bind values) for the filter `status`.

    The value of the filter is a list of states; it may also contain `open`, for all states that have not ended. If the list
    has no ended state, the condition `open` is added, so that PostgreSQL can use the partial indexes of open cases.
    """
    if not given.get("status"):
        return [], {}
    statuses = set(given["status"])
    has_ended_states = bool(statuses & ENDED_STATES)
    binds = {"f_status": given["status"]}
    if "open" in statuses:
        return (["status_or_open"], binds) if has_ended_states else (["open"], {})
    return (["status"] if has_ended_states else ["status", "open"]), binds


def _of_assignment(given: Mapping[str, Any]) -> tuple[list[str], dict[str, Any]]:
    states = given.get("assignment")
    if given.get("worker_id"):
        return ["worker_id"], {"f_worker_id": given["worker_id"], "f_assignment": states or WORKER_STATES}
    return (["assignment"], {"f_assignment": states}) if states else ([], {})


def _of_text(given: Mapping[str, Any]) -> tuple[list[str], dict[str, Any]]:
    if not given.get("q"):
        return [], {}
    escaped = str(given["q"]).replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return ["q"], {"f_q": f"%{escaped}%"}


def _of_cursor(given: Mapping[str, Any]) -> tuple[list[str], dict[str, Any]]:
    if not given.get("after"):
        return [], {}
    return ["after"], {"after_at": given["after"][0], "after_id": given["after"][1]}
