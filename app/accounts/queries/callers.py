"""SQL of the caller of a session: the account with all that an actor is made of."""

from datetime import datetime
from typing import Any
from uuid import UUID

from app.accounts.queries.grants import GRANT_SCOPES
from app.accounts.queries.jurisdictions import DEFAULT_JURISDICTION, own_jurisdictions_at
from app.core.db import Fragment
from app.core.db.caller_check import CallerCheck
from app.core.db.raw_read import read_one

_LIVE_SESSION = """
    account.disabled_at is null and account.deleted_at is null
      and s.revoked_at is null and s.expires_at > :caller_now
      and d.revoked_at is null and d.deleted_at is null as caller_is_live
    from session s
    join account on account.id = s.account_id
    join device d on d.id = s.device_id
    where s.id = :caller_session_id and s.account_id = :caller_account_id and s.device_id = :caller_device_id
"""
# All that an actor is made of, as text: the same text is the same actor. Jurisdictions are left out: areas and units never
# change theirs, so they follow from the grants and from the areas that the account is responsible for now.
_TEXT = Fragment(
    """cast(json_build_array(account.name, account.must_change_password, account.permission_epoch,
      account.password_reset_by, account.password_reset_at, {grants}, array(
        select p.area_id from responsibility p
        where p.worker_id = account.id and p.deleted_at is null and p.valid @> cast(:caller_now as timestamptz)
        order by p.area_id)) as text)""",
    grants=GRANT_SCOPES,
)
# An account without any area and unit has the default jurisdiction, which may change. It stands behind the text.
_PLACELESS_TEXT = Fragment(
    "{text} || coalesce(cast({default} as text), 'none')", text=_TEXT, default=DEFAULT_JURISDICTION
)
# Nearly every request sends one of these statements beside the data (`app.core.db.caller_check`).
_CHECK, _CHECK_PLACELESS = (
    Fragment("select {text} as caller, {live}", text=text, live=Fragment(_LIVE_SESSION))
    for text in (_TEXT, _PLACELESS_TEXT)
)
_LOAD_CALLER = Fragment(
    "select {text} as caller, {placeless} as placeless, {own} as own, {live}",
    text=_TEXT,
    placeless=DEFAULT_JURISDICTION,
    own=own_jurisdictions_at(":caller_now"),
    live=Fragment(_LIVE_SESSION),
)


def caller_check(
    *, account_id: UUID, session_id: UUID, device_id: UUID, now: datetime, expected: str
) -> CallerCheck:
    """Return the check that a session is valid, and that its caller still is `expected`."""
    statement = _CHECK if expected.endswith("]") else _CHECK_PLACELESS
    return CallerCheck(statement, _binds(account_id, session_id, device_id, now), expected)


def _binds(account_id: UUID, session_id: UUID, device_id: UUID, now: datetime) -> dict[str, Any]:
    return {
        "caller_account_id": account_id,
        "caller_session_id": session_id,
        "caller_device_id": device_id,
        "caller_now": now,
    }


def load_caller(
    *, account_id: UUID, session_id: UUID, device_id: UUID, now: datetime
) -> tuple[str, list[UUID]] | None:
    """Return (caller, jurisdictions) of a session; None if the session, the account or the device is not valid.

    The caller is a JSON list: name, whether the password has to be changed, permission epoch, who reset the password, when,
    grants as lists of role, area and unit, and areas that the account is responsible for. If it has neither area nor unit,
    the id of the default jurisdiction stands behind the list.
    """
    row = read_one(_LOAD_CALLER, _binds(account_id, session_id, device_id, now))
    if row is None or not row["caller_is_live"]:
        return None
    if row["own"]:
        return row["caller"], row["own"]
    default: UUID | None = row["placeless"]
    return f"{row['caller']}{default or 'none'}", [] if default is None else [default]
