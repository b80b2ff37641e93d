"""Kinds of access tokens for programs, with the permissions and the lifetime of each kind."""

import base64
import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.core.actor import Permission
from app.core.enumerations import Enumeration
from app.core.errors import Invalid

# The time of the last use is stored at most this often.
USE_NOTED_EACH = timedelta(minutes=5)
PER_ACCOUNT = 20
# `revoked` ends one token; the other reasons end all tokens of an account.
REVOKE_REASONS = Enumeration(
    "RevocationReason",
    {
        "revoked": "this token alone was revoked, by its owner or a manager",
        "password_changed": "the owner changed the password",
        "password_reset": "somebody else replaced the password",
        "account_disabled": "the account was disabled",
    },
)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of access token.

    Args:
        prefix: First characters of each token of this kind. People and secret scanners recognise the token by them, and
            our log finds and removes it.
        permissions: Permissions that a token of this kind can have.
        reads_within_grants: True: the token can read data in the areas and units of the account's grants. False: it only
            has access to the account itself.
        life: Lifetime if the caller requests none.
        max_life: Longest lifetime that a caller can request.
    """

    prefix: str
    permissions: frozenset[Permission]
    reads_within_grants: bool
    life: timedelta
    max_life: timedelta


@dataclass(frozen=True, slots=True)
class Edits:
    """The permissions of an access token with which a map program edits data.

    Attributes:
        door: Permission that is needed for every edit.
        acts: Further permissions, each needed for some of the edits.
    """

    door: Permission
    acts: frozenset[Permission]


P = Permission
READING = frozenset({P.ADDRESS_READ, P.AREA_READ, P.COMPONENT_READ, P.HOUSEHOLD_READ, P.INCIDENT_READ})
# Only for tokens that request it (`may_direct`): it opens the signals.
DIRECTING = P.INCIDENT_DIRECT
EDITING = Edits(
    door=P.GIS_EDIT,
    acts=frozenset({P.AREA_EDIT, P.COMPONENT_EDIT, P.HOUSEHOLD_EDIT, P.INCIDENT_CORRECT, P.INCIDENT_REPORT}),
)

KINDS = {
    "ingest": Kind(
        prefix="gwi_",
        permissions=frozenset({Permission.POSITION_SEND}),
        reads_within_grants=False,
        life=timedelta(days=180),
        max_life=timedelta(days=400),
    ),
    "personal": Kind(
        prefix="gwp_",
        permissions=READING | {DIRECTING, EDITING.door} | EDITING.acts,
        reads_within_grants=True,
        life=timedelta(days=90),
        max_life=timedelta(days=90),
    ),
}


def new_token(kind: str) -> str:
    """Return a new token of a kind: its prefix and 256 random bits."""
    return KINDS[kind].prefix + base64.urlsafe_b64encode(secrets.token_bytes(32)).rstrip(b"=").decode()


def digest(token: str) -> bytes:
    """Return the hash of a token, as it is stored. Tokens are random, so no salt is needed."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def expiry(kind: str, now: datetime, days: int | None) -> datetime:
    """Return the instant at which a token that is created now expires.

    Args:
        days: Requested lifetime; None: the default of the kind.
    """
    life = KINDS[kind].life if days is None else timedelta(days=days)
    return now + min(life, KINDS[kind].max_life)


def require_below_limit(live: int) -> None:
    """Refuse to create another token if an account has the maximum number of tokens of the kind.

    Args:
        live: Number of the account's valid tokens of the kind.

    Raises:
        Invalid: `tokens_too_many`. The owner has to revoke a token first.
    """
    if live >= PER_ACCOUNT:
        raise Invalid("tokens_too_many", most=PER_ACCOUNT)
