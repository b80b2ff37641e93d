"""The accounts of the demo city to which people can sign in.

The server imports this module at each start, so it must not import the heavy modules of the demo.
"""

import os

from app.core.actor import Role
from app.settings import Settings

DEFAULT_PASSWORD = "gridward-demo"
ROLES = {
    "demo-supervisor": Role.SUPERVISOR,
    "demo-worker": Role.WORKER,
    "demo-worker-2": Role.WORKER,
    "demo-handler": Role.HANDLER,
    "demo-gis": Role.GIS,
    "demo-admin": Role.ADMIN,
}
SIGN_INS = tuple(ROLES)
TITLES = {
    Role.SUPERVISOR: "Supervisor",
    Role.WORKER: "Grid worker",
    Role.HANDLER: "Handler",
    Role.GIS: "GIS user",
    Role.ADMIN: "Administrator",
}


def configured_password() -> str:
    """Return the password of all demo accounts.

    It is the value of GRIDWARD_DEMO_PASSWORD, or the documented default if that is not set.
    """
    return os.environ.get("GRIDWARD_DEMO_PASSWORD") or DEFAULT_PASSWORD


def public_password(settings: Settings) -> str | None:
    """Return the demo's password if the sign-in page may show it, else None.

    It may be shown only if it is the documented default, on a demo server that no other machine can reach.
    """
    is_public = settings.is_demo and not settings.is_reachable and configured_password() == DEFAULT_PASSWORD
    return DEFAULT_PASSWORD if is_public else None
