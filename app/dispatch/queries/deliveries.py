"""Statements on table `offer_delivery`: the records that offers have reached devices."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime, Text, Uuid, any_, bindparam, select
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.orm import Session

from app.dispatch.models import Offer, OfferDelivery

_RECORD_DELIVERIES = (
    insert(OfferDelivery)
    .from_select(
        ["offer_id", "worker_id", "way", "occurred_at"],
        select(
            Offer.id,
            Offer.worker_id,
            bindparam("delivery_way", type_=Text()),
            bindparam("now", type_=DateTime(timezone=True)),
        )
        .where(
            Offer.id == any_(bindparam("offer_ids", type_=ARRAY(Uuid()))),
            Offer.worker_id == bindparam("of_worker_id", type_=Uuid()),
        )
        .order_by(Offer.id),
        include_defaults=False,
    )
    .on_conflict_do_nothing()
    # The strategy `auto` takes the binds for the rows of a bulk insert.
)


def record_deliveries(
    session: Session, *, worker_id: UUID, offer_ids: Collection[UUID], way: str, now: datetime
) -> None:
    """Insert a row in `offer_delivery` for each of these offers to the worker that has none yet."""
    binds = {"offer_ids": list(offer_ids), "of_worker_id": worker_id, "delivery_way": way, "now": now}
    session.execute(_RECORD_DELIVERIES, binds)


_DEMAND_OF_OFFER = select(Offer.incident_id).where(
    Offer.id == bindparam("offer_id", type_=Uuid()), Offer.worker_id == bindparam("worker_id", type_=Uuid())
)


def demand_of_offer(session: Session, *, offer_id: UUID, worker_id: UUID) -> UUID | None:
    """Return the id of the case of an offer. Returns None if the offer is to another worker."""
    binds = {"offer_id": offer_id, "worker_id": worker_id}
    incident_id: UUID | None = session.scalar(_DEMAND_OF_OFFER, binds)
    return incident_id
