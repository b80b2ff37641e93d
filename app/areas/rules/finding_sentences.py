"""Chinese sentences for findings about areas. A finding itself has the English sentence."""

from app.areas.rules.geometry import Finding

_CHINESE = {
    "code_malformed": "编码不符合该层级的规则。",
    "code_not_under_parent": "编码未以上级区域编码开头。",
    "code_taken": "该编码已用于其他区域。",
    "coordinates_out_of_range": "坐标超出范围，或经纬度颠倒。",
    "empty": "图形为空。",
    "household_outside": "有处所将不在任何区域内。",
    "id_taken": "该 id 已用于其他区域。",
    "invalid_ring": "边界自相交或不闭合。",
    "land_gained": "该处土地原不属于任何一个区域。",
    "land_lost": "该处土地将不属于任何一个区域。",
    "nobody_responsible": "该区域没有责任网格员。",
    "not_polygon": "只有多边形才能作为区域。",
    "outside_parent": "超出上级区域范围。",
    "parent_unknown": "找不到上级区域。",
    "parent_wrong_level": "上级区域的层级不符。",
    "sibling_overlap": "与另一区域重叠。",
    "sliver_remains": "有狭小的空隙或重叠未能消除。",
    "sliver_snapped": "边界已调整，以消除狭小的空隙或重叠。",
    "too_many_vertices": "边界顶点过多。",
}


def sentence(finding: Finding) -> dict[str, str]:
    """Return the sentence of a finding by language (`en`, `zh`)."""
    return {"en": finding.message, "zh": _CHINESE.get(finding.code, finding.code)}
