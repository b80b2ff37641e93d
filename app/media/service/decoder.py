"""Decoding of pictures and sound in a child process, with limits of time and memory."""

from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any, Self

from app.core.child_processes import ChildFailed, Children, Limits
from app.core.errors import Unavailable
from app.media.rules import file_types

# Re-encoding a picture of 40 megapixels takes four seconds of a slow machine, and 350 MB.
CPU_S, CPU_S_A_MEGAPIXEL = 20, 1
WAIT_S, WAIT_FOR_CHILD_S = 60.0, 60.0
REDACTION_CPU_S = 5
MEMORY, MEMORY_A_PIXEL, MEMORY_A_BYTE = 512 << 20, 24, 4

_BROKEN = {"photo": "picture_broken", "voice": "voice_broken", "document": "document_broken"}
DECODERS = Children("app.media.rules.media_child", most=2)


class Refused(ValueError):
    """Raised for a file that is not an acceptable picture or sound. `args[0]` is the code."""


class Cleaned:
    """Temporary files for the clean bytes and the thumbnails.

    The files have no name in the file system and are deleted when the context ends.
    """

    def __init__(self, folder: Path, thumbnails: Iterable[str]) -> None:
        self._files = ExitStack()
        self.content = self._file(folder)
        self.thumbnails = {name: self._file(folder) for name in thumbnails}
        self.facts: dict[str, Any] = {}

    def _file(self, folder: Path) -> IO[bytes]:
        return self._files.enter_context(TemporaryFile(dir=folder))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._files.close()


def decode(upload: IO[bytes], cleaned: Cleaned, *, type: str, size: int, megapixels: int) -> None:
    """Write the clean file and its thumbnails into the files of `cleaned`.

    Raises:
        Refused: The file is broken, or needs more time or memory than allowed (`too_costly`).
        Unavailable: No child process became free in time.
    """
    is_picture = type in file_types.PHOTOS
    cpu_s = CPU_S + (CPU_S_A_MEGAPIXEL * megapixels if is_picture else 0)
    pixels_max = megapixels * 1_000_000
    limits = Limits(
        cpu_s=cpu_s,
        wait_s=WAIT_S + 2 * cpu_s,
        memory=MEMORY + MEMORY_A_BYTE * size + (MEMORY_A_PIXEL * pixels_max if is_picture else 0),
    )
    files = (upload, cleaned.content, *cleaned.thumbnails.values())
    broken = _BROKEN[file_types.family_of(type)]
    cleaned.facts = _answer({"type": type, "pixels_max": pixels_max}, limits, files, broken=broken)


def redact(thumbnail: IO[bytes], copy: IO[bytes], *, boxes: Sequence[Sequence[float]], size: int) -> None:
    """Write a thumbnail again into `copy`, with black boxes.

    Args:
        boxes: Left, top, width and height of each, as shares of the width and height of the picture.

    Raises:
        Refused: The thumbnail is broken, or needs more time or memory than allowed.
        Unavailable: No child process became free in time.
    """
    pixels_max = 4 * file_types.THUMBNAILS["large"] ** 2
    memory = MEMORY + MEMORY_A_BYTE * size + MEMORY_A_PIXEL * pixels_max
    request = {"boxes": [list(box) for box in boxes], "pixels_max": pixels_max}
    limits = Limits(cpu_s=REDACTION_CPU_S, wait_s=3.0 * REDACTION_CPU_S, memory=memory)
    _answer(request, limits, (thumbnail, copy), broken="picture_broken")


def _answer(
    request: dict[str, Any], limits: Limits, files: Iterable[IO[bytes]], *, broken: str
) -> dict[str, Any]:
    """Return the response of a child process. `broken`: code of the refusal if the child fails on the file."""
    opened = list(files)
    opened[0].flush()
    try:
        answer = _ask_child(request, limits, [file.fileno() for file in opened])
    except ChildFailed as failed:
        if failed.code in ("busy", "child_missing"):
            raise Unavailable("media_busy", retry_after_s=30) from None
        if failed.code in ("time_over", "memory_over"):
            raise Refused("too_costly") from None
        raise Refused(broken) from None
    if "refused" in answer:
        raise Refused(answer["refused"])
    return answer


def _ask_child(request: dict[str, Any], limits: Limits, files: list[int]) -> dict[str, Any]:
    """Send a request to a child process and return its response.

    If the child crashed or was killed, the request is sent once more to a new child, because the file may not be the cause.
    """
    with DECODERS.take(WAIT_FOR_CHILD_S) as child:
        try:
            (answer,) = child.ask(request, limits, files)
        except ChildFailed as failed:
            if failed.code != "child_ended":
                raise
            (answer,) = child.ask(request, limits, files)
    outcome: dict[str, Any] = answer
    return outcome
