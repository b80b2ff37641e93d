"""Adapter that runs a WSGI application (Flask) under RSGI.

Flask runs in a few threads, so that the event loop stays free for event streams. An incomplete body is answered 400 without
reaching Flask, so no view takes a part of a body for the whole. Only on `spooled` paths (resumable uploads) Flask gets the
bytes that came before the interruption.
"""

import asyncio
import io
import logging
import signal
import tempfile
import threading
from collections.abc import AsyncIterator, Awaitable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from flask import Flask
from werkzeug.exceptions import RequestEntityTooLarge

from app.core.metrics import IN_FLIGHT
from app.rsgi.admission import Admission
from app.rsgi.environ import wsgi_environ
from app.rsgi.files import FILE, FilePart
from app.rsgi.form_bytes import FormBytes, FormsFull, Holding
from app.rsgi.idle_connections import IdleConnections
from app.rsgi.refusals import Refusals
from app.rsgi.streams import STREAM, Stream, Streams
from app.rsgi.upload_locks import UploadLocks

log = logging.getLogger("gridward.server")

Answer = tuple[int, list[tuple[str, str]], bytes]
_PROBLEM = [("content-type", "application/problem+json")]
BODY_CUT: Answer = (400, _PROBLEM, b'{"status":400,"code":"body_cut"}')
BUSY: Answer = (503, [*_PROBLEM, ("retry-after", "1")], b'{"status":503,"code":"busy"}')
FORMS_BYTES = 200_000_000  # of all forms with files that a process holds at a time
# So long a sign-in waits for its turn.
TURN_SECONDS = 1.0
TOO_SLOW: Answer = (408, [*_PROBLEM, ("connection", "close")], b'{"status":408,"code":"body_too_slow"}')
# A body from which nothing came for so long is cut: phones lose the network without notice.
SILENCE_SECONDS = 60.0
# After that time a body has to come at this rate on average: a connection of 2G brings ten times as much.
MIN_BYTES_PER_SECOND = 100
SETTLE_SECONDS = 3  # so long somebody who asks about a body waits for what is on its way
# So long a file that granian answers with is kept open; it opens the file anew, at once, and reads on from there.
OPEN_SECONDS = 60
# Told to Flask: the disk was full before all of the body was written down.
SPOOL_FULL = "gridward.spool_full"


async def _paced_parts(protocol: Any, *, silence_seconds: float = SILENCE_SECONDS) -> AsyncIterator[bytes]:
    """Yield the parts of a request body.

    Raises:
        TimeoutError: No part came for `silence_seconds`, or the body is slower than MIN_BYTES_PER_SECOND.
    """
    loop = asyncio.get_running_loop()
    started_at, size = loop.time(), 0
    parts = aiter(protocol)
    while True:
        allowed = silence_seconds + size / MIN_BYTES_PER_SECOND - (loop.time() - started_at)
        try:
            part = await asyncio.wait_for(anext(parts), min(silence_seconds, max(allowed, 0)))
        except StopAsyncIteration:
            return
        size += len(part)
        yield part


class _TooLarge(io.RawIOBase):
    """A body that was not read because it is longer than the path allows. Reading it raises 413.

    Flask checks the length, too, but by its own limits. Where these are higher, Flask would otherwise read an empty body.
    """

    def readable(self) -> bool:
        return True

    def readinto(self, _buffer: Any) -> int:
        raise RequestEntityTooLarge


class Bridge:
    """A Flask application as a granian RSGI application.

    Args:
        admission: The threads of Flask.
        large: Limits of body bytes by the prefix of paths that have limits of their own.
        forms: Limits of forms with files by the prefix of paths that take such forms without a token.
        spooled: Limits of body bytes by the prefix of paths whose bodies are written to a file in the folder `spool`.
        sign_ins: Suffixes of paths at which an anonymous client makes the server hash a password. Such requests run only in the
            `sign_in_threads`, which run nothing else.
    """

    # Each parameter is a limit or a part that only some servers have.
    def __init__(  # noqa: PLR0913
        self,
        app: Flask,
        *,
        admission: Admission,
        body_limit: int,
        stop_notice_seconds: float,
        large: Mapping[str, int] | None = None,
        forms: Mapping[str, int] | None = None,
        forms_bytes: int = FORMS_BYTES,
        streams: Streams | None = None,
        spooled: Mapping[str, int] | None = None,
        spool: Path | None = None,
        idle: IdleConnections | None = None,
        sign_ins: tuple[str, ...] = (),
        sign_in_threads: int = 1,
        sign_in_wait_seconds: float = TURN_SECONDS,
        refusals: Refusals | None = None,
    ) -> None:
        self._app = app
        self._admission = admission
        self._body_limit = body_limit
        self._stop_notice_seconds = stop_notice_seconds
        self._large = dict(large or {})
        self._forms = FormBytes(dict(forms or {}), forms_bytes)
        self._streams = streams
        self._spooled = dict(spooled or {})
        self._spool_folder = spool
        self._upload_locks = UploadLocks(spool) if spool else None
        self._idle = idle
        self._draining: threading.Event = app.extensions["draining"]
        self._sign_ins = sign_ins
        self._sign_in_threads = sign_in_threads
        self._sign_in_pool: ThreadPoolExecutor | None = None
        self._sign_in_slots = asyncio.Semaphore(sign_in_threads)
        self._sign_in_wait_seconds = sign_in_wait_seconds
        self._refusals = refusals or Refusals()

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._admission.start(loop)
        self._sign_in_pool = ThreadPoolExecutor(self._sign_in_threads, thread_name_prefix="sign-in")
        self._announce_stops(loop)
        if self._streams is not None:
            self._streams.start(loop)
        if self._idle is not None:
            self._idle.start()

    def _announce_stops(self, loop: asyncio.AbstractEventLoop) -> None:
        """Delay granian's stop, during which /readyz answers 503, so that a load balancer can move to another server.

        granian waits until open requests end. Event streams never end by themselves, so they are closed after the delay. The
        process may get the signal twice, from the process group and from the parent. granian aborts open requests at a second
        signal, so only the first signal is passed on to granian.
        """
        granian_handlers: dict[int, Any] = dict(getattr(loop, "_signal_handlers", {}))

        def begin(granian_stop: Any) -> None:
            if not self._draining.is_set():
                self._draining.set()
                log.info("stopping: no longer ready")
                loop.call_later(self._stop_notice_seconds, end, granian_stop)

        def end(granian_stop: Any) -> None:
            if self._streams is not None:
                self._streams.close()
            granian_stop()

        for signum in (signal.SIGTERM, signal.SIGINT):
            if signum in granian_handlers:
                loop.add_signal_handler(signum, begin, granian_handlers[signum]._run)

    def __rsgi_del__(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._streams is not None:
            self._streams.stop()
        if self._idle is not None:
            self._idle.stop()
        self._admission.stop()
        if self._sign_in_pool is not None:
            self._sign_in_pool.shutdown(wait=True)

    async def __rsgi__(self, scope: Any, protocol: Any) -> None:
        IN_FLIGHT.inc()
        try:
            if self._refusals.has_none:
                stream_task = await self._answer(scope, protocol)
            else:
                stream_task = await self._answer_in_turn(scope, protocol)
        finally:
            IN_FLIGHT.dec()
        if stream_task is not None:
            await stream_task

    async def _answer_in_turn(self, scope: Any, protocol: Any) -> Awaitable[None] | None:
        refusal = self._refusals.repeated(scope)
        if refusal is not None:
            await self._refusals.pause()
            protocol.response_bytes(*refusal)
            return None
        async with self._refusals.turn(scope) as is_given:
            if is_given:
                return await self._answer(scope, protocol)
            protocol.response_bytes(*BUSY)
            return None

    async def _answer(self, scope: Any, protocol: Any) -> Awaitable[None] | None:
        """Answer a request.

        If the response is the head of a stream, return an awaitable that sends the rest.
        """
        if self._upload_locks and (max_bytes := self._spool_limit(scope)) is not None:
            if scope.method not in ("GET", "HEAD"):
                with self._upload_locks.arriving(scope.path):
                    await self._answer_spooled(scope, protocol, max_bytes)
                return None
            await self._upload_locks.settle(scope.path, SETTLE_SECONDS)
        if scope.method in ("GET", "HEAD"):
            return await self._run_in_thread(scope, protocol, wsgi_environ(scope, io.BytesIO(), 0))
        with self._forms.holding() as holding:
            try:
                body, size = await self._body(scope, protocol, holding)
            except TimeoutError:
                protocol.response_bytes(*TOO_SLOW)
                return None
            except FormsFull:
                protocol.response_bytes(*BUSY)
                return None
            if body is None:
                protocol.response_bytes(*BODY_CUT)
                return None
            environ = wsgi_environ(scope, body, size)
            if scope.method == "POST" and scope.path.endswith(self._sign_ins):
                return await self._answer_sign_in(scope, protocol, environ)
            return await self._run_in_thread(scope, protocol, environ)

    async def _answer_sign_in(
        self, scope: Any, protocol: Any, environ: dict[str, Any]
    ) -> Awaitable[None] | None:
        """Answer a sign-in in a thread for sign-ins, or 503 if none was free for a second."""
        try:
            async with asyncio.timeout(self._sign_in_wait_seconds):
                await self._sign_in_slots.acquire()
        except TimeoutError:
            protocol.response_bytes(*BUSY)
            return None
        try:
            return await self._run_in_thread(scope, protocol, environ, self._sign_in_pool)
        finally:
            self._sign_in_slots.release()

    async def _run_in_thread(
        self, scope: Any, protocol: Any, environ: dict[str, Any], pool: ThreadPoolExecutor | None = None
    ) -> Awaitable[None] | None:
        loop = asyncio.get_running_loop()
        admit = self._admission.run
        answer = loop.run_in_executor(pool, self._run, environ) if pool else admit(scope, environ, self._run)
        status, headers, content = await answer
        part: FilePart | None = environ.get(FILE)
        if part is not None and status in (200, 206):
            loop.call_later(OPEN_SECONDS, part.file.close)
            protocol.response_file_range(status, headers, part.path, part.first, part.stop)
            return None
        stream: Stream | None = environ.get(STREAM)
        if stream is not None and status == 200:
            headers = [(name, value) for name, value in headers if name != "content-length"]
            try:
                transport = protocol.response_stream(status, headers)
                return stream.run(transport.send_bytes, protocol.client_disconnect())
            except BaseException:
                stream.cancel()
                raise
        if stream is not None:
            stream.cancel()
        if status == 429 and self._refusals.note(scope, (status, headers, content)):
            await self._refusals.pause()
        protocol.response_bytes(status, headers, b"" if scope.method == "HEAD" else content)
        return None

    async def _answer_spooled(self, scope: Any, protocol: Any, max_bytes: int) -> None:
        try:
            file = tempfile.TemporaryFile(dir=self._spool_folder, buffering=0)  # noqa: SIM115 (closed below)
        except OSError as error:
            log.error("spool: %s", error.strerror)
            environ = wsgi_environ(scope, io.BytesIO(), 0) | {SPOOL_FULL: True}
            await self._run_in_thread(scope, protocol, environ)
            return
        with file:
            is_full = await self._spool(protocol, file, max_bytes)
            size = file.tell()
            file.seek(0)
            environ = wsgi_environ(scope, file, size) | {SPOOL_FULL: is_full}
            await self._run_in_thread(scope, protocol, environ)

    def _spool_limit(self, scope: Any) -> int | None:
        """Return the body limit of a spooled path; None: the body is not spooled.

        Only requests with a token are spooled.
        """
        if scope.headers.get("authorization"):
            for beginning, max_bytes in self._spooled.items():
                if scope.path.startswith(beginning):
                    return max_bytes
        return None

    async def _spool(self, protocol: Any, file: IO[bytes], max_bytes: int) -> bool:
        """Write the body to a file, up to `max_bytes`.

        Return True if the body could not be written because the disk is full.
        """
        with suppress(TimeoutError):
            async for part in _paced_parts(protocol):
                unwritten = memoryview(part)[: max_bytes - file.tell()]
                is_last = len(unwritten) < len(part)
                try:
                    while unwritten:
                        unwritten = unwritten[file.write(unwritten) :]
                except OSError as error:
                    log.error("spool: %s", error.strerror)
                    return True
                if is_last:
                    break
        return False

    async def _body(
        self, scope: Any, protocol: Any, holding: Holding
    ) -> tuple[IO[bytes] | _TooLarge | None, int]:
        """Return the body and its length; the body is None if it is incomplete.

        Reading stops as soon as the limit is exceeded.

        Raises:
            TimeoutError: The body comes too slowly.
            FormsFull: It is a form with files, and all of them together have too many bytes.
        """
        declared = scope.headers.get("content-length") or "0"
        form_limit = self._forms.limit_of(scope.path, scope.headers.get("content-type") or "")
        limit = form_limit or self._limit(scope)
        if declared.isdigit() and int(declared) > limit:
            return _TooLarge(), int(declared)
        parts: list[bytes] = []
        size = 0
        async for part in _paced_parts(protocol):
            parts.append(part)
            size += len(part)
            if size > limit:
                return _TooLarge(), size
            if form_limit:
                holding.add(len(part))
        if declared.isdigit() and size < int(declared):
            return None, size
        return io.BytesIO(b"".join(parts)), size

    def _limit(self, scope: Any) -> int:
        """Return the body limit of a request.

        A request without a token never has more than the common limit.
        """
        if scope.headers.get("authorization"):
            for beginning, limit in self._large.items():
                if scope.path.startswith(beginning):
                    return limit
        return self._body_limit

    def _run(self, environ: dict[str, Any]) -> Answer:
        status = 500
        response_headers: list[tuple[str, str]] = []

        def start_response(status_line: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            nonlocal status
            status = int(status_line.split(" ", 1)[0])
            response_headers[:] = [(name.lower(), value) for name, value in headers]
            return lambda data: None

        parts: Iterable[bytes] = self._app.wsgi_app(environ, start_response)
        try:
            # A file is not read here: it may be larger than memory.
            content = b"" if FILE in environ and status in (200, 206) else b"".join(parts)
        finally:
            close = getattr(parts, "close", None)
            if close is not None:
                close()
        return status, response_headers, content
