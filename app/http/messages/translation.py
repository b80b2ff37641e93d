"""Functions that choose the message of a code in the caller's language, and that list the faults of request fields.

The messages themselves are in the other files of this package, one file for each subject.
"""

from typing import Any

from flask import has_request_context, request

from app.core.errors import DomainError
from app.core.wording import fill
from app.http.messages.bounds import bound_message
from app.http.messages.cases import CASE_MESSAGES
from app.http.messages.dispatch import DISPATCH_MESSAGES
from app.http.messages.exports import EXPORT_MESSAGES
from app.http.messages.fields import FIELD_MESSAGES
from app.http.messages.figures import FIGURE_MESSAGES
from app.http.messages.filters import FILTER_FAULTS
from app.http.messages.media import MEDIA_MESSAGES
from app.http.messages.notices import NOTICE_MESSAGES
from app.http.messages.open311 import OPEN311_MESSAGES
from app.http.messages.planning import PLANNING_MESSAGES
from app.http.messages.public import PUBLIC_MESSAGES
from app.http.messages.reports import REPORT_MESSAGES
from app.http.messages.requests import REQUEST_MESSAGES
from app.http.messages.rules import RULE_MESSAGES
from app.http.messages.titles import TITLES, UNTITLED
from app.http.messages.validation import validation_message
from app.http.messages.web import WEB_MESSAGES

SUBJECTS = (
    CASE_MESSAGES,
    DISPATCH_MESSAGES,
    EXPORT_MESSAGES,
    FIELD_MESSAGES,
    FIGURE_MESSAGES,
    FILTER_FAULTS,
    MEDIA_MESSAGES,
    OPEN311_MESSAGES,
    PLANNING_MESSAGES,
    NOTICE_MESSAGES,
    PUBLIC_MESSAGES,
    REPORT_MESSAGES,
    REQUEST_MESSAGES,
    RULE_MESSAGES,
    WEB_MESSAGES,
)
MESSAGES: dict[str, tuple[str, str]] = {code: pair for subject in SUBJECTS for code, pair in subject.items()}


def language() -> str:
    """Return the caller's language: zh-CN or en (the default)."""
    if not has_request_context():
        return "en"
    for tag, quality in request.accept_languages:  # best first
        primary = tag.lower().partition("-")[0]
        if quality > 0 and primary in ("zh", "en"):
            return "zh-CN" if primary == "zh" else "en"
    return "en"


def sentence(code: str, lang: str | None = None, **params: object) -> str:
    """Return the message of `code` in the caller's language, with its parameters filled in.

    A parameter may be a list, or {en, zh}. If a parameter is missing, the message is returned with its placeholders.
    """
    template = _in(lang, *(MESSAGES.get(code) or MESSAGES["conflict"]))
    try:
        return fill(template, _in(lang, "en", "zh"), **params)
    except KeyError:
        return template


def title(status: int, lang: str | None = None) -> str:
    """Return the title of a problem document with this status."""
    return _in(lang, *TITLES.get(status, UNTITLED))


def _in(lang: str | None, english: str, chinese: str) -> str:
    return chinese if (lang or language()) == "zh-CN" else english


def with_message(fault: dict[str, Any]) -> dict[str, Any]:
    """Return the fault of a field with its `message` added.

    The message is made from the fault's own `sentence` {en, zh}, else from its bounds, else from its code.
    """
    if "sentence" in fault:
        return fault | {"message": _in(None, fault["sentence"]["en"], fault["sentence"]["zh"])}
    params = {name: value for name, value in fault.items() if name != "code"}
    if with_bounds := bound_message(fault):
        return {"message": fill(_in(None, *with_bounds), _in(None, "en", "zh"), **params)} | fault
    return {"message": sentence(fault["code"], **params)} | fault


def field_errors(messages: dict[str, Any], path: str = "") -> list[dict[str, Any]]:
    """Flatten marshmallow's nested error messages into a list of `{field, code, message}`."""
    errors: list[dict[str, Any]] = []
    for key, value in messages.items():
        field = f"{path}.{key}" if path else str(key)
        field = (
            field.removeprefix("json.")
            .removeprefix("query.")
            .removeprefix("form.")
            .removeprefix("_schema.")
            .removesuffix("._schema")
        )
        if isinstance(value, dict):
            errors += field_errors(value, field)
            continue
        for text in value if isinstance(value, list) else [value]:
            errors.append({"field": field} | _fault_of(str(text)))
    return errors


def _fault_of(text: str) -> dict[str, str]:
    if text in MESSAGES:
        return {"code": text, "message": sentence(text)}
    code, english, chinese = validation_message(text)
    return {"code": code, "message": _in(None, english, chinese)}


def error_text(error: DomainError) -> str:
    """Return an error as text for a terminal: its faults with their fields, or its message."""
    faults = [
        f"{fault['field']}: {with_message(fault)['message']}" for fault in error.extra.get("errors", ())
    ]
    return "; ".join(faults) or sentence(error.code, None, **error.params)
