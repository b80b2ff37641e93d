"""SQL that transforms coordinates to WGS 84, and that selects areas by code."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session


def areas_by_code(session: Session, jurisdiction_id: UUID, codes: Collection[str]) -> dict[str, UUID]:
    """Map the given codes of areas to the ids of the present areas of a jurisdiction."""
    sql = """
      select code, area_id from area_version
      where jurisdiction_id = :jurisdiction_id and upper_inf(valid) and code = any(:codes)
    """
    binds = {"jurisdiction_id": jurisdiction_id, "codes": list(codes)}
    return {row.code: row.area_id for row in session.execute(text(sql), binds)}


def to_wgs84(
    session: Session, points: Sequence[tuple[float, float]], crs: str
) -> list[tuple[float, float] | None]:
    """Transform points (x east, y north) in `crs` to longitude and latitude.

    Args:
        crs: A name that PROJ knows, or WKT.

    Raises:
        DBAPIError: A point cannot be transformed.
    """
    sql = """
      select ST_X(p) x, ST_Y(p) y from (
        select n, ST_Transform(ST_MakePoint(x, y), cast(:crs as text), 4326) p
        from unnest(cast(:xs as float[]), cast(:ys as float[])) with ordinality a(x, y, n)) t
      order by n
    """
    binds = {"crs": crs, "xs": [x for x, _ in points], "ys": [y for _, y in points]}
    return [(row.x, row.y) for row in session.execute(text(sql), binds)]


def shapes_to_wgs84(session: Session, shapes: Sequence[bytes], crs: str) -> list[bytes]:
    """Transform geometries (WKB) to WGS 84 (WKB)."""
    sql = """
      select ST_AsBinary(ST_Transform(ST_SetSRID(ST_GeomFromWKB(g), 0), cast(:crs as text), 4326)) wkb
      from unnest(cast(:shapes as bytea[])) with ordinality a(g, n) order by n
    """
    return [bytes(row.wkb) for row in session.execute(text(sql), {"crs": crs, "shapes": list(shapes)})]
