"""Filters of the lists of cases and of assignments."""

import marshmallow as ma

from app.core.enumerations import Enumeration
from app.dispatch.rules.states import ACTIVE
from app.http import fields
from app.http.smorest import Schema
from app.incidents.cases.rules.list_order import NEWEST_FIRST, SORTS
from app.incidents.cases.schemas.references import STATUSES
from app.profiles.rules.levels import LEVELS
from app.profiles.rules.lifecycle import SOURCES

ASSIGNMENT_ROLES = Enumeration(
    "AssignmentRole",
    {
        "verify": "a worker looks whether the report is true before the case is filed",
        "handle": "a worker or unit solves the case",
        "check": "a worker other than the handler looks whether the case is solved",
        "second": "the second worker of a case that takes two",
        "joint": "the joint part of a further unit",
    },
)


class IncidentFilter(Schema):
    bbox = fields.BBox()
    status = fields.CommaList(
        choices=[*STATUSES, "open"],
        metadata={
            "description": "States, separated by commas; `open` stands for all states that are not an end"
        },
    )
    category = fields.CommaList(metadata={"description": "Codes of categories, separated by commas"})
    source = fields.CommaList(
        choices=list(SOURCES),
        metadata={"description": "Sources of the report that opened the case, separated by commas"},
    )
    grid_id = ma.fields.UUID(metadata={"description": "Only cases in this grid"})
    area_id = ma.fields.UUID(metadata={"description": "Only cases in this area or in an area below it"})
    directly_in_area_id = ma.fields.UUID(
        metadata={"description": "Only cases in this area itself and in none of the areas directly below it"}
    )
    no_area = fields.Boolean(
        metadata={
            "description": "True: only cases whose place is in no area that exists now; false: only the others"
        }
    )
    directed = fields.Boolean(
        metadata={"description": "True: only cases in areas where the caller directs the work"}
    )
    owner_unit_id = ma.fields.UUID(metadata={"description": "Only cases that this unit owns"})
    joint_unit_id = ma.fields.UUID(
        metadata={"description": "Only cases of which this unit has an open joint part"}
    )
    component_id = ma.fields.UUID(metadata={"description": "Only cases about this component"})
    unowned = fields.Boolean(
        metadata={"description": "True: only cases that no unit owns; false: only the others"}
    )
    priority = fields.Integer(
        validate=ma.validate.Range(1, 9),
        metadata={"description": "Only cases of this priority: 1 is the most urgent"},
    )
    overdue = fields.Boolean(
        metadata={
            "description": "True: only cases whose clock runs past the deadline of the whole case; false: only the others"
        }
    )
    warned = fields.Boolean(
        metadata={
            "description": "True: only cases with a deadline that was warned of and has not passed; false: only the others"
        }
    )
    stage_overdue = fields.Boolean(
        metadata={
            "description": "True: only cases with an overdue deadline of a stage, verification apart; false: only the others"
        }
    )
    verify_overdue = fields.Boolean(
        metadata={
            "description": "True: only cases that are not filed and whose verification is overdue; false: only the others"
        }
    )
    escalated = fields.Boolean(
        metadata={
            "description": "True: only cases with an overdue deadline that was escalated; false: only the others"
        }
    )
    escalated_to = fields.Choice(
        LEVELS,
        metadata={"description": "Only cases with a deadline whose highest escalation reached this level"},
    )
    waiting = fields.Boolean(
        metadata={
            "description": "True: only cases that wait for a free worker or a decision; false: only the others"
        }
    )
    waiting_reason = fields.CommaList(
        metadata={"description": "Codes of what the case waits for, separated by commas"}
    )
    worker_id = ma.fields.UUID(
        metadata={
            "description": "Only cases that are offered to this worker or that this worker has accepted"
        }
    )
    assignment = fields.CommaList(
        choices=list(ACTIVE),
        metadata={
            "description": "States of the assignment, separated by commas; with `worker_id`: of the assignment of "
            "this worker"
        },
    )
    mine = fields.Boolean(
        metadata={
            "description": "True: only cases that the caller reported, joined, has an offer of or has had assigned; "
            "false: only the others"
        }
    )
    supervised = fields.Boolean(
        metadata={"description": "True: only cases under supervision; false: only the others"}
    )
    extension = fields.Boolean(
        metadata={
            "description": "True: only cases with a requested extension that waits for a decision; false: only the others"
        }
    )
    contested = fields.Boolean(
        metadata={"description": "True: only cases that a reporter contested; false: only the others"}
    )
    updated_since = fields.Instant(
        metadata={"description": "Only cases that changed at or after this time (RFC 3339)"}
    )
    case_no = fields.Words(max_length=40, metadata={"description": "Only the case with exactly this number"})
    q = fields.Words(
        max_length=200,
        min_length=1,
        metadata={
            "description": "Only cases whose number, or the text of one of whose reports, contains this text; case "
            "is ignored in texts"
        },
    )
    sort = fields.Choice(
        SORTS,
        load_default=NEWEST_FIRST,
        metadata={
            "description": "Order of the list. All orders but the default one need the filter `status` with states that "
            "are not an end, for example `open`"
        },
    )
    counts = fields.Boolean(
        load_default=False,
        metadata={"description": "True: the answer has the member `counts`; not for GeoJSON"},
    )
    limit = fields.Integer(load_default=50, validate=ma.validate.Range(1, 500))
    cursor = fields.Cursor()


class AssignmentFilter(Schema):
    role = fields.Choice(
        ASSIGNMENT_ROLES,
        metadata={"description": "Only assignments of this kind"},
    )
    state = fields.CommaList(
        choices=list(ACTIVE),
        metadata={"description": "States, separated by commas; left out: all live states"},
    )
    limit = fields.Integer(load_default=200, validate=ma.validate.Range(1, 200))
    cursor = fields.Cursor()
