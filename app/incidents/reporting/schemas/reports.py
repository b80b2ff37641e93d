"""Input of a report."""

from typing import ClassVar

import marshmallow as ma

from app.core.coordinates import COORDINATE_SYSTEMS
from app.core.enumerations import Enumeration
from app.http import fields
from app.http.smorest import Schema
from app.incidents.cases.schemas.positions import PRESENCE_REASON, ClaimedFix
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
    kind = fields.Choice(Enumeration("SubjectKind", ("worker", "account", "unit")), required=True)
    id = ma.fields.UUID(
        required=True,
        metadata={"description": "Of a worker, of the account of anybody on the staff, or of a unit"},
    )


class ReportIncident(Schema):
    # Warned of only: a number to call back must hold up no report.
    warned_text: ClassVar = ("description",)

    id = fields.Uuid7()
    lon = fields.Longitude(required=True)
    lat = fields.Latitude(required=True)
    coord_sys = fields.Choice(COORDINATE_SYSTEMS, load_default="wgs84")
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
    source = fields.Choice(
        Enumeration("ReportSource", (source for source in SOURCES if source != "import")),
        metadata={"description": "Where it comes from; left out: `public` with a reporter, else `worker`"},
    )
    fix = ma.fields.Nested(ClaimedFix, metadata={"description": "Where I am as I report"})
    presence_reason = fields.Words(max_length=500, metadata={"description": PRESENCE_REASON})
