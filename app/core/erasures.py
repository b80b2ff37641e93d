"""The ledger of erasures: ids of erased persons' data, stored outside the database.

A restored dump would bring erased data back; with the ledger they can be erased again. It is a folder
(`GRIDWARD_ERASURE_LEDGER`) of append-only files with one JSON object a line: kind, id and instant. Each process writes a file
of its own and readers read all of them, so several machines may share the folder without locks. A line that a crash cut off
is the last one of its file.

A use case appends its lines directly before it commits. After a crash between the two steps, the ledger has an id whose data is
still in the database. A replay of the ledger then erases this data, as an authorised person had requested. If the lines were
appended after the commit, the ledger could lack an erasure that was already acknowledged.
"""

import os
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

import orjson

from app.core.errors import Unavailable
from app.core.ids import uuid7

RESIDENT, REPORTER = "resident", "reporter"
KINDS = (RESIDENT, REPORTER)
_SUFFIX = ".jsonl"


@dataclass(frozen=True, slots=True)
class Entries:
    """Content of the ledger.

    Attributes:
        ids: Ids of erased rows by kind.
        damaged: Positions of unreadable lines (`file:line`).
    """

    ids: Mapping[str, frozenset[UUID]]
    damaged: tuple[str, ...]


class Ledger:
    """The ledger in a folder; without a folder nothing is stored.

    Threads may share it, and child processes may inherit it by fork.
    """

    def __init__(self, folder: str) -> None:
        self._folder = Path(folder) if folder else None
        self._lock = threading.Lock()
        self._file: tuple[int, Path] | None = None

    def add(self, kind: str, ids: Sequence[UUID], *, at: datetime) -> None:
        """Append erasures of rows of one kind, durably. Call this directly before the commit.

        Raises:
            Unavailable: The folder cannot be written. The caller must then erase nothing.
        """
        if self._folder is None or not ids:
            return
        lines = b"".join(
            orjson.dumps({"kind": kind, "id": row_id, "at": at}, option=orjson.OPT_APPEND_NEWLINE)
            for row_id in ids
        )
        with self._lock:
            try:
                self._append(self._folder, lines)
            except OSError as error:
                # What was written of a line stays the last of its file.
                self._file = None
                raise Unavailable("erasure_ledger_unavailable", retry_after_s=60) from error

    @property
    def is_kept(self) -> bool:
        return self._folder is not None

    def read(self, *, before: datetime | None = None) -> Entries:
        """Return the content of all files, without entries at or after `before`.

        Raises:
            OSError: The folder cannot be read.
        """
        ids_by_kind: dict[str, set[UUID]] = {kind: set() for kind in KINDS}
        damaged = []
        for path in sorted(self._folder.iterdir()) if self._folder else ():
            if path.suffix != _SUFFIX:
                continue
            with path.open("rb") as lines:
                for number, entry_line in enumerate(lines, 1):
                    if not _add_entry(entry_line, ids_by_kind, before) and entry_line.endswith(b"\n"):
                        damaged.append(f"{path.name}:{number}")
        return Entries({kind: frozenset(ids) for kind, ids in ids_by_kind.items()}, tuple(damaged))

    def fault(self) -> str | None:
        """Return a short text on why the ledger cannot be used, or None if it can."""
        if self._folder is None:
            return "GRIDWARD_ERASURE_LEDGER is not set"
        if not self._folder.is_dir():
            return f"{self._folder} is no folder"
        if not os.access(self._folder, os.R_OK | os.W_OK | os.X_OK):
            return f"{self._folder} cannot be written"
        return None

    def _append(self, folder: Path, lines: bytes) -> None:
        if self._file is None or self._file[0] != os.getpid():
            self._file = (os.getpid(), folder / f"{uuid7()}{_SUFFIX}")
        path = self._file[1]
        is_new = not path.exists()
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            unwritten = memoryview(lines)
            while unwritten:
                unwritten = unwritten[os.write(descriptor, unwritten) :]
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        if is_new:
            _sync_folder(folder)


NO_LEDGER = Ledger("")


def _sync_folder(folder: Path) -> None:
    """Flush the folder to disk, so that the name of a new file is durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _add_entry(entry_line: bytes, ids_by_kind: dict[str, set[UUID]], before: datetime | None) -> bool:
    """Add the entry of a line to `ids_by_kind`. Return False if the line cannot be read."""
    try:
        entry = orjson.loads(entry_line)
        ids, row_id, at = ids_by_kind[entry["kind"]], UUID(entry["id"]), datetime.fromisoformat(entry["at"])
        if before is None or at < before:
            ids.add(row_id)
    except (ValueError, KeyError, TypeError, AttributeError):
        return False
    return True


def chunks(ids: Iterable[UUID], size: int) -> Iterable[list[UUID]]:
    """Split ids into sorted lists of at most `size` ids."""
    ordered = sorted(ids)
    return (ordered[start : start + size] for start in range(0, len(ordered), size))
