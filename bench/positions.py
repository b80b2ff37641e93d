"""`python -m bench.positions`: batches of 1, 20 and 500 fixes over HTTP beside the bare INSERT of as many in pgbench.

Apart from `bench.run`, whose load repeats its calls: a fix that is sent again is a duplicate, so here each batch is made
beforehand and sent once. Each connection is the phone of a worker of its own. Settings as there (BENCH_SIZE, BENCH_ROUNDS).
"""

import http.client
import json
import multiprocessing
import os
import secrets
import statistics
import subprocess
import tempfile
import threading
import time
import urllib.request
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from app.settings import Settings
from bench import city, record
from bench.environment import CONNECTIONS, cluster, pgbench_program, prepare, say, served, set_passwords

FOLDER = Path(__file__).parent
# Fixes of a batch -> batches that each connection sends in a round.
BATCHES = {1: 400, 20: 200, 500: 40}
PROCESSES = 2
STEP = timedelta(seconds=2)


def bodies(size: int, number: int, since: datetime) -> list[bytes]:
    """Batches of a walk of 60 m each two seconds, so that every fix is kept. It turns round after 60 km."""
    batches = []
    for batch in range(number):
        fixes = [
            {
                "at": (since + STEP * (batch * size + i)).isoformat(),
                "lon": 120.1,
                "lat": round(30.0 + 0.00054 * abs((batch * size + i) % 2000 - 1000), 6),
                "accuracy_m": 8.5,
                "speed_mps": 1.4,
                "heading_deg": 0.0,
                "battery_pct": 80.0,
            }
            for i in range(size)
        ]
        batches.append(json.dumps({"sent_at": datetime.now(UTC).isoformat(), "positions": fixes}).encode())
    return batches


def _send(base: str, token: str, batches: list[bytes], accepted: list[int]) -> None:
    address = urlsplit(base)
    connection = http.client.HTTPConnection(address.hostname or "127.0.0.1", address.port, timeout=60)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    for body in batches:
        connection.request("POST", "/api/v1/positions", body, headers)
        response = connection.getresponse()
        result = json.loads(response.read())
        if response.status != 202:
            raise SystemExit(f"{response.status} {result}")
        accepted.append(result["accepted"])


def _process(base: str, tokens: list[str], batches: list[list[bytes]], ready, go, result) -> None:  # type: ignore[no-untyped-def]
    accepted: list[int] = []
    threads = [
        threading.Thread(target=_send, args=(base, token, own_batches, accepted))
        for token, own_batches in zip(tokens, batches, strict=True)
    ]
    ready.release()
    go.wait()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    result.put((time.time(), sum(accepted), len(accepted)))


def over_http(base: str, tokens: list[str], size: int, number: int, since: datetime) -> float:
    """Requests a second; every fix of them was stored."""
    context = multiprocessing.get_context("fork")
    ready, go, result = context.Semaphore(0), context.Event(), context.Queue()
    share = len(tokens) // PROCESSES
    batches = [bodies(size, number, since) for _ in tokens]
    children = [
        context.Process(
            target=_process,
            args=(base, tokens[n : n + share], batches[n : n + share], ready, go, result),
        )
        for n in range(0, len(tokens), share)
    ]
    for child in children:
        child.start()
    for _ in children:
        ready.acquire()
    started_at = time.time()
    go.set()
    results = [result.get(timeout=300) for _ in children]
    for child in children:
        child.join()
    sent_total = sum(count for _, _, count in results)
    stored_total = sum(stored for _, stored, _ in results)
    if (sent_total, stored_total) != (len(tokens) * number, len(tokens) * number * size):
        raise SystemExit(f"{stored_total} fixes of {sent_total} batches of {size} were stored")
    return sent_total / (max(ended for ended, _, _ in results) - started_at)


def bare_inserts_per_second(url: str, size: int, number: int) -> float:
    """Transactions a second of the INSERT alone."""
    command = [pgbench_program(), "-n", "-M", "prepared", "-c", str(CONNECTIONS), "-j", str(PROCESSES)]
    command += ["-t", str(number), "-D", f"size={size}", "-f", str(FOLDER / "limits" / "positions.sql"), url]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    tps_line = next(tps_line for tps_line in output.splitlines() if tps_line.startswith("tps"))
    return float(tps_line.split()[2])


def sign_in(base: str, username: str, password: str) -> str:
    body = json.dumps({"username": username, "password": password}).encode()
    request = urllib.request.Request(f"{base}/api/v1/auth/token", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as response:
        token: str = json.load(response)["access_token"]
    return token


def main() -> None:
    rounds = int(os.environ.get("BENCH_ROUNDS", "3"))
    password = secrets.token_urlsafe(16)
    with ExitStack() as stack:
        server = stack.enter_context(cluster())
        state = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="gridward-bench-")))
        url = prepare(server, city.Size.of(float(os.environ.get("BENCH_SIZE", "0.01"))))
        settings = Settings(signing_key_file=state / "signing-key.pem")
        with psycopg.connect(url) as connection:
            names = [
                row[0]
                for row in connection.execute(
                    """select a.username from duty d join account a on a.id = d.worker_id
                       where upper_inf(d.during) order by a.id limit %s""",
                    [CONNECTIONS],
                )
            ]
            connection.execute("set local session_replication_role = replica")
            connection.execute(
                """update duty set during = tstzrange(now() - interval '6 days', null) from account a
                   where a.id = worker_id and a.username = any(%s) and upper_inf(during)""",
                [names],
            )
            day = datetime.now(UTC).date()
            connection.execute(
                "select make_position_partitions(%s, %s)", [day - timedelta(days=8), day + timedelta(days=2)]
            )
        set_passwords(url, settings, names, password)
        base, _ = stack.enter_context(
            served(
                url,
                state,
                "app.server:application",
                *("--interface", "rsgi", "--backpressure", "4000"),
                probe="/readyz",
            )
        )
        tokens = [sign_in(base, name, password) for name in names]
        rates: dict[int, list[tuple[float, float]]] = {size: [] for size in BATCHES}
        for number in range(rounds + 1):  # the first one warms up
            for size, count in BATCHES.items():
                with psycopg.connect(url, autocommit=True) as connection:
                    connection.execute("truncate position")
                    connection.execute("truncate worker_position")
                since = datetime.now(UTC) - timedelta(days=5, hours=20)
                pair = over_http(base, tokens, size, count, since), bare_inserts_per_second(url, size, count)
                if number:
                    rates[size].append(pair)
            say(f"round {number} of {rounds}")
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("truncate position")
            city.locate_workers(connection)
    print(
        "| fixes a request | HTTP, requests/s | bare INSERT/s | ratio | fixes/s over HTTP |\n|---|---|---|---|---|"
    )
    for size, pairs in rates.items():
        over_http_median = statistics.median(a for a, _ in pairs)
        bare_median = statistics.median(b for _, b in pairs)
        ratio = statistics.median(a / b for a, b in pairs)
        cells = [
            f"{over_http_median:.0f}",
            f"{bare_median:.0f}",
            f"{ratio:.2f}",
            f"{over_http_median * size:.0f}",
        ]
        print(f"| positions at {size} | {' | '.join(cells)} |")
        if size == 500:
            record.note("positions_500", ratio)


if __name__ == "__main__":
    main()
