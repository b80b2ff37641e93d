"""Importing premises and their households into the register, by the register's own rules."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy.orm import Session

from app.exchange.rules import households as rules
from app.exchange.rules.contract import Field, Judged
from app.exchange.rules.faults import Fault
from app.exchange.rules.members import Members
from app.exchange.service.kinds import Kind, Stored
from app.exchange.service.options import is_in_degrees
from app.exchange.service.placing import in_degrees
from app.households import service as households

# How the register names the one resident of a row, and what it calls the fields.
_RESIDENT = "residents.0."
_COLUMNS = {
    "name": "resident_name",
    "phone": "resident_phone",
    "is_registered_here": "registered_here",
    "care.kind": "care",
    "care.purpose": "care_purpose",
    "care.ends_on": "care_until",
    "care.cycle_days": "care_cycle_days",
}


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

    def identity(self) -> Callable[[Judged, Mapping[str, str], UUID], None]:
        return Members().identify

    def store(self, session: Session, rows: Sequence[Judged]) -> Stored:
        refused: dict[UUID, Sequence[Fault]] = {}
        placed = []
        self._find_own(session, rows)
        _step_past_ended(session, rows)
        points = in_degrees(session, [(one.values["lon"], one.values["lat"]) for one in rows], self._crs)
        for one, point in zip(rows, points, strict=True):
            if point is None:
                refused[one.id] = [Fault("no_usable_point")]
            else:
                placed.append((one, self._row(one, point)))
        outcomes = households.register_many(session, self._actor, rows=[row for _, row in placed])
        became: dict[str, set[UUID]] = {}
        for (one, _), outcome in zip(placed, outcomes, strict=True):
            became.setdefault(outcome.outcome, set()).add(one.id)
            if outcome.outcome == "rejected":
                refused[one.id] = [self._fault(error) for error in outcome.errors]
        return Stored(
            refused,
            became.get("unchanged", frozenset()),
            became.get("updated", frozenset()),
            [
                (*made, one.id)
                for (one, _), outcome in zip(placed, outcomes, strict=True)
                for made in outcome.made
            ],
        )

    def _find_own(self, session: Session, rows: Sequence[Judged]) -> None:
        """Use the premises whose id, or whose household's id, an export of ours gave to a row."""
        ids = {one.values["id"] for one in rows if one.values.get("id")}
        own = households.premises_of(session, self._jurisdiction_id, ids) if ids else {}
        for one in rows:
            one.values["premises_id"] = own.get(one.values.get("id") or one.id, one.values["premises_id"])

    def _row(self, one: Judged, point: tuple[float, float]) -> dict[str, Any]:
        values = one.values
        row: dict[str, Any] = {
            "id": values["premises_id"],
            "jurisdiction_id": self._jurisdiction_id,
            "kind": values["kind"],
            "lon": point[0],
            "lat": point[1],
            "external_ref": values.get("key"),
            "is_imported": True,
        }
        row |= {name: values[name] for name in ("address", "name", "label") if values.get(name)}
        # A column that is there but empty is not the same as one that is not there.
        row |= {part: values.get(part, "") for part in rules.PARTS if self._columns.get(part)}
        if values.get("resident_name"):
            row["residents"] = [_resident(values)]
        return row

    def _fault(self, error: Mapping[str, str]) -> Fault:
        code = "outside_scope" if error["code"] == "outside_own_areas" else error["code"]
        name = error["field"]
        if name.startswith(_RESIDENT):
            said = name.removeprefix(_RESIDENT)
            name = _COLUMNS.get(said, said)
        return Fault(code, self._columns.get(name) or name)


def _step_past_ended(session: Session, rows: Sequence[Judged]) -> None:
    """Give new ids to the premises of rows whose earlier ones were taken back: an ended id is never used again."""
    left = rows
    while ended := households.ended_premises(session, {one.values["premises_id"] for one in left}):
        left = [one for one in left if one.values["premises_id"] in ended]
        for one in left:
            one.values["premises_id"] = uuid5(one.values["premises_id"], "again")


def _resident(values: Mapping[str, Any]) -> dict[str, Any]:
    """The resident of a row. What no column says is None: nothing is assumed of anybody."""
    care = {
        "purpose": values.get("care_purpose"),
        "ends_on": values.get("care_until"),
        "cycle_days": values.get("care_cycle_days"),
    }
    return {
        "name": values["resident_name"],
        "namesake": values.get("namesake"),
        "phone": values.get("resident_phone"),
        "is_registered_here": values.get("registered_here"),
        "lives_here": values.get("lives_here"),
        "registered_at": values.get("registered_at"),
        "birth_year": values.get("birth_year"),
        "care": [{"kind": kind} | care for kind in values.get("care") or ()],
    }
