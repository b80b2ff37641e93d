"""Finds error codes that an operation answers and its description does not list."""

from typing import Any

from flask import Flask, Response, request

# Codes that every operation can answer; docs/reference/errors.md explains them.
COMMON_CODES = frozenset(
    {
        "bad_request",
        "body_too_large",
        "busy",
        "internal",
        "json_invalid",
        "media_type_unsupported",
        "method_not_allowed",
        "not_acceptable",
        "outcome_unknown",
        "password_change_required",
        "people_only",
        "permission_missing",
        "rate_limited",
        "session_revoked",
        "token_expired",
        "token_invalid",
        "unauthenticated",
        "unavailable",
        "validation_failed",
    }
)


def watch(app: Flask) -> list[str]:
    """Return a list to which each answer of `app` with an undeclared code is added, as operation, status and code."""
    undeclared: list[str] = []

    def note(response: Response) -> Response:
        view = app.view_functions.get(request.endpoint or "")
        documentation = getattr(view, "_apidoc", None)
        if documentation is not None and response.mimetype == "application/problem+json":
            code: Any = (response.get_json(silent=True) or {}).get("code")
            declared = documentation.get("problems", {}).get(response.status_code, ())
            if code not in COMMON_CODES and code not in declared:
                undeclared.append(f"{request.endpoint} {response.status_code} {code}")
        return response

    app.after_request(note)
    return undeclared
