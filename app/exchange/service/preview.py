"""Preview of an import of incidents: reads and validates the file without storing anything."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from sqlalchemy.orm import Session

from app.core import clock
from app.core.actor import SYSTEM
from app.exchange.rules.contract import JudgedRow
from app.exchange.service import reprojection
from app.exchange.service.file_reader import opened_table
from app.exchange.service.import_runs import prepare
from app.exchange.service.incidents import category_codes
from app.exchange.service.options import Options, crs_of
from app.profiles import service as profiles
from app.profiles.rules.profile import UNCLASSIFIED


@dataclass(frozen=True, slots=True)
class IncidentPreview:
    """The incident that an import would store for a row.

    The point is in WGS 84 degrees. The category is one of those that the jurisdiction uses, or `unclassified`.
    """

    id: UUID
    name: str
    at: datetime
    lon: float
    lat: float
    category: str


def preview_incidents(
    session: Session, path: Path, options: Options
) -> tuple[list[IncidentPreview], Sequence[JudgedRow]]:
    """Return the incidents that an import would store, and the rows that it would refuse.

    Raises:
        FileRefused: The whole file would be refused.
    """
    jurisdiction_id = profiles.jurisdiction_named(session, options.jurisdiction)
    with opened_table(path, name=path.name, layer=options.layer) as table:
        _, _, judge = prepare(session, SYSTEM, "incidents", options, jurisdiction_id, table)
        judged_rows = [judge.judge(row) for row in table.rows]
    valid = [judged for judged in judged_rows if not judged.faults]
    crs = crs_of(options.crs, table.crs)
    points = reprojection.points_to_degrees(
        session, [(judged.values["lon"], judged.values["lat"]) for judged in valid], crs
    )
    names = category_codes(profiles.profile_at(session, jurisdiction_id, clock.now()).profile)
    rows = [
        IncidentPreview(
            id=judged.id,
            name=judged.values.get("key") or f"row {judged.row.number}",
            at=judged.values["reported_at"],
            lon=point[0],
            lat=point[1],
            category=names.get((judged.values.get("category") or "").casefold(), UNCLASSIFIED),
        )
        for judged, point in zip(valid, points, strict=True)
        if point is not None
    ]
    return rows, [judged for judged in judged_rows if judged.faults]
