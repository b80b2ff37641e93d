"""Input of what people do with cases and with what they are asked for."""

import marshmallow as ma

from app.core.enumerations import Enumeration
from app.http import fields
from app.http.free_text import FreeText
from app.incidents.cases.rules import lifecycle
from app.incidents.cases.schemas.positions import PRESENCE_REASON, ClaimedFix

ACTIONS = Enumeration(
    "TransitionAction", dict.fromkeys(lifecycle.client_action(action) for action in lifecycle.ACTIONS)
)
RESULTS = Enumeration(
    "TransitionResult", sorted({result for results in lifecycle.RESULTS.values() for result in results})
)


class Transition(FreeText):
    free_text = ("note",)

    action = fields.Choice(ACTIONS, required=True)
    note = fields.Words(max_length=2000, load_default=None, allow_none=True)
    result = fields.Choice(
        RESULTS,
        metadata={"description": "Of check: pass, not_pass, unable; of verify: exists, not_exist, unable"},
    )
    worker_id = ma.fields.UUID()
    unit_id = ma.fields.UUID(
        metadata={
            "description": "Who gets it, joins, goes or leads; with return: whose it is; with the acts on a part, if I may "
            "mean several"
        }
    )
    reason = ma.fields.String(
        validate=ma.validate.Length(max=40),
        metadata={
            "description": "With not_file, force_close and not_exist: a code of the profile's list; left out: other, not_found"
        },
    )
    amount = fields.Float(
        validate=ma.validate.Range(0, 10_000, min_inclusive=False),
        metadata={
            "description": "With ask_extension: how much more, in the unit of the limit",
            "exclusiveMinimum": 0,
        },
    )
    level = fields.Integer(
        validate=ma.validate.Range(1, 3),
        metadata={"description": "With supervise: 1 ordinary, 2 key, 3 the highest"},
    )
    until = fields.Instant(
        metadata={
            "description": "With supervise: by when; with put_on_books and defer: when it is looked at again"
        }
    )
    stage = fields.Words(max_length=40, metadata={"description": "With stage_done: which one is finished"})
    fix = ma.fields.Nested(
        ClaimedFix,
        metadata={
            "description": "With feed_back, second_done, part_done, check and verify: where I am; also with start, "
            "stage_done and return"
        },
    )
    presence_reason = fields.Words(max_length=500, metadata={"description": PRESENCE_REASON})
    alone_reason = fields.Words(
        max_length=500,
        metadata={
            "description": "With start and feed_back of what takes two people: why I work without the second, who has not "
            "accepted or not handed in"
        },
    )
    media = ma.fields.List(
        ma.fields.UUID(),
        validate=ma.validate.Length(max=20),
        metadata={
            "description": "With feed_back, second_done, part_done and verify: photos of mine that show it; those not sent "
            "yet are `pending`"
        },
    )
