"""Choose the sentence of a stable code in the caller's language, and list the faults of a request's fields.

The sentences themselves are in the files beside this one, one file a subject.
"""

from typing import Any

from flask import has_request_context, request

from app.core.errors import DomainError
from app.http.messages.cases import CASE_MESSAGES
from app.http.messages.dispatch import DISPATCH_MESSAGES
from app.http.messages.exports import EXPORT_MESSAGES
from app.http.messages.fields import FIELD_MESSAGES
from app.http.messages.figures import FIGURE_MESSAGES
from app.http.messages.filters import FILTER_FAULTS
from app.http.messages.media import MEDIA_MESSAGES
from app.http.messages.planning import PLANNING_MESSAGES
from app.http.messages.reports import REPORT_MESSAGES
from app.http.messages.requests import REQUEST_MESSAGES
from app.http.messages.rules import RULE_MESSAGES
from app.http.messages.web import WEB_MESSAGES

SUBJECTS = (
    CASE_MESSAGES,
    DISPATCH_MESSAGES,
    EXPORT_MESSAGES,
    FIELD_MESSAGES,
    FIGURE_MESSAGES,
    FILTER_FAULTS,
    MEDIA_MESSAGES,
    PLANNING_MESSAGES,
    REPORT_MESSAGES,
    REQUEST_MESSAGES,
    RULE_MESSAGES,
    WEB_MESSAGES,
)
MESSAGES: dict[str, tuple[str, str]] = {code: pair for subject in SUBJECTS for code, pair in subject.items()}

# marshmallow's own English sentences, by how they begin
_MARSHMALLOW = (
    ("Missing data", "required"),
    ("Field may not be null", "null"),
    ("Unknown field", "unknown_field"),
    ("Must be one of", "not_one_of"),
    ("Must be greater", "out_of_range"),
    ("Must be less", "out_of_range"),
    ("Longer than", "wrong_length"),
    ("Shorter than", "wrong_length"),
    ("Length must", "wrong_length"),
    ("Invalid JSON", "json_invalid"),
)


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
    """Return the message of `code`.

    Parameters may be {en, zh} themselves. Missing ones stay visible as placeholders.
    """
    short_lang = "zh" if (lang or language()) == "zh-CN" else "en"
    english, chinese = MESSAGES.get(code) or MESSAGES["conflict"]
    template = chinese if short_lang == "zh" else english
    values = {
        name: value[short_lang] if isinstance(value, dict) and short_lang in value else value
        for name, value in params.items()
    }
    try:
        return template.format(**values)
    except KeyError:
        return template


def with_message(fault: dict[str, Any]) -> dict[str, Any]:
    """Return a fault of one field with its sentence as `message`."""
    params = {name: value for name, value in fault.items() if name != "code"}
    return {"message": sentence(fault["code"], **params)} | fault


def field_errors(messages: dict[str, Any], path: str = "") -> list[dict[str, Any]]:
    """Flatten marshmallow's nested messages into `[{field, code, message}]`."""
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
            code = _code_of(str(text))
            errors.append({"field": field, "code": code, "message": _field_message(code, str(text))})
    return errors


def _code_of(text: str) -> str:
    if text in MESSAGES:
        return text
    return next((code for start, code in _MARSHMALLOW if text.startswith(start)), "invalid")


def _field_message(code: str, text: str) -> str:
    if language() == "zh-CN" or text == code:
        return sentence(code)
    return text


def error_text(error: DomainError) -> str:
    """Return an error as text for a terminal: its faults with their fields, or its sentence."""
    faults = [
        f"{fault['field']}: {with_message(fault)['message']}" for fault in error.extra.get("errors", ())
    ]
    return "; ".join(faults) or sentence(error.code, None, **error.params)
