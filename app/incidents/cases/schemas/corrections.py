"""Request schemas of corrections of a case."""

import marshmallow as ma

from app.core.coordinates import COORDINATE_SYSTEMS
from app.http import fields
from app.http.free_text import FreeText


class MapCorrection(FreeText):
    """Corrections of a case by a map client (OGC API Features).

    Unlike `IncidentPatch` it never requires `note` (the reason), because map clients have no field for it.
    """

    free_text = ("note",)

    category = fields.Words(
        max_length=64,
        min_length=1,
        metadata={
            "description": "Code of the new category; it must be in the profile that applies to the case"
        },
    )
    lon = fields.Longitude()
    lat = fields.Latitude()
    coord_sys = fields.Choice(COORDINATE_SYSTEMS, load_default="wgs84")
    component_id = ma.fields.UUID(
        allow_none=True,
        metadata={
            "description": "Component that the case is about; null: none; left out: found again after a new category "
            "or place"
        },
    )
    owner_unit_id = ma.fields.UUID(
        metadata={"description": "Unit that owns the case from now on, by decision of a person; needs `note`"}
    )
    note = fields.Words(
        max_length=2000,
        load_default=None,
        allow_none=True,
        metadata={
            "description": "Why; needed for another category, place or owning unit. Stored in the history of the case"
        },
    )

    @ma.validates_schema
    def place_whole(self, data: dict[str, object], **_: object) -> None:
        if ("lon" in data) != ("lat" in data):
            raise ma.ValidationError("required", "lat" if "lon" in data else "lon")


class IncidentPatch(MapCorrection):
    """Corrections of a case; its reports stay unchanged."""

    @ma.validates_schema
    def says_why(self, data: dict[str, object], **_: object) -> None:
        """Require a note for another category or place.

        Deadlines, owner and dispatch of a case depend on its category and place.
        """
        if ("category" in data or "lon" in data) and not data.get("note"):
            raise ma.ValidationError("required", "note")
