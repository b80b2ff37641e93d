"""Schemas of notices, their preview and their publication."""

import marshmallow as ma

from app.households.rules.register import CARE_KINDS, PREMISES_KINDS
from app.http import fields
from app.http.free_text import FreeText
from app.http.smorest import Schema
from app.media.schemas import MEDIA_STATES
from app.notices.rules.notices import (
    AREAS_MAX,
    ATTACHMENTS_MAX,
    CHANNELS,
    LANGUAGES_MAX,
    PURPOSES,
    STATES,
    TEXT_MAX,
    TITLE_MAX,
)

_LANGUAGE = fields.Pattern("^[a-z]{2,3}(-[A-Za-z0-9]{2,8})?$")


class NoticeText(Schema):
    title = fields.Words(
        required=True, min_length=1, max_length=TITLE_MAX, metadata={"description": "Title in this language"}
    )
    text = fields.Words(
        required=True, min_length=1, max_length=TEXT_MAX, metadata={"description": "Text in this language"}
    )


class NoticeAttachment(Schema):
    media_id = ma.fields.UUID(
        required=True, metadata={"description": "Id of a file that the author uploaded (UUIDv7)"}
    )
    titles = ma.fields.Dict(
        keys=ma.fields.String(validate=_LANGUAGE),
        values=fields.Words(min_length=1, max_length=TITLE_MAX),
        required=True,
        validate=ma.validate.Length(1, LANGUAGES_MAX),
        metadata={"description": "Title by language, such as `zh` or `en`, one of which is required"},
    )


class NoticeFile(NoticeAttachment):
    state = fields.Choice(
        MEDIA_STATES, metadata={"description": "State of the file; only `ready` ones are published"}
    )
    refusal = ma.fields.String(
        allow_none=True, metadata={"description": "Why the file was refused, as a code; null: it was not"}
    )
    content_type = ma.fields.String(
        allow_none=True, metadata={"description": "Media type of the file; null: not ready"}
    )
    size = fields.Integer(allow_none=True, metadata={"description": "Size in bytes; null: not ready"})


class NoticeMembers(Schema):
    purpose = fields.Choice(PURPOSES, metadata={"description": "Purpose; opt-outs of households name it"})
    texts = ma.fields.Dict(
        keys=ma.fields.String(validate=_LANGUAGE),
        values=ma.fields.Nested(NoticeText),
        validate=ma.validate.Length(1, LANGUAGES_MAX),
        metadata={
            "description": "Title and text by language, such as `zh` or `en`, one of which is required"
        },
    )
    channels = ma.fields.List(
        fields.Choice(CHANNELS),
        validate=ma.validate.Length(1, len(CHANNELS)),
        metadata={
            "description": "Channels, each once. A household gets it through those that it did not opt out of"
        },
    )
    attachments = ma.fields.List(
        ma.fields.Nested(NoticeAttachment),
        validate=ma.validate.Length(max=ATTACHMENTS_MAX),
        metadata={
            "description": "Photos and PDF documents in their order, together at most 10 MB; empty: none"
        },
    )
    unit_id = ma.fields.UUID(
        allow_none=True, metadata={"description": "Unit that sends it; null: the area itself"}
    )
    area_ids = ma.fields.List(
        ma.fields.UUID(),
        validate=ma.validate.Length(max=AREAS_MAX),
        metadata={
            "description": "Only households in one of these areas, which lie in the sender's area; empty: all of it"
        },
    )
    premises_kinds = ma.fields.List(
        fields.Choice(PREMISES_KINDS),
        validate=ma.validate.Length(max=len(PREMISES_KINDS)),
        metadata={"description": "Only households in premises of these kinds; empty: each kind"},
    )
    care_kinds = ma.fields.List(
        fields.Choice(CARE_KINDS),
        validate=ma.validate.Length(max=len(CARE_KINDS)),
        metadata={
            "description": "Only households with a resident who has a valid care tag of these kinds; empty: all"
        },
    )
    geometry = fields.Geometry(
        kinds=frozenset({"Polygon", "MultiPolygon"}),
        allow_none=True,
    )
    reply_category = ma.fields.String(
        validate=ma.validate.Length(1, 50),
        metadata={
            "description": "Code of the category of the cases that replies become. The category is not public"
        },
    )
    valid_from = fields.Instant(metadata={"description": "From when it is delivered (RFC 3339)"})
    valid_until = fields.Instant(metadata={"description": "When it ends (RFC 3339), at most 366 days later"})

    @ma.validates("channels")
    def refuse_repeated(self, channels: list[str], data_key: str) -> None:
        if len(set(channels)) < len(channels):
            raise ma.ValidationError("repeated")


class CreateNotice(NoticeMembers):
    sender_area_id = ma.fields.UUID(
        required=True,
        metadata={
            "description": "Area in whose name it is sent; the caller writes notices in all of it, and only households "
            "in it are reached"
        },
    )
    purpose = fields.Choice(
        PURPOSES, required=True, metadata={"description": "Purpose; opt-outs of households name it"}
    )
    texts = ma.fields.Dict(
        keys=ma.fields.String(validate=_LANGUAGE),
        values=ma.fields.Nested(NoticeText),
        required=True,
        validate=ma.validate.Length(1, LANGUAGES_MAX),
        metadata={
            "description": "Title and text by language, such as `zh` or `en`, one of which is required"
        },
    )
    channels = ma.fields.List(
        fields.Choice(CHANNELS),
        required=True,
        validate=ma.validate.Length(1, len(CHANNELS)),
        metadata={
            "description": "Channels, each once. A household gets it through those that it did not opt out of"
        },
    )
    valid_until = fields.Instant(
        required=True, metadata={"description": "When it ends (RFC 3339), at most 366 days later"}
    )


class NoticePatch(NoticeMembers):
    pass


class _Named(Schema):
    id = ma.fields.UUID()
    name = ma.fields.String(metadata={"description": "Name of the account"})


class NoticeArea(Schema):
    id = ma.fields.UUID()
    code = ma.fields.String(metadata={"description": "Code of the area"})
    name = ma.fields.Nested(fields.Named, metadata={"description": "Name in Chinese and English"})


class NoticePerson(_Named):
    pass


class NoticeOut(NoticeMembers):
    id = ma.fields.UUID()
    version = fields.Integer(metadata={"description": "Version for `If-Match`"})
    state = fields.Choice(STATES, metadata={"description": "State of the notice now"})
    sender_area_id = ma.fields.UUID(metadata={"description": "Area in whose name it is sent"})
    sender_area = ma.fields.Nested(
        NoticeArea, allow_none=True, metadata={"description": "This area; null: it exists no more"}
    )
    geometry = ma.fields.Dict(  # type: ignore[assignment]
        allow_none=True,
        metadata={
            "description": "Only households whose premises lie in it: GeoJSON MultiPolygon; null: anywhere"
        },
    )
    files = ma.fields.List(
        ma.fields.Nested(NoticeFile),
        metadata={
            "description": "The files of `attachments` as they are stored; `GET /media/{media_id}/content` returns one"
        },
    )
    households = fields.Integer(
        allow_none=True,
        metadata={"description": "Households that the author confirmed and that are reached; null: a draft"},
    )
    households_stored = fields.Integer(
        allow_none=True,
        metadata={
            "description": "Those of `households` whose state is stored: fewer while a notice is `publishing`; null: not "
            "published"
        },
    )
    author = ma.fields.Nested(NoticePerson, metadata={"description": "Who wrote it"})
    created_at = fields.Instant()
    submitted_at = fields.Instant(
        allow_none=True,
        metadata={"description": "When the author published it or let it wait; null: a draft"},
    )
    decided_by = ma.fields.Nested(
        NoticePerson, allow_none=True, metadata={"description": "The second person; null: nobody decided"}
    )
    decided_at = fields.Instant(
        allow_none=True, metadata={"description": "When the second person decided; null: nobody did"}
    )
    decision_note = ma.fields.String(
        allow_none=True, metadata={"description": "What the second person wrote; null: nothing"}
    )
    published_at = fields.Instant(
        allow_none=True, metadata={"description": "When its addressees were fixed; null: not published"}
    )
    withdrawn_at = fields.Instant(
        allow_none=True, metadata={"description": "When it was withdrawn; null: it was not"}
    )
    withdrawn_reason = ma.fields.String(
        allow_none=True, metadata={"description": "Why it was withdrawn; null: it was not"}
    )
    states_erased_at = fields.Instant(
        allow_none=True,
        metadata={"description": "When the states of its households were erased; null: they are stored"},
    )
    final_states = ma.fields.Dict(
        keys=ma.fields.String(),
        values=fields.Integer(),
        allow_none=True,
        metadata={"description": "Households by state when the states were erased; null: they are stored"},
    )


class NoticeFilter(Schema):
    state = fields.Choice(STATES, metadata={"description": "Only notices in this state"})
    purpose = fields.Choice(PURPOSES, metadata={"description": "Only notices of this purpose"})
    limit = fields.Integer(load_default=50, validate=ma.validate.Range(1, 200))
    cursor = fields.Cursor()


class NoticePage(Schema):
    items = ma.fields.List(ma.fields.Nested(NoticeOut), required=True)
    next = ma.fields.String(required=True, allow_none=True)


class PreviewGrid(Schema):
    grid = ma.fields.Nested(
        NoticeArea, allow_none=True, metadata={"description": "The grid; null: households in no grid"}
    )
    households = fields.Integer(metadata={"description": "Households that are reached"})
    opted_out = fields.Integer(metadata={"description": "Households that want no such notices"})


class NoticePreview(Schema):
    version = fields.Integer(metadata={"description": "Version of the notice that was counted"})
    households = fields.Integer(
        metadata={"description": "Households that are reached: the number to confirm"}
    )
    opted_out = fields.Integer(
        metadata={"description": "Addressed households that want no such notices; they are not reached"}
    )
    channels = ma.fields.Dict(
        keys=ma.fields.String(),
        values=fields.Integer(),
        metadata={"description": "Households by channel of the notice; a household can have several"},
    )
    grid_count = fields.Integer(metadata={"description": "Number of grids with addressed households"})
    grids = ma.fields.List(
        ma.fields.Nested(PreviewGrid),
        metadata={"description": "Grids, most households first; at most 200 of `grid_count`"},
    )
    approval_from = fields.Integer(
        metadata={
            "description": "From so many households on a second person approves: the rule `notices.approval_from` of the "
            "profile. What the author published alone within 24 hours counts, too"
        }
    )


class PreviewFilter(Schema):
    is_reached = fields.Boolean(
        load_default=True, metadata={"description": "False: the households that opted out"}
    )
    grid_id = ma.fields.UUID()
    limit = fields.Integer(load_default=100, validate=ma.validate.Range(1, 500))
    cursor = fields.Cursor()


class ShownHousehold(Schema):
    id = ma.fields.UUID()
    label = ma.fields.String(
        metadata={"description": "Label of the household; masked where the caller reads no residents"}
    )
    address = ma.fields.String(
        metadata={"description": "Address; masked where the caller may not read addresses"}
    )
    grid = ma.fields.Nested(
        NoticeArea, allow_none=True, metadata={"description": "The grid; null: in no grid"}
    )


class PreviewedHousehold(Schema):
    household = ma.fields.Nested(ShownHousehold, metadata={"description": "The household"})
    channels = ma.fields.List(
        fields.Choice(CHANNELS), metadata={"description": "Channels through which it is reached; empty: none"}
    )


class PreviewedPage(Schema):
    items = ma.fields.List(ma.fields.Nested(PreviewedHousehold), required=True)
    next = ma.fields.String(required=True, allow_none=True)


class PublishNotice(Schema):
    confirmed_households = fields.Integer(
        required=True,
        validate=ma.validate.Range(0, 100_000_000),
        metadata={
            "description": "`households` of the preview that the person saw. Another number is refused"
        },
    )


class ApproveNotice(FreeText):
    free_text = ("note",)

    confirmed_households = fields.Integer(
        required=True,
        validate=ma.validate.Range(0, 100_000_000),
        metadata={
            "description": "`households` of the preview that the person saw. Another number is refused"
        },
    )
    note = fields.Words(max_length=500, metadata={"description": "What the second person wants to say"})


class RefuseNotice(FreeText):
    free_text = ("note",)

    note = fields.Words(
        required=True, min_length=4, max_length=500, metadata={"description": "Why it is refused"}
    )


class WithdrawNotice(FreeText):
    free_text = ("reason",)

    reason = fields.Words(
        required=True,
        min_length=4,
        max_length=500,
        metadata={"description": "Why it is withdrawn; shown by its links"},
    )
