"""Import of premises and households, stored through the service of their register."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy.orm import Session

from app.exchange.rules import households as rules
from app.exchange.rules.contract import Field, JudgedRow
from app.exchange.rules.faults import Fault
from app.exchange.rules.members import HouseholdMembers
from app.exchange.service.kinds import Kind, StoreResult
from app.exchange.service.options import is_geographic
from app.exchange.service.reprojection import points_to_degrees
from app.households import service as households

# The path of a row's resident in errors of the register, and the columns of its fields.
_RESIDENT = "residents.0."
_COLUMNS = {
    "name": "resident_name",
    "phone": "resident_phone",
    "email": "resident_email",
    "is_registered_here": "registered_here",
    "care.kind": "care",
    "care.purpose": "care_purpose",
    "care.ends_on": "care_until",
    "care.cycle_days": "care_cycle_days",
}


class Households(Kind):
    """The kind of import `households`.

    If a row has new content, the stored household is changed.
    """

    key = "key"
    may_change = True

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.constants = {"kind": "dwelling"}
        self._columns: dict[str, str | None] = {}

    @property
    def fields(self) -> Sequence[Field]:
        return rules.fields()

    def finisher(self, columns: dict[str, str | None]) -> Callable[[JudgedRow], None]:
        self._columns = columns
        return rules.finisher(columns, is_projected=not is_geographic(self._crs))  # type: ignore[no-any-return]

    def identity(self) -> Callable[[JudgedRow, Mapping[str, str], UUID], None]:
        return HouseholdMembers().identify

    def store(self, session: Session, rows: Sequence[JudgedRow]) -> StoreResult:
        refused: dict[UUID, Sequence[Fault]] = {}
        placed = []
        self._use_existing_premises(session, rows)
        _skip_ended_ids(session, rows)
        points = points_to_degrees(
            session, [(judged.values["lon"], judged.values["lat"]) for judged in rows], self._crs
        )
        for judged, point in zip(rows, points, strict=True):
            if point is None:
                refused[judged.id] = [Fault("no_usable_point")]
            else:
                placed.append((judged, self._row(judged, point)))
        outcomes = households.register_many(
            session, self._actor, rows=[row for _, row in placed], is_dry=self._options.is_dry
        )
        ids_by_outcome: dict[str, set[UUID]] = {}
        for (judged, _), outcome in zip(placed, outcomes, strict=True):
            ids_by_outcome.setdefault(outcome.outcome, set()).add(judged.id)
            if outcome.outcome == "rejected":
                refused[judged.id] = [self._fault(error) for error in outcome.errors]
        return StoreResult(
            refused,
            ids_by_outcome.get("unchanged", frozenset()),
            ids_by_outcome.get("updated", frozenset()),
            [
                (*made, judged.id)
                for (judged, _), outcome in zip(placed, outcomes, strict=True)
                for made in outcome.made
            ],
        )

    def _use_existing_premises(self, session: Session, rows: Sequence[JudgedRow]) -> None:
        """Set the premises id of rows whose `id` is that of stored premises or a stored household.

        Export files of Gridward have such ids.
        """
        ids = {judged.values["id"] for judged in rows if judged.values.get("id")}
        premises = households.premises_of(session, self._jurisdiction_id, ids) if ids else {}
        for judged in rows:
            judged.values["premises_id"] = premises.get(
                judged.values.get("id") or judged.id, judged.values["premises_id"]
            )

    def _row(self, judged: JudgedRow, point: tuple[float, float]) -> dict[str, Any]:
        values = judged.values
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
        # An empty cell of an existing column clears the value, a missing column does not.
        row |= {part: values.get(part, "") for part in rules.PARTS if self._columns.get(part)}
        if values.get("resident_name"):
            row["residents"] = [_resident(values)]
        return row

    def _fault(self, error: Mapping[str, str]) -> Fault:
        code = "outside_scope" if error["code"] == "outside_own_areas" else error["code"]
        name = error["field"]
        if name.startswith(_RESIDENT):
            field = name.removeprefix(_RESIDENT)
            name = _COLUMNS.get(field, field)
        return Fault(code, self._columns.get(name) or name)


def _skip_ended_ids(session: Session, rows: Sequence[JudgedRow]) -> None:
    """Set new premises ids for rows whose premises were created by an import and deleted since.

    The id of deleted premises is never used again.
    """
    remaining = rows
    while ended := households.ended_premises(session, {judged.values["premises_id"] for judged in remaining}):
        remaining = [judged for judged in remaining if judged.values["premises_id"] in ended]
        for judged in remaining:
            judged.values["premises_id"] = uuid5(judged.values["premises_id"], "again")


def _resident(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the data of the resident in a row. Fields without a column are None."""
    care = {
        "purpose": values.get("care_purpose"),
        "ends_on": values.get("care_until"),
        "cycle_days": values.get("care_cycle_days"),
    }
    return {
        "name": values["resident_name"],
        "namesake": values.get("namesake"),
        "phone": values.get("resident_phone"),
        "email": values.get("resident_email"),
        "is_registered_here": values.get("registered_here"),
        "lives_here": values.get("lives_here"),
        "registered_at": values.get("registered_at"),
        "birth_year": values.get("birth_year"),
        "care": [{"kind": kind} | care for kind in values.get("care") or ()],
    }
