"""Conversion of marshmallow's own validation messages to codes with a message in both languages."""

import re

# marshmallow's sentence: code, English, Chinese. `{0}` and `{1}` are its groups.
_SENTENCES = [
    (re.compile(pattern, re.DOTALL), code, english, chinese)
    for pattern, code, english, chinese in (
        (r"Missing data.*", "required", "is required", "必填"),
        (r"Field may not be null.*", "null", "may not be null", "不能为空"),
        (r"Unknown field.*", "unknown_field", "is an unknown field", "未知字段"),
        (r"Must be one of: (.+)\.", "not_one_of", "must be one of: {0}", "应为以下之一：{0}"),
        (r"One or more .* not in: (.+)\.", "not_one_of", "may contain only: {0}", "只能包含：{0}"),
        (
            r"Must be greater than or equal to (\S+) and less than or equal to (\S+)\.",
            *("out_of_range", "must be from {0} to {1}", "应在 {0} 到 {1} 之间"),
        ),
        (
            r"Must be greater than (\S+) and less than or equal to (\S+)\.",
            *("out_of_range", "must be greater than {0} and at most {1}", "应大于 {0} 且不大于 {1}"),
        ),
        (
            r"Must be greater than or equal to (\S+) and less than (\S+)\.",
            *("out_of_range", "must be at least {0} and less than {1}", "应不小于 {0} 且小于 {1}"),
        ),
        (r"Must be greater than or equal to (\S+)\.", "out_of_range", "must be at least {0}", "应不小于 {0}"),
        (r"Must be greater than (\S+)\.", "out_of_range", "must be greater than {0}", "应大于 {0}"),
        (r"Must be less than or equal to (\S+)\.", "out_of_range", "must be at most {0}", "应不大于 {0}"),
        (r"Must be less than (\S+)\.", "out_of_range", "must be less than {0}", "应小于 {0}"),
        (r"Must be (?:greater|less).*", "out_of_range", "is out of range", "超出范围"),
        (r"Number too large\.", "invalid", "is too large", "数值过大"),
        (r"Special numeric values.*", "invalid", "must be a finite number", "应为有限数值"),
        (
            r"Longer than maximum length (\d+)\.",
            "wrong_length",
            "has a maximum length of {0}",
            "长度最大为 {0}",
        ),
        (
            r"Shorter than minimum length (\d+)\.",
            "wrong_length",
            "has a minimum length of {0}",
            "长度最小为 {0}",
        ),
        (
            r"Length must be between (\d+) and (\d+)\.",
            *("wrong_length", "must have a length of {0} to {1}", "长度应为 {0} 至 {1}"),
        ),
        (r"Length must be (\d+)\.", "wrong_length", "must have a length of {0}", "长度应为 {0}"),
        (r"Invalid JSON.*", "json_invalid", "The body is not valid JSON.", "请求正文不是有效的 JSON。"),
        (r"Must be equal to True\.", "invalid", "must be true", "应为 true"),
        (r"Must be equal to False\.", "invalid", "must be false", "应为 false"),
        (r"Must be equal to (.+)\.", "invalid", "must be {0}", "应为 {0}"),
        (r"String does not match.*", "invalid", "does not have the required form", "格式不符"),
        (
            r"Not a valid (?:aware )?datetime\.",
            *("invalid", "must be a date and time with a time zone, such as 2026-10-01T08:00:00Z"),
            "应为带时区的日期时间，例如 2026-10-01T08:00:00Z",
        ),
        (r"Not a valid date\.", "invalid", "must be a date such as 2026-10-01", "应为日期，例如 2026-10-01"),
        (r"Not a valid time\.", "invalid", "must be a time such as 08:30", "应为时间，例如 08:30"),
        (r"Not a valid boolean\.", "invalid", "must be true or false", "应为 true 或 false"),
        (r"Not a valid integer\.", "invalid", "must be a whole number", "应为整数"),
        (r"Not a valid number\.", "invalid", "must be a number", "应为数字"),
        (r"Not a valid (?:utf-8 )?string\.", "invalid", "must be text", "应为文本"),
        (r"Not a valid list\.", "invalid", "must be a list", "应为列表"),
        (r"Not a valid mapping type\.", "invalid", "must be an object", "应为对象"),
        (r"Not a valid UUID\.", "invalid", "must be a UUID", "应为 UUID"),
        (r"Not a valid URL\.", "invalid", "must be a URL", "应为 URL"),
        (r"Invalid (?:input )?type\.", "invalid", "must be an object", "应为对象"),
    )
]
_OTHER = ("invalid", "is not valid", "无效")


def validation_message(text: str) -> tuple[str, str, str]:
    """Return the code and the message (English, Chinese) for a message of marshmallow."""
    for pattern, code, english, chinese in _SENTENCES:
        if match := pattern.fullmatch(text):
            values = match.groups()
            zh_values = [value.replace(", ", "、") for value in values]
            return code, english.format(*values), chinese.format(*zh_values)
    return _OTHER
