"""Rows of jurisdictions' profiles, units and areas."""

import marshmallow as ma

from app.http.smorest import Schema
from app.profiles.rules.levels import LEVELS
from app.sync.schemas.rows import columns


def _names(description: str) -> ma.fields.List:
    return columns.list_of(ma.fields.String(), description)


class TransitionResultRow(Schema):
    """Required and optional fields for one value of the field `result`."""

    result = columns.text("Value of the field `result`")
    required = _names("Fields that this result needs")
    optional = _names("Fields that this result may have")


class TransitionRow(Schema):
    """An action on a case: from which states, by whom, with which fields."""

    action = columns.text("Action of `POST /incidents/{incident_id}/transitions`, and of a pushed transition")
    from_ = ma.fields.List(
        ma.fields.String(),
        data_key="from",
        required=True,
        metadata={"description": "States of the case in which the action is possible."},
    )
    by = _names("Relations to the case that allow it: docs/reference/lifecycle.md explains them")
    required = _names("Fields that the action needs")
    optional = _names("Fields that the action may have")
    one_of = _names("Fields of which the action needs exactly one; empty: there are none")
    results = columns.parts(
        TransitionResultRow, "Fields for each value of `result`; empty: it takes no result"
    )


class ProfileData(Schema):
    """A jurisdiction with the version of its profile that is in force: categories, deadlines, reasons, rules."""

    id = columns.id_of("Id of the jurisdiction")
    code = columns.text("Code of the jurisdiction")
    name = columns.name()
    root_unit_id = columns.id_of("Unit at the head of the jurisdiction", null="none is named")
    number = columns.integer("Number of the profile version, from 1", null="no profile is in force yet")
    in_force_from = columns.instant("Since when the version holds", null="no profile is in force yet")
    data = columns.json_object(
        "The profile as `GET /jurisdictions/{code}/profile` returns it", null="no profile is in force yet"
    )
    transitions = columns.parts(
        TransitionRow, "All actions on cases, so that an app knows its buttons offline"
    )


class UnitCompetence(Schema):
    """An area and the categories for which a unit is competent there."""

    area_id = columns.id_of("Area with all areas below it")
    category_prefix = columns.text("First characters of the category codes")


class UnitData(Schema):
    """A unit: an office that handles cases of its competence."""

    id = columns.id_of("Id of the unit")
    jurisdiction_id = columns.id_of("Jurisdiction of the unit")
    code = columns.text("Code of the unit, unique in its jurisdiction")
    name = columns.name()
    area_id = columns.id_of("Area that the unit belongs to", null="it belongs to no single area")
    contact = columns.text(
        "How to reach the unit; masked for readers who do not work with units", null="no contact is stored"
    )
    competences = columns.parts(UnitCompetence, "Competences of the unit; empty for a unit without any")


class AreaData(Schema):
    """An area of the worker's grids or above them, in its present version."""

    id = columns.id_of("Id of the area")
    jurisdiction_id = columns.id_of("Jurisdiction of the area")
    level = columns.code(LEVELS, "Level of the area, from the top down")
    code = columns.text("Code of the area")
    name = columns.name()
    parent_id = columns.id_of("Area one level up", null="it is at the top")
    boundary = ma.fields.Dict(
        required=True,
        allow_none=True,
        metadata={
            "description": "Boundary of a grid: GeoJSON MultiPolygon, WGS 84 degrees, longitude first, outer rings "
            "counterclockwise. Null: the area is no grid."
        },
    )
