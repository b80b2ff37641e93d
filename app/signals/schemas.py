"""Input and documentation of signals."""

import marshmallow as ma

from app.core.enumerations import Enumeration
from app.grids.schemas.audit import FindingMember
from app.http import fields
from app.http.free_text import FreeText
from app.http.smorest import Schema
from app.incidents.schemas import STATUSES, Sentence
from app.signals.rules.hotspots import CATEGORIES_MOST, DAYS_LEAST, DAYS_MOST, MEMBERS_MOST
from app.signals.rules.signals import ANSWERS, KINDS
from app.statistics.schemas.figures import DAY
from app.statistics.schemas.linked_counts import BoardArea, Figure, Page

_DONE = (
    "reply: the words are told to whoever reported its cases (422 where its members are no cases); "
    "help_offered: the same with an offer of help, which is only kept where members are no cases, and never a visit; "
    "category_version: the taxonomy has a category for it now; none: nothing is to be done"
)


class SignalsQuery(Page):
    area_id = ma.fields.UUID(
        attribute="within", metadata={"description": "Signals of this area or one under it"}
    )
    kind = fields.CommaList(choices=list(KINDS))
    state = fields.Choice(
        Enumeration("SignalSelection", ("standing", "ended", "all")), load_default="standing"
    )


class SignalFigure(Schema):
    value = fields.Float(
        metadata={
            "description": "As it was counted in the last run that found it otherwise; of a cluster: reports of its members"
        }
    )
    expected = fields.Float(
        allow_none=True, metadata={"description": "By chance alone, or the standard of the profile"}
    )
    p_value = fields.Float(
        allow_none=True, metadata={"description": "How likely chance alone makes it; null: a count"}
    )
    seed = fields.Integer(metadata={"description": "Of what the run left to chance"})


class LastAnswer(Schema):
    done = fields.Choice(ANSWERS)
    at = ma.fields.DateTime()


class AnswerBy(Schema):
    id = ma.fields.UUID()
    name = ma.fields.String(allow_none=True)


class SignalAnswer(LastAnswer):
    words = ma.fields.String()
    by = ma.fields.Nested(AnswerBy)
    told = fields.Integer(
        allow_none=True,
        metadata={"description": "Of what is told to reporters: to how many cases it was told"},
    )
    unheard = fields.Integer(
        allow_none=True,
        metadata={"description": "Of what is told to reporters: in how many cases nobody could be told"},
    )


class Unheard(Schema):
    id = ma.fields.UUID()
    case_no = ma.fields.String()


class Replied(Schema):
    told = fields.Integer(metadata={"description": "Cases of which somebody who reported them reads it"})
    passed_on = fields.Integer(
        metadata={"description": "Cases of which only those read it who wrote them down for somebody else"}
    )
    told_before = fields.Integer(metadata={"description": "Cases that had these words already"})
    left = fields.Integer(metadata={"description": "Cases beyond 500; the same again goes on with them"})
    unheard = ma.fields.List(
        ma.fields.Nested(Unheard), metadata={"description": "Cases of which nobody has an account"}
    )


class SignalAct(Schema):
    act = fields.Choice(Enumeration("SignalAction", ("acknowledge", "profile", "bulk")))
    path = ma.fields.String()


class SignalOut(Schema):
    id = ma.fields.UUID(metadata={"description": "The same for as long as it stands"})
    kind = fields.Choice(Enumeration("SignalKind", KINDS))
    sentence = ma.fields.Nested(Sentence)
    area = ma.fields.Nested(BoardArea)
    subject = ma.fields.Dict(
        metadata={"description": "What it is about: a unit, a category, words; never a person"}
    )
    strength = fields.Float(
        metadata={
            "description": "0 to 1: how sure that it is no chance (1 - p); of a count 1 - 1/(2n), the more the nearer to 1"
        }
    )
    figure = ma.fields.Nested(SignalFigure)
    since = ma.fields.DateTime(metadata={"description": "Beginning of what was counted"})
    until = ma.fields.DateTime()
    first_seen = ma.fields.DateTime()
    last_seen = ma.fields.DateTime()
    ended_at = ma.fields.DateTime(allow_none=True)
    answer = ma.fields.Nested(
        LastAnswer, allow_none=True, metadata={"description": "The last thing done about it"}
    )
    members = ma.fields.Nested(Figure, metadata={"description": "Of those I may see"})
    acts = ma.fields.List(ma.fields.Nested(SignalAct))
    place = ma.fields.Dict(metadata={"description": "GeoJSON MultiPolygon"})


class Signals(Schema):
    items = ma.fields.List(ma.fields.Nested(SignalOut))
    next = ma.fields.String(allow_none=True)


class SignalDetail(SignalOut):
    answers = ma.fields.List(ma.fields.Nested(SignalAnswer), metadata={"description": "The oldest first"})
    does = ma.fields.List(
        ma.fields.Nested(SignalAct),
        metadata={"description": "Where it is mended: a new version of the rules, its members in bulk"},
    )


class Acknowledged(SignalDetail):
    replied = ma.fields.Nested(
        Replied, allow_none=True, metadata={"description": "What became of a reply or an offer, in cases"}
    )


class SignalMember(FindingMember):
    words = ma.fields.String(
        allow_none=True, metadata={"description": "What the report of a case says, its first 200 letters"}
    )
    reports = fields.Integer(
        allow_none=True,
        metadata={
            "description": "How often a case was reported, those who joined it too; of a cluster: in its days"
        },
    )


class SignalMembers(Schema):
    items = ma.fields.List(ma.fields.Nested(SignalMember))
    next = ma.fields.String(allow_none=True)


class PreviewHotspots(Schema):
    area_id = ma.fields.UUID(required=True, metadata={"description": "One of my areas, or one under it"})
    from_ = ma.fields.Date(
        required=True,
        data_key="from",
        validate=DAY,
        metadata={"description": "First day of the period, where the area is"},
    )
    to = ma.fields.Date(
        required=True,
        validate=DAY,
        metadata={"description": f"Last day, counted too: {DAYS_LEAST} to {DAYS_MOST} days in all"},
    )
    category = ma.fields.List(
        fields.Words(max_length=64, min_length=1),
        load_default=list,
        validate=ma.validate.Length(max=CATEGORIES_MOST),
        metadata={"description": "Only cases of these categories, by code; left out: of all"},
    )


class HotspotCase(Schema):
    id = ma.fields.UUID()
    case_no = ma.fields.String()
    category = ma.fields.String()
    status = fields.Choice(STATUSES)
    reported_at = ma.fields.DateTime()
    location = ma.fields.Dict(metadata={"description": "GeoJSON Point"})
    href = ma.fields.String()


class Hotspot(Schema):
    """A place where more was reported than place and day explain."""

    place = ma.fields.Dict(allow_none=True, metadata={"description": "GeoJSON MultiPolygon around its cases"})
    radius_m = fields.Float()
    days = fields.Integer(metadata={"description": "How many days up to the end of the period"})
    since = ma.fields.DateTime()
    until = ma.fields.DateTime()
    reports = fields.Integer(metadata={"description": "Of its cases, in these days"})
    expected = fields.Float(metadata={"description": "How many place and day alone would explain"})
    p_value = fields.Float(metadata={"description": "How likely chance alone finds one as unlikely"})
    strength = fields.Float(metadata={"description": "1 - p_value"})
    cases = fields.Integer()
    members = ma.fields.List(
        ma.fields.Nested(HotspotCase),
        metadata={"description": f"The cases behind it, {MEMBERS_MOST} at most"},
    )


class Hotspots(Schema):
    area = ma.fields.Nested(BoardArea)
    from_ = ma.fields.Date(data_key="from")
    to = ma.fields.Date()
    category = ma.fields.List(ma.fields.String())
    reports = fields.Integer(metadata={"description": "How many were looked at"})
    seed = fields.Integer(metadata={"description": "The same question has the same answer"})
    shuffles = fields.Integer()
    p_most = fields.Float(metadata={"description": "Up to which p_value one is told"})
    items = ma.fields.List(ma.fields.Nested(Hotspot), metadata={"description": "The strongest first"})


class Acknowledge(FreeText):
    free_text = ("words",)

    done = fields.Choice(ANSWERS, required=True, metadata={"description": _DONE})
    words = fields.Words(
        max_length=2000,
        min_length=1,
        required=True,
        metadata={
            "description": "What those who reported are told, of a reply or an offer of help; else a note for who directs"
        },
    )
