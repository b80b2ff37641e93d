"""Statements on `webhook_subscription`."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, insert
from sqlalchemy.orm import Session

from app.core.db import Fragment, sql_text
from app.webhooks.models import WebhookSubscription

_DESCRIBED = """
  select s.*,
    (select count(*) from (select from webhook_delivery d where d.subscription_id = s.id and d.state = 'waiting'
                           limit 10000) w) waiting,
    (select count(*) from (select from webhook_delivery d where d.subscription_id = s.id and d.state = 'dead'
                           limit 10000) x) dead
  from webhook_subscription s where s.state <> 'ended' and {is_wanted}
  order by s.id
"""
_PAGE = Fragment(
    _DESCRIBED + " limit :most",
    is_wanted=Fragment(
        "s.account_id = any(cast(:account_ids as uuid[])) and (cast(:after as uuid) is null or s.id > :after)"
    ),
)
_ONE = Fragment(_DESCRIBED, is_wanted=Fragment("s.id = :id"))
_LOCK = sql_text("select * from webhook_subscription where id = :id and state <> 'ended' for update")
_ACCOUNTS = sql_text("select distinct account_id from webhook_subscription where state <> 'ended'")
_COUNT = sql_text(
    "select count(*) from webhook_subscription where account_id = :account_id and state <> 'ended'"
)
_CHANGE = sql_text("""
  update webhook_subscription
  set url = coalesce(:url, url), description = coalesce(:description, description),
      types = coalesce(cast(:types as text[]), types), categories = coalesce(cast(:categories as text[]), categories),
      area_id = case when :sets_area then cast(:area_id as uuid) else area_id end
  where id = :id
""")
_ACTIVATE = sql_text("""
  update webhook_subscription
  set state = 'active', paused_because = null, failures = 0, failing_since = null, due_at = :now
  where id = :id and state = 'paused'
""")
_PAUSE = sql_text("""
  update webhook_subscription set state = 'paused', paused_because = :because where id = :id and state = 'active'
  returning id
""")
_END = sql_text("""
  update webhook_subscription set state = 'ended', paused_because = null, url = null, ended_at = :now where id = :id
""")
_ROTATE = sql_text("""
  update webhook_subscription set secret_number = secret_number + 1, former_until = :former_until where id = :id
""")
_DUE = sql_text("""
  select id from webhook_subscription where state = 'active' and due_at <= :now order by due_at limit 1000
""")
_CLAIM = sql_text("""
  update webhook_subscription set due_at = :lease_ends_at
  where id = (select s.id from webhook_subscription s where s.id = :id and s.state = 'active' and s.due_at <= :now
              for update skip locked)
  returning *
""")
_RELEASE = sql_text("""
  update webhook_subscription
  set due_at = case when due_at = :lease_ends_at then :due_at else due_at end, failures = :failures,
      failing_since = :failing_since, last_sent_at = coalesce(:last_sent_at, last_sent_at)
  where id = :id
""")
_MOVE = sql_text("update webhook_subscription set cursor = :cursor where id = :id")
_DELETE_ENDED = sql_text("delete from webhook_subscription where ended_at < :before")


def insert_subscription(session: Session, values: dict[str, Any]) -> None:
    """Insert a subscription."""
    session.execute(insert(WebhookSubscription), values)


def count_of_account(session: Session, account_id: UUID) -> int:
    """Return the number of live subscriptions of an account."""
    return int(session.execute(_COUNT, {"account_id": account_id}).scalar_one())


def accounts(session: Session) -> list[UUID]:
    """Return the ids of the accounts that have live subscriptions."""
    return list(session.execute(_ACCOUNTS).scalars())


def page(
    session: Session, account_ids: Sequence[UUID], *, after: UUID | None, limit: int
) -> Sequence[RowMapping]:
    """Return a page of the live subscriptions of accounts with the numbers of waiting and dead messages, oldest first."""
    binds = {"account_ids": list(account_ids), "after": after, "most": limit}
    return session.execute(_PAGE, binds).mappings().all()


def of_id(session: Session, subscription_id: UUID) -> RowMapping | None:
    """Return a live subscription of any account, or None."""
    return session.execute(_ONE, {"id": subscription_id}).mappings().one_or_none()


def lock(session: Session, subscription_id: UUID) -> RowMapping | None:
    """Lock a live subscription of any account, and return it, or None."""
    return session.execute(_LOCK, {"id": subscription_id}).mappings().one_or_none()


def change(session: Session, subscription_id: UUID, changes: dict[str, Any]) -> None:
    """Change URL, description and filters. A missing value stays; `area_id` None takes the area away."""
    names = ("url", "description", "types", "categories", "area_id")
    binds = {name: changes.get(name) for name in names} | {"sets_area": "area_id" in changes}
    session.execute(_CHANGE, binds | {"id": subscription_id})


def activate(session: Session, subscription_id: UUID, *, now: datetime) -> None:
    """Set a paused subscription active, without its failures."""
    session.execute(_ACTIVATE, {"id": subscription_id, "now": now})


def pause(session: Session, subscription_id: UUID, *, because: str) -> bool:
    """Pause an active subscription. Return True if it was active."""
    binds = {"id": subscription_id, "because": because}
    return session.execute(_PAUSE, binds).one_or_none() is not None


def end(session: Session, subscription_id: UUID, *, now: datetime) -> None:
    """End a subscription and erase its URL."""
    session.execute(_END, {"id": subscription_id, "now": now})


def rotate(session: Session, subscription_id: UUID, *, former_until: datetime) -> None:
    """Take the next secret. The former one also signs until `former_until`."""
    session.execute(_ROTATE, {"id": subscription_id, "former_until": former_until})


def due(session: Session, *, now: datetime) -> list[UUID]:
    """Return the ids of active subscriptions that no job sends for and whose pause has ended."""
    return list(session.execute(_DUE, {"now": now}).scalars())


def claim(
    session: Session, subscription_id: UUID, *, now: datetime, lease_ends_at: datetime
) -> RowMapping | None:
    """Claim a due subscription until the lease ends, and return it; None: another job has it."""
    binds = {"id": subscription_id, "now": now, "lease_ends_at": lease_ends_at}
    return session.execute(_CLAIM, binds).mappings().one_or_none()


def release(session: Session, subscription_id: UUID, **values: Any) -> None:
    """Store the result of a batch: `due_at` unless a person changed it, `failures`, `failing_since`, `last_sent_at`."""
    session.execute(_RELEASE, {"id": subscription_id, **values})


def move_cursor(session: Session, subscription_id: UUID, cursor: str) -> None:
    """Store the position in the log of events."""
    session.execute(_MOVE, {"id": subscription_id, "cursor": cursor})


def delete_ended(session: Session, *, before: datetime) -> None:
    """Delete subscriptions that ended before an instant, with their messages."""
    session.execute(_DELETE_ENDED, {"before": before})
