"""Keeps the processes of bin/run alive: prints their output, starts again what died, ends all at a signal.

A part that died is started again after 1 s, then 2, 4, ... 30 s. After DEATHS deaths within WITHIN_SECONDS all parts
end: the failure is not an accident any more, and whoever started bin/run has to know.
"""

import contextlib
import datetime
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time

DEATHS, WITHIN_SECONDS = 6, 600.0
FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 30.0
# Processes that outlive the main process of their part hold its port: so long they have to finish their requests.
SWEEP_SECONDS = 3.0
TICK_SECONDS = 0.1
# Lines of a process (app/core/logs.py, format text) that tell of no trouble.
ORDINARY = re.compile(r"\d\d:\d\d:\d\d (debug|info) ")


def put(text, stream=None):
    """Print a line. A terminal or pipe that is gone keeps nothing from being stopped."""
    with contextlib.suppress(OSError):
        print(text, file=stream or sys.stdout, flush=True)


def say(text, stream=None):
    """Print for people; with GRIDWARD_LOG_FORMAT=json as log lines like those of the processes."""
    if os.environ.get("GRIDWARD_LOG_FORMAT") != "json":
        put(text, stream)
        return
    for text_line in filter(None, map(str.strip, text.splitlines())):
        now = datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        record = {
            "time": now,
            "level": "error" if stream else "info",
            "logger": "gridward.run",
            "message": text_line,
        }
        put(json.dumps(record | {"process": os.getpid()}, ensure_ascii=False))


class Part:
    """A command in a process group of its own.

    With `log_file`, ordinary lines go to that file, and only warnings and worse are printed.

    Start it from the main thread only: the kernel sends SIGTERM to the child when the *thread* that started it ends, which
    is how the parts go when bin/run is killed outright.
    """

    is_ours_to_stop = True

    def __init__(self, name, *command, log_file=None):
        self.name = name
        self.log_file = log_file
        self.command = ["setpriv", "--pdeathsig", "TERM", *map(str, command)]
        self.child = None
        self.deaths = []
        self.start_at = 0.0
        self.sweep = None  # (process group, when it is killed) of a main process that died
        self.readers = []

    def start(self):
        self.child = subprocess.Popen(
            self.command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        reader = threading.Thread(target=self._pass_on, args=(self.child.stdout,), daemon=True)
        reader.start()
        self.readers = [each for each in self.readers if each.is_alive()] + [reader]

    def _pass_on(self, output):
        with output:
            for data in output:
                text_line = data.decode("utf-8", "replace").rstrip("\n")
                if os.environ.get("GRIDWARD_LOG_FORMAT") != "json":
                    if self.log_file is not None and ORDINARY.match(text_line):
                        with contextlib.suppress(OSError), self.log_file.open("a") as file:
                            file.write(text_line + "\n")
                        continue
                    put(f"{datetime.datetime.now():%H:%M:%S} {self.name:<7}| {text_line}")
                elif text_line.lstrip().startswith("{"):
                    put(text_line)  # a log line already, which a prefix would break
                else:
                    say(f"{self.name}: {text_line}")

    def signal(self, signum):
        """Send a signal to the process and all that it started. No error if it has ended."""
        if self.child is not None:
            signal_group(self.child.pid, signum)

    def died(self, now):
        """Note the end of the child; return how many deaths there were lately."""
        self.sweep = self.child.pid, now + SWEEP_SECONDS
        signal_group(self.child.pid, signal.SIGTERM)
        self.child = None
        self.deaths = [at for at in self.deaths if now - at < WITHIN_SECONDS] + [now]
        pause_s = min(FIRST_PAUSE_S * 2 ** (len(self.deaths) - 1), LONGEST_PAUSE_S)
        self.start_at = now + pause_s
        return len(self.deaths)

    def swept(self, now):
        """Return True once nothing is left of the process group of a main process that died."""
        if self.sweep is not None:
            group, until = self.sweep
            if signal_group(group, 0) and now < until:
                return False
            signal_group(group, signal.SIGKILL)
            self.sweep = None
        return True


class ClusterPart(Part):
    """The private PostgreSQL, whose output goes to its own log. bin/run stops it after all other parts."""

    is_ours_to_stop = False

    def __init__(self, cluster):
        super().__init__("PostgreSQL")
        self.cluster = cluster
        self.child = cluster.child

    def start(self):
        self.cluster.spawn()
        self.child = self.cluster.child


def signal_group(group, signum):
    """Send a signal to a process group; return False if there is none."""
    try:
        os.killpg(group, signum)
    except (ProcessLookupError, PermissionError):
        return False
    return True


class Supervisor:
    """Runs parts, the server first, until a signal comes or one of them cannot be kept alive.

    Args:
        stop_seconds: so long after SIGTERM what still runs is killed.
        is_up: returns True if the server answers; asked by a thread of its own.
        on_up: called once, when it first does.
    """

    def __init__(self, parts, *, stop_seconds, is_up=lambda: True, on_up=lambda: None):
        self.parts = parts
        self.ours = [part for part in parts if part.is_ours_to_stop]
        self.stop_seconds = stop_seconds
        self.is_up, self.on_up = is_up, on_up
        self.server_is_ready = self.all_are_up = self.was_up = False
        self.returncode = None
        self.stopped_at = None
        self._signals = []
        self._reminded = self._killed = False

    def run(self):
        """Start all parts; return the exit code for bin/run when they have ended."""
        for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            # The loop does the rest: a handler would run while a part is being started.
            signal.signal(signum, lambda signum, _frame: self._signals.append(signum))
        threading.Thread(target=self._watch, daemon=True).start()
        while True:
            now = time.monotonic()
            for part in self.parts:
                self._look_after(part, now)
            if self._signals and self.stopped_at is None:
                say(f"{signal.Signals(self._signals[0]).name}: stopping")
                self._stop(128 + self._signals[0])
            if self.stopped_at is not None:
                if all(part.child is None and part.sweep is None for part in self.ours):
                    break
                self._press(now - self.stopped_at)
            time.sleep(TICK_SECONDS)
        for reader in [reader for part in self.ours for reader in part.readers]:
            reader.join(2)  # for its last lines
        return self.returncode

    def _look_after(self, part, now):
        if part.child is not None and (code := part.child.poll()) is not None:
            self._on_death(part, code, now)
        if part.swept(now) and part.child is None and self.stopped_at is None and now >= part.start_at:
            part.start()

    def _on_death(self, part, code, now):
        deaths = part.died(now)
        if self.stopped_at is not None:
            say(f"{part.name} stopped ({code})")
            return
        self.all_are_up = False
        if part is self.parts[0]:
            self.server_is_ready = False
        status = (code if code > 0 else 128 - code) if code else 1
        if part.is_ours_to_stop and code > 0 and not self.was_up:
            say(f"{part.name} ended ({code}) before the server was ready: see its messages.", sys.stderr)
            self._stop(status)
        elif deaths >= DEATHS:
            minutes = WITHIN_SECONDS / 60
            say(f"{part.name} ended ({code}), {deaths} times in {minutes:g} minutes: all ends.", sys.stderr)
            self._stop(status)
        else:
            pause_s = part.start_at - now
            say(f"{part.name} ended ({code}) and is started again in {pause_s:g} s.", sys.stderr)

    def _stop(self, returncode):
        self.returncode = returncode
        self.stopped_at = time.monotonic()
        for part in self.ours:
            part.signal(signal.SIGTERM)

    def _press(self, seconds):
        """Repeat the signal to a server that was not ready; kill at the second signal, and what runs for too long."""
        # A server worker that was still being imported has not heard the first signal. To a server that was ready a
        # second one would do harm: it cuts the requests that are being let to their end.
        if seconds > 2 and not self._reminded:
            self._reminded = True
            if not self.server_is_ready:
                self.parts[0].signal(signal.SIGTERM)
        if not self._killed and (len(self._signals) > 1 or seconds > self.stop_seconds):
            self._killed = True
            for part in self.ours:
                part.signal(signal.SIGKILL)

    def _watch(self):
        """Tell when the server is ready, for the first time and after a part was started again."""
        reminded_at = time.monotonic()
        while self.stopped_at is None:
            if not self.all_are_up:
                deaths = sum(len(part.deaths) for part in self.parts)
                is_up = all(part.child is not None for part in self.parts) and self.is_up()
                # A part may have died while the server was asked.
                if is_up and deaths == sum(len(part.deaths) for part in self.parts):
                    self.server_is_ready = self.all_are_up = True
                    if self.was_up:
                        say("Gridward is ready again.")
                    else:
                        self.was_up = True
                        self.on_up()
                elif time.monotonic() - reminded_at > 60:
                    say("/readyz does not answer yet: see the messages above.")
                    reminded_at = time.monotonic()
            time.sleep(1 if self.all_are_up else 0.2)
