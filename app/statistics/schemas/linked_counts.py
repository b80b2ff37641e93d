"""Schemas shared by boards, statistics, grids and signals: linked count, area, page."""

import marshmallow as ma

from app.http import fields
from app.http.smorest import Schema
from app.settings import Settings

LIMITS = Settings()


class Figure(Schema):
    count = fields.Integer(metadata={"description": "Number of what was counted"})
    members = ma.fields.String(metadata={"description": "Path of the list of exactly what was counted"})


class BoardArea(Schema):
    id = ma.fields.UUID()
    code = ma.fields.String(metadata={"description": "Code of the area"})
    name = ma.fields.Nested(fields.Named, metadata={"description": "Name of the area"})
    level = ma.fields.String(
        metadata={"description": "Level of the area: district, street, community or grid"}
    )


class Page(Schema):
    limit = fields.Integer(
        load_default=LIMITS.page_limit_default, validate=ma.validate.Range(1, LIMITS.page_limit_max)
    )
    cursor = fields.Cursor()
