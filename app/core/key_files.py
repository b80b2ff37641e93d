"""Files of private keys. A file is created at first use, and only its owner can read it."""

import contextlib
import os
import secrets
from collections.abc import Callable
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)


def read_or_create_key(path: Path, generate: Callable[[], PrivateKeyTypes]) -> PrivateKeyTypes:
    """Return the private key in the file. If the file is missing, create it with a new key."""
    if not path.exists():
        _write_new_key(path, generate())
    return load_pem_private_key(path.read_bytes(), password=None)


def _write_new_key(path: Path, private: PrivateKeyTypes) -> None:
    """Write a new key to `path`, unless another process has created the file meanwhile.

    The key is written to a temporary file, which is then hard-linked to `path`. Other processes never read an incomplete file.
    If several processes start at once, the first link wins and all of them use its key.
    """
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
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
