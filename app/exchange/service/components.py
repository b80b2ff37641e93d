"""Import of components, stored through the service of the register."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.components import service as components
from app.core.actor import Permission
from app.core.ids import uuid7
from app.exchange.rules import components as rules
from app.exchange.rules.contract import Field, JudgedRow
from app.exchange.rules.faults import Fault
from app.exchange.service.kinds import Kind, StoreResult
from app.exchange.service.options import is_geographic
from app.exchange.service.reprojection import Point, points_to_degrees


class Components(Kind):
    """The kind of import `components`.

    If a row has new content, the stored component with the same number is changed.
    """

    key = "code"
    may_change = True

    @property
    def fields(self) -> Sequence[Field]:
        return rules.fields()

    def finisher(self, columns: dict[str, str | None]) -> Callable[[JudgedRow], None]:
        return rules.finisher(columns, is_projected=not is_geographic(self._crs))  # type: ignore[no-any-return]

    def store(self, session: Session, rows: Sequence[JudgedRow]) -> StoreResult:
        refused: dict[UUID, Sequence[Fault]] = {}
        placed: dict[UUID, tuple[JudgedRow, dict[str, Any]]] = {}
        points = points_to_degrees(
            session, [(judged.values["lon"], judged.values["lat"]) for judged in rows], self._crs
        )
        for judged, point in zip(rows, points, strict=True):
            if point is None:
                refused[judged.id] = [Fault("no_usable_point")]
            else:
                row = _row(judged, point)
                placed[row["id"]] = (judged, row)
        outcomes = components.import_components(
            session,
            self._actor,
            jurisdiction_id=self._jurisdiction_id,
            rows=[row for _, row in placed.values()],
            permission=Permission.IMPORT_RUN,
        )
        accepted = ("made", "changed", "unchanged")
        refused |= {
            placed[id][0].id: [Fault(outcome)] for id, outcome in outcomes.items() if outcome not in accepted
        }
        ids = {
            outcome: frozenset(placed[id][0].id for id, reached in outcomes.items() if reached == outcome)
            for outcome in accepted
        }
        made = [("component", id, placed[id][0].id) for id, reached in outcomes.items() if reached == "made"]
        return StoreResult(refused, ids["unchanged"], ids["changed"], made)


def _row(judged: JudgedRow, point: Point) -> dict[str, Any]:
    values = judged.values
    facts = {name: value for name, value in values.items() if name not in ("name", "name_en")}
    name = {"zh": values["name"], "en": values.get("name_en") or values["name"]}
    # The number says which component it is; the id is for a new one.
    return facts | {"id": uuid7(), "name": name, "lon": point[0], "lat": point[1]}
