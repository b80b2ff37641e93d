"""Responses with a file, or one byte range of it, without reading it into memory: granian reads the file itself."""

from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from flask import Response, request
from werkzeug.exceptions import RequestedRangeNotSatisfiable

FILE = "gridward.file"
_BLOCK_SIZE = 1 << 18


@dataclass(frozen=True, slots=True)
class Range:
    """A byte range of a representation of `size` bytes.

    `first` is the first byte of the range; `stop` is the byte after the last one.
    """

    first: int
    stop: int
    size: int

    @property
    def is_whole(self) -> bool:
        return (self.first, self.stop) == (0, self.size)

    @property
    def length(self) -> int:
        return self.stop - self.first

    def head(self, response: Response) -> None:
        """Set the range headers of a response."""
        response.headers["Accept-Ranges"] = "bytes"
        response.content_length = self.length
        if response.status_code == 206:
            response.headers["Content-Range"] = f"bytes {self.first}-{self.stop - 1}/{self.size}"


def requested_range(size: int, tag: str) -> tuple[Range, int]:
    """Return the requested byte range and 206, or the whole range and 200.

    Raises:
        RequestedRangeNotSatisfiable: The range is outside of the file (416).
    """
    is_unchanged = not request.if_range.etag or request.if_range.etag == tag
    requested = request.range if is_unchanged and not request.if_range.date else None
    if requested is None or requested.units != "bytes" or len(requested.ranges) != 1:
        return Range(0, size, size), 200
    bounds = requested.range_for_length(size)
    if bounds is None:
        raise RequestedRangeNotSatisfiable(size)
    return Range(*bounds, size), 206


@dataclass(frozen=True, slots=True)
class FilePart:
    """A part of an open file.

    `first` is the first byte of the part; `stop` is the byte after the last one. The file may have been deleted from its
    folder.
    """

    file: IO[bytes]
    first: int
    stop: int

    @property
    def path(self) -> str:
        """Return a path under which this process can open the file again while it is open."""
        return f"/proc/self/fd/{self.file.fileno()}"

    def read(self) -> Iterator[bytes]:
        """Yield the bytes, and close the file.

        Servers that cannot send a file by its path use this method.
        """
        with self.file:
            self.file.seek(self.first)
            remaining = self.stop - self.first
            while remaining and (chunk := self.file.read(min(_BLOCK_SIZE, remaining))):
                remaining -= len(chunk)
                yield chunk


def part_answer(part: FilePart, *, status: int, byte_range: Range, media: str) -> Response:
    """Return a response with bytes of a file, which are not read into memory, and close the file afterwards."""
    if request.method == "HEAD":
        part.file.close()
        response = Response(b"", status, content_type=media)
    else:
        response = Response(part.read(), status, content_type=media)
        request.environ[FILE] = part
    byte_range.head(response)
    return response


def file_answer(
    part: FilePart, *, status: int, byte_range: Range, media: str, name: str, sha256: str
) -> Response:
    """Return a download of bytes of a file, and close the file afterwards.

    The response forbids caches to store it.
    """
    response = part_answer(part, status=status, byte_range=byte_range, media=media)
    response.set_etag(sha256)
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["Repr-Digest"] = f"sha-256=:{b64encode(bytes.fromhex(sha256)).decode()}:"
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response
