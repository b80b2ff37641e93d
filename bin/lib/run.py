"""Runs Gridward: PostgreSQL first, then migrations and demo data, then the server and the job worker.

Settings come from the environment:
  HOST, PORT               where to listen (127.0.0.1, 8000)
  DATABASE_URL             a PostGIS database, as its owner; without it the private cluster is started
  GRIDWARD_APP_DATABASE_URL, GRIDWARD_JOB_DATABASE_URL
                           the same database as server and jobs log in to it (gridward_app and gridward_job, whom the
                           owner lets in); with both and no DATABASE_URL nothing is migrated
  GRIDWARD_DEMO            0: no demo city
  GRIDWARD_DEMO_PASSWORD   of the demo accounts (gridward-demo; where other machines can reach the server one is drawn at
                           random, kept in demo-password in the state folder, and printed)
  GRIDWARD_STATE_DIR       where the cluster, uploads and logs are kept (.run)
  GRIDWARD_LOG_FORMAT      text: warnings on the terminal, all else in server.log and jobs.log of the state folder;
                           or json: one object a line, without the names of the processes before it
  GRIDWARD_WORKERS         server processes (2); docs/how-to/operations.md has the others

Ctrl-C or SIGTERM stops all, PostgreSQL last. A part that dies, PostgreSQL too, is started again; if it keeps dying, or the
server or job worker fails before the server was ready, all end with its exit code (bin/lib/supervisor.py).
"""

import fcntl
import os
import resource
import secrets
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from cluster import ROOT, Cluster, run, stop_on_signals
from supervisor import ClusterPart, Part, Supervisor, say

from app.settings import Settings

DEFAULT_PASSWORD = "gridward-demo"
DRAWN_PASSWORD = "demo-password"  # a file of the state folder
DEMO_ACCOUNTS = ("demo-admin", "demo-supervisor", "demo-worker", "demo-worker-2", "demo-handler", "demo-gis")
DEMO_MAP = ROOT / "app" / "demo" / "life" / "city.pmtiles"
VENV = ROOT / ".venv" / "bin"
DATABASES = ("DATABASE_URL", "GRIDWARD_APP_DATABASE_URL", "GRIDWARD_JOB_DATABASE_URL")


def kill_wait(env):
    """Return the seconds after which processes are killed: longer than server and job worker need to stop."""
    notice = float(env.get("GRIDWARD_STOP_NOTICE_SECONDS") or 1)
    return max(25, notice + float(env.get("GRIDWARD_STOP_SECONDS") or 10) + 4)


def demo_password(given, state, *, is_reachable):
    """Return the password of the demo accounts for this start.

    Where other machines can reach the server, one is drawn at random and kept for the next start.
    """
    if given and not (is_reachable and given == DEFAULT_PASSWORD):
        return given
    if not is_reachable:
        return DEFAULT_PASSWORD
    if given:
        raise SystemExit(
            "Other machines can reach the server (HOST, TRUSTED_PROXIES, GRIDWARD_PUBLIC_URL); the demo's password is public.\n"
            "Set GRIDWARD_DEMO_PASSWORD to one of your own or to nothing (then one is drawn), or GRIDWARD_DEMO=0 for no demo."
        )
    password_file = state / DRAWN_PASSWORD
    if not password_file.exists():
        with open(os.open(password_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(12) + "\n")
    return password_file.read_text().strip()


def keep_private(state):
    """Make the state folder, and close what is in it to other users.

    A new one can be passed through: below it `postgres`, as which root runs the private cluster, has a folder.
    """
    os.umask(0o077)
    if not state.exists():
        state.mkdir(parents=True)
        state.chmod(0o711)
    if state.stat().st_uid == os.getuid():
        state.chmod(state.stat().st_mode & 0o711)
    # Those that were made when others could still read them.
    for name, mode in (("media", 0o700), ("spool", 0o700), ("prometheus", 0o700), ("postgres.log", 0o600)):
        if (state / name).exists() and (state / name).stat().st_uid == os.getuid():
            (state / name).chmod(mode)


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
        *([f"  Documents   {base}/docs"] if (ROOT / "build" / "docs").exists() else []),
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
            # Logs are kept, and read by more people than a terminal.
            password_file = Path(os.environ["GRIDWARD_STATE_DIR"]) / DRAWN_PASSWORD
            drawn = password_file.exists() and password_file.read_text().strip() == password
            password = f"that in {password_file}" if drawn else "the one you set"
        lines.append(f"  Demo        {', '.join(DEMO_ACCOUNTS)}; password: {password}")
        lines.append("              the city, its people and its map are made up")
    if os.environ["GRIDWARD_LOG_FORMAT"] != "json":
        lines.append(
            f"  Logs        {os.environ['GRIDWARD_STATE_DIR']}/server.log, jobs.log; warnings come here"
        )
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
    env["GRIDWARD_DEMO"] = "1" if demo else "0"
    env["GRIDWARD_LOG_FORMAT"] = (env.get("GRIDWARD_LOG_FORMAT") or "text").lower()
    env["HOST"], env["PORT"] = host, str(port)

    state = Path(env.get("GRIDWARD_STATE_DIR") or ROOT / ".run").resolve()
    keep_private(state)
    env["GRIDWARD_STATE_DIR"] = str(state)
    try:
        settings = Settings.from_env()
    except ValueError as error:
        raise SystemExit(str(error)) from None
    run_lock = only_one(state)
    if demo:
        password_given = env.get("GRIDWARD_DEMO_PASSWORD", "")
        env["GRIDWARD_DEMO_PASSWORD"] = demo_password(
            password_given, state, is_reachable=settings.is_reachable
        )
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
        # The demo is loaded with the owner's login, by which recorded rows are copied.
        if demo and env.get("DATABASE_URL"):
            step(
                "Bringing the database and the demo city up to date",
                VENV / "gridward",
                "db",
                "upgrade",
                "--demo",
            )
        elif demo:
            step("Loading the demo city", VENV / "gridward", "demo", "load")
        elif env.get("DATABASE_URL"):
            step("Bringing the database up to date", VENV / "gridward", "db", "upgrade")
        if demo:
            use_demo_map(env)
        if env.get("DATABASE_URL"):
            forget_owner(env)
        return supervise(host, port, demo, cluster)
    finally:
        # From here on nothing may keep PostgreSQL from being stopped.
        for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(signum, signal.SIG_IGN)
        if cluster:
            cluster.stop()
        run_lock.close()


def use_demo_map(env):
    """Let the pages show the map of the made-up city, unless another base map is set."""
    if DEMO_MAP.exists() and not env.get("GRIDWARD_BASE_MAP") and not env.get("GRIDWARD_BASE_MAP_URL"):
        env["GRIDWARD_BASE_MAP"] = str(DEMO_MAP)


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
    state = Path(os.environ["GRIDWARD_STATE_DIR"])
    parts = [
        Part("server", VENV / "gridward", "serve", log_file=state / "server.log"),
        Part("jobs", VENV / "gridward", "jobs", log_file=state / "jobs.log"),
    ]
    for part in parts:
        # Of this run only.
        part.log_file.unlink(missing_ok=True)
    if cluster and cluster.child:
        parts.append(ClusterPart(cluster))
    return Supervisor(
        parts,
        stop_seconds=kill_wait(os.environ),
        is_up=lambda: answers(f"{base}/readyz"),
        on_up=lambda: welcome(base, demo),
    ).run()


if __name__ == "__main__":
    try:
        sys.exit(main())
    except subprocess.CalledProcessError as error:
        sys.exit(error.returncode)
