"""Input and documentation of what may be the same matter: told of, joined, linked."""

import marshmallow as ma

from app.core.coordinates import COORDINATE_SYSTEMS
from app.core.enumerations import Enumeration
from app.http import fields
from app.http.smorest import Schema
from app.incidents.cases.schemas.cases import STATUSES, PointOut
from app.profiles.rules.duplicates import WEIGHTS


class Alike(Schema):
    """A report that is about to be made."""

    lon = fields.Longitude(required=True)
    lat = fields.Latitude(required=True)
    coord_sys = fields.Choice(COORDINATE_SYSTEMS, load_default="wgs84")
    category = fields.Words(max_length=64, load_default="unclassified")
    description = fields.Words(max_length=4000, load_default="")
    occurred_at = fields.Instant()


_SILENT = {"description": "0 to 1; null: one of the two says nothing of it"}
Parts = Schema.from_dict(
    {name: fields.Float(allow_none=True, metadata=_SILENT) for name in WEIGHTS}, name="AlikeParts"
)
Weights = Schema.from_dict({name: fields.Float() for name in WEIGHTS}, name="AlikeWeights")


class AlikeCase(Schema):
    id = ma.fields.UUID()
    case_no = ma.fields.String()
    status = fields.Choice(STATUSES)
    category = ma.fields.String()
    description = ma.fields.String()
    location = ma.fields.Nested(PointOut)
    reported_at = ma.fields.DateTime()
    closed_at = ma.fields.DateTime(allow_none=True)
    report_count = fields.Integer()
    reported_by_me = fields.Boolean()
    is_open = fields.Boolean()
    href = ma.fields.String()


class AlikeAct(Schema):
    act = fields.Choice(Enumeration("DuplicateAction", ("join", "merge", "link")))
    path = ma.fields.String(metadata={"description": "POST here"})


class Candidate(Schema):
    score = fields.Float(metadata={"description": "0 to 1: the mean of its parts by their weights"})
    parts = ma.fields.Nested(Parts)
    distance_m = fields.Float()
    age_s = fields.Integer(metadata={"description": "Seconds between the two"})
    incident = ma.fields.Nested(AlikeCase)
    acts = ma.fields.List(ma.fields.Nested(AlikeAct), metadata={"description": "What I may do about it"})


class AlikeRules(Schema):
    radius_m = fields.Float()
    days = fields.Float()
    closed_days = fields.Float()
    score_least = fields.Float()
    weights = ma.fields.Nested(Weights)


class Candidates(Schema):
    items = ma.fields.List(
        ma.fields.Nested(Candidate), metadata={"description": "The likeliest first; of those I may see"}
    )
    rules = ma.fields.Nested(
        AlikeRules, allow_none=True, metadata={"description": "By which they were found"}
    )
