"""SQL of offer deliveries: the record that an offer has reached the worker's device."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from app.core.db import sql_text


def record_deliveries(
    session: Session, *, worker_id: UUID, offer_ids: Collection[UUID], way: str, now: datetime
) -> None:
    """Record that these offers of the worker are on their device. An earlier record of an offer stays."""
    sql = """
      insert into offer_delivery (offer_id, worker_id, way, occurred_at)
      select o.id, o.worker_id, :way, :now from offer o
      where o.id = any(cast(:ids as uuid[])) and o.worker_id = :worker_id order by o.id
      on conflict do nothing
    """
    binds = {"ids": list(offer_ids), "worker_id": worker_id, "way": way, "now": now}
    session.execute(sql_text(sql), binds)


def offer_of(session: Session, *, offer_id: UUID, worker_id: UUID) -> UUID | None:
    """The demand that an offer of the worker's is about."""
    sql = "select incident_id from offer where id = :id and worker_id = :worker_id"
    incident_id: UUID | None = session.scalar(sql_text(sql), {"id": offer_id, "worker_id": worker_id})
    return incident_id
