"""The tables whose rows pushed operations may change: models, and how to find a row's area."""

from typing import Any, NamedTuple

from sqlalchemy import FromClause
from sqlalchemy.orm import join

from app.core.db import Base
from app.dispatch.models import Assignment, Offer
from app.households.models import CareTag, Consent, Household, Premises, Resident, Visit
from app.incidents.models import Incident
from app.workforce.models import Duty, Sos

MODELS: dict[str, Any] = {
    model.__tablename__: model
    for model in (
        *(Incident, Assignment, Offer, Premises, Household, Resident, CareTag, Consent, Visit),
        *(Duty, Sos),
    )
}


class Placement(NamedTuple):
    """The join by which the area of a row is found, in the row itself or in a parent row.

    Attributes:
        source: FROM clause.
        id: Column with the id of the row.
        located: Model with the columns `id`, `grid_id` and `scope_path`.
    """

    source: type[Base] | FromClause
    id: Any
    located: Any


def _by_household(model: Any) -> Placement:
    return Placement(join(model, Household, Household.id == model.household_id), model.id, Household)


PLACEMENTS: dict[str, Placement] = {
    "premises": Placement(Premises, Premises.id, Premises),
    "household": Placement(Household, Household.id, Household),
    "resident": _by_household(Resident),
    "care_tag": _by_household(CareTag),
    "consent": _by_household(Consent),
    "visit": _by_household(Visit),
    "incident": Placement(Incident, Incident.id, Incident),
    "assignment": Placement(
        join(Assignment, Incident, Incident.id == Assignment.incident_id), Assignment.id, Incident
    ),
}
