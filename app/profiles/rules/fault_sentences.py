"""Chinese sentences for the faults of a profile. A fault itself has the English sentence."""

import re

from app.profiles.rules.faults import Fault

_CHINESE = {
    "choices_missing": "该类型须列出选项",
    "choices_of_no_list": "该类型不能有选项",
    "code_of_other_kind": "编码与类别性质不符：事件以 E 开头，部件不得以 E 开头",
    "conduct_missing": "须有一个关于网格员、网格长或单位行为的类别",
    "conduct_not_confidential": "行为类事项须保密",
    "duplicate": "重复",
    "ends_before_it_begins": "终止步骤须在起算步骤之后",
    "handle_missing": "须有处置全程（handle）的时限",
    "handle_not_whole": "处置全程须自立案（filed）起至反馈（fed_back）止",
    "holiday_and_workday": "同一日不能既是休息日又是工作日",
    "limit_beside_limits": "有 limits 时不得再有 limit",
    "malformed": "格式不正确",
    "missing": "缺少此项",
    "not_allowed": "不是允许的值",
    "on_the_spot_by_unit": "由单位处置的事项不能当场处置",
    "on_the_spot_conduct": "行为类事项不能当场处置",
    "one_amount": "share 与 hours 须且只能有一个",
    "out_of_order": "次序不正确",
    "out_of_range": "超出允许范围",
    "public_confidential": "保密类别须不公开",
    "public_conduct": "行为类事项须不公开",
    "public_personal": "名称涉及纠纷或健康的类别须不公开",
    "public_unclassified": "“未分类”须不公开",
    "stage_is_a_step": "阶段名不能与案卷步骤同名",
    "stage_of_verifying": "核实时限由 lifecycle.verify.limit 规定，不能作为阶段名",
    "stage_unknown": "既不是案卷步骤，也不是前面列出的阶段",
    "unclassified_missing": "须有“未分类”（unclassified）类别",
    "unclassified_special": "“未分类”须为网格员处置的普通事项",
    "unknown_category": "没有此类别",
    "unknown_key": "不认识此项",
    "unknown_timezone": "不是 IANA 时区",
    "wrong_type": "类型不正确",
}


# (pattern of the English sentence, Chinese sentence). `{0}` and `{1}` are the groups of the pattern.
_WITH_VALUES = [
    (re.compile(pattern), chinese)
    for pattern, chinese in (
        (r"must be one of (.+)", "应为以下之一：{0}"),
        (r"must be from (\S+) to (\S+)", "应在 {0} 到 {1} 之间"),
        (r"must be above (\S+) to (\S+)", "应大于 {0} 且不大于 {1}"),
        (r"must have (\d+) to (\d+) items", "应有 {0} 至 {1} 项"),
        (r"must have (\d+) items", "应有 {0} 项"),
        (r"must have at most (\d+) characters", "最多 {0} 个字符"),
        (r"(.+) is not of the form (.+)", "{0} 不符合格式 {1}"),
        (r"(.+) is not a date written YYYY-MM-DD", "{0} 不是 YYYY-MM-DD 格式的日期"),
        (r"(.+) is not a time of day written HH:MM", "{0} 不是 HH:MM 格式的时间"),
        (r"is not a regular expression: (.+)", "不是正则表达式：{0}"),
        (r"must be in the order (.+)", "次序应为 {0}"),
        (r"must be an object", "应为对象"),
        (r"must be an array", "应为数组"),
        (r"must be a string", "应为文本"),
        (r"must be a whole number", "应为整数"),
        (r"must be a number", "应为数字"),
        (r"must be true or false", "应为 true 或 false"),
        (r"is required beside (\S+)", "设置 {0} 时须同时提供此项"),
        (r"must come after (\S+)", "须在 {0} 之后"),
        (r"(\S+) is also a holiday", "{0} 同时列为休息日"),
        (r"(\S+) is not in the taxonomy", "没有类别 {0}"),
        (r"\S+ (.+) is already at (\S+)", "{0} 已出现在 {1}"),
        (r"(.+) is not an IANA time zone", "{0} 不是 IANA 时区"),
    )
]


def _chinese(fault: Fault) -> str:
    for pattern, chinese in _WITH_VALUES:
        if match := pattern.fullmatch(fault.message):
            return chinese.format(*(value.replace(", ", "、") for value in match.groups()))
    return _CHINESE.get(fault.code, fault.code)


def sentence(fault: Fault) -> dict[str, str]:
    """Return the sentence of a fault by language (`en`, `zh`)."""
    return {"en": fault.message, "zh": _chinese(fault)}
