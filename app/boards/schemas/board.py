"""Schemas of the board, the queue and the load of workers."""

import marshmallow as ma

from app.boards.rules.sentences import WAITING_SENTENCES
from app.boards.schemas.contests import Week
from app.core.enumerations import Enumeration
from app.dispatch.rules.states import ACTIVE
from app.http import fields
from app.http.smorest import Schema
from app.incidents.schemas import STATUSES, IncidentOut, ProposalOut, Sentence
from app.statistics.schemas.linked_counts import BoardArea, Figure, Page
from app.workforce.schemas import WorkerOut

WAITING_REASONS = Enumeration(
    "WaitingReason", {reason: sentence["en"] for reason, sentence in WAITING_SENTENCES.items()}
)


class BoardQuery(Schema):
    area_id = ma.fields.UUID(
        attribute="within",
        metadata={"description": "One of the areas that the caller directs, or an area below it"},
    )


class BoardUnit(Schema):
    id = ma.fields.UUID(metadata={"description": "Id of the unit"})
    code = ma.fields.String(metadata={"description": "Code of the unit"})
    name = ma.fields.Nested(fields.Named, metadata={"description": "Name of the unit"})


class Open(Schema):
    open = ma.fields.Nested(Figure, metadata={"description": "Open cases"})
    overdue = ma.fields.Nested(Figure, metadata={"description": "Open cases whose deadline has passed"})
    escalated = ma.fields.Nested(
        Figure, metadata={"description": "Open cases of which a level above was notified because of a limit"}
    )


class OpenByStatus(Open):
    status = fields.Choice(STATUSES, metadata={"description": "State of these cases"})


class OpenByReason(Open):
    reason = fields.Choice(
        WAITING_REASONS, metadata={"description": "Code of the reason why these cases wait for a supervisor"}
    )
    sentence = ma.fields.Nested(
        Sentence, metadata={"description": "The reason as a sentence in both languages"}
    )


class OpenByAttempt(Open):
    state = fields.Choice(ACTIVE, metadata={"description": "State of the current assignment"})


class OpenByArea(Open):
    area = ma.fields.Nested(
        BoardArea,
        allow_none=True,
        metadata={
            "description": "Area of these cases; null: in none of these areas, but in the area above them"
        },
    )


class OpenByUnit(Open):
    unit = ma.fields.Nested(
        BoardUnit, allow_none=True, metadata={"description": "Owning unit; null: cases without an owner"}
    )


class WorstArea(OpenByArea):
    overdue_share = fields.Float(
        metadata={"description": "Share of overdue cases among the open ones, 0 to 1"}
    )


class WorstUnit(OpenByUnit):
    overdue_share = fields.Float(
        metadata={"description": "Share of overdue cases among the open ones, 0 to 1"}
    )


class Worst(Schema):
    areas = ma.fields.List(
        ma.fields.Nested(WorstArea), metadata={"description": "Areas with the highest share of overdue cases"}
    )
    units = ma.fields.List(
        ma.fields.Nested(WorstUnit), metadata={"description": "Units with the highest share of overdue cases"}
    )


class Board(Open):
    at = ma.fields.DateTime(metadata={"description": "When it was counted (RFC 3339)"})
    area = ma.fields.Nested(
        BoardArea,
        allow_none=True,
        metadata={"description": "The area that is counted; null: all areas of the caller"},
    )
    urgent = ma.fields.Nested(Figure, metadata={"description": "Open cases of priority 1"})
    waiting = ma.fields.Nested(Figure, metadata={"description": "Open cases that wait for a supervisor"})
    warned = ma.fields.Nested(
        Figure, metadata={"description": "Open cases with a warning of a limit that has not passed"}
    )
    stage_overdue = ma.fields.Nested(
        Figure, metadata={"description": "Open cases of which a stage limit has passed"}
    )
    verify_overdue = ma.fields.Nested(
        Figure,
        metadata={"description": "Cases that are not filed and whose limit for verification has passed"},
    )
    supervised = ma.fields.Nested(Figure, metadata={"description": "Open cases under supervision"})
    extension = ma.fields.Nested(
        Figure, metadata={"description": "Open cases with an extension that nobody has decided yet"}
    )
    by_status = ma.fields.List(
        ma.fields.Nested(OpenByStatus), metadata={"description": "Open cases by state"}
    )
    by_waiting_reason = ma.fields.List(
        ma.fields.Nested(OpenByReason),
        metadata={"description": "Open cases that wait for a supervisor, by reason"},
    )
    by_attempt = ma.fields.List(
        ma.fields.Nested(OpenByAttempt),
        metadata={"description": "Open cases by assignment: offered, accepted, on the way, on the spot"},
    )
    by_area = ma.fields.List(
        ma.fields.Nested(OpenByArea),
        metadata={"description": "Open cases by the areas directly below, or by the caller's areas"},
    )
    by_unit = ma.fields.List(
        ma.fields.Nested(OpenByUnit), metadata={"description": "Open cases by owning unit"}
    )
    by_joint_unit = ma.fields.List(
        ma.fields.Nested(OpenByUnit),
        metadata={
            "description": "Open joint parts by unit; the case itself counts for its owning unit in `by_unit`"
        },
    )
    worst = ma.fields.Nested(
        Worst, metadata={"description": "Groups with the highest share of overdue cases"}
    )


class QueueQuery(Page):
    area_id = ma.fields.UUID(
        attribute="within",
        metadata={"description": "One of the areas that the caller directs, or an area below it"},
    )
    reason = fields.CommaList(
        choices=list(WAITING_REASONS),
        metadata={"description": "Only these waiting reasons, separated by commas"},
    )


class QueueItem(Schema):
    since = ma.fields.DateTime(metadata={"description": "Since when it waits (RFC 3339)"})
    reason = fields.Choice(WAITING_REASONS, metadata={"description": "Code of the reason why it waits"})
    sentence = ma.fields.Nested(
        Sentence, metadata={"description": "The reason as a sentence in both languages"}
    )
    act = ma.fields.String(metadata={"description": "Path of the transitions of the case"})
    proposal = ma.fields.Nested(
        ProposalOut,
        allow_none=True,
        metadata={"description": "Worker whom the rules propose, for the reason `proposed`; else null"},
    )
    incident = ma.fields.Nested(IncidentOut, metadata={"description": "The case"})


class QueuePage(Schema):
    items = ma.fields.List(ma.fields.Nested(QueueItem))
    next = ma.fields.String(allow_none=True)


class WorkersQuery(Page):
    area_id = ma.fields.UUID(
        attribute="within", metadata={"description": "Only workers of grids in this area or below it"}
    )
    on_duty = fields.Boolean(
        metadata={"description": "True: only workers on duty; false: only workers off duty"}
    )


class WorkerOnBoard(WorkerOut):
    week = ma.fields.Nested(
        Week,
        metadata={
            "description": "Figures of the last seven days; a figure is null while the worker contests it"
        },
    )
    offered = ma.fields.Nested(Figure, metadata={"description": "Offers of cases that the caller directs"})
    accepted = ma.fields.Nested(Figure, metadata={"description": "Accepted cases that the caller directs"})
    en_route = ma.fields.Nested(Figure, metadata={"description": "Cases that the worker is on the way to"})
    on_scene = ma.fields.Nested(Figure, metadata={"description": "Cases at whose place the worker is"})
    position_age_s = fields.Float(
        allow_none=True,
        metadata={"description": "Age in seconds of the newest fix of this duty; null: there is none"},
    )


class WorkersOnBoard(Schema):
    items = ma.fields.List(ma.fields.Nested(WorkerOnBoard))
    next = ma.fields.String(allow_none=True)
    locate = ma.fields.String(
        metadata={"description": "Path of the operation that returns positions, for a stated purpose"}
    )
