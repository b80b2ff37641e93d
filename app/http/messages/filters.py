"""What is wrong with a filter in CQL2."""

FILTER_FAULTS: dict[str, tuple[str, str]] = {
    # code: (English, Chinese)
    "filter_syntax": (
        "has something at character {at} that does not belong there: {found}",
        "第 {at} 个字符处有误：{found}",
    ),
    "filter_json": ("is not valid CQL2 JSON", "不是有效的 CQL2 JSON"),
    "filter_too_large": ("is too long or nested too deep", "过长或嵌套过深"),
    "filter_characters": ("has characters that no value can have", "含有非法字符"),
    "filter_number": ("has a number that is out of range", "含有超出范围的数字"),
    "filter_value": ("has an operand or a number of operands that is not possible", "操作数或其个数有误"),
    "filter_property": ("names what is no queryable: {name}", "引用了不可查询的属性：{name}"),
    "filter_function": ("names an operator that is not known: {name}", "使用了未知的运算：{name}"),
    "filter_type": (
        "compares {found} where {wanted} is needed",
        "类型不符：{found} 用在了需要 {wanted} 之处",
    ),
    "filter_time": (
        "has what is no day and no instant with a zone: {said}",
        "含有无效的日期或时刻：{said}",
    ),
    "filter_interval": (
        "has an interval that ends before it begins, or that mixes days and instants",
        "时间区间起止颠倒，或混用日期与时刻",
    ),
    "filter_geometry": (
        "has a geometry that is empty, crosses itself, or lies outside of its reference system",
        "几何为空、自相交或超出坐标系范围",
    ),
    "filter_pattern": (
        "has a pattern that is no text, or ends in a backslash",
        "匹配模式不是文本，或以反斜杠结尾",
    ),
}
