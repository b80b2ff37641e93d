"""SQL of sign-ins, sessions and devices."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    Text,
    Uuid,
    and_,
    bindparam,
    case,
    delete,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Session

from app.accounts.models import Account, Device, SignInAttempt
from app.accounts.models import Session as SignInSession
from app.accounts.queries.rows import AnyRow

_USERNAME = func.lower(bindparam("username", type_=Text))

_CREDENTIALS = select(
    Account.id,
    Account.name,
    Account.password_hash,
    Account.must_change_password,
    and_(
        Account.disabled_at.is_(None),
        Account.deleted_at.is_(None),
        or_(Account.password_expires_at.is_(None), Account.password_expires_at > bindparam("now")),
    ).label("is_open"),
).where(func.lower(Account.username) == _USERNAME)

# The lock on the row lasts until the transaction ends. Without it, a session could begin with a password that another
# transaction is replacing: that transaction revokes the sessions that it sees, and this session is not among them.
_LOCK_CREDENTIALS = (
    select(literal(True))
    .select_from(Account)
    .where(
        Account.id == bindparam("id"),
        Account.password_hash == bindparam("password_hash"),
        Account.disabled_at.is_(None),
    )
    .with_for_update(read=True)
)


_FIRST = literal(1, literal_execute=True)


def _nth_last_failure(*conditions: ColumnElement[bool], limit: str) -> Select[datetime]:
    """Return a SELECT of the instant of the n-th last failed sign-in after `since`.

    Args:
        conditions: Conditions on `sign_in_attempt`.
        limit: Name of the bind that has n; 1 is the last failure.
    """
    return (
        select(SignInAttempt.at)
        .where(*conditions, SignInAttempt.at > bindparam("since"))
        .order_by(SignInAttempt.at.desc())
        .offset(bindparam(limit, type_=Integer) - 1)
        .limit(_FIRST)
    )


_OF_USERNAME = SignInAttempt.username == _USERNAME
_FROM_ADDRESS = SignInAttempt.address == bindparam("address")
_LIMITING_FAILURES = select(
    _nth_last_failure(_OF_USERNAME, _FROM_ADDRESS, limit="name_and_address")
    .scalar_subquery()
    .label("by_name_and_address"),
    _nth_last_failure(_OF_USERNAME, limit="name").scalar_subquery().label("by_name"),
    _nth_last_failure(_FROM_ADDRESS, limit="address_limit").scalar_subquery().label("by_address"),
)
_LIMITING_FAILURE_OF_DEVICE = _nth_last_failure(
    _OF_USERNAME, SignInAttempt.device_key == bindparam("device_key"), limit="name_and_address"
)

_IS_KNOWN_DEVICE = select(
    exists()
    .where(Device.account_id == Account.id)
    .where(func.lower(Account.username) == _USERNAME)
    .where(Device.client_key == bindparam("client_key"), Device.deleted_at.is_(None))
)

_INSERT_ATTEMPT = insert(SignInAttempt).values(username=_USERNAME)

_insert_device = postgresql.insert(Device)
_REGISTER_DEVICE = _insert_device.on_conflict_do_update(
    index_elements=[Device.account_id, Device.client_key],
    set_={"last_sign_in_at": _insert_device.excluded.last_sign_in_at},
    where=Device.revoked_at.is_(None),
).returning(Device.id)

_INSERT_SESSION = insert(SignInSession)

_ONE_SESSION = bindparam("one_session", type_=Uuid)
_OF_DEVICE = bindparam("of_device", type_=Uuid)
_EXCEPT_SESSION = bindparam("except_session", type_=Uuid)
_REVOKE_SESSIONS = (
    update(SignInSession)
    .where(
        SignInSession.account_id == bindparam("of_account"),
        SignInSession.revoked_at.is_(None),
        or_(_ONE_SESSION.is_(None), SignInSession.id == _ONE_SESSION),
        or_(_OF_DEVICE.is_(None), SignInSession.device_id == _OF_DEVICE),
        or_(_EXCEPT_SESSION.is_(None), SignInSession.id != _EXCEPT_SESSION),
    )
    .values(revoked_at=bindparam("at"), revoke_reason=bindparam("reason"))
    .returning(SignInSession.id)
)

# `last_use` is the newest refresh, else the sign-in. `used_twice` has tokens that were sent twice, the newest first.
_SESSIONS = text("""
    with page as (
      select s.* from session s
      where s.account_id = :account_id and s.started_at > :since and (cast(:after as uuid) is null or s.id < :after)
      order by s.id desc limit :limit + 1),
    shown as (select * from page order by id desc limit :limit)
    select (select json_agg(json_build_object(
              'id', s.id, 'device_id', s.device_id, 'client_key', d.client_key, 'started_at', s.started_at,
              'expires_at', s.expires_at, 'revoked_at', s.revoked_at, 'revoked_because', s.revoke_reason,
              'has_key', s.key_thumbprint is not null,
              'last_use', coalesce(used.last, json_build_object(
                'at', s.started_at, 'address', s.address, 'agent', s.agent)),
              'used_twice', coalesce(used.twice, '[]')) order by s.id desc)
            from shown s join device d on d.id = s.device_id
            left join lateral (
              select
                (array_agg(json_build_object('at', t.used_at, 'address', t.used_address, 'agent', t.used_agent)
                           order by t.used_at desc))[1] as last,
                json_agg(json_build_object(
                  'first', json_build_object('at', t.used_at, 'address', t.used_address, 'agent', t.used_agent),
                  'again', json_build_object(
                    'at', t.repeated_at, 'address', t.repeated_address, 'agent', t.repeated_agent))
                  order by t.repeated_at desc) filter (where t.repeated_at is not null) as twice
              from (select * from refresh_token t where t.session_id = s.id and t.used_at is not null
                    order by t.used_at desc limit :tokens) t) used on true) as items,
           (select count(*) from page) > :limit as has_more,
           (select array[id::text] from shown order by id limit 1) as last
""")

_DEVICES = text("""
    with page as (
      select id, json_build_object('id', id, 'client_key', client_key, 'registered_at', registered_at,
        'last_sign_in_at', last_sign_in_at, 'revoked_at', revoked_at,
        'revoked_by_owner', revoked_by = account_id) as body
      from device
      where account_id = :account_id and deleted_at is null and (cast(:after as uuid) is null or id < :after)
      order by id desc limit :limit + 1),
    shown as (select * from page order by id desc limit :limit)
    select (select json_agg(body order by id desc) from shown) as items,
           (select count(*) from page) > :limit as has_more,
           (select array[id::text] from shown order by id limit 1) as last
""")

_BY = bindparam("by", type_=Uuid)
_OF_ACCOUNT = and_(
    Device.id == bindparam("device"),
    Device.account_id == bindparam("of_account"),
    Device.deleted_at.is_(None),
)
_REVOKE_DEVICE = (
    update(Device)
    .where(_OF_ACCOUNT)
    .values(
        revoked_at=func.coalesce(Device.revoked_at, bindparam("at")),
        revoked_by=case(
            (or_(Device.revoked_at.is_(None), Device.account_id != _BY), _BY), else_=Device.revoked_by
        ),
    )
    .returning(Device.id)
)

_DEVICE_FOR_UPDATE = select(Device.revoked_at, Device.revoked_by).where(_OF_ACCOUNT).with_for_update()

_ALLOW_DEVICE = (
    update(Device).where(Device.id == bindparam("device")).values(revoked_at=None, revoked_by=None)
)

_DELETE_ATTEMPTS = delete(SignInAttempt).where(SignInAttempt.at < bindparam("before"))


def credentials(session: Session, *, username: str, now: datetime) -> AnyRow | None:
    """Return the account with this user name and whether it may sign in; None if it is unknown.

    Args:
        username: In upper or lower case.
    """
    return session.execute(_CREDENTIALS, {"username": username, "now": now}).one_or_none()


def lock_credentials(session: Session, *, account_id: UUID, password_hash: str) -> bool:
    """Lock an account. Return True if the account is enabled and still has this password hash."""
    return bool(session.scalar(_LOCK_CREDENTIALS, {"id": account_id, "password_hash": password_hash}))


def limiting_failures(
    session: Session,
    *,
    username: str,
    address: str,
    device_key: str | None,
    since: datetime,
    name_and_address: int,
    name: int,
    by_address: int,
) -> list[datetime]:
    """Return for each exhausted limit the instant of the failed sign-in that exhausts it.

    With a limit of 5, this is the 5th last failure. The next attempt is allowed when this failure leaves the time window.

    Args:
        device_key: Device that the account has used before: only `name_and_address` applies to it; None: all limits apply.
        since: Start of the time window. Only later failures count.
        name_and_address: Limit of failures of one user name from one address, or from one known device.
        name: Limit of failures of one user name.
        by_address: Limit of failures from one address.
    """
    if device_key is not None:
        binds = {
            "username": username,
            "device_key": device_key,
            "since": since,
            "name_and_address": name_and_address,
        }
        return list(session.scalars(_LIMITING_FAILURE_OF_DEVICE, binds))
    row = session.execute(
        _LIMITING_FAILURES,
        {
            "username": username,
            "address": address,
            "since": since,
            "name_and_address": name_and_address,
            "name": name,
            "address_limit": by_address,
        },
    ).one()
    return [at for at in row if at is not None]


def insert_attempt(session: Session, row: dict[str, Any]) -> None:
    """Store a failed sign-in.

    Args:
        row: Values of the columns of `SignInAttempt`. The user name may be in upper or lower case.
    """
    session.execute(_INSERT_ATTEMPT, row)


def is_known_device(session: Session, username: str, client_key: str) -> bool:
    """Return True if a device with this key has signed in to the account before."""
    return bool(session.scalar(_IS_KNOWN_DEVICE, {"username": username, "client_key": client_key}))


def register_device(
    session: Session, *, device_id: UUID, account_id: UUID, client_key: str, at: datetime
) -> UUID | None:
    """Store a sign-in from a device and return the id of its row; None if the device is blocked.

    Args:
        device_id: Id of the row if the device is new.
        client_key: Id that the client chose for its device.
    """
    row = {
        "id": device_id,
        "account_id": account_id,
        "client_key": client_key,
        "registered_at": at,
        "last_sign_in_at": at,
    }
    return session.scalar(_REGISTER_DEVICE, row)


def insert_session(session: Session, row: dict[str, Any]) -> None:
    """Store a session.

    Args:
        row: Values of the columns of the model `Session`.
    """
    session.execute(_INSERT_SESSION, row)


def revoke_sessions(
    session: Session,
    *,
    account_id: UUID,
    reason: str,
    at: datetime,
    session_id: UUID | None = None,
    device_id: UUID | None = None,
    except_session_id: UUID | None = None,
) -> int:
    """Revoke the valid sessions of an account, or only those that match the arguments. Returns their number.

    Args:
        session_id: Only this session.
        device_id: Only sessions of this device.
        except_session_id: All sessions except this one.
    """
    binds: dict[str, Any] = {"of_account": account_id, "reason": reason, "at": at}
    binds |= {"one_session": session_id, "of_device": device_id, "except_session": except_session_id}
    return len(session.scalars(_REVOKE_SESSIONS, binds).all())


def session_page(
    session: Session, account_id: UUID, *, since: datetime, after: UUID | None, limit: int
) -> AnyRow:
    """Return a page of the account's sessions that began after `since`, newest first."""
    binds = {"account_id": account_id, "since": since, "after": after, "limit": limit, "tokens": 5_000}
    return session.execute(_SESSIONS, binds).one()


def device_page(session: Session, account_id: UUID, *, after: UUID | None, limit: int) -> AnyRow:
    """Return a page of the account's devices, newest first.

    The row has `items`, `has_more` and `last`, as `page_bytes` needs them.
    """
    return session.execute(_DEVICES, {"account_id": account_id, "after": after, "limit": limit}).one()


def revoke_device(
    session: Session, *, account_id: UUID, device_id: UUID, by: UUID | None, at: datetime
) -> bool:
    """Block a device of the account. Return False if the account has no such device.

    If a manager `by` blocks a device that its owner blocked before, the manager counts as the person who blocked it.
    """
    binds = {"device": device_id, "of_account": account_id, "by": by, "at": at}
    return session.scalar(_REVOKE_DEVICE, binds) is not None


def lock_device(session: Session, *, account_id: UUID, device_id: UUID) -> AnyRow | None:
    """Lock a device of the account, and return its `revoked_at` and `revoked_by`.

    Return None if the account has no such device.
    """
    return session.execute(_DEVICE_FOR_UPDATE, {"device": device_id, "of_account": account_id}).one_or_none()


def allow_device(session: Session, device_id: UUID) -> None:
    """Allow sign-ins from a blocked device again."""
    session.execute(_ALLOW_DEVICE, {"device": device_id})


def prune_attempts(session: Session, *, before: datetime) -> None:
    """Delete the failed sign-ins before an instant."""
    session.execute(_DELETE_ATTEMPTS, {"before": before})
