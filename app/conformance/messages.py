"""HTTP/1.1 messages read from a socket, with their original bytes and their decoded body."""

import gzip
import zlib
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, BinaryIO
from urllib.parse import parse_qs, urlsplit

import orjson

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
NO_BODY_STATUSES = (204, 304)


@dataclass(frozen=True)
class Message:
    """A request or a response.

    Attributes:
        head: Start line and header fields as received.
        raw_body: Body as received, with chunk sizes.
        body: Body without chunk sizes.
    """

    head: bytes
    raw_body: bytes
    body: bytes

    @property
    def raw(self) -> bytes:
        return self.head + self.raw_body

    @cached_property
    def start(self) -> list[str]:
        return self.head.split(b"\r\n", 1)[0].decode("latin-1").split(" ", 2)

    @cached_property
    def headers(self) -> dict[str, str]:
        """Header fields by their lower-case names."""
        return _headers(self.head)

    @property
    def method(self) -> str:
        return self.start[0]

    @property
    def target(self) -> str:
        return self.start[1]

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, str]:
        return {name: values[-1] for name, values in parse_qs(urlsplit(self.target).query).items()}

    @property
    def status(self) -> int:
        return int(self.start[1])

    @property
    def is_last(self) -> bool:
        """True if the sender closes the connection after this message."""
        has_end = "content-length" in self.headers or "transfer-encoding" in self.headers
        is_open_ended = self.start[0].startswith("HTTP/") and not has_end and bool(self.raw_body)
        return self.headers.get("connection", "").lower() == "close" or is_open_ended

    def json(self) -> Any:
        """Return the decoded body, or None if it is not JSON."""
        body = self.body
        try:
            if self.headers.get("content-encoding", "").lower() == "gzip":
                body = gzip.decompress(body)
            return orjson.loads(body)
        except (orjson.JSONDecodeError, OSError, EOFError, zlib.error):
            return None

    def with_header(self, name: str, value: str | None) -> "Message":
        """Return a copy with a header field replaced, or removed if `value` is None."""
        first, *fields = self.head.rstrip(b"\r\n").split(b"\r\n")
        fields = [field for field in fields if _name(field) != name.lower()]
        if value is not None:
            fields.append(f"{name}: {value}".encode("latin-1"))
        return replace(self, head=b"\r\n".join((first, *fields)) + b"\r\n\r\n")


def read_request(source: BinaryIO, *, on_expect: Any = None) -> Message | None:
    """Read the next request of a connection, or return None at the end of the connection.

    Args:
        on_expect: Called if the client waits for `100 Continue` before it sends the body.

    Raises:
        ConnectionError: The connection ended within the message.
    """
    head = _read_head(source)
    if head is None:
        return None
    headers = _headers(head)
    message = Message(head, b"", b"")
    if headers.get("expect", "").lower() == "100-continue":
        if on_expect is not None:
            on_expect()
        message = message.with_header("Expect", None)
    raw_body, body = _read_body(source, headers, is_to_end=False)
    return replace(message, raw_body=raw_body, body=body)


def read_response(source: BinaryIO, *, method: str = "GET") -> Message | None:
    """Read the response to a request, or return None if the connection ended before it.

    `method` is the method of the request; it is needed because the response to HEAD has no body.

    Raises:
        ConnectionError: The connection ended within the message.
    """
    while True:
        head = _read_head(source)
        if head is None:
            return None
        status = int(head.split(b" ", 2)[1])
        if status >= 200:
            break
    if method == "HEAD" or status in NO_BODY_STATUSES:
        return Message(head, b"", b"")
    raw_body, body = _read_body(source, _headers(head), is_to_end=True)
    return Message(head, raw_body, body)


def response(status: str, content_type: str, body: bytes, **headers: str) -> bytes:
    """Return the bytes of a response. Underscores in the names of `headers` become hyphens."""
    fields = {"Content-Type": content_type, "Content-Length": str(len(body)), "Cache-Control": "no-store"}
    fields |= {name.replace("_", "-"): value for name, value in headers.items()}
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"HTTP/1.1 {status}\r\n{head}\r\n".encode("latin-1") + body


def _name(header: bytes) -> str:
    return header.partition(b":")[0].strip().lower().decode("latin-1")


def _headers(head: bytes) -> dict[str, str]:
    fields = head.rstrip(b"\r\n").split(b"\r\n")[1:]
    return {_name(field): field.partition(b":")[2].strip().decode("latin-1") for field in fields}


def _read_head(source: BinaryIO) -> bytes | None:
    head = source.readline()
    if not head:
        return None
    while not head.endswith(b"\r\n\r\n"):
        header = source.readline()
        if not header:
            raise ConnectionError("ended within the head")
        head += header
    return head


def _read_body(source: BinaryIO, headers: dict[str, str], *, is_to_end: bool) -> tuple[bytes, bytes]:
    """Return the body as received, with chunk sizes, and the body without them."""
    if headers.get("transfer-encoding", "").lower() == "chunked":
        return _read_chunks(source)
    if "content-length" in headers:
        body = _read_exactly(source, int(headers["content-length"]))
    else:
        body = source.read() if is_to_end else b""
    return body, body


def _read_chunks(source: BinaryIO) -> tuple[bytes, bytes]:
    raw, body = [], []
    while True:
        size_line = source.readline()
        if not size_line:
            raise ConnectionError("ended within the body")
        raw.append(size_line)
        size = int(size_line.split(b";")[0], 16)
        if size == 0:
            break
        chunk = _read_exactly(source, size + 2)
        raw.append(chunk)
        body.append(chunk[:-2])
    while (trailer := source.readline()) not in (b"\r\n", b""):
        raw.append(trailer)
    return b"".join((*raw, b"\r\n")), b"".join(body)


def _read_exactly(source: BinaryIO, size: int) -> bytes:
    data = source.read(size)
    if len(data) < size:
        raise ConnectionError("ended within the body")
    return data
