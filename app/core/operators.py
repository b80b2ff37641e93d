"""The operator who runs a command, for the audit trail, as the operating system knows them.

No option or environment variable overrules it.

A command runs in a process of its own. The server and the job worker name nobody: what they do by themselves the system does.
"""

import contextlib
import os
import pwd
from pathlib import Path
from typing import Any

_LOGIN_UID = Path("/proc/self/loginuid")
_NOBODY = 2**32 - 1
_running: dict[str, str] = {}


def begin(command: str) -> None:
    """Name the operator and `command` (words of commands, no arguments) in audit events from now on."""
    user = _name_of(os.getuid())
    login = _login_user()
    _running.clear()
    _running.update(
        {"user": user, "command": command} | ({"login": login} if login not in (None, user) else {})
    )


def end() -> None:
    """Name nobody any more."""
    _running.clear()


def audit_detail() -> dict[str, Any]:
    """Return the operator for an audit event: `operator` with `user`, `command`, and `login` if it is another user.

    Empty where no command runs.
    """
    return {"operator": dict(_running)} if _running else {}


def _login_user() -> str | None:
    """Return who logged in to the machine, whoever they became by su or sudo; None where the kernel does not know."""
    with contextlib.suppress(OSError, ValueError):
        uid = int(_LOGIN_UID.read_text())
        if uid != _NOBODY:
            return _name_of(uid)
    return None


def _name_of(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid {uid}"
