"""What a case says on paper: its words in two languages, its times on the city's clock, and no numbers of people. Pure."""

import re
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

# Telephones and identity numbers that people typed into their words; paper goes further than a screen.
_NUMBER = re.compile(r"(?<![0-9])(?:\+?[0-9][ -]?){6,18}[0-9xX](?![0-9])")

STATUSES = {
    "collected": "已采集",
    "verifying": "核实中",
    "filed": "已立案",
    "not_filed": "不予立案",
    "dispatched": "已派遣",
    "accepted": "已接受",
    "handling": "处置中",
    "fed_back": "已反馈",
    "checking": "核查中",
    "closed": "已结案",
    "returned": "已退回",
    "deferred": "缓办",
    "on_books": "挂账",
    "rework": "返工",
    "force_closed": "强制结案",
}
STEPS = {
    "accept": "接受",
    "verify_exists": "核实属实",
    "verify_not_exist": "核实不属实",
    "verify_unable": "无法核实",
    "assign_verify": "指派核实",
    "start": "开始处置",
    "stage_done": "阶段完成",
    "feed_back": "反馈",
    "check_pass": "核查通过",
    "check_fail": "核查不通过",
    "check_unable": "无法核查",
    "return": "退回",
    "reassign": "改派",
    "redispatch": "重新派遣",
    "assign_check": "指派核查",
    "assign_second": "指派协办",
    "send_second": "派遣协办",
    "propose": "拟派",
    "confirm": "确认拟派",
    "add_unit": "增加协办单位",
    "withdraw_unit": "撤回协办单位",
    "waive_parts": "免等协办",
    "make_lead": "指定牵头单位",
    "accept_part": "接受协办",
    "part_done": "协办完成",
    "part_return": "退回协办",
    "withdraw_part": "协办重新派遣",
    "not_file": "不予立案",
    "urge": "催办",
    "supervise": "督办",
    "end_supervision": "解除督办",
    "ask_extension": "申请延期",
    "grant_extension": "同意延期",
    "refuse_extension": "不同意延期",
    "put_on_books": "挂账",
    "take_from_books": "销账恢复",
    "review_due": "挂账到期复核",
    "contest": "上报人异议",
    "defer": "缓办",
    "resume": "恢复",
    "force_close": "强制结案",
    "note": "备注",
    "report": "上报",
    "file": "立案",
    "dispatch": "派遣",
    "wait": "等待",
    "give_up": "无人承接",
    "withdraw": "撤回派遣",
    "decline": "拒绝",
    "expire": "派遣超时",
    "en_route": "出发",
    "on_scene": "到达现场",
    "fail": "无法承办",
    "move_on": "自动改派",
    "override": "越规指派",
    "pin": "指定承办人",
    "unpin": "取消指定",
    "lock": "锁定派遣",
    "unlock": "解除锁定",
    "fix_on_spot": "当场处置",
    "send_to_check": "送核查",
    "send_to_verify": "送核实",
    "close_unsampled": "免检结案",
    "close_imported": "导入时已结案",
    "warn": "预警",
    "overdue": "超期",
    "escalate": "升级督办",
    "recategorise": "更正类别",
    "relocate": "更正位置",
    "rehome": "网格调整",
    "link_component": "关联部件",
    "change_owner": "更改责任单位",
    "merge": "并案",
    "take_in": "并入",
    "unmerge": "撤销并案",
    "give_out": "移出",
    "join": "再次上报",
    "link": "关联案卷",
    "unlink": "解除关联",
}
UNITS = {
    "urgent_hour": "紧急工时",
    "work_hour": "工作时",
    "work_day": "工作日",
    "natural_day": "自然日",
}
OUTCOMES = {"running": "计时中", "paused": "暂停", "met": "按期", "overdue": "超期", "replaced": "已更换"}
WHOLE = "处置 handling as a whole"
ACTORS = {"reporter": "报告人 reporter", "system": "系统 system", "account": "工作人员 staff"}


def without_numbers(words: str | None) -> str:
    """Words with every long number masked but for its last two digits."""
    return _NUMBER.sub(lambda found: "****" + found[0][-2:], words or "")


def on_the_clock(instant: str | None, timezone: str) -> str:
    """An RFC 3339 instant as the city's clock showed it."""
    if not instant:
        return "-"
    return datetime.fromisoformat(instant).astimezone(ZoneInfo(timezone)).strftime("%Y-%m-%d %H:%M")


def label(words: dict[str, str], code: str | None) -> str:
    """A code in Chinese and as itself; one that nobody named stays as it is."""
    if code is None:
        return "-"
    return f"{words[code]} {code.replace('_', ' ')}" if code in words else code


def who(actor: dict[str, Any]) -> str:
    """By name where the reader was given one, else by what they are."""
    return str(actor.get("name") or ACTORS.get(actor["kind"], actor["kind"]))
