"""Input and documentation of the redraw of areas."""

import marshmallow as ma

from app.areas.schemas import POLYGONS, AreaName, Finding
from app.http import fields
from app.http.free_text import FreeText
from app.http.smorest import Schema


class RedrawnArea(Schema):
    """A part. With the id of a replaced area it is that area's next version; else it is a new area."""

    id = fields.Uuid7(load_default=None, allow_none=True)
    code = fields.Words(max_length=64, min_length=1, required=True)
    name = ma.fields.Nested(fields.Named, required=True)
    geometry = fields.Geometry(kinds=POLYGONS, required=True)


class RedrawAreas(FreeText):
    """Siblings redrawn together: a split, a merge, or a boundary moved."""

    free_text = ("reason",)

    parent_id = ma.fields.UUID(required=True, allow_none=True)
    replaces = ma.fields.List(ma.fields.UUID(), required=True, validate=ma.validate.Length(min=1, max=200))
    parts = ma.fields.List(
        ma.fields.Nested(RedrawnArea),
        data_key="areas",
        required=True,
        validate=ma.validate.Length(min=1, max=200),
    )
    reason = fields.Words(max_length=1000, min_length=1, required=True)


class RedrawQuery(Schema):
    dry_run = fields.Boolean(load_default=False)


class RedrawCounts(Schema):
    households_inside = fields.Integer()
    households_moved = fields.Integer()
    components_inside = fields.Integer()
    components_moved = fields.Integer()
    open_cases_inside = fields.Integer()
    open_cases_moved = fields.Integer()
    responsibilities_moved = fields.Integer(
        metadata={"description": "Responsibilities for a part that workers have from an area it replaces"}
    )
    grids_alone = fields.Integer(metadata={"description": "Grids that nobody looks after then"})
    households_alone = fields.Integer(metadata={"description": "Households in those grids"})
    open_cases_alone = fields.Integer(metadata={"description": "Open cases in those grids"})
    roles_moved = fields.Integer()
    units_moved = fields.Integer()
    areas_moved = fields.Integer()


class AreasRedrawn(Schema):
    dry_run = fields.Boolean()
    is_possible = fields.Boolean()
    findings = ma.fields.List(ma.fields.Nested(Finding))
    areas = ma.fields.List(ma.fields.Nested(AreaName))
    retired = ma.fields.List(ma.fields.Nested(AreaName))
    counts = ma.fields.Nested(RedrawCounts)
