"""Importing components into the register of the city's things."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.components import service as components
from app.core.actor import Permission
from app.core.ids import uuid7
from app.exchange.rules import components as rules
from app.exchange.rules.contract import Field, Judged
from app.exchange.rules.faults import Fault
from app.exchange.service.kinds import Kind, Stored
from app.exchange.service.options import is_in_degrees
from app.exchange.service.placing import Point, in_degrees


class Components(Kind):
    """A row that comes again with other content changes what is registered under its number."""

    key = "code"
    may_change = True

    @property
    def fields(self) -> Sequence[Field]:
        return rules.fields()

    def finisher(self, columns: dict[str, str | None]) -> Callable[[Judged], None]:
        return rules.finisher(columns, is_projected=not is_in_degrees(self._crs))  # type: ignore[no-any-return]

    def store(self, session: Session, rows: Sequence[Judged]) -> Stored:
        refused: dict[UUID, Sequence[Fault]] = {}
        placed: dict[UUID, tuple[Judged, dict[str, Any]]] = {}
        points = in_degrees(session, [(one.values["lon"], one.values["lat"]) for one in rows], self._crs)
        for one, point in zip(rows, points, strict=True):
            if point is None:
                refused[one.id] = [Fault("no_usable_point")]
            else:
                row = _row(one, point)
                placed[row["id"]] = (one, row)
        became = components.import_components(
            session,
            self._actor,
            jurisdiction_id=self._jurisdiction_id,
            rows=[row for _, row in placed.values()],
            permission=Permission.IMPORT_RUN,
        )
        done = ("made", "changed", "unchanged")
        refused |= {placed[id][0].id: [Fault(what)] for id, what in became.items() if what not in done}
        ids = {
            what: frozenset(placed[id][0].id for id, did in became.items() if did == what) for what in done
        }
        made = [("component", id, placed[id][0].id) for id, did in became.items() if did == "made"]
        return Stored(refused, ids["unchanged"], ids["changed"], made)


def _row(one: Judged, point: Point) -> dict[str, Any]:
    values = one.values
    facts = {name: value for name, value in values.items() if name not in ("name", "name_en")}
    name = {"zh": values["name"], "en": values.get("name_en") or values["name"]}
    # The number says which component it is; the id is for a new one.
    return facts | {"id": uuid7(), "name": name, "lon": point[0], "lat": point[1]}
