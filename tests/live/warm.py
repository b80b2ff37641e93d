"""Servers that begin in a moment: forked from a process that has made the application already.

Importing it takes longer than all the rest of a start, and a seed of faults begins hundreds of them. What is killed, and
what it leaves behind, is the same. How `gridward serve` itself begins and ends: tests/deep/test_faults.py.
"""

import contextlib
import ctypes
import importlib
import json
import os
import select
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.live.processes import ROOT, Server

SERVE = "tests.live.warm:serve"
PR_SET_PDEATHSIG = 1


class Nursery:
    """The process that has made the application. Servers begun here end with it. For one thread at a time."""

    def __init__(self, log: Path, env: dict[str, str], *, entry: str = SERVE) -> None:
        self._log, self._env = log, env
        self._codes: dict[int, int] = {}
        with log.open("ab") as errors:
            self._child = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", sys.executable, "-m", "tests.live.warm", entry],
                cwd=ROOT,
                env=env,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )

    def begin(self, port: int, *, workers: int = 2) -> "WarmServer":
        assert self._child.stdin
        env = self._env | {"PORT": str(port), "GRIDWARD_WORKERS": str(workers)}
        self._child.stdin.write(json.dumps({"log": str(self._log), "env": env}) + "\n")
        self._child.stdin.flush()
        while "begun" not in (answer := self._hear()):
            pass
        return WarmServer(self._log, port, Forked(answer["begun"], self))

    def _hear(self) -> dict[str, int]:
        """The next thing that it says; ends of processes are kept."""
        assert self._child.stdout
        message = self._child.stdout.readline()
        if not message:
            raise AssertionError(f"no more servers begin: {self._log.read_text(errors='replace')[-2000:]}")
        answer: dict[str, int] = json.loads(message)
        if "ended" in answer:
            self._codes[answer["ended"]] = answer["code"]
        return answer

    def code_of(self, pid: int) -> int:
        """The exit code of a process that has ended, as `subprocess` has it."""
        while pid not in self._codes:
            self._hear()
        return self._codes[pid]

    def close(self) -> None:
        assert self._child.stdin and self._child.stdout
        self._child.stdin.close()
        self._child.wait(60)
        self._child.stdout.close()


class Forked:
    """What `subprocess.Popen` is for a child, for one of the nursery's."""

    def __init__(self, pid: int, nursery: Nursery) -> None:
        self.pid, self._nursery = pid, nursery
        self._fd = os.pidfd_open(pid)
        self._code: int | None = None

    def poll(self) -> int | None:
        return self._ended_within(0)

    def wait(self, seconds: float | None = None) -> int:
        code = self._ended_within(seconds)
        if code is None:
            raise subprocess.TimeoutExpired("server", seconds or 0)
        return code

    def _ended_within(self, seconds: float | None) -> int | None:
        if self._code is None and select.select([self._fd], [], [], seconds)[0]:
            self._code = self._nursery.code_of(self.pid)
            os.close(self._fd)
        return self._code

    def send_signal(self, signum: int) -> None:
        if self._code is None:
            signal.pidfd_send_signal(self._fd, signum)


class WarmServer(Server):
    def __init__(self, log: Path, port: int, child: Forked) -> None:
        self.log, self.port = log, port
        self.child: Any = child


# The rest runs in the nursery.


def serve() -> None:
    """What `gridward serve` does, but that the application is there already."""
    from app import serving
    from app.settings import Settings

    serving.serve(Settings.from_env())


def main() -> None:
    module, _, name = sys.argv[1].partition(":")
    importlib.import_module("app.server")
    entry = getattr(importlib.import_module(module), name)
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.signal(signal.SIGCHLD, lambda signum, frame: None)
    signal.set_wakeup_fd(wake)
    while True:
        ready, _, _ = select.select([sys.stdin, woken], [], [])
        if woken in ready:
            os.read(woken, 4096)
            say_who_ended()
        if sys.stdin in ready:
            message = sys.stdin.readline()
            if not message:
                return
            request = json.loads(message)
            pid = os.fork()
            if not pid:
                signal.set_wakeup_fd(-1)
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                os.close(woken)
                os.close(wake)
                become(request["log"], request["env"], entry)
            say(begun=pid)


def say(**what: int) -> None:
    print(json.dumps(what), flush=True)


def say_who_ended() -> None:
    with contextlib.suppress(ChildProcessError):
        while (ended := os.waitpid(-1, os.WNOHANG))[0]:
            say(ended=ended[0], code=os.waitstatus_to_exitcode(ended[1]))


def end_with_parent() -> None:
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def become(log: str, env: dict[str, str], entry: Any) -> None:
    """Be a server until it ends, in a session of its own as `Process` begins one."""
    code = 1
    try:
        end_with_parent()
        os.register_at_fork(after_in_child=end_with_parent)  # its worker processes with it
        os.setsid()
        out = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.dup2(out, 1)
        os.dup2(out, 2)
        os.environ.clear()
        os.environ.update(env)
        entry()
        code = 0
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 1
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    main()
