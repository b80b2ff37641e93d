"""SQL of the households to tell, and of the sheets on paper."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import ColumnElement, RowMapping, text
from sqlalchemy.orm import Session

from app.core.actor import Actor, Permission
from app.core.db import Fragment, unscoped
from app.households import service as households
from app.notices.queries.shown_households import ShownHousehold, shown_household
from app.notices.scope import FILES, IS_TO_TELL, SENDER

_REASONS = {
    "notice": "running notices to households in the caller's reach",
    "premises": "address of an addressee, masked by the rule of addresses",
}
_IS_TASK = Fragment(
    "{is_to_tell} and notice.valid_from <= :now and notice.valid_until > :now", is_to_tell=IS_TO_TELL
)


@lru_cache(maxsize=100)
def _tasks(sees_household: ColumnElement[bool], shown: ShownHousehold) -> Fragment:
    return Fragment(
        """
        with page as materialized (
          select d.notice_id, d.household_id, addressee.state,
            row_number() over (order by d.household_id, d.notice_id) place
          from notice_delivery d
          join notice on notice.id = d.notice_id
          join notice_household addressee on addressee.notice_id = d.notice_id and addressee.household_id = d.household_id
          join household on household.id = d.household_id
          where d.channel = 'visit' and {is_task} and {sees_household}
            and (cast(:grid_id as uuid) is null or household.grid_id = :grid_id)
            and (cast(:after_household as uuid) is null
                 or (d.household_id, d.notice_id) > (cast(:after_household as uuid), cast(:after_notice as uuid)))
          order by d.household_id, d.notice_id limit :limit + 1)
        select (select coalesce(json_agg(json_build_object(
                  'notice', json_build_object('id', notice.id, 'purpose', notice.purpose, 'texts', notice.texts,
                    'files', {files}, 'valid_until', notice.valid_until),
                  'household', {shown}, 'state', page.state) order by page.place), '[]')
                from page join notice on notice.id = page.notice_id join household on household.id = page.household_id {joins}
                where page.place <= :limit) items,
               (select array[household_id::text, notice_id::text] from page
                where place = :limit and (select count(*) from page) > :limit) next_key
        """,
        is_task=_IS_TASK,
        sees_household=sees_household,
        shown=shown.json,
        joins=shown.joins,
        files=FILES,
    )


def tasks(session: Session, actor: Actor, binds: dict[str, Any], *, now: datetime) -> RowMapping:
    """Return one page of households to tell, by household: `items` (JSON) and `next_key`.

    Args:
        binds: `grid_id` (or None), `after_household`, `after_notice` (or None), `limit`.
    """
    shown, shown_binds = shown_household(actor, now)
    rule = households.household_visibility(actor, now, Permission.HOUSEHOLD_EDIT)
    statement = unscoped(_tasks(rule.condition, shown), **_REASONS)
    return session.execute(statement, shown_binds | rule.binds | binds | {"now": now}).mappings().one()


@lru_cache(maxsize=100)
def _sheet(may_edit: ColumnElement[bool], shown: ShownHousehold) -> Fragment:
    return Fragment(
        """
        select household.id household_id, {shown} household
        from notice_delivery d
        join notice_household addressee on addressee.notice_id = d.notice_id and addressee.household_id = d.household_id
        join household on household.id = d.household_id {joins}
        where d.notice_id = :notice_id and d.channel = 'paper' and household.grid_id = :grid_id and {may_edit}
          and addressee.state not in ('opted_out', 'understood', 'declined')
          and (cast(:after as uuid) is null or household.id > :after)
        order by household.id limit :limit
        for update of addressee
        """,
        may_edit=may_edit,
        shown=shown.json,
        joins=shown.joins,
    )


def households_of_sheet(
    session: Session,
    actor: Actor,
    notice_id: UUID,
    *,
    grid_id: UUID,
    after: UUID | None,
    limit: int,
    now: datetime,
) -> Sequence[RowMapping]:
    """Lock and return addressees of a grid that get the notice on paper: `household_id` and `household` (JSON)."""
    shown, binds = shown_household(actor, now)
    rule = households.household_visibility(actor, now, Permission.HOUSEHOLD_EDIT)
    statement = unscoped(_sheet(rule.condition, shown), premises=_REASONS["premises"])
    binds |= rule.binds | {"notice_id": notice_id, "grid_id": grid_id, "after": after, "limit": limit}
    return session.execute(statement, binds).mappings().all()


_HEAD = unscoped(
    Fragment(
        """select {sender} sender, jsonb_array_length(notice.attachments) > 0 has_files from notice
           where notice.id = :notice_id""",
        sender=SENDER,
    ),
    notice="a notice that was read by its rule",
)


def head_of_sheet(session: Session, notice_id: UUID) -> RowMapping:
    """Return `sender` (name by language) and `has_files` of a notice."""
    return session.execute(_HEAD, {"notice_id": notice_id}).mappings().one()


_SET_CODES = text("""
  with code as (
    select c.household_id, decode(c.digest, 'hex') digest
    from jsonb_to_recordset(cast(:codes as jsonb)) c(household_id uuid, digest text)),
  sent as (
    update notice_delivery d set secret_digest = code.digest, sent_at = coalesce(d.sent_at, :now), opened_at = null,
      revoked_at = null
    from code where d.notice_id = :notice_id and d.household_id = code.household_id and d.channel = 'paper'),
  step as (
    insert into notice_event (notice_id, household_id, state, channel, actor_id, occurred_at)
    select :notice_id, code.household_id, 'sent', 'paper', :actor_id, :now from code)
  update notice_household addressee set state = 'sent', state_at = :now
  from code where addressee.notice_id = :notice_id and addressee.household_id = code.household_id
    and addressee.state in ('not_reached', 'sent')
""")


def set_codes(
    session: Session, notice_id: UUID, digests: dict[UUID, bytes], *, actor_id: UUID, now: datetime
) -> None:
    """Store the codes of locked addressees in place of earlier ones, and that the notice was sent to them."""
    codes = [{"household_id": key, "digest": digest.hex()} for key, digest in digests.items()]
    binds = {"codes": orjson.dumps(codes, default=str).decode(), "notice_id": notice_id}
    session.execute(_SET_CODES, binds | {"actor_id": actor_id, "now": now})
