"""Request and response schemas of the search for duplicates."""

import marshmallow as ma

from app.core.coordinates import COORDINATE_SYSTEMS
from app.core.enumerations import Enumeration
from app.http import fields
from app.http.smorest import Schema
from app.incidents.cases.schemas.references import STATUSES, PointOut
from app.profiles.rules.duplicates import WEIGHTS


class Alike(Schema):
    """A planned report, to be compared with cases."""

    lon = fields.Longitude(required=True)
    lat = fields.Latitude(required=True)
    coord_sys = fields.Choice(COORDINATE_SYSTEMS, load_default="wgs84")
    category = fields.Words(
        max_length=64,
        load_default="unclassified",
        metadata={
            "description": "Code of the category; left out: unclassified, and the category is not compared"
        },
    )
    description = fields.Words(
        max_length=4000,
        load_default="",
        metadata={"description": "Text of the planned report; empty: the text is not compared"},
    )
    occurred_at = fields.Instant(
        metadata={"description": "When it happened (RFC 3339); left out or in the future: now"}
    )


Parts = Schema.from_dict(
    {
        name: fields.Float(
            allow_none=True,
            metadata={
                "description": f"Similarity by {name}, 0 to 1; null: one of the two has nothing to compare"
            },
        )
        for name in WEIGHTS
    },
    name="AlikeParts",
)
Weights = Schema.from_dict(
    {
        name: fields.Float(metadata={"description": f"Weight of the similarity by {name}, 0 to 100"})
        for name in WEIGHTS
    },
    name="AlikeWeights",
)


class AlikeCase(Schema):
    id = ma.fields.UUID(metadata={"description": "Id of the case"})
    case_no = ma.fields.String()
    status = fields.Choice(STATUSES, metadata={"description": "State of the case"})
    category = ma.fields.String()
    description = ma.fields.String(
        metadata={"description": "Text of the report that opened the case; empty: none was given"}
    )
    location = ma.fields.Nested(
        PointOut,
        metadata={"description": "Place of the case: GeoJSON point in WGS 84 (CRS84: longitude first)"},
    )
    reported_at = ma.fields.DateTime()
    closed_at = ma.fields.DateTime(allow_none=True)
    report_count = fields.Integer(metadata={"description": "Number of reports of the case"})
    reported_by_me = fields.Boolean()
    is_open = fields.Boolean(metadata={"description": "True: the case has not ended"})
    href = ma.fields.String(metadata={"description": "Path of the case in this API"})


class AlikeAct(Schema):
    act = fields.Choice(
        Enumeration(
            "DuplicateAction",
            {
                "join": "add the report to the case that is there",
                "merge": "end this case as a duplicate of the other one",
                "link": "connect the two cases, which stay separate",
            },
        ),
        metadata={
            "description": "join: add a report to the case; merge: end this case as a duplicate; link: connect both"
        },
    )
    path = ma.fields.String(metadata={"description": "Path to which the request is sent with POST"})


class Candidate(Schema):
    score = fields.Float(
        metadata={
            "description": "0 to 1: mean of `parts`, weighted by `rules.weights`; parts that are null have no weight"
        }
    )
    parts = ma.fields.Nested(
        Parts, metadata={"description": "Similarity by distance, category, time and text"}
    )
    distance_m = fields.Float(
        metadata={"description": "Distance between the two places in metres on the spheroid"}
    )
    age_s = fields.Integer(metadata={"description": "Time between the two reports in seconds"})
    incident = ma.fields.Nested(AlikeCase, metadata={"description": "The case that may be the same"})
    acts = ma.fields.List(
        ma.fields.Nested(AlikeAct),
        metadata={"description": "What the caller may do about it, with the path of each; empty: nothing"},
    )


class AlikeRules(Schema):
    radius_m = fields.Float(metadata={"description": "Largest distance of a candidate in metres"})
    days = fields.Float(metadata={"description": "Largest time between the two reports in days"})
    closed_days = fields.Float(
        metadata={"description": "How many days after its end a case is still a candidate"}
    )
    score_least = fields.Float(metadata={"description": "Smallest score of a candidate, 0 to 1"})
    weights = ma.fields.Nested(Weights, metadata={"description": "Weights of the parts of the score"})


class Candidates(Schema):
    items = ma.fields.List(
        ma.fields.Nested(Candidate),
        metadata={"description": "Candidates that the caller may see, highest score first; empty: none"},
    )
    rules = ma.fields.Nested(
        AlikeRules,
        allow_none=True,
        metadata={
            "description": "Rules of the profile by which candidates were searched; null: cases of this kind are not "
            "compared"
        },
    )
