"""SQL of the caller of a session: the account with all that an actor is made of."""

from datetime import datetime
from uuid import UUID

from app.accounts.queries.grants import GRANT_SCOPES
from app.accounts.queries.jurisdictions import jurisdictions_at
from app.core.db import Fragment
from app.core.db.caller_check import CallerCheck
from app.core.db.raw_read import read_one

# Nearly every request sends this statement, alone or beside the data (`app.core.db.caller_check`). `caller` has all that an
# actor is made of, as text: the same text is the same actor.
_LOAD_CALLER = Fragment(
    """
    select cast(json_build_array(account.name, account.must_change_password, account.permission_epoch,
             account.password_reset_by, account.password_reset_at, {grants}, {jurisdiction_ids}) as text) as caller,
           account.disabled_at is null and account.deleted_at is null
             and s.revoked_at is null and s.expires_at > :caller_now
             and d.revoked_at is null and d.deleted_at is null as caller_is_live
    from session s
    join account on account.id = s.account_id
    join device d on d.id = s.device_id
    where s.id = :caller_session_id and s.account_id = :caller_account_id and s.device_id = :caller_device_id
    """,
    grants=GRANT_SCOPES,
    jurisdiction_ids=jurisdictions_at(":caller_now"),
)


def caller_check(
    *, account_id: UUID, session_id: UUID, device_id: UUID, now: datetime, expected: str
) -> CallerCheck:
    """Return the check that a session is valid, and that its caller still is `expected`."""
    binds = {
        "caller_account_id": account_id,
        "caller_session_id": session_id,
        "caller_device_id": device_id,
        "caller_now": now,
    }
    return CallerCheck(_LOAD_CALLER, binds, expected)


def load_caller(*, account_id: UUID, session_id: UUID, device_id: UUID, now: datetime) -> str | None:
    """Return the caller of a session as JSON text; None if the session, the account or the device is not valid.

    The JSON is a list: name, whether the password has to be changed, permission epoch, who reset the password, when, grants
    as lists of role, area and unit, and jurisdictions.
    """
    check = caller_check(
        account_id=account_id, session_id=session_id, device_id=device_id, now=now, expected=""
    )
    row = read_one(check.statement, check.binds)
    return row["caller"] if row is not None and row["caller_is_live"] else None
