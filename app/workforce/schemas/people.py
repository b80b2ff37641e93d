"""Input and documentation of the workforce."""

from typing import Any

import marshmallow as ma

from app.core.enumerations import Enumeration
from app.http import fields
from app.http.free_text import FreeText
from app.http.smorest import Schema
from app.settings import Settings

LIMITS = Settings()
POSITIONS_MAX = 500
ROLES = Enumeration("ResponsibilityRole", ("worker", "chief", "substitute"))


class Page(Schema):
    limit = fields.Integer(
        load_default=LIMITS.page_limit_default, validate=ma.validate.Range(1, LIMITS.page_limit_max)
    )
    cursor = fields.Cursor()


class Skills(ma.fields.List):
    """Codes of what a worker can do."""

    def __init__(self, **kwargs: Any) -> None:
        skill = fields.Words(min_length=1, max_length=64)
        super().__init__(skill, validate=ma.validate.Length(max=50), **kwargs)


class Permits(ma.fields.Dict):
    """Of the skills, those that end, and when: from then on she is not asked for what needs them."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            keys=fields.Words(min_length=1, max_length=64),
            values=fields.Instant(),
            validate=ma.validate.Length(max=50),
            **kwargs,
        )


class Capacity(fields.Integer):
    """How much open work a worker has room for."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(validate=ma.validate.Range(0, 100), **kwargs)


# --- workers --------------------------------------------------------------------------------


class WorkerFilter(Page):
    area_id = ma.fields.UUID(
        attribute="within", metadata={"description": "Workers of the grids in and under this area"}
    )
    on_duty = fields.Boolean()
    q = fields.Words(max_length=100, metadata={"description": "Part of the name"})


class WorkerGrid(Schema):
    id = ma.fields.UUID()
    code = ma.fields.String()
    name = ma.fields.Nested(fields.Named)
    role = fields.Choice(ROLES)


class WorkerOut(Schema):
    id = ma.fields.UUID()
    name = ma.fields.String()
    capacity = fields.Integer()
    skills = ma.fields.List(ma.fields.String())
    permits = Permits()
    open_work = fields.Integer()
    on_duty = fields.Boolean()
    on_duty_since = ma.fields.String(allow_none=True)
    grids = ma.fields.List(ma.fields.Nested(WorkerGrid))
    version = fields.Integer()


class WorkerPage(Schema):
    items = ma.fields.List(ma.fields.Nested(WorkerOut))
    next = ma.fields.String(allow_none=True)


class EnrolWorker(Schema):
    account_id = ma.fields.UUID(required=True)
    name = fields.Words(min_length=1, max_length=100)
    capacity = Capacity()
    skills = Skills()
    permits = Permits()


class WorkerPatch(Schema):
    name = fields.Words(min_length=1, max_length=100)
    capacity = Capacity()
    skills = Skills()
    permits = Permits()


# --- duty and shifts ------------------------------------------------------------------------


class SetDuty(FreeText):
    free_text = ("note",)

    on_duty = fields.Boolean(required=True)
    at = fields.Instant(metadata={"description": "Up to 24 hours back; now, if left out"})
    note = fields.Words(max_length=500)


class DutyOut(Schema):
    id = ma.fields.UUID()
    worker_id = ma.fields.UUID()
    on_duty = fields.Boolean()
    since = ma.fields.AwareDateTime(format="iso")
    until = ma.fields.AwareDateTime(format="iso", allow_none=True)


class PeriodFilter(Page):
    since = fields.Instant()
    until = fields.Instant()


class DutyPeriod(Schema):
    id = ma.fields.UUID()
    worker_id = ma.fields.UUID()
    since = ma.fields.String()
    until = ma.fields.String(allow_none=True)
    on_duty = fields.Boolean()
    recorded_by = ma.fields.UUID(allow_none=True)
    note = ma.fields.String(allow_none=True)


class DutyPage(Schema):
    items = ma.fields.List(ma.fields.Nested(DutyPeriod))
    next = ma.fields.String(allow_none=True)


class ShiftFilter(PeriodFilter):
    worker_id = ma.fields.UUID()
    area_id = ma.fields.UUID(
        attribute="within", metadata={"description": "Shifts of the workers in and under this area"}
    )


class PlanShift(FreeText):
    free_text = ("note",)

    worker_id = ma.fields.UUID(required=True)
    since = fields.Instant(required=True)
    until = fields.Instant(required=True)
    note = fields.Words(max_length=500)


class ShiftPatch(FreeText):
    """What is left out stays as it is."""

    free_text = ("note",)

    worker_id = ma.fields.UUID()
    since = fields.Instant()
    until = fields.Instant()
    note = fields.Words(max_length=500, allow_none=True)


class ShiftOut(Schema):
    id = ma.fields.UUID()
    worker_id = ma.fields.UUID()
    worker_name = ma.fields.String()
    since = ma.fields.String()
    until = ma.fields.String()
    note = ma.fields.String(allow_none=True)
    version = fields.Integer()


class ShiftPage(Schema):
    items = ma.fields.List(ma.fields.Nested(ShiftOut))
    next = ma.fields.String(allow_none=True)


# --- responsibilities -----------------------------------------------------------------------


class ResponsibilityFilter(Page):
    worker_id = ma.fields.UUID()
    area_id = ma.fields.UUID(
        attribute="within", metadata={"description": "Responsibilities in and under this area"}
    )
    directly_in_area_id = ma.fields.UUID(
        attribute="area_id", metadata={"description": "Responsibilities for this area itself"}
    )
    role = fields.Choice(ROLES)
    at = fields.Instant(metadata={"description": "Those valid at this instant; now, if left out"})
    current = fields.Boolean(
        data_key="current",
        attribute="is_current",
        load_default=True,
        metadata={"description": "false: also past and future ones"},
    )


class SetResponsibility(Schema):
    worker_id = ma.fields.UUID(required=True)
    area_id = ma.fields.UUID(required=True)
    role = fields.Choice(ROLES, required=True)
    since = fields.Instant(metadata={"description": "Now, if left out"})
    until = fields.Instant(allow_none=True)


class EndResponsibility(Schema):
    at = fields.Instant(metadata={"description": "Now, if left out"})


class ResponsibilityArea(Schema):
    id = ma.fields.UUID()
    code = ma.fields.String(allow_none=True)
    name = ma.fields.Nested(fields.Named, allow_none=True)
    level = ma.fields.String(allow_none=True)


class ResponsibilityOut(Schema):
    id = ma.fields.UUID()
    worker_id = ma.fields.UUID()
    worker_name = ma.fields.String()
    area = ma.fields.Nested(ResponsibilityArea)
    role = fields.Choice(ROLES)
    since = ma.fields.String(allow_none=True)
    until = ma.fields.String(allow_none=True)
    version = fields.Integer()


class ResponsibilityPage(Schema):
    items = ma.fields.List(ma.fields.Nested(ResponsibilityOut))
    next = ma.fields.String(allow_none=True)
