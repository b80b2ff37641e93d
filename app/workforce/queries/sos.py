"""Statements on calls for help: store, find recipients, acknowledge, close, erase the place.

Statements that return calls as JSON are in `sos_calls.py`.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Integer, RowMapping, Uuid, bindparam, exists, literal_column, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.core.db import Fragment
from app.core.ids import uuid7
from app.workforce.models import Duty, Sos, SosRecipient
from app.workforce.queries.periods import instant
from app.workforce.rules.sos import Candidate, Recipient
from app.workforce.scope import works_for


def _is_absent(worker_id: str) -> Fragment:
    """Return the SQL condition that a worker is absent: substituted now and not on duty."""
    return Fragment(
        """
  (exists (select 1 from substitution where substitution.worker_id = {worker_id} and substitution.deleted_at is null
             and substitution.during @> cast(:now as timestamptz))
   and not exists (select 1 from duty where duty.worker_id = {worker_id} and duty.deleted_at is null
                     and upper_inf(duty.during)))
""",
        worker_id=literal_column(worker_id),
    )


# The areas of the caller are those of the caller's responsibilities, else of the place of the call, else of the account's
# grants: a caller without any responsibility must reach somebody, too.
_CANDIDATES = Fragment(
    """
  with own_area as (
    select v.path from responsibility r join area_version v on v.area_id = r.area_id and upper_inf(v.valid)
    where r.worker_id = :worker_id and r.deleted_at is null and r.valid @> cast(:now as timestamptz)),
  area_of_place as (
    select v.path from area_version v
    where not exists (select 1 from own_area) and :is_placed and upper_inf(v.valid)
      and v.geom && ST_SetSRID(ST_MakePoint(:lon, :lat), 4326)
      and ST_Covers(v.geom, ST_SetSRID(ST_MakePoint(:lon, :lat), 4326))
      and {works_there}),
  area_of_account as (
    select v.path from account_grant g join area_version v on v.area_id = g.area_id and upper_inf(v.valid)
    where not exists (select 1 from own_area) and not exists (select 1 from area_of_place)
      and g.account_id = :worker_id and g.revoked_at is null and g.deleted_at is null),
  caller_area as (
    select path from own_area union all select path from area_of_place union all select path from area_of_account),
  enclosing_area as (
    select distinct v.area_id from area_version v
    where upper_inf(v.valid) and exists (select 1 from caller_area c where c.path <@ v.path)),
  candidate as (
    select r.worker_id account_id, r.role reason
    from responsibility r join enclosing_area e on e.area_id = r.area_id
    where r.deleted_at is null and r.valid @> cast(:now as timestamptz)
      and (r.role = 'chief' and not {is_chief_absent}
           or r.role = 'substitute' and exists (
             select 1 from substitution s join responsibility c on c.worker_id = s.worker_id
             where s.substitute_id = r.worker_id and s.deleted_at is null
               and s.during @> cast(:now as timestamptz) and c.area_id = r.area_id and c.role = 'chief'
               and c.deleted_at is null and c.valid @> cast(:now as timestamptz)
               and {is_substituted_absent}))
    union all
    select g.account_id, case when g.role = 'admin' then 'admin'
                              when g.area_id is null then 'everywhere' else 'supervisor' end
    from account_grant g
    where g.revoked_at is null and g.deleted_at is null and g.role in ('supervisor', 'admin')
      and g.unit_id is null and (g.area_id is null or g.area_id in (select area_id from enclosing_area)))
  select distinct c.account_id, c.reason from candidate c join account a on a.id = c.account_id
  where a.disabled_at is null and a.deleted_at is null and c.account_id <> :worker_id
  order by c.account_id, c.reason
""",
    works_there=works_for(bindparam("worker_id", None, Uuid()), literal_column("v.jurisdiction_id")),
    is_chief_absent=_is_absent("r.worker_id"),
    is_substituted_absent=_is_absent("s.worker_id"),
)


def candidates(
    session: Session, worker_id: UUID, *, place: tuple[float, float] | None, now: datetime
) -> list[Candidate]:
    """Return the accounts that may be notified of a call for help.

    These are chiefs of the caller's areas, substitutes of absent chiefs, supervisors and administrators.

    Args:
        place: Longitude and latitude (WGS 84) of the call; None: unknown.
    """
    lon, lat = place or (0.0, 0.0)
    binds = {"worker_id": worker_id, "now": now, "is_placed": place is not None, "lon": lon, "lat": lat}
    return [Candidate(row.account_id, row.reason) for row in session.execute(_CANDIDATES, binds)]


_WORKER_ID = bindparam("worker_id", type_=Uuid())
_INSERT_SOS = (
    insert(Sos)
    .values(
        id=bindparam("id"),
        worker_id=_WORKER_ID,
        raised_at=instant("raised_at"),
        received_at=instant("received_at"),
        is_on_duty=exists().where(
            Duty.worker_id == _WORKER_ID,
            Duty.deleted_at.is_(None),
            Duty.during.contains(instant("raised_at")),
        ),
        lon=bindparam("lon"),
        lat=bindparam("lat"),
        accuracy_m=bindparam("accuracy_m"),
        note=bindparam("note"),
        device_id=bindparam("device_id"),
        wave=-1,
        told_at=instant("received_at"),
    )
    .on_conflict_do_nothing(index_elements=[Sos.id])
    .returning(Sos.id)
)


def insert_sos(session: Session, values: dict[str, Any]) -> bool:
    """Insert a call for help, without recipients. Returns False if a call with its id exists."""
    return session.scalar(_INSERT_SOS, values) is not None


_OF_SOS = Sos.id == bindparam("sos_id")
_INSERT_RECIPIENT = (
    insert(SosRecipient)
    .values(
        id=bindparam("id"),
        sos_id=bindparam("sos_id"),
        recipient_id=bindparam("recipient_id"),
        reason=bindparam("reason"),
        wave=bindparam("wave"),
        told_at=instant("now"),
        changed_at=instant("now"),
    )
    .on_conflict_do_nothing(index_elements=[SosRecipient.sos_id, SosRecipient.recipient_id])
)
_SET_WAVE = update(Sos).where(_OF_SOS).values(wave=bindparam("wave"), told_at=instant("told_at"))


def insert_recipients(
    session: Session, sos_id: UUID, recipients: Sequence[Recipient], *, wave: int, now: datetime
) -> None:
    """Insert the accounts that are notified of a call for help now, and update its `wave`.

    A wave is one group of accounts notified together. Accounts notified earlier are not changed.

    Args:
        wave: Number of the last group that is notified now.
    """
    rows = [
        {
            "id": uuid7(),
            "sos_id": sos_id,
            "recipient_id": recipient.account_id,
            "reason": recipient.reason,
            "wave": recipient.wave,
            "now": now,
        }
        for recipient in recipients
    ]
    if rows:
        session.execute(_INSERT_RECIPIENT, rows)
    session.execute(_SET_WAVE, {"sos_id": sos_id, "wave": wave, "told_at": now})


_CALLER = select(Sos.worker_id).where(_OF_SOS)


def caller_of(session: Session, sos_id: UUID) -> UUID | None:
    """Return the id of the worker who raised a call for help, or None if there is no such call."""
    return session.scalar(_CALLER, {"sos_id": sos_id})


# Not FOR UPDATE, which would wait for inserts of recipients.
_LOCK_SOS = (
    select(
        Sos.id,
        Sos.worker_id,
        Sos.lon,
        Sos.lat,
        Sos.wave,
        Sos.told_at,
        Sos.acknowledged_at,
        Sos.closed_at,
        Sos.closed_by,
        Sos.outcome,
    )
    .where(_OF_SOS, Sos.deleted_at.is_(None))
    .with_for_update(key_share=True)
)


def lock_sos(session: Session, sos_id: UUID) -> RowMapping | None:
    """Lock and return a call for help, or None if there is no such call."""
    return session.execute(_LOCK_SOS, {"sos_id": sos_id}).mappings().one_or_none()


_IS_RECIPIENT = select(
    exists().where(
        SosRecipient.sos_id == bindparam("sos_id"),
        SosRecipient.recipient_id == bindparam("account_id"),
        SosRecipient.deleted_at.is_(None),
    )
)


def is_recipient(session: Session, sos_id: UUID, account_id: UUID) -> bool:
    """Return True if the account was notified of the call for help."""
    return bool(session.scalar(_IS_RECIPIENT, {"sos_id": sos_id, "account_id": account_id}))


_ACKNOWLEDGE = (
    update(Sos)
    .where(_OF_SOS, Sos.acknowledged_at.is_(None))
    .values(acknowledged_at=instant("now"), acknowledged_by=bindparam("actor_id"))
)
_CLOSE = (
    update(Sos)
    .where(_OF_SOS)
    .values(
        closed_at=instant("now"),
        closed_by=bindparam("actor_id"),
        outcome=bindparam("outcome"),
        closing_note=bindparam("closing_note"),
    )
)


def acknowledge(session: Session, sos_id: UUID, *, by: UUID, now: datetime) -> None:
    """Store which account acknowledges a call for help.

    An earlier acknowledgement is not replaced.
    """
    session.execute(_ACKNOWLEDGE, {"sos_id": sos_id, "actor_id": by, "now": now})


def close(session: Session, sos_id: UUID, *, by: UUID, outcome: str, note: str | None, now: datetime) -> None:
    """Store which account closed a call for help, and the outcome."""
    binds = {"sos_id": sos_id, "actor_id": by, "outcome": outcome, "closing_note": note, "now": now}
    session.execute(_CLOSE, binds)


_TOUCH_RECIPIENTS = (
    update(SosRecipient)
    .where(SosRecipient.sos_id == bindparam("of_sos"))
    .values(changed_at=instant("changed_at"))
)


def touch_recipients(session: Session, sos_id: UUID, *, now: datetime) -> None:
    """Mark a call for help as changed, so that the devices of its recipients receive it again."""
    session.execute(_TOUCH_RECIPIENTS, {"of_sos": sos_id, "changed_at": now})


_LIMIT = bindparam("limit", type_=Integer())
# `acknowledged_at is null and closed_at is null` is the condition of a partial index.
_UNANSWERED = (
    select(Sos.id)
    .where(
        Sos.acknowledged_at.is_(None),
        Sos.closed_at.is_(None),
        Sos.told_at <= instant("told_before"),
        Sos.wave < bindparam("last_wave"),
        Sos.deleted_at.is_(None),
    )
    .order_by(Sos.told_at)
    .limit(_LIMIT)
)


def unanswered(session: Session, *, told_before: datetime, last_wave: int, limit: int) -> list[UUID]:
    """Return ids of open calls for help that nobody acknowledged and that can be escalated.

    Escalating a call notifies the next group of accounts.
    """
    binds = {"told_before": told_before, "last_wave": last_wave, "limit": limit}
    return list(session.scalars(_UNANSWERED, binds))


_WITH_PLACE = (
    select(Sos.id)
    .where(Sos.place_erased_at.is_(None), Sos.closed_at <= instant("closed_before"))
    .order_by(Sos.closed_at)
    .limit(_LIMIT)
)


def with_place_to_erase(session: Session, *, closed_before: datetime, limit: int) -> list[UUID]:
    """Return ids of calls for help closed before an instant whose place is still stored."""
    return list(session.scalars(_WITH_PLACE, {"closed_before": closed_before, "limit": limit}))


_ERASE_PLACE = (
    update(Sos)
    .where(_OF_SOS, Sos.place_erased_at.is_(None))
    .values(lon=None, lat=None, accuracy_m=None, note=None, place_erased_at=instant("now"))
)


def erase_place(session: Session, sos_id: UUID, *, now: datetime) -> None:
    """Erase the place of a call for help, and the caller's note, which may name the place."""
    session.execute(_ERASE_PLACE, {"sos_id": sos_id, "now": now})
