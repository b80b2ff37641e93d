"""Documentation of what an actor may do with a case, and with which fields."""

import marshmallow as ma

from app.http.smorest import Schema
from app.incidents.cases.rules.wire_actions import FIELDS, RESULT_CODES, WIRE_ACTIONS


def _field_names(description: str) -> ma.fields.List:
    return ma.fields.List(
        ma.fields.String(validate=ma.validate.OneOf(FIELDS)), metadata={"description": description}
    )


class ActionResult(Schema):
    """What one value of the field `result` needs and may have beside it."""

    result = ma.fields.String(validate=ma.validate.OneOf(RESULT_CODES))
    required = _field_names("Fields that this result needs, beside those that the action needs")
    optional = _field_names("Fields that this result may have")


class ActionForm(Schema):
    """An action that the reader may take now, with the fields that POST .../transitions takes with it."""

    action = ma.fields.String(validate=ma.validate.OneOf(WIRE_ACTIONS))
    required = _field_names("Fields that the action needs")
    optional = _field_names("Fields that the action may have; `results` may restrict them")
    one_of = _field_names("Fields of which the action needs exactly one; empty where there are none")
    results = ma.fields.List(
        ma.fields.Nested(ActionResult),
        metadata={
            "description": "For each value of `result` its fields; empty where the action has no result"
        },
    )
