"""SQL of what a printed case needs besides the case itself."""

from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session


def rules_of(session: Session, incident_ids: list[UUID]) -> dict[UUID, dict[str, Any]]:
    """The profile version that each case was filed under, and the time zone of its city."""
    sql = """
      select i.id, i.profile_version_id, p.data ->> 'timezone' timezone
      from incident i join profile_version p on p.id = i.profile_version_id where i.id = any(:ids)
    """
    rows = session.execute(text(sql), {"ids": incident_ids}).mappings()
    return {row["id"]: dict(row) for row in rows}
