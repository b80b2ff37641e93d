"""Runs Gridward: PostgreSQL first, then migrations and demo data, then the server and the job worker.

Settings come from the environment:
  HOST, PORT               where to listen (127.0.0.1, 8000)
  DATABASE_URL             a PostGIS database, as its owner; without it the private cluster is started
  GRIDWARD_APP_DATABASE_URL, GRIDWARD_JOB_DATABASE_URL
                           the same database as server and jobs log in to it (gridward_app and gridward_job, whom the
                           owner lets in); with both and no DATABASE_URL nothing is migrated
  GRIDWARD_DEMO            0: no demo city
  GRIDWARD_DEMO_PASSWORD   of the demo accounts (gridward-demo)
  GRIDWARD_STATE_DIR       where the cluster, uploads and logs are kept (.run)
  GRIDWARD_LOG_FORMAT      text, or json: one object a line, without the names of the processes before it
  GRIDWARD_WORKERS         server processes (2); docs/operations.md has the others

Ctrl-C or SIGTERM stops all, PostgreSQL last. If one part ends, all end, with its exit code.
"""

import contextlib
import ctypes
import datetime
import fcntl
import functools
import ipaddress
import json
import multiprocessing
import os
import resource
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

import honcho.manager
import honcho.printer
import honcho.process
from cluster import ROOT, Cluster, run, stop_on_signals

DEFAULT_PASSWORD = "gridward-demo"
DEMO_ACCOUNTS = ("demo-admin", "demo-supervisor", "demo-worker", "demo-worker-2", "demo-handler", "demo-gis")
VENV = ROOT / ".venv" / "bin"
DATABASES = ("DATABASE_URL", "GRIDWARD_APP_DATABASE_URL", "GRIDWARD_JOB_DATABASE_URL")
PR_SET_PDEATHSIG = 1


def kill_wait(env):
    """The server announces its stop and lets its requests end, the job worker gives jobs 20 s; and a little more."""
    notice = float(env.get("GRIDWARD_STOP_NOTICE_SECONDS") or 1)
    return max(22, notice + float(env.get("GRIDWARD_STOP_SECONDS") or 10) + 4)


def say(text, stream=None):
    """For people; with GRIDWARD_LOG_FORMAT=json a line of the log like those of the processes."""
    if os.environ.get("GRIDWARD_LOG_FORMAT") != "json":
        print(text, file=stream or sys.stdout, flush=True)
        return
    for line in filter(None, map(str.strip, text.splitlines())):
        now = datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        record = {
            "time": now,
            "level": "error" if stream else "info",
            "logger": "gridward.run",
            "message": line,
        }
        print(json.dumps(record | {"process": os.getpid()}, ensure_ascii=False), flush=True)


class Printer(honcho.printer.Printer):
    """Lines that are JSON pass as they are: a prefix would break them."""

    def write(self, message):
        text = message.data.decode("utf-8", "replace") if isinstance(message.data, bytes) else message.data
        if os.environ.get("GRIDWARD_LOG_FORMAT") != "json":
            super().write(message)
        elif text.lstrip().startswith("{"):
            print(text.rstrip("\n"), file=self.output, flush=True)
        else:
            say(f"{message.name}: {text}")


class Child(honcho.process.Popen):
    """When the main process ends, so does the rest of its group. Else orphaned server workers would
    hold its output open, and nobody would notice that it is gone."""

    def __init__(self, cmd, **kwargs):
        super().__init__(cmd, **kwargs)
        threading.Thread(target=self._sweep, daemon=True).start()

    def _sweep(self):
        self.wait()
        for signum in (signal.SIGTERM, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, signum)
                time.sleep(honcho.manager.KILL_WAIT - 3)


class Process(honcho.process.Process):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self._child_ctor = Child

    def run(self, events=None, ignore_signals=False):
        # Should bin/run be killed outright, this process goes, and by `setpriv` below its child.
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        super().run(events, ignore_signals)


class Manager(honcho.manager.Manager):
    def __init__(self, started):
        super().__init__(Printer(sys.stdout))
        self._process_ctor = Process
        self._started = started
        self._signals = 0
        self._stop_wanted = False
        self.ready = False

    def add(self, name, *command):
        line = shlex.join(["setpriv", "--pdeathsig", "TERM", *map(str, command)])
        self.add_process(name, f"exec {line}", cwd=str(ROOT))

    def _start(self):
        super()._start()
        for signum in honcho.manager.SIGNALS:
            signal.signal(signum, functools.partial(self._heard, signal.getsignal(signum)))
        threading.Thread(target=self._started, daemon=True).start()

    def _heard(self, first, signum, frame):
        """The first signal asks for an end, the second one makes it."""
        self._signals += 1
        if self._signals > 1 and self._terminating:
            self.kill()
        else:
            first(signum, frame)

    def _all_started(self):
        started = super()._all_started()
        if started and self._stop_wanted:
            self._stop_wanted = False
            self.terminate()
        return started

    def terminate(self):
        # honcho does not know the pid of a child that has not reported yet: wait for it.
        if not super()._all_started():
            self._stop_wanted = True
            return
        if not self._terminating:
            # honcho itself counts its KILL_WAIT only from the end of the first child.
            for seconds, what in ((2, self.remind), (honcho.manager.KILL_WAIT, self.kill)):
                timer = threading.Timer(seconds, what)
                timer.daemon = True
                timer.start()
        super().terminate()

    def remind(self):
        """A server worker that was still being imported has not heard the first signal. Later a second
        one would do harm: it cuts the requests that are being let to their end."""
        server = self._processes["server"]
        if not self.ready and server.get("returncode") is None:
            self._procmgr.terminate(server["pid"])

    @property
    def stopping(self):
        return self._terminating or self._stop_wanted


def is_local(host):
    if host == "localhost":
        return True
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return False


def check_port(host, port):
    """Refuse a busy port now, in a sentence. An earlier run that is still ending gets some seconds."""
    try:
        family, kind, proto, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except OSError as error:
        raise SystemExit(f"HOST={host} PORT={port}: {error.strerror}") from None
    deadline = time.monotonic() + 3
    while True:
        with socket.socket(family, kind, proto) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(address)
                return
            except PermissionError:
                raise SystemExit(
                    f"Port {port} may not be opened by this user: choose one above 1023."
                ) from None
            except OSError as error:
                problem = error
        if time.monotonic() > deadline:
            raise SystemExit(
                f"Port {port} on {host} cannot be opened: {problem.strerror}.\n"
                f"If another program listens there, stop it or choose another port: PORT={port + 1} make run"
            )
        time.sleep(0.2)


def only_one(state):
    """Hold the state folder: two runs would empty each other's metrics and stop each other's database."""
    path = state / "run.pid"
    lock = path.open("a+")
    for _ in range(15):
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except OSError:
            time.sleep(0.2)
    else:
        lock.seek(0)
        raise SystemExit(
            f"Gridward already runs from this checkout (process {lock.read().strip() or 'unknown'}).\n"
            "Stop it first, or give this one a folder of its own: GRIDWARD_STATE_DIR=... PORT=... make run"
        )
    lock.truncate(0)
    lock.write(f"{os.getpid()}\n")
    lock.flush()
    return lock


def step(title, *command):
    say(title)
    code = run([str(part) for part in command])
    if code:
        say(f"Failed ({code}): {shlex.join(map(str, command))}", sys.stderr)
        sys.exit(code if code > 0 else 128 - code)


def answers(url):
    try:
        # No proxy: this is ourselves.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(url, timeout=5) as response:
            return response.status == 200
    except (OSError, urllib.error.URLError):
        return False


def welcome(base, demo):
    lines = [
        "",
        f"Gridward is ready: {base}",
        f"  API docs    {base}/api/docs",
        *(
            [f"  Field app   {base}/field", f"  Console     {base}/console"]
            if (ROOT / "web" / "dist").exists()
            else []
        ),
        f"  OpenAPI     {base}/api/v1/openapi.json",
        f"  Readiness   {base}/readyz",
    ]
    if demo:
        password = os.environ["GRIDWARD_DEMO_PASSWORD"]
        if password != DEFAULT_PASSWORD and os.environ["GRIDWARD_LOG_FORMAT"] == "json":
            password = "the one you set"  # logs are kept, and read by more people than a terminal
        lines.append(f"  Demo        {', '.join(DEMO_ACCOUNTS)}; password: {password}")
    lines += ["  Stop        Ctrl-C", ""]
    say("\n".join(lines))


def main():
    if len(sys.argv) > 1:
        print(__doc__, file=sys.stderr)
        return 0 if sys.argv[1] in ("-h", "--help") else 2
    stop_on_signals()

    env = os.environ
    host = env.get("HOST") or "127.0.0.1"
    try:
        port = int(env.get("PORT") or 8000)
        if not 0 < port < 65536:
            raise ValueError
    except ValueError:
        raise SystemExit(f"PORT={env['PORT']}: a number from 1 to 65535 is needed.") from None
    demo = env.get("GRIDWARD_DEMO", "1") != "0"
    env.setdefault("GRIDWARD_DEMO_PASSWORD", DEFAULT_PASSWORD)
    if demo and not is_local(host) and env["GRIDWARD_DEMO_PASSWORD"] == DEFAULT_PASSWORD:
        raise SystemExit(
            f"HOST={host} can be reached from outside, and the password of the demo accounts is public.\n"
            "Set GRIDWARD_DEMO_PASSWORD to one of your own, or GRIDWARD_DEMO=0 for no demo."
        )
    env["GRIDWARD_DEMO"] = "1" if demo else "0"
    env["GRIDWARD_LOG_FORMAT"] = (env.get("GRIDWARD_LOG_FORMAT") or "text").lower()
    env["HOST"], env["PORT"] = host, str(port)

    state = Path(env.get("GRIDWARD_STATE_DIR") or ROOT / ".run").resolve()
    state.mkdir(parents=True, exist_ok=True)
    env["GRIDWARD_STATE_DIR"] = str(state)
    held = only_one(state)
    check_port(host, port)

    # An open event stream is an open file, and a login shell often allows no more than 1024.
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))

    # Metrics of the processes of an earlier run count no longer. The job worker's count with the server's.
    metrics = state / "prometheus"
    shutil.rmtree(metrics, ignore_errors=True)
    metrics.mkdir()
    env["PROMETHEUS_MULTIPROC_DIR"] = str(metrics)

    cluster = None
    try:
        if not any(map(env.get, DATABASES)):
            say("Starting PostgreSQL")
            cluster = Cluster("", state / "postgres.log")
            env["DATABASE_URL"] = cluster.start()
        if env.get("DATABASE_URL"):
            step("Bringing the database up to date", VENV / "gridward", "db", "upgrade")
            forget_owner(env)
        if demo:
            step("Loading the demo city", VENV / "gridward", "demo", "load")
        return supervise(host, port, demo, cluster)
    finally:
        # From here on nothing may keep PostgreSQL from being stopped.
        for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(signum, signal.SIG_IGN)
        if cluster:
            cluster.stop()
        held.close()


def forget_owner(env):
    """Hand the logins of server and jobs to the processes that follow, and take the owner's from them."""
    sys.path.insert(0, str(ROOT))
    from app.core import logins
    from app.settings import Settings

    settings = Settings.from_env()
    env.update({name: logins.url_of(settings, role) for role, name in logins.VARIABLE.items()})
    for name in ("DATABASE_URL", "PGPASSWORD"):
        env.pop(name, None)


def supervise(host, port, demo, cluster):
    reach = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    base = f"http://[{reach}]:{port}" if ":" in reach else f"http://{reach}:{port}"
    failed = []

    def watch():
        """Say when the server is ready, and stop all if PostgreSQL ends."""
        started = time.monotonic()
        while not manager.stopping:
            if not manager.ready and answers(f"{base}/readyz"):
                manager.ready = True
                welcome(base, demo)
            if not manager.ready and time.monotonic() - started > 60:
                say(f"{base}/readyz does not answer yet: see the messages above.")
                started = time.monotonic()
            if cluster and cluster.child and (code := cluster.child.poll()) is not None:
                say(f"PostgreSQL ended ({code}); its log is {cluster.log}", sys.stderr)
                failed.append(code if code > 0 else 1)
                os.kill(os.getpid(), signal.SIGTERM)
                return
            time.sleep(1 if manager.ready else 0.2)

    honcho.manager.KILL_WAIT = kill_wait(os.environ)
    manager = Manager(watch)
    manager.add("server", VENV / "gridward", "serve")
    manager.add("jobs", VENV / "gridward", "jobs")
    manager.loop()
    if failed:
        return failed[0]
    code = manager.returncode or 0
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    try:
        sys.exit(main())
    except subprocess.CalledProcessError as error:
        sys.exit(error.returncode)
