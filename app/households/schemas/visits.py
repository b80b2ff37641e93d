"""Input and documentation of visits."""

import marshmallow as ma

from app.households.rules.register import CARE_KINDS, NOTE_DAYS_DEFAULT, NOTE_DAYS_MAX, VISIT_OUTCOMES
from app.households.schemas.premises import InGrid
from app.http import fields
from app.http.free_text import FreeText
from app.http.smorest import Schema


class RecordVisit(FreeText):
    free_text = ("note",)

    id = fields.Uuid7(required=True)
    visited_at = fields.Instant(
        metadata={"description": "When the visit was (RFC 3339), at most 31 days ago; absent: now"}
    )
    outcome = fields.Choice(VISIT_OUTCOMES, required=True, metadata={"description": "Outcome of the visit"})
    note = fields.Words(
        max_length=1000, metadata={"description": "Note of the visit; erased after `note_days`"}
    )
    note_days = fields.Integer(
        validate=ma.validate.Range(1, NOTE_DAYS_MAX),
        metadata={"description": f"How long the note is kept; {NOTE_DAYS_DEFAULT} if left out"},
    )
    care_done = ma.fields.List(
        ma.fields.UUID(),
        validate=ma.validate.Length(max=100),
        metadata={"description": "Ids of the care tags whose task was done on this visit"},
    )


class VisitPageQuery(Schema):
    limit = fields.Integer(load_default=50, validate=ma.validate.Range(1, 500))
    cursor = fields.Cursor()


class Visitor(Schema):
    id = ma.fields.UUID()
    name = ma.fields.String(allow_none=True, metadata={"description": "Name of the worker; null: not known"})


class MediaOfVisit(Schema):
    id = ma.fields.UUID()
    kind = ma.fields.String(metadata={"description": "Kind of the media"})
    state = ma.fields.String(metadata={"description": "State of the upload"})
    content_type = ma.fields.String(
        allow_none=True, metadata={"description": "Media type of the file; null: not known yet"}
    )


class VisitOut(Schema):
    id = ma.fields.UUID()
    household_id = ma.fields.UUID()
    visited_by = ma.fields.Nested(Visitor, metadata={"description": "Worker who visited the household"})
    visited_at = ma.fields.DateTime(metadata={"description": "When the visit was (RFC 3339)"})
    outcome = fields.Choice(VISIT_OUTCOMES, metadata={"description": "Outcome of the visit"})
    note = ma.fields.String(
        allow_none=True, metadata={"description": "Note of the visit; null: none, or it has expired"}
    )
    note_expires_on = ma.fields.Date(
        allow_none=True,
        metadata={"description": "Last day on which the note is stored; null: there is no note"},
    )
    care_done = ma.fields.List(
        ma.fields.UUID(), metadata={"description": "Ids of the care tags whose task was done on this visit"}
    )
    media = ma.fields.List(
        ma.fields.Nested(MediaOfVisit), metadata={"description": "Photos and voice notes of the visit"}
    )


class VisitPage(Schema):
    items = ma.fields.List(ma.fields.Nested(VisitOut))
    next = ma.fields.String(allow_none=True)


class DueQuery(Schema):
    until = ma.fields.Date(
        metadata={"description": "Last day that counts as due; absent: today in the jurisdiction"}
    )


class DueFilter(DueQuery):
    grid_id = ma.fields.UUID()
    limit = fields.Integer(load_default=100, validate=ma.validate.Range(1, 500))
    cursor = fields.Cursor()


class DueResident(Schema):
    id = ma.fields.UUID()
    name = ma.fields.String(metadata={"description": "Name of the resident, always masked"})


class DueTask(Schema):
    care_tag_id = ma.fields.UUID(metadata={"description": "Id of the care tag"})
    kind = fields.Choice(CARE_KINDS, metadata={"description": "Kind of help that the resident needs"})
    purpose = ma.fields.String(metadata={"description": "What the care tag is for"})
    resident = ma.fields.Nested(DueResident, metadata={"description": "Resident whom the task is for"})
    due_on = ma.fields.Date(metadata={"description": "Day from which the task is due"})
    is_due = fields.Boolean(metadata={"description": "True: the task is due by the end of `until`"})
    cycle_days = fields.Integer(metadata={"description": "Days between two times that the task is done"})


class DueHousehold(Schema):
    id = ma.fields.UUID()
    label = ma.fields.String(
        metadata={"description": "Label that distinguishes several households of one premises; may be empty"}
    )
    address = ma.fields.String(
        metadata={"description": "Address of the premises; masked where the caller may not read addresses"}
    )
    version = fields.Integer()


class DueVisit(Schema):
    due_on = ma.fields.Date(
        allow_none=True,
        metadata={
            "description": "Day from which the visit is due; null: never visited, or not to be visited again"
        },
    )
    is_due = fields.Boolean(metadata={"description": "True: the visit is due by the end of `until`"})


class DueVisitHere(DueVisit):
    cycle_days = fields.Integer(
        metadata={"description": "Days between two visits, from the profile of the jurisdiction"}
    )


class DueOut(Schema):
    household = ma.fields.Nested(DueHousehold, metadata={"description": "The household"})
    until = ma.fields.Date(metadata={"description": "Last day that counts as due"})
    declined_at = ma.fields.DateTime(
        allow_none=True,
        metadata={"description": "When the household declined further visits (RFC 3339); null: it did not"},
    )
    moved_away_at = ma.fields.DateTime(
        allow_none=True,
        metadata={
            "description": "When a visit found that the household had moved away (RFC 3339); null: it has not"
        },
    )
    visit = ma.fields.Nested(DueVisitHere, metadata={"description": "The next visit to the household"})
    tasks = ma.fields.List(
        ma.fields.Nested(DueTask),
        metadata={"description": "Tasks of all members, in the order of their days"},
    )


class PlacedHousehold(Schema):
    id = ma.fields.UUID()
    label = ma.fields.String(
        metadata={"description": "Label that distinguishes several households of one premises; may be empty"}
    )
    address = ma.fields.String(
        metadata={"description": "Address of the premises; masked where the caller may not read addresses"}
    )
    location = ma.fields.Dict(metadata={"description": "GeoJSON Point"})
    grid = ma.fields.Nested(
        InGrid,
        allow_none=True,
        metadata={"description": "Grid that contains the premises; null: no grid does"},
    )


class DueItem(Schema):
    household = ma.fields.Nested(PlacedHousehold, metadata={"description": "The household and its place"})
    visit = ma.fields.Nested(DueVisit, metadata={"description": "The next visit to the household"})
    tasks_due = fields.Integer(
        metadata={"description": "Number of tasks of members that are due by the end of `until`"}
    )


class DuePage(Schema):
    items = ma.fields.List(ma.fields.Nested(DueItem))
    next = ma.fields.String(allow_none=True)
