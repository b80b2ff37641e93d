"""SQL of the states of addressees: pages, one addressee with its history, coverage, and new steps."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, RowMapping, text
from sqlalchemy.orm import Session

from app.core.actor import Actor, Permission
from app.core.db import Fragment, unscoped
from app.households import service as households
from app.notices.queries.shown_households import ShownHousehold, shown_household
from app.notices.rules.notices import HOUSEHOLD_STATES, REACHED
from app.notices.scope import notice_visibility

# As `RANKS` of the rules.
RANK = """case {state} when 'sent' then 1 when 'opened' then 2 when 'told' then 3 when 'understood' then 4
  when 'needs_help' then 4 when 'declined' then 4 else 0 end"""
_ADDRESSEE = Fragment("""
  'state', addressee.state, 'state_at', addressee.state_at,
  'channels', array(select d.channel from notice_delivery d
    where d.notice_id = addressee.notice_id and d.household_id = addressee.household_id order by d.channel),
  'told_by', (select json_build_object('id', a.id, 'name', a.name) from notice_event e join account a on a.id = e.actor_id
    where e.notice_id = addressee.notice_id and e.household_id = addressee.household_id
      and e.state in ('told', 'understood', 'needs_help', 'declined')
    order by e.occurred_at desc, e.id desc limit 1)""")


@lru_cache(maxsize=100)
def _page(sees_household: ColumnElement[bool], shown: ShownHousehold) -> Fragment:
    return Fragment(
        """
        with page as materialized (
          select addressee.*, row_number() over (order by addressee.household_id) place
          from notice_household addressee join household on household.id = addressee.household_id
          where addressee.notice_id = :notice_id and {sees_household}
            and (cast(:states as text[]) is null or addressee.state = any(cast(:states as text[])))
            and (cast(:grid_id as uuid) is null or household.grid_id = :grid_id)
            and (not cast(:in_no_grid as boolean) or household.grid_id is null)
            and (cast(:after as uuid) is null or addressee.household_id > :after)
          order by addressee.household_id limit :limit + 1)
        select (select coalesce(json_agg(json_build_object('household', {shown}, {addressee})
                  order by addressee.household_id), '[]')
                from page addressee join household on household.id = addressee.household_id {joins}
                where addressee.place <= :limit) items,
               (select array[household_id::text] from page
                where place = :limit and (select count(*) from page) > :limit) next_key
        """,
        sees_household=sees_household,
        shown=shown.json,
        joins=shown.joins,
        addressee=_ADDRESSEE,
    )


def page(session: Session, actor: Actor, binds: dict[str, Any], *, now: datetime) -> RowMapping:
    """Return one page of the addressees that the actor sees, in order of their ids: `items` (JSON) and `next_key`.

    Args:
        binds: `notice_id`, `states` (or None), `grid_id` (or None), `in_no_grid`, `after`, `limit`.
    """
    shown, shown_binds = shown_household(actor, now)
    rule = households.household_visibility(actor, now, Permission.NOTICE_READ)
    statement = unscoped(
        _page(rule.condition, shown), premises="address of an addressee, masked by the rule of addresses"
    )
    return session.execute(statement, shown_binds | rule.binds | binds).mappings().one()


@lru_cache(maxsize=100)
def _detail(sees_household: ColumnElement[bool], shown: ShownHousehold) -> Fragment:
    return Fragment(
        """
        select json_build_object('household', {shown}, {addressee},
          'history', (select coalesce(json_agg(json_build_object('state', e.state, 'channel', e.channel,
              'by', (select json_build_object('id', a.id, 'name', a.name) from account a where a.id = e.actor_id),
              'occurred_at', e.occurred_at, 'recorded_at', e.recorded_at) order by e.occurred_at, e.id), '[]')
            from (select * from notice_event e
                  where e.notice_id = addressee.notice_id and e.household_id = addressee.household_id
                  order by e.id desc limit 200) e),
          'deliveries', (select coalesce(json_agg(json_build_object('channel', d.channel, 'sent_at', d.sent_at,
              'opened_at', d.opened_at, 'revoked_at', d.revoked_at) order by d.channel), '[]')
            from notice_delivery d
            where d.notice_id = addressee.notice_id and d.household_id = addressee.household_id)) item
        from notice_household addressee join household on household.id = addressee.household_id {joins}
        where addressee.notice_id = :notice_id and addressee.household_id = :household_id and {sees_household}
        """,
        sees_household=sees_household,
        shown=shown.json,
        joins=shown.joins,
        addressee=_ADDRESSEE,
    )


def detail(
    session: Session, actor: Actor, notice_id: UUID, household_id: UUID, *, now: datetime
) -> bytes | None:
    """Return an addressee with its history and deliveries (JSON), or None if the actor sees no such addressee."""
    shown, binds = shown_household(actor, now)
    rule = households.household_visibility(actor, now, Permission.NOTICE_READ)
    statement = unscoped(
        _detail(rule.condition, shown), premises="address of an addressee, masked by the rule of addresses"
    )
    binds |= rule.binds | {"notice_id": notice_id, "household_id": household_id}
    item: bytes | None = session.scalar(statement, binds)
    return item


@lru_cache(maxsize=100)
def _lock(may_edit: ColumnElement[bool]) -> Fragment:
    return Fragment(
        """
        select addressee.state, addressee.state_at
        from notice_household addressee join household on household.id = addressee.household_id
        where addressee.notice_id = :notice_id and addressee.household_id = :household_id and {may_edit}
        for update of addressee
        """,
        may_edit=may_edit,
    )


def lock(
    session: Session,
    actor: Actor,
    notice_id: UUID,
    household_id: UUID,
    permission: Permission,
    *,
    now: datetime,
) -> RowMapping | None:
    """Lock and return `state` and `state_at` of an addressee where the actor holds `permission`, or None."""
    rule = households.household_visibility(actor, now, permission)
    binds = rule.binds | {"notice_id": notice_id, "household_id": household_id}
    return session.execute(_lock(rule.condition), binds).mappings().one_or_none()


_EVENT_OF_RECEIPT = text("""
  select notice_id, household_id, state, channel, actor_id from notice_event where receipt_id = :receipt_id
""")
_ADD_EVENT = text("""
  insert into notice_event (notice_id, household_id, state, channel, actor_id, receipt_id, occurred_at)
  values (:notice_id, :household_id, :state, :channel, :actor_id, :receipt_id, :occurred_at)
""")
# The newest step of the highest rank is the state, in whichever order steps arrive.
_SET_STATE = Fragment(
    """
    update notice_household addressee set state = :state, state_at = :occurred_at
    where addressee.notice_id = :notice_id and addressee.household_id = :household_id
      and (({rank_before}), addressee.state_at) <= (({rank}), cast(:occurred_at as timestamptz))
    """,
    rank_before=Fragment(RANK, state=text("addressee.state")),
    rank=Fragment(RANK, state=text("cast(:state as text)")),
)
_MARK_SENT = text("""
  update notice_delivery set sent_at = least(sent_at, cast(:occurred_at as timestamptz))
  where notice_id = :notice_id and household_id = :household_id and channel = :channel
""")


def event_of_receipt(session: Session, receipt_id: UUID) -> RowMapping | None:
    """Return the step that was stored with this id, or None."""
    return session.execute(_EVENT_OF_RECEIPT, {"receipt_id": receipt_id}).mappings().one_or_none()


def add_event(session: Session, binds: dict[str, Any]) -> None:
    """Store a step of a locked addressee, and its state if the step is the newest of the highest rank.

    Args:
        binds: `notice_id`, `household_id`, `state`, `channel`, `actor_id` (None: the household), `receipt_id` (or None),
            `occurred_at`.
    """
    step = ("notice_id", "household_id", "state", "channel", "actor_id", "receipt_id", "occurred_at")
    session.execute(_ADD_EVENT, {name: binds[name] for name in step})
    state = ("notice_id", "household_id", "state", "occurred_at")
    session.execute(_SET_STATE, {name: binds[name] for name in state})
    delivery = ("notice_id", "household_id", "channel", "occurred_at")
    session.execute(_MARK_SENT, {name: binds[name] for name in delivery})


@lru_cache(maxsize=100)
def _coverage(sees_household: ColumnElement[bool]) -> Fragment:
    return Fragment(
        """
        with counted as materialized (
          select household.grid_id, addressee.state, count(*) number
          from notice_household addressee join household on household.id = addressee.household_id
          where addressee.notice_id = :notice_id and {sees_household}
          group by household.grid_id, addressee.state),
        by_grid as (
          select grid_id, sum(number)::int addressed,
            coalesce(sum(number) filter (where state <> 'opted_out'), 0)::int households,
            coalesce(sum(number) filter (where state = any(cast(:reached as text[]))), 0)::int reached,
            coalesce(sum(number) filter (where state = 'understood'), 0)::int understood,
            coalesce(sum(number) filter (where state = 'needs_help'), 0)::int needs_help
          from counted group by grid_id),
        shown as (
          select *, row_number() over (
            order by case when households = 0 then 1 else reached::float8 / households end, households desc, grid_id) place
          from by_grid order by place limit :grids)
        select json_build_object(
          'notice_id', cast(:notice_id as uuid),
          'addressed', (select coalesce(sum(addressed), 0)::int from by_grid),
          'households', (select coalesce(sum(households), 0)::int from by_grid),
          'reached', (select coalesce(sum(reached), 0)::int from by_grid),
          'states', (select json_object_agg(s.state, (
             select coalesce(sum(number), 0)::int from counted c where c.state = s.state) order by s.place)
             from unnest(cast(:states as text[])) with ordinality s(state, place)),
          'grid_count', (select count(*)::int from by_grid),
          'grids', (select coalesce(json_agg(json_build_object(
             'grid', case when v.area_id is not null then
               json_build_object('id', v.area_id, 'code', v.code, 'name', v.name) end,
             'addressed', s.addressed, 'households', s.households, 'reached', s.reached, 'understood', s.understood,
             'needs_help', s.needs_help) order by s.place), '[]')
           from shown s left join area_version v on v.area_id = s.grid_id and upper_inf(v.valid))) item
        """,
        sees_household=sees_household,
    )


@lru_cache(maxsize=100)
def _coverages(sees_notice: ColumnElement[bool], sees_household: ColumnElement[bool]) -> Fragment:
    return Fragment(
        """
        with asked as materialized (
          select notice.id from notice
          where notice.id = any(cast(:ids as uuid[])) and notice.published_at is not null and {sees_notice}),
        counted as (
          select addressee.notice_id, count(*)::int addressed,
            count(*) filter (where addressee.state <> 'opted_out')::int households,
            count(*) filter (where addressee.state = any(cast(:reached as text[])))::int reached
          from asked join notice_household addressee on addressee.notice_id = asked.id
            join household on household.id = addressee.household_id
          where {sees_household} group by addressee.notice_id)
        select coalesce(json_agg(json_build_object('notice_id', asked.id, 'addressed', coalesce(addressed, 0),
          'households', coalesce(households, 0), 'reached', coalesce(reached, 0)) order by asked.id desc), '[]') items
        from asked left join counted on counted.notice_id = asked.id
        """,
        sees_notice=sees_notice,
        sees_household=sees_household,
    )


def coverages(session: Session, actor: Actor, ids: Sequence[UUID], *, now: datetime) -> bytes:
    """Return the numbers of addressees of several published notices that the actor sees (JSON), in one statement."""
    notices = notice_visibility(actor, now)
    homes = households.household_visibility(actor, now, Permission.NOTICE_READ)
    binds = notices.binds | homes.binds | {"ids": list(ids), "reached": list(REACHED)}
    items: bytes = session.scalar(_coverages(notices.condition, homes.condition), binds)
    return items


def coverage(session: Session, actor: Actor, notice_id: UUID, *, now: datetime, grids: int) -> bytes:
    """Return the numbers of addressees that the actor sees, by state and by grid, the worst grids first (JSON)."""
    rule = households.household_visibility(actor, now, Permission.NOTICE_READ)
    binds = {
        "notice_id": notice_id,
        "grids": grids,
        "states": list(HOUSEHOLD_STATES),
        "reached": list(REACHED),
    }
    item: bytes = session.scalar(_coverage(rule.condition), rule.binds | binds)
    return item
