"""Comparison of two profile versions: the changes, each with a pointer and a sentence.

Items with a code are matched by code, in any order. Lists of days are compared as sets. Notes are ignored. A filing
condition with `limit` counts as equal to a condition whose `limits` has only the stage of the handling, with the same limit.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from app.core.wording import counted
from app.profiles.rules.setting_names import member_name, value_words, weekday_words
from app.profiles.rules.stages import HANDLE_STAGE
from app.profiles.rules.value_checks import NOTE

# Lists whose items are identified by a member: the name of the list, and that member.
_NAMED_BY = {
    "levels": "level",
    "categories": "code",
    "conditions": "code",
    "limits": "stage",
    "escalate": "level",
}
_NOUN_KEYS = {
    "levels": "level",
    "categories": "category",
    "conditions": "condition",
    "limits": "limit",
    "escalate": "escalation",
    "modes": "mode",
}
# Lists that are compared as sets.
_SETS = {"holidays", "workdays", "weekend", "skills", "on", "priorities", "less"}
_DAYS = {"holidays": "rest_days", "workdays": "work_days"}
_UNITS = {
    # unit: (one, many, Chinese)
    "urgent_hour": ("hour", "hours", "小时"),
    "work_hour": ("work hour", "work hours", "工作时"),
    "work_day": ("work day", "work days", "工作日"),
    "natural_day": ("calendar day", "calendar days", "自然日"),
    "urgent_minute": ("minute", "minutes", "分钟"),
    "work_minute": ("minute of work time", "minutes of work time", "分钟（工作时间）"),
}
_NOUNS = {
    "level": ("level", "层级"),
    "category": ("category", "类别"),
    "condition": ("filing condition", "立案条件"),
    "limit": ("limit", "时限"),
    "escalation": ("escalation", "逐级上报"),
    "mode": ("mode", "模式"),
}
_VERBS = {"added": ("was added", "新增"), "removed": ("was removed", "删除")}


@dataclass(frozen=True, slots=True)
class Difference:
    """One change between two documents.

    Args:
        kind: Stable code, such as `category_added`, `limit_changed`, `rest_days_removed`.
        pointer: JSON pointer (RFC 6901) into the newer document; for a removal into the older one.
        subject: Codes of the enclosing items, the outermost first.
        sentence: The change in words, by language (`en`, `zh`).
    """

    kind: str
    pointer: str
    subject: tuple[str, ...]
    old: Any
    new: Any
    sentence: dict[str, str]


@dataclass(frozen=True, slots=True)
class _Location:
    """A position in the two documents that are compared.

    Attributes:
        pointer: JSON pointer of the position.
        steps: Names of the members on the way, without list indexes.
        subject: Codes of the enclosing items, the outermost first.
        names: Labels of the enclosing items, for sentences.
    """

    pointer: str = ""
    steps: tuple[str, ...] = ()
    subject: tuple[str, ...] = ()
    names: tuple[str, ...] = ()

    def member(self, name: str) -> "_Location":
        """Return the location of a member of the object at this location."""
        return _Location(f"{self.pointer}/{escaped(name)}", (*self.steps, name), self.subject, self.names)

    def item(self, index: int | str, noun: str, code: str, item: Any) -> "_Location":
        """Return the location of an item of the list at this location.

        Args:
            noun: Kind of the item, used as its step.
            item: The item; its label has the code and, if it has any, the names.
        """
        name = item.get("name") if isinstance(item, dict) else None
        label = f"{code} {name['zh']} {name['en']}" if isinstance(name, dict) else code
        step = str(index)
        return _Location(
            f"{self.pointer}/{escaped(step)}",
            (*self.steps, noun),
            (*self.subject, code),
            (*self.names, label),
        )


def escaped(step: str) -> str:
    """Escape the name of a member for use in a JSON pointer (`~` and `/`)."""
    return step.replace("~", "~0").replace("/", "~1")


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Difference]:
    """Return all changes from one valid document to another, in the order of the newer document."""
    return list(_members(dict(old), dict(new), _Location()))


def only_adds_categories(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Return True if the only changes from `old` to `new` are added categories.

    The version number of the taxonomy may change, too.
    """
    old_categories, new_categories = ([*document["taxonomy"]["categories"]] for document in (old, new))
    codes = {category["code"] for category in old_categories}
    retained = [category for category in new_categories if category["code"] in codes]
    return (
        _without_categories(old) == _without_categories(new)
        and retained == old_categories
        and len(new_categories) > len(old_categories)
    )


def _without_categories(document: Mapping[str, Any]) -> dict[str, Any]:
    taxonomy = {
        name: value for name, value in document["taxonomy"].items() if name not in ("categories", "version")
    }
    return {**document, "taxonomy": taxonomy}


def _conditions(old: dict[str, Any], new: dict[str, Any], location: _Location) -> Iterator[Difference]:
    for difference in _members(_with_limits(old), _with_limits(new), location):
        # A limit of the short form has its place at `limit` and not in `limits`.
        document = old if difference.new is None else new
        limit_pointer = f"{location.pointer}/limits/0"
        if "limit" in document and difference.pointer.startswith(limit_pointer):
            yield replace(
                difference,
                pointer=f"{location.pointer}/limit{difference.pointer.removeprefix(limit_pointer)}",
            )
        else:
            yield difference


def _members(old: dict[str, Any], new: dict[str, Any], location: _Location) -> Iterator[Difference]:
    for name in dict.fromkeys([*new, *old]):
        if name != NOTE:
            yield from _compare(old.get(name), new.get(name), location.member(name))


def _with_limits(condition: dict[str, Any]) -> dict[str, Any]:
    """Return a filing condition with `limit` replaced by the equivalent list `limits`.

    The list has one stage, the handling. A condition that has no `limit` is returned unchanged.
    """
    if "limit" not in condition:
        return condition
    handling_limit = {"stage": HANDLE_STAGE, **condition["limit"], "from": "filed", "until": "fed_back"}
    return {name: value for name, value in condition.items() if name != "limit"} | {
        "limits": [handling_limit]
    }


def _compare(old: Any, new: Any, location: _Location) -> Iterator[Difference]:
    if old == new:
        return
    step = location.steps[-1]
    if step in _NAMED_BY and (isinstance(old, list) or isinstance(new, list)):
        key_member = _NAMED_BY[step]
        yield from _compare_items(
            _keyed(old, key_member), _keyed(new, key_member), _NOUN_KEYS[step], location
        )
    elif step == "modes" and isinstance(old, dict) and isinstance(new, dict):
        items = [{key: (key, value) for key, value in modes.items()} for modes in (old, new)]
        yield from _compare_items(items[0], items[1], "mode", location)
    elif step in _DAYS and isinstance(old, list) and isinstance(new, list):
        yield from _days(old, new, _DAYS[step], location)
    elif step in _SETS and isinstance(old, list) and isinstance(new, list):
        if sorted(map(str, old)) != sorted(map(str, new)):
            yield _changed(old, new, location)
    elif step == "limit" and isinstance(old, dict) and isinstance(new, dict):
        yield from _limit(old, new, location)
    elif step == "name" and isinstance(old, dict) and isinstance(new, dict):
        yield _renamed(old, new, location)
    elif isinstance(old, dict) and isinstance(new, dict):
        yield from _members(old, new, location)
    elif not (step == "name" and location.steps[-2:-1] == ("limit",)):
        yield _changed(old, new, location)


_Keyed = dict[str, tuple[int | str, Any]]


def _keyed(items: Any, key_member: str) -> _Keyed:
    return {str(item[key_member]): (index, item) for index, item in enumerate(items or [])}


def _compare_items(old: _Keyed, new: _Keyed, noun: str, location: _Location) -> Iterator[Difference]:
    for code in dict.fromkeys([*new, *old]):
        index, item = new[code] if code in new else old[code]
        item_place = location.item(index, noun, code, item)
        if code in old and code in new:
            yield from _compare_item(old[code][1], item, item_place)
        else:
            yield _added_or_removed(noun, "added" if code in new else "removed", item, item_place)


def _compare_item(old: dict[str, Any], new: dict[str, Any], location: _Location) -> Iterator[Difference]:
    if location.steps[-1] == "limit":
        yield from _compare(old, new, location)
    elif location.steps[-1] == "condition":
        yield from _conditions(old, new, location)
    elif old != new:
        yield from _members(old, new, location)


def _added_or_removed(noun_key: str, verb: str, item: Any, location: _Location) -> Difference:
    noun, (en, zh) = _NOUNS[noun_key], _VERBS[verb]
    amount = ("", "") if noun_key != "limit" else tuple(f" ({text})" for text in amount_of(item))
    return Difference(
        f"{noun_key}_{verb}",
        location.pointer,
        location.subject,
        item if verb == "removed" else None,
        item if verb == "added" else None,
        {
            "en": _about(location.names, f"the {noun[0]} {en}{amount[0]}."),
            "zh": _about_zh(location.names, f"{zh}{noun[1]}{amount[1]}。"),
        },
    )


def _limit(old: dict[str, Any], new: dict[str, Any], location: _Location) -> Iterator[Difference]:
    amount_members = ("unit", "amount")
    if [old.get(name) for name in amount_members] != [new.get(name) for name in amount_members]:
        (old_en, old_zh), (new_en, new_zh) = amount_of(old), amount_of(new)
        yield Difference(
            "limit_changed",
            location.pointer,
            location.subject,
            {name: old[name] for name in amount_members},
            {name: new[name] for name in amount_members},
            {
                "en": _about(location.names, f"the limit changed from {old_en} to {new_en}."),
                "zh": _about_zh(location.names, f"时限由{old_zh}改为{new_zh}。"),
            },
        )
    for name in ("name", "from", "until"):
        # A handling limit of the short form has no name and steps. It equals one with the usual name and steps.
        if name in old and name in new:
            yield from _compare(old[name], new[name], location.member(name))


def _renamed(old: dict[str, Any], new: dict[str, Any], location: _Location) -> Difference:
    noun_key = location.steps[-2] if len(location.steps) > 1 and location.steps[-2] in _NOUNS else "profile"
    noun = _NOUNS.get(noun_key, ("profile", "辖区规则"))
    quoted = [f"'{name['en']}' ({name['zh']})" for name in (old, new)]
    quoted_zh = [f"“{name['zh']}”（{name['en']}）" for name in (old, new)]
    return Difference(
        f"{noun_key}_renamed",
        location.pointer,
        location.subject,
        old,
        new,
        {
            "en": _about(location.subject, f"the {noun[0]} was renamed from {quoted[0]} to {quoted[1]}."),
            "zh": _about_zh(location.subject, f"{noun[1]}由{quoted_zh[0]}改名为{quoted_zh[1]}。"),
        },
    )


def _days(old: list[str], new: list[str], kind: str, location: _Location) -> Iterator[Difference]:
    phrases = {
        "rest_days": ("added as days off", "removed from the days off", "休息", "不再休息"),
        "work_days": ("added as work days", "removed from the work days", "上班", "不再上班"),
    }[kind]
    for verb, days, phrase_index in (("added", set(new) - set(old), 0), ("removed", set(old) - set(new), 1)):
        for first, last in _ranges(days):
            span = first if first == last else f"{first} to {last}"
            zh_span = first if first == last else f"{first}至{last}"
            days_in_span = [day for day in sorted(days) if first <= day <= last]
            yield Difference(
                f"{kind}_{verb}",
                location.pointer,
                location.subject,
                days_in_span if verb == "removed" else None,
                days_in_span if verb == "added" else None,
                {"en": f"{span}: {phrases[phrase_index]}.", "zh": f"{zh_span}{phrases[phrase_index + 2]}。"},
            )


def _ranges(days: set[str]) -> Iterator[tuple[str, str]]:
    """Group dates into runs of consecutive days, and yield (first date, last date) of each run.

    Args:
        days: Dates written YYYY-MM-DD.
    """
    first = last = None
    for day in sorted(date.fromisoformat(text) for text in days):
        if first is None or last is None or day - last > timedelta(days=1):
            if first is not None and last is not None:
                yield first.isoformat(), last.isoformat()
            first = day
        last = day
    if first is not None and last is not None:
        yield first.isoformat(), last.isoformat()


_KINDS = {
    ("dispatch_weights",): "weight_changed",
    ("calendar", "work_intervals"): "work_hours_changed",
    ("calendar", "weekend"): "weekend_changed",
    ("timezone",): "timezone_changed",
}


def _changed(old: Any, new: Any, location: _Location) -> Difference:
    kind = next((kind for path, kind in _KINDS.items() if location.steps[: len(path)] == path), None)
    if kind is None:
        innermost = next((step for step in reversed(location.steps[:-1]) if step in _NOUNS), None)
        kind = f"{innermost}_changed" if innermost else "setting_changed"
        kind = "limit_moved" if kind == "limit_changed" else kind
    steps = [
        step
        for step in location.steps
        if step not in _NOUNS and step not in _NOUN_KEYS and step != "taxonomy"
    ]
    member_names = [member_name(step) for step in steps]
    setting = ", ".join(english for english, _ in member_names)
    setting_zh = "—".join(chinese for _, chinese in member_names)
    old_words, new_words = (_value_text(value, steps[-1]) for value in (old, new))
    return Difference(
        kind,
        location.pointer,
        location.subject,
        old,
        new,
        {
            "en": _about(location.names, f"{setting} changed from {old_words[0]} to {new_words[0]}."),
            "zh": _about_zh(location.names, f"{setting_zh}由{old_words[1]}改为{new_words[1]}。"),
        },
    )


def _about(names: tuple[str, ...], sentence: str) -> str:
    """Put the names of the changed items before an English sentence.

    Without names the sentence begins with a capital letter.
    """
    if not names:
        return sentence[:1].upper() + sentence[1:]
    return f"{' / '.join(value_words(name)[0] for name in names)}: {sentence}"


def _about_zh(names: tuple[str, ...], sentence: str) -> str:
    return f"{' / '.join(value_words(name)[1] for name in names)}：{sentence}" if names else sentence


def amount_of(limit: Mapping[str, Any]) -> tuple[str, str]:
    """Return an amount of time in words, such as 3 work days, as (English, Chinese)."""
    singular, plural, zh = _UNITS[limit["unit"]]
    return counted(limit["amount"], singular, plural), f"{limit['amount']:g}{zh}"


def _value_text(value: Any, member: str) -> tuple[str, str]:
    if member == "weekend" and isinstance(value, list) and all(day in range(1, 8) for day in value):
        return weekday_words(value)
    if isinstance(value, dict) and value.keys() == {"unit", "amount"} and value["unit"] in _UNITS:
        return amount_of(value)
    return value_words(value)
