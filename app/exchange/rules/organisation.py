"""Fields of imports of areas, units and workers."""

from collections.abc import Mapping, Sequence
from typing import Any

import shapely
from shapely.errors import ShapelyError

from app.exchange.rules.cell_readers import number_of, plain
from app.exchange.rules.contract import GEOMETRY, Field, JudgedRow
from app.exchange.rules.faults import Fault, Unreadable
from app.exchange.rules.field_texts.fields import with_texts
from app.exchange.rules.text_readers import OneOf, text_list, text_up_to

_NAME = ("名称", "单位名称", "区域名称", "网格名称", "name_zh", "title", "label")
_NAME_EN = ("english_name", "英文名称", "英文名")


def _wkt(value: Any) -> Any:
    try:
        geometry = shapely.from_wkt(plain(value))
    except ShapelyError:
        raise Unreadable("geometry_unreadable") from None
    return shapely.force_2d(geometry)


def area_fields(levels: Mapping[str, str]) -> Sequence[Field]:
    """Return the fields of an import of areas, with the names of their columns.

    Args:
        levels: Levels of areas by each of their names, in case-folded form.
    """
    return with_texts("areas", (
        Field("name", text_up_to(200), ("区划名称", *_NAME), required=True),
        Field("name_en", text_up_to(200), _NAME_EN),
        Field(
            "code",
            text_up_to(64),
            ("区划代码", "网格编码", "网格代码", "编码", "代码", "area_code", "grid_code"),
        ),
        Field("level", OneOf(levels), ("层级", "级别", "area_level"), required=True),
        Field("parent_code", text_up_to(64), ("上级代码", "上级编码", "父级编码", "parent")),
        Field(GEOMETRY, _wkt, ("wkt", "geom", "the_geom", "shape"), required=True, may_be_empty=True),
    ))  # fmt: skip


def finish_area(judged: JudgedRow) -> None:
    """Set the geometry of an area from the geometry of the row, or else from a column with WKT."""
    shape = judged.row.shape if judged.row.shape is not None else judged.values.get(GEOMETRY)
    if shape is None or shape.is_empty:
        judged.faults.append(Fault("geometry_unreadable"))
    judged.values[GEOMETRY] = shape


def unit_fields() -> Sequence[Field]:
    """Return the fields of an import of units, with the names of their columns."""
    return with_texts("units", (
        Field("code", text_up_to(64), ("单位代码", "部门代码", "部门编码", "编码", "代码", "dept_code", "unit_code"),
              required=True),
        Field("name", text_up_to(200), ("部门名称", *_NAME), required=True),
        Field("name_en", text_up_to(200), _NAME_EN),
        Field("area_code", text_up_to(64), ("区划代码", "所属区域", "所属区划", "area")),
        Field("contact", text_up_to(200), ("联系方式", "联系电话", "phone", "telephone")),
        Field("categories", text_list(2000), ("category_prefixes", "competences", "职责类别", "管辖类别")),
    ))  # fmt: skip


def worker_fields() -> Sequence[Field]:
    """Return the fields of an import of workers, with the names of their columns."""
    return with_texts("workers", (
        Field("username", _username, ("用户名", "账号", "登录名", "login", "account"), required=True),
        Field("name", text_up_to(100), ("姓名", "full_name"), required=True),
        Field("role", OneOf(_ROLES), ("岗位", "职务", "角色", "position")),
        Field(
            "area_codes",
            text_list(2000),
            ("网格编码", "网格代码", "责任网格", "grid", "grid_code", "area_code"),
        ),
        Field("skills", text_list(1000), ("技能", "专长")),
        Field("capacity", _capacity, ("承接上限", "容量")),
    ))  # fmt: skip


_ROLES = {
    "worker": "worker",
    "网格员": "worker",
    "专职网格员": "worker",
    "substitute": "substitute",
    "兼职网格员": "substitute",
    "chief": "chief",
    "grid_chief": "chief",
    "grid chief": "chief",
    "网格长": "chief",
}


def _username(value: Any) -> str:
    username = text_up_to(64)(value)
    if any(char.isspace() for char in username):
        raise Unreadable("text_invalid")
    return username


def _capacity(value: Any) -> int:
    number = number_of(value)
    if not number.is_integer() or not 1 <= number <= 1000:
        raise Unreadable("number_unreadable")
    return int(number)


def no_finish(judged: JudgedRow) -> None:
    """Do nothing as the last check of a row.

    Kinds of import use this function if the values of a row do not depend on each other.
    """
