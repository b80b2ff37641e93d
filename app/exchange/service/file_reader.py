"""Reading of a file as a table in a child process, within limits of time, memory and rows."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from app.core.child_processes import ChildFailed, Children, Limits
from app.core.errors import Unavailable
from app.exchange.rules.faults import FileRefused
from app.exchange.rules.files.child import FACTS, unpack_rows
from app.exchange.rules.files.formats import format_of
from app.exchange.rules.files.table import Table

WAIT_FOR_CHILD_S = 5.0


@dataclass(frozen=True, slots=True)
class FileLimits:
    """Limits of the reading of one file. They grow with its size; ordinary files need a tenth of them.

    The wait for the largest upload is shorter than the silence after which its run counts as dead
    (`import_requests.SILENCE_LIMIT`). `wait_s` allows for the start of the child on a busy machine.
    """

    cpu_s: int = 5
    cpu_s_per_mb: float = 1.5
    wait_s: float = 60.0
    memory_bytes: int = 1 << 30
    memory_per_byte: int = 20
    rows_most: int = 5_000_000

    def of_file(self, path: Path) -> Limits:
        """Return the limits of time and memory for the child process that reads this file."""
        size = path.stat().st_size if path.is_file() else 0
        cpu_s = self.cpu_s + int(self.cpu_s_per_mb * size / 1_000_000)
        memory = self.memory_bytes + self.memory_per_byte * size
        return Limits(cpu_s=cpu_s, wait_s=self.wait_s + cpu_s, memory=memory)


FILE_LIMITS = FileLimits()
READERS = Children("app.exchange.rules.files.child", most=4)


@contextmanager
def opened_table(
    path: Path, *, name: str | None = None, layer: str | None = None, limits: FileLimits = FILE_LIMITS
) -> Iterator[Table]:
    """Open a file as a table. The extension of its name determines the format.

    Rows are read only when the caller needs them.

    Raises:
        FileRefused: The content does not have this format, or exceeds a limit. Also raised while rows are read.
        Unavailable: All child processes are busy with other files.
    """
    format_of(name or path.name)
    request = {
        "path": str(path.resolve()),
        "name": name or path.name,
        "layer": layer,
        "rows_most": limits.rows_most,
    }
    try:
        with READERS.take(WAIT_FOR_CHILD_S) as child:
            parts = child.ask(request, limits.of_file(path))
            try:
                first = next(parts, None)
                if first is None:
                    raise ChildFailed("child_ended")
                _raise_if_refused(first, parts)
                facts = first["table"]
                yield Table(
                    header=facts["header"], rows=_rows(parts), **{fact: facts[fact] for fact in FACTS}
                )
            finally:
                parts.close()
    except ChildFailed as failed:
        _refuse(failed)


def _rows(parts: Iterator[Any]) -> Iterator[Any]:
    try:
        for part in parts:
            _raise_if_refused(part, parts)
            yield from unpack_rows(part)
    except ChildFailed as failed:
        _refuse(failed)


def _raise_if_refused(part: dict[str, Any], parts: Iterator[Any]) -> None:
    if "refused" in part:
        for _ in parts:
            pass  # a child whose answer was read to the end is reused for the next file
        raise FileRefused(part["refused"], **part["params"])


def _refuse(failed: ChildFailed) -> NoReturn:
    match failed.code:
        case "busy" | "child_missing":
            raise Unavailable("import_busy", retry_after_s=10) from None
        case "time_over" | "memory_over":
            raise FileRefused("file_too_costly") from None
        case "child_refused":
            raise FileRefused("file_unreadable", reason=failed.detail) from None
    raise FileRefused("file_reader_ended") from None
