"""Response schemas of deadlines and durations, for the API document."""

import marshmallow as ma

from app.http import fields
from app.http.smorest import Schema
from app.incidents.cases.schemas.parts import UnitRef, WorkerRef
from app.incidents.deadlines.rules.durations import KINDS


class DeadlineOut(Schema):
    stage = ma.fields.String(
        metadata={
            "description": "handle: the whole case, by which it is due; else the code of a stage in the profile"
        }
    )
    name = ma.fields.Nested(
        fields.Named,
        allow_none=True,
        metadata={
            "description": "Name of the stage in Chinese and English; null: the deadline of the whole case"
        },
    )
    condition = ma.fields.String(
        metadata={"description": "Code of the handling condition of the category that set the deadline"}
    )
    ends_with = ma.fields.String(
        metadata={
            "description": "Step that ends the deadline, such as fed_back; done: the handler reports it with stage_done"
        }
    )
    unit = ma.fields.String(
        metadata={"description": "Unit of `amount`: work_hour, work_day, urgent_hour, natural_day or minute"}
    )
    amount = fields.Float(metadata={"description": "Length of the deadline without extensions, in `unit`"})
    started_at = ma.fields.DateTime(metadata={"description": "When the clock started (RFC 3339)"})
    due_at = ma.fields.DateTime(
        metadata={
            "description": "When the deadline passes (RFC 3339); while paused: as it was before the pause"
        }
    )
    paused_at = ma.fields.DateTime(
        allow_none=True,
        metadata={"description": "Since when the clock is paused (RFC 3339); null: it is not paused"},
    )
    stopped_at = ma.fields.DateTime(
        allow_none=True,
        metadata={"description": "When the deadline ended (RFC 3339); null: it has not ended"},
    )
    outcome = ma.fields.String(
        allow_none=True,
        metadata={
            "description": "met, overdue, cancelled (ended before the step) or replaced (by another deadline); null: "
            "not ended"
        },
    )
    extended = fields.Float(metadata={"description": "Extensions that were granted, in `unit`"})
    first_due_at = ma.fields.DateTime(
        allow_none=True,
        metadata={
            "description": "When it was due before the first extension (RFC 3339); null: it was not extended"
        },
    )
    warned_at = ma.fields.DateTime(
        allow_none=True,
        metadata={"description": "When the deadline warning was sent (RFC 3339); null: not sent"},
    )
    escalated_to = ma.fields.String(
        allow_none=True,
        metadata={
            "description": "Highest level to which the overdue deadline was escalated; null: not escalated"
        },
    )


class Duration(Schema):
    seconds = fields.Integer(metadata={"description": "Seconds by the calendar"})
    working_seconds = fields.Integer(
        metadata={
            "description": "Seconds on the clock of `unit` by the work calendar of the profile, which counts a day as 24 "
            "hours; also of times in which the limit itself was paused"
        }
    )


class DurationOfKind(Duration):
    kind = fields.Choice(KINDS, metadata={"description": "What happened to the case"})


class DurationSegment(DurationOfKind):
    begins_at = ma.fields.DateTime(
        data_key="from", attribute="from", metadata={"description": "When it began (RFC 3339)"}
    )
    ends_at = ma.fields.DateTime(
        data_key="to",
        attribute="to",
        allow_none=True,
        metadata={"description": "When it ended (RFC 3339); null: it goes on, and is counted until `at`"},
    )
    worker = ma.fields.Nested(
        WorkerRef,
        allow_none=True,
        metadata={
            "description": "Worker who had the case or the only offer; null: a unit, several, or nobody"
        },
    )
    unit = ma.fields.Nested(
        UnitRef,
        allow_none=True,
        metadata={"description": "Unit that had the case, or has it in its queue; null: none"},
    )


class DurationSentence(Schema):
    en = ma.fields.String()
    zh = ma.fields.String()


class DurationsOut(Schema):
    at = ma.fields.DateTime(metadata={"description": "Instant of the answer (RFC 3339)"})
    is_open = fields.Boolean(metadata={"description": "True: the case has not ended"})
    unit = ma.fields.String(
        metadata={
            "description": "Unit of the handling limit, whose clock measures `working_seconds`: work_hour, work_minute, "
            "work_day, natural_day, urgent_hour or urgent_minute"
        }
    )
    sentence = ma.fields.Nested(
        DurationSentence, metadata={"description": "Why it took so long, in English and in Chinese"}
    )
    total = ma.fields.Nested(
        Duration, metadata={"description": "Sum of all segments; the time after an end is not in it"}
    )
    by_kind = ma.fields.List(
        ma.fields.Nested(DurationOfKind), metadata={"description": "Sums of the kinds that occur"}
    )
    longest = ma.fields.Nested(
        DurationSegment,
        allow_none=True,
        metadata={"description": "Segment with the most working time; null: there is no segment"},
    )
    segments = ma.fields.List(
        ma.fields.Nested(DurationSegment), metadata={"description": "Segments, oldest first, without gaps"}
    )
