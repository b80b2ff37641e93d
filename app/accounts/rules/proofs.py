"""Proofs of possession: JWTs that prove that a device has the private key of its session.

Source: RFC 9449 (DPoP), only the part that binds refresh tokens to a key. Access tokens are valid for minutes and are not
bound to a key.
"""

import base64
import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import jwt
import orjson

from app.core.errors import Malformed

HEADER = "DPoP"
TYPE = "dpop+jwt"
MAX_LENGTH = 2_000
# Largest difference between `iat` and the server's clock. A session accepts each proof once, so this only limits for how
# long a proof that was made in advance and copied can be used.
WINDOW = timedelta(minutes=5)
# Algorithms of phones and browsers: P-256 in secure hardware and in WebCrypto, Ed25519 in newer ones. By algorithm: the
# members that the key must have with these values, and the members of its thumbprint (RFC 7638).
KEYS = {
    "ES256": ({"kty": "EC", "crv": "P-256"}, ("crv", "kty", "x", "y")),
    "EdDSA": ({"kty": "OKP", "crv": "Ed25519"}, ("crv", "kty", "x")),
}


@dataclass(frozen=True, slots=True)
class Proof:
    """A verified proof of possession: the thumbprint of its key, and the hash of its id (`jti`)."""

    thumbprint: str
    id_hash: bytes


def read_proof(token: str, *, method: str, host: str, path: str, now: datetime) -> Proof:
    """Verify a proof of possession for a request and return it (RFC 9449 4.3).

    Args:
        host: The host and port that the caller addressed. The scheme is not compared: behind a proxy that is not
            named in TRUSTED_PROXIES the server does not know it.

    Raises:
        Malformed: `proof_invalid` with the part that is wrong; `proof_stale` with the server's time.
    """
    if len(token) > MAX_LENGTH:
        raise _invalid("length")
    try:
        header = jwt.get_unverified_header(token)
    except jwt.PyJWTError:
        raise _invalid("form") from None
    if header.get("typ") != TYPE:
        raise _invalid("typ")
    algorithm = header.get("alg")
    if algorithm not in KEYS:
        raise _invalid("alg")
    key = _public_key(header.get("jwk"), algorithm)
    try:
        claims = jwt.decode(
            token,
            jwt.PyJWK(key, algorithm=algorithm),
            algorithms=[algorithm],
            options={
                "require": ["jti", "htm", "htu", "iat"],
                "verify_aud": False,
                "verify_exp": False,
                "verify_iat": False,
                "verify_nbf": False,
            },
        )
    except jwt.InvalidSignatureError:
        raise _invalid("signature") from None
    except jwt.MissingRequiredClaimError as error:
        raise _invalid(error.claim) from None
    except (jwt.PyJWTError, ValueError, TypeError):
        raise _invalid("jwk") from None
    if claims["htm"] != method:
        raise _invalid("htm")
    if not _is_addressed_to(claims["htu"], host, path):
        raise _invalid("htu")
    if not isinstance(claims["jti"], str) or not 8 <= len(claims["jti"]) <= 200:
        raise _invalid("jti")
    issued_at = claims["iat"]
    if isinstance(issued_at, bool) or not isinstance(issued_at, int | float):
        raise _invalid("iat")
    if abs(now.timestamp() - issued_at) > WINDOW.total_seconds():
        raise Malformed("proof_stale", extra={"server_time": now.isoformat()})
    return Proof(
        _thumbprint(key, algorithm), hashlib.sha256(claims["jti"].encode("utf-8", "surrogatepass")).digest()
    )


def _public_key(key: Any, algorithm: str) -> dict[str, Any]:
    """Return the public key of a JWK for an algorithm.

    Raises:
        Malformed: The JWK is no public key for the algorithm.
    """
    required, members = KEYS[algorithm]
    if (
        not isinstance(key, dict)
        or "d" in key
        or any(key.get(name) != value for name, value in required.items())
        or not all(isinstance(key.get(name), str) for name in members)
    ):
        raise _invalid("jwk")
    return key


def _thumbprint(key: dict[str, Any], algorithm: str) -> str:
    """Return the thumbprint of a public key (RFC 7638)."""
    canonical = orjson.dumps({name: key[name] for name in sorted(KEYS[algorithm][1])})
    return base64.urlsafe_b64encode(hashlib.sha256(canonical).digest()).rstrip(b"=").decode()


def _is_addressed_to(address: Any, host: str, path: str) -> bool:
    if not isinstance(address, str):
        return False
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    default_port = {"http": ":80", "https": ":443"}.get(parts.scheme)
    if default_port is None:
        return False
    claimed_host, actual_host = (
        parts.netloc.lower().removesuffix(default_port),
        host.lower().removesuffix(default_port),
    )
    return claimed_host == actual_host and parts.path == path


def _invalid(part: str) -> Malformed:
    return Malformed("proof_invalid", part=part)
