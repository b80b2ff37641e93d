"""SQL of the jurisdictions of an account, and of areas and units found by their codes."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.accounts.models import Account
from app.core.db import Fragment

_OWN_JURISDICTIONS = """
    array(
      select r.jurisdiction_id from account_grant g join area r on r.id = g.area_id
      where g.account_id = {account_id} and g.revoked_at is null and g.deleted_at is null
      union select u.jurisdiction_id from account_grant g join unit u on u.id = g.unit_id
      where g.account_id = {account_id} and g.revoked_at is null and g.deleted_at is null
      union select r.jurisdiction_id from responsibility p join area r on r.id = p.area_id
      where p.worker_id = {account_id} and p.deleted_at is null and p.valid @> cast({now} as timestamptz)
      order by 1)
"""
# The id of the oldest jurisdiction that has areas, else of the oldest.
DEFAULT_JURISDICTION = Fragment(
    """(select j.id from jurisdiction j where j.deleted_at is null
      order by exists (select 1 from area r where r.jurisdiction_id = j.id) desc, j.id limit 1)"""
)


def own_jurisdictions_at(now: str) -> Fragment:
    """Return SQL (uuid[]) of the jurisdictions in which `account` has areas or units. The statement around it reads `account`.

    Args:
        now: The bind of the instant, such as `:now`.
    """
    return Fragment(_OWN_JURISDICTIONS, account_id=Account.id, now=text(now))


# The same, or the default jurisdiction if the account has neither areas nor units.
JURISDICTION_IDS = Fragment(
    "coalesce(nullif({own}, '{}'), array({default}))",
    own=own_jurisdictions_at(":now"),
    default=DEFAULT_JURISDICTION,
)

_JURISDICTION_IDS = Fragment("select {ids} from account where account.id = :account_id", ids=JURISDICTION_IDS)

_AREAS_BY_CODE = text("""
    select v.area_id from area_version v join jurisdiction j on j.id = v.jurisdiction_id
    where v.code = :code and upper_inf(v.valid)
      and (cast(:jurisdiction as text) is null or j.code = :jurisdiction)
""")

_TOP_AREAS = text("""
    select v.area_id from area_version v join jurisdiction j on j.id = v.jurisdiction_id
    where j.code = :jurisdiction and v.parent_id is null and upper_inf(v.valid) order by v.code
""")

_UNITS_BY_CODE = text("""
    select u.id from unit u join jurisdiction j on j.id = u.jurisdiction_id
    where u.code = :code and u.deleted_at is null
      and (cast(:jurisdiction as text) is null or j.code = :jurisdiction)
""")


def jurisdiction_ids(session: Session, account_id: UUID, *, now: datetime) -> list[UUID]:
    """Return the ids of the jurisdictions in which the account has areas or units.

    The result is the default jurisdiction if the account has no area and no unit.
    """
    binds = {"account_id": account_id, "now": now}
    ids: list[UUID] = session.execute(_JURISDICTION_IDS, binds).scalar_one()
    return ids


def areas_by_code(session: Session, code: str, *, jurisdiction: str | None) -> list[UUID]:
    """Return the current areas with this code. Each jurisdiction has at most one.

    Args:
        jurisdiction: Code of the jurisdiction to search; None: search all.
    """
    return list(session.scalars(_AREAS_BY_CODE, {"code": code, "jurisdiction": jurisdiction}))


def top_areas(session: Session, jurisdiction: str) -> list[UUID]:
    """Return the current areas at the top of the division tree of a jurisdiction."""
    return list(session.scalars(_TOP_AREAS, {"jurisdiction": jurisdiction}))


def units_by_code(session: Session, code: str, *, jurisdiction: str | None) -> list[UUID]:
    """Return the units with this code. Each jurisdiction has at most one.

    Args:
        jurisdiction: Code of the jurisdiction to search; None: search all.
    """
    return list(session.scalars(_UNITS_BY_CODE, {"code": code, "jurisdiction": jurisdiction}))
