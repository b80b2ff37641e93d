"""Input and documentation of supervision."""

from datetime import date

import marshmallow as ma

from app.areas.rules.evaluation import DUE, RATES, REPORTED
from app.areas.rules.profile_shape import LEVELS
from app.dispatch.rules.states import ACTIVE
from app.http import fields
from app.http.smorest import Schema
from app.incidents.schemas import STATUSES, IncidentOut, Sentence
from app.settings import Settings
from app.supervision.rules.grid_audit import KINDS, SEVERITIES
from app.supervision.rules.sentences import WAITING
from app.supervision.schemas.contests import Week
from app.workforce.schemas import WorkerOut

LIMITS = Settings()


class BoardQuery(Schema):
    within = ma.fields.UUID(metadata={"description": "One of my areas, or one under it"})


class Figure(Schema):
    count = ma.fields.Integer()
    members = ma.fields.String(metadata={"description": "Path of the listing of exactly what was counted"})


class BoardArea(Schema):
    id = ma.fields.UUID()
    code = ma.fields.String()
    name = ma.fields.Nested(fields.Named)
    level = ma.fields.String()


class BoardUnit(Schema):
    id = ma.fields.UUID()
    code = ma.fields.String()
    name = ma.fields.Nested(fields.Named)


class Open(Schema):
    open = ma.fields.Nested(Figure)
    overdue = ma.fields.Nested(Figure)


class OpenByStatus(Open):
    status = ma.fields.String(validate=ma.validate.OneOf(STATUSES))


class OpenByReason(Open):
    reason = ma.fields.String()
    sentence = ma.fields.Nested(Sentence)


class OpenByAttempt(Open):
    state = ma.fields.String(validate=ma.validate.OneOf(ACTIVE))


class OpenByArea(Open):
    area = ma.fields.Nested(
        BoardArea, allow_none=True, metadata={"description": "null: in none of these areas, but above them"}
    )


class OpenByUnit(Open):
    unit = ma.fields.Nested(BoardUnit, allow_none=True)


class WorstArea(OpenByArea):
    overdue_share = ma.fields.Float()


class WorstUnit(OpenByUnit):
    overdue_share = ma.fields.Float()


class Worst(Schema):
    areas = ma.fields.List(ma.fields.Nested(WorstArea))
    units = ma.fields.List(ma.fields.Nested(WorstUnit))


class Board(Open):
    at = ma.fields.DateTime()
    within = ma.fields.Nested(BoardArea, allow_none=True)
    urgent = ma.fields.Nested(Figure)
    waiting = ma.fields.Nested(Figure)
    by_status = ma.fields.List(ma.fields.Nested(OpenByStatus))
    by_waiting_reason = ma.fields.List(ma.fields.Nested(OpenByReason))
    by_attempt = ma.fields.List(
        ma.fields.Nested(OpenByAttempt),
        metadata={"description": "How far it is with somebody: asked, accepted, on the way, on the spot"},
    )
    by_area = ma.fields.List(ma.fields.Nested(OpenByArea))
    by_unit = ma.fields.List(ma.fields.Nested(OpenByUnit))
    worst = ma.fields.Nested(Worst, metadata={"description": "Highest share of overdue among open cases"})


class Page(Schema):
    limit = ma.fields.Integer(
        load_default=LIMITS.page_limit_default, validate=ma.validate.Range(1, LIMITS.page_limit_max)
    )
    cursor = ma.fields.String(validate=ma.validate.Length(max=1000))


class QueueQuery(Page):
    within = ma.fields.UUID(metadata={"description": "One of my areas, or one under it"})
    reason = fields.CommaList(choices=list(WAITING))


class QueueItem(Schema):
    since = ma.fields.DateTime()
    reason = ma.fields.String()
    sentence = ma.fields.Nested(Sentence)
    act = ma.fields.String(metadata={"description": "Path of the case's transitions"})
    incident = ma.fields.Nested(IncidentOut)


class QueuePage(Schema):
    items = ma.fields.List(ma.fields.Nested(QueueItem))
    next = ma.fields.String(allow_none=True)


class WorkersQuery(Page):
    within = ma.fields.UUID(metadata={"description": "Workers of the grids in and under this area"})
    on_duty = ma.fields.Boolean()


class WorkerOnBoard(WorkerOut):
    week = ma.fields.Nested(
        Week, metadata={"description": "null in it: she contests the figure, and nobody has resolved it"}
    )
    offered = ma.fields.Nested(Figure, metadata={"description": "Of the cases that I direct"})
    accepted = ma.fields.Nested(Figure, metadata={"description": "Of the cases that I direct"})
    en_route = ma.fields.Nested(Figure, metadata={"description": "She is on her way to these"})
    on_scene = ma.fields.Nested(Figure, metadata={"description": "She is where these are"})
    position_age_s = ma.fields.Float(
        allow_none=True, metadata={"description": "Seconds since the newest fix of this duty"}
    )


class WorkersOnBoard(Schema):
    items = ma.fields.List(ma.fields.Nested(WorkerOnBoard))
    next = ma.fields.String(allow_none=True)
    locate = ma.fields.String(metadata={"description": "Where somebody is: POST here, with a purpose"})


class GridAuditQuery(Schema):
    within = ma.fields.UUID(metadata={"description": "Findings that touch this area or one under it"})


class AuditedShapes(Schema):
    audited_at = ma.fields.DateTime(
        allow_none=True, metadata={"description": "When the oldest of them were audited; null: some never"}
    )
    is_current = ma.fields.Boolean(
        metadata={"description": "Nothing was redrawn since; else the next audit begins within a minute"}
    )


class KindOfFinding(Schema):
    kind = ma.fields.String(validate=ma.validate.OneOf(list(KINDS)))
    severity = ma.fields.String(validate=ma.validate.OneOf(SEVERITIES))
    title = ma.fields.Nested(Sentence)
    findings = ma.fields.Nested(Figure)


class GridAudit(Schema):
    at = ma.fields.DateTime()
    shapes = ma.fields.Nested(AuditedShapes)
    findings = ma.fields.Nested(Figure)
    by_kind = ma.fields.List(ma.fields.Nested(KindOfFinding))


class GridFindingsQuery(Page):
    within = ma.fields.UUID(metadata={"description": "Findings that touch this area or one under it"})
    kind = fields.CommaList(choices=list(KINDS))
    severity = fields.CommaList(choices=list(SEVERITIES))


class FindingFigure(Schema):
    value = ma.fields.Float()
    standard = ma.fields.Float(
        allow_none=True, metadata={"description": "What the profile, or reason, allows"}
    )
    unit = ma.fields.String(metadata={"description": "m2, workers, premises, households or cases"})


class GridFinding(Schema):
    id = ma.fields.UUID(metadata={"description": "The same for as long as the finding stands"})
    kind = ma.fields.String(validate=ma.validate.OneOf(list(KINDS)))
    severity = ma.fields.String(validate=ma.validate.OneOf(SEVERITIES))
    sentence = ma.fields.Nested(Sentence)
    area = ma.fields.Nested(
        BoardArea,
        allow_none=True,
        metadata={"description": "The grid, or the area that its grids are to cover"},
    )
    area_m2 = ma.fields.Float(allow_none=True)
    width_m = ma.fields.Float(
        allow_none=True,
        metadata={"description": "Of land: of the widest disk in it; of a sliver its mean width"},
    )
    figure = ma.fields.Nested(FindingFigure)
    members = ma.fields.Nested(Figure)
    place = ma.fields.Dict(metadata={"description": "GeoJSON MultiPolygon"})


class GridFindings(Schema):
    items = ma.fields.List(ma.fields.Nested(GridFinding))
    next = ma.fields.String(allow_none=True)


class FindingMember(Schema):
    id = ma.fields.UUID()
    kind = ma.fields.String(
        metadata={"description": "The level of an area, or premises, household or incident"}
    )
    code = ma.fields.String(allow_none=True)
    name = ma.fields.Nested(fields.Named, allow_none=True)
    href = ma.fields.String(metadata={"description": "Path of the thing itself"})


class FindingMembers(Schema):
    items = ma.fields.List(ma.fields.Nested(FindingMember))
    next = ma.fields.String(allow_none=True)


MEASURES = [*REPORTED, *DUE]
CLASSES = ["component", "event", "unknown"]
GROUPINGS = [*(f"area:{level}" for level in LEVELS), "class", "category", "unit", "month", "week", "day"]
_DAY = ma.validate.Range(date(2000, 1, 1), date(2199, 12, 31))


class CountedQuery(Schema):
    from_ = ma.fields.Date(
        required=True, data_key="from", validate=_DAY, metadata={"description": "First day of the period"}
    )
    to = ma.fields.Date(
        required=True, validate=_DAY, metadata={"description": "Last day of the period; its end counts"}
    )
    jurisdiction = ma.fields.String(
        validate=ma.validate.Length(1, 100),
        metadata={"description": "Code; needed where I direct in several and name no area"},
    )
    area = ma.fields.UUID(metadata={"description": "One of my areas, or one under it"})
    category = fields.Words(max_length=40, min_length=1)
    class_ = ma.fields.String(data_key="class", validate=ma.validate.OneOf(CLASSES))
    unit = ma.fields.UUID(metadata={"description": "The responsible unit"})
    unowned = ma.fields.Boolean(metadata={"description": "true: of no unit"})
    as_of = fields.Instant(
        metadata={"description": "Count what had been recorded by this instant, as it was recorded"}
    )
    snapshot = ma.fields.String(
        validate=ma.validate.Length(max=4000),
        metadata={"description": "From an earlier answer: count exactly what that one did"},
    )


class FiguresQuery(CountedQuery):
    group_by = ma.fields.String(validate=ma.validate.OneOf(GROUPINGS))


class FigureMembersQuery(CountedQuery):
    measure = ma.fields.String(required=True, validate=ma.validate.OneOf(MEASURES))
    less = fields.CommaList(choices=MEASURES, metadata={"description": "Without those that count as these"})
    part = ma.fields.UUID(metadata={"description": "In this area too"})
    lacks_level = ma.fields.String(
        validate=ma.validate.OneOf(LEVELS), metadata={"description": "In no area of this level"}
    )
    limit = ma.fields.Integer(
        load_default=LIMITS.page_limit_default, validate=ma.validate.Range(1, LIMITS.page_limit_max)
    )
    cursor = ma.fields.String(validate=ma.validate.Length(max=1000))


class RateOut(Schema):
    value = ma.fields.Float(allow_none=True, metadata={"description": "0 to 1; null: of no cases"})
    numerator = ma.fields.Nested(Figure)
    denominator = ma.fields.Nested(Figure)


class GroupKey(Schema):
    by = ma.fields.String(validate=ma.validate.OneOf(GROUPINGS))
    value = ma.fields.String(
        allow_none=True, metadata={"description": "Id, code, class or first day; null: none of them"}
    )
    code = ma.fields.String(allow_none=True)
    name = ma.fields.Nested(fields.Named, allow_none=True)


class WorstGroup(RateOut):
    group = ma.fields.Nested(GroupKey)


class TooSmall(Schema):
    groups = ma.fields.Integer()
    cases = ma.fields.Integer()


class WorstBy(Schema):
    by = ma.fields.String(validate=ma.validate.OneOf(GROUPINGS))
    groups = ma.fields.List(
        ma.fields.Nested(WorstGroup), metadata={"description": "Those that stand worse than the whole"}
    )
    too_small = ma.fields.Nested(
        TooSmall, metadata={"description": "Left out, for having fewer cases than worst_least"}
    )


Measures = Schema.from_dict({name: ma.fields.Nested(Figure) for name in MEASURES}, name="Measures")
RatesOut = Schema.from_dict({name: ma.fields.Nested(RateOut) for name in RATES}, name="Rates")
WorstOfRates = Schema.from_dict(
    {name: ma.fields.List(ma.fields.Nested(WorstBy)) for name in RATES}, name="WorstOfRates"
)


class CountedCase(Schema):
    id = ma.fields.UUID()
    case_no = ma.fields.String()
    category = ma.fields.String()
    class_ = ma.fields.String(data_key="class", validate=ma.validate.OneOf(CLASSES))
    status = ma.fields.String(validate=ma.validate.OneOf(STATUSES))
    reported_at = ma.fields.DateTime()
    due_at = ma.fields.DateTime(allow_none=True)
    is_overdue = ma.fields.Boolean()
    rework_count = ma.fields.Integer()
    href = ma.fields.String(metadata={"description": "Path of the case as it is now"})


class FigureMembers(Schema):
    items = ma.fields.List(ma.fields.Nested(CountedCase))
    next = ma.fields.String(allow_none=True)


class Told(Schema):
    measures = ma.fields.Nested(Measures)
    rates = ma.fields.Nested(RatesOut)


class FigureGroup(Told):
    group = ma.fields.Nested(GroupKey)


class Period(Schema):
    from_ = ma.fields.Date(data_key="from")
    to = ma.fields.Date()
    timezone = ma.fields.String()


class MeasureDefinition(Schema):
    name = ma.fields.String(validate=ma.validate.OneOf(MEASURES))
    title = ma.fields.Nested(Sentence)
    base = ma.fields.String(
        metadata={"description": "What has to lie in the period: when it was reported, or is due"}
    )
    means = ma.fields.String()
    source = ma.fields.String()


class RateDefinition(Schema):
    name = ma.fields.String(validate=ma.validate.OneOf(list(RATES)))
    title = ma.fields.Nested(Sentence)
    numerator = ma.fields.String(validate=ma.validate.OneOf(MEASURES))
    denominator = ma.fields.String(validate=ma.validate.OneOf(MEASURES))
    less = ma.fields.List(ma.fields.String(validate=ma.validate.OneOf(MEASURES)))
    source = ma.fields.String()


class Definitions(Schema):
    measures = ma.fields.List(ma.fields.Nested(MeasureDefinition))
    rates = ma.fields.List(ma.fields.Nested(RateDefinition))
    worst_least = ma.fields.Integer()


class Figures(Told):
    at = ma.fields.DateTime()
    snapshot = ma.fields.String(
        allow_none=True, metadata={"description": "Opaque; null where `as_of` was asked for"}
    )
    period = ma.fields.Nested(Period)
    area = ma.fields.Nested(BoardArea, allow_none=True)
    groups = ma.fields.List(ma.fields.Nested(FigureGroup))
    worst = ma.fields.Nested(WorstOfRates)
    tail = ma.fields.List(
        ma.fields.Nested(CountedCase), metadata={"description": "Of the due: overdue for the longest"}
    )
    definitions = ma.fields.Nested(Definitions)
