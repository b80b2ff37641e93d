"""Statements on `message`: add, claim, record the end, list, replay, delete old ones."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session, aliased

from app.accounts.rules.masking import masked_email, masked_phone
from app.core.actor import Actor
from app.core.db import Fragment, sql_text
from app.messages.models import OutgoingMessage
from app.profiles.scope import own_jurisdictions

_INSERT = sql_text("""
  insert into message (jurisdiction_id, channel, kind, is_news, address, address_digest, language, subject_id, words,
                       cause, created_at, due_at)
  values (:jurisdiction_id, :channel, :kind, :is_news, :address, :address_digest, :language, :subject_id, :words, :cause,
    :now, :now)
  on conflict (cause) do nothing
""")
# Answers to a person go before news. A message waits for the earlier ones about its subject, so that an older state is never
# told after a newer one. The claim moves `due_at`: a job that is killed after it leaves a message that is due
# again. Two jobs never claim one message, and neither waits for the other.
_CLAIM = sql_text("""
  update message set attempts = attempts + 1, due_at = :lease_ends_at
  where id = (select m.id from message m where m.state = 'waiting' and m.due_at <= :now
                and m.channel = any(cast(:channels as text[]))
                and not exists (select from message o where o.subject_id = m.subject_id and o.address is not null
                                  and o.state = 'waiting' and o.id < m.id)
              order by m.is_news, m.due_at, m.id limit 1 for update skip locked)
  returning id, message_id, jurisdiction_id, channel, kind, address, address_digest, language, subject_id, topic, words,
    attempts, created_at
""")
_SENT_TO = sql_text("""
  select count(*) sent, min(ended_at) earliest
  from (select ended_at from message where address_digest = :digest and state = 'sent' and ended_at > :since
        order by ended_at desc limit :most) recent
""")
_KEEP_TOPIC = sql_text("update message set topic = :topic where id = :id and state = 'waiting'")
_END = sql_text("""
  update message set state = :state, reason = :reason, ended_at = :now,
    address = case when :state = 'dead' then address end, words = case when :state = 'dead' then words end
  where id = :id and state = 'waiting'
""")
_POSTPONE = sql_text("""
  update message set due_at = :due_at, reason = :reason, attempts = attempts - :untried
  where id = :id and state = 'waiting'
""")
_DELETE_ENDED = sql_text("""
  delete from message where id = any(array(
    select id from message
    where ended_at < :before and (state <> 'dead' or ended_at < :dead_before) limit 10000))
""")
_ERASE = sql_text("""
  update message set state = 'dropped', reason = 'erased', address = null, words = null, ended_at = coalesce(ended_at, :now)
  where address is not null and address_digest = any(cast(:digests as bytea[]))
""")
_OWN_CITY = aliased(OutgoingMessage, name="m").jurisdiction_id
_MASKED = (
    f"case when m.channel = 'email' then {masked_email('m.address')} else {masked_phone('m.address')} end"
)


@lru_cache(maxsize=100)
def _page(condition: Any) -> Fragment:
    return Fragment(
        """
        select m.id, m.message_id, m.channel, m.kind, {address} address, m.state, m.reason, m.attempts, m.created_at,
          m.due_at, m.ended_at
        from message m
        where {is_own} and m.state = any(cast(:states as text[])) and m.channel = any(cast(:channels as text[]))
          and m.id < coalesce(cast(:before as bigint), 9223372036854775807)
        order by m.id desc limit :most
        """,
        is_own=condition,
        address=Fragment(_MASKED),
    )


@lru_cache(maxsize=100)
def _replay(condition: Any) -> Fragment:
    # What was said by an earlier attempt is of another time: the words are made anew.
    return Fragment(
        """
        update message m set state = 'waiting', attempts = 0, due_at = :now, ended_at = null, topic = null, reason = null
        where {is_own} and m.state = 'dead'
          and (cast(:ids as uuid[]) is null or m.message_id = any(cast(:ids as uuid[])))
        returning m.id
        """,
        is_own=condition,
    )


@lru_cache(maxsize=100)
def _discard(condition: Any) -> Fragment:
    return Fragment(
        """
        update message m set state = 'dropped', reason = 'discarded', ended_at = :now, address = null, words = null
        where {is_own} and (m.state = 'dead' or m.state = 'waiting' and cast(:ids as uuid[]) is not null)
          and (cast(:ids as uuid[]) is null or m.message_id = any(cast(:ids as uuid[])))
        returning m.id
        """,
        is_own=condition,
    )


@lru_cache(maxsize=100)
def _counts(condition: Any) -> Fragment:
    return Fragment(
        """
        select m.channel, m.state, count(*) messages, min(m.created_at) oldest_at, max(m.ended_at) last_ended_at
        from message m where {is_own} group by m.channel, m.state
        """,
        is_own=condition,
    )


def insert(session: Session, values: Sequence[dict[str, Any]]) -> None:
    """Add messages, except those whose cause has one already."""
    session.execute(_INSERT, list(values))


def claim(
    session: Session, *, channels: Sequence[str], now: datetime, lease_ends_at: datetime
) -> RowMapping | None:
    """Claim the next message of these channels that is due, until the lease ends."""
    binds = {"channels": list(channels), "now": now, "lease_ends_at": lease_ends_at}
    return session.execute(_CLAIM, binds).mappings().one_or_none()


def sent_to(session: Session, digest: bytes, *, since: datetime, most: int) -> RowMapping:
    """Return the number of messages sent to an address since an instant (`sent`, at most `most`), and the first of them."""
    return session.execute(_SENT_TO, {"digest": digest, "since": since, "most": most}).mappings().one()


def keep_topic(session: Session, message_pk: int, topic: str) -> None:
    """Store what an attempt is about to say."""
    session.execute(_KEEP_TOPIC, {"id": message_pk, "topic": topic})


def end(session: Session, message_pk: int, *, state: str, reason: str | None, now: datetime) -> None:
    """End a waiting message. Its address is erased, unless it is dead."""
    session.execute(_END, {"id": message_pk, "state": state, "reason": reason, "now": now})


def erase(session: Session, digests: Sequence[bytes], *, now: datetime) -> None:
    """Drop waiting and dead messages to addresses with these digests, and erase the addresses and words."""
    session.execute(_ERASE, {"digests": list(digests), "now": now})


def postpone(session: Session, message_pk: int, *, reason: str, due_at: datetime, untried: int = 0) -> None:
    """Let the next attempt begin at an instant.

    Args:
        untried: 1 if the claim led to no attempt.
    """
    session.execute(_POSTPONE, {"id": message_pk, "reason": reason, "due_at": due_at, "untried": untried})


def page(
    session: Session,
    actor: Actor,
    *,
    states: Sequence[str],
    channels: Sequence[str],
    before: int | None,
    limit: int,
) -> Sequence[RowMapping]:
    """Return a page of the messages of the actor's jurisdictions, newest first, with masked addresses."""
    condition, own = own_jurisdictions(actor, _OWN_CITY)
    binds = {"states": list(states), "channels": list(channels), "before": before, "most": limit}
    return session.execute(_page(condition), own | binds).mappings().all()


def replay(session: Session, actor: Actor, *, ids: Sequence[UUID] | None, now: datetime) -> int:
    """Let dead messages of the actor's jurisdictions wait again; None: all. Return their number."""
    condition, own = own_jurisdictions(actor, _OWN_CITY)
    binds = {"ids": None if ids is None else list(ids), "now": now}
    return len(session.execute(_replay(condition), own | binds).all())


def discard(session: Session, actor: Actor, *, ids: Sequence[UUID] | None, now: datetime) -> int:
    """End dead and waiting messages of the actor's jurisdictions, and erase their addresses. Return their number.

    Args:
        ids: None: all dead messages, and no waiting one.
    """
    condition, own = own_jurisdictions(actor, _OWN_CITY)
    binds = {"ids": None if ids is None else list(ids), "now": now}
    return len(session.execute(_discard(condition), own | binds).all())


def counts(session: Session, actor: Actor) -> Sequence[RowMapping]:
    """Return the number of stored messages of the actor's jurisdictions by channel and state.

    Columns: `channel`, `state`, `messages`, `oldest_at` (creation of the oldest), `last_ended_at`.
    """
    condition, own = own_jurisdictions(actor, _OWN_CITY)
    return session.execute(_counts(condition), own).mappings().all()


def delete_ended(session: Session, *, before: datetime, dead_before: datetime) -> int:
    """Delete messages that ended before an instant, dead ones that ended before another. Return the number of a batch."""
    result: Any = session.execute(_DELETE_ENDED, {"before": before, "dead_before": dead_before})
    return int(result.rowcount)
