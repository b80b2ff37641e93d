"""Input and documentation of the board, the queue and the workers' load."""

import marshmallow as ma

from app.boards.rules.sentences import WAITING_SENTENCES
from app.boards.schemas.contests import Week
from app.dispatch.rules.states import ACTIVE
from app.http import fields
from app.http.smorest import Schema
from app.incidents.schemas import STATUSES, IncidentOut, ProposalOut, Sentence
from app.statistics.schemas.linked_counts import BoardArea, Figure, Page
from app.workforce.schemas import WorkerOut


class BoardQuery(Schema):
    area_id = ma.fields.UUID(attribute="within", metadata={"description": "One of my areas, or one under it"})


class BoardUnit(Schema):
    id = ma.fields.UUID()
    code = ma.fields.String()
    name = ma.fields.Nested(fields.Named)


class Open(Schema):
    open = ma.fields.Nested(Figure)
    overdue = ma.fields.Nested(Figure)
    escalated = ma.fields.Nested(Figure, metadata={"description": "A level above was told of a limit"})


class OpenByStatus(Open):
    status = fields.Choice(STATUSES)


class OpenByReason(Open):
    reason = ma.fields.String()
    sentence = ma.fields.Nested(Sentence)


class OpenByAttempt(Open):
    state = fields.Choice(ACTIVE)


class OpenByArea(Open):
    area = ma.fields.Nested(
        BoardArea, allow_none=True, metadata={"description": "null: in none of these areas, but above them"}
    )


class OpenByUnit(Open):
    unit = ma.fields.Nested(BoardUnit, allow_none=True)


class WorstArea(OpenByArea):
    overdue_share = fields.Float()


class WorstUnit(OpenByUnit):
    overdue_share = fields.Float()


class Worst(Schema):
    areas = ma.fields.List(ma.fields.Nested(WorstArea))
    units = ma.fields.List(ma.fields.Nested(WorstUnit))


class Board(Open):
    at = ma.fields.DateTime()
    area = ma.fields.Nested(BoardArea, allow_none=True)
    urgent = ma.fields.Nested(Figure)
    waiting = ma.fields.Nested(Figure)
    warned = ma.fields.Nested(Figure, metadata={"description": "Of a limit that is not over yet"})
    stage_overdue = ma.fields.Nested(Figure, metadata={"description": "A limit on a stage is over"})
    verify_overdue = ma.fields.Nested(
        Figure, metadata={"description": "Not filed yet, and the limit on verifying is over"}
    )
    supervised = ma.fields.Nested(Figure, metadata={"description": "Under supervision"})
    extension = ma.fields.Nested(
        Figure, metadata={"description": "More time was asked for, and nobody has decided"}
    )
    by_status = ma.fields.List(ma.fields.Nested(OpenByStatus))
    by_waiting_reason = ma.fields.List(ma.fields.Nested(OpenByReason))
    by_attempt = ma.fields.List(
        ma.fields.Nested(OpenByAttempt),
        metadata={"description": "How far it is with somebody: asked, accepted, on the way, on the spot"},
    )
    by_area = ma.fields.List(ma.fields.Nested(OpenByArea))
    by_unit = ma.fields.List(ma.fields.Nested(OpenByUnit))
    by_joint_unit = ma.fields.List(
        ma.fields.Nested(OpenByUnit),
        metadata={
            "description": "Open parts of units that do not own the case: it counts for its owner above"
        },
    )
    worst = ma.fields.Nested(Worst, metadata={"description": "Highest share of overdue among open cases"})


class QueueQuery(Page):
    area_id = ma.fields.UUID(attribute="within", metadata={"description": "One of my areas, or one under it"})
    reason = fields.CommaList(choices=list(WAITING_SENTENCES))


class QueueItem(Schema):
    since = ma.fields.DateTime()
    reason = ma.fields.String()
    sentence = ma.fields.Nested(Sentence)
    act = ma.fields.String(metadata={"description": "Path of the case's transitions"})
    proposal = ma.fields.Nested(
        ProposalOut, allow_none=True, metadata={"description": "Where it waits to be confirmed (`proposed`)"}
    )
    incident = ma.fields.Nested(IncidentOut)


class QueuePage(Schema):
    items = ma.fields.List(ma.fields.Nested(QueueItem))
    next = ma.fields.String(allow_none=True)


class WorkersQuery(Page):
    area_id = ma.fields.UUID(
        attribute="within", metadata={"description": "Workers of the grids in and under this area"}
    )
    on_duty = fields.Boolean()


class WorkerOnBoard(WorkerOut):
    week = ma.fields.Nested(
        Week, metadata={"description": "null in it: she contests the figure, and nobody has resolved it"}
    )
    offered = ma.fields.Nested(Figure, metadata={"description": "Of the cases that I direct"})
    accepted = ma.fields.Nested(Figure, metadata={"description": "Of the cases that I direct"})
    en_route = ma.fields.Nested(Figure, metadata={"description": "She is on her way to these"})
    on_scene = ma.fields.Nested(Figure, metadata={"description": "She is where these are"})
    position_age_s = fields.Float(
        allow_none=True, metadata={"description": "Seconds since the newest fix of this duty"}
    )


class WorkersOnBoard(Schema):
    items = ma.fields.List(ma.fields.Nested(WorkerOnBoard))
    next = ma.fields.String(allow_none=True)
    locate = ma.fields.String(metadata={"description": "Where somebody is: POST here, with a purpose"})
