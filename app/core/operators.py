"""The operator who runs a command, as the operating system knows them, for the audit trail.

No option or environment variable can change it. A command runs in a process of its own. The server and the job worker set no
operator; audit events of what they do themselves have the system as actor.
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
    """Record the operator and `command` in all audit events from now on.

    Args:
        command: The words of the command, without its arguments.
    """
    user = _name_of(os.getuid())
    login = _login_user()
    _running.clear()
    _running.update(
        {"user": user, "command": command} | ({"login": login} if login not in (None, user) else {})
    )


def end() -> None:
    """Stop recording an operator in audit events."""
    _running.clear()


def audit_detail() -> dict[str, Any]:
    """Return the member `operator` for the detail of an audit event; empty if no command runs.

    The member has `user`, `command`, and `login` if the person logged in to the machine as another user.
    """
    return {"operator": dict(_running)} if _running else {}


def _login_user() -> str | None:
    """Return the user who logged in to the machine, regardless of su and sudo.

    The result is None if the kernel has no record of the login.
    """
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
