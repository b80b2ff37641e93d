"""The collection of cases: location and state. No property names the reporter or a handler."""

from app.core.actor import Permission
from app.ogc.rules.collections.definition import Collection, Kind, Property, Written
from app.ogc.rules.collections.register import grid_of, unit_of

# The nearest named place as text; without a number where the reader reads no addresses. Filters cannot use it, as it is
# masked for some readers.
_PLACE = """(select {language}
  from (select case when {may_read_address} then i.place else i.public_place end words) p)"""
_PLACE_ZH = _PLACE.replace(
    "{language}", "(p.words -> 'name' ->> 'zh') || '附近，' || (p.words ->> 'distance_m') || ' m'"
)
_PLACE_EN = _PLACE.replace(
    "{language}", "'near ' || (p.words -> 'name' ->> 'en') || ', ' || (p.words ->> 'distance_m') || ' m'"
)

INCIDENTS = Collection(
    id="incidents",
    title=("Cases", "案卷"),
    description=("Cases that the reader may see, with their state", "可查看的案卷及其办理状态"),
    needs=Permission.INCIDENT_READ,
    scope="incidents",
    path="i.scope_path",
    source="incident i",
    key="i.id",
    geometry="i.location",
    geometry_kind="Point",
    version="i.version",
    properties=(
        Property("case_no", Kind.TEXT, "i.case_no", ("Case number", "案卷编号")),
        Property("status", Kind.TEXT, "i.status", ("State", "状态")),
        Property(
            "category",
            Kind.TEXT,
            "i.category",
            ("Category", "类别"),
            written=Written.ALWAYS,
            is_required=True,
        ),
        Property("priority", Kind.INTEGER, "i.priority", ("Priority", "优先级")),
        Property(
            "description",
            Kind.TEXT,
            "(select r.words from report r where r.id = i.id)",
            ("Description", "描述"),
            is_filterable=False,
            written=Written.ONCE,
        ),
        Property("place", Kind.TEXT, _PLACE_ZH, ("Place in words", "地点"), is_filterable=False),
        Property("place_en", Kind.TEXT, _PLACE_EN, ("Place in English", "地点（英文）"), is_filterable=False),
        *grid_of("i"),
        Property("area_id", Kind.UUID, "i.area_id", ("Area", "区域")),
        *unit_of("i", "owner_unit", ("Owning unit", "责任单位")),
        Property("component_id", Kind.UUID, "i.component_id", ("Component", "部件")),
        Property("reported_at", Kind.INSTANT, "i.reported_at", ("Reported", "上报时间")),
        Property("updated_at", Kind.INSTANT, "i.updated_at", ("Changed", "更新时间")),
        Property("due_at", Kind.INSTANT, "i.due_at", ("Due", "截止时间")),
        Property("closed_at", Kind.INSTANT, "i.closed_at", ("Closed", "结案时间")),
        Property("is_overdue", Kind.BOOLEAN, "coalesce({is_late}, false)", ("Overdue", "超期")),
        Property("rework_count", Kind.INTEGER, "i.rework_count", ("Number of reworks", "返工次数")),
        Property("waiting_reason", Kind.TEXT, "i.waiting_reason", ("Reason for waiting", "等待原因")),
    ),
    conditions=("i.deleted_at is null",),
    when=("i.reported_at", "i.reported_at"),
    edits="incidents",
    natural_order="reported_at",
)
