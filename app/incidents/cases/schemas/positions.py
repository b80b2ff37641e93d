"""Request schemas of the position that a device reports."""

import marshmallow as ma

from app.core.coordinates import COORDINATE_SYSTEMS
from app.http import fields
from app.http.smorest import Schema


class ClaimedFix(Schema):
    """Position that the device reports. `age_s`: its age at the step in seconds, for steps that are sent later."""

    lon = fields.Longitude(required=True)
    lat = fields.Latitude(required=True)
    coord_sys = fields.Choice(COORDINATE_SYSTEMS, load_default="wgs84")
    accuracy_m = fields.Float(validate=ma.validate.Range(0, 100_000), load_default=None, allow_none=True)
    mock = fields.Boolean(
        load_default=False,
        metadata={"description": "True: the device reports that the position is simulated"},
    )
    at = fields.Instant(
        metadata={
            "description": "When the device measured the position (RFC 3339); left out: at the time of the step"
        }
    )
    age_s = fields.Float(
        validate=ma.validate.Range(0, 1_000_000),
        metadata={
            "description": "Age of the position at the time of the step, in seconds; takes precedence over `at`"
        },
    )


PRESENCE_REASON = "Why the position does not show the worker at the place"
