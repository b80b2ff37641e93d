"""Service accounts: their kinds and permissions, and the forms and lifetimes of their credentials."""

import base64
import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.core.actor import ROLE_PERMISSIONS, Permission, Role
from app.core.enumerations import Enumeration
from app.core.errors import Forbidden, Invalid

KINDS = Enumeration(
    "ServiceAccountKind",
    {
        "system": "a program of another authority, such as a hotline",
        "sensor": "a device, or a gateway of devices, that reports by itself",
        "portal": "a public site through which residents report",
    },
)
PERSON = "person"
# What a service account can hold: the permissions of its role.
PERMISSIONS = ROLE_PERMISSIONS[Role.SERVICE]
API_KEY, CLIENT_SECRET, PUBLIC_KEY = "api_key", "client_secret", "public_key"
LIVE_CREDENTIALS_MAX = 10
OVERLAP_DAYS_MAX = 90
# The time of the last use is stored at most this often.
USE_NOTED_EACH = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Form:
    """A form of credential of a service account.

    Args:
        prefix: First characters of each secret of this form, by which secret scanners and our log recognise it. None: the
            server knows no secret.
        life: Lifetime if the manager requests none.
        max_life: Longest lifetime that a manager can request.
    """

    prefix: str | None
    life: timedelta
    max_life: timedelta


FORMS = {
    API_KEY: Form("gwk_", timedelta(days=180), timedelta(days=400)),
    CLIENT_SECRET: Form("gws_", timedelta(days=180), timedelta(days=400)),
    PUBLIC_KEY: Form(None, timedelta(days=400), timedelta(days=800)),
}
FORM_CODES = Enumeration(
    "CredentialForm",
    {
        API_KEY: "a key that a device sends with every request",
        CLIENT_SECRET: "a secret that a program exchanges for access tokens (RFC 6749 4.4)",
        PUBLIC_KEY: "a public key that verifies signed assertions, which a program exchanges for access tokens (RFC 7523)",
    },
)


def new_secret(form: str) -> str:
    """Return a new API key or client secret: its prefix and 256 random bits."""
    prefix = FORMS[form].prefix or ""
    return prefix + base64.urlsafe_b64encode(secrets.token_bytes(32)).rstrip(b"=").decode()


def digest(secret: str) -> bytes:
    """Return the hash of a secret, as it is stored. Secrets are random, so no salt is needed."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


def is_api_key(text: str) -> bool:
    """Return True if a text begins as API keys do."""
    return text.startswith(str(FORMS[API_KEY].prefix))


def expiry(form: str, now: datetime, days: int | None) -> datetime:
    """Return the instant at which a credential that is created now expires.

    Args:
        days: Requested lifetime; None: the default of the form.
    """
    life = FORMS[form].life if days is None else timedelta(days=days)
    return now + min(life, FORMS[form].max_life)


def require_below_limit(live: int) -> None:
    """Refuse to create another credential if a service account has the maximum number of live ones.

    Raises:
        Invalid: `tokens_too_many`.
    """
    if live >= LIVE_CREDENTIALS_MAX:
        raise Invalid("tokens_too_many", most=LIVE_CREDENTIALS_MAX)


def require_grantable(permissions: Iterable[Permission], held: frozenset[Permission]) -> None:
    """Refuse permissions that the manager lacks.

    Args:
        held: Permissions of the manager.

    Raises:
        Forbidden: `grant_exceeds_own`.
    """
    if not frozenset(permissions) <= held:
        raise Forbidden("grant_exceeds_own")
