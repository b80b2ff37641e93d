"""The main loop of a child process.

It reads a request, works within the limits, and writes the answer.

The parent is `app.core.child_processes`. A program that calls `serve` should import little, because a caller waits while it
starts. This module uses no database.
"""

import contextlib
import os
import resource
import select
import socket
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import orjson

# A child without a request for so long ends: it is started again when it is needed.
IDLE_SECONDS = 120
# A child that has needed more memory than this ends after its answer, so that the machine has the memory back.
RESIDENT_MAX = 400 << 20
FILES_MOST = 8
_BLOCK = 65_536

# Called with a request and the descriptors of its files; yields the parts of the answer.
Handler = Callable[[Any, list[int]], Iterable[Any]]


def serve(handle: Handler) -> None:
    """Answer requests from standard input, a socket, until the parent ends or stops asking.

    After IDLE_SECONDS without a request the program ends.

    A request is one line of JSON, `{"memory": bytes, "cpu_s": seconds, "request": ...}`. An answer is a line of JSON
    for each part that `handle` yields, then `null`. An exception is answered with `{"fault": its type}` and `null`.
    """
    channel = socket.socket(fileno=os.dup(0))
    # What a library prints must not end up among the answers.
    with open(os.devnull, "r+b") as devnull:
        os.dup2(devnull.fileno(), 0)
        os.dup2(devnull.fileno(), 1)
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as score:
        # If the machine runs out of memory, the kernel ends this process and not the one that passes on offers.
        score.write("1000")
    for request_line, files in _requests(channel):
        envelope = orjson.loads(request_line)
        try:
            _limit(envelope["memory"], envelope["cpu_s"])
            for answer_part in handle(envelope["request"], files):
                channel.sendall(orjson.dumps(answer_part) + b"\n")
            channel.sendall(b"null\n")
        except (BrokenPipeError, ConnectionResetError):
            return
        except Exception as error:  # whatever one request breaks, the next one is another
            channel.sendall(orjson.dumps({"fault": type(error).__name__}) + b"\nnull\n")
        finally:
            for file in files:
                os.close(file)
        if _peak_resident() > RESIDENT_MAX:
            return


def _requests(channel: socket.socket) -> Iterator[tuple[bytes, list[int]]]:
    buffer = b""
    files: list[int] = []
    while True:
        while b"\n" not in buffer:
            if not select.select([channel], [], [], IDLE_SECONDS)[0]:
                return
            block, received, _, _ = socket.recv_fds(channel, _BLOCK, FILES_MOST)
            if not block:
                return
            buffer += block
            files += received
        request_line, _, buffer = buffer.partition(b"\n")
        yield request_line, files
        files = []


def _peak_resident() -> int:
    """Return the largest resident memory that this program has had, in bytes.

    The value is not `ru_maxrss`, which starts with the memory of the parent process. A child whose parent used more than
    RESIDENT_KEPT would then end after its first answer.
    """
    with open("/proc/self/status", "rb") as status:
        for status_line in status:
            if status_line.startswith(b"VmHWM:"):
                return int(status_line.split()[1]) << 10
    return 0


def _limit(memory: int, cpu_s: int) -> None:
    """Set the memory and CPU limits of this process for one request.

    The memory limit also counts address space that libraries reserve and do not use.
    """
    resource.setrlimit(resource.RLIMIT_AS, (memory, resource.RLIM_INFINITY))
    usage = resource.getrusage(resource.RUSAGE_SELF)
    used_s = int(usage.ru_utime + usage.ru_stime)
    # At this limit the kernel sends SIGXCPU, which ends the process.
    resource.setrlimit(resource.RLIMIT_CPU, (used_s + cpu_s, resource.RLIM_INFINITY))
