"""Query parameters of keyset pages."""

import marshmallow as ma

from app.http import fields
from app.http.smorest import Schema
from app.settings import Settings

LIMITS = Settings()


class Page(Schema):
    limit = fields.Integer(
        load_default=LIMITS.page_limit_default, validate=ma.validate.Range(1, LIMITS.page_limit_max)
    )
    cursor = fields.Cursor()
