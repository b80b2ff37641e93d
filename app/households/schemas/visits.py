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
    visited_at = fields.Instant(metadata={"description": "Left out: now"})
    outcome = fields.Choice(VISIT_OUTCOMES, required=True)
    note = fields.Words(max_length=1000, metadata={"description": "Erased when its days are over"})
    note_days = fields.Integer(
        validate=ma.validate.Range(1, NOTE_DAYS_MAX),
        metadata={"description": f"How long the note is kept; {NOTE_DAYS_DEFAULT} if left out"},
    )
    care_done = ma.fields.List(
        ma.fields.UUID(),
        validate=ma.validate.Length(max=100),
        metadata={"description": "The care tags whose task was done on this occasion"},
    )


class VisitPageQuery(Schema):
    limit = fields.Integer(load_default=50, validate=ma.validate.Range(1, 500))
    cursor = fields.Cursor()


class Visitor(Schema):
    id = ma.fields.UUID()
    name = ma.fields.String(allow_none=True)


class MediaOfVisit(Schema):
    id = ma.fields.UUID()
    kind = ma.fields.String()
    state = ma.fields.String()
    content_type = ma.fields.String(allow_none=True)


class VisitOut(Schema):
    id = ma.fields.UUID()
    household_id = ma.fields.UUID()
    visited_by = ma.fields.Nested(Visitor)
    visited_at = ma.fields.DateTime()
    outcome = fields.Choice(VISIT_OUTCOMES)
    note = ma.fields.String(allow_none=True)
    note_expires_on = ma.fields.Date(allow_none=True)
    care_done = ma.fields.List(ma.fields.UUID())
    media = ma.fields.List(
        ma.fields.Nested(MediaOfVisit), metadata={"description": "What who was there sent of it"}
    )


class VisitPage(Schema):
    items = ma.fields.List(ma.fields.Nested(VisitOut))
    next = ma.fields.String(allow_none=True)


class DueQuery(Schema):
    until = ma.fields.Date(metadata={"description": "Left out: today, where the household lives"})


class DueFilter(DueQuery):
    grid_id = ma.fields.UUID()
    limit = fields.Integer(load_default=100, validate=ma.validate.Range(1, 500))
    cursor = fields.Cursor()


class DueResident(Schema):
    id = ma.fields.UUID()
    name = ma.fields.String(metadata={"description": "Always masked"})


class DueTask(Schema):
    care_tag_id = ma.fields.UUID()
    kind = fields.Choice(CARE_KINDS)
    purpose = ma.fields.String()
    resident = ma.fields.Nested(DueResident)
    due_on = ma.fields.Date()
    is_due = fields.Boolean()
    cycle_days = fields.Integer()


class DueHousehold(Schema):
    id = ma.fields.UUID()
    label = ma.fields.String()
    address = ma.fields.String()
    version = fields.Integer()


class DueVisit(Schema):
    due_on = ma.fields.Date(allow_none=True, metadata={"description": "Null: never visited, or not again"})
    is_due = fields.Boolean()


class DueVisitHere(DueVisit):
    cycle_days = fields.Integer()


class DueOut(Schema):
    household = ma.fields.Nested(DueHousehold)
    until = ma.fields.Date()
    declined_at = ma.fields.DateTime(allow_none=True)
    moved_away_at = ma.fields.DateTime(allow_none=True)
    visit = ma.fields.Nested(DueVisitHere)
    tasks = ma.fields.List(ma.fields.Nested(DueTask))


class PlacedHousehold(Schema):
    id = ma.fields.UUID()
    label = ma.fields.String()
    address = ma.fields.String()
    location = ma.fields.Dict(metadata={"description": "GeoJSON Point"})
    grid = ma.fields.Nested(InGrid, allow_none=True)


class DueItem(Schema):
    household = ma.fields.Nested(PlacedHousehold)
    visit = ma.fields.Nested(DueVisit)
    tasks_due = fields.Integer()


class DuePage(Schema):
    items = ma.fields.List(ma.fields.Nested(DueItem))
    next = ma.fields.String(allow_none=True)
