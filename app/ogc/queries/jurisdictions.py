"""SQL that finds the jurisdiction of a new feature by its position."""

from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session

from app.areas.models import AreaVersion
from app.areas.scope import deepest_area
from app.core.actor import Actor
from app.core.db import Fragment
from app.profiles.models import Jurisdiction
from app.profiles.scope import own_jurisdictions


def jurisdiction_at(session: Session, actor: Actor, *, lon: float, lat: float) -> str | None:
    """Return the code of the actor's jurisdiction that contains a point, or None.

    Args:
        lon: Degrees in EPSG:4326, as is `lat`.
    """
    is_own, binds = own_jurisdictions(actor, AreaVersion.jurisdiction_id)
    jurisdiction_code: str | None = session.scalar(_code_at(is_own), binds | {"lon": lon, "lat": lat})
    return jurisdiction_code


@lru_cache
def _code_at(is_own: ColumnElement[bool]) -> Select[Any]:
    code = select(Jurisdiction.code).where(Jurisdiction.id == AreaVersion.jurisdiction_id)
    # A scalar sub-select is evaluated once, not for each area.
    point = Fragment("(select ST_SetSRID(ST_MakePoint(:lon, :lat), 4326))")
    return deepest_area(code.correlate(AreaVersion).scalar_subquery(), point=point, condition=is_own)
