"""Where something new stands."""

from sqlalchemy.orm import Session

from app.areas.scope import deepest
from app.core.db import sql_text


def jurisdiction_at(session: Session, *, lon: float, lat: float) -> str | None:
    """The code of the jurisdiction on whose land a point lies."""
    point = "(select ST_SetSRID(ST_MakePoint(:lon, :lat), 4326) p offset 0) point"
    code = "(select j.code from jurisdiction j where j.id = v.jurisdiction_id)"
    sql = deepest(code, "point.p", beside=point)
    found: str | None = session.scalar(sql_text(sql), {"lon": lon, "lat": lat})
    return found
