"""Reading a file of incidents by the import's row contract without importing it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from sqlalchemy.orm import Session

from app.core import clock
from app.core.actor import SYSTEM
from app.exchange.rules.contract import Judged
from app.exchange.service import placing
from app.exchange.service.incidents import names_of
from app.exchange.service.options import Options, crs_of
from app.exchange.service.reading import opened_table
from app.exchange.service.running import prepared
from app.profiles import service as profiles
from app.profiles.rules.profile import UNCLASSIFIED


@dataclass(frozen=True, slots=True)
class RowOfIncident:
    """A row as an import would take it: WGS 84 degrees, the category of the taxonomy."""

    id: UUID
    name: str
    at: datetime
    lon: float
    lat: float
    category: str


def incidents_of(
    session: Session, path: Path, options: Options
) -> tuple[list[RowOfIncident], Sequence[Judged]]:
    """The rows that an import would take, and those that it would refuse; FileRefused where it would take none."""
    jurisdiction_id = profiles.jurisdiction_named(session, options.jurisdiction)
    with opened_table(path, name=path.name, layer=options.layer) as table:
        _, _, judge = prepared(session, SYSTEM, "incidents", options, jurisdiction_id, table)
        judged = [judge.judge(row) for row in table.rows]
    good = [one for one in judged if not one.faults]
    crs = crs_of(options.crs, table.crs)
    points = placing.in_degrees(session, [(one.values["lon"], one.values["lat"]) for one in good], crs)
    names = names_of(profiles.profile_at(session, jurisdiction_id, clock.now()).profile)
    rows = [
        RowOfIncident(
            id=one.id,
            name=one.values.get("key") or f"row {one.row.number}",
            at=one.values["reported_at"],
            lon=point[0],
            lat=point[1],
            category=names.get((one.values.get("category") or "").casefold(), UNCLASSIFIED),
        )
        for one, point in zip(good, points, strict=True)
        if point is not None
    ]
    return rows, [one for one in judged if one.faults]
