"""Response schemas of workers, units, assignments and parts of joint handling."""

import marshmallow as ma

from app.core.enumerations import Enumeration
from app.dispatch.rules.states import ACTIVE
from app.http import fields
from app.http.smorest import Schema

UNIT_PARTS = Enumeration(
    "UnitPart",
    {
        "lead": "the unit answers for the whole case",
        "joint": "the unit has a joint part",
    },
)


class UnitRef(Schema):
    id = ma.fields.UUID(metadata={"description": "Id of the unit"})
    name = ma.fields.Nested(fields.Named, metadata={"description": "Name of the unit in Chinese and English"})


class WorkerRef(Schema):
    id = ma.fields.UUID(metadata={"description": "Id of the worker"})
    name = ma.fields.String(
        metadata={"description": "Name of the worker; masked for callers who may not read names of staff"}
    )


class AssignmentRef(Schema):
    id = ma.fields.UUID(metadata={"description": "Id of the assignment"})
    role = ma.fields.String(
        metadata={
            "description": "Kind of work: verify, handle, check, second (assist) or joint (part of a joint unit)"
        }
    )
    state = fields.Choice(
        ACTIVE,
        metadata={
            "description": "open: offered to several workers; offered: to one worker; queued: with a unit; then the "
            "progress of the work"
        },
    )
    worker = ma.fields.Nested(
        WorkerRef,
        allow_none=True,
        metadata={
            "description": "Worker who has the offer or the assignment; null: several workers have an offer, or a "
            "unit has it"
        },
    )
    unit = ma.fields.Nested(
        UnitRef,
        allow_none=True,
        metadata={
            "description": "Unit that has the assignment in its queue or handles it; null: it was given to a worker"
        },
    )
    handler = ma.fields.Nested(
        WorkerRef,
        allow_none=True,
        metadata={
            "description": "Member of the unit who accepted the assignment; null: nobody of a unit has accepted it"
        },
    )
    reason = ma.fields.String(
        metadata={
            "description": "Why this worker or unit was chosen, as a code, such as responsible, unit_queue or by_supervisor"
        }
    )
    offer_expires_at = ma.fields.DateTime(
        allow_none=True,
        metadata={"description": "By when the offer has to be answered (RFC 3339); null: no offer is open"},
    )
    offer_state = fields.Choice(
        Enumeration(
            "OpenOfferState",
            {
                "offered": "the worker has not answered, and the offer has not reached the device",
                "delivered": "the offer has reached the device of the worker",
            },
        ),
        allow_none=True,
        metadata={
            "description": "delivered: the offer has reached the device of the worker; null: no single offer is open"
        },
    )
    accepted_at = ma.fields.DateTime(
        allow_none=True,
        metadata={
            "description": "When the worker or a member of the unit accepted (RFC 3339); null: not accepted"
        },
    )
    en_route_at = ma.fields.DateTime(
        allow_none=True, metadata={"description": "When the worker set out (RFC 3339); null: not recorded"}
    )
    on_scene_at = ma.fields.DateTime(
        allow_none=True,
        metadata={"description": "When the worker arrived at the place (RFC 3339); null: not recorded"},
    )


class PartOut(Schema):
    """The part of one unit in joint handling."""

    part = fields.Choice(
        UNIT_PARTS,
        metadata={
            "description": "lead: the unit answers for the whole case; joint: the unit has a joint part"
        },
    )
    unit = ma.fields.Nested(
        UnitRef,
        allow_none=True,
        metadata={
            "description": "Unit that has the part; null: the lead is a worker and no unit owns the case"
        },
    )
    state = ma.fields.String(
        metadata={
            "description": "State of the assignment: open, offered, queued, accepted, en_route, on_scene, done, "
            "withdrawn or failed"
        }
    )
    since = ma.fields.DateTime(metadata={"description": "Since when the part is in this state (RFC 3339)"})
    assignment_id = ma.fields.UUID()
    by = ma.fields.Nested(
        WorkerRef,
        allow_none=True,
        metadata={"description": "Person who has or had the part; null: nobody has accepted it"},
    )
    because = ma.fields.String(
        allow_none=True,
        metadata={
            "description": "Why the unit has no part any more, as a code, such as part_returned or part_withdrawn; "
            "null: no reason stored"
        },
    )


class ProposalOut(Schema):
    """Worker whom the rules propose, shown to those who direct the case before an offer is sent."""

    state = ma.fields.String(
        validate=ma.validate.Equal("proposed"),
        metadata={
            "description": "Always proposed: no offer is sent before the proposal is confirmed or its time is over"
        },
    )
    run_id = ma.fields.UUID()
    worker = ma.fields.Nested(WorkerRef, metadata={"description": "Worker whom the rules propose"})
    reason = ma.fields.String(
        metadata={
            "description": "Why the rules chose the worker, as a code, such as responsible or nearest_community"
        }
    )
    since = ma.fields.DateTime(metadata={"description": "When the rules proposed the worker (RFC 3339)"})
    until = ma.fields.DateTime(
        metadata={"description": "When the offer is sent without a confirmation (RFC 3339)"}
    )
