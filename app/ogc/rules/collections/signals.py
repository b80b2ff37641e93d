"""Collections of signals, and of the cases that belong to a signal.

A signal is a hint in the data that a service of the city may fail.
"""

from app.core.actor import Permission
from app.ogc.rules.collections.definition import Collection, Kind, Property
from app.signals.rules.signals import KINDS

SIGNALS = Collection(
    id="signals",
    title=("Signals", "信号"),
    description=(
        "Where a service seems to fail now: reports that come together, cases and visits left undone, groups not heard",
        "服务可能缺位之处：时空热点、久无进展、走访超期、上报过少的群体",
    ),
    # The layer is public; its rows are visible to directors of their areas.
    needs=Permission.AREA_READ,
    scope="signals",
    source="{signals} z",
    key="z.id",
    geometry="z.place",
    geometry_kind="MultiPolygon",
    version="z.version",
    properties=(
        Property("kind", Kind.TEXT, "z.kind", ("Kind", "类型"), values=tuple(KINDS)),
        Property("sentence_zh", Kind.TEXT, "z.sentence_zh", ("Sentence (Chinese)", "说明")),
        Property("sentence_en", Kind.TEXT, "z.sentence_en", ("Sentence (English)", "英文说明")),
        Property(
            "strength_percent",
            Kind.INTEGER,
            "cast(floor(z.strength * 100) as bigint)",
            ("Strength", "强度"),
            unit="%",
        ),
        Property("figure", Kind.INTEGER, "cast(round(z.figure) as bigint)", ("Figure", "数值")),
        Property("area_id", Kind.UUID, "z.area_id", ("Area", "区域")),
        Property("area_code", Kind.TEXT, "z.area_code", ("Code of the area", "区域编码")),
        Property("area_name_zh", Kind.TEXT, "z.area_name_zh", ("Name of the area (Chinese)", "区域名称")),
        Property("area_name_en", Kind.TEXT, "z.area_name_en", ("Name of the area (English)", "区域英文名称")),
        Property("first_seen", Kind.INSTANT, "z.first_seen", ("First seen", "首次出现")),
        Property("last_seen", Kind.INSTANT, "z.last_seen", ("Last seen", "最近出现")),
        Property("done", Kind.TEXT, "z.answer ->> 'done'", ("Answer", "处理方式"), is_filterable=False),
        Property(
            "member_count", Kind.INTEGER, "cast(z.members as bigint)", ("Number of members", "涉及数量")
        ),
        Property(
            "members",
            Kind.TEXT,
            ":signals_path || '/' || z.id || '/members'",
            ("Link to the members", "涉及对象"),
            is_filterable=False,
        ),
        Property(
            "cases",
            Kind.TEXT,
            "case when z.member = 'incident' then cast(:signal_cases_path as text) || z.id end",
            ("Link to its cases as a layer", "所涉案卷图层"),
            is_filterable=False,
        ),
    ),
    conditions=("z.ended_at is null",),
)

SIGNAL_CASES = Collection(
    id="signal-cases",
    title=("Cases of signals", "信号所涉案卷"),
    description=(
        "The cases behind each signal, such as those of a hotspot: one feature for each signal and case",
        "各信号（如热点）所涉案卷，每个信号与案卷一条",
    ),
    needs=Permission.AREA_READ,
    scope="signals",
    source="""(
      select z.*, x.id case_id, x.version case_version, x.case_no, x.status, x.category, x.priority, x.reported_at, x.location
      from {signals} z cross join lateral ({signal_cases}) m join incident x on x.id = m.id
      where z.member = 'incident' and z.ended_at is null) z""",
    key="cast(md5(concat(z.id, z.case_id)) as uuid)",
    geometry="z.location",
    geometry_kind="Point",
    version="z.case_version",
    properties=(
        Property("signal_id", Kind.UUID, "z.id", ("Signal", "信号")),
        Property("kind", Kind.TEXT, "z.kind", ("Kind of the signal", "信号类型"), values=tuple(KINDS)),
        Property("incident_id", Kind.UUID, "z.case_id", ("Case", "案卷")),
        Property("case_no", Kind.TEXT, "z.case_no", ("Case number", "案卷编号")),
        Property("status", Kind.TEXT, "z.status", ("State", "状态")),
        Property("category", Kind.TEXT, "z.category", ("Category", "类别")),
        Property("priority", Kind.INTEGER, "z.priority", ("Priority", "优先级")),
        Property("reported_at", Kind.INSTANT, "z.reported_at", ("Reported", "上报时间")),
    ),
    when=("z.reported_at", "z.reported_at"),
)
