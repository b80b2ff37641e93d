"""Shapes that boards, statistics, grids and signals share: a count with its members, an area, a page."""

import marshmallow as ma

from app.http import fields
from app.http.smorest import Schema
from app.settings import Settings

LIMITS = Settings()


class Figure(Schema):
    count = fields.Integer()
    members = ma.fields.String(metadata={"description": "Path of the listing of exactly what was counted"})


class BoardArea(Schema):
    id = ma.fields.UUID()
    code = ma.fields.String()
    name = ma.fields.Nested(fields.Named)
    level = ma.fields.String()


class Page(Schema):
    limit = fields.Integer(
        load_default=LIMITS.page_limit_default, validate=ma.validate.Range(1, LIMITS.page_limit_max)
    )
    cursor = fields.Cursor()
