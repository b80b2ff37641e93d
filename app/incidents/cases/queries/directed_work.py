"""SQL of open cases that the actor directs: counts, and the queue of waiting cases.

To direct a case means to hold the permission `incident:direct` in the area of the case.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import (
    ARRAY,
    RowMapping,
    Select,
    String,
    Uuid,
    and_,
    any_,
    bindparam,
    cast,
    distinct,
    func,
    literal_column,
    select,
)
from sqlalchemy.orm import Session

from app.core.actor import Actor, Permission
from app.core.db import Fragment, Ltree
from app.core.links import link
from app.dispatch.models import Assignment
from app.dispatch.rules.states import HELD
from app.dispatch.scope import constant
from app.incidents.cases.queries.fields import (
    ACTIVE_STATES,
    case_fields,
    of_visible_cases,
)
from app.incidents.cases.queries.list_filters import condition_of, filter_names
from app.incidents.cases.queries.open_proposals import PROPOSAL
from app.incidents.models import Incident
from app.incidents.scope import (
    CASE_I,
    NOW,
    OPEN_I,
    CaseRule,
    CaseVisibility,
    case_visibility,
    is_late,
)

# The marks of an open case, packed into one integer: PostgreSQL hashes it faster than a boolean for each mark.
_MARKS = {
    name: Fragment("(marks & {bit}) <> 0", bit=constant(1 << place))
    for place, name in enumerate(
        (
            *("late", "urgent", "waiting", "warned", "stage_late", "verify_late", "escalated"),
            *("supervised", "extension"),
        )
    )
}
_PACKED_MARKS = Fragment(
    """(coalesce({is_late}, false)::int | (i.is_urgent::int << 1) | (i.is_waiting::int << 2)
      | (coalesce(i.warned_until >= {now}, false)::int << 3) | (coalesce(i.stage_due_at < {now}, false)::int << 4)
      | (coalesce(i.verify_due_at < {now}, false)::int << 5) | (i.is_escalated::int << 6)
      | (i.is_supervised::int << 7) | (i.is_extension_asked::int << 8))""",
    is_late=is_late(NOW, OPEN_I),
    now=NOW,
)
_COUNTS = Fragment.joined(
    ", ",
    [
        Fragment("coalesce(sum(n), 0) open"),
        *(
            Fragment(
                "coalesce(sum(n) filter (where {is_marked}), 0) {name}",
                is_marked=is_marked,
                name=literal_column(name),
            )
            for name, is_marked in _MARKS.items()
        ),
    ],
)
# Cases that are alike in all that the board shows are counted first: a city has fewer kinds of open cases than cases,
# and only these are joined to areas and grouped six times. The path is cut at the level of the parts.
_TALLY = """
  with part as materialized (
    select area_id, path from area_version where area_id = any(cast(:parts as uuid[])) and upper_inf(valid)),
  alike as materialized (
    select i.status, i.waiting_reason, i.owner_unit_id, i.attempt,
           subpath(i.scope_path, 0, (select max(nlevel(path)) from part)) path, {marks} marks, count(*)::int n
    from open_case i where {is_directed} and {condition}
    group by 1, 2, 3, 4, 5, 6),
  work as (select alike.*, part.area_id part_id from alike left join part on alike.path <@ part.path)
  select case grouping(status, waiting_reason, owner_unit_id, part_id, attempt)
           when 15 then 'status' when 23 then 'waiting_reason' when 27 then 'unit' when 29 then 'part'
           when 30 then 'attempt' else 'all' end dimension,
         coalesce(status, waiting_reason, owner_unit_id::text, part_id::text, attempt) "value",
         {counts}
  from work group by grouping sets ((), (status), (waiting_reason), (owner_unit_id), (part_id), (attempt))
  union all
  select 'joint_unit', unit_id::text, {counts}
  from (
    select p.unit_id, {marks} marks, 1 n
    from assignment p join open_case i on i.id = p.incident_id
    where p.role = 'joint' and p.state in {active_states} and {is_directed} and {condition}) parts_of_units
  group by unit_id
"""


def _directed(actor: Actor, now: datetime) -> CaseVisibility:
    return case_visibility(actor, now, Permission.INCIDENT_DIRECT)


@lru_cache(maxsize=500)
def _tally(rule: CaseRule, *, is_in_area: bool) -> Fragment:
    return Fragment(
        _TALLY,
        marks=_PACKED_MARKS,
        active_states=ACTIVE_STATES,
        is_directed=rule.condition(OPEN_I),
        condition=condition_of(("area_id",) if is_in_area else ()),
        counts=_COUNTS,
    )


def tally(
    session: Session, actor: Actor, *, parts: Sequence[UUID], area_id: UUID | None, now: datetime
) -> Sequence[RowMapping]:
    """Count the open cases that the actor directs: in total, and grouped by several properties.

    One statement returns all counts, so they agree with each other. It reads the open cases only from `open_case`.

    Args:
        parts: Ids of areas. In dimension `part`, cases are grouped by these areas, which must not overlap.
        area_id: Area of which cases are counted. None: all areas.

    Returns:
        One row for each group. `dimension` is the property by which the group was made: `status`, `waiting_reason`, `unit`
        (owning unit), `part`, `attempt` (state of the assignment to the needed role) or `joint_unit` (a unit that still has
        to do its share of the work); `all` is the total. `value` is the value of the property (NULL: the cases have none). The
        other columns are numbers of cases: `open` is all cases of the group, the rest are such as `late` and `waiting`. In
        `joint_unit` a case counts once for each such unit.
    """
    directed = _directed(actor, now)
    binds = directed.binds | {"parts": list(parts), "now": now}
    if area_id is not None:
        binds |= {"f_area_id": area_id}
    statement = _tally(directed.rule, is_in_area=area_id is not None)
    return session.execute(statement, binds).mappings().all()


@lru_cache(maxsize=100)
def _per_worker(rule: CaseRule) -> Select[Any]:
    def count_of(state: str) -> Any:
        cases = func.count(distinct(Incident.id))
        return cases.filter(Assignment.state == constant(state)).label(state)

    states = ("offered", *HELD)
    return (
        select(Assignment.worker_id, *(count_of(state) for state in states))
        .join(Incident, Incident.id == Assignment.incident_id)
        .where(
            Assignment.worker_id == any_(bindparam("worker_ids", None, ARRAY(Uuid()))),
            Assignment.state.in_([constant(state) for state in states]),
            Incident.deleted_at.is_(None),
            rule.condition(),
        )
        .group_by(Assignment.worker_id)
    )


def per_worker(
    session: Session, actor: Actor, *, worker_ids: Sequence[UUID], now: datetime
) -> Sequence[RowMapping]:
    """Count the cases that the actor directs, by worker and state of the worker's assignment.

    To direct a case means to hold `incident:direct` in its area. Return rows with `worker_id` and one column for each state.
    """
    directed = _directed(actor, now)
    binds = directed.binds | {"worker_ids": list(worker_ids)}
    return session.execute(_per_worker(directed.rule), binds).mappings().all()


@lru_cache(maxsize=100)
def _among(rule: CaseRule) -> Select[Any]:
    root = cast(bindparam("under", None, String()), Ltree())
    return select(Incident.id).where(
        Incident.id == any_(bindparam("ids", None, ARRAY(Uuid()))),
        Incident.scope_path.bool_op("<@")(root),
        Incident.deleted_at.is_(None),
        rule.condition(),
    )


def among(
    session: Session, actor: Actor, *, path: str, incident_ids: Sequence[UUID], now: datetime
) -> Sequence[UUID]:
    """Return the given ids of cases that lie in the area at `path` and that the actor directs.

    To direct a case means to hold `incident:direct` in its area.
    """
    directed = _directed(actor, now)
    binds = directed.binds | {"ids": list(incident_ids), "under": path}
    return session.execute(_among(directed.rule), binds).scalars().all()


@lru_cache(maxsize=100)
def _accepted_by(rule: CaseRule) -> Select[*tuple[Any, ...]]:
    columns = (Incident.id, Incident.case_no, Incident.status, Incident.category, Incident.due_at)
    return (
        select(*columns, Assignment.role)
        .join(Assignment, Assignment.incident_id == Incident.id)
        .where(
            Assignment.worker_id == bindparam("worker_id", None, Uuid()),
            Assignment.state.in_([constant(state) for state in HELD]),
            Incident.deleted_at.is_(None),
            rule.condition(),
        )
        .order_by(Incident.id)
        .limit(constant(500))
    )


def accepted_by(session: Session, actor: Actor, *, worker_id: UUID, now: datetime) -> Sequence[RowMapping]:
    """Return the cases that a worker has accepted and that the actor directs.

    Columns: `id`, `case_no`, `status`, `category`, `due_at`, and `role` of the assignment. At most 500 rows, in order of ids.
    """
    directed = _directed(actor, now)
    statement = _accepted_by(directed.rule)
    return session.execute(statement, directed.binds | {"worker_id": worker_id}).mappings().all()


_QUEUE = """
  with page as (
    select i.* from incident i
    where i.deleted_at is null and i.waiting_since is not null and {is_directed} and {condition}
    order by i.waiting_since, i.id limit :limit + 1),
  shown as (select * from page order by waiting_since, id limit :limit)
  select (select coalesce(json_agg(json_build_object(
            'since', i.waiting_since, 'reason', i.waiting_reason,
            'sentence', coalesce(cast(:sentences as jsonb) -> i.waiting_reason,
                                 jsonb_build_object('en', i.waiting_reason, 'zh', i.waiting_reason)),
            'act', cast(:cases as text) || '/' || i.id || '/transitions',
            'proposal', {proposal},
            'incident', json_build_object({case_fields})) order by i.waiting_since, i.id), '[]') from shown i) items,
         (select count(*) from page) n,
         (select array[to_char(waiting_since at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), id::text]
          from shown order by waiting_since desc, id desc limit 1) last_key
"""
_IS_AFTER = Fragment("(i.waiting_since, i.id) > (cast(:after_at as timestamptz), cast(:after_id as uuid))")


@lru_cache(maxsize=500)
def _queue(rule: CaseRule, filters: tuple[str, ...], *, is_first: bool) -> Fragment:
    condition = condition_of(filters)
    statement = Fragment(
        _QUEUE,
        is_directed=rule.condition(CASE_I),
        condition=condition if is_first else and_(condition, _IS_AFTER),
        proposal=PROPOSAL,
        case_fields=case_fields(rule),
    )
    return of_visible_cases(statement)


def queue(
    session: Session,
    actor: Actor,
    *,
    sentences: dict[str, dict[str, str]],
    filters: dict[str, Any],
    after: list[str] | None,
    now: datetime,
    limit: int,
) -> RowMapping:
    """Return one page of the cases that wait for the actor's decision, longest waiting first.

    Columns: `items` (JSON), `n` (number of rows, one more than `limit` if there is a next page) and `last_key` (time and id
    of the last item, the key of the next page).

    Args:
        sentences: Texts that explain why a case waits, by code of the reason; each text is a mapping by language.
        filters: Values of the filters by name, as for the list of cases (`list_filters`).
        after: `last_key` of the page before. None: the first page.
    """
    directed = _directed(actor, now)
    names, filter_binds = filter_names(filters)
    binds = directed.binds | filter_binds | {"now": now, "limit": limit, "cases": link("/api/v1/incidents")}
    binds |= {"sentences": orjson.dumps(sentences).decode()}
    if after:
        binds |= {"after_at": after[0], "after_id": after[1]}
    return session.execute(_queue(directed.rule, names, is_first=not after), binds).mappings().one()
