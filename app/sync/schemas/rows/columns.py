"""Functions that return the schema fields of rows in a pull.

The argument `patch` has the names of those fields of a pushed `patch` that change the field of the row. These names are in
the API document as `x-patch`.
"""

from collections.abc import Sequence
from typing import Any

import marshmallow as ma

from app.core.coordinates import CoordSys
from app.core.enumerations import Enumeration
from app.http import fields
from app.http.smorest import Schema


def _options(description: str, null: str | None, patch: Sequence[str]) -> dict[str, Any]:
    ending = f" Null: {null}." if null is not None else ""
    metadata: dict[str, Any] = {"description": f"{description}.{ending}"}
    if patch:
        metadata["x-patch"] = list(patch)
    return {"required": True, "allow_none": null is not None, "metadata": metadata}


def id_of(description: str, *, null: str | None = None, patch: Sequence[str] = ()) -> ma.fields.UUID:
    """Return the schema field of an id."""
    return ma.fields.UUID(**_options(description, null, patch))


def text(description: str, *, null: str | None = None, patch: Sequence[str] = ()) -> ma.fields.String:
    """Return the schema field of a text."""
    return ma.fields.String(**_options(description, null, patch))


def code(
    choices: Enumeration, description: str, *, null: str | None = None, patch: Sequence[str] = ()
) -> fields.Choice:
    """Return the schema field of a code, one of `choices`."""
    return fields.Choice(choices, **_options(description, null, patch))


def instant(description: str, *, null: str | None = None, patch: Sequence[str] = ()) -> ma.fields.DateTime:
    """Return the schema field of an instant."""
    return ma.fields.DateTime(**_options(description, null, patch))


def day(description: str, *, null: str | None = None, patch: Sequence[str] = ()) -> ma.fields.Date:
    """Return the schema field of a day."""
    return ma.fields.Date(**_options(description, null, patch))


def integer(description: str, *, null: str | None = None, patch: Sequence[str] = ()) -> fields.Integer:
    """Return the schema field of an integer."""
    return fields.Integer(**_options(description, null, patch))


def number(description: str, *, null: str | None = None, patch: Sequence[str] = ()) -> fields.Float:
    """Return the schema field of a number."""
    return fields.Float(**_options(description, null, patch))


def flag(description: str, *, null: str | None = None, patch: Sequence[str] = ()) -> fields.Boolean:
    """Return the schema field of a boolean."""
    return fields.Boolean(**_options(description, null, patch))


def json_object(description: str, *, null: str | None = None) -> ma.fields.Dict:
    """Return the schema field of a JSON object."""
    return ma.fields.Dict(**_options(description, null, ()))


def list_of(item: ma.fields.Field[Any], description: str, *, null: str | None = None) -> ma.fields.List:
    """Return the schema field of a list."""
    return ma.fields.List(item, **_options(description, null, ()))


def part(
    schema: type[ma.Schema], description: str, *, null: str | None = None, patch: Sequence[str] = ()
) -> ma.fields.Nested:
    """Return the schema field of an object with its own schema."""
    return ma.fields.Nested(schema, **_options(description, null, patch))


def parts(schema: type[ma.Schema], description: str, *, null: str | None = None) -> ma.fields.List:
    """Return the schema field of a list of objects with their own schema."""
    return list_of(ma.fields.Nested(schema), description, null=null)


def name(description: str = "Name in Chinese and English") -> ma.fields.Nested:
    """Return the schema field of a name in Chinese and English."""
    return part(fields.Named, description)


class RowPoint(Schema):
    """A GeoJSON point in WGS 84 (EPSG:4326)."""

    type = ma.fields.String(
        required=True, validate=ma.validate.Equal("Point"), metadata={"description": "Always Point"}
    )
    coordinates = ma.fields.List(
        fields.Float(),
        required=True,
        validate=ma.validate.Length(equal=2),
        metadata={"description": f"Longitude, then latitude, in degrees, {CoordSys.WGS84}, 7 decimals."},
    )


class RowPerson(Schema):
    """A worker or an account, by name."""

    id = id_of("Id of the worker or account")
    name = text("Name")


class RowMedia(Schema):
    """A photo or a voice note of a case or a visit; its file is fetched by id."""

    id = id_of("Id of the file: `GET /media/{id}`")
    kind = text("`photo`, `voice` or `reference`")
    state = text("`uploading`, `received`, `ready` or `refused`")
    content_type = text("Media type of the file", null="it is not known before all of it has arrived")
