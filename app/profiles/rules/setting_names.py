"""Names for the members and codes of a profile in sentences, in English and Chinese."""

import re
from typing import Any

from app.core.wording import listed
from app.profiles.rules.value_checks import NOTE

# member: (English, Chinese), or the Chinese name alone where the English name is the member with spaces.
MEMBERS: dict[str, tuple[str, str] | str] = {
    "addresses": "地址",
    "admission": "准入",
    "after_rings": "各范围之后",
    "amount": "数量",
    "area_m2_most": ("maximum area in m²", "面积上限（平方米）"),
    "batch_seconds": "统筹间隔秒数",
    "books": ("put on the books", "挂账"),
    "break_hours_most": ("maximum hours of a break", "休息时长上限（小时）"),
    "breaks": "休息",
    "broadcast": ("offers to several workers", "同时派遣"),
    "calendar": "日历",
    "capacity_default": ("default capacity", "默认承接上限"),
    "categories": "类别",
    "checks": "核查",
    "class": "大类",
    "closed_days": "已结案天数",
    "code": "编码",
    "conditions": ("filing conditions", "立案条件"),
    "conduct": "行为类",
    "confidential": "保密",
    "contest": "异议",
    "cool_down_minutes": "间隔分钟数",
    "days": "天数",
    "days_most": ("maximum days", "天数上限"),
    "deadlines": "时限",
    "deferral": "缓办",
    "denominators": "分母",
    "dispatch": "派遣",
    "dispatch_weights": "派遣权重",
    "distance": "距离",
    "duplicates": "重复上报",
    "duty": "在岗",
    "en": ("English", "英文"),
    "escalate": ("escalation", "逐级上报"),
    "evaluation": "评价",
    "extension": "延期",
    "factors": "系数",
    "fairness": "公平",
    "figures": "统计数据",
    "force_closed_reasons": ("reasons for force-closing", "强制结案理由"),
    "frequent_least": ("reports for high frequency", "高频起点"),
    "fresh_minutes": ("minutes for which a position is fresh", "定位有效分钟数"),
    "from": "起",
    "gain_seconds": "节省秒数",
    "goes_to": ("next step", "去向"),
    "grid": "网格",
    "grids": "网格标准",
    "handled_by": "处置方",
    "holidays": "节假日",
    "hours": "小时",
    "households_most": ("maximum households", "户数上限"),
    "households_most_in_large_community": ("maximum households in a large community", "大型社区户数上限"),
    "kind": "性质",
    "large_community_households": ("households of a large community", "大型社区户数"),
    "less": ("excluded", "扣除"),
    "level": "层级",
    "levels": "层级",
    "lifecycle": ("life cycle", "案卷流程"),
    "load": "负荷",
    "max_rounds": ("maximum number of offers", "派遣轮数上限"),
    "minutes": "分钟",
    "mode": "模式",
    "modes": "模式",
    "most": ("maximum", "上限"),
    "moved_away_m": ("distance moved away in m", "远离米数"),
    "moves_most": ("maximum reassignments", "改派次数上限"),
    "name": "名称",
    "needs_extension": ("extension required first", "须先延期"),
    "neighbours": "邻近城市",
    "normal": "平时",
    "not_filed_reasons": ("reasons for not filing", "不予立案理由"),
    "not_owner_penalty": ("penalty outside the own grid", "非责任网格扣减"),
    "notices": "提醒",
    "of": "其中",
    "off_duty_minutes": "离岗分钟数",
    "offer_minutes": "答复分钟数",
    "on": ("occasions", "情形"),
    "on_the_spot": ("handling on the spot", "当场处置"),
    "open_work_most": ("maximum open cases", "在办案卷上限"),
    "patrol_cycle_days": "巡查周期天数",
    "people": ("number of workers", "人数"),
    "planning": ("day plans", "当日计划"),
    "policy": "方式",
    "position_age": ("age of the position", "定位时效"),
    "position_fresh_minutes": ("minutes for which a position is fresh", "定位有效分钟数"),
    "presence": ("proof of presence", "到场核验"),
    "priorities": "优先级",
    "priority": "优先级",
    "propose": ("proposals to a supervisor", "拟派人选"),
    "radius_m": ("radius in m", "半径（米）"),
    "reach_minutes": ("minutes of travel", "可达分钟数"),
    "redispatch": ("reassignment by rule", "按规则改派"),
    "register_minutes": ("minutes for filing", "立案分钟数"),
    "rest_hours_least": ("minimum hours of rest", "最少休息小时数"),
    "returns_most": ("maximum returns", "退回次数上限"),
    "ring_penalty": ("penalty for each ring", "范围外扩扣减"),
    "rings": ("search rings", "派遣范围"),
    "rule": "规则",
    "sample_rate_on_the_spot": ("share checked after handling on the spot", "当场处置抽查比例"),
    "score_least": ("minimum score", "最低分值"),
    "seconds_per_m": ("seconds for each m", "每米秒数"),
    "share": "比例",
    "signals": "信号",
    "skills": "技能",
    "sliver_width_m": ("width of a narrow strip in m", "狭缝宽度（米）"),
    "sources": "来源",
    "span_hours_most": ("maximum hours from start to end", "起止时长上限（小时）"),
    "stage": "阶段",
    "starts_with_parent": ("code begins with that of the parent", "以上级编码开头"),
    "stops_most": ("maximum stops", "任务数上限"),
    "timezone": ("time zone", "时区"),
    "times_most": ("maximum times", "次数上限"),
    "to": "止",
    "unit": "单位",
    "unknown_position_penalty": ("penalty for an unknown position", "无定位扣减"),
    "until": "止于",
    "urgent": "紧急",
    "verifier_may_handle": ("the verifier may handle the case", "核实人可处置"),
    "verify": ("verification", "核实"),
    "version": "版本",
    "visit_cycle_days": "走访周期天数",
    "visit_hours": "走访时段",
    "warn": ("warning", "到期提醒"),
    "weekend": "周末",
    "weights": "权重",
    "work_intervals": ("working hours", "工作时段"),
    "workdays": ("additional work days", "调休工作日"),
    "worst_least": ("minimum cases of a compared group", "参与比较的最少案卷数"),
    "worst_most": ("maximum groups shown", "列出组数上限"),
    "zh": ("Chinese", "中文"),
}
_TIME = re.compile(r"\d\d:\d\d")
_WEEKDAYS: tuple[tuple[str, str], ...] = (
    *(("Monday", "周一"), ("Tuesday", "周二"), ("Wednesday", "周三"), ("Thursday", "周四")),
    *(("Friday", "周五"), ("Saturday", "周六"), ("Sunday", "周日")),
)
_VALUES: dict[str, tuple[str, str]] = {
    # code: (English, Chinese)
    "block": ("refuse the step", "不允许操作"),
    "component": ("component", "部件"),
    "community": ("community", "社区"),
    "decision": ("decision by a supervisor", "督导员裁定"),
    "event": ("event", "事件"),
    "off": ("off", "关闭"),
    "require_reason": ("require a reason", "须说明原因"),
    "rework": ("rework", "返工"),
    "unit": ("unit", "单位"),
    "warn": ("warn", "提醒"),
    "worker": ("grid worker", "网格员"),
    "grid": ("grid", "网格"),
    "street": ("street", "街道"),
    "district": ("district", "区"),
    "leader": ("leader", "领导批示"),
    "normal": ("normal mode", "平时模式"),
    "public": ("public", "公众上报"),
    "signal": ("signal", "信号"),
    "video": ("video", "视频"),
}


def member_name(member: str) -> tuple[str, str]:
    """Return the name of a member of a profile as (English, Chinese)."""
    name = MEMBERS.get(member, member)
    return (member.replace("_", " "), name) if isinstance(name, str) else name


def weekday_words(days: list[int]) -> tuple[str, str]:
    """Return days of the week (1 is Monday) in words, as (English, Chinese)."""
    names = [_WEEKDAYS[day - 1] for day in days]
    return listed([english for english, _ in names], "en"), listed([chinese for _, chinese in names], "zh")


def value_words(value: Any) -> tuple[str, str]:
    """Return a value of a profile in words, as (English, Chinese)."""
    if value is None:
        return "not set", "未设置"
    if isinstance(value, bool):
        return ("yes", "是") if value else ("no", "否")
    if isinstance(value, str):
        return _VALUES.get(value, (value, value))
    if isinstance(value, list):
        if len(value) == 2 and all(isinstance(part, str) and _TIME.fullmatch(part) for part in value):
            return f"{value[0]} to {value[1]}", f"{value[0]}至{value[1]}"
        english, chinese = zip(*map(value_words, value), strict=True) if value else (("none",), ("无",))
        return listed(english, "en"), listed(chinese, "zh")
    if isinstance(value, dict):
        parts = [(member_name(key), value_words(part)) for key, part in value.items() if key != NOTE]
        english_parts = [f"{name[0]} {words[0]}" for name, words in parts]
        chinese_parts = [f"{name[1]}{words[1]}" for name, words in parts]
        return f"({listed(english_parts, 'en')})", f"（{listed(chinese_parts, 'zh')}）"
    return f"{value:,.10g}", f"{value:,.10g}"
