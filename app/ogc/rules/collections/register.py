"""Collections of the registers: components, premises, households. No property names a resident."""

from dataclasses import replace

from app.core.actor import Permission
from app.ogc.rules.collections.definition import Collection, Kind, Lookup, Property, Titles, Written


def grid_of(alias: str) -> tuple[Property, ...]:
    """Return the properties `grid_id` and `grid_code` of a feature's grid."""
    code = Lookup("area_version g", "g.area_id", f"{alias}.grid_id", "g.code", "upper_inf(g.valid)")
    return (
        Property("grid_id", Kind.UUID, f"{alias}.grid_id", ("Grid", "网格")),
        Property(
            "grid_code",
            Kind.TEXT,
            "",
            ("Code of the grid", "网格编码"),
            is_filterable=False,
            lookup=code,
        ),
    )


def unit_of(
    alias: str, name: str, title: Titles, *, written: Written = Written.NEVER
) -> tuple[Property, ...]:
    """Return the two properties of a unit that a feature refers to: its id and its name."""
    column = f"{alias}.{name}_id"
    name_lookup = Lookup("unit n", "n.id", column, "n.name ->> 'zh'")
    return (
        Property(f"{name}_id", Kind.UUID, column, title, written=written),
        Property(
            f"{name}_name",
            Kind.TEXT,
            "",
            (f"{title[0]}, name", f"{title[1]}名称"),
            is_filterable=False,
            lookup=name_lookup,
        ),
    )


def _part(name: str, title: Titles) -> Property:
    """Return the property of one address part.

    Filters cannot use this property, because it is masked for some actors.
    """
    return Property(
        name,
        Kind.TEXT,
        f"case when {{may_read_address}} then p.{name} end",
        title,
        is_filterable=False,
        written=Written.ALWAYS,
        needs=Permission.ADDRESS_READ,
    )


_ADDRESS = Property("address", Kind.TEXT, "{address}", ("Address", "地址"), is_filterable=False)
_PARTS = tuple(
    _part(name, title)
    for name, title in (
        ("province", ("Province", "省")),
        ("city", ("City", "市")),
        ("county", ("County", "区县")),
        ("town", ("Town or street", "街道（乡镇）")),
        ("community", ("Community", "社区（村）")),
        ("grid", ("Grid, in the address", "网格（地址）")),
        ("compound", ("Compound", "小区")),
        ("building", ("Building", "楼幢")),
        ("unit", ("Entrance", "单元")),
        ("room", ("Room", "室")),
    )
)

COMPONENTS = Collection(
    id="components",
    title=("Components", "部件"),
    description=(
        "Managed objects of the city, such as manhole covers, lamps and trees",
        "井盖、路灯、行道树等城市部件",
    ),
    needs=Permission.COMPONENT_READ,
    scope="components",
    path="c.scope_path",
    source="component c",
    key="c.id",
    geometry="c.location",
    geometry_kind="Point",
    version="c.version",
    properties=(
        Property(
            "code",
            Kind.TEXT,
            "c.code",
            ("Number", "标识码"),
            written=Written.ONCE,
            is_required=True,
        ),
        Property("category", Kind.TEXT, "c.category", ("Class and subclass", "大类小类代码")),
        Property(
            "name_zh",
            Kind.TEXT,
            "c.name ->> 'zh'",
            ("Name (Chinese)", "名称"),
            written=Written.ALWAYS,
            is_required=True,
        ),
        Property(
            "name_en", Kind.TEXT, "c.name ->> 'en'", ("Name (English)", "英文名称"), written=Written.ALWAYS
        ),
        Property(
            "state",
            Kind.TEXT,
            "c.state",
            ("State", "状态"),
            values=("in_use", "damaged", "missing"),
            written=Written.ALWAYS,
            default="in_use",
        ),
        *unit_of("c", "owning_unit", ("Owned by", "权属单位"), written=Written.ALWAYS),
        *unit_of("c", "managing_unit", ("Managed by", "主管单位"), written=Written.ALWAYS),
        *unit_of("c", "maintaining_unit", ("Maintained by", "养护单位"), written=Written.ALWAYS),
        *grid_of("c"),
        Property(
            "installed_on", Kind.DATE, "c.installed_on", ("Installed on", "安装日期"), written=Written.ALWAYS
        ),
        Property("checked_on", Kind.DATE, "c.checked_on", ("Checked on", "检查日期"), written=Written.ALWAYS),
        Property("source", Kind.TEXT, "c.source", ("Source", "数据来源"), written=Written.ALWAYS),
        Property("note", Kind.TEXT, "c.note", ("Note", "备注"), written=Written.ALWAYS),
    ),
    conditions=("c.deleted_at is null",),
    edits="components",
)

PREMISES = Collection(
    id="premises",
    title=("Premises", "处所"),
    description=("Flats, shops, sites: everything with an address", "住房、店铺、场所等有地址的处所"),
    needs=Permission.HOUSEHOLD_READ,
    scope="premises",
    path="p.scope_path",
    source="premises p",
    key="p.id",
    geometry="p.location",
    geometry_kind="Point",
    version="p.version",
    properties=(
        Property("kind", Kind.TEXT, "p.kind", ("Kind", "类型"), written=Written.ALWAYS, is_required=True),
        Property("name", Kind.TEXT, "{premises_name}", ("Name", "名称"), written=Written.ALWAYS),
        _ADDRESS,
        *_PARTS,
        *grid_of("p"),
        Property(
            "external_ref", Kind.TEXT, "p.external_ref", ("Reference", "外部编号"), written=Written.ALWAYS
        ),
        Property("is_generated", Kind.BOOLEAN, "p.is_generated", ("Demo data", "演示数据")),
    ),
    conditions=("p.deleted_at is null",),
    edits="premises",
    is_homes=True,
)

HOUSEHOLDS = Collection(
    id="households",
    title=("Households", "住户"),
    description=(
        "Households, where their premises stand; nobody who lives there",
        "住户及其处所位置，不含居民信息",
    ),
    needs=Permission.HOUSEHOLD_READ,
    scope="households",
    path="h.scope_path",
    source="household h join premises p on p.id = h.premises_id",
    key="h.id",
    geometry="p.location",
    geometry_kind="Point",
    version="h.version",
    properties=(
        Property("kind", Kind.TEXT, "h.kind", ("Kind", "类型")),
        Property("premises_id", Kind.UUID, "h.premises_id", ("Premises", "处所")),
        Property("premises_kind", Kind.TEXT, "p.kind", ("Kind of premises", "处所类型")),
        _ADDRESS,
        *(replace(part, written=Written.NEVER) for part in _PARTS),
        *grid_of("h"),
        Property("external_ref", Kind.TEXT, "p.external_ref", ("Reference of the premises", "处所外部编号")),
        Property("next_visit_due", Kind.DATE, "h.next_visit_due", ("Next visit", "下次走访")),
        Property("is_generated", Kind.BOOLEAN, "h.is_generated", ("Demo data", "演示数据")),
    ),
    conditions=("h.deleted_at is null",),
    is_homes=True,
)
