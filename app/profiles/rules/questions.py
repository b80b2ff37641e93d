"""Questions of a category: what a portal of residents asks with a report. Their answers are attributes of the case.

The kinds are the datatypes of Open311. Source: GeoReport v2, *GET Service Definition*.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from app.profiles.rules.faults import Fault, at, repeated
from app.profiles.rules.schema_fields import Flag, Noun, Option, Text
from app.profiles.rules.schema_sections import Items, Part, Section
from app.profiles.rules.stages import NameSchema

KINDS = {
    "string": ("a line of text", "单行文本"),
    "text": ("text", "多行文本"),
    "number": ("a number", "数字"),
    "datetime": ("a date and time", "日期时间"),
    "singlevaluelist": ("one of the choices", "单选"),
    "multivaluelist": ("some of the choices", "多选"),
}
LISTS = frozenset({"singlevaluelist", "multivaluelist"})
_CODE = r"[A-Za-z0-9_-]+"


@dataclass(frozen=True, slots=True)
class Choice:
    """A choice of a question. `name`: by language (`zh`, `en`)."""

    code: str
    name: dict[str, str]


@dataclass(frozen=True, slots=True)
class Question:
    """A question of a category.

    Attributes:
        name: The question, by language (`zh`, `en`).
        kind: One of `KINDS`.
        is_required: A report without an answer is refused.
        hint: How to answer, by language; None: there is no hint.
        choices: Of the kinds in `LISTS` only.
    """

    code: str
    name: dict[str, str]
    kind: str
    is_required: bool
    hint: dict[str, str] | None = None
    choices: tuple[Choice, ...] = ()


class ChoiceSchema(Section):
    code = Text(_CODE, max_length=40, required=True, title="编码")
    name = Part(NameSchema, required=True, title="名称")


class QuestionSchema(Section):
    code = Text(_CODE, max_length=40, required=True, title="编码")
    name = Part(NameSchema, required=True, title=("question", "问题"))
    kind = Option(KINDS, required=True, title="答案类型")
    required = Flag(required=True, title="必答")
    hint = Part(NameSchema, title="提示")
    choices = Items(
        Part(ChoiceSchema),
        min_items=1,
        max_items=50,
        noun=Noun("choice", ("choice", "选项"), key="code"),
        title="选项",
    )


def questions_of_category() -> Items:
    """Return the field `questions` of a category."""
    return Items(
        Part(QuestionSchema),
        max_items=20,
        noun=Noun("question", ("question", "问题"), key="code"),
        title=("questions", "问题"),
    )


def parse_questions(data: list[dict[str, Any]] | None) -> tuple[Question, ...]:
    """Return the questions of a valid category."""
    return tuple(
        Question(
            code=question["code"],
            name=_name(question["name"]),
            kind=question["kind"],
            is_required=question["required"],
            hint=_name(question["hint"]) if question.get("hint") else None,
            choices=tuple(
                Choice(choice["code"], _name(choice["name"])) for choice in question.get("choices", ())
            ),
        )
        for question in data or ()
    )


def question_faults(questions: list[tuple[str, dict[str, Any]]]) -> Iterator[Fault]:
    """Yield a fault for each code that occurs twice, and for choices where there are none, or none where there are."""
    yield from _repeated(questions, "question")
    for question_path, question in questions:
        choices = question.get("choices")
        if question.get("kind") in LISTS and not choices:
            yield Fault(at(question_path, "choices"), "choices_missing", "must list the choices of this kind")
        if question.get("kind") in KINDS.keys() - LISTS and choices:
            yield Fault(at(question_path, "choices"), "choices_of_no_list", "must be left out for this kind")
        listed = choices if isinstance(choices, list) else []
        records = [
            (at(at(question_path, "choices"), n), choice)
            for n, choice in enumerate(listed)
            if isinstance(choice, dict)
        ]
        yield from _repeated(records, "choice")


def _repeated(records: list[tuple[str, dict[str, Any]]], noun: str) -> Iterator[Fault]:
    codes = [(at(path, "code"), record.get("code")) for path, record in records]
    yield from repeated([(path, code) for path, code in codes if isinstance(code, str)], noun)


def _name(data: dict[str, str]) -> dict[str, str]:
    return {language: data[language] for language in ("zh", "en")}
