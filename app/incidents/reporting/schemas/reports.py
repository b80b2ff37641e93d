"""Input of a report."""

from typing import ClassVar

import marshmallow as ma

from app.http import fields
from app.http.smorest import Schema
from app.incidents.cases.schemas.positions import COORD_SYS, PRESENCE_REASON, ClaimedFix
from app.profiles.rules.lifecycle import SOURCES


class ReporterIn(Schema):
    """A resident for whom somebody reports; leave out for oneself."""

    name = fields.Words(max_length=100)
    phone = fields.Words(max_length=40)
    anonymous = fields.Boolean(load_default=False)
    may_be_shown_to_handlers = fields.Boolean(load_default=False)


class OnTheSpot(Schema):
    note = fields.Words(max_length=2000, min_length=1, required=True)


class About(Schema):
    kind = ma.fields.String(required=True, validate=ma.validate.OneOf(["worker", "account", "unit"]))
    id = ma.fields.UUID(
        required=True,
        metadata={"description": "Of a worker, of the account of anybody on the staff, or of a unit"},
    )


class ReportIncident(Schema):
    # Warned of only: a number to call back must hold up no report.
    warned_text: ClassVar = ("description",)

    id = ma.fields.UUID(validate=fields.is_uuid7, metadata={"description": "UUIDv7 made by the client"})
    lon = fields.Longitude(required=True)
    lat = fields.Latitude(required=True)
    coord_sys = ma.fields.String(load_default="wgs84", validate=ma.validate.OneOf(COORD_SYS))
    accuracy_m = fields.Float(validate=ma.validate.Range(0, 100_000), allow_none=True)
    category = fields.Words(max_length=64, load_default="unclassified")
    description = fields.Words(max_length=4000, load_default="")
    occurred_at = fields.Instant()
    attributes = fields.Attributes(
        keys=ma.fields.String(), load_default=dict, validate=ma.validate.Length(max=50)
    )
    reporter = ma.fields.Nested(ReporterIn)
    about = ma.fields.Nested(About)
    component_id = ma.fields.UUID(
        metadata={"description": "The component it is about; else the nearest of its class is found"}
    )
    handled_on_the_spot = ma.fields.Nested(
        OnTheSpot,
        metadata={
            "description": "I have put it right already. It counts as handled by me in any grid of a jurisdiction in which I "
            "am a grid worker, if the category's rules have `on_the_spot`; else `warnings` says why not"
        },
    )
    source = ma.fields.String(
        validate=ma.validate.OneOf([source for source in SOURCES if source != "import"]),
        metadata={"description": "Where it comes from; left out: `public` with a reporter, else `worker`"},
    )
    fix = ma.fields.Nested(ClaimedFix, metadata={"description": "Where I am as I report"})
    presence_reason = fields.Words(max_length=500, metadata={"description": PRESENCE_REASON})
