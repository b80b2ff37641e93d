"""Statements that return calls for help as JSON, for the caller and the notified accounts."""

from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    Numeric,
    RowMapping,
    Select,
    Text,
    Uuid,
    and_,
    bindparam,
    case,
    cast,
    exists,
    extract,
    func,
    literal_column,
    or_,
    select,
)
from sqlalchemy.orm import Session

from app.accounts.models import Account
from app.areas.scope import nearest_address
from app.core import links
from app.core.actor import Actor
from app.core.db import unscoped
from app.core.json_sql import JsonPage, json_list, json_object
from app.workforce.models import Sos, SosRecipient, Worker, WorkerLoad
from app.workforce.rules.sos import LATE_AFTER

_ME = bindparam("me", type_=Uuid())
_IS_VISIBLE = or_(
    Sos.worker_id == _ME,
    exists().where(
        SosRecipient.sos_id == Sos.id, SosRecipient.recipient_id == _ME, SosRecipient.deleted_at.is_(None)
    ),
)
_DELAY = Sos.received_at - Sos.raised_at


def _person(account_id: Any) -> ColumnElement[Any]:
    """Return an SQL expression with id and name of an account as JSON. NULL without an account."""
    return (
        select(json_object(id=Account.id, name=Account.name))
        .where(Account.id == account_id)
        .scalar_subquery()
    )


_RECIPIENTS = (
    select(
        json_list(
            json_object(
                id=SosRecipient.recipient_id,
                name=Account.name,
                reason=SosRecipient.reason,
                at=SosRecipient.told_at,
            ),
            SosRecipient.wave,
            SosRecipient.id,
        )
    )
    .join(Account, Account.id == SosRecipient.recipient_id)
    .where(SosRecipient.sos_id == Sos.id)
    .scalar_subquery()
)
# All who are notified may read addresses. `near` is read with the call, so that nothing remains when its place is erased.
_PLACE = json_object(
    lon=func.round(cast(Sos.lon, Numeric), literal_column("7")),
    lat=func.round(cast(Sos.lat, Numeric), literal_column("7")),
    accuracy_m=Sos.accuracy_m,
    near=nearest_address(Sos.lon, Sos.lat),
)
# Others may have to take over the caller's cases.
_WORK = json_object(
    open_work=WorkerLoad.open_work,
    incidents=func.concat(
        bindparam("incidents", type_=Text()), "?worker_id=", Sos.worker_id, "&assignment=accepted"
    ),
)
_ITEM = json_object(
    id=Sos.id,
    worker=json_object(id=Worker.id, name=Worker.name, phone=Worker.phone),
    raised_at=Sos.raised_at,
    received_at=Sos.received_at,
    late_s=case((_DELAY > LATE_AFTER, cast(func.floor(extract("epoch", _DELAY)), BigInteger)), else_=0),
    on_duty=Sos.is_on_duty,
    place=case((Sos.lon.is_not(None), _PLACE)),
    place_erased_at=Sos.place_erased_at,
    note=Sos.note,
    told=_RECIPIENTS,
    acknowledged=case(
        (
            Sos.acknowledged_at.is_not(None),
            json_object(at=Sos.acknowledged_at, by=_person(Sos.acknowledged_by)),
        )
    ),
    closed=case(
        (
            Sos.closed_at.is_not(None),
            json_object(
                at=Sos.closed_at, outcome=Sos.outcome, note=Sos.closing_note, by=_person(Sos.closed_by)
            ),
        )
    ),
    work=case((and_(Sos.worker_id != _ME, WorkerLoad.open_work > 0), _WORK)),
    version=Sos.version,
).label("item")


def _visible_calls(*columns: Any) -> Select[Any]:
    return (
        select(*columns)
        .select_from(Sos)
        .join(Worker, Worker.id == Sos.worker_id)
        .outerjoin(WorkerLoad, WorkerLoad.worker_id == Sos.worker_id)
        .where(Sos.deleted_at.is_(None), _IS_VISIBLE)
    )


def _reader_binds(actor: Actor) -> dict[str, Any]:
    return {"me": actor.id, "incidents": links.link("/api/v1/incidents")}


_CALLER_NAME = {"worker": "name and telephone of the caller of a visible call"}
_CALL = unscoped(_visible_calls(_ITEM).where(Sos.id == bindparam("sos_id")), **_CALLER_NAME)


def item(session: Session, actor: Actor, sos_id: UUID) -> bytes | None:
    """Return a call for help as JSON.

    Returns None if the actor neither raised the call nor was notified of it.
    """
    call: bytes | None = session.scalar(_CALL, _reader_binds(actor) | {"sos_id": sos_id})
    return call


_IS_OPEN = cast(bindparam("is_open"), Boolean)  # SQLAlchemy casts no bind of this type by itself
_CALL_PAGE = JsonPage(
    _visible_calls(Sos.received_at, Sos.id, _ITEM).where(
        or_(_IS_OPEN.is_(None), Sos.closed_at.is_(None) == _IS_OPEN)
    ),
    "received_at",
    "id",
    is_descending=True,
    unscoped_tables=_CALLER_NAME,
)


def calls(
    session: Session, actor: Actor, *, is_open: bool | None, after: list[str] | None, limit: int
) -> RowMapping:
    """Return a page of calls for help that the actor raised or was notified of, newest first."""
    binds = _reader_binds(actor) | {"is_open": is_open}
    return _CALL_PAGE.read(session, binds, after=after, limit=limit)
