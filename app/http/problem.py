"""Schemas of problem details (RFC 9457) for the API document.

`app/http/errors.py` makes the responses.
"""

import marshmallow as ma

from app.core.enumerations import Enumeration
from app.http import fields

OPTIONAL = {"x-optional": True}


class FieldError(ma.Schema):
    """One fault of one field. More members name what the code is about."""

    field = ma.fields.String(
        metadata={"description": "Path of the field, as `roles.0.area_id`; empty or `body`: the whole body"}
    )
    code = ma.fields.String(metadata={"description": "Stable, machine-readable"})
    message = ma.fields.String(metadata={"description": "In the language of the caller"})

    class Meta:
        unknown = ma.INCLUDE


class Problem(ma.Schema):
    """RFC 9457 problem details. `code` is stable; `detail` is for people, in the language asked for.

    Members that are not listed may occur.
    """

    type = ma.fields.String(metadata={"description": "`urn:gridward:problem:` and the code"})
    title = ma.fields.String(metadata={"description": "Name of the status, in English"})
    status = fields.Integer(metadata={"description": "The HTTP status"})
    code = ma.fields.String(metadata={"description": "Stable, machine-readable"})
    detail = ma.fields.String(metadata={"description": "What happened, in the language of the caller"})
    request_id = ma.fields.String(
        allow_none=True, metadata={"description": "Identifies the request in the log of the server"}
    )
    errors = ma.fields.List(
        ma.fields.Nested(FieldError),
        metadata={"description": "With `validation_failed` and other 422: each fault with its field"}
        | OPTIONAL,
    )
    allowed = ma.fields.List(
        ma.fields.String(),
        metadata={"description": "On 409 of a transition: the actions that are allowed now"} | OPTIONAL,
    )
    because = fields.Choice(
        Enumeration(
            "TransitionObstacle",
            {
                "state": "nobody may take the action in the state of the case",
                "role": "others may take it in this state, but not the actor",
            },
        ),
        metadata={
            "description": "On 409 of a transition: what forbids it, the state of the case or the actor's role"
        }
        | OPTIONAL,
    )
    states = ma.fields.List(
        ma.fields.String(),
        metadata={"description": "With `because` = `state`: the states that allow the action"} | OPTIONAL,
    )
    who = ma.fields.List(
        ma.fields.String(),
        metadata={"description": "With `because` = `role`: the roles that may do it in this state"}
        | OPTIONAL,
    )
    permission = ma.fields.String(
        metadata={"description": "With `permission_missing`: the permission that the role lacks"} | OPTIONAL
    )
    findings = ma.fields.List(
        ma.fields.Dict(), metadata={"description": "Faults of geometry, with their place"} | OPTIONAL
    )
    reason = ma.fields.String(
        metadata={"description": "With `worker_not_eligible`, `run_not_replayable`, `resync_required`: why"}
        | OPTIONAL
    )
    units = ma.fields.List(
        ma.fields.Dict(),
        metadata={"description": "With `parts_unfinished`: units whose part is open"} | OPTIONAL,
    )
    doubts = ma.fields.List(
        ma.fields.String(),
        metadata={"description": "With `presence_not_shown`: what speaks against presence"} | OPTIONAL,
    )
    stages = ma.fields.List(
        ma.fields.String(),
        metadata={"description": "With `stage_not_running`: the stages that run"} | OPTIONAL,
    )
    offset = fields.Integer(
        metadata={"description": "With `upload_offset_wrong`: bytes that the server has"} | OPTIONAL
    )
    merged_into = ma.fields.Raw(
        metadata={"description": "With `premises_merged`: the premises that replace these"} | OPTIONAL
    )
    premises_id = ma.fields.UUID(
        allow_none=True,
        metadata={
            "description": "With `address_taken`: the premises that have it; null: not visible to the actor"
        }
        | OPTIONAL,
    )
    server_time = ma.fields.DateTime(
        metadata={"description": "With `proof_stale`: the clock of the server"} | OPTIONAL
    )

    class Meta:
        unknown = ma.INCLUDE
