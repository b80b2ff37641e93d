"""Schemas of the evidence of a version of a profile, its effect, and the ratings of a case."""

from typing import Any

import marshmallow as ma

from app.core.enumerations import Enumeration
from app.core.errors import Invalid
from app.core.telephones import phone_faults
from app.http import fields
from app.http.smorest import Schema
from app.incidents.schemas import Sentence
from app.public.rules.door import SOLVED
from app.statistics.rules.effects import WEEKS_MOST
from app.statistics.schemas.figure_queries import MEASURES, RATE_NAMES
from app.statistics.schemas.figures import RECORDS
from app.statistics.schemas.linked_counts import Figure

ITEMS_MAX = 50
KINDS = Enumeration(
    "EvidenceKind",
    {
        "case": "a case",
        "rating": "what a reporter said of the end of a case; `id` is that of the report",
        "signal": "a signal of the server",
        "notice_reply": "what a household replied to a notice; `id` is that of the report",
    },
)
FIGURE_NAMES = Enumeration("FigureName", MEASURES.meanings | RATE_NAMES.meanings)
_FIGURE = "Measure or rate by which the effect is judged"
_CATEGORY = "Only cases of this category are counted, by code"


class EvidenceItem(Schema):
    kind = fields.Choice(KINDS, required=True, metadata={"description": "What is cited"})
    id = ma.fields.UUID(required=True, metadata={"description": "Id of the case, report or signal"})
    note = fields.Words(
        max_length=200,
        load_default="",
        metadata={"description": "Why it is cited. No personal data; a telephone number is refused"},
    )


class StateEvidence(Schema):
    items = ma.fields.List(
        ma.fields.Nested(EvidenceItem),
        required=True,
        validate=ma.validate.Length(max=ITEMS_MAX),
        metadata={"description": "All evidence of the version; what is left out is removed"},
    )
    measure = fields.Choice(FIGURE_NAMES, allow_none=True, metadata={"description": _FIGURE})
    category = fields.Words(max_length=40, min_length=1, allow_none=True, metadata={"description": _CATEGORY})
    summary = ma.fields.Nested(
        fields.Named,
        allow_none=True,
        metadata={"description": "What changed, in plain words for everybody. No personal data"},
    )
    publish_summary = fields.Boolean(
        load_default=False, metadata={"description": "Show the summary on the public page of changes"}
    )

    @ma.post_load
    def refuse_phones(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        """Refuse telephone numbers: notes and summaries have readers who may not see them."""
        texts = {f"items.{place}.note": item["note"] for place, item in enumerate(data["items"])}
        texts |= {f"summary.{name}": words for name, words in (data.get("summary") or {}).items()}
        if faults := phone_faults(texts):
            raise Invalid("validation_failed", extra={"errors": faults})
        return data


class EvidenceShown(Schema):
    kind = fields.Choice(KINDS, metadata={"description": "What is cited"})
    id = ma.fields.UUID(metadata={"description": "Id of the case, report or signal"})
    note = ma.fields.String(metadata={"description": "Why it is cited"})
    href = ma.fields.String(metadata={"description": "Path of the case or signal"})
    case_no = ma.fields.String(
        metadata={"description": "Number of the case; absent: it is a signal", "x-optional": True}
    )
    notice_id = ma.fields.UUID(
        metadata={"description": "The notice that was replied to; absent: it is no reply", "x-optional": True}
    )
    notice_titles = ma.fields.Dict(
        keys=ma.fields.String(),
        values=ma.fields.String(),
        metadata={
            "description": "Title of the notice by language; absent: it is no reply",
            "x-optional": True,
        },
    )
    solved = fields.Choice(
        SOLVED,
        metadata={"description": "What the reporter said; absent: it is no rating", "x-optional": True},
    )
    score = fields.Integer(
        allow_none=True,
        metadata={"description": "1 to 5; null: none was given; absent: it is no rating", "x-optional": True},
    )
    sentence = ma.fields.Nested(
        Sentence, metadata={"description": "The signal; absent: it is none", "x-optional": True}
    )


class Evidence(Schema):
    jurisdiction = ma.fields.String(metadata={"description": "Code of the jurisdiction"})
    number = fields.Integer(metadata={"description": "Number of the version"})
    in_force_from = ma.fields.DateTime()
    in_force_until = ma.fields.DateTime(
        allow_none=True, metadata={"description": "From when a newer version applies; null: there is none"}
    )
    measure = fields.Choice(
        FIGURE_NAMES, allow_none=True, metadata={"description": f"{_FIGURE}; null: none was named"}
    )
    category = ma.fields.String(allow_none=True, metadata={"description": f"{_CATEGORY}; null: all"})
    summary = ma.fields.Nested(
        fields.Named, allow_none=True, metadata={"description": "Plain summary; null: none was written"}
    )
    publish_summary = fields.Boolean(metadata={"description": "The summary is on the public page of changes"})
    stated_at = ma.fields.DateTime(
        allow_none=True, metadata={"description": "When this was stated; null: never"}
    )
    items = ma.fields.List(
        ma.fields.Nested(EvidenceShown), metadata={"description": "The evidence that the caller may see"}
    )
    hidden = fields.Integer(
        metadata={"description": "Number of further items, which are gone or which the caller may not see"}
    )
    can_state = fields.Boolean(
        metadata={"description": "The caller published the version, or may edit the whole profile"}
    )
    effect = ma.fields.String(metadata={"description": "Path of the figure before and after"})


class EffectQuery(Schema):
    measure = fields.Choice(
        FIGURE_NAMES, metadata={"description": f"{_FIGURE}; absent: the one that the author named"}
    )
    weeks = fields.Integer(
        load_default=4,
        validate=ma.validate.Range(1, WEEKS_MOST),
        metadata={"description": "Number of weeks before and after"},
    )
    category = fields.Words(max_length=40, min_length=1, metadata={"description": _CATEGORY})


def _part(words: str) -> ma.fields.Nested:
    return ma.fields.Nested(Figure, allow_none=True, metadata={"description": words})


class EffectPeriod(Schema):
    from_ = ma.fields.Date(data_key="from", attribute="from", metadata={"description": "First day"})
    to = ma.fields.Date(metadata={"description": "Last counted day, included"})
    records = fields.Choice(RECORDS, metadata={"description": "Whether there are records of these days"})
    value = fields.Float(
        allow_none=True, metadata={"description": "The count, or the rate, 0 to 1; null: no cases"}
    )
    count = _part("The counted cases; null: the figure is a rate")
    numerator = _part("Numerator of the rate; null: the figure is a count")
    denominator = _part("Denominator of the rate; null: the figure is a count")
    unanswered = _part("Cases whose reporters did not answer; null: the figure is no rate of answers")


class Effect(Schema):
    number = fields.Integer(metadata={"description": "Number of the version"})
    in_force_from = ma.fields.DateTime()
    in_force_until = ma.fields.DateTime(
        allow_none=True, metadata={"description": "From when a newer version applies; null: there is none"}
    )
    measure = fields.Choice(FIGURE_NAMES, metadata={"description": "Name of the figure"})
    title = ma.fields.Nested(Sentence, metadata={"description": "Title of the figure"})
    weeks = fields.Integer(metadata={"description": "Number of weeks before and after"})
    category = ma.fields.String(allow_none=True, metadata={"description": f"{_CATEGORY}; null: all"})
    at = ma.fields.DateTime(metadata={"description": "As of when the cases were counted"})
    timezone = ma.fields.String(metadata={"description": "IANA time zone of the days"})
    before = ma.fields.Nested(EffectPeriod, metadata={"description": "The weeks before the version"})
    after = ma.fields.Nested(
        EffectPeriod,
        allow_none=True,
        metadata={"description": "The weeks after, up to today; null: they have not begun"},
    )
    after_ends_on = ma.fields.Date(metadata={"description": "Last day of the weeks after"})
    is_complete = fields.Boolean(metadata={"description": "The weeks after are over"})
    sentence = ma.fields.Nested(Sentence, metadata={"description": "The comparison in words"})


class RuleChangeOfCase(Schema):
    jurisdiction = ma.fields.String(metadata={"description": "Code of the jurisdiction"})
    number = fields.Integer(metadata={"description": "Number of the version that cites it"})
    in_force_from = ma.fields.DateTime()
    kind = fields.Choice(
        KINDS,
        metadata={"description": "Whether the case, a rating of it or the reply that opened it is cited"},
    )
    note = ma.fields.String(metadata={"description": "Why it is cited"})
    href = ma.fields.String(metadata={"description": "Path of the evidence of the version"})


class RuleChanges(Schema):
    items = ma.fields.List(ma.fields.Nested(RuleChangeOfCase))


class Rating(Schema):
    id = ma.fields.UUID(metadata={"description": "Id of the report whose sender rated"})
    solved = fields.Choice(SOLVED, metadata={"description": "What the reporter said"})
    score = fields.Integer(allow_none=True, metadata={"description": "1 to 5; null: none was given"})
    words = ma.fields.String(metadata={"description": "In words; telephone numbers are hidden"})
    rated_at = ma.fields.DateTime(metadata={"description": "When it was given or last changed"})
    ended_at = ma.fields.DateTime(metadata={"description": "The end of the case that was rated"})


class Ratings(Schema):
    items = ma.fields.List(ma.fields.Nested(Rating))
