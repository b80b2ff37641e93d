"""Starts a private cluster (bin/postgres) as a child of bin/run or bin/test, and stops it again."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg

ROOT = Path(__file__).resolve().parents[2]
START_WAIT = 60.0


class Cluster:
    """The cluster runs in a session of its own: a Ctrl-C does not reach it, so it can be stopped last."""

    def __init__(self, name: str, log: Path) -> None:
        self.name = name
        self.log = log
        self.url = self._call("env")
        self.child: subprocess.Popen[bytes] | None = None

    def _call(self, command: str) -> str:
        arguments = [ROOT / "bin" / "postgres", command, *([self.name] if self.name else [])]
        return subprocess.run(arguments, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()

    def spawn(self) -> None:
        """Start the server without waiting for it. Once more: its log goes on."""
        arguments = [ROOT / "bin" / "postgres", "foreground", *([self.name] if self.name else [])]
        with self.log.open("ab" if self.child else "wb") as log:
            self.child = subprocess.Popen(
                arguments,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def answers(self) -> bool:
        try:
            psycopg.connect(self.url, connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True

    def start(self) -> str:
        """Start the cluster and return its URL. One that is running already is used, and is left running."""
        if self.answers():
            return self.url
        deadline = time.monotonic() + START_WAIT
        give_up = time.monotonic() + 10
        self.spawn()
        while not self.answers():
            assert self.child
            if self.child.poll() is not None:
                # The processes of a server that was just killed hold its shared memory for a moment.
                if time.monotonic() > give_up or "bin/postgres: " in self.log.read_text(errors="replace"):
                    break
                time.sleep(0.5)
                self.spawn()
            elif time.monotonic() > deadline:
                break
            time.sleep(0.03)
        else:
            return self.url
        tail = self.log.read_text(errors="replace").splitlines()[-20:]
        self.stop()
        raise SystemExit("\n".join([*tail, f"PostgreSQL did not start; its log is {self.log}"]))

    def stop(self) -> None:
        if self.child and self.child.poll() is None:
            self.child.send_signal(signal.SIGINT)  # fast stop: open transactions are rolled back
            try:
                self.child.wait(30)
            except subprocess.TimeoutExpired:
                self.child.send_signal(signal.SIGQUIT)  # at once; it recovers at the next start
                self.child.wait()

    def destroy(self) -> None:
        self.stop()
        self._call("destroy")


def stop_on_signals() -> None:
    """SIGTERM and SIGHUP end the program as Ctrl-C does: through its `finally` blocks."""

    def leave(signum: int, _frame: object) -> None:
        sys.exit(128 + signum)

    for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(signum, leave)


def run(arguments: list[str], env: dict[str, str] | None = None) -> int:
    """Run a step to its end; if we are told to stop meanwhile, it gets SIGTERM and some seconds."""
    child = subprocess.Popen(arguments, env=env or dict(os.environ), cwd=ROOT)
    try:
        return child.wait()
    finally:
        if child.poll() is None:
            child.terminate()
            try:
                child.wait(10)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
