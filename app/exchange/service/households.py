"""Importing premises and their households into the register, by the register's own rules."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.exchange.rules import households as rules
from app.exchange.rules.contract import Field, Judged
from app.exchange.rules.faults import Fault
from app.exchange.service.options import is_in_degrees
from app.exchange.service.places import Kind
from app.exchange.service.placing import in_degrees
from app.households import service as households

# How the register names what is wrong with the one resident of a row.
_RESIDENT = re.compile(r"^residents\.0\.")


class Households(Kind):
    """A row that comes again with other content changes what is registered: a register lives on."""

    key = "key"
    may_change = True

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.given = {"kind": "dwelling"}
        self._columns: dict[str, str | None] = {}

    @property
    def fields(self) -> Sequence[Field]:
        return rules.fields()

    def finisher(self, columns: dict[str, str | None]) -> Callable[[Judged], None]:
        self._columns = columns
        return rules.finisher(columns, is_projected=not is_in_degrees(self._crs))  # type: ignore[no-any-return]

    def store(self, session: Session, rows: Sequence[Judged]) -> Mapping[UUID, Sequence[Fault]]:
        refused: dict[UUID, Sequence[Fault]] = {}
        placed = []
        points = in_degrees(session, [(one.values["lon"], one.values["lat"]) for one in rows], self._crs)
        for one, point in zip(rows, points, strict=True):
            if point is None:
                refused[one.id] = [Fault("no_usable_point")]
            else:
                placed.append((one, self._row(one, point)))
        outcomes = households.register_many(session, self._actor, rows=[row for _, row in placed])
        for (one, _), outcome in zip(placed, outcomes, strict=True):
            if outcome.outcome == "rejected":
                refused[one.id] = [self._fault(error) for error in outcome.errors]
        return refused

    def _row(self, one: Judged, point: tuple[float, float]) -> dict[str, Any]:
        values = one.values
        row: dict[str, Any] = {
            "id": one.id,
            "jurisdiction_id": self._jurisdiction_id,
            "kind": values["kind"],
            "lon": point[0],
            "lat": point[1],
            "external_ref": values.get("key"),
        }
        row |= {name: values[name] for name in ("address", "name", "label") if values.get(name)}
        # A column that is there but empty is not the same as one that is not there.
        row |= {part: values.get(part, "") for part in rules.PARTS if self._columns.get(part)}
        if values.get("resident_name"):
            row["residents"] = [{"name": values["resident_name"], "phone": values.get("resident_phone")}]
        return row

    def _fault(self, error: Mapping[str, str]) -> Fault:
        code = "outside_scope" if error["code"] == "outside_own_areas" else error["code"]
        name = _RESIDENT.sub("resident_", error["field"])
        return Fault(code, self._columns.get(name) or name)
