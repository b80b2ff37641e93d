"""Child processes for work that may hang, crash or use all memory: VROOM, GDAL, pictures, sound.

A child process starts at the first request and is reused for the next ones. It is killed if it takes too long, and ends by
itself if it is idle for long or the parent process ended. `app.core.child_program` is the program in the child.
"""

import atexit
import contextlib
import logging
import os
import selectors
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

log = logging.getLogger("gridward.children")

_BLOCK = 1 << 18
# A child decodes what strangers sent: it gets no address of the database, no key and no token from the environment.
_INHERITED = ("PATH", "LANG", "TZ", "TMPDIR", "LD_LIBRARY_PATH", "VIRTUAL_ENV", "PROJ_DATA", "GDAL_DATA")
_INHERITED_PREFIXES = ("LC_", "PYTHON")
# Numeric libraries reserve address space for each thread that they might start, and the limit counts it.
_ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "2"}


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of one request to a child process.

    Attributes:
        cpu_s: CPU seconds of the child.
        wait_s: Seconds that the caller waits in total.
        memory: Bytes of the child's address space.
    """

    cpu_s: int
    wait_s: float
    memory: int


class ChildFailed(Exception):
    """Raised when the child process gave no complete answer. `code` is the reason.

    `busy`: no child was free in time. `time_over`: it took too long or too much CPU. `memory_over`: it hit its memory
    limit. `child_refused`: its code raised an exception, named by `detail`. `child_ended`: it crashed or was killed.
    `child_missing`: it could not be started.
    """

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail


class Child:
    """One child process. Only one thread may use it at a time; `Children.take` ensures this."""

    def __init__(self, command: Sequence[str]) -> None:
        self.command = command
        self.process: subprocess.Popen[bytes] | None = None
        self._channel: socket.socket | None = None
        self._owner = 0
        self._buffer = b""

    def ask(self, request: Any, limits: Limits, files: Sequence[int] = ()) -> Generator[Any, None, None]:
        """Send a request to the child, and yield the parts of its answer as they arrive.

        The time that the caller spends between two parts does not count against the limits. If the caller does not read all
        parts, the child is killed.

        Args:
            files: File descriptors that the child may use.

        Raises:
            ChildFailed: The child gave no answer, or only a part of it.
        """
        envelope = {"memory": limits.memory, "cpu_s": limits.cpu_s, "request": request}
        clock = _Clock(limits.wait_s)
        is_over = False
        try:
            first_line = self._exchange(orjson.dumps(envelope) + b"\n", files, clock)
            part = orjson.loads(first_line)
            while part is not None:
                if isinstance(part, dict) and "fault" in part:
                    if part["fault"] == "MemoryError":
                        raise ChildFailed("memory_over")
                    is_over = self._read_line(clock) == b"null"
                    raise ChildFailed("child_refused", str(part["fault"]))
                yield part
                part = orjson.loads(self._read_line(clock))
            is_over = True
        except orjson.JSONDecodeError:
            raise ChildFailed("child_ended") from None
        finally:
            if not is_over:
                self.close()

    def close(self) -> None:
        """Kill the child process, whatever it is doing."""
        process, self.process = self.process, None
        channel, self._channel = self._channel, None
        self._buffer = b""
        if channel is not None:
            channel.close()
        if process is None or self._owner != os.getpid():
            return
        process.kill()
        process.wait()

    def _exchange(self, request: bytes, files: Sequence[int], clock: "_Clock") -> bytes:
        """Send the request and return the first line of the answer.

        If the child process has ended by itself or was killed since its last request, a new one is started for this request.
        """
        is_new = self._start()
        try:
            self._send(request, files, clock)
            return self._read_line(clock)
        except ChildFailed as failed:
            # Before it was needed it had been idle for too long, or somebody killed it. Its limits end it otherwise.
            if is_new or failed.code != "child_ended" or failed.detail not in ("0", f"{-signal.SIGKILL}"):
                raise
        self.close()
        self._start()
        self._send(request, files, clock)
        return self._read_line(clock)

    def _start(self) -> bool:
        """Start the child process unless it is running. Return True if it was started now.

        Raises:
            ChildFailed: `child_missing`: it cannot be started.
        """
        if self.process is not None and self._owner == os.getpid() and self.process.poll() is None:
            return False
        self.close()
        parent_end, child_end = socket.socketpair()
        try:
            self.process = subprocess.Popen(
                self.command,
                stdin=child_end.fileno(),
                stdout=child_end.fileno(),
                stderr=subprocess.DEVNULL,
                env=_environment(),
            )
        except OSError as error:
            parent_end.close()
            log.warning("no child process", extra={"fields": {"fault": type(error).__name__}})
            raise ChildFailed("child_missing") from None
        finally:
            child_end.close()
        parent_end.setblocking(False)
        self._channel, self._owner = parent_end, os.getpid()
        return True

    def _send(self, request: bytes, files: Sequence[int], clock: "_Clock") -> None:
        assert self._channel is not None
        unsent = memoryview(request)
        waiting_files = list(files)
        while unsent:
            self._wait(selectors.EVENT_WRITE, clock)
            try:
                if waiting_files:
                    unsent = unsent[socket.send_fds(self._channel, [unsent], waiting_files) :]
                    waiting_files = []
                else:
                    unsent = unsent[self._channel.send(unsent) :]
            except BlockingIOError:
                continue
            except (BrokenPipeError, ConnectionResetError):
                raise self._ended() from None

    def _read_line(self, clock: "_Clock") -> bytes:
        assert self._channel is not None
        parts = [self._buffer]
        while b"\n" not in parts[-1]:
            self._wait(selectors.EVENT_READ, clock)
            try:
                part = self._channel.recv(_BLOCK)
            except BlockingIOError:
                continue
            except ConnectionResetError:
                raise self._ended() from None
            if not part:
                raise self._ended()
            parts.append(part)
        answer_line, _, self._buffer = b"".join(parts).partition(b"\n")
        return answer_line

    def _wait(self, event: int, clock: "_Clock") -> None:
        assert self._channel is not None
        with selectors.DefaultSelector() as selector:
            selector.register(self._channel, event)
            with clock:
                if not selector.select(clock.left):
                    raise ChildFailed("time_over")

    def _ended(self) -> ChildFailed:
        """Return the error for a child process that has ended, by its exit status.

        The child has closed its side of the channel, so the process ends at once.
        """
        assert self.process is not None
        try:
            status = self.process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            return ChildFailed("child_ended")
        if status == -signal.SIGXCPU:
            return ChildFailed("time_over")
        return ChildFailed("child_ended", str(status))


class Children:
    """A pool of child processes of one program; `most` is their maximum number."""

    def __init__(self, program: str | Sequence[str], *, most: int) -> None:
        self.command = (sys.executable, "-m", program) if isinstance(program, str) else tuple(program)
        self.idle: list[Child] = []
        self._slots = threading.BoundedSemaphore(most)
        self._lock = threading.Lock()
        atexit.register(self.close)

    @contextlib.contextmanager
    def take(self, wait_s: float) -> Iterator[Child]:
        """Yield a child process of the pool, for this caller only.

        Raises:
            ChildFailed: `busy`: none is free within `wait_s` seconds.
        """
        if not self._slots.acquire(timeout=max(0.0, wait_s)):
            raise ChildFailed("busy")
        try:
            with self._lock:
                child = self.idle.pop() if self.idle else Child(self.command)
            try:
                yield child
            finally:
                with self._lock:
                    self.idle.append(child)
        finally:
            self._slots.release()

    def close(self) -> None:
        """Kill the idle child processes of the pool."""
        with self._lock:
            idle, self.idle = self.idle, []
        for child in idle:
            child.close()


class _Clock:
    """The time that is left of a time limit; only the time inside `with` blocks is subtracted.

    Raises:
        ChildFailed: `time_over`: no time is left when a block begins.
    """

    def __init__(self, seconds: float) -> None:
        self.left = seconds
        self._started_at = 0.0

    def __enter__(self) -> None:
        self._started_at = time.monotonic()
        if self.left <= 0:
            raise ChildFailed("time_over")

    def __exit__(self, *_: object) -> None:
        self.left -= time.monotonic() - self._started_at


def _environment() -> dict[str, str]:
    inherited = {
        name: value
        for name, value in os.environ.items()
        if name in _INHERITED or name.startswith(_INHERITED_PREFIXES)
    }
    return inherited | _ONE_THREAD
