"""Input and documentation of absences."""

import marshmallow as ma

from app.http import fields
from app.http.smorest import Schema
from app.workforce.schemas.people import Page


class SubstitutionFilter(Page):
    worker_id = ma.fields.UUID(metadata={"description": "The absent worker, or the one who stands in"})
    area_id = ma.fields.UUID(
        attribute="within", metadata={"description": "Absences of workers in and under this area"}
    )
    current = fields.Boolean(
        data_key="current",
        attribute="is_current",
        load_default=True,
        metadata={"description": "false: also past and future ones"},
    )


class EndSubstitution(Schema):
    at = fields.Instant(metadata={"description": "Now, if left out"})


class SubstitutionPerson(Schema):
    id = ma.fields.UUID()
    name = ma.fields.String()


class SubstitutionOut(Schema):
    id = ma.fields.UUID()
    kind = ma.fields.String(validate=ma.validate.Equal("absent"))
    worker = ma.fields.Nested(SubstitutionPerson)
    substitute = ma.fields.Nested(SubstitutionPerson)
    since = ma.fields.String(allow_none=True)
    until = ma.fields.String(allow_none=True)
    reason = ma.fields.String(
        allow_none=True, metadata={"description": "Only for whoever entered it, and for the absent worker"}
    )
    version = fields.Integer()


class SubstitutionPage(Schema):
    items = ma.fields.List(ma.fields.Nested(SubstitutionOut))
    next = ma.fields.String(allow_none=True)
