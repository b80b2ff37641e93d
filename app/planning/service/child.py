"""The child process of VROOM: begun when first needed, asked a problem at a time, killed when it takes too long.

It ends by itself when nobody has asked it for a while, and when this process is gone.
"""

import atexit
import contextlib
import json
import logging
import os
import selectors
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from typing import Any

log = logging.getLogger("gridward.planning")

COMMAND = (sys.executable, "-m", "app.planning.rules.vroom_child")


class _Over(Exception):
    """The child will not answer: why."""


class Child:
    """One at a time asks it; others wait, at most as long as they would wait for an answer."""

    def __init__(self, command: Sequence[str] = COMMAND) -> None:
        self.command = command
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._owner = 0
        self._rest = b""

    def ask(
        self, problems: Sequence[dict[str, Any]], seconds: float
    ) -> tuple[list[dict[str, Any] | None], str | None]:
        """The answer to each problem (None: none came), and why answers are missing."""
        answers: list[dict[str, Any] | None] = [None] * len(problems)
        if not problems:
            return answers, None
        until = time.monotonic() + seconds
        if not self._lock.acquire(timeout=seconds):
            return answers, "busy"
        fault = None
        try:
            for number, problem in enumerate(problems):
                try:
                    answers[number] = self._answer(json.dumps(problem).encode() + b"\n", until)
                except _Over as over:
                    # Whatever ended the child, the next problem is another one.
                    fault = fault or str(over)
                    self.close()
        finally:
            self._lock.release()
        return answers, fault

    def close(self) -> None:
        """End it, whatever it does."""
        process, self._process, self._rest = self._process, None, b""
        if process is None or self._owner != os.getpid():
            return
        process.kill()
        with contextlib.suppress(BrokenPipeError):  # what it was not yet told
            process.__exit__(None, None, None)

    def _answer(self, problem: bytes, until: float) -> dict[str, Any]:
        if time.monotonic() >= until:
            raise _Over("time_over")
        is_new = self._begin()
        try:
            line = self._exchange(problem, until)
        except _Over as over:
            if is_new or str(over) != "child_ended":
                raise
            # It had ended since it was last asked.
            self.close()
            self._begin()
            line = self._exchange(problem, until)
        try:
            answer = json.loads(line)
        except ValueError:
            raise _Over("child_ended") from None
        if not isinstance(answer, dict) or not {"order", "fault"} & answer.keys():
            raise _Over("child_ended")
        return answer

    def _begin(self) -> bool:
        """Whether a new process had to be begun."""
        if self._process is not None and self._owner == os.getpid() and self._process.poll() is None:
            return False
        self.close()
        try:
            process = subprocess.Popen(
                self.command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                bufsize=0,
            )
        except OSError as error:
            log.warning("no child process", extra={"fields": {"fault": type(error).__name__}})
            raise _Over("child_missing") from None
        assert process.stdin is not None and process.stdout is not None
        os.set_blocking(process.stdin.fileno(), False)
        os.set_blocking(process.stdout.fileno(), False)
        self._process, self._owner = process, os.getpid()
        return True

    def _exchange(self, problem: bytes, until: float) -> bytes:
        """Write all and read a line, both as far as the pipes let it, until the time is over."""
        process = self._process
        assert process is not None and process.stdin is not None and process.stdout is not None
        told, said = process.stdin.fileno(), process.stdout.fileno()
        with selectors.DefaultSelector() as ready:
            ready.register(told, selectors.EVENT_WRITE)
            ready.register(said, selectors.EVENT_READ)
            while b"\n" not in self._rest:
                left = until - time.monotonic()
                if left <= 0:
                    raise _Over("time_over")
                for key, _ in ready.select(left):
                    try:
                        if key.fd == told:
                            problem = problem[os.write(told, problem) :]
                            if not problem:
                                ready.unregister(told)
                            continue
                        part = os.read(said, 65_536)
                    except BrokenPipeError:
                        raise _Over("child_ended") from None
                    if not part:
                        raise _Over("child_ended")
                    self._rest += part
        line, _, self._rest = self._rest.partition(b"\n")
        return line


CHILD = Child()
atexit.register(CHILD.close)
