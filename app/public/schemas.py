"""Schemas of the release of cases to the public."""

import marshmallow as ma

from app.core.enumerations import Enumeration
from app.http import fields
from app.http.free_text import FreeText
from app.http.smorest import Schema
from app.incidents.cases.schemas.references import STATUSES
from app.media.rules.tus import KINDS as MEDIA_KINDS
from app.media.service import BOXES_MAX
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


class BoxSchema(Schema):
    """A black box on a photo, in shares of its width and height; the corner is the upper left one."""

    left = fields.Float(
        required=True,
        validate=ma.validate.Range(0, 1),
        metadata={"description": "Left edge: 0 is that of the photo"},
    )
    top = fields.Float(
        required=True,
        validate=ma.validate.Range(0, 1),
        metadata={"description": "Upper edge: 0 is that of the photo"},
    )
    width = fields.Float(
        required=True,
        validate=ma.validate.Range(0, 1, min_inclusive=False),
        metadata={"description": "Width: 1 is that of the photo"},
    )
    height = fields.Float(
        required=True,
        validate=ma.validate.Range(0, 1, min_inclusive=False),
        metadata={"description": "Height: 1 is that of the photo"},
    )


class RedactionIn(Schema):
    boxes = ma.fields.List(
        ma.fields.Nested(BoxSchema),
        required=True,
        validate=ma.validate.Length(max=BOXES_MAX),
        metadata={
            "description": "All black boxes of the photo. Parts outside the photo are cut off. Empty: none"
        },
    )


class ReleasePhoto(Schema):
    id = ma.fields.UUID(metadata={"description": "Id of the photo"})
    kind = fields.Choice(MEDIA_KINDS, metadata={"description": "What the photo shows"})
    width = fields.Integer(metadata={"description": "Pixels of the photo itself"})
    height = fields.Integer(metadata={"description": "Pixels of the photo itself"})
    created_at = ma.fields.DateTime(metadata={"description": "When its upload began"})
    is_released = fields.Boolean(metadata={"description": "True: everybody may see it, with its boxes"})
    boxes = ma.fields.List(
        ma.fields.Nested(BoxSchema), metadata={"description": "Its black boxes; empty: none"}
    )


class PublicPages(Schema):
    zh = ma.fields.String(metadata={"description": "In Chinese"})
    en = ma.fields.String(metadata={"description": "In English"})


class ReleaseOut(Schema):
    incident_id = ma.fields.UUID(metadata={"description": "Id of the case"})
    publicity = fields.Choice(
        PUBLICITIES, metadata={"description": "What the profile in force lets people without an account see"}
    )
    is_public = fields.Boolean(metadata={"description": "True: the case is shown to everybody"})
    is_hidden = fields.Boolean(metadata={"description": "True: a person has hidden the case"})
    words = ma.fields.String(allow_none=True, metadata={"description": "The released words; null: none"})
    photo_ids = ma.fields.List(ma.fields.UUID(), metadata={"description": "The released photos; empty: none"})
    reported_words = ma.fields.String(metadata={"description": "Words of the report as they are stored"})
    proposed_words = ma.fields.String(
        metadata={"description": "Words of the report, without telephone numbers and e-mail addresses"}
    )
    available_photo_ids = ma.fields.List(
        ma.fields.UUID(), metadata={"description": "Photos of the case that can be released; empty: none"}
    )
    photos = ma.fields.List(
        ma.fields.Nested(ReleasePhoto),
        metadata={"description": "The same photos with their boxes; empty: none"},
    )
    pages = ma.fields.Nested(
        PublicPages,
        allow_none=True,
        metadata={
            "description": "Links to the public page of the case; null: it is not shown, or the city has none"
        },
    )
    updated_at = ma.fields.DateTime(
        allow_none=True, metadata={"description": "Last decision about the case; null: there was none"}
    )


class CaseToRelease(Schema):
    id = ma.fields.UUID(metadata={"description": "Id of the case"})
    case_no = ma.fields.String(metadata={"description": "Number of the case"})
    category = ma.fields.String(metadata={"description": "Code of the category"})
    status = fields.Choice(STATUSES, metadata={"description": "State of the case"})
    reported_at = ma.fields.DateTime(metadata={"description": "When it was reported"})
    has_words = fields.Boolean(
        metadata={"description": "True: nobody has decided about the words of the report"}
    )
    photos = fields.Integer(metadata={"description": "Number of photos about which nobody has decided"})


class CasesToRelease(Schema):
    items = ma.fields.List(ma.fields.Nested(CaseToRelease), required=True)
    next = ma.fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "Cursor of the next page; null: no further page"},
    )
