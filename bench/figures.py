"""`python -m bench.figures`: figures by street and category over all cases, beside the plain GROUP BY; a month; members.

One request at a time, each beside the plain statement in the same round, because one such answer keeps all processors
busy. Settings as in `bench.run` (BENCH_SIZE, BENCH_ROUNDS); `BENCH_ONLY=figures make bench` is the same.
"""

import json
import os
import secrets
import statistics
import tempfile
import time
import urllib.request
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from urllib.parse import quote, urlsplit

import psycopg

from app.settings import Settings
from bench import city
from bench.run import OURS, cluster, prepare, say, served, set_passwords, signed_in

FOLDER = Path(__file__).parent
WHO = "bench-admin"
PLAIN = "plain GROUP BY by street and category, all cases"


def get(base: str, path: str, headers: dict[str, str]) -> tuple[float, bytes]:
    """Seconds until the whole answer is there, and the answer."""
    begun = time.perf_counter()
    with urllib.request.urlopen(urllib.request.Request(base + path, headers=headers), timeout=300) as answer:
        body = answer.read()
    return time.perf_counter() - begun, body


def plainly(connection: psycopg.Connection) -> float:
    sql = (FOLDER / "limits" / "figures.sql").read_text()
    begun = time.perf_counter()
    connection.execute(sql).fetchall()  # type: ignore[arg-type]
    return time.perf_counter() - begun


def asked(first: date, last: date) -> dict[str, str]:
    """Titles and paths. The period of all cases holds what is due after the last report too."""
    path = "/api/v1/figures"
    whole = f"from={first}&to={last + timedelta(days=30)}"
    month = (last.replace(day=1) - timedelta(days=1)).replace(day=1)
    one = f"from={month}&to={last.replace(day=1) - timedelta(days=1)}"
    then = quote(datetime.now(UTC).isoformat())
    return {
        "figures by street and category, all cases": f"{path}?{whole}&group_by=area:street&compare=none",
        "the same, as recorded by now": f"{path}?{whole}&group_by=area:street&compare=none&as_of={then}",
        "a month by street, beside two others": f"{path}?{one}&group_by=area:street",
        "a month by street, alone": f"{path}?{one}&group_by=area:street&compare=none",
        "the same, as recorded then": f"{path}?{one}&group_by=area:street&compare=none&as_of={then}",
    }


def main() -> None:
    rounds = int(os.environ.get("BENCH_ROUNDS", "3"))
    password = secrets.token_urlsafe(16)
    with ExitStack() as stack:
        server = stack.enter_context(cluster())
        state = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="gridward-bench-")))
        size = city.Size.of(float(os.environ.get("BENCH_SIZE", "1")))
        url = prepare(server, size)
        set_passwords(url, Settings(signing_key_file=state / "signing-key.pem"), [WHO], password)
        base, _ = stack.enter_context(
            served(
                url,
                state,
                "app.server:application",
                *OURS,
                probe="/readyz",
                env={"GRIDWARD_STATEMENT_TIMEOUT_MS": "300000"},
            )
        )
        connection = stack.enter_context(psycopg.connect(url, autocommit=True))
        edges = connection.execute(
            "select min(reported_at)::date, max(reported_at)::date from incident"
        ).fetchone()
        if edges is None or edges[0] is None:
            raise SystemExit("the city has no cases")
        paths = asked(*edges)
        took: dict[str, list[float]] = {}
        for number in range(rounds + 1):  # the first one warms up
            headers = signed_in(base, WHO, password)
            found = {PLAIN: plainly(connection)}
            for title, path in paths.items():
                found[title], body = get(base, path, headers)
                answer = json.loads(body)
                if title.startswith("a month by street, alone"):
                    link = urlsplit(answer["groups"][0]["measures"]["due"]["members"])
                    found["a page of members of it"], _ = get(base, f"{link.path}?{link.query}", headers)
                elif "all cases" in title and answer["measures"]["accepted"]["count"] != size.cases:
                    raise SystemExit(
                        f"{title}: {answer['measures']['accepted']['count']} cases of {size.cases}"
                    )
            if number:
                for title, seconds in found.items():
                    took.setdefault(title, []).append(seconds)
            say(f"round {number} of {rounds}")
    print(f"{size.cases:,} cases\n\n| | seconds | plain / this |\n|---|---|---|")
    for title, times in took.items():
        ratio = statistics.median(plain / own for plain, own in zip(took[PLAIN], times, strict=True))
        print(f"| {title} | {statistics.median(times):.2f} | {ratio:.2f} |")


if __name__ == "__main__":
    main()
