"""Response schemas of the history of a case."""

import marshmallow as ma

from app.core.enumerations import Enumeration
from app.http import fields
from app.http.smorest import Schema
from app.incidents.cases.rules.lifecycle import ACTIONS
from app.incidents.cases.rules.names import TRANSITION_NAMES
from app.incidents.cases.rules.other_transitions import OTHER_ACTIONS
from app.incidents.cases.schemas.references import STATUSES

STEPS = Enumeration(
    "HistoryStep",
    {
        action: "{} ({})".format(*TRANSITION_NAMES[action])
        for action in dict.fromkeys((*OTHER_ACTIONS, *ACTIONS))
    },
)


class StepPlace(Schema):
    lon = fields.Float()
    lat = fields.Float()
    accuracy_m = fields.Float(allow_none=True)


class EventOut(Schema):
    seq = fields.Integer(
        metadata={"description": "Number of the event; it grows with time over all cases, so a case has gaps"}
    )
    action = fields.Choice(STEPS, metadata={"description": "Code of the step"})
    from_status = fields.Choice(
        STATUSES,
        allow_none=True,
        metadata={"description": "State of the case before the step; null: the first event"},
    )
    to_status = fields.Choice(STATUSES, metadata={"description": "State of the case after the step"})
    actor = ma.fields.Dict(
        metadata={
            "description": "Who took the step: `kind` (account, device, system or reporter), `id`, `name`; of a "
            "reporter only the kind"
        }
    )
    occurred_at = ma.fields.DateTime()
    note = ma.fields.String(
        allow_none=True,
        metadata={
            "description": "Text given with the step; null: none, or it names a case that the caller may not see"
        },
    )
    place = ma.fields.Nested(
        StepPlace,
        allow_none=True,
        metadata={
            "description": "Where the step was taken, for callers who direct the case; null: unknown, or another caller"
        },
    )
    detail = ma.fields.Dict(
        metadata={
            "description": "Further facts, depending on `action`, such as `assignment_id`, `worker_id`, `from` and `to`"
        }
    )


class EventList(Schema):
    items = ma.fields.List(ma.fields.Nested(EventOut))
