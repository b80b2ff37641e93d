"""Input and documentation of substitutions."""

import marshmallow as ma

from app.core.enumerations import Enumeration
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
    hand_over = fields.Boolean(
        load_default=False, metadata={"description": "Ask the substitute to take her accepted cases now"}
    )


class HandedCase(Schema):
    id = ma.fields.UUID()
    case_no = ma.fields.String()
    status = ma.fields.String()
    category = ma.fields.String()
    due_at = fields.Instant(allow_none=True)
    role = fields.Choice(Enumeration("HandoverRole", ("verify", "handle", "check", "second")))


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
    offers_passed_on = fields.Integer()
    handed_over = ma.fields.List(ma.fields.Nested(HandedCase))
    kept = ma.fields.List(
        ma.fields.Nested(KeptCase), metadata={"description": "Accepted work that stays hers"}
    )
