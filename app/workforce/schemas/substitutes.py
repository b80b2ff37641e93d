"""Schemas of substitutions."""

import marshmallow as ma

from app.http import fields
from app.http.smorest import Schema
from app.workforce.schemas.people import Page


class SubstitutionFilter(Page):
    worker_id = ma.fields.UUID(
        metadata={"description": "Only substitutions of this worker, absent or substitute"}
    )
    area_id = ma.fields.UUID(
        attribute="within", metadata={"description": "Only those of workers in this area or below it"}
    )
    current = fields.Boolean(
        data_key="current",
        attribute="is_current",
        load_default=True,
        metadata={"description": "False: also past and future ones"},
    )


class EndSubstitution(Schema):
    at = fields.Instant(metadata={"description": "When it ends (RFC 3339); absent: now"})


class SubstitutionPerson(Schema):
    id = ma.fields.UUID(metadata={"description": "Id of the worker"})
    name = ma.fields.String(metadata={"description": "Name of the worker"})


class SubstitutionOut(Schema):
    id = ma.fields.UUID(metadata={"description": "Id of the substitution"})
    kind = ma.fields.String(validate=ma.validate.Equal("absent"), metadata={"description": "Always `absent`"})
    worker = ma.fields.Nested(SubstitutionPerson, metadata={"description": "The absent worker"})
    substitute = ma.fields.Nested(SubstitutionPerson, metadata={"description": "The substitute"})
    since = ma.fields.String(allow_none=True, metadata={"description": "From when (RFC 3339)"})
    until = ma.fields.String(allow_none=True, metadata={"description": "Until when (RFC 3339)"})
    reason = ma.fields.String(
        allow_none=True, metadata={"description": "Why; null: none given, or the caller may not see it"}
    )
    version = fields.Integer()


class SubstitutionPage(Schema):
    items = ma.fields.List(ma.fields.Nested(SubstitutionOut))
    next = ma.fields.String(allow_none=True)
