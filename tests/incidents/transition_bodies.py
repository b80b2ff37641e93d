"""Bodies of transitions, made from the transition table."""

from uuid import uuid4

from app.incidents.cases.rules.wire_actions import fields_of

EXAMPLES = {
    "reason": "other",
    "stage": "first",
    "amount": 1.5,
    "level": 2,
    "until": "2030-01-01T00:00:00+08:00",
    "worker_id": str(uuid4()),
    "unit_id": str(uuid4()),
    "alone_reason": "the second worker is ill",
    "note": "because",
    "fix": {"lon": 120.1, "lat": 30.2},
    "presence_reason": "the road is closed",
    "media": [str(uuid4())],
}


def required_names(action, result):
    row = fields_of(action)
    by_result = next((each.required for each in row.results if each.result == result), ())
    return [*row.required, *by_result, *row.one_of[:1]]


def taken_names(action, result):
    row = fields_of(action)
    by_result = [each for each in row.results if each.result == result]
    optional = by_result[0].optional if by_result else row.optional
    return {*required_names(action, result), *optional, *row.one_of}


def body_of(action, result, names=None):
    """A body with the required fields, or with these."""
    names = required_names(action, result) if names is None else names
    return {"action": action} | {name: EXAMPLES.get(name, result) for name in names}
