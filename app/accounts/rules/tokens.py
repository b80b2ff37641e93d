"""Access tokens (JWT, Ed25519) of sessions and of service accounts, and refresh tokens (opaque) of sessions."""

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from app.core.errors import Unauthenticated

ALGORITHM = "EdDSA"
TYPE = "at+jwt"
AUDIENCE = "gridward-api"
_COMMON_CLAIMS = ("iss", "aud", "exp", "nbf", "iat", "sub")
# Of the access token of a session. That of a service account has `cid` in place of the last two.
CLAIMS = (*_COMMON_CLAIMS, "sid", "did")
# A token may reach a process whose clock reads a little earlier than the clock of the process that issued it.
LEEWAY = timedelta(seconds=5)


@dataclass(frozen=True, slots=True, eq=False)
class Keys:
    """The keys for access tokens and refresh tokens.

    All keys are derived from the private key of the installation.

    Attributes:
        kid: Key id in the header of access tokens: the start of the hash of the public key.
    """

    private: Ed25519PrivateKey
    public: Ed25519PublicKey
    kid: str
    refresh: bytes

    @classmethod
    def of(cls, private: Ed25519PrivateKey) -> "Keys":
        """Derive all keys from a private key."""
        public = private.public_key()
        thumbprint = hashlib.sha256(public.public_bytes_raw()).digest()
        derived = HKDF(SHA256(), length=32, salt=None, info=b"gridward refresh token").derive(
            private.private_bytes_raw()
        )
        return cls(private, public, _text(thumbprint[:12]), derived)

    def derived(self, purpose: str) -> bytes:
        """Return a key of 32 bytes for another purpose, derived from the private key."""
        info = b"gridward " + purpose.encode()
        return HKDF(SHA256(), length=32, salt=None, info=info).derive(self.private.private_bytes_raw())


@dataclass(frozen=True, slots=True)
class Claims:
    """The content of an access token: the ids of account, session and device.

    Permissions are not in the token. They are read from the database.
    """

    account_id: UUID
    session_id: UUID
    device_id: UUID


@dataclass(frozen=True, slots=True)
class ClientClaims:
    """The content of the access token of a service account: the ids of the account and of its credential."""

    account_id: UUID
    credential_id: UUID


def sign_access(
    keys: Keys, claims: Claims | ClientClaims, *, issuer: str, now: datetime, life: timedelta
) -> str:
    """Return an access token of a session or service account, valid from `now` on."""
    issued = int(now.timestamp())
    payload = {
        "iss": issuer,
        "aud": AUDIENCE,
        "iat": issued,
        "nbf": issued,
        "exp": issued + int(life.total_seconds()),
        "sub": str(claims.account_id),
    }
    if isinstance(claims, ClientClaims):
        payload["cid"] = str(claims.credential_id)
    else:
        payload |= {"sid": str(claims.session_id), "did": str(claims.device_id)}
    return jwt.encode(payload, keys.private, algorithm=ALGORITHM, headers={"typ": TYPE, "kid": keys.kid})


def read_access(keys: Keys, token: str, *, issuer: str, now: datetime) -> Claims | ClientClaims:
    """Verify an access token and return its claims.

    The algorithm and any key in the token's header are ignored; the installation's own key is used.

    Raises:
        Unauthenticated: `token_invalid` or `token_expired`.
    """
    claims, not_before, expires = _verified(keys, token, issuer)
    if now.timestamp() < not_before - LEEWAY.total_seconds():
        raise Unauthenticated("token_invalid")
    if now.timestamp() >= expires:
        raise Unauthenticated("token_expired")
    return claims


def access_ends(keys: Keys, token: str, *, issuer: str) -> datetime:
    """Return the instant at which an access token expires, or has expired."""
    return datetime.fromtimestamp(_verified(keys, token, issuer)[2], UTC)


def account_of(keys: Keys, token: str, *, issuer: str) -> UUID:
    """Return the account of an access token, which may have expired."""
    return _verified(keys, token, issuer)[0].account_id


# Cached, because a signature that is valid stays valid. The time and the state of the session change, so callers check
# these each time. Errors are not cached.
@lru_cache(maxsize=2_000)
def _verified(keys: Keys, token: str, issuer: str) -> tuple[Claims | ClientClaims, float, float]:
    """Verify the signature of an access token and return (claims, `nbf`, `exp`).

    `nbf` and `exp` are the start and end of the token's validity, in seconds since 1970. The caller compares them with the
    clock.

    Raises:
        Unauthenticated: `token_invalid`.
    """
    try:
        parsed = jwt.decode_complete(
            token,
            keys.public,
            algorithms=[ALGORITHM],
            audience=AUDIENCE,
            issuer=issuer,
            # Times are compared by the caller with our own clock.
            options={
                "require": list(_COMMON_CLAIMS),
                "verify_exp": False,
                "verify_nbf": False,
                "verify_iat": False,
            },
        )
        header, payload = parsed["header"], parsed["payload"]
        if header.get("typ") != TYPE or header.get("kid") != keys.kid:
            raise Unauthenticated("token_invalid")
        return _claims(payload), float(payload["nbf"]), float(payload["exp"])
    except (jwt.PyJWTError, KeyError, ValueError, TypeError, AttributeError):
        raise Unauthenticated("token_invalid") from None


def _claims(payload: dict[str, Any]) -> Claims | ClientClaims:
    account_id = UUID(payload["sub"])
    if "cid" in payload:
        return ClientClaims(account_id, UUID(payload["cid"]))
    return Claims(account_id, UUID(payload["sid"]), UUID(payload["did"]))


def bearer(header: str | None) -> str:
    """Return the token in an `Authorization: Bearer` header.

    Raises:
        Unauthenticated: `unauthenticated` without a header, `token_invalid` for any other form.
    """
    if not header:
        raise Unauthenticated("unauthenticated")
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthenticated("token_invalid")
    return token.strip()


def new_refresh() -> str:
    """Return the first refresh token of a session: 256 random bits."""
    return _text(secrets.token_bytes(32))


def successor(keys: Keys, refresh_token: str) -> str:
    """Return the refresh token that follows the given one.

    It is an HMAC of the given token, and not random. If a client lost the response, the same token can be computed again. A
    random token could not be sent again, because the database only has hashes of tokens.
    """
    return _text(hmac.new(keys.refresh, _bytes(refresh_token), hashlib.sha256).digest())


def digest(refresh_token: str) -> bytes:
    """Return the hash of a refresh token or ticket, as it is stored."""
    return hashlib.sha256(_bytes(refresh_token)).digest()


def _bytes(token: str) -> bytes:
    # JSON may have lone surrogates. A token with one is a wrong token and not an error.
    return token.encode("utf-8", "surrogatepass")


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
