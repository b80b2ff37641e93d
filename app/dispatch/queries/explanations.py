"""Statements that read stored decisions (runs), batches and offers.

They are used to explain a decision, or to compute it again.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    DateTime,
    Integer,
    RowMapping,
    Uuid,
    and_,
    any_,
    bindparam,
    case,
    select,
)
from sqlalchemy.orm import Session

from app.core.db import sql_text, unscoped
from app.dispatch.models import DispatchBatch, DispatchRun, Offer, OfferDelivery
from app.dispatch.scope import constant, is_live_offer
from app.workforce.models import Worker

_NAMED = "name of a worker in the run of a case that the caller may see"
_INCIDENT_ID = bindparam("incident_id", type_=Uuid())
_INCIDENT_IDS = any_(bindparam("incident_ids", type_=ARRAY(Uuid())))
_SINCE, _UNTIL = (bindparam(name, type_=DateTime(timezone=True)) for name in ("since", "until"))
_MOST = bindparam("most", type_=Integer())

_RUN = unscoped(
    select(
        DispatchRun.id,
        DispatchRun.incident_id,
        DispatchRun.role,
        DispatchRun.at,
        DispatchRun.round,
        DispatchRun.tier,
        DispatchRun.batch_id,
        DispatchRun.weights_version,
        DispatchRun.profile_version_id,
        DispatchRun.input_hash,
        DispatchRun.demand,
        DispatchRun.candidates,
        DispatchRun.outcome,
        DispatchRun.reason,
        DispatchRun.assignment_id,
        DispatchRun.worker_id,
        DispatchRun.unit_id,
        Worker.name.label("worker_name"),
        DispatchBatch.demands.label("batch_demands"),
        DispatchBatch.placed.label("batch_placed"),
    )
    .outerjoin(Worker, Worker.id == DispatchRun.worker_id)
    .outerjoin(DispatchBatch, DispatchBatch.id == DispatchRun.batch_id),
    worker=_NAMED,
)
_RUNS = (
    _RUN.where(DispatchRun.incident_id == _INCIDENT_ID)
    .order_by(DispatchRun.at, DispatchRun.round, DispatchRun.id)
    .limit(constant(200))
)
_RUN_BY_ID = _RUN.where(
    DispatchRun.id == bindparam("run_id", type_=Uuid()), DispatchRun.incident_id == _INCIDENT_ID
)
_RUNS_BETWEEN = (
    _RUN.where(DispatchRun.incident_id == _INCIDENT_IDS, DispatchRun.at >= _SINCE, DispatchRun.at < _UNTIL)
    .order_by(DispatchRun.at, DispatchRun.id)
    .limit(_MOST)
)


def runs(session: Session, incident_id: UUID) -> Sequence[RowMapping]:
    """Return the stored dispatch decisions (runs) on a case in order of time, at most 200."""
    return session.execute(_RUNS, {"incident_id": incident_id}).mappings().all()


def run(session: Session, *, incident_id: UUID, run_id: UUID) -> RowMapping | None:
    """Return one stored dispatch decision (run) on a case, or None."""
    binds = {"incident_id": incident_id, "run_id": run_id}
    return session.execute(_RUN_BY_ID, binds).mappings().one_or_none()


_PEOPLE = unscoped(
    sql_text("""
      select distinct r.id run_id, x.n, w.id, w.name
      from dispatch_run r join dispatch_batch b on b.id = r.batch_id
      cross join lateral (
        select cast(e as int) n from jsonb_array_elements_text(r.candidates -> 'worker') e
        union select cast(o -> 0 as int) from jsonb_array_elements(r.candidates -> 'others') o) x
      join worker w on w.id = b.workers[x.n + 1]
      where r.incident_id = :incident_id
    """),
    worker=_NAMED,
)


def people(session: Session, incident_id: UUID) -> Sequence[RowMapping]:
    """Return the workers whom the decisions on a case store as numbers, with names.

    A decision that was made together with other cases (in a batch) stores a worker as a position in the batch's list.
    Columns: `run_id` (the decision), `n` (the number), `id`, `name`.
    """
    return session.execute(_PEOPLE, {"incident_id": incident_id}).mappings().all()


_BATCH = select(
    DispatchBatch.id,
    DispatchBatch.at,
    DispatchBatch.area_id,
    DispatchBatch.profile_version_id,
    DispatchBatch.weights_version,
    DispatchBatch.solver,
    DispatchBatch.objective,
    DispatchBatch.input_hash,
    DispatchBatch.input,
).where(DispatchBatch.id == bindparam("batch_id", type_=Uuid()))


def batch(session: Session, batch_id: UUID) -> RowMapping | None:
    """Return a joint decision on all waiting cases of a district, or None if there is none.

    It is a row of table `dispatch_batch`. Its `input` is None if the input was erased.
    """
    return session.execute(_BATCH, {"batch_id": batch_id}).mappings().one_or_none()


_BATCHES_WITH_INPUT = (
    select(DispatchBatch.id, DispatchBatch.at, DispatchBatch.profile_version_id, DispatchBatch.input)
    .where(
        DispatchBatch.id == any_(bindparam("batch_ids", type_=ARRAY(Uuid()))),
        DispatchBatch.input.is_not(None),
    )
    .order_by(DispatchBatch.at, DispatchBatch.id)
)


def batches_of(session: Session, batch_ids: Sequence[UUID]) -> Sequence[RowMapping]:
    """Return the joint decisions (table `dispatch_batch`) with these ids.

    Those whose input was erased are left out.
    """
    return session.execute(_BATCHES_WITH_INPUT, {"batch_ids": list(batch_ids)}).mappings().all()


def runs_between(
    session: Session, incident_ids: Sequence[UUID], *, since: datetime, until: datetime, limit: int
) -> Sequence[RowMapping]:
    """Return the stored decisions on these cases that were made in a period, in order of time."""
    binds = {"incident_ids": list(incident_ids), "since": since, "until": until, "most": limit}
    return session.execute(_RUNS_BETWEEN, binds).mappings().all()


_DECIDED_BETWEEN = (
    select(DispatchRun.incident_id)
    .distinct()
    .where(DispatchRun.at >= _SINCE, DispatchRun.at < _UNTIL)
    .order_by(DispatchRun.incident_id)
    .limit(_MOST)
)


def incidents_decided_between(
    session: Session, *, since: datetime, until: datetime, limit: int
) -> Sequence[UUID]:
    """Return the ids of cases with a stored dispatch decision in a period, sorted by id."""
    incident_ids: Sequence[UUID] = session.scalars(
        _DECIDED_BETWEEN, {"since": since, "until": until, "most": limit}
    ).all()
    return incident_ids


_NAMES = unscoped(
    select(Worker.id, Worker.name).where(Worker.id == any_(bindparam("worker_ids", type_=ARRAY(Uuid())))),
    worker=_NAMED,
)


def names(session: Session, worker_ids: Sequence[UUID]) -> dict[UUID, str]:
    """Return the names of workers by id."""
    return {row.id: row.name for row in session.execute(_NAMES, {"worker_ids": list(worker_ids)})}


_OFFERS = unscoped(
    select(
        Offer.id,
        Offer.assignment_id,
        Offer.worker_id,
        Worker.name.label("worker_name"),
        Offer.round,
        Offer.ring,
        case(
            (and_(is_live_offer(), OfferDelivery.offer_id.is_not(None)), constant("delivered")),
            else_=Offer.state,
        ).label("state"),
        Offer.offered_at,
        Offer.expires_at,
        OfferDelivery.occurred_at.label("delivered_at"),
        Offer.answered_at,
        Offer.reason,
        Offer.because,
    )
    .join(Worker, Worker.id == Offer.worker_id)
    .outerjoin(OfferDelivery, OfferDelivery.offer_id == Offer.id)
    .where(Offer.incident_id == _INCIDENT_ID)
    .order_by(Offer.offered_at, Offer.id)
    .limit(constant(200)),
    worker=_NAMED,
)


def offers(session: Session, incident_id: UUID) -> Sequence[RowMapping]:
    """Return the offers of a case in order of time, at most 200.

    The state of an unanswered offer that has reached the worker's device is returned as `delivered`.
    """
    return session.execute(_OFFERS, {"incident_id": incident_id}).mappings().all()
