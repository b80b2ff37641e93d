"""Generated parts of an operation's description in the API document: its callers and its error codes.

They are made from the permissions of `Blueprint.guard`, the codes of `Blueprint.problem` and the messages of these codes.
"""

import re
from collections.abc import Mapping, Sequence

from app.core.actor import ROLE_PERMISSIONS, Permission
from app.http.messages import MESSAGES

# `{days:day|days}` of a message.
_PLURAL = re.compile(r"\{(\w+):\w+\|(\w+)\}")

ProblemCodes = Mapping[int, Sequence[str]]


def callers(permissions: Sequence[str] | None) -> str:
    """Return the sentence about who may call an operation.

    Args:
        permissions: The permissions that the caller needs, all of them; None: no sign-in is needed.
    """
    if permissions is None:
        return "**Callers:** anyone, without signing in."
    if not permissions:
        return "**Callers:** everybody who is signed in."
    needed = {Permission(name) for name in permissions}
    roles = ", ".join(f"`{role}`" for role, held in ROLE_PERMISSIONS.items() if needed <= held)
    names = " and ".join(f"`{name}`" for name in permissions)
    return f"**Callers:** roles with {names}: {roles}; each within their areas or unit."


def _message(code: str) -> str:
    return _PLURAL.sub(r"{\1} \2", MESSAGES[code][0])


def errors(codes: ProblemCodes) -> str:
    """Return the Markdown list of the error codes that are specific to an operation.

    Args:
        codes: The codes by HTTP status. Without codes the result is empty.
    """
    lines = [
        f"- {status} `{code}`: {_message(code)}" for status in sorted(codes) for code in sorted(codes[status])
    ]
    return "\n".join(["**Errors:**", "", *lines]) if lines else ""


def described(text: str, permissions: Sequence[str] | None, codes: ProblemCodes) -> str:
    """Return the description of an operation: its own text, its callers and its errors."""
    return "\n\n".join(part for part in (text, callers(permissions), errors(codes)) if part)
