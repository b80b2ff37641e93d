"""Gauges for operators, which `/metrics` returns."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain

from sqlalchemy.orm import Session

from app.core import clock
from app.integrity.queries import gauges as queries

STATEMENT_TIMEOUT_MS = 500


# name: (sentence, labels). docs/reference/metrics.md is made from it.
GAUGES: dict[str, tuple[str, tuple[str, ...]]] = {
    "gridward_jobs_waiting": ("Jobs that are due and not begun", ("queue", "task")),
    "gridward_jobs_oldest_waiting_seconds": ("How long the oldest due job waits", ("queue", "task")),
    "gridward_jobs_scheduled": ("Jobs for a later time", ("queue", "task")),
    "gridward_jobs_running": ("Jobs being done", ("queue", "task")),
    "gridward_jobs_failed": ("Jobs that failed for good and were kept", ("queue", "task")),
    "gridward_cases_waiting": ("Cases that wait for a supervisor", ("reason",)),
    "gridward_cases_oldest_waiting_seconds": ("How long the oldest of them waits", ()),
    "gridward_offers_outstanding": ("Offers without an answer", ()),
    "gridward_offers_past_expiry": ("Offers past their time that have not expired yet", ()),
    "gridward_offers_oldest_past_expiry_seconds": ("For how long the oldest of them is over", ()),
    "gridward_change_log_last_seq": ("Number of the newest change", ()),
    "gridward_change_log_newest_seconds": ("Age of the newest change", ()),
    "gridward_change_log_oldest_seconds": ("Age of the oldest one kept", ()),
    "gridward_change_log_bytes": ("Space that the change log takes", ()),
    "gridward_database_bytes": ("Space that the database takes", ()),
    "gridward_signals_standing": ("Signals that have not ended", ("kind",)),
    "gridward_signals_oldest_look_seconds": (
        "How long ago signals were looked for where that was longest ago",
        ("cadence",),
    ),
    "gridward_webhook_subscriptions": (
        "Subscriptions to webhooks: active, or paused because of what",
        ("state",),
    ),
    "gridward_webhook_dead_letters": ("Messages of webhooks that failed too often", ()),
}


@dataclass(frozen=True, slots=True)
class Measure:
    """A gauge with its samples: one value for each combination of label values.

    A value that is an age is in seconds; it is 0 if nothing waits.
    """

    name: str
    samples: Sequence[tuple[tuple[str, ...], float]]

    @property
    def sentence(self) -> str:
        """The help text of the gauge."""
        return GAUGES[self.name][0]

    @property
    def labels(self) -> tuple[str, ...]:
        """The names of its labels."""
        return GAUGES[self.name][1]


def measure(session: Session) -> list[Measure]:
    """Return all gauges, read in one transaction with a short statement timeout.

    The route `/metrics` caches the result.
    """
    now = clock.now()
    queries.limit_time(session, milliseconds=STATEMENT_TIMEOUT_MS)
    parts = (_jobs(session, now), _cases(session, now), _log(session, now), _signals(session, now))
    return [*chain.from_iterable(parts), *_webhooks(session)]


def _jobs(session: Session, now: datetime) -> list[Measure]:
    rows = queries.jobs(session, now=now)

    def of(column: str) -> list[tuple[tuple[str, ...], float]]:
        return [((row["queue"], row["task"]), float(row[column])) for row in rows]

    ages = [((row["queue"], row["task"]), _age(row["since"], now)) for row in rows]
    return [
        Measure("gridward_jobs_waiting", of("waiting")),
        Measure("gridward_jobs_oldest_waiting_seconds", ages),
        Measure("gridward_jobs_scheduled", of("later")),
        Measure("gridward_jobs_running", of("doing")),
        Measure("gridward_jobs_failed", of("failed")),
    ]


def _cases(session: Session, now: datetime) -> list[Measure]:
    rows = queries.waiting_cases(session)
    row = queries.offers(session, now=now)
    oldest = max((_age(row["since"], now) for row in rows), default=0.0)
    by_reason = [((row["reason"],), float(row["n"])) for row in rows]
    return [
        Measure("gridward_cases_waiting", by_reason),
        _single("gridward_cases_oldest_waiting_seconds", oldest),
        _single("gridward_offers_outstanding", row["live"]),
        _single("gridward_offers_past_expiry", row["past"]),
        _single("gridward_offers_oldest_past_expiry_seconds", _age(row["since"], now)),
    ]


def _log(session: Session, now: datetime) -> list[Measure]:
    row = queries.change_log(session)
    return [
        _single("gridward_change_log_last_seq", row["last_seq"] or 0),
        _single("gridward_change_log_newest_seconds", _age(row["last_at"], now)),
        _single("gridward_change_log_oldest_seconds", _age(row["first_at"], now)),
        _single("gridward_change_log_bytes", row["bytes"]),
        _single("gridward_database_bytes", row["database_bytes"]),
    ]


def _signals(session: Session, now: datetime) -> list[Measure]:
    standing = [((row["kind"],), float(row["n"])) for row in queries.signals(session)]
    ages = [((row["cadence"],), _age(row["since"], now)) for row in queries.detection_runs(session)]
    return [
        Measure("gridward_signals_standing", standing),
        Measure("gridward_signals_oldest_look_seconds", ages),
    ]


def _webhooks(session: Session) -> list[Measure]:
    rows = queries.webhooks(session)
    subscriptions = [((row["state"],), float(row["n"])) for row in rows if row["state"] != "dead"]
    dead = sum(row["n"] for row in rows if row["state"] == "dead")
    return [
        Measure("gridward_webhook_subscriptions", subscriptions),
        _single("gridward_webhook_dead_letters", dead),
    ]


def _single(name: str, value: float) -> Measure:
    return Measure(name, [((), float(value))])


def _age(since: datetime | None, now: datetime) -> float:
    return max(0.0, (now - since).total_seconds()) if since else 0.0
