"""Faults of rows and files: stable codes, and a sentence for each in English and Chinese."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault. `column`: the name of the column in the file, if the fault is about one."""

    code: str
    column: str | None = None
    params: dict[str, Any] = field(default_factory=dict)


class FileRefused(ValueError):
    """The whole file is refused: it cannot be read, or its columns are not recognised."""

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code)
        self.fault = Fault(code, None, params)


class Unreadable(ValueError):
    """A value is not what its field needs."""

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code)
        self.code = code
        self.params = params


SENTENCES: dict[str, tuple[str, str]] = {
    # of files
    "file_unreadable": ("The file cannot be read: {reason}.", "无法读取文件：{reason}。"),
    "file_empty": ("The file has no header.", "文件没有表头。"),
    "file_too_large": ("The file unpacks to more than is allowed.", "文件解压后超出限制。"),
    "file_too_costly": (
        "Reading the file needs more time or memory than is allowed. Split it, or save it anew, and import that.",
        "读取文件所需的时间或内存超出限制。请拆分或重新保存文件后再导入。",
    ),
    "file_reader_ended": (
        "The process that read the file ended before it was through. Import the file again; "
        "if that happens again, save it anew first.",
        "读取文件的进程意外结束。请重新导入；如再次发生，请先重新保存文件。",
    ),
    "too_many_rows": (
        "The file has more than {limit} rows. Split it, and import the parts.",
        "文件超过 {limit} 行。请拆分后分别导入。",
    ),
    "geopackage_not_plain": (
        "The GeoPackage has a {type}, '{name}', which could run commands when it is read. "
        "Save its layers into a new GeoPackage, and import that.",
        "GeoPackage 含有 {type}“{name}”，读取时可能执行命令。请将图层另存为新的 GeoPackage 后再导入。",
    ),
    "format_unknown": ("Not a format that can be read: {name}.", "不支持的文件格式：{name}。"),
    "encoding_unknown": ("The text is neither UTF-8 nor GB18030.", "文本编码既不是 UTF-8 也不是 GB18030。"),
    "layer_unknown": ("There is no layer or sheet '{name}'; there are: {known}.", "没有图层或工作表“{name}”，现有：{known}。"),
    "layer_needed": ("The file has several layers; name one: {known}.", "文件含多个图层，请指定一个：{known}。"),
    "columns_ambiguous": (
        "Several columns may mean '{field}': {columns}. Say which with a mapping.",
        "多个列都可能是“{field}”：{columns}。请用映射指定。",
    ),
    "columns_missing": ("No column was found for: {fields}.", "缺少必需的列：{fields}。"),
    "column_unknown": ("The file has no column '{column}'.", "文件中没有列“{column}”。"),
    "field_unknown": ("There is no field '{field}'; there are: {known}.", "没有字段“{field}”，可用：{known}。"),
    "forbidden_field": (
        "The column '{column}' is of a kind that is never taken in.",
        "列“{column}”属于禁止采集的信息，不能导入。",
    ),
    "timezone_needed": (
        "The jurisdiction {jurisdiction} is new: say where its days begin, as in --timezone Asia/Shanghai.",
        "辖区 {jurisdiction} 为新建，请用 --timezone 指明其时区，例如 --timezone Asia/Shanghai。",
    ),
    "option_invalid": ("The option {option} cannot be '{value}'.", "选项 {option} 的值“{value}”无效。"),
    "crs_unknown": ("The coordinate system {crs} is not known.", "未知坐标系 {crs}。"),
    # of rows
    "value_missing": ("A value is needed.", "必填。"),
    "number_unreadable": ("Not a number.", "不是数字。"),
    "time_unreadable": ("Not a date and time.", "不是日期时间。"),
    "time_out_of_range": ("The time is before 2000 or after 2099.", "时间早于 2000 年或晚于 2099 年。"),
    "in_future": ("The time is in the future.", "时间在将来。"),
    "text_invalid": ("The text has characters that cannot be stored.", "文本含有无法存储的字符。"),
    "text_too_long": ("The text is longer than {limit} characters.", "文本超过 {limit} 个字符。"),
    "choice_unknown": ("Not one of: {choices}.", "应为以下之一：{choices}。"),
    "row_too_long": ("The row has more cells than the header.", "该行的单元格多于表头。"),
    "duplicate_in_file": ("The same as row {row}.", "与第 {row} 行重复。"),
    "household_differs": (
        "It says something else of the household than row {row}, which has the same number.",
        "与第 {row} 行户编号相同，但住户信息不一致。",
    ),
    "contradicts": ("It says something else than the column {other}.", "与“{other}”列矛盾。"),
    "premises_not_lived_in": (
        "Nobody keeps house in premises of this kind: a resident needs a dwelling or a rental.",
        "此类房屋无住户：登记人员须为住宅或出租房。",
    ),
    "not_allowed_here": ("Whoever is registered here is not registered elsewhere.", "户籍在此者不能另有户籍地。"),
    "changed_since_import": (
        "It was imported before with other content; what is stored stays.",
        "此前已导入且内容不同；保留已存内容。",
    ),
    "looks_like_national_id": (
        "A value looks like a national id number, which is never taken in.",
        "内容疑似身份证号码，禁止录入。",
    ),
    "no_usable_point": (
        "There is no usable point: missing, zero, whole degrees only, or off the globe.",
        "没有可用坐标：缺失、为零、仅为整度数或超出范围。",
    ),
    "geometry_unreadable": ("The geometry cannot be read.", "几何图形无法读取。"),
    "outside_jurisdiction": ("The point lies outside the jurisdiction.", "位置不在辖区范围内。"),
    "outside_scope": ("It lies outside the areas that you may import for.", "不在您可导入的区域范围内。"),
    "reference_unknown": ("There is no area with this code.", "没有该编码的区域。"),
    "code_taken": ("The code is used already.", "编码已被使用。"),
    "username_taken": ("This user name is taken.", "该用户名已被占用。"),
    "invalid_ring": ("The outline crosses itself or is broken.", "边界自相交或不闭合。"),
    "sibling_overlap": ("It covers the same land as another area.", "与另一区域重叠。"),
    "outside_parent": ("It lies outside the area above it.", "超出上级区域范围。"),
    "parent_unknown": ("There is no area above it.", "找不到上级区域。"),
    "parent_wrong_level": ("The area above it is of the wrong level.", "上级区域的层级不符。"),
    "code_malformed": ("The code is not written as codes of this level are.", "编码不符合该层级的规则。"),
    "code_not_under_parent": ("The code does not begin with that of the area above it.", "编码未以上级区域编码开头。"),
    "id_taken": ("It was imported before as something else.", "此前已作为其他内容导入。"),
    "empty": ("The shape is empty.", "图形为空。"),
    "coordinates_out_of_range": (
        "The coordinates are off the globe; a projected file needs its coordinate system.",
        "坐标超出范围；投影坐标须指明坐标系。",
    ),
    "too_many_vertices": ("The outline has too many points.", "边界顶点过多。"),
    "not_polygon": ("Only polygons can be areas.", "只有多边形才能作为区域。"),
    "part_missing": ("This part of the address has no column; what does not exist is 无.", "地址要素缺失；没有的请填“无”。"),
    "part_empty": ("This part of the address is empty; what does not exist is 无.", "地址要素不能为空；没有的请填“无”。"),
    "part_absent": ("This part of the address exists everywhere.", "该地址要素必须填写，不能为“无”。"),
    "building_form": ("A building is written 1幢, not 1, 1栋 or 1号.", "应写作“1幢”，不能写“1”“1栋”“1号”。"),
    "unit_form": ("A staircase is written 2单元.", "应写作“2单元”。"),
    "room_form": ("The room has a blank or a comma, or is too long.", "房号含空格、逗号或过长。"),
    "required": ("A value is needed.", "必填。"),
    "wrong_length": ("It is too short or too long.", "长度不符。"),
    "invalid": ("It is not written as it should be.", "格式无效。"),
    "out_of_range": ("It is out of range.", "超出范围。"),
    "id_reused": ("The household is registered elsewhere.", "该住户已在别处登记。"),
    "status_unknown": ("This state is not known; map it to open or closed.", "状态无法识别，请映射为 open 或 closed。"),
    "closed_without_time": ("It is closed but does not say when.", "已结案但没有结案时间。"),
    "closed_before_reported": ("It was closed before it was reported.", "结案时间早于上报时间。"),
    "component_number_invalid": (
        "A component's number has 16 digits: 6 county, 2 class, 2 subclass, 6 serial.",
        "部件标识码应为 16 位数字：6 位区划、2 位大类、2 位小类、6 位顺序号。",
    ),
    "unit_unknown": ("There is no unit with this code or name.", "没有该编码或名称的单位。"),
    "address_masked": (
        "The address is masked, as exports show it to those who may not read addresses.",
        "地址已脱敏，无法导入。",
    ),
    "not_storable": ("The database refused the row.", "数据库拒绝了该行。"),
    # why something that an import made is not taken back
    "kept_visited": ("The household was visited since.", "导入后已走访该住户。"),
    "kept_edited": ("Somebody changed it since.", "导入后已有人修改。"),
    "kept_consented": ("Somebody agreed to something there.", "已登记同意事项。"),
    "kept_has_others": (
        "Something hangs on it that this import did not make, or that has to stay.",
        "其下有非本次导入或须保留的内容。",
    ),
    "kept_worked_on": ("Somebody has worked on the case.", "案件已有人办理。"),
    "kept_dispatched": ("The case was offered to somebody.", "案件已派遣。"),
    "kept_attached": ("Notes, links, photos or further reports hang on the case.", "案件已有备注、关联、照片或其他上报。"),
    "kept_has_case": ("A case is about the component.", "已有案件关联该部件。"),
    # notes: the row was taken
    "time_ambiguous": (
        "The clock was put back: this time came twice, and the first was taken.",
        "时钟回拨，该时间出现两次，取第一次。",
    ),
    "time_nonexistent": (
        "The clock was put forward: this time never came, and it was read by the clock before.",
        "时钟拨快，该时间不存在，按拨快前的时钟读取。",
    ),
}  # fmt: skip


def sentence(fault: Fault, language: str = "en") -> str:
    """Return the sentence of a fault in `en` or `zh`; the code if it has no sentence."""
    pair = SENTENCES.get(fault.code)
    if pair is None:
        return str(fault.params.get("message") or fault.code)
    return pair[language == "zh"].format_map({key: _as_text(value) for key, value in fault.params.items()})


def reason(faults: Iterable[Fault]) -> str:
    """Return all faults of a row for its `_reason` cell: codes, columns and sentences in both languages."""
    parts = []
    for fault in faults:
        column = f" [{fault.column}]" if fault.column else ""
        parts.append(f"{fault.code}{column}: {sentence(fault)} {sentence(fault, 'zh')}")
    return " | ".join(parts)


def _as_text(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
