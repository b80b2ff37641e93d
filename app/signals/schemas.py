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
from app.statistics.schemas.figure_queries import DAY, DIRECTED_AREA
from app.statistics.schemas.linked_counts import BoardArea, Figure, Page

_DONE = (
    "reply: `words` are sent to the reporters of the cases; help_offered: the same with an offer of help, only stored if the "
    "members are no cases; category_version: the profile has a category for it now; none: nothing has to be done"
)


class SignalsQuery(Page):
    area_id = ma.fields.UUID(
        attribute="within", metadata={"description": "Only signals of this area or of areas in it"}
    )
    kind = fields.CommaList(
        choices=list(KINDS), metadata={"description": "Only signals of these kinds, separated by commas"}
    )
    state = fields.Choice(
        Enumeration(
            "SignalSelection",
            {
                "standing": "signals that are still found",
                "ended": "signals that are not found any more",
                "all": "both",
            },
        ),
        load_default="standing",
        metadata={"description": "Which signals: `standing` (still found), `ended` or `all`"},
    )


class SignalFigure(Schema):
    value = fields.Float(
        metadata={"description": "The count; of a cluster the number of reports of its cases"}
    )
    expected = fields.Float(
        allow_none=True,
        metadata={"description": "Count expected by chance, or the standard of the profile; null: none"},
    )
    p_value = fields.Float(
        allow_none=True,
        metadata={
            "description": "Probability of such a count by chance, 0 to 1; null: the signal is a plain count"
        },
    )
    seed = fields.Integer(
        metadata={"description": "Seed of the random part of the run that found the signal"}
    )


class LastAnswer(Schema):
    done = fields.Choice(ANSWERS, metadata={"description": "What was done"})
    at = ma.fields.DateTime(metadata={"description": "When the answer was given (RFC 3339, UTC)"})


class AnswerBy(Schema):
    id = ma.fields.UUID()
    name = ma.fields.String(
        allow_none=True, metadata={"description": "Name of the account's holder; null: not known"}
    )


class SignalAnswer(LastAnswer):
    words = ma.fields.String(metadata={"description": "Text of the answer"})
    by = ma.fields.Nested(AnswerBy, metadata={"description": "Who answered"})
    told = fields.Integer(
        allow_none=True,
        metadata={"description": "Number of cases whose reporter got the text; null: the text was not sent"},
    )
    unheard = fields.Integer(
        allow_none=True,
        metadata={
            "description": "Number of cases without a reporter who could get the text; null: the text was "
            "not sent"
        },
    )


class Unheard(Schema):
    id = ma.fields.UUID()
    case_no = ma.fields.String()


class Replied(Schema):
    told = fields.Integer(metadata={"description": "Number of cases whose reporter can read the text"})
    passed_on = fields.Integer(
        metadata={
            "description": "Number of cases where only the person who recorded the report for the reporter"
            " can read the text"
        }
    )
    told_before = fields.Integer(metadata={"description": "Number of cases that had the same text before"})
    left = fields.Integer(
        metadata={"description": "Number of cases beyond the limit of 500; the same call continues with them"}
    )
    unheard = ma.fields.List(
        ma.fields.Nested(Unheard),
        metadata={"description": "Cases without an account that could read the text"},
    )


class SignalAct(Schema):
    act = fields.Choice(
        Enumeration(
            "SignalAction",
            {
                "acknowledge": "store what was done about the signal",
                "profile": "read the profile, to add a category for the reports",
                "bulk": "give the cases a category together",
            },
        ),
        metadata={"description": "Name of the operation"},
    )
    path = ma.fields.String(metadata={"description": "Path of the operation"})


class SignalOut(Schema):
    id = ma.fields.UUID(
        metadata={"description": "Id of the signal; it stays the same while the signal stands"}
    )
    kind = fields.Choice(
        Enumeration("SignalKind", {code: " / ".join(kind.title) for code, kind in KINDS.items()}),
        metadata={"description": "Kind of the signal"},
    )
    sentence = ma.fields.Nested(Sentence, metadata={"description": "What the signal says, as a sentence"})
    area = ma.fields.Nested(BoardArea, metadata={"description": "Smallest area that contains the signal"})
    subject = ma.fields.Dict(
        metadata={"description": "What the signal is about: a unit, a category or words; never a person"}
    )
    strength = fields.Float(
        metadata={"description": "0 to 1: how unlikely chance is (1 - p); of a plain count 1 - 1/(2n)"}
    )
    figure = ma.fields.Nested(SignalFigure, metadata={"description": "The count, and what was expected"})
    since = ma.fields.DateTime(
        metadata={"description": "Beginning of the time that was counted (RFC 3339, UTC)"}
    )
    until = ma.fields.DateTime(metadata={"description": "End of the time that was counted (RFC 3339, UTC)"})
    first_seen = ma.fields.DateTime(
        metadata={"description": "When a run first found the signal (RFC 3339, UTC)"}
    )
    last_seen = ma.fields.DateTime(
        metadata={"description": "When a run last found the signal (RFC 3339, UTC)"}
    )
    ended_at = ma.fields.DateTime(
        allow_none=True,
        metadata={"description": "When a run no longer found the signal (RFC 3339, UTC); null: it stands"},
    )
    answer = ma.fields.Nested(
        LastAnswer, allow_none=True, metadata={"description": "The last answer; null: nobody has answered"}
    )
    members = ma.fields.Nested(
        Figure, metadata={"description": "Number of members that the caller may see, and their list"}
    )
    acts = ma.fields.List(ma.fields.Nested(SignalAct), metadata={"description": "Operations on the signal"})
    place = ma.fields.Dict(metadata={"description": "GeoJSON MultiPolygon of the signal's place, WGS 84"})


class Signals(Schema):
    items = ma.fields.List(ma.fields.Nested(SignalOut))
    next = ma.fields.String(allow_none=True)


class SignalDetail(SignalOut):
    answers = ma.fields.List(
        ma.fields.Nested(SignalAnswer), metadata={"description": "All answers, the oldest first"}
    )
    does = ma.fields.List(
        ma.fields.Nested(SignalAct),
        metadata={
            "description": "Operations by which the cause can be removed, as a new profile or a bulk "
            "action; empty: none"
        },
    )


class Acknowledged(SignalDetail):
    replied = ma.fields.Nested(
        Replied,
        allow_none=True,
        metadata={"description": "Result of a reply or an offer of help, in cases; null: nothing was sent"},
    )


class SignalMember(FindingMember):
    words = ma.fields.String(
        allow_none=True, metadata={"description": "First 200 characters of the report of a case; null: none"}
    )
    reports = fields.Integer(
        allow_none=True,
        metadata={
            "description": "Number of reports of a case, with those that were merged into it; null: no case"
        },
    )


class SignalMembers(Schema):
    items = ma.fields.List(ma.fields.Nested(SignalMember))
    next = ma.fields.String(allow_none=True)


class PreviewHotspots(Schema):
    area_id = ma.fields.UUID(required=True, metadata={"description": DIRECTED_AREA})
    from_ = ma.fields.Date(
        required=True,
        data_key="from",
        validate=DAY,
        metadata={"description": "First day of the period, in the time zone of the area"},
    )
    to = ma.fields.Date(
        required=True,
        validate=DAY,
        metadata={
            "description": f"Last day of the period, included; the period has {DAYS_LEAST} to {DAYS_MOST} days"
        },
    )
    category = ma.fields.List(
        fields.Words(max_length=64, min_length=1),
        load_default=list,
        validate=ma.validate.Length(max=CATEGORIES_MOST),
        metadata={"description": "Only cases of these categories, by code; empty or absent: all"},
    )


class HotspotCase(Schema):
    id = ma.fields.UUID()
    case_no = ma.fields.String()
    category = ma.fields.String()
    status = fields.Choice(STATUSES, metadata={"description": "Status of the case now"})
    reported_at = ma.fields.DateTime()
    location = ma.fields.Dict(metadata={"description": "GeoJSON Point"})
    href = ma.fields.String(metadata={"description": "Path of the case"})


class Hotspot(Schema):
    """A place with more reports than place and day explain."""

    place = ma.fields.Dict(
        allow_none=True,
        metadata={
            "description": "GeoJSON MultiPolygon around the cases, WGS 84; null: the caller may see none "
            "of them"
        },
    )
    radius_m = fields.Float(metadata={"description": "Radius of the circle that was searched, in metres"})
    days = fields.Integer(metadata={"description": "Length in days, up to the end of the period"})
    since = ma.fields.DateTime(metadata={"description": "Beginning of the first of these days (RFC 3339)"})
    until = ma.fields.DateTime(metadata={"description": "End of the last of these days (RFC 3339)"})
    reports = fields.Integer(metadata={"description": "Number of reports of its cases in these days"})
    expected = fields.Float(metadata={"description": "Number of reports that place and day alone explain"})
    p_value = fields.Float(
        metadata={"description": "Probability that chance finds a hotspot as unlikely, 0 to 1"}
    )
    strength = fields.Float(metadata={"description": "1 - `p_value`"})
    cases = fields.Integer(metadata={"description": "Number of cases that the caller may see"})
    members = ma.fields.List(
        ma.fields.Nested(HotspotCase),
        metadata={"description": f"Cases of the hotspot, at most {MEMBERS_MOST}"},
    )


class Hotspots(Schema):
    area = ma.fields.Nested(BoardArea, metadata={"description": "The area that was searched"})
    from_ = ma.fields.Date(data_key="from", metadata={"description": "First day of the period"})
    to = ma.fields.Date(metadata={"description": "Last day of the period"})
    category = ma.fields.List(
        ma.fields.String(), metadata={"description": "Codes of the categories that were searched; empty: all"}
    )
    reports = fields.Integer(metadata={"description": "Number of reports that were searched"})
    seed = fields.Integer(metadata={"description": "Seed of the random part; it follows from the request"})
    shuffles = fields.Integer(
        metadata={"description": "Number of random permutations against which chance is judged"}
    )
    p_most = fields.Float(metadata={"description": "Highest `p_value` of a hotspot that is returned"})
    items = ma.fields.List(
        ma.fields.Nested(Hotspot), metadata={"description": "Hotspots, the strongest first"}
    )


class Acknowledge(FreeText):
    free_text = ("words",)

    done = fields.Choice(ANSWERS, required=True, metadata={"description": _DONE})
    words = fields.Words(
        max_length=2000,
        min_length=1,
        required=True,
        metadata={
            "description": "Text for the reporters, of a reply or an offer of help; else a note for those "
            "who direct the area"
        },
    )
