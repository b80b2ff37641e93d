"""Schemas of the redraw of areas."""

import marshmallow as ma

from app.areas.schemas import POLYGONS, AreaName, Finding
from app.http import fields
from app.http.free_text import FreeText
from app.http.smorest import Schema


class RedrawnArea(Schema):
    """A part.

    With the id of a replaced area it is the next version of that area, else a new area.
    """

    id = fields.Uuid7(
        load_default=None,
        allow_none=True,
        metadata={
            "description": "Id of a replaced area: its next version; another UUIDv7 or null: a new area"
        },
    )
    code = fields.Words(
        max_length=64,
        min_length=1,
        required=True,
        metadata={"description": "Code of the part, unique in the jurisdiction"},
    )
    name = ma.fields.Nested(fields.Named, required=True, metadata={"description": "Name of the part"})
    geometry = fields.Geometry(kinds=POLYGONS, required=True)


class RedrawAreas(FreeText):
    """Areas of one parent redrawn together: a split, a merge or a moved border."""

    free_text = ("reason",)

    parent_id = ma.fields.UUID(
        required=True,
        allow_none=True,
        metadata={"description": "Parent of all these areas; null: they are top areas"},
    )
    replaces = ma.fields.List(
        ma.fields.UUID(),
        required=True,
        validate=ma.validate.Length(min=1, max=200),
        metadata={"description": "Ids of the areas that are replaced"},
    )
    parts = ma.fields.List(
        ma.fields.Nested(RedrawnArea),
        data_key="areas",
        required=True,
        validate=ma.validate.Length(min=1, max=200),
        metadata={"description": "The parts that replace them"},
    )
    reason = fields.Words(
        max_length=1000,
        min_length=1,
        required=True,
        metadata={"description": "Why; stored with the new versions and in the audit trail"},
    )


class RedrawQuery(Schema):
    dry_run = fields.Boolean(
        load_default=False,
        metadata={"description": "True: everything is checked and counted, nothing is stored"},
    )


class RedrawCounts(Schema):
    households_inside = fields.Integer(metadata={"description": "Households on the land of the redraw"})
    households_moved = fields.Integer(metadata={"description": "Households that get another area"})
    components_inside = fields.Integer(metadata={"description": "Components on the land of the redraw"})
    components_moved = fields.Integer(metadata={"description": "Components that get another area"})
    open_cases_inside = fields.Integer(metadata={"description": "Open cases on the land of the redraw"})
    open_cases_moved = fields.Integer(metadata={"description": "Open cases that get another area"})
    responsibilities_moved = fields.Integer(
        metadata={"description": "Responsibilities for a new part that workers get from a replaced area"}
    )
    grids_alone = fields.Integer(
        metadata={"description": "Grids without a responsible worker after the redraw"}
    )
    households_alone = fields.Integer(metadata={"description": "Households in these grids"})
    open_cases_alone = fields.Integer(metadata={"description": "Open cases in these grids"})
    roles_moved = fields.Integer(
        metadata={"description": "Roles that end with a retired area and hold in its parts instead"}
    )
    units_moved = fields.Integer(
        metadata={"description": "Units and competences that move from a retired area to its parts"}
    )
    areas_moved = fields.Integer(metadata={"description": "Areas below that get another parent"})


class AreasRedrawn(Schema):
    dry_run = fields.Boolean()
    is_possible = fields.Boolean(
        metadata={"description": "False: a finding is an error, so nothing can be stored"}
    )
    findings = ma.fields.List(
        ma.fields.Nested(Finding), metadata={"description": "Errors, warnings and repairs; empty: none"}
    )
    areas = ma.fields.List(
        ma.fields.Nested(AreaName),
        metadata={"description": "The parts, with the ids that they have or would have"},
    )
    retired = ma.fields.List(
        ma.fields.Nested(AreaName), metadata={"description": "Replaced areas that are not in force any more"}
    )
    counts = ma.fields.Nested(RedrawCounts, metadata={"description": "What the redraw moves"})
