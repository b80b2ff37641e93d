"""Checks everything: lint, format, types, contracts between packages, and the tests on their own database.

  bin/test                               all checks, then pytest, in as many processes as there are processors, up to four
  bin/test [pytest arguments]            all checks, then pytest so
  bin/test --pytest [pytest arguments]   pytest alone
  bin/test --deep [pytest arguments]     the tests marked `deep`, and those marked `wide` with all their cases

A whole run takes a share of the longest tests, another one each time (tests/sample_sizes.py).

Types and contracts are checked while the tests begin. A whole run gives out files folder by folder (tests/file_scheduler.py).

If a few tests of all fail they are run once more by themselves, with the same seed. Those that pass then are named in the
last lines as unsteady: the run counts as passed, and they are to be mended. The lines after it count the unsteady tests of
the last runs (.run/test-runs.jsonl).

What tests draw at random comes from one seed, which is printed: GRIDWARD_TEST_SEED=<seed> bin/test ... draws it again.

The database is a throw-away cluster. With DATABASE_URL set it is a new database on that server, and is
dropped at the end. The tests find it in GRIDWARD_TEST_DATABASE_URL.
"""

import contextlib
import json
import os
import secrets
import signal
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from cluster import ROOT, Cluster, run, stop_on_signals
from psycopg import sql
from run_log import add_run, unsteady_lines

VENV = ROOT / ".venv" / "bin"
CHECKS = {
    "ruff": ["ruff", "check"],
    "ruff format": ["ruff", "format", "--check"],
    "hadolint": ["hadolint", "Dockerfile"],
}
# These take long and use one processor: the tests begin meanwhile.
SLOW_CHECKS = {
    "mypy": ["mypy"],
    "import-linter": ["lint-imports"],
    "web sources": [str(ROOT / "bin" / "check-web")],
}
# So many tests that fail may be unsteady; more are a fault.
RETRY_LIMIT = 12
RUN_LOG = ROOT / ".run" / "test-runs.jsonl"


def failed_last():
    """Names of the tests that failed in the run before, as pytest keeps them."""
    cache_file = ROOT / ".run" / "pytest" / "v" / "cache" / "lastfailed"
    return sorted(json.loads(cache_file.read_text())) if cache_file.exists() else []


def sweep():
    """Remove throw-away clusters whose bin/test was killed. Theirs have ended with it."""
    own_folder = Path(Cluster("", Path(os.devnull)).url.partition("host=")[2])
    for folder in own_folder.parent.glob(f"{own_folder.name}-test-*"):
        pid = folder.name.rpartition("-")[2]
        if pid.isdigit() and not Path("/proc", pid).exists():
            subprocess.run([ROOT / "bin" / "postgres", "destroy", f"test-{pid}"], check=False)


@contextlib.contextmanager
def own_cluster():
    sweep()
    state = ROOT / ".run"
    state.mkdir(exist_ok=True)
    cluster = Cluster(f"test-{os.getpid()}", state / "postgres-test.log")
    try:
        yield cluster.start()
    finally:
        ignore_signals()
        cluster.destroy()


@contextlib.contextmanager
def own_database(url):
    # SQLAlchemy's `postgresql+driver://` is for SQLAlchemy only.
    parts = urlsplit(url)._replace(scheme="postgresql")
    plain = urlunsplit(parts)
    name = f"gridward_test_{os.getpid()}_{int(time.time())}"
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'").format(sql.Identifier(name))
        )
    try:
        yield urlunsplit(parts._replace(path=f"/{name}"))
    finally:
        ignore_signals()
        with psycopg.connect(plain, autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@contextlib.contextmanager
def in_background(checks, results):
    """Run checks, one after another, while the caller does something else; what each says is shown when it has ended.

    Into `results` goes (title, exit code, seconds) of each; one that could not be run to its end is there as failed.
    """
    children, is_over = [], threading.Event()

    def begin():
        for title, command in checks.items():
            if is_over.is_set():
                return
            started_at = time.monotonic()
            results.append((title, 1, 0.0))
            child = subprocess.Popen(
                [str(VENV / command[0]), *command[1:]],
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
            )
            children.append(child)
            output = child.communicate()[0].decode(errors="replace")
            results[-1] = (title, child.returncode, time.monotonic() - started_at)
            print(f"\n==> {title}\n{output}", flush=True)

    thread = threading.Thread(target=begin)
    thread.start()
    try:
        yield
        thread.join()
    finally:  # Where the caller was told to stop, these are too.
        is_over.set()
        for child in children:
            if child.poll() is None:
                child.terminate()
        thread.join()


def ignore_signals():
    """Cleaning up is not to be interrupted."""
    for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(signum, signal.SIG_IGN)


def main():
    arguments = sys.argv[1:]
    if arguments[:1] in (["-h"], ["--help"]):
        print(__doc__)
        return 0
    stop_on_signals()
    checks, slow_checks, marks = CHECKS, SLOW_CHECKS, []
    if arguments[:1] == ["--pytest"]:
        checks, slow_checks, arguments = {}, {}, arguments[1:]
    elif arguments[:1] == ["--deep"]:
        checks, slow_checks, marks, arguments = {}, {}, ["-m", "deep or wide"], arguments[1:]

    results, slow_results = [], []

    def check(title, command, env=None):
        print(f"\n==> {title}", flush=True)
        started_at = time.monotonic()
        code = run([str(VENV / command[0]), *command[1:]], env)
        results.append((title, code, time.monotonic() - started_at))

    for title, command in checks.items():
        if (VENV / command[0]).exists():
            check(title, command)
        else:  # hadolint is a program of its own, made for some platforms only
            print(f"\n==> {title} is not installed here and is left out", flush=True)
    before_tests = len(results)

    url = os.environ.get("DATABASE_URL")
    with in_background(slow_checks, slow_results), own_database(url) if url else own_cluster() as test_url:
        # The tests are to touch no other database, by mistake or otherwise; and what a server of theirs has compiled
        # the next one reads.
        left_out = ("DATABASE_URL", "PYTHONDONTWRITEBYTECODE")
        env = {key: value for key, value in os.environ.items() if key not in left_out}
        env["GRIDWARD_TEST_DATABASE_URL"] = test_url
        seed = env.setdefault("GRIDWARD_TEST_SEED", str(secrets.randbelow(2**32)))
        pytest = ["pytest", f"--hypothesis-seed={seed}"]
        if marks:
            env["GRIDWARD_WIDE"] = "1"
        is_whole = not marks and not arguments
        if is_whole:
            env["GRIDWARD_WHOLE_RUN"] = "1"
            # A file stays in one process: what it sets up is set up once. Tests wait for servers, browsers and the database, so
            # there are two processes more than processors.
            arguments = [
                f"--numprocesses={min(len(os.sched_getaffinity(0)) + 2, 4)}",
                "--dist=loadfile",
                "--cache-clear",
            ]
        check("pytest", [*pytest, "--durations=15", *marks, *arguments], env)
        failed, seconds, unsteady = failed_last(), results[-1][2], []
        if is_whole and results[-1][1] == 1 and 0 < len(failed) <= RETRY_LIMIT:
            check("what failed, once more", [*pytest, "--last-failed"], env)
            if results[-1][1] == 0:
                unsteady = failed
                results[-2] = f"pytest, of which unsteady: {', '.join(unsteady)}", 0, seconds
        runs = []
        if is_whole:
            now = datetime.now(UTC).isoformat(timespec="minutes")
            runs = add_run(
                RUN_LOG, {"at": now, "seconds": round(seconds), "seed": seed, "unsteady": unsteady}
            )

    results[before_tests:before_tests] = slow_results
    print()
    for title, code, seconds in results:
        print(f"{'ok    ' if code == 0 else 'FAILED'}  {title} ({seconds:.1f} s)")
    print("\n".join(["", *unsteady_lines(runs)]) if runs else "")
    if any(code for _, code, _ in results):
        print(f"GRIDWARD_TEST_SEED={seed} repeats what the tests drew at random")
    return next((code if code > 0 else 128 - code for _, code, _ in results if code), 0)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except subprocess.CalledProcessError as error:
        sys.exit(error.returncode)
