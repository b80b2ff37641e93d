"""SQL that returns profile and time zone of the cases to print."""

from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, any_, bindparam, select
from sqlalchemy.orm import Session

from app.core.db import unscoped
from app.incidents.models import Incident
from app.profiles.models import ProfileVersion

_RULES = unscoped(
    select(Incident.id, Incident.profile_version_id, ProfileVersion.data["timezone"].astext.label("timezone"))
    .join(ProfileVersion, ProfileVersion.id == Incident.profile_version_id)
    .where(Incident.id == any_(bindparam("ids", None, ARRAY(Uuid())))),
    incident="rules of cases that were listed by their rule",
)


def rules_of(session: Session, incident_ids: list[UUID]) -> dict[UUID, dict[str, Any]]:
    """Return the version of the profile (the city's rules) and the time zone of each case.

    The keys of the result are ids of cases.
    """
    rows = session.execute(_RULES, {"ids": incident_ids}).mappings()
    return {row["id"]: dict(row) for row in rows}
