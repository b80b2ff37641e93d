"""Fields of an import of components (部件: municipal objects such as lamps).

A component is identified by its number of 16 digits.
"""

from collections.abc import Sequence
from typing import Any

from app.exchange.rules.cell_readers import number_of, read_day
from app.exchange.rules.contract import Field, JudgedRow
from app.exchange.rules.faults import Fault
from app.exchange.rules.field_texts.fields import with_texts
from app.exchange.rules.incidents import is_usable
from app.exchange.rules.text_readers import OneOf, text_up_to

_STATES = {
    **dict.fromkeys(("in_use", "完好", "在用", "正常"), "in_use"),
    **dict.fromkeys(("damaged", "破损", "损坏"), "damaged"),
    **dict.fromkeys(("missing", "丢失", "缺失"), "missing"),
}


def fields() -> Sequence[Field]:
    """Return the fields of an import of components, with the names of their columns."""
    return with_texts("components", (
        Field("code", text_up_to(16), ("部件标识码", "部件编码", "部件代码", "标识码", "objcode", "obj_id"), required=True),
        Field("name", text_up_to(200), ("部件名称", "名称", "name_zh", "objname"), required=True),
        Field("name_en", text_up_to(200), ("english_name", "英文名称")),
        Field("lat", number_of, ("latitude", "y", "纬度", "y坐标"), required=True, may_be_empty=True),
        Field("lon", number_of, ("longitude", "lng", "x", "经度", "x坐标"), required=True, may_be_empty=True),
        Field("state", OneOf(_STATES), ("部件状态", "状态", "objstate")),
        Field("owning_unit", text_up_to(200), ("owning_unit_name", "权属单位", "权属单位代码", "owner")),
        Field("managing_unit", text_up_to(200), ("managing_unit_name", "主管部门", "主管部门代码", "manager")),
        Field("maintaining_unit", text_up_to(200), ("maintaining_unit_name", "养护单位", "养护单位代码", "maintainer")),
        Field("installed_on", read_day, ("安装日期", "初始日期", "install_date")),
        Field("checked_on", read_day, ("普查日期", "变更日期", "check_date")),
        Field("source", text_up_to(200), ("数据来源",)),
        Field("note", text_up_to(2000), ("备注", "remark")),
    ))  # fmt: skip


def finisher(columns: dict[str, str | None], *, is_projected: bool) -> Any:
    """Return a function that sets longitude and latitude of a row from its geometry or columns.

    If the row has no usable point, the function adds the fault `no_usable_point`.

    Args:
        columns: Names of the columns by field, for faults.
        is_projected: The coordinates are metres, not degrees.
    """

    def finish(judged: JudgedRow) -> None:
        shape = judged.row.shape
        if shape is not None and not shape.is_empty:
            point = shape.representative_point()
            judged.values |= {"lon": point.x, "lat": point.y}
        lon, lat = judged.values.get("lon"), judged.values.get("lat")
        if lon is None or lat is None or not is_usable(lon, lat, is_projected=is_projected):
            judged.faults.append(Fault("no_usable_point", columns.get("lat")))

    return finish
