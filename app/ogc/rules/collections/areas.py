"""Collections of areas: the division tree now and in the past, and the areas of units."""

from app.core.actor import Permission
from app.ogc.rules.collections.definition import Collection, Kind, Property, Titles, Written

_CODE = Property("code", Kind.TEXT, "v.code", ("Code", "编码"), written=Written.ALWAYS, is_required=True)
_NAMES = (
    Property(
        "name_zh",
        Kind.TEXT,
        "v.name ->> 'zh'",
        ("Name (Chinese)", "名称"),
        written=Written.ALWAYS,
        is_required=True,
    ),
    Property("name_en", Kind.TEXT, "v.name ->> 'en'", ("Name (English)", "英文名称"), written=Written.ALWAYS),
)
LEVELS = ("district", "street", "community", "grid")
_LEVEL = Property("level", Kind.TEXT, "v.level", ("Level", "层级"), values=LEVELS)
_PARENT = Property("parent_id", Kind.UUID, "v.parent_id", ("Parent area", "上级区域"))
_FROM = Property("valid_from", Kind.INSTANT, "lower(v.valid)", ("In force from", "生效时间"))
_TO = Property("valid_to", Kind.INSTANT, "upper(v.valid)", ("In force until", "失效时间"))


def _areas(id: str, title: Titles, description: Titles, level: str | None) -> Collection:
    return Collection(
        id=id,
        title=title,
        description=description,
        needs=Permission.AREA_READ,
        scope="places",
        source="area_version v join area a on a.id = v.area_id",
        key="v.area_id",
        geometry="v.geom",
        geometry_kind="MultiPolygon",
        version="a.version",
        properties=(_CODE, *_NAMES, _LEVEL, _PARENT, _FROM),
        conditions=("upper_inf(v.valid)", *((f"v.level = '{level}'",) if level else ())),
        when=("lower(v.valid)", "upper(v.valid)"),
        edits="areas" if level else None,
    )


PLACES = (
    _areas(
        "areas",
        ("Areas of all levels", "各级区域"),
        (
            "The division tree in force: districts, streets, communities, grids",
            "现行各级区域：区、街道、社区、网格",
        ),
        None,
    ),
    _areas("districts", ("Districts", "区县"), ("Districts in force", "现行区县"), "district"),
    _areas("streets", ("Streets", "街道"), ("Streets and towns in force", "现行街道（乡镇）"), "street"),
    _areas("communities", ("Communities", "社区"), ("Communities in force", "现行社区（村）"), "community"),
    _areas("grids", ("Grids", "网格"), ("Grids in force", "现行网格"), "grid"),
    Collection(
        id="grid-versions",
        title=("Earlier versions of grids", "网格沿革"),
        description=(
            "Every code, name and shape that a grid has or had; `datetime` gives those in force then",
            "网格历次编码、名称与边界；用 datetime 查询当时有效者",
        ),
        needs=Permission.AREA_READ,
        scope="places",
        source="area_version v",
        key="v.id",
        geometry="v.geom",
        geometry_kind="MultiPolygon",
        version="1",
        properties=(
            Property("area_id", Kind.UUID, "v.area_id", ("Grid", "网格")),
            Property("code", Kind.TEXT, "v.code", ("Code", "编码")),
            Property("name_zh", Kind.TEXT, "v.name ->> 'zh'", ("Name (Chinese)", "名称")),
            Property("name_en", Kind.TEXT, "v.name ->> 'en'", ("Name (English)", "英文名称")),
            _PARENT,
            _FROM,
            _TO,
            Property("reason", Kind.TEXT, "v.reason", ("Reason of the change", "变更原因")),
        ),
        conditions=("v.level = 'grid'", "not isempty(v.valid)"),
        when=("lower(v.valid)", "upper(v.valid)"),
    ),
    Collection(
        id="unit-areas",
        title=("Areas of units", "责任单位辖区"),
        description=("Units with the area in which they are responsible", "责任单位及其负责的区域"),
        needs=Permission.AREA_READ,
        scope="places",
        source="unit u join area_version v on v.area_id = u.area_id and upper_inf(v.valid)",
        key="u.id",
        geometry="v.geom",
        geometry_kind="MultiPolygon",
        version="u.version",
        properties=(
            Property("code", Kind.TEXT, "u.code", ("Code", "编码")),
            Property("name_zh", Kind.TEXT, "u.name ->> 'zh'", ("Name (Chinese)", "名称")),
            Property("name_en", Kind.TEXT, "u.name ->> 'en'", ("Name (English)", "英文名称")),
            Property("area_id", Kind.UUID, "u.area_id", ("Area", "区域")),
            Property("area_code", Kind.TEXT, "v.code", ("Code of the area", "区域编码")),
            Property(
                "competences",
                Kind.TEXT,
                """(select string_agg(distinct c.category_prefix, ',' order by c.category_prefix)
                    from unit_competence c where c.unit_id = u.id and c.deleted_at is null)""",
                ("Prefixes of the categories that the unit owns", "负责的类别"),
                is_filterable=False,
            ),
        ),
        conditions=("u.deleted_at is null",),
    ),
)
