"""Signed assertions with which a client proves that it holds a private key (RFC 7523, `private_key_jwt`)."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from app.core.errors import Unauthenticated, invalid_field

TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
MAX_LENGTH = 4_096
ID_MAX_LENGTH = 200
# An assertion is used at once, so one that lives longer is a mistake or was prepared to be kept.
LIFE_MAX = timedelta(minutes=5)
LEEWAY = timedelta(seconds=30)
RSA_BITS_MIN = 2_048
# The algorithms of a key are decided by the key, never by the header of an assertion.
_ALGORITHMS = {
    ("EC", "P-256"): ("ES256",),
    ("EC", "P-384"): ("ES384",),
    ("OKP", "Ed25519"): ("EdDSA",),
    ("RSA", None): ("RS256", "PS256"),
}
_MEMBERS = ("kty", "crv", "x", "y", "n", "e", "kid")
_CLAIMS = ("iss", "sub", "aud", "exp", "jti")


@dataclass(frozen=True, slots=True)
class Assertion:
    """A verified assertion: the id that makes it usable once, and the instant at which it expires."""

    id: str
    expires_at: datetime


def stored_key(public_key: dict[str, Any]) -> dict[str, Any]:
    """Return the members of a JSON Web Key that are stored, after checking that it is a public key that we accept.

    Raises:
        Invalid: The key is private, symmetric, of an unknown type, malformed or too short.
    """
    if any(name in public_key for name in ("d", "p", "q", "k")):
        raise invalid_field("public_key", "key_is_private")
    algorithms = _algorithms(public_key)
    if algorithms is None:
        raise invalid_field("public_key", "key_unsupported")
    members = {name: public_key[name] for name in _MEMBERS if name in public_key}
    try:
        key = jwt.PyJWK(members, algorithm=algorithms[0]).key
    except (jwt.PyJWTError, ValueError, TypeError, AttributeError):
        raise invalid_field("public_key", "key_unsupported") from None
    if isinstance(key, RSAPublicKey) and key.key_size < RSA_BITS_MIN:
        raise invalid_field("public_key", "key_too_short", least=RSA_BITS_MIN)
    return members


def client_id_of(assertion: str) -> str:
    """Return the client that an assertion names, without verifying the signature.

    Raises:
        Unauthenticated: `token_invalid`.
    """
    try:
        payload = jwt.decode(assertion, options={"verify_signature": False})
        subject = payload["sub"]
    except (jwt.PyJWTError, KeyError, ValueError, TypeError):
        raise Unauthenticated("token_invalid") from None
    if not isinstance(subject, str):
        raise Unauthenticated("token_invalid")
    return subject


def verified(
    assertion: str,
    public_keys: Iterable[dict[str, Any]],
    *,
    client_id: str,
    audiences: Collection[str],
    now: datetime,
) -> tuple[int, Assertion]:
    """Verify an assertion and return (the index of the key that signed it, the assertion).

    Args:
        client_id: The client, which must be both issuer and subject (RFC 7523 3).
        audiences: Names of this server, one of which must be the audience.

    Raises:
        Unauthenticated: `token_invalid`: no key fits, or a claim is missing or wrong.
    """
    for index, public_key in enumerate(public_keys):
        algorithms = _algorithms(public_key)
        if algorithms is None:
            continue
        try:
            payload = jwt.decode(
                assertion,
                jwt.PyJWK(public_key, algorithm=algorithms[0]).key,
                algorithms=list(algorithms),
                audience=list(audiences),
                issuer=client_id,
                # Times are compared below with our own clock.
                options={
                    "require": list(_CLAIMS),
                    "verify_exp": False,
                    "verify_nbf": False,
                    "verify_iat": False,
                },
            )
        except (jwt.PyJWTError, ValueError, TypeError, AttributeError):
            continue
        return index, _checked(payload, client_id, now)
    raise Unauthenticated("token_invalid")


def _checked(payload: dict[str, Any], client_id: str, now: datetime) -> Assertion:
    try:
        expires = float(payload["exp"])
        starts = max(float(payload.get("nbf", 0)), float(payload.get("iat", 0)))
    except (TypeError, ValueError):
        raise Unauthenticated("token_invalid") from None
    at, leeway = now.timestamp(), LEEWAY.total_seconds()
    is_current = starts <= at + leeway and at < expires <= at + LIFE_MAX.total_seconds() + leeway
    identifier = payload["jti"]
    is_identified = isinstance(identifier, str) and 0 < len(identifier) <= ID_MAX_LENGTH
    if not is_current or not is_identified or payload["sub"] != client_id:
        raise Unauthenticated("token_invalid")
    return Assertion(identifier, datetime.fromtimestamp(expires, UTC))


def _algorithms(public_key: dict[str, Any]) -> tuple[str, ...] | None:
    kind = public_key.get("kty")
    curve = public_key.get("crv") if kind != "RSA" else None
    try:
        return _ALGORITHMS.get((kind, curve))  # type: ignore[arg-type]
    except TypeError:
        return None
