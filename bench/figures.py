"""`python -m bench.figures`: figures over all cases beside the plain GROUP BY; a month; members; the evaluation of a street.

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
from bench import city, record
from bench.environment import GRANIAN_OPTIONS, cluster, prepare, say, served, set_passwords, signed_in

FOLDER = Path(__file__).parent
WHO = "bench-admin"
ALL_TITLE = "figures by street and category, all cases"
EVALUATION_TITLE = "evaluation of a month in a street"
PLAIN_TITLE = "plain GROUP BY by street and category, all cases"


def get(base: str, path: str, headers: dict[str, str]) -> tuple[float, bytes]:
    """Seconds until the whole answer is there, and the answer."""
    started_at = time.perf_counter()
    with urllib.request.urlopen(
        urllib.request.Request(base + path, headers=headers), timeout=300
    ) as response:
        body = response.read()
    return time.perf_counter() - started_at, body


def plain_group_by(connection: psycopg.Connection) -> float:
    sql = (FOLDER / "limits" / "figures.sql").read_text()
    started_at = time.perf_counter()
    connection.execute(sql).fetchall()  # type: ignore[arg-type]
    return time.perf_counter() - started_at


def paths_by_title(first_day: date, last_day: date, street_id: str) -> dict[str, str]:
    """Titles and paths. The period of all cases holds what is due after the last report too."""
    path = "/api/v1/figures"
    full_query = f"from={first_day}&to={last_day + timedelta(days=30)}"
    month = (last_day.replace(day=1) - timedelta(days=1)).replace(day=1)
    month_query = f"from={month}&to={last_day.replace(day=1) - timedelta(days=1)}"
    as_of = quote(datetime.now(UTC).isoformat())
    return {
        ALL_TITLE: f"{path}?{full_query}&group_by=area:street&compare=none",
        "the same, as recorded by now": f"{path}?{full_query}&group_by=area:street&compare=none&as_of={as_of}",
        "a month by street, beside two others": f"{path}?{month_query}&group_by=area:street",
        "a month by street, alone": f"{path}?{month_query}&group_by=area:street&compare=none",
        "the same, as recorded then": f"{path}?{month_query}&group_by=area:street&compare=none&as_of={as_of}",
        EVALUATION_TITLE: f"/api/v1/evaluation?month={month:%Y-%m}&area_id={street_id}",
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
                *GRANIAN_OPTIONS,
                probe="/readyz",
                env={"GRIDWARD_STATEMENT_TIMEOUT_MS": "300000"},
            )
        )
        connection = stack.enter_context(psycopg.connect(url, autocommit=True))
        first_and_last = connection.execute(
            "select min(reported_at)::date, max(reported_at)::date from incident"
        ).fetchone()
        if first_and_last is None or first_and_last[0] is None:
            raise SystemExit("the city has no cases")
        street = connection.execute(
            "select area_id::text from area_version where level = 'street' and upper_inf(valid) order by code limit 1"
        ).fetchone()
        assert street
        paths = paths_by_title(*first_and_last, *street)
        measurements: dict[str, list[float]] = {}
        for number in range(rounds + 1):  # the first one warms up
            headers = signed_in(base, WHO, password)
            seconds_by_title = {PLAIN_TITLE: plain_group_by(connection)}
            for title, path in paths.items():
                seconds_by_title[title], body = get(base, path, headers)
                document = json.loads(body)
                if title.startswith("a month by street, alone"):
                    link = urlsplit(document["groups"][0]["measures"]["due"]["members"])
                    seconds_by_title["a page of members of it"], _ = get(
                        base, f"{link.path}?{link.query}", headers
                    )
                elif title == EVALUATION_TITLE:
                    again = document["again"]["json"]
                    seconds_by_title["the same, as of its snapshot"], _ = get(base, again, headers)
                elif "all cases" in title and document["measures"]["accepted"]["count"] != size.cases:
                    raise SystemExit(
                        f"{title}: {document['measures']['accepted']['count']} cases of {size.cases}"
                    )
            if number:
                for title, seconds in seconds_by_title.items():
                    measurements.setdefault(title, []).append(seconds)
            say(f"round {number} of {rounds}")
    print(f"{size.cases:,} cases\n\n| | seconds | plain / this |\n|---|---|---|")
    for title, times in measurements.items():
        ratio = statistics.median(
            plain / seconds for plain, seconds in zip(measurements[PLAIN_TITLE], times, strict=True)
        )
        print(f"| {title} | {statistics.median(times):.2f} | {ratio:.2f} |")
        if title == ALL_TITLE:
            record.note("figures", 1 / ratio)


if __name__ == "__main__":
    main()
