"""The file of the signing key. It is created at first use, and only its owner can read it."""

import contextlib
import os
import secrets
from functools import lru_cache
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from app.accounts.rules.tokens import Keys


@lru_cache
def keys_of(path: Path) -> Keys:
    """Return the keys derived from the key file, and create the file if it is missing.

    The keys are cached.
    """
    if not path.exists():
        _write_new_key(path)
    private = load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(private, Ed25519PrivateKey):
        raise ValueError(f"{path} does not hold an Ed25519 key")
    return Keys.of(private)


@lru_cache
def derived_key(path: Path, purpose: str) -> bytes:
    """Return a key for a purpose other than sign-in, derived from the key in the file."""
    return keys_of(path).derived(purpose)


def _write_new_key(path: Path) -> None:
    """Write a new key to `path`, unless another process has created the file meanwhile.

    The key is written to a temporary file, which is then hard-linked to `path`. Other processes never read an incomplete file.
    If several processes start at once, the first link wins and all of them use its key.
    """
    pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(pem)
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink()
