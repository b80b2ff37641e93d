"""The fields of premises and the households in them, as a register of addresses has them.

The parts are those of the coding contract of Xihu District, 省 to 室; what does not exist is `无`. Which of them have to be
there is the rule of the jurisdiction's profile, which the register itself applies.
"""

from collections.abc import Sequence
from typing import Any

from app.exchange.rules.contract import Field, Judged
from app.exchange.rules.faults import Fault
from app.exchange.rules.incidents import is_usable
from app.exchange.rules.values import number_of
from app.exchange.rules.words import of_length, one_of

PARTS = ("province", "city", "county", "town", "community", "grid", "compound", "building", "unit", "room")
_ALIASES = {
    "province": ("省", "省份", "省级"),
    "city": ("市", "城市", "地级市", "市级"),
    "county": ("区县", "区", "县", "县区", "区/县", "区（县）"),
    "town": ("街道", "乡镇", "镇街", "街镇", "乡镇街道", "街道乡镇", "镇/街道"),
    "community": ("社区", "村社", "村居", "社区村", "社区/村"),
    "grid": ("网格", "网格名称"),
    "compound": ("小区", "小区名称", "院落"),
    "building": ("幢", "楼幢", "幢号", "楼栋", "栋"),
    "unit": ("单元", "单元号"),
    "room": ("室", "房号", "室号", "户室", "门牌"),
}
_KINDS = {
    "dwelling": "dwelling",
    "住宅": "dwelling",
    "自住": "dwelling",
    "rental": "rental",
    "出租房": "rental",
    "shop": "shop",
    "店铺": "shop",
    "商铺": "shop",
    "enterprise": "enterprise",
    "企业": "enterprise",
    "institution": "institution",
    "机构": "institution",
    "site": "site",
    "工地": "site",
    "vacant": "vacant",
    "空置": "vacant",
}


def fields() -> Sequence[Field]:
    return (
        Field("key", of_length(120), ("external_ref", "地址编码", "房屋编码", "户编号", "编号", "address_code")),
        Field("lat", number_of, ("latitude", "lat", "y", "纬度", "y坐标"), required=True, may_be_empty=True),
        Field("lon", number_of, ("longitude", "lon", "lng", "x", "经度", "x坐标"), required=True, may_be_empty=True),
        Field("kind", one_of(_KINDS), ("房屋类型", "房屋用途", "用途")),
        Field("address", of_length(300), ("地址", "详细地址", "full_address")),
        Field("name", of_length(200), ("名称", "场所名称", "单位名称")),
        Field("label", of_length(60), ("户别", "分户")),
        *(Field(part, of_length(60), _ALIASES[part]) for part in PARTS),
        Field("resident_name", of_length(60), explicit=True),
        Field("resident_phone", of_length(40), explicit=True),
    )  # fmt: skip


def finisher(columns: dict[str, str | None], *, is_projected: bool) -> Any:
    def finish(judged: Judged) -> None:
        shape = judged.row.shape
        if shape is not None and not shape.is_empty:
            spot = shape.representative_point()
            judged.values |= {"lon": spot.x, "lat": spot.y}
        lon, lat = judged.values.get("lon"), judged.values.get("lat")
        if lon is None or lat is None or not is_usable(lon, lat, is_projected=is_projected):
            judged.faults.append(Fault("no_usable_point", columns.get("lat")))
        if judged.values.get("resident_phone") and not judged.values.get("resident_name"):
            judged.faults.append(Fault("value_missing", columns.get("resident_name") or "resident_name"))

    return finish
