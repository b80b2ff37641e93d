"""SQL that reads one case as JSON, under the actor's visibility.

SQL of the history of a case is in `history`.
"""

from collections.abc import Collection
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    DateTime,
    RowMapping,
    Select,
    Uuid,
    and_,
    any_,
    bindparam,
    func,
    select,
)
from sqlalchemy.orm import Session

from app.accounts.models import Account
from app.areas.models import AreaVersion, Unit
from app.core.actor import Actor, Permission
from app.core.db import Fragment, unscoped
from app.core.db.raw_read import fetch_one, read_one
from app.dispatch.rules.states import HELD_SQL
from app.dispatch.scope import constant
from app.incidents.cases.queries.detail_fields import HAS_REPORTED, IS_ALONE, detail_fields
from app.incidents.cases.queries.erasure import IS_NAMED_REPORT
from app.incidents.cases.queries.fields import (
    case_fields,
    of_visible_cases,
)
from app.incidents.cases.queries.parts import HAS_OPEN_PARTS, parts_of_case
from app.incidents.cases.queries.plain_case import plain_case
from app.incidents.models import Incident, Report, Reporter
from app.incidents.scope import (
    CASE_I,
    SEES_NAMES,
    CaseRule,
    case_visibility,
    reader_binds,
)
from app.workforce import scope
from app.workforce.models import Responsibility

_ONE_CASE = Incident.id == bindparam("id", None, Uuid())


@lru_cache(maxsize=500)
def _receipt(rule: CaseRule) -> Fragment:
    return Fragment(
        "select i.version, json_build_object({fields}) body from incident i where i.id = :id",
        fields=case_fields(rule, rule.shows_staff(CASE_I)),
    )


def receipt(session: Session, actor: Actor, *, incident_id: UUID, now: datetime) -> dict[str, Any]:
    """Return version and JSON of a case, even if the actor may not see it.

    The caller may use the result only as the answer to a write of the actor.
    """
    visibility = case_visibility(actor, now)
    binds = visibility.binds | {"id": incident_id, "now": now}
    row = fetch_one(session, _receipt(visibility.rule), binds)
    assert row is not None, "the caller has just stored or read the case"
    return row


_WITH_RELATIONS = """
  select i.version, i.status, i.pinned_to is not null is_pinned, i.locked_at is not null is_locked,
         i.supervised_at is not null is_supervised, i.extension_asked_at is not null is_extension_asked,
         i.ended_reason, i.profile_version_id,
         case when i.ended_reason is not null then (
           select e.note from incident_event e
           where e.incident_id = i.id and e.to_status in ('not_filed', 'closed', 'force_closed')
             and e.from_status <> e.to_status
           order by e.seq desc limit 1) end ending_words,
         {has_open_parts} has_open_parts,
         exists (select 1 from deadline d where d.incident_id = i.id and d.ends_with = 'done'
           and d.stopped_at is null and d.deleted_at is null) has_stage,
         coalesce(i.waiting_reason = 'proposed', false) is_proposed,
         coalesce(i.contested_order_by = :me, false) is_own_order, rel.*,
         case when i.about_kind is not null then json_build_object('kind', i.about_kind, 'id', i.about_id,
           'name', coalesce((select to_jsonb(w.name) from worker w where w.id = i.about_id),
                            (select u.name from unit u where u.id = i.about_id),
                            (select to_jsonb(a.name) from account a where a.id = i.about_id))) end about,
         {columns}
  from incident i cross join lateral (
    select {is_director} is_director,
      coalesce(own.is_handler, false) is_handler, coalesce(own.is_second, false) is_second,
      coalesce(own.is_checker, false) is_checker, coalesce(own.is_verifier, false) is_verifier,
      {has_reported} and i.handled_by is distinct from :me is_reporter,
      coalesce(own.is_queued, false)
        or exists (select 1 from offer o where o.incident_id = i.id and o.worker_id = :me and o.state = 'offered')
        is_offered,
      coalesce(own.is_part_asked, false) is_part_asked, coalesce(own.is_part_holder, false) is_part_holder
    from (select bool_or(a.is_mine and a.role = 'handle') is_handler, bool_or(a.is_mine and a.role = 'second') is_second,
                 bool_or(a.is_mine and a.role = 'check') is_checker, bool_or(a.is_mine and a.role = 'verify') is_verifier,
                 bool_or(a.is_mine and a.role = 'joint') is_part_holder,
                 bool_or(a.is_queued and a.role <> 'joint') is_queued, bool_or(a.is_queued and a.role = 'joint') is_part_asked
          from (select t.role, t.state in {held_states} and t.account_id = :me is_mine,
                       t.state = 'queued' and t.unit_id = any(cast(:my_units as uuid[])) is_queued
                from assignment t where t.incident_id = i.id) a) own
    offset 0) rel
  where {is_wanted} and i.deleted_at is null and {is_visible}
"""


_ONE = Fragment("i.id = :id")
_EACH = Fragment("i.id = any(cast(:ids as uuid[]))")


def _with_relations(
    rule: CaseRule,
    directed: CaseRule,
    columns: Fragment,
    *,
    is_wanted: Fragment = _ONE,
    has_open_parts: Fragment = HAS_OPEN_PARTS,
) -> Fragment:
    """Return the statement that reads a case and the actor's relations to it.

    The statement returns no row if the actor does not see the case.

    Args:
        rule: Visibility rule of the actor.
        directed: Visibility rule for `incident:direct`. It decides whether the actor directs the case.
        columns: Further columns, from the aliases `i` (case) and `rel` (relations).
        is_wanted: Condition that selects the case.
        has_open_parts: SQL condition that another unit works on the case, or returned its part.
    """
    return Fragment(
        _WITH_RELATIONS,
        is_wanted=is_wanted,
        columns=columns,
        has_open_parts=has_open_parts,
        is_director=directed.condition(CASE_I),
        held_states=Fragment(HELD_SQL),
        has_reported=HAS_REPORTED,
        is_visible=rule.condition(CASE_I),
    )


@lru_cache(maxsize=500)
def _detail(rule: CaseRule, directed: CaseRule, *, is_alone: bool) -> Fragment:
    columns = Fragment(
        "json_build_object({case_fields}) body, json_build_object({detail_fields}) more, {is_alone}",
        case_fields=case_fields(rule, rule.shows_staff(CASE_I)),
        detail_fields=detail_fields(rule, is_alone=is_alone),
        is_alone=Fragment(IS_ALONE if is_alone else "true is_alone"),
    )
    has_open_parts = Fragment("false") if is_alone else HAS_OPEN_PARTS
    return of_visible_cases(_with_relations(rule, directed, columns, has_open_parts=has_open_parts))


def detail(actor: Actor, *, incident_id: UUID, now: datetime) -> dict[str, Any] | None:
    """Return a case with its reports, deadlines and the actor's relations to it, or None.

    None: the actor does not see the case. `body` and `more` are two JSON objects, which the service joins to one.
    """
    visibility = case_visibility(actor, now)
    directed = case_visibility(actor, now, Permission.INCIDENT_DIRECT)
    binds = directed.binds | visibility.binds | {"id": incident_id, "now": now}
    row = None
    plain = plain_case(visibility.rule, directed.rule)
    if plain is not None:
        row = read_one(plain, binds)
        if row is None or row["is_plain"]:
            return row
    if row is None or row["is_alone"]:
        row = read_one(_detail(visibility.rule, directed.rule, is_alone=True), binds)
        if row is None or row["is_alone"]:
            return row
    return read_one(_detail(visibility.rule, directed.rule, is_alone=False), binds)


@lru_cache(maxsize=500)
def _relation_facts(rule: CaseRule, directed: CaseRule, is_wanted: Fragment = _ONE) -> Fragment:
    columns = Fragment("{shows_staff} is_named, i.id", shows_staff=rule.shows_staff(CASE_I))
    return of_visible_cases(
        _with_relations(rule, directed, columns, is_wanted=is_wanted), has_component=False
    )


def relation_facts_of_each(
    session: Session, actor: Actor, *, incident_ids: Collection[UUID], now: datetime
) -> dict[UUID, RowMapping]:
    """Return the rows of `relation_facts` of those cases that the actor sees, by id."""
    visibility = case_visibility(actor, now)
    directed = case_visibility(actor, now, Permission.INCIDENT_DIRECT)
    binds = directed.binds | visibility.binds | {"ids": list(incident_ids), "now": now}
    statement = _relation_facts(visibility.rule, directed.rule, _EACH)
    return {row["id"]: row for row in session.execute(statement, binds).mappings()}


def relation_facts(
    session: Session, actor: Actor, *, incident_id: UUID, now: datetime
) -> dict[str, Any] | None:
    """Return the values that decide which actions an actor may take on a case.

    The row has the actor's relations to the case as boolean columns (such as `is_director` and `is_handler`), and properties
    of the case (such as `status` and `is_locked`). `is_named` is true if the actor may read names of staff. The result is
    None if the actor does not see the case.
    """
    visibility = case_visibility(actor, now)
    directed = case_visibility(actor, now, Permission.INCIDENT_DIRECT)
    binds = directed.binds | visibility.binds | {"id": incident_id, "now": now}
    return fetch_one(session, _relation_facts(visibility.rule, directed.rule), binds)


@lru_cache(maxsize=500)
def _may_direct(rule: CaseRule) -> Select[Any]:
    return select(select(Incident.id).where(_ONE_CASE, rule.condition()).exists())


def may_direct(
    session: Session, actor: Actor, *, incident_id: UUID, permission: Permission, now: datetime
) -> bool:
    """Return True if the actor holds the given permission in the area of the case."""
    directed = case_visibility(actor, now, permission)
    return bool(session.scalar(_may_direct(directed.rule), directed.binds | {"id": incident_id}))


_IS_IN_SCOPE = (
    Responsibility.deleted_at.is_(None),
    Responsibility.valid.bool_op("@>")(bindparam("scope_now", None, DateTime(timezone=True))),
    scope.is_within(AreaVersion.path, scope.area_roots()),
)
_HAS_RESPONSIBILITY_IN_SCOPE = select(
    select(Responsibility.id)
    .join(
        AreaVersion,
        and_(AreaVersion.area_id == Responsibility.area_id, func.upper_inf(AreaVersion.valid)),
    )
    .where(
        Responsibility.worker_id == bindparam("worker_id", None, Uuid()),
        *_IS_IN_SCOPE,
    )
    .exists()
)


def directs_worker(session: Session, actor: Actor, *, worker_id: UUID, now: datetime) -> bool:
    """Return True if the actor directs cases in an area that the worker is responsible for."""
    if actor.everywhere_with(Permission.INCIDENT_DIRECT):
        return True
    binds = scope.scope_binds(actor, now, Permission.INCIDENT_DIRECT)
    return bool(session.scalar(_HAS_RESPONSIBILITY_IN_SCOPE, binds | {"worker_id": worker_id}))


_DIRECTED_WORKERS = (
    select(Responsibility.worker_id)
    .join(
        AreaVersion,
        and_(AreaVersion.area_id == Responsibility.area_id, func.upper_inf(AreaVersion.valid)),
    )
    .where(
        Responsibility.worker_id == any_(bindparam("worker_ids", None, ARRAY(Uuid()))),
        *_IS_IN_SCOPE,
    )
)


def directed_workers(
    session: Session, actor: Actor, worker_ids: Collection[UUID], *, now: datetime
) -> set[UUID]:
    """Return those of the workers for whom `directs_worker` is true."""
    if actor.everywhere_with(Permission.INCIDENT_DIRECT):
        return set(worker_ids)
    binds = scope.scope_binds(actor, now, Permission.INCIDENT_DIRECT)
    return set(session.scalars(_DIRECTED_WORKERS, binds | {"worker_ids": list(worker_ids)}))


@lru_cache(maxsize=500)
def _is_visible(rule: CaseRule) -> Select[Any]:
    case = select(Incident.id).where(_ONE_CASE, Incident.deleted_at.is_(None), rule.condition())
    return select(case.exists())


def is_visible(session: Session, actor: Actor, *, incident_id: UUID, now: datetime) -> bool:
    """Return True if the actor sees the case."""
    visibility = case_visibility(actor, now)
    return bool(session.scalar(_is_visible(visibility.rule), visibility.binds | {"id": incident_id}))


_PARTS = unscoped(
    Fragment(
        "select cast({parts} as jsonb) from incident i where i.id = :id", parts=parts_of_case(SEES_NAMES)
    ),
    incident="parts of a case that was read by its rule",
)


def parts(session: Session, actor: Actor, *, incident_id: UUID) -> list[dict[str, Any]]:
    """Return the shares of the units that handle a case together, with their states.

    These are the part of the lead unit, and the newest part of each joint unit (a unit that does a share of the work). The
    list is empty if the case has no joint unit.
    """
    items: list[dict[str, Any]] = session.execute(
        _PARTS, reader_binds(actor) | {"id": incident_id}
    ).scalar_one()
    return items


_UNIT = select(Unit.id, Unit.name).where(Unit.id == bindparam("unit_id", None, Uuid()))
_REPORTER = (
    select(
        Reporter.id,
        Reporter.kind,
        func.coalesce(Reporter.name, Account.name).label("name"),
        Reporter.phone,
        Reporter.email,
        Reporter.may_be_shown_to_handlers,
    )
    .join(Report, Report.reporter_id == Reporter.id)
    .outerjoin(Account, Account.id == Reporter.account_id)
    .where(IS_NAMED_REPORT)
    .order_by(Report.received_at)
    .limit(constant(1))
)


def unit_named(session: Session, unit_id: UUID | None) -> RowMapping | None:
    """Return `id` and `name` of a unit, or None."""
    return session.execute(_UNIT, {"unit_id": unit_id}).mappings().one_or_none()


def reporter(session: Session, incident_id: UUID, report_id: UUID | None = None) -> RowMapping | None:
    """Return the reporter of a report with unmasked name, phone number and e-mail, or None.

    Columns: `id`, `kind`, `name`, `phone`, `email`, `may_be_shown_to_handlers`.

    Args:
        report_id: A report of the case. None: the report that opened the case.
    """
    binds = {"incident_id": incident_id, "report_id": report_id}
    return session.execute(_REPORTER, binds).mappings().one_or_none()
