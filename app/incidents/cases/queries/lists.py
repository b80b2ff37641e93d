"""Pages of cases: newest first, from the index that gives this actor's cases in that order."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from app.core.actor import Actor, Permission
from app.core.db.raw_read import read_one
from app.dispatch.rules.states import ACTIVE_SQL, HELD
from app.incidents.cases.queries.fields import (
    AREAS_OF_SHOWN,
    ESCALATED,
    JOINED_TO_SHOWN,
    ROLE,
    STAGE_LATE,
    VERIFY_LATE,
    WARNED,
)
from app.incidents.cases.rules.lifecycle import ENDED as ENDED_STATES
from app.incidents.scope import ENDED, LATE, CaseVisibility, case_visibility, for_alias

# A page is looked for by a limit that stands in the statement: with one that is bound, the planner of a prepared
# statement expects a tenth of all rows. There are few of them, so that there are few statements.
_ORDER = "order by i.reported_at desc, i.id desc limit {bound}"
_BOUNDS = (11, 51, 101, 201)
# The first two steps of a case's path: a street of a district. ix_incident_part_reported_at_id has this expression.
_PART = "subpath(i.scope_path, 0, 2)"
# What narrows a page so much that its own index is to be used, whoever asks.
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
# How much these leave over differs too much for one plan.
_PLAN_SENSITIVE = {"updated_since", "q"}


def page(
    actor: Actor, *, form: Callable[[str], str], filters: dict[str, Any], now: datetime, limit: int
) -> dict[str, Any]:
    """Newest first, by (reported_at, id), each row in `form` (`item` or `feature`): `items`, `n` and the last key."""
    # The cases an actor directs are a subset of those they see.
    visibility = case_visibility(actor, now, Permission.INCIDENT_DIRECT if filters.get("directed") else None)
    conditions, filter_binds = conditions_of(filters)
    bound = next((b for b in _BOUNDS if b > limit), limit + 1)
    sql = f"""
      with {_newest(visibility, filters, conditions).replace("{bound}", str(bound))},
      shown as (select * from page order by reported_at desc, id desc limit :limit), {AREAS_OF_SHOWN}
      select (select coalesce(json_agg({form(for_alias(visibility.clause))} order by i.reported_at desc, i.id desc), '[]')
              from shown i {JOINED_TO_SHOWN}) items,
             (select count(*) from page) n,
             (select array[to_char(reported_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), id::text]
              from shown order by reported_at, id limit 1) last_key
    """
    binds = visibility.binds | filter_binds | {"now": now, "limit": limit}
    row = read_one(
        visibility.with_staff_names(sql),
        binds,
        plan="generic" if _PLAN_SENSITIVE.isdisjoint(filters) else "auto",
    )
    assert row is not None  # it has no FROM
    return row


def _newest(visibility: CaseVisibility, filters: dict[str, Any], conditions: list[str]) -> str:
    """The CTE `page`, with what it needs before it: one row more than the page has."""
    if not _SELECTIVE_FILTERS.isdisjoint(key for key, value in filters.items() if value not in (None, False)):
        return f"""
          box as (select ST_MakeEnvelope(:west, :south, :east, :north, 4326) e),
          page as (select i.* from incident i where {_live_and(visibility.clause, *conditions)} {_ORDER})"""
    if visibility.is_everywhere and not filters.get("area_id"):
        return (
            f"page as (select i.* from incident i where {_live_and(visibility.clause, *conditions)} {_ORDER})"
        )
    paths = f"array({_AREA_PATH})" if filters.get("area_id") else visibility.paths
    if filters.get("area_id"):
        parts = _under(_live_and(visibility.clause, *conditions))
    else:
        parts = (
            _under(_live_and(visibility.exclusions_clause, visibility.subject_clause, *conditions))
            if paths
            else []
        )
        parts += [
            _newest_where(_live_and(ground, visibility.exclusions_clause, *conditions))
            for ground in visibility.personal_grounds
        ]
    # A path whose area never had parts is met exactly; any other one with all that lies under it.
    return f"""
      scope as materialized (
        select s.path, nlevel(s.path) depth, subpath(s.path, 0, 2) part,
               not exists (select 1 from area_version c where c.parent_id = subpath(s.path, -1)::text::uuid) is_leaf
        from unnest({paths or "array[]::ltree[]"}) s(path)),
      found as ({" union ".join(f"({part})" for part in parts or [_newest_where("false")])}),
      page as (
        select i.* from (select id from found order by reported_at desc, id desc limit :limit + 1) f
        join incident i on i.id = f.id)"""


def _under(condition: str) -> list[str]:
    """The newest under each path of `scope`, by the index that has them in order: one of three, by how deep it is."""
    index_conditions = (
        "s.depth = 1 and i.scope_path <@ s.path",
        f"s.depth = 2 and not s.is_leaf and {_PART} = s.path",
        # As `<@` says it, but not so that the planner takes both for independent of each other.
        f"s.depth > 2 and not s.is_leaf and {_PART} = s.part and subpath(i.scope_path, 0, s.depth) = s.path",
        "s.depth > 1 and s.is_leaf and i.scope_path = s.path",
    )
    return [
        f"select f.* from scope s cross join lateral ({_newest_where(f'{index_condition} and {condition}')}) f"
        for index_condition in index_conditions
    ]


def _newest_where(condition: str) -> str:
    return f"select i.id, i.reported_at from incident i where {condition} {_ORDER}"


def _live_and(*conditions: str) -> str:
    return " and ".join(("i.deleted_at is null", *conditions))


_AREA_PATH = "select path from area_version where area_id = :f_area_id and upper_inf(valid)"

# In an area itself, not in one of those directly under it: no grid covers the place, or the case goes one level up.
_DIRECTLY_IN = """(i.scope_path <@ (select path from area_version where area_id = :f_directly_in_area_id and upper_inf(valid))
  and not exists (select 1 from area_version c
                  where c.parent_id = :f_directly_in_area_id and upper_inf(c.valid) and i.scope_path <@ c.path))"""
_JOINT_UNIT = f"""i.id in (
  select incident_id from assignment where unit_id = :f_joint_unit_id and role = 'joint' and state in {ACTIVE_SQL})"""
_NO_AREA = """not exists (
  select 1 from area_version t where t.parent_id is null and upper_inf(t.valid) and i.scope_path <@ t.path)"""
WORKER_STATES = ["offered", *HELD]
# State of the assignment that handles or checks the case; a second handler's is not counted.
_HAS_ASSIGNMENT_STATE = f"""(i.id, {ROLE}) in (
  select a.incident_id, a.role from assignment a where a.state = any(:f_assignment))"""


_DEADLINE_FLAGS = {
    "warned": WARNED,
    "stage_overdue": STAGE_LATE,
    "verify_overdue": VERIFY_LATE,
    "escalated": ESCALATED,
}
_CASE_FLAGS = {
    "supervised": "i.supervised_at is not null",
    "extension": "i.extension_asked_at is not null",
    "contested": "i.contested_count > 0",
}


def conditions_of(filters: dict[str, Any]) -> tuple[list[str], dict[str, Any]]:
    """Each filter as a condition; only those given are written, so that each shape gets its own plan."""
    west, south, east, north = filters.get("bbox") or (0, 0, 0, 0)
    binds: dict[str, Any] = {"west": west, "south": south, "east": east, "north": north}
    conditions: list[str] = []

    def add(key: str, condition: str, value: Any = None) -> None:
        if filters.get(key) is not None:
            conditions.append(condition)
            binds[f"f_{key}"] = filters[key] if value is None else value

    if filters.get("bbox"):
        conditions.append(
            "i.location && (select e from box) and ST_Intersects(i.location, (select e from box))"
        )
    if filters.get("status"):
        statuses = set(filters["status"])
        if "open" not in statuses:
            add("status", "i.status = any(:f_status)")
        elif statuses & ENDED_STATES:
            add("status", f"(i.status = any(:f_status) or i.status not in {ENDED})")
        if not statuses & ENDED_STATES:
            conditions.append(f"i.status not in {ENDED}")  # as the indexes of open cases say it
    add("category", "i.category = any(:f_category)")
    add("source", "exists (select 1 from report r where r.id = i.id and r.source = any(:f_source))")
    add("grid_id", "i.grid_id = :f_grid_id")
    add("area_id", f"i.scope_path <@ ({_AREA_PATH})")
    add("directly_in_area_id", _DIRECTLY_IN)
    add("owner_unit_id", "i.owner_unit_id = :f_owner_unit_id")
    add("joint_unit_id", _JOINT_UNIT)
    add("ids", "i.id = any(:f_ids)")
    add("component_id", "i.component_id = :f_component_id")
    add("waiting_reason", "i.waiting_reason = any(:f_waiting_reason)")
    add("priority", "i.priority = :f_priority")
    if filters.get("worker_id"):
        binds |= {
            "f_worker_id": filters["worker_id"],
            "f_assignment": filters.get("assignment") or WORKER_STATES,
        }
        conditions.append(
            "i.id in (select incident_id from assignment where worker_id = :f_worker_id and state = any(:f_assignment))"
        )
    elif filters.get("assignment"):
        add("assignment", _HAS_ASSIGNMENT_STATE)
    for key, condition in (("no_area", _NO_AREA), ("unowned", "i.owner_unit_id is null")):
        if filters.get(key) is not None:
            conditions.append(condition if filters[key] else f"not ({condition})")
    add("updated_since", "i.updated_at >= :f_updated_since")
    add("case_no", "i.case_no = :f_case_no")
    if filters.get("q"):
        escaped = str(filters["q"]).replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        add(
            "q",
            "(i.case_no like :f_q or exists (select 1 from report r where r.incident_id = i.id and r.words ilike :f_q))",
            f"%{escaped}%",
        )
    if filters.get("overdue") is not None:
        conditions.append(LATE if filters["overdue"] else f"not coalesce({LATE}, false)")
    for key, condition in _DEADLINE_FLAGS.items():
        if filters.get(key) is not None:
            conditions.append(condition if filters[key] else f"not ({condition})")
    add("escalated_to", f"({ESCALATED[:-1]} and escalated_to = :f_escalated_to))")
    for key, condition in _CASE_FLAGS.items():
        if filters.get(key) is not None:
            conditions.append(condition if filters[key] else f"not ({condition})")
    if filters.get("waiting") is not None:
        conditions.append(f"i.waiting_since is {'not ' if filters['waiting'] else ''}null")
    if filters.get("mine") is not None:
        mine_sql = """(i.reported_by = :me or i.id in (
          select incident_id from offer where worker_id = :me and state in ('offered', 'accepted')
          union all select incident_id from assignment where account_id = :me
          union all select incident_id from report where joined_by = :me))"""
        conditions.append(mine_sql if filters["mine"] else f"not {mine_sql}")
    if filters.get("after"):
        conditions.append("(i.reported_at, i.id) < (cast(:after_at as timestamptz), cast(:after_id as uuid))")
        binds |= {"after_at": filters["after"][0], "after_id": filters["after"][1]}
    return conditions, binds
