"""Rows of the register: premises, households, residents, care tags, visits, components."""

import marshmallow as ma

from app.components.rules import STATES
from app.households.rules.addresses import PARTS
from app.households.rules.register import (
    CARE_KINDS,
    CONSENT_WAYS,
    HOUSEHOLD_KINDS,
    PREMISES_KINDS,
    VISIT_OUTCOMES,
)
from app.households.schemas.premises import AddressParts
from app.http.smorest import Schema
from app.sync.schemas.rows import columns
from app.sync.schemas.rows.columns import RowMedia, RowPoint

IN_NO_GRID = "it lies in no grid"


class PremisesData(Schema):
    """A dwelling, shop, site or other place with an address."""

    id = columns.id_of("Id of the premises")
    grid_id = columns.id_of("Grid that contains the location", null=IN_NO_GRID)
    kind = columns.code(PREMISES_KINDS, "Kind of premises", patch=("kind",))
    name = columns.text("Name of a shop or enterprise; masked for dwellings", null="none", patch=("name",))
    address = columns.text(
        "Address in one text; masked for readers without `address:read`", patch=("address",)
    )
    parts = columns.part(
        AddressParts,
        "The ten parts of the address; `无` for a part that does not exist",
        null="the reader has no `address:read`",
        patch=PARTS,
    )
    location = columns.part(RowPoint, "Location", patch=("lon", "lat"))
    external_ref = columns.text("Key in another system", null="none", patch=("external_ref",))
    is_generated = columns.flag("True: demo data")


class HouseholdVisitState(Schema):
    """The next visit to a household, and reasons against one."""

    next_due = columns.day(
        "Day of the next visit", null="by the rules of the profile", patch=("next_visit_due",)
    )
    declined_at = columns.instant(
        "Since when the household wants no visits", null="visits are welcome", patch=("is_declined",)
    )
    moved_away_at = columns.instant(
        "Since when nobody lives there", null="somebody lives there", patch=("has_moved_away",)
    )


class HouseholdData(Schema):
    """A household of premises."""

    id = columns.id_of("Id of the household")
    grid_id = columns.id_of("Grid of its premises", null=IN_NO_GRID)
    premises_id = columns.id_of("The premises")
    label = columns.text(
        "Tells households of the same premises apart; empty for the only one", patch=("label",)
    )
    kind = columns.code(HOUSEHOLD_KINDS, "Kind of household", patch=("kind",))
    is_generated = columns.flag("True: demo data")
    visits = columns.part(HouseholdVisitState, "State of visits", null="the reader has no `resident:read`")


class ResidentData(Schema):
    """A resident. Personal values are masked for every reader; `POST /residents/{id}/reveal` shows them for a purpose."""

    id = columns.id_of("Id of the resident")
    household_id = columns.id_of("Household of the resident")
    name = columns.text("Name, masked", null="the resident was erased", patch=("name",))
    phone = columns.text("Telephone number, masked", null="none is stored", patch=("phone",))
    email = columns.text("E-mail address, masked", null="none is stored", patch=("email",))
    is_registered_here = columns.flag(
        "True: registered here", null="nobody has said", patch=("is_registered_here",)
    )
    lives_here = columns.flag("True: lives here", null="nobody has said", patch=("lives_here",))


class CareTagData(Schema):
    """A kind of help that a resident needs, for a limited time."""

    id = columns.id_of("Id of the care tag")
    resident_id = columns.id_of("The resident")
    household_id = columns.id_of("Household of the resident")
    kind = columns.code(CARE_KINDS, "Kind of help")
    purpose = columns.text("What the tag is used for", patch=("purpose",))
    ends_on = columns.day("Last day of the tag, where the household is", patch=("ends_on",))
    cycle_days = columns.integer(
        "The task is due every so many days", null="no repeated task", patch=("cycle_days",)
    )
    next_due = columns.day("Day on which the task is due next", null="no repeated task")


class ConsentData(Schema):
    """A consent that a household or a resident gave."""

    id = columns.id_of("Id of the consent")
    household_id = columns.id_of("The household")
    resident_id = columns.id_of("The resident", null="the household as a whole gave it")
    purpose = columns.text("What was agreed to")
    given_by_way = columns.code(CONSENT_WAYS, "How it was given")
    given_at = columns.instant("When it was given")
    withdrawn_at = columns.instant("When it was withdrawn", null="it holds")


class VisitData(Schema):
    """A visit to a household in the last 60 days."""

    id = columns.id_of("Id of the visit")
    household_id = columns.id_of("The household")
    visited_by = columns.id_of("Account of the visitor")
    visited_at = columns.instant("When")
    outcome = columns.code(VISIT_OUTCOMES, "How it went")
    note = columns.text("Note of the visit", null="none, or its days are over")
    note_expires_on = columns.day("Last day of the note", null="there is no note")
    care_done = columns.list_of(ma.fields.UUID(), "Care tags whose task was done")
    media = columns.parts(RowMedia, "Photos and voice notes of the visit")


class ComponentData(Schema):
    """A component of the city, such as a manhole cover or a lamp."""

    id = columns.id_of("Id of the component")
    grid_id = columns.id_of("Grid that contains the location", null=IN_NO_GRID)
    code = columns.text("Component number of 16 digits")
    category = columns.text("Code of the category")
    name = columns.name()
    state = columns.code(STATES, "State")
    location = columns.part(RowPoint, "Location")
    owning_unit_id = columns.id_of("Unit that owns it", null="not known")
    managing_unit_id = columns.id_of("Unit that manages it", null="not known")
    maintaining_unit_id = columns.id_of("Unit that maintains it", null="not known")
    installed_on = columns.day("Day of installation", null="not known")
    checked_on = columns.day("Day of the last check", null="not known")
    note = columns.text("Note", null="none")
