"""Passwords: hash and verify them (argon2id), check their strength, and generate them.

The number of concurrent hashings in a process is limited.
"""

import secrets
import threading
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from app.accounts.rules.password_strength import guessable
from app.core.errors import Unavailable, invalid_field
from app.settings import Settings

WAIT_S = 1.0
RETRY_AFTER_S = 1
# Without letters and digits that look or sound alike, as one-time passwords are read out.
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"


@dataclass(frozen=True, slots=True)
class StoredPassword:
    """A password in the form in which it is stored.

    Attributes:
        expires_at: Instant from which the password is refused; None: it never expires.
    """

    hash: str
    must_change: bool = False
    expires_at: datetime | None = None


def hash_password(password: str, settings: Settings) -> str:
    """Return the argon2id hash of a password.

    Hashing is slow. Call it once if many accounts get the same password.
    """
    with _hashing_slot(settings):
        return _hasher(settings.argon2_time_cost, settings.argon2_memory_kib).hash(_bytes(password))


def verify_password(password: str, password_hash: str | None, settings: Settings) -> bool:
    """Return True if the password matches the hash.

    If there is no hash, because the user name is unknown, the function takes the same time and returns False.
    """
    stored = password_hash or dummy_hash(settings)
    with _hashing_slot(settings):
        try:
            _hasher(settings.argon2_time_cost, settings.argon2_memory_kib).verify(stored, _bytes(password))
        except (VerificationError, InvalidHashError):
            return False
    return password_hash is not None


def require_hard_to_guess(password: str, own_words: Iterable[str], *, field: str) -> None:
    """Refuse a new password that is common, a regular pattern, or made of the account's words.

    Args:
        own_words: Words that are easy to guess for this account: user name, name and places.
        field: Name of the request's member that the error names.

    Raises:
        Invalid: `field` with `password_common`, `password_pattern` or `password_of_own_words`.
    """
    if reason := guessable(password, own_words):
        raise invalid_field(field, reason)


def one_time_password() -> str:
    """Generate a random one-time password of three groups of four characters."""
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(4)) for _ in range(3))


def dummy_hash(settings: Settings) -> str:
    """Return a cached hash of a random password.

    A sign-in with an unknown user name is verified with this hash, so that it takes the same time as any other.
    """
    return _dummy_hash(settings.argon2_time_cost, settings.argon2_memory_kib)


@lru_cache
def _dummy_hash(time_cost: int, memory_kib: int) -> str:
    return _hasher(time_cost, memory_kib).hash(secrets.token_bytes(32))


@lru_cache
def _hasher(time_cost: int, memory_kib: int) -> PasswordHasher:
    return PasswordHasher(time_cost=time_cost, memory_cost=memory_kib, parallelism=1)


@contextmanager
def _hashing_slot(settings: Settings) -> Iterator[None]:
    """Wait at most `WAIT_S` seconds for a hashing slot, and hold it during the `with` block.

    There are fewer slots than threads. Otherwise sign-ins could occupy all threads and block requests that need no hashing.

    Raises:
        Unavailable: No slot became free in time.
    """
    slots = _hashing_slots(settings.password_places)
    if not slots.acquire(timeout=WAIT_S):
        raise Unavailable("busy", retry_after_s=RETRY_AFTER_S)
    try:
        yield
    finally:
        slots.release()


@lru_cache
def _hashing_slots(limit: int) -> threading.BoundedSemaphore:
    return threading.BoundedSemaphore(limit)


def _bytes(password: str) -> bytes:
    return unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")
