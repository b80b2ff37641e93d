"""Messages about invalid CQL2 filters."""

FILTER_FAULTS: dict[str, tuple[str, str]] = {
    # code: (English, Chinese)
    "filter_syntax": (
        "has an error at character {at}: unexpected {found}",
        "第 {at} 个字符处有误：不应出现 {found}",
    ),
    "filter_json": ("is not valid CQL2 JSON", "不是有效的 CQL2 JSON"),
    "filter_too_large": ("is too long or nested too deep", "过长或嵌套过深"),
    "filter_characters": ("contains characters that are not allowed", "含有不允许的字符"),
    "filter_number": ("contains a number that is out of range", "含有超出范围的数字"),
    "filter_value": ("has a wrong operand or a wrong number of operands", "操作数或其个数有误"),
    "filter_property": (
        "names a property that cannot be used in filters: {name}",
        "引用了不可查询的属性：{name}",
    ),
    "filter_function": ("uses an unknown operator: {name}", "使用了未知的运算：{name}"),
    "filter_type": ("has {found} where {wanted} is required", "类型不符：实为{found}，需要{wanted}"),
    "filter_time": (
        "contains '{said}', which is neither a day nor an instant with a time zone",
        "“{said}”既不是日期，也不是带时区的时刻",
    ),
    "filter_interval": (
        "contains an interval that ends before it starts, or mixes days and instants",
        "时间区间起止颠倒，或混用日期与时刻",
    ),
    "filter_geometry": (
        "contains a geometry that is empty, crosses itself, or is outside its coordinate reference system",
        "几何为空、自相交或超出坐标系范围",
    ),
    "filter_pattern": (
        "contains a pattern that is not text, or that ends in a backslash",
        "匹配模式不是文本，或以反斜杠结尾",
    ),
}
