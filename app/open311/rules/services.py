"""Services of Open311: the categories of a profile that residents may use.

Source: GeoReport v2, *GET Service List* and *GET Service Definition*.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from app.open311.rules.parameters import is_instant
from app.profiles.rules.profile import Category, Name, Profile
from app.profiles.rules.publicity import Publicity
from app.profiles.rules.questions import LISTS, Question

REALTIME, BATCH = "realtime", "batch"
ANSWER_MAX = 1_000
_NUMBER = re.compile(r"[+-]?[0-9]{1,15}(\.[0-9]{1,15})?")


def served_categories(profile: Profile) -> list[Category]:
    """Return the categories that residents may report, in the order of the profile."""
    return [category for category in profile.taxonomy.categories.values() if is_served(category)]


def is_served(category: Category) -> bool:
    """Return True if the category is a service.

    A portal of somebody else gets no reports about persons, so only categories whose cases are public are services.
    """
    return category.publicity is not Publicity.NOT_PUBLIC


def services(categories: Iterable[Category], lang: str, *, answers_tokens: bool) -> list[dict[str, Any]]:
    """Return the list of services.

    Args:
        lang: Language of the names, `en` or `zh-CN`.
        answers_tokens: A report is answered with a token, and not with the id of the request.
    """
    kind = BATCH if answers_tokens else REALTIME
    return [_service(category, lang, kind) for category in categories]


def definition(category: Category, lang: str) -> dict[str, Any]:
    """Return the definition of a service: the questions of the category as attributes, in their order."""
    return {
        "service_code": category.code,
        "attributes": [
            _attribute(order, question, lang) for order, question in enumerate(category.questions, 1)
        ],
    }


def answer_faults(category: Category, answers: Mapping[str, list[str]]) -> list[dict[str, Any]]:
    """Return the faults of the attributes of a request: those that are missing and those with an invalid value.

    Attributes that the category does not have are no faults, because portals send their own.
    """
    faults = []
    for question in category.questions:
        code = _answer_fault(question, answers.get(question.code, []))
        if code is not None:
            faults.append({"field": f"attribute[{question.code}]", "code": code})
    return faults


def words_with_answers(
    category: Category, description: str, answers: Mapping[str, list[str]], lang: str, *, longest: int
) -> str:
    """Return the words of a report with a line for each answer, because workers read the words of a case.

    Answers for which there is no room are left out; the attributes of the report have all of them.
    """
    words = description
    for question in category.questions:
        names = {choice.code: _in(choice.name, lang) for choice in question.choices}
        given = ", ".join(names.get(value, value) for value in answers.get(question.code, []))
        with_answer = f"{words}\n{_in(question.name, lang)} {given}".strip()
        if given and len(with_answer) <= longest:
            words = with_answer
    return words


def localized(name: Name, lang: str) -> str:
    """Return a name in the language of the reader."""
    return name.zh if lang == "zh-CN" else name.en


def _service(category: Category, lang: str, kind: str) -> dict[str, Any]:
    group = localized(category.class_name, lang)
    return {
        "service_code": category.code,
        "service_name": localized(category.name, lang),
        "description": f"{group}: {localized(category.name, lang)}",
        "metadata": bool(category.questions),
        "type": kind,
        # The names in both languages, by which a portal's search finds the service.
        "keywords": ", ".join(dict.fromkeys(_names(category))),
        "group": group,
    }


def _names(category: Category) -> tuple[str, ...]:
    name, class_name = category.name, category.class_name
    return name.zh, name.en, class_name.zh, class_name.en


def _attribute(order: int, question: Question, lang: str) -> dict[str, Any]:
    attribute = {
        "variable": True,
        "code": question.code,
        "datatype": question.kind,
        "required": question.is_required,
        "datatype_description": _in(question.hint, lang) if question.hint else None,
        "order": order,
        "description": _in(question.name, lang),
    }
    if question.choices:
        attribute["values"] = [
            {"key": choice.code, "name": _in(choice.name, lang)} for choice in question.choices
        ]
    return attribute


def _answer_fault(question: Question, values: list[str]) -> str | None:
    if not values:
        return "required" if question.is_required else None
    if len(values) > 1 and question.kind != "multivaluelist":
        return "not_unique"
    if any(len(value) > ANSWER_MAX for value in values):
        return "wrong_length"
    if question.kind in LISTS:
        codes = {choice.code for choice in question.choices}
        return None if codes.issuperset(values) else "not_one_of"
    if question.kind == "number":
        return None if _NUMBER.fullmatch(values[0]) else "invalid"
    if question.kind == "datetime":
        return None if is_instant(values[0]) else "instant_invalid"
    return None


def _in(words: dict[str, str], lang: str) -> str:
    return words["zh" if lang == "zh-CN" else "en"]
