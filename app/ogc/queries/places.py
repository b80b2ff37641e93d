"""Where something new stands."""

from sqlalchemy.orm import Session

from app.core.db import sql_text


def jurisdiction_at(session: Session, *, lon: float, lat: float) -> str | None:
    """The code of the jurisdiction on whose land a point lies."""
    sql = """
      select j.code
      from area_version v join jurisdiction j on j.id = v.jurisdiction_id,
           (select ST_SetSRID(ST_MakePoint(:lon, :lat), 4326) p offset 0) point
      where upper_inf(v.valid) and v.geom && point.p and ST_Covers(v.geom, point.p)
      order by nlevel(v.path) desc, v.code, v.area_id limit 1
    """
    found: str | None = session.scalar(sql_text(sql), {"lon": lon, "lat": lat})
    return found
