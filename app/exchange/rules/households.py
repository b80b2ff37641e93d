"""Fields of an import of premises and their households, as address registers name them.

The parts of an address are those of the coding contract of Xihu District, from 省 (province) to 室 (room). A part that does not
exist is `无`. The profile of the jurisdiction decides which parts are required, and the service of the register checks them.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from app.exchange.rules.cell_readers import number_of, plain, read_day, uuid_or_none
from app.exchange.rules.contract import Field, JudgedRow
from app.exchange.rules.faults import Fault, Unreadable
from app.exchange.rules.field_texts.fields import with_texts
from app.exchange.rules.incidents import is_usable
from app.exchange.rules.text_readers import OneOf, text_list, text_up_to
from app.households.rules.register import CARE_KINDS

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


_YES_OR_NO = dict.fromkeys(("yes", "是", "有", "true", "y", "1", "√"), True) | dict.fromkeys(
    ("no", "否", "无", "false", "n", "0", "×"), False
)
# 人户状态: registered here, lives here.
_RESIDENCE = {
    "both": (True, True),
    "人户一致": (True, True),
    "户在人在": (True, True),
    "registered_only": (True, False),
    "户在人不在": (True, False),
    "living_only": (False, True),
    "人在户不在": (False, True),
    "neither": (False, False),
}
_CARE = {
    **{kind: kind for kind in CARE_KINDS},
    "独居老人": "lives_alone_elderly",
    "留守儿童": "child_alone",
    "行动不便": "mobility",
    "疏散协助": "evacuation_help",
    "家庭供氧": "home_oxygen_or_power",
    "用电依赖": "home_oxygen_or_power",
    "送药": "medication_delivery",
    "送餐": "meal_delivery",
    "采暖协助": "heating_help",
    "视听障碍": "sight_or_hearing",
    "翻译": "interpreter",
    "产后": "postnatal",
    "定期问候": "regular_call",
}
_YEAR = re.compile(r"((?:1[89]|20)\d\d)(?:年?|[-/.年].*|\d{4})", re.ASCII)
# The fields of a row about the resident that it names.
MEMBER_FIELDS = ("resident_name", "resident_phone", "resident_email", "residence", "registered_here", "lives_here",
          "registered_at", "birth_year", "care", "care_purpose", "care_until", "care_cycle_days")  # fmt: skip


def _birth_year(value: Any) -> int:
    """Return the year in a cell that contains a year or a date.

    Month and day are dropped, because they are not stored.
    """
    match = _YEAR.fullmatch(plain(value))
    if match is None:
        raise Unreadable("number_unreadable")
    return int(match[1])


# OpenStreetMap's `building` is a type of building, not its number.
_OSM_BUILDINGS = frozenset(
    (
        *(
            "yes",
            "no",
            "house",
            "apartments",
            "residential",
            "detached",
            "semidetached_house",
            "terrace",
            "hut",
        ),
        *(
            "commercial",
            "retail",
            "industrial",
            "office",
            "hotel",
            "school",
            "church",
            "public",
            "garage",
            "garages",
        ),
        *("shed", "roof", "warehouse", "construction"),
    )
)


def _building(value: Any) -> str | None:
    text = text_up_to(60)(value)
    return None if text.casefold() in _OSM_BUILDINGS else text


# In an export of households `kind` is the household's; a Shapefile has ten characters for a name.
_EXPORTED_KIND = ("premises_kind", "premises_k", "Kind of premises", "处所类型")


def _address(value: Any) -> str:
    text = text_up_to(300)(value)
    if "**" in text:
        raise Unreadable("address_masked")
    return text


class _Care(OneOf[str]):
    """A parser for a cell that lists several kinds of help."""

    def __call__(self, value: Any) -> Any:
        return [super(_Care, self).__call__(word) for word in text_list(300)(value)]


def _days(value: Any) -> int:
    number = number_of(value)
    if not number.is_integer():
        raise Unreadable("number_unreadable")
    return int(number)


def fields() -> Sequence[Field]:
    """Return the fields of an import of households, with the names of their columns."""
    return with_texts("households", (
        Field("id", uuid_or_none, ("@id",)),
        Field("key", text_up_to(120), ("external_ref", "地址编码", "房屋编码", "户编号", "编号", "address_code")),
        Field("lat", number_of, ("latitude", "lat", "y", "纬度", "y坐标"), required=True, may_be_empty=True),
        Field("lon", number_of, ("longitude", "lon", "lng", "x", "经度", "x坐标"), required=True, may_be_empty=True),
        Field("kind", OneOf(_KINDS), ("房屋类型", "房屋用途", "用途", *_EXPORTED_KIND), preferred=_EXPORTED_KIND),
        Field("address", _address, ("地址", "详细地址", "full_address")),
        Field("name", text_up_to(200), ("名称", "场所名称", "单位名称")),
        Field("label", text_up_to(60), ("户别", "分户")),
        *(Field(part, _building if part == "building" else text_up_to(60), _ALIASES[part]) for part in PARTS),
        Field("street", text_up_to(150), ("addr:street", "street_name")),
        Field("housenumber", text_up_to(40), ("addr:housenumber", "house_number", "门牌号")),
        Field("postcode", text_up_to(20), ("addr:postcode", "postal_code", "zip", "邮编")),
        Field("resident_name", text_up_to(60), explicit=True),
        Field("resident_phone", text_up_to(40), explicit=True),
        Field("resident_email", text_up_to(200), explicit=True),
        *(Field(name, read, aliases, needs="resident_name") for name, read, aliases in (
            ("residence", OneOf(_RESIDENCE), ("人户状态", "人户情况", "人户标识")),
            ("registered_here", OneOf(_YES_OR_NO), ("户籍在此", "是否户籍", "是否户籍人口", "is_registered_here")),
            ("lives_here", OneOf(_YES_OR_NO), ("现居于此", "居住在此", "是否居住", "是否常住")),
            ("registered_at", text_up_to(120), ("户籍地", "户籍地址", "户口所在地")),
            ("birth_year", _birth_year, ("出生年份", "出生年", "出生日期", "year_of_birth", "date_of_birth")),
            ("care", _Care(_CARE), ("关爱类别", "关爱标签", "服务需求", "care_tags")),
            ("care_purpose", text_up_to(200), ("关爱目的", "关爱事由")),
            ("care_until", read_day, ("关爱截止", "关爱截止日期", "care_ends_on")),
            ("care_cycle_days", _days, ("关爱周期", "走访周期")),
        )),
    ))  # fmt: skip


def finisher(columns: dict[str, str | None], *, is_projected: bool) -> Any:
    """Return a function that sets point and address of a row, and checks its resident.

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
        _merge_address(judged.values)
        _check_member(judged, columns)

    return finish


def _merge_address(values: dict[str, Any]) -> None:
    """Set the address from street, number and postcode if no column has the address."""
    street, number, postcode = (values.pop(name, None) for name in ("street", "housenumber", "postcode"))
    if street and not values.get("address"):
        values["address"] = " ".join(filter(None, (street, number))) + (f", {postcode}" if postcode else "")


def _check_member(judged: JudgedRow, columns: dict[str, str | None]) -> None:
    """Add faults to a row if the data of its resident are incomplete or contradict each other.

    Data of a resident need a name. A care tag needs a purpose and a last day.
    """
    values = judged.values

    def require(name: str) -> None:
        judged.faults.append(Fault("value_missing", columns.get(name) or name))

    if any(values.get(name) is not None for name in MEMBER_FIELDS) and not values.get("resident_name"):
        require("resident_name")
    if values.get("care"):
        for name in ("care_purpose", "care_until"):
            if values.get(name) is None:
                require(name)
    residence = values.pop("residence", None)
    for index, name in enumerate(("registered_here", "lives_here")):
        if residence is not None and values.setdefault(name, residence[index]) != residence[index]:
            judged.faults.append(Fault("contradicts", columns.get(name), {"other": columns.get("residence")}))


def household_of(values: Mapping[str, Any]) -> str:
    """Return a text that identifies the household of a row.

    The text is the number of the household. Without a number, address, name and point are used.
    """
    if values.get("key"):
        return f"key:{values['key']}"
    parts = [str(values.get(name) or "") for name in (*PARTS, "address", "name")]
    return f"address:{'|'.join(parts)}:{values['lon']}:{values['lat']}"
