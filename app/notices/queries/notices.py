"""SQL of notices: pages, single notices, locks and changes."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import ColumnElement, RowMapping, literal_column, text
from sqlalchemy.orm import Session

from app.core.actor import Actor, Permission
from app.core.db import Fragment
from app.notices.scope import FILES, NoticeVisibility, notice_visibility, sender_visibility
from app.workforce.scope import area_reach

_STATE = Fragment(
    "case when notice.state = 'published' and notice.valid_until <= :now then 'ended' else notice.state end"
)


def _person(column: str) -> Fragment:
    return Fragment(
        "(select json_build_object('id', a.id, 'name', a.name) from account a where a.id = notice.{column})",
        column=literal_column(column),
    )


_NOTICE = Fragment(
    """json_build_object('id', notice.id, 'state', {state}, 'version', notice.revision, 'purpose', notice.purpose,
      'texts', notice.texts, 'attachments', notice.attachments, 'files', {files}, 'channels', notice.channels,
      'sender_area_id', notice.area_id,
      'sender_area', (select json_build_object('id', v.area_id, 'code', v.code, 'name', v.name)
        from area_version v where v.area_id = notice.area_id and upper_inf(v.valid)),
      'unit_id', notice.unit_id, 'area_ids', notice.area_ids, 'premises_kinds', notice.premises_kinds,
      'care_kinds', notice.care_kinds, 'geometry', ST_AsGeoJSON(notice.within, 7)::json,
      'reply_category', notice.reply_category, 'valid_from', notice.valid_from, 'valid_until', notice.valid_until,
      'households', notice.households, 'author', {author}, 'created_at', notice.created_at,
      'submitted_at', notice.submitted_at, 'decided_by', {decider}, 'decided_at', notice.decided_at,
      'decision_note', notice.decision_note, 'published_at', notice.published_at,
      'households_stored', case when notice.published_at is not null then notice.households - coalesce(
        (select sum(b.households)::int from notice_batch b where b.notice_id = notice.id), 0) end,
      'withdrawn_at', notice.withdrawn_at, 'withdrawn_reason', notice.withdrawn_reason,
      'states_erased_at', notice.states_erased_at, 'final_states',
      case when notice.states_erased_at is not null then notice.final_states end)""",
    state=_STATE,
    files=FILES,
    author=_person("created_by"),
    decider=_person("decided_by"),
)
_COLUMNS = Fragment(
    """notice.id, notice.jurisdiction_id, notice.area_id, notice.purpose, notice.channels, notice.area_ids,
      notice.premises_kinds, notice.care_kinds, notice.within is not null has_within, notice.state, {state} shown_state,
      notice.revision as version, notice.households, notice.created_by, notice.valid_from, notice.valid_until,
      notice.reply_category, notice.texts, notice.published_at, notice.withdrawn_at""",
    state=_STATE,
)
_CREATE = text("""
  insert into notice (id, jurisdiction_id, area_id, unit_id, purpose, texts, channels, area_ids, premises_kinds, care_kinds,
    within, reply_category, valid_from, valid_until, created_by, created_at)
  values (:id, :jurisdiction_id, :sender_area_id, :unit_id, :purpose, cast(:texts as jsonb), :channels, :area_ids,
    :premises_kinds, :care_kinds, ST_Multi(ST_GeomFromText(:geometry, 4326)), :reply_category, :valid_from, :valid_until,
    :actor_id, :now)
""")
_CHANGE = text("""
  update notice set revision = revision + 1, unit_id = :unit_id, purpose = :purpose, texts = cast(:texts as jsonb),
    channels = :channels, area_ids = :area_ids, premises_kinds = :premises_kinds, care_kinds = :care_kinds,
    within = ST_Multi(ST_GeomFromText(:geometry, 4326)), reply_category = :reply_category, valid_from = :valid_from,
    valid_until = :valid_until
  where id = :id
""")


@lru_cache(maxsize=100)
def _page(condition: ColumnElement[bool]) -> Fragment:
    return Fragment(
        """
        with page as materialized (
          select notice.id, row_number() over (order by notice.id desc) place from notice
          where {condition} and (cast(:state as text) is null or {state} = :state)
            and (cast(:purpose as text) is null or notice.purpose = :purpose)
            and (cast(:after as uuid) is null or notice.id < :after)
          order by notice.id desc limit :limit + 1)
        select (select coalesce(json_agg({notice} order by notice.id desc), '[]')
                from page join notice on notice.id = page.id where page.place <= :limit) items,
               (select array[id::text] from page
                where place = :limit and (select count(*) from page) > :limit) next_key
        """,
        condition=condition,
        state=_STATE,
        notice=_NOTICE,
    )


# Each parameter is a part of the page.
def page(
    session: Session,
    actor: Actor,
    *,
    state: str | None,
    purpose: str | None,
    now: datetime,
    after: UUID | None,
    limit: int,
) -> RowMapping:
    """Return one page of the notices that the actor sees, the newest first: `items` (JSON) and `next_key`."""
    rule = notice_visibility(actor, now)
    binds = {"state": state, "purpose": purpose, "now": now, "after": after, "limit": limit}
    return session.execute(_page(rule.condition), rule.binds | binds).mappings().one()


@lru_cache(maxsize=100)
def _notice(condition: ColumnElement[bool]) -> Fragment:
    return Fragment(
        "select notice.revision as version, {notice} item from notice where notice.id = :id and {condition}",
        notice=_NOTICE,
        condition=condition,
    )


def notice(session: Session, actor: Actor, notice_id: UUID, *, now: datetime) -> RowMapping | None:
    """Return `version` and `item` (JSON) of a notice that the actor sees, or None."""
    rule = notice_visibility(actor, now)
    binds = rule.binds | {"id": notice_id, "now": now}
    return session.execute(_notice(rule.condition), binds).mappings().one_or_none()


@lru_cache(maxsize=100)
def _facts(condition: ColumnElement[bool], *, is_locked: bool) -> Fragment:
    return Fragment(
        "select {columns} from notice where notice.id = :id and {condition} {lock}",
        columns=_COLUMNS,
        condition=condition,
        lock=Fragment("for update of notice" if is_locked else ""),
    )


def seen(session: Session, actor: Actor, notice_id: UUID, *, now: datetime) -> RowMapping | None:
    """Return the columns of a notice that the actor sees, or None."""
    return _read(session, notice_visibility(actor, now), notice_id, now, is_locked=False)


def of_sender(
    session: Session, actor: Actor, notice_id: UUID, permission: Permission, *, now: datetime, is_locked: bool
) -> RowMapping | None:
    """Return the columns of a notice in whose sender's area the actor holds `permission`, or None.

    Args:
        is_locked: Lock the row until the transaction ends.
    """
    return _read(session, sender_visibility(actor, now, permission), notice_id, now, is_locked=is_locked)


def _read(
    session: Session, rule: NoticeVisibility, notice_id: UUID, now: datetime, *, is_locked: bool
) -> RowMapping | None:
    statement = _facts(rule.condition, is_locked=is_locked)
    return session.execute(statement, rule.binds | {"id": notice_id, "now": now}).mappings().one_or_none()


@lru_cache(maxsize=100)
def _area(condition: ColumnElement[bool]) -> Fragment:
    return Fragment(
        """select sender_version.jurisdiction_id from area_version sender_version
           where sender_version.area_id = :area_id and upper_inf(sender_version.valid) and {condition}""",
        condition=condition,
    )


def jurisdiction_of_sender(session: Session, actor: Actor, area_id: UUID, *, now: datetime) -> UUID | None:
    """Return the jurisdiction of an area in which the actor writes notices, or None if there is no such area."""
    reach = area_reach(actor, Permission.NOTICE_WRITE, now)
    condition = reach.condition(literal_column("sender_version.path"))
    result: UUID | None = session.scalar(_area(condition), reach.binds | {"area_id": area_id})
    return result


_OUTSIDE = text("""
  select given.id from unnest(cast(:area_ids as uuid[])) given(id)
  where not exists (
    select from area_version v join area_version sender on sender.area_id = :sender_area_id and upper_inf(sender.valid)
    where v.area_id = given.id and upper_inf(v.valid) and v.path <@ sender.path)
""")


def areas_outside(session: Session, sender_area_id: UUID, area_ids: Sequence[UUID]) -> Sequence[UUID]:
    """Return those of the areas that do not lie in the area of the sender, or do not exist now."""
    return session.scalars(_OUTSIDE, {"sender_area_id": sender_area_id, "area_ids": list(area_ids)}).all()


def create(session: Session, values: dict[str, Any]) -> None:
    """Store a draft. `geometry`: WKT or None."""
    session.execute(_CREATE, _with_texts(values))


def change(session: Session, values: dict[str, Any]) -> None:
    """Store the changed members of a draft, and raise its version."""
    session.execute(_CHANGE, _with_texts(values))


def _with_texts(values: dict[str, Any]) -> dict[str, Any]:
    return values | {"texts": orjson.dumps(values["texts"]).decode()}


_DRAFT = text("""
  select unit_id, purpose, texts, channels, area_ids, premises_kinds, care_kinds, ST_AsText(within, 15) geometry,
    reply_category, valid_from, valid_until
  from notice where id = :id
""")


def draft(session: Session, notice_id: UUID) -> dict[str, Any]:
    """Return the members of a draft that can be changed."""
    return dict(session.execute(_DRAFT, {"id": notice_id}).mappings().one())


_SUBMIT = text("""
  update notice set state = 'awaiting_approval', revision = revision + 1, households = :households, submitted_at = :now,
    decided_by = null, decided_at = null, decision_note = null where id = :id
""")
_PUBLISH = text("""
  update notice set state = :state, revision = revision + 1, households = :households, published_at = :now,
    published_alone = cast(:decided_by as uuid) is null, submitted_at = coalesce(submitted_at, :now), decided_by = :decided_by,
    decided_at = case when cast(:decided_by as uuid) is not null then cast(:now as timestamptz) end, decision_note = :note
  where id = :id
""")
_REFUSE = text("""
  update notice set state = 'draft', revision = revision + 1, households = null, submitted_at = null,
    decided_by = :actor_id, decided_at = :now, decision_note = :note where id = :id
""")
_WITHDRAW = text("""
  update notice set state = 'withdrawn', revision = revision + 1, withdrawn_by = :actor_id, withdrawn_at = :now,
    withdrawn_reason = :reason where id = :id
""")
_LOCK_AUTHOR = text(
    "select pg_advisory_xact_lock(hashtextextended('notices of ' || cast(:account_id as text), 0))"
)
_PUBLISHED_ALONE = text("""
  select coalesce(sum(households), 0)::int from notice
  where created_by = :account_id and published_at > :since and published_alone
""")


def submit(session: Session, notice_id: UUID, *, households: int, now: datetime) -> None:
    """Let a draft wait for approval."""
    session.execute(_SUBMIT, {"id": notice_id, "households": households, "now": now})


def publish(
    session: Session,
    notice_id: UUID,
    *,
    is_stored: bool,
    households: int,
    decided_by: UUID | None,
    note: str | None,
    now: datetime,
) -> None:
    """Publish a notice whose addressees are fixed.

    Args:
        is_stored: Their rows are stored. False: a job stores them.
        decided_by: The second person; None: it was published alone.
    """
    binds = {"id": notice_id, "households": households, "now": now}
    binds |= {"state": "published" if is_stored else "publishing"}
    session.execute(_PUBLISH, binds | {"decided_by": decided_by, "note": note})


def refuse(session: Session, notice_id: UUID, *, actor_id: UUID, note: str, now: datetime) -> None:
    """Return a notice that waits for approval to its author."""
    session.execute(_REFUSE, {"id": notice_id, "actor_id": actor_id, "note": note, "now": now})


def withdraw(session: Session, notice_id: UUID, *, actor_id: UUID, reason: str, now: datetime) -> None:
    """Withdraw a notice."""
    session.execute(_WITHDRAW, {"id": notice_id, "actor_id": actor_id, "reason": reason, "now": now})


def published_alone(session: Session, account_id: UUID, *, since: datetime) -> int:
    """Return the number of households that an account reached since an instant without approval.

    Other publications of notices of this account wait until the transaction ends.
    """
    session.execute(_LOCK_AUTHOR, {"account_id": account_id})
    return int(session.execute(_PUBLISHED_ALONE, {"account_id": account_id, "since": since}).scalar_one())
