"""Schemas of the release of cases to the public."""

import marshmallow as ma

from app.core.enumerations import Enumeration
from app.http import fields
from app.http.free_text import FreeText
from app.http.smorest import Schema
from app.public.rules.door import PHOTOS_MAX, WORDS_MAX

PUBLICITIES = Enumeration(
    "Publicity",
    {
        "public": "the case, with words and photos that a person released",
        "public_without_photo": "the case, with words that a person released",
        "not_public": "nothing",
    },
)


class ReleaseIn(FreeText):
    """The decision about a case: released words and photos, or hidden."""

    free_text = ("words",)

    words = fields.Words(
        max_length=WORDS_MAX,
        allow_none=True,
        load_default=None,
        metadata={"description": "Words for everybody; null: none. They may differ from those of the report"},
    )
    photo_ids = ma.fields.List(
        ma.fields.UUID(),
        load_default=list,
        validate=ma.validate.Length(max=PHOTOS_MAX),
        metadata={"description": "Ids of processed photos of the case for everybody; empty: none"},
    )
    is_hidden = fields.Boolean(
        load_default=False,
        metadata={
            "description": "True: the case is shown to nobody without an account, except by the links of its reporters"
        },
    )


class ReleaseOut(Schema):
    incident_id = ma.fields.UUID(metadata={"description": "Id of the case"})
    publicity = fields.Choice(
        PUBLICITIES, metadata={"description": "What the profile in force lets people without an account see"}
    )
    is_public = fields.Boolean(metadata={"description": "True: the case is shown to everybody"})
    is_hidden = fields.Boolean(metadata={"description": "True: a person has hidden the case"})
    words = ma.fields.String(allow_none=True, metadata={"description": "The released words; null: none"})
    photo_ids = ma.fields.List(ma.fields.UUID(), metadata={"description": "The released photos; empty: none"})
    proposed_words = ma.fields.String(
        metadata={"description": "Words of the report, without telephone numbers and e-mail addresses"}
    )
    available_photo_ids = ma.fields.List(
        ma.fields.UUID(), metadata={"description": "Photos of the case that can be released; empty: none"}
    )
    updated_at = ma.fields.DateTime(
        allow_none=True, metadata={"description": "Last decision about the case; null: there was none"}
    )
