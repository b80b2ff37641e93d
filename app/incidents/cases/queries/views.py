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
    not_,
    or_,
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
from app.incidents.cases.queries.erasure import IS_NAMED_REPORT
from app.incidents.cases.queries.fields import (
    ACTIVE_STATES,
    JOINED_BY_ME,
    REPORTED_OR_JOINED_BY_ME,
    assignment_fields,
    case_fields,
    of_visible_cases,
)
from app.incidents.cases.queries.open_proposals import PROPOSAL
from app.incidents.cases.queries.parts import HAS_OPEN_PARTS, parts_of_case
from app.incidents.cases.queries.related_cases import linked, merged
from app.incidents.models import Incident, Report, Reporter
from app.incidents.scope import (
    CASE_I,
    CASE_T,
    SEES_NAMES,
    CaseRule,
    case_visibility,
    is_open,
    is_ordinary,
    reader_binds,
)
from app.workforce import scope
from app.workforce.models import Responsibility

# A person who only reported or joined a case does not read what others said when they joined it, or in cases merged into it.
_HAS_PART = Fragment(
    """(rel.is_director or rel.is_handler or rel.is_checker or rel.is_verifier or rel.is_offered
      or rel.is_part_asked or rel.is_part_holder)"""
)
_HAS_REPORTED = Fragment("(i.reported_by is not distinct from :me or {joined})", joined=JOINED_BY_ME)
_ONE_CASE = Incident.id == bindparam("id", None, Uuid())

_DETAIL_FIELDS = """
  'reports', (select json_agg(json_build_object('id', r.id, 'incident_id', r.incident_id,
      'channel', r.channel, 'occurred_at', r.occurred_at,
      'received_at', r.received_at, 'words', r.words, 'category', r.category,
      'sent', json_build_object('lon', r.lon_sent, 'lat', r.lat_sent, 'coord_sys', r.coord_sys),
      'accuracy_m', r.accuracy_m, 'attributes', r.attributes,
      'reporter_kind', (select p.kind from reporter p where p.id = r.reporter_id)) order by r.received_at, r.id)
    from report r where r.incident_id = any(array(
      select i.id union all
      select t.id from incident t where t.merged_into = i.id and {reads_merged}))
      and (r.joined_by is null or r.joined_by = :me or {reads_all_reports})),
  'merged', {merged}, 'linked', {linked},
  'second', case when {is_open} then (
    select json_build_object({assignment_fields}) from assignment a
    where a.incident_id = i.id and a.role = 'second' and a.state in {active_states} limit 1) end,
  'proposal', case when rel.is_director then {proposal} end, 'parts', {parts},
  'deadlines', (select coalesce(json_agg(json_build_object('stage', d.stage, 'name', d.name,
      'condition', d.condition, 'ends_with', d.ends_with, 'unit', d.unit, 'amount', d.amount,
      'started_at', d.started_at, 'due_at', d.due_at,
      'paused_at', d.paused_at, 'stopped_at', d.stopped_at, 'outcome', d.outcome,
      'warned_at', d.warned_at, 'escalated_to', d.escalated_to,
      'extended', d.extended, 'first_due_at', d.first_due_at)
      order by d.started_at, d.stage <> 'handle', d.outcome is distinct from 'replaced', d.due_at, d.id), '[]')
    from deadline d where d.incident_id = i.id and d.deleted_at is null)
"""


def _detail_fields(rule: CaseRule) -> Fragment:
    """Return the JSON members that only the answer for a single case has, as SQL arguments.

    The arguments are for `json_build_object`.

    Args:
        rule: Visibility rule of the actor.
    """
    sees_other = rule.condition(CASE_T)
    return Fragment(
        _DETAIL_FIELDS,
        reads_merged=or_(_HAS_PART, and_(not_(_HAS_REPORTED), sees_other)),
        reads_all_reports=or_(_HAS_PART, not_(_HAS_REPORTED)),
        merged=merged(sees_other),
        linked=linked(or_(and_(REPORTED_OR_JOINED_BY_ME, is_ordinary(CASE_T)), sees_other)),
        is_open=is_open(CASE_I),
        assignment_fields=assignment_fields(rule.shows_staff(CASE_I)),
        active_states=ACTIVE_STATES,
        proposal=PROPOSAL,
        parts=parts_of_case(rule.shows_staff(CASE_I)),
    )


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
      exists (select 1 from assignment a where a.incident_id = i.id and a.state in {held_states}
              and a.account_id = :me and a.role = 'handle') is_handler,
      exists (select 1 from assignment a where a.incident_id = i.id and a.state in {held_states}
              and a.account_id = :me and a.role = 'second') is_second,
      exists (select 1 from assignment a where a.incident_id = i.id and a.state in {held_states}
              and a.account_id = :me and a.role = 'check') is_checker,
      exists (select 1 from assignment a where a.incident_id = i.id and a.state in {held_states}
              and a.account_id = :me and a.role = 'verify') is_verifier,
      {has_reported} and i.handled_by is distinct from :me is_reporter,
      exists (select 1 from offer o where o.incident_id = i.id and o.worker_id = :me and o.state = 'offered')
        or exists (select 1 from assignment a where a.incident_id = i.id and a.state = 'queued'
                   and a.role <> 'joint' and a.unit_id = any(cast(:my_units as uuid[]))) is_offered,
      exists (select 1 from assignment a where a.incident_id = i.id and a.state = 'queued'
              and a.role = 'joint' and a.unit_id = any(cast(:my_units as uuid[]))) is_part_asked,
      exists (select 1 from assignment a where a.incident_id = i.id and a.state in {held_states}
              and a.role = 'joint' and a.account_id = :me) is_part_holder
    offset 0) rel
  where {is_wanted} and i.deleted_at is null and {is_visible}
"""


_ONE = Fragment("i.id = :id")
_EACH = Fragment("i.id = any(cast(:ids as uuid[]))")


def _with_relations(
    rule: CaseRule, directed: CaseRule, columns: Fragment, is_wanted: Fragment = _ONE
) -> Fragment:
    """Return the statement that reads a case and the actor's relations to it.

    The statement returns no row if the actor does not see the case.

    Args:
        rule: Visibility rule of the actor.
        directed: Visibility rule for `incident:direct`. It decides whether the actor directs the case.
        columns: Further columns, from the aliases `i` (case) and `rel` (relations).
        is_wanted: Condition that selects the case.
    """
    return Fragment(
        _WITH_RELATIONS,
        is_wanted=is_wanted,
        columns=columns,
        has_open_parts=HAS_OPEN_PARTS,
        is_director=directed.condition(CASE_I),
        held_states=Fragment(HELD_SQL),
        has_reported=_HAS_REPORTED,
        is_visible=rule.condition(CASE_I),
    )


@lru_cache(maxsize=500)
def _detail(rule: CaseRule, directed: CaseRule) -> Fragment:
    columns = Fragment(
        "json_build_object({case_fields}) body, json_build_object({detail_fields}) more",
        case_fields=case_fields(rule, rule.shows_staff(CASE_I)),
        detail_fields=_detail_fields(rule),
    )
    return of_visible_cases(_with_relations(rule, directed, columns))


def detail(actor: Actor, *, incident_id: UUID, now: datetime) -> dict[str, Any] | None:
    """Return a case with its reports, deadlines and the actor's relations to it, or None.

    None: the actor does not see the case. `body` and `more` are two JSON objects, which the service joins to one.
    """
    visibility = case_visibility(actor, now)
    directed = case_visibility(actor, now, Permission.INCIDENT_DIRECT)
    binds = directed.binds | visibility.binds | {"id": incident_id, "now": now}
    return read_one(_detail(visibility.rule, directed.rule), binds)


@lru_cache(maxsize=500)
def _relation_facts(rule: CaseRule, directed: CaseRule, is_wanted: Fragment = _ONE) -> Fragment:
    columns = Fragment("{shows_staff} is_named, i.id", shows_staff=rule.shows_staff(CASE_I))
    return of_visible_cases(_with_relations(rule, directed, columns, is_wanted), has_component=False)


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
