"""Statements on `incoming_sms`, and the look-up of a sender and of the tasks that an SMS names."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session, aliased

from app.accounts.rules.masking import masked_phone
from app.core.actor import Actor
from app.core.db import Fragment, sql_text, unscoped
from app.profiles.scope import own_jurisdictions
from app.sms.models import IncomingSms

# A transaction with the same message is waited for.
_CLAIM = sql_text("""
  insert into incoming_sms (account_id, message_id, body_digest, phone, words, outcome, received_at)
  values (:account_id, :message_id, :digest, :phone, :words, 'help', :now)
  on conflict (account_id, message_id) do nothing returning id
""")
_EARLIER = sql_text("""
  select id, body_digest, outcome, code, incident_id, reply from incoming_sms
  where account_id = :account_id and message_id = :message_id
""")
# By the index of SMS whose words are kept.
_COUNT_SINCE = sql_text("""
  select count(*) from incoming_sms where received_at > :since and words is not null and phone = :phone
""")
_STORE = sql_text("""
  update incoming_sms set outcome = :outcome, code = :code, incident_id = :incident_id, reply = :reply,
    sender_id = :sender_id, jurisdiction_id = :jurisdiction_id
  where id = :id
""")
_WORKERS = unscoped(
    Fragment("""
      select id from worker
      where deleted_at is null and regexp_replace(phone, '[^0-9]', '', 'g') = any(cast(:forms as text[])) limit 2
    """),
    worker="the sender of an SMS, by the telephone number",
)
_TASKS = unscoped(
    Fragment("""
      select a.id assignment_id, a.state, i.id incident_id, i.status
      from incident i join assignment a on a.incident_id = i.id
      where i.case_no = :case_no and coalesce(a.worker_id, a.account_id) = :worker_id and a.deleted_at is null
        and a.state in ('offered', 'open', 'accepted', 'en_route', 'on_scene')
      order by a.created_at desc limit 1
    """),
    incident="a case with a task of the sender",
)
_CASE_NO = unscoped(
    Fragment("select case_no from incident where id = :id"), incident="the case that the SMS was about"
)
_OWN_CITY = aliased(IncomingSms, name="m").jurisdiction_id
_ERASE_OLD = sql_text("""
  update incoming_sms set phone = null, words = null, reply = null
  where words is not null and received_at < :before
""")

_ERASE_NUMBERS = sql_text("""
  update incoming_sms set phone = null, words = null, reply = null
  where words is not null and phone = any(cast(:phones as text[]))
""")


def claim(session: Session, values: dict[str, Any]) -> int | None:
    """Store an SMS that was not applied before, and return its number; None: it was."""
    result: int | None = session.execute(_CLAIM, values).scalar_one_or_none()
    return result


def earlier(session: Session, account_id: UUID, message_id: str) -> RowMapping:
    """Return the SMS of the gateway with an id."""
    return session.execute(_EARLIER, {"account_id": account_id, "message_id": message_id}).mappings().one()


def number_since(session: Session, phone: str, *, since: datetime) -> int:
    """Return the number of SMS that came from a telephone number since an instant."""
    return session.scalar(_COUNT_SINCE, {"phone": phone, "since": since}) or 0


def store_outcome(session: Session, number: int, values: dict[str, Any]) -> None:
    """Store what became of an SMS."""
    session.execute(_STORE, values | {"id": number})


def workers_with_phone(session: Session, forms: Sequence[str]) -> list[UUID]:
    """Return the ids of the workers with a telephone number, at most two.

    Args:
        forms: The ways in which the number may be written, figures only.
    """
    return list(session.scalars(_WORKERS, {"forms": list(forms)}))


def task(session: Session, worker_id: UUID, case_no: str) -> RowMapping | None:
    """Return the live task of a worker about the case with a number, or None."""
    return session.execute(_TASKS, {"worker_id": worker_id, "case_no": case_no}).mappings().one_or_none()


def case_no_of(session: Session, incident_id: UUID) -> str:
    """Return the number of a case."""
    return str(session.execute(_CASE_NO, {"id": incident_id}).scalar_one())


@lru_cache(maxsize=100)
def _page(condition: Any) -> Fragment:
    return Fragment(
        """
        select m.id, m.message_id, {phone} phone, m.words, m.outcome, m.code, m.incident_id, m.reply, m.received_at
        from incoming_sms m
        where (m.jurisdiction_id is null or {is_own}) and m.outcome = any(cast(:outcomes as text[]))
          and m.id < coalesce(cast(:before as bigint), 9223372036854775807)
        order by m.id desc limit :most
        """,
        is_own=condition,
        phone=Fragment(masked_phone("m.phone")),
    )


def page(
    session: Session, actor: Actor, *, outcomes: Sequence[str], before: int | None, limit: int
) -> Sequence[RowMapping]:
    """Return a page of SMS of the actor's jurisdictions, newest first, with masked telephone numbers."""
    condition, own = own_jurisdictions(actor, _OWN_CITY)
    binds = {"outcomes": list(outcomes), "before": before, "most": limit}
    return session.execute(_page(condition), own | binds).mappings().all()


def erase_numbers(session: Session, phones: Sequence[str]) -> None:
    """Erase sender and words of the SMS that came from telephone numbers (E.164)."""
    session.execute(_ERASE_NUMBERS, {"phones": list(phones)})


def erase_old(session: Session, *, before: datetime) -> None:
    """Erase sender and words of SMS that came before an instant."""
    session.execute(_ERASE_OLD, {"before": before})
