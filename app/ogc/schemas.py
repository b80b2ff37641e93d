"""Validation of features by the schemas of the domains that own them."""

from typing import Any

import marshmallow as ma

from app.areas.schemas import POLYGONS
from app.components.schemas import ComponentPatch, RegisterComponent
from app.core.errors import Invalid
from app.core.ids import uuid7
from app.households.schemas.premises import AddPremises, PremisesPatch
from app.http import fields
from app.http.messages import field_errors
from app.http.smorest import Schema
from app.incidents.schemas import MapCorrection, ReportAtPoint


class AreaChange(Schema):
    """Properties that a redraw of one area may set."""

    code = fields.Words(max_length=64, min_length=1)
    name = ma.fields.Nested(fields.Named)
    geometry = fields.Geometry(kinds=POLYGONS)


_NEW: dict[str | None, ma.Schema] = {
    "components": RegisterComponent(),
    "incidents": ReportAtPoint(),
    "premises": AddPremises(),
}
_CHANGED: dict[str | None, ma.Schema] = {
    "areas": AreaChange(),
    "components": ComponentPatch(),
    "incidents": MapCorrection(),
    "premises": PremisesPatch(),
}


def read_new(edits: str | None, facts: dict[str, Any]) -> dict[str, Any]:
    """Validate the fields of a new feature with the schema of its domain, and add a new id."""
    return _load(_NEW[edits], facts | {"id": str(uuid7())})


def read_change(edits: str | None, facts: dict[str, Any]) -> dict[str, Any]:
    """Validate the changed fields of a feature. Missing fields do not get their defaults."""
    loaded = _load(_CHANGED[edits], facts)
    return {name: value for name, value in loaded.items() if name in facts}


def _load(schema: ma.Schema, facts: dict[str, Any]) -> dict[str, Any]:
    try:
        loaded: dict[str, Any] = schema.load(facts)
    except ma.ValidationError as error:
        raise Invalid(
            "validation_failed", extra={"errors": field_errors(error.normalized_messages())}
        ) from None
    return loaded
