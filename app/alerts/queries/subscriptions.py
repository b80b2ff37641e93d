"""Statements on `alert_subscription`: insert, end, read, delete."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    DateTime,
    RowMapping,
    Text,
    Update,
    Uuid,
    bindparam,
    delete,
    insert,
    null,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session

from app.accounts.models import Session as SignInSession
from app.alerts.models import AlertSubscription

_AT = bindparam("at", type_=DateTime(timezone=True))
_IS_LIVE = AlertSubscription.ended_at.is_(None)
_INSERT = insert(AlertSubscription)


def _end(*conditions: ColumnElement[bool]) -> Update:
    return (
        update(AlertSubscription)
        .where(_IS_LIVE, *conditions)
        .values(
            ended_at=_AT,
            ended_because=bindparam("because", type_=Text),
            endpoint=null(),
            public_key=null(),
            secret=null(),
        )
    )


_END_OF_SESSION = _end(AlertSubscription.session_id == bindparam("of_session", type_=Uuid))
_END_FORMER = _end(
    or_(
        AlertSubscription.session_id == bindparam("of_session", type_=Uuid),
        AlertSubscription.endpoint == bindparam("of_endpoint", type_=Text),
    )
)
_END_ONE = _end(AlertSubscription.id == bindparam("of_id", type_=Uuid))
_END_EXPIRED = _end(
    AlertSubscription.session_id.in_(select(SignInSession.id).where(SignInSession.expires_at <= _AT))
)
_OF_ACCOUNT = (
    select(
        AlertSubscription.id,
        AlertSubscription.session_id,
        AlertSubscription.endpoint,
        AlertSubscription.created_at,
    )
    .where(_IS_LIVE, AlertSubscription.account_id == bindparam("account_id", type_=Uuid))
    .order_by(AlertSubscription.created_at.desc(), AlertSubscription.id)
)
_DELETE_ENDED = delete(AlertSubscription).where(AlertSubscription.ended_at < bindparam("before"))


def insert_subscription(session: Session, values: dict[str, Any]) -> None:
    """Insert a subscription. The former ones of its session and of its endpoint end."""
    binds = {"of_session": values["session_id"], "of_endpoint": values["endpoint"]}
    session.execute(_END_FORMER, {**binds, "at": values["created_at"], "because": "replaced"})
    session.execute(_INSERT, values)


def end_of_session(session: Session, session_id: UUID, *, because: str, at: datetime) -> None:
    """End the subscription of a session, if it has one."""
    session.execute(_END_OF_SESSION, {"of_session": session_id, "at": at, "because": because})


def end_subscription(session: Session, subscription_id: UUID, *, because: str, at: datetime) -> None:
    """End a subscription, and erase its endpoint and keys."""
    session.execute(_END_ONE, {"of_id": subscription_id, "at": at, "because": because})


def end_expired(session: Session, *, at: datetime) -> None:
    """End the subscriptions whose session has expired."""
    session.execute(_END_EXPIRED, {"at": at, "because": "session"})


def of_account(session: Session, account_id: UUID) -> list[RowMapping]:
    """Return the live subscriptions of an account, newest first."""
    return list(session.execute(_OF_ACCOUNT, {"account_id": account_id}).mappings())


def delete_ended(session: Session, *, before: datetime) -> None:
    """Delete subscriptions that ended before an instant, with their messages."""
    session.execute(_DELETE_ENDED, {"before": before})
