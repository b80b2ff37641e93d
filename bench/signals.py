"""`python -m bench.signals`: one look for signals on the bench's city, hourly and nightly, and each kind of signal by itself.

What a look writes is taken back. Settings as in `bench.run` (BENCH_SIZE, BENCH_ROUNDS).
"""

import os
import statistics
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

from app.core import db, logins
from app.core.actor import SYSTEM
from app.profiles import service as profiles
from app.signals.queries import detectors
from app.signals.rules.signals import DAILY, HOURLY
from app.signals.service import detect_signals
from app.signals.service.detectors import DETECTORS, DetectionRun
from bench import city
from bench.environment import cluster, prepare, say


def timed(act: Callable[[], Any]) -> tuple[float, Any]:
    started_at = time.perf_counter()
    result = act()
    return time.perf_counter() - started_at, result


def timed_look(now: datetime, cadence: str) -> tuple[float, int | None]:
    """Return the seconds of a whole run with its writes, and the number of signals. Rolled back."""
    with db.transaction(SYSTEM) as session:
        jurisdiction_id = detectors.jurisdictions(session)[0]["id"]
        elapsed_s, signals = timed(lambda: detect_signals(session, jurisdiction_id, cadence, now))
        session.rollback()
    return elapsed_s, signals


def timed_detector(now: datetime, kind: str) -> tuple[float, int]:
    with db.read_session() as session:
        jurisdiction = detectors.jurisdictions(session)[0]
        profile = profiles.profile_at(session, jurisdiction["id"], now).profile
    look = DetectionRun(
        partial(db.long_read_session, 0), jurisdiction["id"], profile, float(jurisdiction["lat"]), now, 1
    )
    elapsed_s, findings = timed(lambda: DETECTORS[kind](look))
    return elapsed_s, len(findings)


def main() -> None:
    rounds = int(os.environ.get("BENCH_ROUNDS", "3"))
    size = city.Size.of(float(os.environ.get("BENCH_SIZE", "1")))
    with cluster() as server:
        url = prepare(server, size)
        job = logins.login_url(url, logins.JOB)
        db.configure(job, role=logins.JOB, pool_size=2, statement_timeout_ms=0)
        now = datetime.now(UTC)
        rows: dict[str, list[tuple[float, int | None]]] = {}
        try:
            for number in range(rounds):
                for cadence in (HOURLY, DAILY):
                    rows.setdefault(f"a look, {cadence}", []).append(timed_look(now, cadence))
                for kind in DETECTORS:
                    rows.setdefault(kind, []).append(timed_detector(now, kind))
                say(f"round {number + 1} of {rounds}")
        finally:
            db.dispose()
    print(f"{size.cases:,} cases and households\n\n| | seconds | signals |\n|---|---|---|")
    for title, samples in rows.items():
        print(
            f"| {title} | {statistics.median(elapsed_s for elapsed_s, _ in samples):.2f} | {samples[-1][1]} |"
        )


if __name__ == "__main__":
    sys.exit(main())
