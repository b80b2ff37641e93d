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
    case_fields,
    of_visible_cases,
)
from app.incidents.cases.queries.list_filters import condition_of, filter_names
from app.incidents.cases.queries.open_proposals import PROPOSAL
from app.incidents.models import Incident
from app.incidents.scope import (
    CASE_I,
    CaseRule,
    CaseVisibility,
    case_visibility,
)


def _directed(actor: Actor, now: datetime) -> CaseVisibility:
    return case_visibility(actor, now, Permission.INCIDENT_DIRECT)


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
