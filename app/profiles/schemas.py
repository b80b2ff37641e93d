"""Input and documentation of profiles, jurisdictions and categories."""

from typing import Any, ClassVar

import marshmallow as ma

from app.core.enumerations import Enumeration
from app.http import fields
from app.http.free_text import FreeText
from app.http.smorest import Schema

LEVELS = ("district", "street", "community", "grid")
POLYGONS = frozenset({"Polygon", "MultiPolygon"})


class ProfileNumber(Schema):
    number = fields.Integer()
    in_force_from = ma.fields.String()


class JurisdictionOut(Schema):
    id = ma.fields.UUID()
    code = ma.fields.String()
    name = ma.fields.Nested(fields.Named)
    root_unit_id = ma.fields.UUID()
    version = fields.Integer()
    profile = ma.fields.Nested(ProfileNumber)


class JurisdictionList(Schema):
    items = ma.fields.List(ma.fields.Nested(JurisdictionOut))


class ProfileOut(ProfileNumber):
    id = ma.fields.UUID()
    data = ma.fields.Dict()


class PublishProfile(FreeText):
    """A new version: the answer of reading one, with `data` changed, is taken as it is."""

    free_text = ("reason",)

    data = ma.fields.Dict(required=True, metadata={"description": "A whole jurisdiction profile"})
    in_force_from = fields.Instant(
        load_default=None,
        allow_none=True,
        metadata={
            "description": "From when it holds; left out, or the past instant of the version that was read: at once"
        },
    )
    reason = fields.Words(
        min_length=4, max_length=200, metadata={"description": "Why; kept in the audit trail"}
    )
    id = ma.fields.UUID(metadata={"description": "Of the version that was read; as `number`"})
    number = fields.Integer(
        metadata={
            "description": "Of the version that was read: 412 if there is a newer one, as with If-Match"
        },
    )
    state = ma.fields.String(metadata={"description": "As it was read; not looked at"})
    in_force_until = ma.fields.String(
        allow_none=True, metadata={"description": "As it was read; not looked at"}
    )

    @ma.post_load
    def drop_derived(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        return {name: value for name, value in data.items() if name not in ("state", "in_force_until")}


class ProfileVersionsQuery(Schema):
    limit = fields.Integer(load_default=50, validate=ma.validate.Range(1, 200))
    cursor = fields.Cursor()


class ProfileVersionOut(ProfileNumber):
    id = ma.fields.UUID()
    state = fields.Choice(
        Enumeration("ProfileVersionState", ("past", "in_force", "scheduled", "superseded")),
        metadata={"description": "superseded: a newer one holds from before it would have"},
    )
    in_force_until = ma.fields.String(allow_none=True)


class ProfileVersionPage(Schema):
    items = ma.fields.List(ma.fields.Nested(ProfileVersionOut))
    next = ma.fields.String(allow_none=True)


class WholeProfileVersion(ProfileVersionOut):
    data = ma.fields.Dict()


class ProfileDiffQuery(Schema):
    to = fields.Integer(
        required=True,
        validate=ma.validate.Range(1, 2_147_483_647),
        metadata={"description": "The number of the version to compare with"},
    )


class ProfileChange(Schema):
    kind = ma.fields.String(
        metadata={"description": "Such as category_added, limit_changed, rest_days_removed, weight_changed"}
    )
    pointer = ma.fields.String(
        metadata={
            "description": "JSON pointer into the version `to`; of what was removed: into the other one"
        }
    )
    subject = ma.fields.List(
        ma.fields.String(), metadata={"description": "Codes of what it is about, from the outermost"}
    )
    old = ma.fields.Raw(allow_none=True)
    new = ma.fields.Raw(allow_none=True)
    sentence = ma.fields.Nested(fields.Named)


class ProfileDiff(Schema):
    jurisdiction = ma.fields.String()
    number = fields.Integer()
    to = fields.Integer()
    items = ma.fields.List(ma.fields.Nested(ProfileChange))


class CategoryFilter(Schema):
    jurisdiction = fields.Words(max_length=64)


class CategoryOut(Schema):
    code = ma.fields.String()
    name = ma.fields.Nested(fields.Named)
    kind = ma.fields.String()
    handled_by = ma.fields.String()
    on_the_spot = fields.Boolean()
    conduct = fields.Boolean()
    urgent = fields.Boolean()
    confidential = fields.Boolean()
    skills = ma.fields.List(ma.fields.String())
    priority = fields.Integer()
    conditions = ma.fields.List(ma.fields.Dict())

    class Meta:
        include: ClassVar = {"class": ma.fields.Nested(fields.Named)}


class CategoryList(Schema):
    jurisdiction = ma.fields.String()
    taxonomy_version = ma.fields.String()
    profile_number = fields.Integer()
    items = ma.fields.List(ma.fields.Nested(CategoryOut))
