"""Values of a profile in words, in English and Chinese, by the fields of the schema."""

from collections.abc import Mapping
from typing import Any

from app.core.wording import counted, listed
from app.profiles.rules.schema_fields import Option, Setting, TimeOfDay, Words
from app.profiles.rules.schema_sections import REMARKS, Items, Keyed, Part

_UNITS = {
    # unit: (one, many, Chinese)
    "urgent_hour": ("hour", "hours", "小时"),
    "work_hour": ("work hour", "work hours", "工作时"),
    "work_day": ("work day", "work days", "工作日"),
    "natural_day": ("calendar day", "calendar days", "自然日"),
    "urgent_minute": ("minute", "minutes", "分钟"),
    "work_minute": ("minute of work time", "minutes of work time", "分钟（工作时间）"),
}


def amount_words(limit: Mapping[str, Any]) -> Words:
    """Return an amount of time in words, such as 3 work days."""
    singular, plural, chinese = _UNITS[limit["unit"]]
    return counted(limit["amount"], singular, plural), f"{limit['amount']:g}{chinese}"


def value_words(setting: Setting, value: Any) -> Words:
    """Return a valid value of a setting in words."""
    if value is None:
        return "not set", "未设置"
    if isinstance(value, bool):
        return ("yes", "是") if value else ("no", "否")
    if isinstance(setting, Option) and value in setting.labels:
        return setting.labels[value]
    if isinstance(value, str):
        return value, value
    if isinstance(setting, Items):
        return _items_words(setting, value)
    if isinstance(value, dict):
        return _object_words(setting, value)
    return f"{value:,.10g}", f"{value:,.10g}"


def _items_words(array: Items, items: list[Any]) -> Words:
    if isinstance(array.inner, TimeOfDay) and len(items) == 2:
        return f"{items[0]} to {items[1]}", f"{items[0]}至{items[1]}"
    words = [value_words(array.inner, item) for item in items] or [("none", "无")]
    return listed([english for english, _ in words], "en"), listed([chinese for _, chinese in words], "zh")


def _object_words(setting: Setting, value: dict[str, Any]) -> Words:
    if value.keys() - REMARKS == {"unit", "amount"}:
        return amount_words(value)
    english, chinese = [], []
    for name, member in value.items():
        if name not in REMARKS:
            title, words = _member(setting, name, member)
            english.append(f"{title[0]} {words[0]}")
            chinese.append(f"{title[1]}{words[1]}")
    return f"({listed(english, 'en')})", f"（{listed(chinese, 'zh')}）"


def _member(setting: Setting, name: str, value: Any) -> tuple[Words, Words]:
    if isinstance(setting, Keyed):
        return setting.noun.labels.get(name, (name, name)), value_words(setting.value_field, value)
    assert isinstance(setting, Part)
    field = setting.section.setting(name)
    return field.title, value_words(field, value)
