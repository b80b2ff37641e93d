"""Tokens for other people's software: each kind may do so much and no more. Only a hash of one is ever stored."""

import base64
import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.core.actor import Permission
from app.core.enumerations import Enumeration
from app.core.errors import Invalid

# How often the time of the last use is written down.
USE_NOTED_EACH = timedelta(minutes=5)
PER_ACCOUNT = 20
# `revoked`: one by one, by the owner or a manager; the others end all tokens of an account.
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
    """`prefix` tells a token from other secrets, for people, for scanners, and for our log, which blanks it.

    `reads_within_grants`: whether it acts where its account's grants reach; without, it knows only its account itself.
    """

    prefix: str
    permissions: frozenset[Permission]
    reads_within_grants: bool
    life: timedelta
    max_life: timedelta


@dataclass(frozen=True, slots=True)
class Edits:
    """Permissions of a token that edits maps: `door` opens editing, `acts` are the editing operations."""

    door: Permission
    acts: frozenset[Permission]


P = Permission
READING = frozenset({P.ADDRESS_READ, P.AREA_READ, P.COMPONENT_READ, P.HOUSEHOLD_READ, P.INCIDENT_READ})
# Only for whoever asks for it: what a layer has for those who direct, which is signals.
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
    """256 random bits, to be shown once."""
    return KINDS[kind].prefix + base64.urlsafe_b64encode(secrets.token_bytes(32)).rstrip(b"=").decode()


def digest(token: str) -> bytes:
    """Return the stored hash of a token. Tokens are random, so an unsalted hash cannot be searched."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def expiry(kind: str, now: datetime, days: int | None) -> datetime:
    """Return when a token of this kind that is made now expires."""
    life = KINDS[kind].life if days is None else timedelta(days=days)
    return now + min(life, KINDS[kind].max_life)


def require_below_limit(live: int) -> None:
    """Refuse one more token where there are many: lost ones are to be revoked, not forgotten."""
    if live >= PER_ACCOUNT:
        raise Invalid("tokens_too_many", most=PER_ACCOUNT)
