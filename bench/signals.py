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
from app.signals.service import look_for_signals
from app.signals.service.detectors import FINDERS, Look
from bench import city
from bench.run import cluster, prepare, say


def timed(act: Callable[[], Any]) -> tuple[float, Any]:
    began = time.perf_counter()
    found = act()
    return time.perf_counter() - began, found


def looked(now: datetime, cadence: str) -> tuple[float, int | None]:
    """Seconds of a whole look with all that it writes, and how many signals stand; nothing stays."""
    with db.transaction(SYSTEM) as session:
        jurisdiction_id = detectors.jurisdictions(session)[0]["id"]
        took, found = timed(lambda: look_for_signals(session, jurisdiction_id, cadence, now))
        session.rollback()
    return took, found


def of_kind(now: datetime, kind: str) -> tuple[float, int]:
    with db.read_session() as session:
        place = detectors.jurisdictions(session)[0]
        profile = profiles.profile_at(session, place["id"], now).profile
    look = Look(partial(db.long_read_session, 0), place["id"], profile, float(place["lat"]), now, 1)
    took, found = timed(lambda: FINDERS[kind](look))
    return took, len(found)


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
                    rows.setdefault(f"a look, {cadence}", []).append(looked(now, cadence))
                for kind in FINDERS:
                    rows.setdefault(kind, []).append(of_kind(now, kind))
                say(f"round {number + 1} of {rounds}")
        finally:
            db.dispose()
    print(f"{size.cases:,} cases and households\n\n| | seconds | signals |\n|---|---|---|")
    for title, found in rows.items():
        print(f"| {title} | {statistics.median(took for took, _ in found):.2f} | {found[-1][1]} |")


if __name__ == "__main__":
    sys.exit(main())
