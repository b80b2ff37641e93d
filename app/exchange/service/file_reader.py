"""Reading of a file as a table in a child process, within limits of time, memory and rows."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

from app.core.child_processes import ChildFailed, Children, Limits
from app.core.errors import Unavailable
from app.exchange.rules.faults import FileRefused
from app.exchange.rules.files.child import FACTS, unpack_rows
from app.exchange.rules.files.formats import format_of
from app.exchange.rules.files.table import Table

# Ordinary files need a tenth of these limits. The wait for the largest upload is shorter than the silence after which
# its run counts as dead (`import_requests.SILENCE_LIMIT`). WAIT_S allows for the start of the child on a busy machine.
CPU_S, CPU_S_PER_MB = 5, 1.5
WAIT_S, WAIT_FOR_CHILD_S = 60.0, 5.0
MEMORY, MEMORY_A_BYTE = 1 << 30, 20
ROWS_MOST = 5_000_000

READERS = Children("app.exchange.rules.files.child", most=4)


@contextmanager
def opened_table(path: Path, *, name: str | None = None, layer: str | None = None) -> Iterator[Table]:
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
        "rows_most": ROWS_MOST,
    }
    try:
        with READERS.take(WAIT_FOR_CHILD_S) as child:
            parts = child.ask(request, limits_of(path))
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


def limits_of(path: Path) -> Limits:
    """Return the limits of time and memory for the child process that reads this file.

    They grow with the size of the file.
    """
    size = path.stat().st_size if path.is_file() else 0
    cpu_s = CPU_S + int(CPU_S_PER_MB * size / 1_000_000)
    return Limits(cpu_s=cpu_s, wait_s=WAIT_S + cpu_s, memory=MEMORY + MEMORY_A_BYTE * size)


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
