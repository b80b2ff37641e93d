"""Faults of rows and files: stable codes, and a message for each in English and Chinese."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from app.core.wording import fill


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault of a row or a file.

    `column` is the name of the column in the file. None: the fault is not about a single column.
    """

    code: str
    column: str | None = None
    params: dict[str, Any] = field(default_factory=dict)


class FileRefused(ValueError):
    """Raised to refuse a whole file: it cannot be read, or its columns are not recognised."""

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code)
        self.fault = Fault(code, None, params)


class Unreadable(ValueError):
    """Raised for a cell whose value its field does not accept."""

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code)
        self.code = code
        self.params = params


SENTENCES: dict[str, tuple[str, str]] = {
    # of files
    "file_unreadable": ("The file cannot be read: {reason}.", "无法读取文件：{reason}。"),
    "file_empty": ("The file has no header.", "文件没有表头。"),
    "file_too_large": ("The unpacked file is larger than allowed.", "文件解压后超出限制。"),
    "file_too_costly": (
        "Reading the file exceeds the allowed time or memory. Split it, or save it again, and import that.",
        "读取文件所需的时间或内存超出限制。请拆分或重新保存文件后再导入。",
    ),
    "file_reader_ended": (
        "The process that read the file ended too early. Import the file again. If this happens "
        "again, save the file again first.",
        "读取文件的进程意外结束。请重新导入；如再次发生，请先重新保存文件。",
    ),
    "too_many_rows": (
        "The file has more than {limit} rows. Split it, and import the parts.",
        "文件超过 {limit} 行。请拆分后分别导入。",
    ),
    "geopackage_not_plain": (
        "The GeoPackage contains '{name}' ({type}), which could run commands when it is read. "
        "Save its layers into a new GeoPackage, and import that.",
        "GeoPackage 含有“{name}”（{type}），读取时可能执行命令。请将图层另存为新的 GeoPackage 后再导入。",
    ),
    "format_unknown": ("This file format is not supported: {name}.", "不支持的文件格式：{name}。"),
    "encoding_unknown": ("The text is neither UTF-8 nor GB18030.", "文本编码既不是 UTF-8 也不是 GB18030。"),
    "layer_unknown": (
        "There is no layer or sheet '{name}'. Available: {known}.",
        "没有图层或工作表“{name}”，现有：{known}。",
    ),
    "layer_needed": (
        "The file has several layers. Choose one: {known}.",
        "文件含多个图层，请指定一个：{known}。",
    ),
    "columns_ambiguous": (
        "Several columns may be the field '{field}': {columns}. Choose one with a mapping.",
        "多个列都可能是“{field}”：{columns}。请用映射指定。",
    ),
    "columns_missing": ("The file has no column for: {fields}.", "缺少必需的列：{fields}。"),
    "column_unknown": ("The file has no column '{column}'.", "文件中没有列“{column}”。"),
    "field_unknown": (
        "There is no field '{field}'. Available: {known}.",
        "没有字段“{field}”，可用：{known}。",
    ),
    "forbidden_field": (
        "The column '{column}' holds data of a kind that is never stored.",
        "列“{column}”属于禁止采集的信息，不能导入。",
    ),
    "timezone_needed": (
        "The jurisdiction {jurisdiction} is new. Give its time zone, for example --timezone Asia/Shanghai.",
        "辖区 {jurisdiction} 为新建，请用 --timezone 指明其时区，例如 --timezone Asia/Shanghai。",
    ),
    "option_invalid": ("The option {option} cannot be '{value}'.", "选项 {option} 的值“{value}”无效。"),
    "crs_unknown": ("The coordinate system {crs} is unknown.", "未知坐标系 {crs}。"),
    # of rows
    "value_missing": ("A value is required.", "必填。"),
    "number_unreadable": ("This is not a number.", "不是数字。"),
    "time_unreadable": ("This is not a date and time.", "不是日期时间。"),
    "time_out_of_range": ("The time is before 2000 or after 2099.", "时间早于 2000 年或晚于 2099 年。"),
    "in_future": ("The time is in the future.", "时间晚于当前时间。"),
    "text_invalid": ("The text contains characters that cannot be stored.", "文本含有无法存储的字符。"),
    "text_too_long": ("The text is longer than {limit} characters.", "文本超过 {limit} 个字符。"),
    "choice_unknown": ("This is not one of: {choices}.", "应为以下之一：{choices}。"),
    "row_too_long": ("The row has more cells than the header.", "该行的单元格多于表头。"),
    "duplicate_in_file": ("This row repeats row {row}.", "与第 {row} 行重复。"),
    "household_differs": (
        "This row and row {row} have the same household number but different data of the household.",
        "与第 {row} 行户编号相同，但住户信息不一致。",
    ),
    "contradicts": ("The value contradicts the column {other}.", "与“{other}”列矛盾。"),
    "premises_not_lived_in": (
        "Premises of this kind have no households. Residents need the kind dwelling or rental.",
        "此类处所无住户：登记居民的处所须为住宅或出租房。",
    ),
    "not_allowed_here": (
        "A person who is registered here cannot be registered elsewhere too.",
        "户籍在此者不能另有户籍地。",
    ),
    "changed_since_import": (
        "This was imported before with other content. The stored content was not changed.",
        "此前已导入且内容不同；保留已存内容。",
    ),
    "looks_like_national_id": (
        "A value seems to be a citizen identity number, which is never stored.",
        "内容疑似公民身份号码，禁止录入。",
    ),
    "no_usable_point": (
        "There is no usable point: it is missing, zero, of whole degrees only, or out of range.",
        "没有可用坐标：缺失、为零、仅为整度数或超出范围。",
    ),
    "geometry_unreadable": ("The geometry cannot be read.", "几何图形无法读取。"),
    "outside_jurisdiction": ("The point is outside the jurisdiction.", "位置不在辖区范围内。"),
    "outside_scope": (
        "The place is outside the areas for which you may import.",
        "不在您可导入的区域范围内。",
    ),
    "reference_unknown": ("There is no area with this code.", "没有该编码的区域。"),
    "code_taken": ("The code is in use.", "编码已被使用。"),
    "username_taken": ("This user name is taken.", "该用户名已被占用。"),
    "invalid_ring": ("The outline crosses itself or is not closed.", "边界自相交或不闭合。"),
    "sibling_overlap": ("The area overlaps another area.", "与另一区域重叠。"),
    "outside_parent": ("The area extends beyond its parent area.", "超出上级区域范围。"),
    "parent_unknown": ("The parent area does not exist.", "找不到上级区域。"),
    "parent_wrong_level": ("The parent area has the wrong level.", "上级区域的层级不符。"),
    "code_malformed": ("The code does not have the form of codes of this level.", "编码不符合该层级的规则。"),
    "code_not_under_parent": (
        "The code does not begin with the code of the parent area.",
        "编码未以上级区域编码开头。",
    ),
    "id_taken": ("This id was imported before for something else.", "此前已作为其他内容导入。"),
    "empty": ("The shape is empty.", "图形为空。"),
    "coordinates_out_of_range": (
        "The coordinates are out of range. A projected file needs its coordinate system.",
        "坐标超出范围；投影坐标须指明坐标系。",
    ),
    "too_many_vertices": ("The outline has too many points.", "边界顶点过多。"),
    "not_polygon": ("An area must be a polygon.", "只有多边形才能作为区域。"),
    "part_missing": (
        "The file has no column for this part of the address. Write 无 for a part that does not exist.",
        "地址要素缺失；没有的请填“无”。",
    ),
    "part_empty": (
        "This part of the address is empty. Write 无 for a part that does not exist.",
        "地址要素不能为空；没有的请填“无”。",
    ),
    "part_absent": (
        "Every address has this part, so it cannot be absent.",
        "该地址要素必须填写，不能为“无”。",
    ),
    "building_form": ("Write a building as 1幢, not as 1, 1栋 or 1号.", "应写作“1幢”，不能写“1”“1栋”“1号”。"),
    "unit_form": ("Write an entrance as 2单元.", "应写作“2单元”。"),
    "room_form": ("The room contains a space or a comma, or is too long.", "房号含空格、逗号或过长。"),
    "required": ("A value is required.", "必填。"),
    "wrong_length": ("The value is too short or too long.", "长度不符。"),
    "invalid": ("The value does not have the required form.", "格式无效。"),
    "out_of_range": ("The value is out of range.", "超出范围。"),
    "id_reused": ("The household is registered at another place.", "该住户已在别处登记。"),
    "status_unknown": (
        "This state is unknown. Map it to open or closed.",
        "状态无法识别，请映射为 open 或 closed。",
    ),
    "closed_without_time": ("The case is closed but has no closing time.", "已结案但没有结案时间。"),
    "closed_before_reported": ("The closing time is before the report.", "结案时间早于上报时间。"),
    "component_number_invalid": (
        "A component number has 16 digits: 6 for the county, 2 for the class, 2 for the subclass "
        "and 6 for the serial number.",
        "部件标识码应为 16 位数字：6 位县级代码、2 位大类、2 位小类、6 位流水号。",
    ),
    "unit_unknown": ("There is no unit with this code or name.", "没有该编码或名称的单位。"),
    "address_masked": (
        "The address is masked, as in an export by an account that may not read addresses.",
        "地址已脱敏，无法导入。",
    ),
    "not_storable": ("The database refused the row.", "数据库未接受该行。"),
    # why something that an import made is not taken back
    "kept_visited": ("The household was visited after the import.", "导入后已走访该住户。"),
    "kept_edited": ("The entry was changed after the import.", "导入后已有人修改。"),
    "kept_consented": ("A consent of the household is recorded.", "已登记同意事项。"),
    "kept_has_others": (
        "The entry contains data that this import did not create, or that must stay.",
        "其下有非本次导入或须保留的内容。",
    ),
    "kept_worked_on": ("A worker has handled the case.", "案卷已有人办理。"),
    "kept_dispatched": ("An offer was sent for the case.", "案卷已派遣。"),
    "kept_attached": (
        "The case has notes, links, photos or further reports.",
        "案卷已有备注、关联、照片或其他上报。",
    ),
    "kept_has_case": ("A case is linked to the component.", "已有案卷关联该部件。"),
    # notes: the row was taken
    "time_ambiguous": (
        "The clock was put back, so this time occurred twice. The first one was used.",
        "时钟回拨，该时间出现两次，取第一次。",
    ),
    "time_nonexistent": (
        "The clock was put forward, so this time did not occur. It was read by the clock as it was before.",
        "时钟拨快，该时间不存在，按拨快前的时钟读取。",
    ),
}


def sentence(fault: Fault, language: str = "en") -> str:
    """Return the message of a fault in `en` or `zh`. Without a message, return the code."""
    pair = SENTENCES.get(fault.code)
    if pair is None:
        return str(fault.params.get("message") or fault.code)
    return fill(pair[language == "zh"], language, **fault.params)


def sentences(fault: Fault) -> dict[str, str]:
    """Return the message of a fault in English and Chinese."""
    return {language: sentence(fault, language) for language in ("en", "zh")}


def reason(faults: Iterable[Fault]) -> str:
    """Return the text for the column `_reason` of an error file.

    The text has the code, the column and the messages (English and Chinese) of each fault of a row.
    """
    parts = []
    for fault in faults:
        column = f" [{fault.column}]" if fault.column else ""
        parts.append(f"{fault.code}{column}: {sentence(fault)} {sentence(fault, 'zh')}")
    return " | ".join(parts)
