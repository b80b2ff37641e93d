"""Statements on `alert`: claim a message that is due, record its end, delete old ones."""

from datetime import datetime

from sqlalchemy import RowMapping, Text, bindparam, delete, update
from sqlalchemy.orm import Session

from app.alerts.models import Alert
from app.core.db import sql_text

# Calls for help first. The claim moves `due_at`: a job that is killed after it leaves a message that is due again. Two jobs
# never claim one message, and neither waits for the other.
_CLAIM = sql_text("""
  with claimed as (
    update alert set attempts = attempts + 1, due_at = :lease_ends_at
    where id = (select a.id from alert a where a.state = 'waiting' and a.due_at <= :now
                order by a.kind = 'sos' desc, a.due_at limit 1 for update skip locked)
    returning *)
  select c.id, c.subscription_id, s.channel, c.kind, c.subject_id, c.attempts, c.expires_at, s.endpoint, s.public_key,
         s.secret,
         s.ended_at is null and signed.revoked_at is null and signed.expires_at > :now and device.revoked_at is null
           and account.disabled_at is null and account.deleted_at is null is_live,
         not exists (select from worker w where w.id = s.account_id and w.deleted_at is null)
           or exists (select from duty d where d.worker_id = s.account_id and d.deleted_at is null
                      and d.during @> cast(:now as timestamptz)) is_on_duty,
         case c.kind
           when 'offer' then not exists (select from offer o where o.id = cast(split_part(c.cause, ':', 2) as uuid)
                                         and o.state = 'offered')
           when 'sos' then exists (select from sos where sos.id = c.subject_id and sos.closed_at is not null)
           else false end is_answered
  from claimed c
  join alert_subscription s on s.id = c.subscription_id
  join account on account.id = s.account_id
  join session signed on signed.id = s.session_id
  join device on device.id = signed.device_id
""")

_OF_ID = Alert.id == bindparam("of_id")
_END = (
    update(Alert)
    .where(_OF_ID, Alert.state == "waiting")
    .values(state=bindparam("new_state"), reason=bindparam("because", type_=Text), ended_at=bindparam("at"))
)
_POSTPONE = (
    update(Alert)
    .where(_OF_ID, Alert.state == "waiting")
    .values(due_at=bindparam("next_at"), reason=bindparam("because", type_=Text))
)
_DELETE_ENDED = delete(Alert).where(Alert.ended_at < bindparam("before"))


def claim(session: Session, *, now: datetime, lease_ends_at: datetime) -> RowMapping | None:
    """Claim the next message that is due until the lease ends. Return it with its subscription, or None."""
    return session.execute(_CLAIM, {"now": now, "lease_ends_at": lease_ends_at}).mappings().one_or_none()


def end(session: Session, alert_id: int, *, state: str, because: str | None, at: datetime) -> None:
    """End a waiting message as sent, dropped or dead."""
    session.execute(_END, {"of_id": alert_id, "new_state": state, "because": because, "at": at})


def postpone(session: Session, alert_id: int, *, because: str, next_at: datetime) -> None:
    """Let the next attempt begin at an instant."""
    session.execute(_POSTPONE, {"of_id": alert_id, "because": because, "next_at": next_at})


def delete_ended(session: Session, *, before: datetime) -> None:
    """Delete messages that ended before an instant."""
    session.execute(_DELETE_ENDED, {"before": before})
