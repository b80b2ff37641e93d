"""Request schemas of a report."""

from typing import ClassVar

import marshmallow as ma

from app.core.coordinates import COORDINATE_SYSTEMS
from app.core.enumerations import Enumeration
from app.http import fields
from app.http.smorest import Schema
from app.incidents.cases.schemas.positions import PRESENCE_REASON, ClaimedFix
from app.places.rules import SEARCH_MAX, SEARCH_MIN
from app.profiles.rules.lifecycle import SOURCES


class ReporterIn(Schema):
    """The person for whom the caller reports."""

    name = fields.Words(max_length=100, metadata={"description": "Name of the person who reports"})
    phone = fields.Words(
        max_length=40, metadata={"description": "Telephone number of the person who reports"}
    )
    anonymous = fields.Boolean(
        load_default=False, metadata={"description": "True: name and telephone number are not stored"}
    )
    may_be_shown_to_handlers = fields.Boolean(
        load_default=False,
        metadata={"description": "True: the person agrees that handlers may read name and telephone number"},
    )


class OnTheSpot(Schema):
    note = fields.Words(
        max_length=2000, min_length=1, required=True, metadata={"description": "What was done at the place"}
    )


class About(Schema):
    kind = fields.Choice(
        Enumeration(
            "SubjectKind",
            {
                "worker": "a worker",
                "account": "another person with an account",
                "unit": "a unit",
            },
        ),
        required=True,
        metadata={"description": "Kind of the subject: a worker, another person with an account, or a unit"},
    )
    id = ma.fields.UUID(
        required=True, metadata={"description": "Id of the worker, of the account or of the unit"}
    )


class ReportContent(Schema):
    """Fields of every report: place, time, text, and the resident on whose behalf it is made."""

    lon = fields.Longitude(required=True)
    lat = fields.Latitude(required=True)
    coord_sys = fields.Choice(COORDINATE_SYSTEMS, load_default="wgs84")
    accuracy_m = fields.Float(validate=ma.validate.Range(0, 100_000), allow_none=True)
    description = fields.Words(
        max_length=4000, load_default="", metadata={"description": "What the reporter sees, in free text"}
    )
    occurred_at = fields.Instant(
        metadata={"description": "When it happened (RFC 3339); left out: when the server receives the report"}
    )
    attributes = fields.Attributes(
        keys=ma.fields.String(), load_default=dict, validate=ma.validate.Length(max=50)
    )
    reporter = ma.fields.Nested(
        ReporterIn,
        metadata={"description": "The person for whom the caller reports; left out: the caller reports"},
    )


class ReportAtPoint(ReportContent):
    """A report with coordinates, as a phone or a map sends it."""

    # A telephone number causes only a warning, since no report is refused for the number of its reporter.
    warned_text: ClassVar = ("description",)

    id = fields.Uuid7(
        metadata={
            "description": "Id of the report and of its case, a UUIDv7 made by the client; left out: the server makes one"
        }
    )
    category = fields.Words(
        max_length=64,
        load_default="unclassified",
        metadata={
            "description": "Code of the category; a code that the profile lacks is stored as unclassified. The case gets the "
            "limits of the first of the category's `conditions`"
        },
    )
    about = ma.fields.Nested(
        About,
        metadata={
            "description": "Person or unit that the report complains of; that person or unit does not see the case"
        },
    )
    component_id = ma.fields.UUID(
        metadata={
            "description": "Component that the case is about; left out: the nearest one of the category within 20 m"
        }
    )
    handled_on_the_spot = ma.fields.Nested(
        OnTheSpot,
        metadata={
            "description": "The reporter has solved it at once. It counts as handled if the category has `on_the_spot` and "
            "the reporter is a grid worker of the jurisdiction; else `warnings` has the reason"
        },
    )
    source = fields.Choice(
        Enumeration(
            "ReportSource", {source: text for source, text in SOURCES.meanings.items() if source != "import"}
        ),
        metadata={"description": "Source of the report; left out: `public` with `reporter`, else `worker`"},
    )
    fix = ma.fields.Nested(
        ClaimedFix, metadata={"description": "Position of the device when the report is made"}
    )
    presence_reason = fields.Words(max_length=500, metadata={"description": PRESENCE_REASON})


class ReportIncident(ReportAtPoint):
    """A report whose place may be typed: as coordinates, as a found place or as a text."""

    lon = fields.Longitude()
    lat = fields.Latitude()
    place_id = ma.fields.UUID(
        metadata={"description": "Id of a place from `GET /places/search`, in place of `lon` and `lat`"}
    )
    place = fields.Words(
        min_length=SEARCH_MIN,
        max_length=SEARCH_MAX,
        metadata={
            "description": "Address or landmark as text, in place of `lon` and `lat`; refused with `place_unknown` or "
            "`place_ambiguous` unless it names one place"
        },
    )

    @ma.validates_schema
    def validate_place(self, data: dict[str, object], **_: object) -> None:
        """Raise ValidationError unless the place is given in exactly one way."""
        ways = [way for way in ("place_id", "place") if way in data]
        if len(ways) > 1 or (ways and ("lon" in data or "lat" in data)):
            raise ma.ValidationError("one_of_two", ways[0])
        if not ways:
            missing = [side for side in ("lon", "lat") if side not in data]
            if missing:
                raise ma.ValidationError({side: ["required"] for side in missing})
