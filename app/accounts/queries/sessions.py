"""Sign-in, sessions and devices."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from app.accounts.queries.jurisdictions import JURISDICTIONS
from app.core.db.raw_read import read_one

_LOAD_ACTOR = f"""
    select a.id, a.name, a.must_change_password, a.permission_epoch, a.password_reset_by, a.password_reset_at,
           a.disabled_at is null and a.deleted_at is null and s.revoked_at is null and s.expires_at > :now
             and d.revoked_at is null and d.deleted_at is null as is_live,
           (select json_agg(json_build_array(g.role, g.area_id, g.unit_id) order by g.id)
            from account_grant g
            where g.account_id = a.id and g.revoked_at is null and g.deleted_at is null) as grants,
           {JURISDICTIONS} as jurisdiction_ids
    from session s
    join account a on a.id = s.account_id
    join device d on d.id = s.device_id
    where s.id = :session_id and s.account_id = :account_id and s.device_id = :device_id
"""

_CREDENTIALS = text("""
    select id, name, password_hash, must_change_password,
           disabled_at is null and deleted_at is null
             and (password_expires_at is null or password_expires_at > :now) as is_open
    from account where lower(username) = lower(:username)
""")

# Held to the end of the transaction: a session may not begin with a password that was just replaced.
_HOLD_CREDENTIALS = text("""
    select true from account
    where id = :id and password_hash = :password_hash and disabled_at is null for share
""")

_THROTTLED_SINCE = text("""
    select
      (select at from sign_in_attempt
       where username = lower(:username) and address = :address and at > :since
       order by at desc offset :name_and_address - 1 limit 1) as by_name_and_address,
      (select at from sign_in_attempt
       where username = lower(:username) and at > :since
       order by at desc offset :name - 1 limit 1) as by_name,
      (select at from sign_in_attempt
       where address = :address and at > :since
       order by at desc offset :address_limit - 1 limit 1) as by_address
""")

_DEVICE_THROTTLED_SINCE = text("""
    select at from sign_in_attempt
    where username = lower(:username) and device_key = :device_key and at > :since
    order by at desc offset :most - 1 limit 1
""")

_IS_KNOWN_DEVICE = text("""
    select exists (
      select from device d join account a on a.id = d.account_id
      where lower(a.username) = lower(:username) and d.client_key = :client_key and d.deleted_at is null)
""")

_INSERT_ATTEMPT = text("""
    insert into sign_in_attempt (username, address, device_key, at)
    values (lower(:username), :address, :device_key, :at)
""")

_REGISTER_DEVICE = text("""
    insert into device (id, account_id, client_key, registered_at, last_sign_in_at)
    values (:id, :account_id, :client_key, :at, :at)
    on conflict (account_id, client_key)
      do update set last_sign_in_at = excluded.last_sign_in_at
      where device.revoked_at is null
    returning id
""")

_INSERT_SESSION = text("""
    insert into session (id, account_id, device_id, started_at, expires_at, address, agent, key_thumbprint)
    values (:id, :account_id, :device_id, :started_at, :expires_at, :address, :agent, :key_thumbprint)
""")

_REVOKE_SESSIONS = text("""
    update session set revoked_at = :at, revoke_reason = :reason
    where account_id = :account_id and revoked_at is null
      and (cast(:session_id as uuid) is null or id = :session_id)
      and (cast(:device_id as uuid) is null or device_id = :device_id)
      and (cast(:except_session_id as uuid) is null or id <> :except_session_id)
""")

# A session's uses: the newest refresh, and tokens that came twice, the newest first.
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

_REVOKE_DEVICE = text("""
    update device set revoked_at = coalesce(revoked_at, :at),
      revoked_by = case when revoked_at is null or cast(:by as uuid) <> account_id then :by else revoked_by end
    where id = :id and account_id = :account_id and deleted_at is null
    returning id
""")

_LOCK_DEVICE = text("""
    select revoked_at, revoked_by from device
    where id = :id and account_id = :account_id and deleted_at is null
    for update
""")

_ALLOW_DEVICE = text("update device set revoked_at = null, revoked_by = null where id = :id")

_PRUNE_ATTEMPTS = text("delete from sign_in_attempt where at < :before")


def load_actor(
    *, account_id: UUID, session_id: UUID, device_id: UUID, now: datetime
) -> dict[str, Any] | None:
    """Account, live grants, and whether account, session and device are live: one statement a request."""
    binds = {"account_id": account_id, "session_id": session_id, "device_id": device_id, "now": now}
    return read_one(_LOAD_ACTOR, binds)


def credentials(session: Session, *, username: str, now: datetime) -> Row[Any] | None:
    return session.execute(_CREDENTIALS, {"username": username, "now": now}).one_or_none()


def hold_credentials(session: Session, *, account_id: UUID, password_hash: str) -> bool:
    """Tell whether the account is still open with this very password, and keep it so."""
    return bool(session.scalar(_HOLD_CREDENTIALS, {"id": account_id, "password_hash": password_hash}))


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
    """Return for each limit that is reached the failure that has to grow old before another attempt.

    Args:
        device_key: A device that the account knows: its own limit, that of a name and address, counts alone.
    """
    if device_key is not None:
        binds = {"username": username, "device_key": device_key, "since": since, "most": name_and_address}
        return list(session.scalars(_DEVICE_THROTTLED_SINCE, binds))
    row = session.execute(
        _THROTTLED_SINCE,
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


def insert_attempt(
    session: Session, *, username: str, address: str, device_key: str | None, at: datetime
) -> None:
    binds = {"username": username, "address": address, "device_key": device_key, "at": at}
    session.execute(_INSERT_ATTEMPT, binds)


def is_known_device(session: Session, username: str, client_key: str) -> bool:
    """Return True if a device with this key has signed in to the account before."""
    return bool(session.scalar(_IS_KNOWN_DEVICE, {"username": username, "client_key": client_key}))


def register_device(
    session: Session, *, device_id: UUID, account_id: UUID, client_key: str, at: datetime
) -> UUID | None:
    """Note a sign-in of the account's device with this key and return its id; None if the device is cut off."""
    registered_id: UUID | None = session.scalar(
        _REGISTER_DEVICE, {"id": device_id, "account_id": account_id, "client_key": client_key, "at": at}
    )
    return registered_id


def insert_session(
    session: Session,
    *,
    session_id: UUID,
    account_id: UUID,
    device_id: UUID,
    started_at: datetime,
    expires_at: datetime,
    address: str,
    agent: str,
    key_thumbprint: str | None,
) -> None:
    session.execute(
        _INSERT_SESSION,
        {
            "id": session_id,
            "account_id": account_id,
            "device_id": device_id,
            "started_at": started_at,
            "expires_at": expires_at,
            "address": address,
            "agent": agent,
            "key_thumbprint": key_thumbprint,
        },
    )


def revoke_sessions(
    session: Session,
    *,
    account_id: UUID,
    reason: str,
    at: datetime,
    session_id: UUID | None = None,
    device_id: UUID | None = None,
    except_session_id: UUID | None = None,
) -> None:
    """End the account's sessions: one, those of a device, or all (but one)."""
    session.execute(
        _REVOKE_SESSIONS,
        {
            "account_id": account_id,
            "reason": reason,
            "at": at,
            "session_id": session_id,
            "device_id": device_id,
            "except_session_id": except_session_id,
        },
    )


def session_page(
    session: Session, account_id: UUID, *, since: datetime, after: UUID | None, limit: int
) -> Row[Any]:
    """Return the account's sessions begun after `since`, newest first, as `items`, `has_more` and `last`."""
    binds = {"account_id": account_id, "since": since, "after": after, "limit": limit, "tokens": 5_000}
    return session.execute(_SESSIONS, binds).one()


def device_page(session: Session, account_id: UUID, *, after: UUID | None, limit: int) -> Row[Any]:
    """Return the account's devices, newest first: `items` as JSON, `has_more`, and the key of the `last`."""
    return session.execute(_DEVICES, {"account_id": account_id, "after": after, "limit": limit}).one()


def revoke_device(
    session: Session, *, account_id: UUID, device_id: UUID, by: UUID | None, at: datetime
) -> bool:
    """Cut off a device; False if the account has no such device. A manager's cut-off replaces the owner's."""
    binds = {"id": device_id, "account_id": account_id, "by": by, "at": at}
    return session.scalar(_REVOKE_DEVICE, binds) is not None


def lock_device(session: Session, *, account_id: UUID, device_id: UUID) -> Row[Any] | None:
    """Return `revoked_at` and `revoked_by` of a device of the account, locked; None if it has no such device."""
    return session.execute(_LOCK_DEVICE, {"id": device_id, "account_id": account_id}).one_or_none()


def allow_device(session: Session, device_id: UUID) -> None:
    session.execute(_ALLOW_DEVICE, {"id": device_id})


def prune_attempts(session: Session, *, before: datetime) -> None:
    session.execute(_PRUNE_ATTEMPTS, {"before": before})
