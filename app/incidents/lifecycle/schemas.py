"""Request schemas of transitions: one for each action, made from the transition table."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import marshmallow as ma

from app.core.enumerations import Enumeration
from app.http import fields
from app.http.free_text import FreeText
from app.http.variants import Variants, discriminator
from app.incidents.cases.rules import lifecycle
from app.incidents.cases.rules.action_texts import RESULT_TEXTS, description_of
from app.incidents.cases.rules.wire_actions import WIRE_ACTIONS, WireTransition, fields_of
from app.incidents.cases.schemas.positions import PRESENCE_REASON, ClaimedFix

_UNIT = {
    "reassign": "Unit that gets the case in its queue; send either worker_id or unit_id",
    "return": "Unit that is responsible for the case; left out: a supervisor decides",
    "add_unit": "Unit that gets a part",
    "withdraw_unit": "Unit whose part ends",
    "make_lead": "Unit that leads from now on",
}
_PART = "Unit whose part is meant; needed if the actor may mean several"
_WORKER = {
    "reassign": "Worker who gets the offer; send either worker_id or unit_id",
    "confirm": "The proposed worker as displayed: 409 if another worker is proposed meanwhile",
}
_UNTIL = {"supervise": "When the supervision ends; it must be in the future"}
_REVIEW = "When the case is reviewed; in the future, and not later than the profile allows"
_REASON = {
    "verify": "With not_exist: a code of the profile's reasons for not filing; left out: not_found",
    "not_file": "A code of the profile's reasons for not filing; left out: other",
    "force_close": "A code of the profile's reasons for closing by force; left out: other",
}
_MEDIA = "Ids of the actor's photos and voice notes of the case; those not uploaded yet are `pending`"
_ALONE = (
    "Why the handler works without a second worker; needed while the category takes two people and the second worker has "
    "not accepted (start) or not submitted (feed_back)"
)


_RESULTS = {
    action: Enumeration(
        f"{action.capitalize()}Result",
        {each.result: RESULT_TEXTS[each.result] for each in fields_of(action).results},
    )
    for action in lifecycle.RESULTS
}


def _note(*, required: bool, **options: Any) -> fields.Words:
    if required:
        return fields.Words(max_length=2000, min_length=1, required=True, **options)
    return fields.Words(max_length=2000, allow_none=True, **options)


def _result(action: str, **options: Any) -> fields.Choice:
    return fields.Choice(_RESULTS[action], **_described(options, "Result of the action"))


def _described(options: dict[str, Any], text: str) -> dict[str, Any]:
    return options | {"metadata": {"description": text}}


# Each field by name, as a function of the action and of the options of marshmallow's fields.
_FIELDS: Mapping[str, Callable[..., ma.fields.Field[Any]]] = {
    "result": _result,
    "reason": lambda action, **options: ma.fields.String(
        validate=ma.validate.Length(max=40), **_described(options, _REASON[action])
    ),
    "stage": lambda _, **options: fields.Words(
        max_length=40, min_length=1, **_described(options, "Code of the stage that is finished")
    ),
    "amount": lambda _, **options: fields.Float(
        validate=ma.validate.Range(0, 10_000, min_inclusive=False),
        metadata={
            "description": "Length of the extension, in the `unit` of the deadline `handle` in `deadlines` of readIncident. At "
            "most `lifecycle.extension.most` of the profile for that unit, or without such a rule the limit itself",
            "exclusiveMinimum": 0,
        },
        **options,
    ),
    "level": lambda _, **options: fields.Integer(
        validate=ma.validate.Range(1, 3),
        **_described(options, "1 ordinary, 2 key, 3 the highest"),
    ),
    "until": lambda action, **options: fields.Instant(**_described(options, _UNTIL.get(action, _REVIEW))),
    "worker_id": lambda action, **options: ma.fields.UUID(
        **_described(options, _WORKER.get(action, "Worker who is asked"))
    ),
    "unit_id": lambda action, **options: ma.fields.UUID(**_described(options, _UNIT.get(action, _PART))),
    "alone_reason": lambda _, **options: fields.Words(max_length=500, **_described(options, _ALONE)),
    "note": lambda _, **options: _note(**_described(options, "Text for the history of the case")),
    "fix": lambda _, **options: ma.fields.Nested(
        ClaimedFix, **_described(options, "Position of the actor's device at the step")
    ),
    "presence_reason": lambda _, **options: fields.Words(
        max_length=500,
        **_described(options, f"{PRESENCE_REASON}; needed where the profile requires a reason"),
    ),
    "media": lambda _, **options: ma.fields.List(
        ma.fields.UUID(), validate=ma.validate.Length(max=20), **_described(options, _MEDIA)
    ),
}


class TransitionBody(FreeText):
    """The body of one action. `row`: its fields in the transition table."""

    row: WireTransition

    action = ma.fields.String(required=True)

    @ma.validates_schema(skip_on_field_errors=False, pass_original=True)
    def fit_to_result(self, data: dict[str, Any], original: dict[str, Any], **_: object) -> None:
        """Refuse a body without a field that its `result` needs, or with a field not allowed for it."""
        for each in self.row.results:
            if each.result == data.get("result"):
                # A field with a fault of its own is not in `data`.
                missing = (n for n in each.required if not original.get(n) or not data.get(n, True))
                taken = {*self.row.required, *each.required, *each.optional}
                unknown = (n for n in self.row.optional if n not in taken and original.get(n))
                faults = {name: ["required"] for name in missing}
                faults |= {name: ["unknown_field"] for name in unknown}
                if faults:
                    raise ma.ValidationError(faults)

    @ma.validates_schema(skip_on_field_errors=False, pass_original=True)
    def name_one(self, _: dict[str, Any], original: dict[str, Any], **__: object) -> None:
        """Refuse a body unless it has exactly one of the alternative fields (`row.one_of`)."""
        if self.row.one_of:
            sent = [name for name in self.row.one_of if original.get(name)]
            if not sent:
                raise ma.ValidationError("required", self.row.one_of[0])
            if len(sent) > 1:
                raise ma.ValidationError("one_of_two", sent[-1])


def _has(name: str) -> dict[str, Any]:
    """Return a JSON Schema that an object meets if it has a member with this name."""
    return {"properties": {name: {}}, "required": [name]}


def _conditions(row: WireTransition) -> dict[str, Any]:
    """Return the JSON Schema keywords for fields that depend on `result` or exclude each other."""
    conditions: dict[str, Any] = {}
    rules = []
    for each in row.results:
        refused = [name for name in row.optional if name not in (*each.required, *each.optional)]
        then: dict[str, Any] = {}
        if each.required:
            texts = {name: {"type": "string", "minLength": 1} for name in each.required}
            then |= {"required": list(each.required), "properties": texts}
        if refused:
            presences = [_has(name) for name in refused]
            then["not"] = {"anyOf": presences} if len(presences) > 1 else presences[0]
        if then:
            is_result = {"properties": {"result": {"const": each.result}}, "required": ["result"]}
            rules.append({"if": is_result, "then": then})
    if rules:
        conditions["allOf"] = rules
    if row.one_of:
        first, second = row.one_of
        conditions |= {
            "if": _has(first),
            "then": {"not": _has(second)},
            "else": _has(second),
        }
    return conditions


def _body(action: str) -> TransitionBody:
    row = fields_of(action)
    optional = (*row.optional, *row.one_of)
    members: dict[str, Any] = {
        "action": discriminator(action),
        **{name: _FIELDS[name](action, required=True) for name in row.required},
        **{name: _FIELDS[name](action, required=False) for name in optional},
    }
    free_text = ("note",) if "note" in members else ()
    options = {
        "description": description_of(action),
        "conditions": _conditions(row),
        "exclude": () if free_text else ("allow_phone",),
    }
    meta = type("Meta", (FreeText.Meta,), options)
    name = "Transition" + "".join(word.capitalize() for word in action.split("_"))
    attributes = members | {"row": row, "free_text": free_text, "Meta": meta}
    body: TransitionBody = type(name, (TransitionBody,), attributes)()
    return body


class Transition(Variants):
    """One action on a case. Which fields it needs and may have depends on the action; any other field is refused."""

    class Meta(Variants.Meta):
        description = (
            "One action on a case. Which fields it needs and may have depends on `action`; any other field is refused with "
            "422 `unknown_field`. `actions` of GET /incidents/{incident_id} has those that the caller may take now."
        )

    free_text = ("note",)
    variants: ClassVar = {action: _body(action) for action in WIRE_ACTIONS}


class PushedTransition(Transition):
    """A transition from the outbox of a device.

    An operation may wait in an outbox for days, and is written by the version of the app that was installed then. Earlier
    versions of the API took and ignored four fields with every action. They are ignored here instead of being refused:
    a refused operation would become a dead letter, and the work of its worker would not count.
    """

    ignored = frozenset({"note", "result", "unit_id", "worker_id", "allow_phone"})
