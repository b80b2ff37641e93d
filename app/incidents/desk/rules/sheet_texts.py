"""Texts of printed cases in English and Chinese, with local times and masked numbers. Pure."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from app.incidents.cases.rules.names import STATUSES

# Telephone and identity numbers in free text. They are masked on paper, which more people see than a screen.
_NUMBER = re.compile(r"(?<![0-9])(?:\+?[0-9][ -]?){6,18}[0-9xX](?![0-9])")

UNITS: dict[str, tuple[str, str]] = {
    # unit: (English, Chinese)
    "urgent_hour": ("hours", "小时"),
    "work_hour": ("work hours", "工作时"),
    "work_day": ("work days", "工作日"),
    "natural_day": ("calendar days", "自然日"),
}
OUTCOMES: dict[str, tuple[str, str]] = {
    # outcome: (English, Chinese)
    "running": ("Running", "计时中"),
    "paused": ("Paused", "暂停"),
    "met": ("On time", "按期"),
    "overdue": ("Overdue", "超期"),
    "cancelled": ("Ended without handling", "未处置即终止"),
    "replaced": ("Replaced", "已更换"),
}
WHOLE = "全程 Whole case"
ACTORS = {"reporter": "上报人 Reporter", "system": "系统 System", "account": "工作人员 Staff"}


def without_numbers(words: str | None) -> str:
    """Return a text with all long numbers masked except for their last two digits."""
    return _NUMBER.sub(lambda match: "****" + match[0][-2:], words or "")


def on_the_clock(instant: str | None, timezone: str) -> str:
    """Return an RFC 3339 time as local date and time in a time zone; a dash for None."""
    if not instant:
        return "-"
    return datetime.fromisoformat(instant).astimezone(ZoneInfo(timezone)).strftime("%Y-%m-%d %H:%M")


def label(titles: Mapping[str, tuple[str, str]], code: str | None) -> str:
    """Return the title of a code in both languages, or the code if it has no title."""
    if code is None:
        return "-"
    english, chinese = titles.get(code, ("", code))
    return f"{chinese} {english}".rstrip()


def state(code: str | None) -> str:
    """Return the title of a state in both languages."""
    return label(STATUSES, code)


def who(actor: dict[str, Any]) -> str:
    """Return the name of an actor if the reader may see it, else the title of the actor's kind."""
    return str(actor.get("name") or ACTORS.get(actor["kind"], actor["kind"]))


def place(words: dict[str, Any] | None) -> str:
    """Return the nearest named place and its distance in both languages; a dash for None."""
    if words is None:
        return "-"
    name, distance_m = words["name"], words["distance_m"]
    return f"{name['zh']}附近，{distance_m} m near {name['en']}, {distance_m} m"
