"""Encryption of a Web Push message for one browser (RFC 8291), and the token of the sender (RFC 8292, VAPID).

The push service stores the message and cannot read it: only the browser has the private key.
"""

import base64
import os
import struct
from datetime import datetime, timedelta

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

CURVE = ec.SECP256R1()
# One record holds the whole message. A push service accepts at least 4096 bytes (RFC 8030 7.2).
RECORD_BYTES = 4_096
POINT_BYTES, SECRET_BYTES, SALT_BYTES = 65, 16, 16
# The header of the record, its padding delimiter and its tag take 103 bytes (RFC 8291 4).
LARGEST_MESSAGE_BYTES = RECORD_BYTES - 103
# At most 24 hours (RFC 8292 2). A shorter life is worth less to a thief, a longer one survives a wrong clock.
TOKEN_LIFE = timedelta(hours=12)


def point_of(public: ec.EllipticCurvePublicKey) -> bytes:
    """Return a public key as an uncompressed point of 65 bytes."""
    return public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def is_point(value: bytes) -> bool:
    """Return True if the bytes are an uncompressed point of the curve P-256."""
    if len(value) != POINT_BYTES or value[:1] != b"\x04":
        return False
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(CURVE, value)
    except ValueError:
        return False
    return True


def encrypt(
    message: bytes,
    *,
    browser_key: bytes,
    secret: bytes,
    sender_key: ec.EllipticCurvePrivateKey | None = None,
    salt: bytes | None = None,
) -> bytes:
    """Encrypt a message as one record of the content encoding `aes128gcm` (RFC 8188).

    Args:
        browser_key: Public key of the browser, 65 bytes.
        secret: Authentication secret of the browser, 16 bytes.
        sender_key: Key of this message only; None: a new one.
        salt: 16 bytes; None: random. Key and salt are arguments for the test vector of RFC 8291 only.

    Raises:
        ValueError: The message is too long, or the public key is not on the curve.
    """
    if len(message) > LARGEST_MESSAGE_BYTES:
        raise ValueError(f"{len(message)} bytes do not fit into one record")
    sender_key = sender_key or ec.generate_private_key(CURVE)
    salt = salt or os.urandom(SALT_BYTES)
    sender_point = point_of(sender_key.public_key())
    shared = sender_key.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(CURVE, browser_key))
    content_key, nonce = content_keys(
        shared, browser_point=browser_key, sender_point=sender_point, secret=secret, salt=salt
    )
    # Delimiter 2: the last record, without padding. All messages of one kind have the same length anyway.
    sealed = AESGCM(content_key).encrypt(nonce, message + b"\x02", None)
    return salt + struct.pack("!LB", RECORD_BYTES, len(sender_point)) + sender_point + sealed


def content_keys(
    shared: bytes, *, browser_point: bytes, sender_point: bytes, secret: bytes, salt: bytes
) -> tuple[bytes, bytes]:
    """Derive the key and the nonce of the record from the shared ECDH secret (RFC 8291 3.4)."""
    info = b"WebPush: info\x00" + browser_point + sender_point
    input_key = _derive(shared, salt=secret, info=info, length=32)
    content_key = _derive(input_key, salt=salt, info=b"Content-Encoding: aes128gcm\x00", length=16)
    return content_key, _derive(input_key, salt=salt, info=b"Content-Encoding: nonce\x00", length=12)


def authorization(private: ec.EllipticCurvePrivateKey, *, audience: str, contact: str, now: datetime) -> str:
    """Return the header Authorization that names the sender to a push service (RFC 8292 3).

    Args:
        audience: Origin of the push service.
        contact: An https or mailto URL of the operator; empty: none is sent.
    """
    claims: dict[str, object] = {"aud": audience, "exp": int((now + TOKEN_LIFE).timestamp())}
    if contact:
        claims["sub"] = contact
    token = jwt.encode(claims, private, algorithm="ES256")
    return f"vapid t={token}, k={base64url(point_of(private.public_key()))}"


def base64url(value: bytes) -> str:
    """Encode bytes as base64url without padding."""
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def from_base64url(value: str) -> bytes:
    """Decode base64url, with or without padding.

    Raises:
        ValueError: The text is not base64url.
    """
    return base64.b64decode(value + "=" * (-len(value) % 4), altchars=b"-_", validate=True)


def _derive(key: bytes, *, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(algorithm=SHA256(), length=length, salt=salt, info=info).derive(key)
