"""Texts of printed cases: two languages, times in the city's time zone, phone and identity numbers masked. Pure."""

import re
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from app.incidents.cases.rules.names import STATUSES

# Telephones and identity numbers that people typed into their words; paper goes further than a screen.
_NUMBER = re.compile(r"(?<![0-9])(?:\+?[0-9][ -]?){6,18}[0-9xX](?![0-9])")

_STATES = {code: chinese for code, (_english, chinese) in STATUSES.items()}
UNITS = {
    "urgent_hour": "紧急工时",
    "work_hour": "工作时",
    "work_day": "工作日",
    "natural_day": "自然日",
}
OUTCOMES = {
    **{"running": "计时中", "paused": "暂停", "met": "按期", "overdue": "超期"},
    **{"cancelled": "未处置即终止", "replaced": "已更换"},
}
WHOLE = "处置 handling as a whole"
ACTORS = {"reporter": "报告人 reporter", "system": "系统 system", "account": "工作人员 staff"}


def without_numbers(words: str | None) -> str:
    """Words with every long number masked but for its last two digits."""
    return _NUMBER.sub(lambda match: "****" + match[0][-2:], words or "")


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


def state(code: str | None) -> str:
    return label(_STATES, code)


def who(actor: dict[str, Any]) -> str:
    """By name where the reader was given one, else by what they are."""
    return str(actor.get("name") or ACTORS.get(actor["kind"], actor["kind"]))
