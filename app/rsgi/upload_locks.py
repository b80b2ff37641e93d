"""Locks that show which uploads are in progress, in all processes of this machine.

A phone whose connection broke asks at once how many bytes the server has. The server may not have counted the last bytes at
this moment, so the answer waits until they are counted. Else the phone would send bytes again that are already stored. An error
in these locks causes no other harm than such repeated bytes.
"""

import asyncio
import contextlib
import fcntl
import hashlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import IO

_POLL_SECONDS = 0.02


class UploadLocks:
    """Locks of uploads by path. Each process has one, for the thread of its event loop.

    A lock is also a lock on a byte of a file that all processes share, so each process sees the locks of the others.
    """

    def __init__(self, folder: Path) -> None:
        self._file: IO[bytes] = (folder / "underway").open("a+b")
        self._local_counts: Counter[int] = Counter()

    @contextlib.contextmanager
    def arriving(self, path: str) -> Iterator[None]:
        """Mark a request body for this path as in progress while the block runs."""
        offset = _lock_offset(path)
        self._local_counts[offset] += 1
        if self._local_counts[offset] == 1:
            self._lock(offset, fcntl.LOCK_SH)
        try:
            yield
        finally:
            self._local_counts[offset] -= 1
            if not self._local_counts[offset]:
                del self._local_counts[offset]
                self._lock(offset, fcntl.LOCK_UN)

    async def settle(self, path: str, seconds: float) -> None:
        """Wait until no request body for this path is in progress, at most `seconds`."""
        offset = _lock_offset(path)
        for _ in range(round(seconds / _POLL_SECONDS)):
            if not self._local_counts[offset] and self._lock(offset, fcntl.LOCK_EX):
                self._lock(offset, fcntl.LOCK_UN)
                return
            await asyncio.sleep(_POLL_SECONDS)

    def _lock(self, offset: int, kind: int) -> bool:
        try:
            fcntl.lockf(self._file, kind | (0 if kind == fcntl.LOCK_UN else fcntl.LOCK_NB), 1, offset)
        except OSError:
            return False
        return True


def _lock_offset(path: str) -> int:
    return int.from_bytes(hashlib.blake2b(path.encode(), digest_size=7).digest(), "big")
