"""SQL of the jurisdiction of a new feature."""

from sqlalchemy.orm import Session

from app.areas.scope import deepest_area_sql
from app.core.actor import Actor
from app.core.db import sql_text
from app.profiles.scope import in_own_jurisdictions


def jurisdiction_at(session: Session, actor: Actor, *, lon: float, lat: float) -> str | None:
    """Return the code of the actor's jurisdiction that contains a point, or None."""
    is_own, binds = in_own_jurisdictions(actor, "v.jurisdiction_id")
    point = "(select ST_SetSRID(ST_MakePoint(:lon, :lat), 4326) p offset 0) point"
    code = "(select j.code from jurisdiction j where j.id = v.jurisdiction_id)"
    sql = deepest_area_sql(code, "point.p", from_items=point, condition=is_own)
    jurisdiction_code: str | None = session.scalar(sql_text(sql), binds | {"lon": lon, "lat": lat})
    return jurisdiction_code
