"""Who and which unit, and what each does of a case that several handle together."""

import marshmallow as ma

from app.core.enumerations import Enumeration
from app.dispatch.rules.states import ACTIVE
from app.http import fields
from app.http.smorest import Schema


class UnitRef(Schema):
    id = ma.fields.UUID()
    name = ma.fields.Nested(fields.Named)


class WorkerRef(Schema):
    id = ma.fields.UUID()
    name = ma.fields.String()


class AssignmentRef(Schema):
    id = ma.fields.UUID()
    role = ma.fields.String()
    state = fields.Choice(ACTIVE)
    worker = ma.fields.Nested(WorkerRef, allow_none=True)
    unit = ma.fields.Nested(UnitRef, allow_none=True)
    reason = ma.fields.String()
    offer_expires_at = ma.fields.DateTime(allow_none=True)
    offer_state = fields.Choice(
        Enumeration("OpenOfferState", ("offered", "delivered")),
        allow_none=True,
        metadata={"description": "delivered: the phone of whoever is asked has it"},
    )
    accepted_at = ma.fields.DateTime(allow_none=True)
    en_route_at = ma.fields.DateTime(allow_none=True)
    on_scene_at = ma.fields.DateTime(allow_none=True)


class PartOut(Schema):
    """What one unit does of a case that several handle together."""

    part = fields.Choice(Enumeration("UnitPart", ("lead", "joint")))
    unit = ma.fields.Nested(UnitRef, allow_none=True)
    state = ma.fields.String()
    since = ma.fields.DateTime()
    assignment_id = ma.fields.UUID()
    by = ma.fields.Nested(
        WorkerRef, allow_none=True, metadata={"description": "Who of the unit has or had it"}
    )
    because = ma.fields.String(
        allow_none=True, metadata={"description": "Why the unit has it no more, as a code"}
    )


class ProposalOut(Schema):
    """Whom the rules have chosen, told to those who direct the case before she is asked."""

    state = ma.fields.String(validate=ma.validate.Equal("proposed"))
    run_id = ma.fields.UUID()
    worker = ma.fields.Nested(WorkerRef)
    reason = ma.fields.String()
    since = ma.fields.DateTime()
    until = ma.fields.DateTime(metadata={"description": "Then she is asked by herself"})
