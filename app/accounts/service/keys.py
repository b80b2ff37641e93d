"""The file of the signing key. It is created at first use, and only its owner can read it."""

from functools import lru_cache
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.accounts.rules.tokens import Keys
from app.core.key_files import read_or_create_key


@lru_cache
def keys_of(path: Path) -> Keys:
    """Return the keys derived from the key file, and create the file if it is missing.

    The keys are cached.
    """
    private = read_or_create_key(path, Ed25519PrivateKey.generate)
    if not isinstance(private, Ed25519PrivateKey):
        raise ValueError(f"{path} does not hold an Ed25519 key")
    return Keys.of(private)


@lru_cache
def derived_key(path: Path, purpose: str) -> bytes:
    """Return a key for a purpose other than sign-in, derived from the key in the file."""
    return keys_of(path).derived(purpose)
