"""Input and documentation of acts over many domains."""

import marshmallow as ma

from app.areas.schemas import POLYGONS, AreaName, Finding
from app.http import fields
from app.http.free_text import FreeText
from app.http.smorest import Schema
from app.workforce.schemas.roster import CoverGap, RosterGrid
from app.workforce.schemas.substitutes import SubstitutionOut


class SubstituteWorker(FreeText):
    free_text = ("reason",)

    substitute_id = ma.fields.UUID(required=True)
    since = fields.Instant(metadata={"description": "Now, if left out"})
    until = fields.Instant(required=True, metadata={"description": "At most 366 days after since"})
    grid_ids = ma.fields.List(
        ma.fields.UUID(),
        validate=ma.validate.Length(min=1, max=200),
        metadata={"description": "All of hers in my reach, if left out"},
    )
    reason = fields.Words(
        max_length=500, metadata={"description": "Shown to whoever enters it and to the absent worker only"}
    )
    hours = fields.Words(
        max_length=11, metadata={"description": "Local hours that count as gaps: 08:00-18:00"}
    )
    hand_over = ma.fields.Boolean(
        load_default=False, metadata={"description": "Ask the substitute to take her accepted cases now"}
    )


class HandedCase(Schema):
    id = ma.fields.UUID()
    case_no = ma.fields.String()
    status = ma.fields.String()
    category = ma.fields.String()
    due_at = fields.Instant(allow_none=True)
    role = ma.fields.String(validate=ma.validate.OneOf(["verify", "handle", "check", "second"]))


class KeptCase(HandedCase):
    reason = ma.fields.String(
        allow_none=True, metadata={"description": "The rule that keeps it, if asked for"}
    )


class GridGaps(Schema):
    grid = ma.fields.Nested(RosterGrid)
    gaps = ma.fields.List(ma.fields.Nested(CoverGap))


class WorkerSubstituted(Schema):
    substitution = ma.fields.Nested(SubstitutionOut)
    gaps = ma.fields.List(
        ma.fields.Nested(GridGaps),
        metadata={"description": "When nobody is planned all the same, in the first 31 days"},
    )
    offers_passed_on = ma.fields.Integer()
    handed_over = ma.fields.List(ma.fields.Nested(HandedCase))
    kept = ma.fields.List(
        ma.fields.Nested(KeptCase), metadata={"description": "Accepted work that stays hers"}
    )


class RedrawnArea(Schema):
    """A part. With the id of a replaced area it is that area's next version; else it is a new area."""

    id = ma.fields.UUID(load_default=None, allow_none=True, validate=fields.is_uuid7)
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
    dry_run = ma.fields.Boolean(load_default=False)


class RedrawCounts(Schema):
    households_inside = ma.fields.Integer()
    households_moved = ma.fields.Integer()
    components_inside = ma.fields.Integer()
    components_moved = ma.fields.Integer()
    open_cases_inside = ma.fields.Integer()
    open_cases_moved = ma.fields.Integer()
    responsibilities_moved = ma.fields.Integer(
        metadata={"description": "Responsibilities for a part that workers have from an area it replaces"}
    )
    grids_alone = ma.fields.Integer(metadata={"description": "Grids that nobody looks after then"})
    households_alone = ma.fields.Integer(metadata={"description": "Households in those grids"})
    open_cases_alone = ma.fields.Integer(metadata={"description": "Open cases in those grids"})
    roles_moved = ma.fields.Integer()
    units_moved = ma.fields.Integer()
    areas_moved = ma.fields.Integer()


class AreasRedrawn(Schema):
    dry_run = ma.fields.Boolean()
    is_possible = ma.fields.Boolean()
    findings = ma.fields.List(ma.fields.Nested(Finding))
    areas = ma.fields.List(ma.fields.Nested(AreaName))
    retired = ma.fields.List(ma.fields.Nested(AreaName))
    counts = ma.fields.Nested(RedrawCounts)
