"""The change of the lead unit in joint handling."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.dispatch import service as dispatch
from app.dispatch.rules.states import PART_LEADS


def lead_now(session: Session, case: RowMapping, unit_id: UUID, *, now: datetime) -> None:
    """End the part of a unit because the unit becomes the lead unit."""
    dispatch.end_parts(
        session, incident_id=case["id"], state="withdrawn", because=PART_LEADS, now=now, unit_ids=[unit_id]
    )
    dispatch.settle_parts(session, incident_id=case["id"], because=PART_LEADS, unit_ids=[unit_id])
