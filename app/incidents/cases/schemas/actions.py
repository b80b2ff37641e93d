"""Response schemas of the actions that an actor may take on a case, with their fields."""

import marshmallow as ma

from app.core.enumerations import Enumeration
from app.http import fields
from app.http.smorest import Schema
from app.incidents.cases.rules.action_texts import MEANINGS, RESULT_TEXTS
from app.incidents.cases.rules.wire_actions import FIELDS, RESULT_CODES, WIRE_ACTIONS

ACTIONS = Enumeration(
    "TransitionAction", {action: MEANINGS[action].removesuffix(".") for action in WIRE_ACTIONS}
)
TRANSITION_FIELDS = Enumeration("TransitionField", FIELDS)
TRANSITION_RESULTS = Enumeration("TransitionResult", {code: RESULT_TEXTS[code] for code in RESULT_CODES})


def _field_names(description: str) -> ma.fields.List:
    return ma.fields.List(fields.Choice(TRANSITION_FIELDS), metadata={"description": description})


class ActionResult(Schema):
    """Required and optional fields for one value of the field `result`."""

    result = fields.Choice(TRANSITION_RESULTS, metadata={"description": "Value of the field `result`"})
    required = _field_names("Fields that this result needs, beside those that the action needs")
    optional = _field_names("Fields that this result may have")


class ActionForm(Schema):
    """An action that the reader may take now, with the fields that POST .../transitions takes with it."""

    action = fields.Choice(
        ACTIONS, metadata={"description": "Value of `action` in POST /incidents/{incident_id}/transitions"}
    )
    required = _field_names("Fields that the action needs")
    optional = _field_names("Fields that the action may have; `results` may restrict them")
    one_of = _field_names("Fields of which the action needs exactly one; empty where there are none")
    results = ma.fields.List(
        ma.fields.Nested(ActionResult),
        metadata={
            "description": "For each value of `result` its fields; empty where the action has no result"
        },
    )
