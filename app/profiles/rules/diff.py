"""Comparison of two profile documents by their schema: the changes, each with a pointer and a sentence.

`changes` is the comparison. It goes through both documents along the schema and knows no setting by name. `differences`
gives each change its code and its sentence, with words from the titles of the schema.

Items that are identified by a member are matched by it, in any order. Arrays without an order are compared as sets. Remarks
are ignored. A filing condition with `limit` counts as equal to one whose `limits` has only the stage of the handling.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from app.profiles.rules.faults import pointer_step
from app.profiles.rules.profile_schema import PROFILE
from app.profiles.rules.schema_fields import Day, Noun, Setting, Words
from app.profiles.rules.schema_sections import REMARKS, Items, Keyed, Part, Section
from app.profiles.rules.setting_words import amount_words, value_words
from app.profiles.rules.stages import NameSchema

_PROFILE_NOUN = Noun("profile", ("profile", "辖区规则"))


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
class Item:
    """An item of an array, or a member of a keyed object, on the way to a change.

    Attributes:
        code: Value of the member that identifies the item.
        name: The name in the item, as (English, Chinese), or None.
    """

    noun: Noun
    code: str
    name: Words | None

    @property
    def short_label(self) -> Words:
        """Return the code of the item in words."""
        return self.noun.labels.get(self.code, (self.code, self.code))

    @property
    def label(self) -> Words:
        """Return the code of the item and, if it has any, its names."""
        if self.name is None:
            return self.short_label
        english, chinese = self.name
        text = f"{self.code} {chinese} {english}"
        return text, text


@dataclass(frozen=True, slots=True)
class Change:
    """A change of one value.

    Attributes:
        path: Settings and items from the document to the value.
        old, new: The values before and after; None: the value is absent.
        pointer: JSON pointer of the value.
        setting: Field of the value; of an item the field of the item.
    """

    path: tuple[Setting | Item, ...]
    old: Any
    new: Any
    pointer: str
    setting: Setting

    @property
    def items(self) -> list[Item]:
        """Return the enclosing items, the outermost first."""
        return [step for step in self.path if isinstance(step, Item)]


@dataclass(frozen=True, slots=True)
class _Place:
    path: tuple[Setting | Item, ...] = ()
    pointer: str = ""

    def at(self, step: Setting | Item, name: int | str) -> "_Place":
        return _Place((*self.path, step), self.pointer + pointer_step(name))


def changes(schema: Section, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    """Yield all changes from one valid object to another, in the order of the newer one."""
    yield from _objects(Part(type(schema)), schema, (old, new), _Place())


def _objects(
    part: Part, schema: Section, both: tuple[Mapping[str, Any], Mapping[str, Any]], place: _Place
) -> Iterator[Change]:
    forms = [schema.comparable(document) for document in both]
    for change in _members(part, schema, forms[0], forms[1], place):
        is_short = [form is not document for form, document in zip(forms, both, strict=True)]
        if is_short[0 if change.new is None else 1]:
            yield replace(change, pointer=_short_pointer(schema, place.pointer, change.pointer))
        else:
            yield change


def _short_pointer(schema: Section, base: str, pointer: str) -> str:
    for listed, short in schema.short_pointers.items():
        if pointer.startswith(f"{base}{listed}"):
            return f"{base}{short}{pointer.removeprefix(f'{base}{listed}')}"
    return pointer


def _members(
    part: Part, schema: Section, old: Mapping[str, Any], new: Mapping[str, Any], place: _Place
) -> Iterator[Change]:
    if any(old[name] != new[name] for name in schema.whole):
        before, after = ({name: document[name] for name in schema.whole} for document in (old, new))
        yield Change(place.path, before, after, place.pointer, part)
    for name in dict.fromkeys([*new, *old]):
        if name not in REMARKS and name not in schema.whole:
            setting = schema.setting(name)
            yield from _values(setting, old.get(name), new.get(name), place.at(setting, name))


def _values(setting: Setting, old: Any, new: Any, place: _Place) -> Iterator[Change]:
    if old == new or _is_same_set(setting, old, new):
        return
    if isinstance(setting, Items | Keyed) and setting.noun:
        yield from _items(setting, old, new, place)
    elif _is_name(setting):
        # The handling in the short form of a limit has no name, which is not a change.
        if old and new:
            yield Change(place.path, old, new, place.pointer, setting)
    elif isinstance(setting, Part) and isinstance(old, dict) and isinstance(new, dict):
        yield from _objects(setting, setting.section, (old, new), place)
    else:
        yield Change(place.path, old, new, place.pointer, setting)


def _is_same_set(setting: Setting, old: Any, new: Any) -> bool:
    is_set = isinstance(setting, Items) and setting.is_set and isinstance(old, list) and isinstance(new, list)
    return is_set and sorted(map(str, old)) == sorted(map(str, new))


def _is_name(setting: Setting) -> bool:
    return isinstance(setting, Part) and setting.name == "name" and isinstance(setting.section, NameSchema)


def _items(array: Items | Keyed, old: Any, new: Any, place: _Place) -> Iterator[Change]:
    noun, part = array.noun, array.value_field if isinstance(array, Keyed) else array.inner
    assert noun is not None
    assert isinstance(part, Part)
    old_items, new_items = _by_code(old, noun), _by_code(new, noun)
    for code in dict.fromkeys([*new_items, *old_items]):
        step, item = new_items[code] if code in new_items else old_items[code]
        name = item.get("name")
        item_place = place.at(Item(noun, code, (name["en"], name["zh"]) if name else None), step)
        if code in old_items and code in new_items:
            yield from _objects(part, part.section, (old_items[code][1], item), item_place)
        else:
            before, after = (None, item) if code in new_items else (item, None)
            yield Change(item_place.path, before, after, item_place.pointer, part)


def _by_code(items: Any, noun: Noun) -> dict[str, tuple[int | str, dict[str, Any]]]:
    if isinstance(items, dict):
        return {name: (name, item) for name, item in items.items()}
    return {str(item[noun.key]): (index, item) for index, item in enumerate(items or [])}


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Difference]:
    """Return all changes from one valid document to another, with codes and sentences."""
    return [difference for change in changes(PROFILE, old, new) for difference in _told(change)]


def _told(change: Change) -> Iterator[Difference]:
    setting, last = change.setting, change.path[-1]
    is_in_both = change.old is not None and change.new is not None
    if isinstance(setting, Items) and isinstance(setting.inner, Day) and is_in_both:
        yield from _days(change, setting.kind)
    elif isinstance(last, Item) and not is_in_both:
        yield _added_or_removed(change, last.noun)
    elif isinstance(setting, Part) and setting.section.whole and is_in_both:
        yield _limit_changed(change)
    elif _is_name(setting):
        yield _renamed(change)
    else:
        yield _setting_changed(change)


def _difference(change: Change, kind: str, words: Words, labels: list[Words]) -> Difference:
    english, chinese = words
    if labels:
        english = f"{' / '.join(label for label, _ in labels)}: {english}"
        chinese = f"{' / '.join(label for _, label in labels)}：{chinese}"
    else:
        english = english[:1].upper() + english[1:]
    subject = tuple(item.code for item in change.items)
    return Difference(kind, change.pointer, subject, change.old, change.new, {"en": english, "zh": chinese})


def _labels(change: Change) -> list[Words]:
    return [item.label for item in change.items]


def _added_or_removed(change: Change, noun: Noun) -> Difference:
    item = change.old if change.new is None else change.new
    verb, english, chinese = (
        ("removed", "was removed", "删除") if change.new is None else ("added", "was added", "新增")
    )
    assert isinstance(change.setting, Part)
    amount = tuple(f" ({text})" for text in amount_words(item)) if change.setting.section.whole else ("", "")
    words = f"the {noun.words[0]} {english}{amount[0]}.", f"{chinese}{noun.words[1]}{amount[1]}。"
    return _difference(change, f"{noun.code}_{verb}", words, _labels(change))


def _limit_changed(change: Change) -> Difference:
    old, new = amount_words(change.old), amount_words(change.new)
    words = f"the limit changed from {old[0]} to {new[0]}.", f"时限由{old[1]}改为{new[1]}。"
    return _difference(change, "limit_changed", words, _labels(change))


def _renamed(change: Change) -> Difference:
    items = change.items
    noun = items[-1].noun if items else _PROFILE_NOUN
    old, new = (f"'{name['en']}' ({name['zh']})" for name in (change.old, change.new))
    old_zh, new_zh = (f"“{name['zh']}”（{name['en']}）" for name in (change.old, change.new))
    words = (
        f"the {noun.words[0]} was renamed from {old} to {new}.",
        f"{noun.words[1]}由{old_zh}改名为{new_zh}。",
    )
    return _difference(change, f"{noun.code}_renamed", words, [item.short_label for item in items])


def _days(change: Change, kind: str) -> Iterator[Difference]:
    phrases = {
        "rest_days": ("added as days off", "removed from the days off", "休息", "不再休息"),
        "work_days": ("added as work days", "removed from the work days", "上班", "不再上班"),
    }[kind]
    old, new = set(change.old), set(change.new)
    for verb, days, index in (("added", new - old, 0), ("removed", old - new, 1)):
        for run in _runs(days):
            first, last = run[0], run[-1]
            span, span_zh = (first, first) if first == last else (f"{first} to {last}", f"{first}至{last}")
            before, after = (run, None) if verb == "removed" else (None, run)
            words = f"{span}: {phrases[index]}.", f"{span_zh}{phrases[index + 2]}。"
            yield _difference(replace(change, old=before, new=after), f"{kind}_{verb}", words, [])


def _runs(days: set[str]) -> Iterator[list[str]]:
    """Group dates written YYYY-MM-DD into runs of consecutive days."""
    run: list[date] = []
    for day in sorted(map(date.fromisoformat, days)):
        if run and day - run[-1] > timedelta(days=1):
            yield [day.isoformat() for day in run]
            run = []
        run.append(day)
    if run:
        yield [day.isoformat() for day in run]


def _setting_changed(change: Change) -> Difference:
    titles = [step.title for step in change.path if isinstance(step, Setting) and not _is_silent(step)]
    english, chinese = ", ".join(title for title, _ in titles), "—".join(title for _, title in titles)
    old, new = (value_words(change.setting, value) for value in (change.old, change.new))
    words = (
        f"{english} changed from {old[0]} to {new[0]}.",
        f"{chinese}由{old[1]}改为{new[1]}。",
    )
    return _difference(change, _kind(change), words, _labels(change))


def _is_silent(setting: Setting) -> bool:
    """Return True if the title of a setting is left out, because that of an item follows."""
    if isinstance(setting, Items | Keyed):
        return setting.noun is not None
    return isinstance(setting, Part) and setting.is_silent


def _kind(change: Change) -> str:
    for step in reversed(change.path):
        if isinstance(step, Item):
            return step.noun.changed or f"{step.noun.code}_changed"
        if step.kind:
            return step.kind
    return "setting_changed"


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
