"""Schemas of workers, duty, shifts and responsibilities."""

from typing import Any

import marshmallow as ma

from app.core.enumerations import Enumeration
from app.http import fields
from app.http.free_text import FreeText
from app.http.smorest import Schema
from app.settings import Settings

LIMITS = Settings()
POSITIONS_MAX = 500
TELEPHONE = r"^\+?[0-9][0-9 -]{2,18}[0-9]$"
ROLES = Enumeration(
    "ResponsibilityRole",
    {
        "worker": "grid worker of the grid",
        "chief": "grid chief: leads the grid",
        "substitute": "substitute for the time of a substitution",
    },
)


class Page(Schema):
    limit = fields.Integer(
        load_default=LIMITS.page_limit_default, validate=ma.validate.Range(1, LIMITS.page_limit_max)
    )
    cursor = fields.Cursor()


class Skills(ma.fields.List):
    """Codes of the skills of a worker."""

    def __init__(self, **kwargs: Any) -> None:
        skill = fields.Words(min_length=1, max_length=64)
        super().__init__(skill, validate=ma.validate.Length(max=50), **kwargs)


class Permits(ma.fields.Dict):
    """Skills that expire, each with the instant from which the worker gets no offer that needs it."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            keys=fields.Words(min_length=1, max_length=64),
            values=fields.Instant(),
            validate=ma.validate.Length(max=50),
            **kwargs,
        )


class Telephone(ma.fields.String):
    """Telephone number under which a worker is reached at work."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(validate=fields.Pattern(TELEPHONE), allow_none=True, **kwargs)


class Capacity(fields.Integer):
    """The number of open cases that a worker may hold."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(validate=ma.validate.Range(0, 100), **kwargs)


# --- workers --------------------------------------------------------------------------------


class WorkerFilter(Page):
    area_id = ma.fields.UUID(
        attribute="within",
        metadata={"description": "Only workers responsible for grids in this area or below it"},
    )
    on_duty = fields.Boolean(
        metadata={"description": "True: only workers on duty; false: only workers off duty"}
    )
    q = fields.Words(max_length=100, metadata={"description": "Part of the name"})


class WorkerGrid(Schema):
    id = ma.fields.UUID(metadata={"description": "Id of the grid"})
    code = ma.fields.String(metadata={"description": "Code of the grid"})
    name = ma.fields.Nested(fields.Named, metadata={"description": "Name of the grid"})
    role = fields.Choice(ROLES, metadata={"description": "Role of the worker in this grid"})


class WorkerOut(Schema):
    id = ma.fields.UUID(metadata={"description": "Id of the worker: the id of their account"})
    name = ma.fields.String(metadata={"description": "Name of the worker"})
    capacity = fields.Integer()
    skills = ma.fields.List(ma.fields.String())
    permits = Permits()
    open_work = fields.Integer()
    on_duty = fields.Boolean()
    on_duty_since = ma.fields.String(allow_none=True)
    grids = ma.fields.List(
        ma.fields.Nested(WorkerGrid), metadata={"description": "Grids that the worker is responsible for now"}
    )
    version = fields.Integer()


class WorkerDetail(WorkerOut):
    phone = ma.fields.String(
        allow_none=True,
        metadata={"description": "Telephone number under which the worker is reached; null: none is stored"},
    )


class WorkerPage(Schema):
    items = ma.fields.List(ma.fields.Nested(WorkerOut))
    next = ma.fields.String(allow_none=True)


class EnrolWorker(Schema):
    account_id = ma.fields.UUID(
        required=True, metadata={"description": "Account with the role grid worker or grid chief"}
    )
    name = fields.Words(
        min_length=1,
        max_length=100,
        metadata={"description": "Name of the worker; absent: that of the account"},
    )
    capacity = Capacity()
    skills = Skills()
    permits = Permits()
    phone = Telephone(
        metadata={"description": "Telephone number under which the worker is reached; null or absent: none"}
    )


class WorkerPatch(Schema):
    name = fields.Words(min_length=1, max_length=100, metadata={"description": "Name of the worker"})
    capacity = Capacity()
    skills = Skills()
    permits = Permits()
    phone = Telephone(
        metadata={"description": "Telephone number under which the worker is reached; null clears it"}
    )


# --- duty and shifts ------------------------------------------------------------------------


class SetDuty(FreeText):
    free_text = ("note",)

    on_duty = fields.Boolean(required=True, metadata={"description": "True: start duty; false: end it"})
    at = fields.Instant(
        metadata={"description": "When duty starts or ends, at most 24 hours back; absent: now"}
    )
    note = fields.Words(max_length=500, metadata={"description": "Remark on the duty; no personal data"})


class DutyOut(Schema):
    id = ma.fields.UUID(metadata={"description": "Id of the duty period"})
    worker_id = ma.fields.UUID()
    on_duty = fields.Boolean()
    since = ma.fields.AwareDateTime(
        format="iso", metadata={"description": "When the duty started (RFC 3339)"}
    )
    until = ma.fields.AwareDateTime(
        format="iso", allow_none=True, metadata={"description": "When it ended (RFC 3339); null: it is open"}
    )


class PeriodFilter(Page):
    since = fields.Instant(
        metadata={"description": "Begin of the period (RFC 3339); absent: open, or as the operation says"}
    )
    until = fields.Instant(
        metadata={"description": "End of the period (RFC 3339); absent: open, or as the operation says"}
    )


class DutyPeriod(Schema):
    id = ma.fields.UUID(metadata={"description": "Id of the duty period"})
    worker_id = ma.fields.UUID()
    since = ma.fields.String(metadata={"description": "When the duty started (RFC 3339)"})
    until = ma.fields.String(
        allow_none=True, metadata={"description": "When it ended (RFC 3339); null: it is open"}
    )
    on_duty = fields.Boolean(metadata={"description": "True: the period is open"})
    recorded_by = ma.fields.UUID(
        allow_none=True, metadata={"description": "Account that started it; null: the system did"}
    )
    note = ma.fields.String(allow_none=True, metadata={"description": "Remark on the duty; null: none"})


class DutyPage(Schema):
    items = ma.fields.List(ma.fields.Nested(DutyPeriod))
    next = ma.fields.String(allow_none=True)


class ShiftFilter(PeriodFilter):
    worker_id = ma.fields.UUID(metadata={"description": "Only shifts of this worker"})
    area_id = ma.fields.UUID(
        attribute="within", metadata={"description": "Only shifts of workers in this area or below it"}
    )


class PlanShift(FreeText):
    free_text = ("note",)

    worker_id = ma.fields.UUID(required=True)
    since = fields.Instant(required=True, metadata={"description": "Begin of the shift (RFC 3339)"})
    until = fields.Instant(
        required=True, metadata={"description": "End of the shift (RFC 3339); after the begin"}
    )
    note = fields.Words(max_length=500, metadata={"description": "Remark on the shift; no personal data"})


class ShiftPatch(FreeText):
    """Absent members stay as they are."""

    free_text = ("note",)

    worker_id = ma.fields.UUID()
    since = fields.Instant(metadata={"description": "Begin of the shift (RFC 3339)"})
    until = fields.Instant(metadata={"description": "End of the shift (RFC 3339); after the begin"})
    note = fields.Words(
        max_length=500, allow_none=True, metadata={"description": "Remark on the shift; no personal data"}
    )


class ShiftOut(Schema):
    id = ma.fields.UUID(metadata={"description": "Id of the shift"})
    worker_id = ma.fields.UUID()
    worker_name = ma.fields.String()
    since = ma.fields.String(metadata={"description": "Begin of the shift (RFC 3339)"})
    until = ma.fields.String(metadata={"description": "End of the shift (RFC 3339)"})
    note = ma.fields.String(allow_none=True, metadata={"description": "Remark on the shift; null: none"})
    version = fields.Integer()


class ShiftPage(Schema):
    items = ma.fields.List(ma.fields.Nested(ShiftOut))
    next = ma.fields.String(allow_none=True)


# --- responsibilities -----------------------------------------------------------------------


class ResponsibilityFilter(Page):
    worker_id = ma.fields.UUID(metadata={"description": "Only responsibilities of this worker"})
    area_id = ma.fields.UUID(
        attribute="within",
        metadata={"description": "Only responsibilities for this area or an area below it"},
    )
    directly_in_area_id = ma.fields.UUID(
        attribute="area_id", metadata={"description": "Only responsibilities for this area itself"}
    )
    role = fields.Choice(ROLES, metadata={"description": "Only this role"})
    at = fields.Instant(metadata={"description": "Only those valid at this instant; absent: now"})
    current = fields.Boolean(
        data_key="current",
        attribute="is_current",
        load_default=True,
        metadata={"description": "False: also past and future ones"},
    )


class SetResponsibility(Schema):
    worker_id = ma.fields.UUID(required=True)
    area_id = ma.fields.UUID(
        required=True, metadata={"description": "Area that the worker becomes responsible for"}
    )
    role = fields.Choice(ROLES, required=True, metadata={"description": "Role of the worker there"})
    since = fields.Instant(metadata={"description": "From when (RFC 3339); absent: now"})
    until = fields.Instant(allow_none=True, metadata={"description": "Until when (RFC 3339); null: open end"})


class EndResponsibility(Schema):
    at = fields.Instant(metadata={"description": "When it ends (RFC 3339); absent: now"})


class ResponsibilityArea(Schema):
    id = ma.fields.UUID(metadata={"description": "Id of the area"})
    code = ma.fields.String(
        allow_none=True, metadata={"description": "Code of the area; null: the area is retired"}
    )
    name = ma.fields.Nested(
        fields.Named, allow_none=True, metadata={"description": "Name of the area; null: the area is retired"}
    )
    level = ma.fields.String(
        allow_none=True, metadata={"description": "Level of the area; null: the area is retired"}
    )


class ResponsibilityOut(Schema):
    id = ma.fields.UUID(metadata={"description": "Id of the responsibility"})
    worker_id = ma.fields.UUID()
    worker_name = ma.fields.String()
    area = ma.fields.Nested(
        ResponsibilityArea, metadata={"description": "Area that the worker is responsible for"}
    )
    role = fields.Choice(ROLES, metadata={"description": "Role of the worker there"})
    since = ma.fields.String(allow_none=True, metadata={"description": "From when (RFC 3339)"})
    until = ma.fields.String(
        allow_none=True, metadata={"description": "Until when (RFC 3339); null: open end"}
    )
    version = fields.Integer()


class ResponsibilityPage(Schema):
    items = ma.fields.List(ma.fields.Nested(ResponsibilityOut))
    next = ma.fields.String(allow_none=True)
