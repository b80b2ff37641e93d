"""Input of positions: coordinate systems, and where a phone says it is."""

import marshmallow as ma

from app.core.coordinates import COORDINATE_SYSTEMS
from app.http import fields
from app.http.smorest import Schema


class ClaimedFix(Schema):
    """The position that the phone claims. `age_s`: age of the fix at the transition, in seconds, for what is sent later."""

    lon = fields.Longitude(required=True)
    lat = fields.Latitude(required=True)
    coord_sys = fields.Choice(COORDINATE_SYSTEMS, load_default="wgs84")
    accuracy_m = fields.Float(validate=ma.validate.Range(0, 100_000), load_default=None, allow_none=True)
    mock = fields.Boolean(load_default=False)
    at = fields.Instant()
    age_s = fields.Float(validate=ma.validate.Range(0, 1_000_000))


PRESENCE_REASON = "Why the fix does not show me at the place"
