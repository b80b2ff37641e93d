"""Collection of the findings of the grid audit, such as grids without a worker."""

from app.core.actor import Permission
from app.ogc.rules.collections.definition import Collection, Kind, Property

FINDINGS = Collection(
    id="grid-findings",
    title=("Findings of the grid audit", "网格体检结果"),
    description=(
        "Gaps, overlaps and slivers between grids, grids without a worker or with too much to do, premises in no grid",
        "网格间的空隙、重叠与狭缝，无责任网格员或超标的网格，以及网格外的处所",
    ),
    needs=Permission.AREA_READ,
    scope="findings",
    source="{findings} f",
    key="f.id",
    geometry="f.place",
    geometry_kind="MultiPolygon",
    # A finding is computed: its version changes with its sentence.
    version="(2147483649 + hashtext(f.sentence_en || f.sentence_zh))",
    properties=(
        Property("kind", Kind.TEXT, "f.kind", ("Kind", "类型")),
        Property(
            "severity", Kind.TEXT, "f.severity", ("Severity", "严重程度"), values=("error", "warning", "info")
        ),
        Property("sentence_zh", Kind.TEXT, "f.sentence_zh", ("Sentence (Chinese)", "说明")),
        Property("sentence_en", Kind.TEXT, "f.sentence_en", ("Sentence (English)", "英文说明")),
        Property("figure", Kind.INTEGER, "cast(round(f.figure) as bigint)", ("Figure", "数值")),
        Property("standard", Kind.INTEGER, "cast(round(f.standard) as bigint)", ("Standard", "标准")),
        Property("unit", Kind.TEXT, "f.unit", ("Unit of the figure", "计量单位")),
        Property(
            "area_m2", Kind.INTEGER, "cast(round(f.area_m2) as bigint)", ("Area in m²", "面积"), unit="m2"
        ),
        Property(
            "width_cm", Kind.INTEGER, "cast(round(f.width_m * 100) as bigint)", ("Width", "宽度"), unit="cm"
        ),
        Property("area_id", Kind.UUID, "f.area_id", ("Area", "区域")),
        Property("area_code", Kind.TEXT, "f.area_code", ("Code of the area", "区域编码")),
        Property("area_name_zh", Kind.TEXT, "f.area_name_zh", ("Name of the area (Chinese)", "区域名称")),
        Property("area_name_en", Kind.TEXT, "f.area_name_en", ("Name of the area (English)", "区域英文名称")),
        Property("grid_codes", Kind.TEXT, "f.grid_codes", ("Codes of its grids", "相关网格编码")),
        Property(
            "member_count", Kind.INTEGER, "cast(f.members as bigint)", ("Number of members", "涉及数量")
        ),
        Property(
            "members",
            Kind.TEXT,
            ":findings_path || '/' || f.id || '/members'",
            ("Link to the members", "涉及对象"),
            is_filterable=False,
        ),
    ),
)
