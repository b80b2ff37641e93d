"""SQL of the wishes of households to get no notices."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import ColumnElement, text
from sqlalchemy.orm import Session

from app.core.actor import Actor, Permission
from app.core.db import Fragment, unscoped
from app.core.ids import uuid7
from app.households import service as households

_WISHES = text("""
  select coalesce(json_agg(json_build_object('purpose', o.purpose, 'channel', o.channel, 'recorded_at', o.recorded_at)
    order by o.purpose nulls first, o.channel nulls first), '[]')
  from notice_opt_out o where o.household_id = :household_id and o.withdrawn_at is null
""")
_WITHDRAW = text("""
  update notice_opt_out o set withdrawn_at = :now, withdrawn_by = :actor_id
  where o.household_id = :household_id and o.withdrawn_at is null and not exists (
    select from jsonb_to_recordset(cast(:wishes as jsonb)) w(purpose text, channel text)
    where w.purpose is not distinct from o.purpose and w.channel is not distinct from o.channel)
""")
_ADD = text("""
  insert into notice_opt_out (id, household_id, purpose, channel, recorded_by, recorded_at)
  select w.id, :household_id, w.purpose, w.channel, :actor_id, :now
  from jsonb_to_recordset(cast(:wishes as jsonb)) w(id uuid, purpose text, channel text)
  on conflict (household_id, purpose, channel) where withdrawn_at is null do nothing
""")
# Held shared by whoever stores a wish, and alone by the job that stores addressees: else neither sees the other's new rows.
_LOCK_WISHES = text("select pg_advisory_xact_lock(hashtextextended('wishes of households', 0))")
_SHARE_WISHES = text("select pg_advisory_xact_lock_shared(hashtextextended('wishes of households', 0))")
# Running notices whose channels are all closed now, and of which nothing went out.
_CLOSED = """
      with closed as (
        update notice_household addressee set state = 'opted_out', state_at = :now
        from notice, household
        where {whose} and addressee.state = 'not_reached'
          and household.id = addressee.household_id
          and notice.id = addressee.notice_id and notice.state in ('publishing', 'published') and notice.valid_until > :now
          and not exists (
            select from unnest(notice.channels) c(channel)
            where not (c.channel = 'visit' and household.declined_at is not null) and not exists (
              select from notice_opt_out o where o.household_id = addressee.household_id and o.withdrawn_at is null
                and (o.purpose is null or o.purpose = notice.purpose) and (o.channel is null or o.channel = c.channel)))
        returning addressee.notice_id, addressee.household_id, notice.channels[1] channel)
      insert into notice_event (notice_id, household_id, state, channel, actor_id, occurred_at)
      select notice_id, household_id, 'opted_out', channel, cast(:actor_id as uuid), :now from closed
"""
_CLOSE = unscoped(
    Fragment(_CLOSED, whose=Fragment("addressee.household_id = :household_id")),
    household="the household whose wishes the caller has locked",
    notice="running notices to this household",
)
_CLOSE_BATCH = unscoped(
    Fragment(
        _CLOSED,
        whose=Fragment("""addressee.notice_id = :notice_id and addressee.household_id in (
          select wish.household_id from notice_opt_out wish
          where wish.withdrawn_at is null and wish.household_id = any(cast(:household_ids as uuid[])))"""),
    ),
    household="addressees that the job has just stored",
    notice="a published notice, for the job that stores its addressees",
)


@lru_cache(maxsize=100)
def _seen(sees_household: ColumnElement[bool]) -> Fragment:
    return Fragment(
        "select 1 from household where household.id = :household_id and household.deleted_at is null and {sees}",
        sees=sees_household,
    )


@lru_cache(maxsize=100)
def _locked(sees_household: ColumnElement[bool]) -> Fragment:
    return Fragment("{seen} for no key update of household", seen=_seen(sees_household))


def holds(
    session: Session, actor: Actor, household_id: UUID, permission: Permission, *, now: datetime
) -> bool:
    """Return True if the actor holds `permission` at the household."""
    rule = households.household_visibility(actor, now, permission)
    return session.scalar(_seen(rule.condition), rule.binds | {"household_id": household_id}) is not None


def lock(
    session: Session, actor: Actor, household_id: UUID, permission: Permission, *, now: datetime
) -> bool:
    """Lock a household where the actor holds `permission`. Return False if there is none."""
    rule = households.household_visibility(actor, now, permission)
    return session.scalar(_locked(rule.condition), rule.binds | {"household_id": household_id}) is not None


def wishes(session: Session, household_id: UUID) -> bytes:
    """Return the present wishes of a household (JSON)."""
    result: bytes = session.scalar(_WISHES, {"household_id": household_id})
    return result


def replace(
    session: Session,
    household_id: UUID,
    wished: Sequence[tuple[str | None, str | None]],
    *,
    actor_id: UUID | None,
    now: datetime,
) -> None:
    """Store the wishes of a household in place of the present ones, each as (purpose, channel).

    A running notice of which nothing went out, and whose channels are all closed by them, gets the state `opted_out` there.
    """
    rows = [{"id": uuid7(), "purpose": purpose, "channel": channel} for purpose, channel in wished]
    binds: dict[str, Any] = {"household_id": household_id, "actor_id": actor_id, "now": now}
    binds |= {"wishes": orjson.dumps(rows, default=str).decode()}
    session.execute(_WITHDRAW, binds)
    session.execute(_ADD, binds)
    _close(session, binds)


def add_by_household(
    session: Session, household_id: UUID, *, purpose: str | None, channel: str | None, now: datetime
) -> None:
    """Store one more wish of a household, which it stated itself. The same wish is stored once."""
    rows = [{"id": uuid7(), "purpose": purpose, "channel": channel}]
    binds: dict[str, Any] = {"household_id": household_id, "actor_id": None, "now": now}
    session.execute(_ADD, binds | {"wishes": orjson.dumps(rows, default=str).decode()})
    _close(session, binds)


def _close(session: Session, binds: dict[str, Any]) -> None:
    session.execute(_SHARE_WISHES)
    session.execute(_CLOSE, {name: binds[name] for name in ("household_id", "actor_id", "now")})


def lock_wishes(session: Session) -> None:
    """Wait for transactions that store wishes, and let others wait until this one ends."""
    session.execute(_LOCK_WISHES)


def close_batch(session: Session, notice_id: UUID, household_ids: Sequence[UUID], *, now: datetime) -> None:
    """Set the new addressees of a notice to `opted_out` whose present wishes close all its channels."""
    binds = {"notice_id": notice_id, "household_ids": list(household_ids), "actor_id": None, "now": now}
    session.execute(_CLOSE_BATCH, binds)
