"""For operators: /livez (the process), /readyz (database and schema), /metrics (Prometheus)."""

import hmac
import logging
import os
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from ipaddress import ip_address
from pathlib import Path
from typing import Protocol

import orjson
from alembic.script import ScriptDirectory
from flask import Flask, Response, request
from prometheus_client import REGISTRY, CollectorRegistry, generate_latest, multiprocess
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from app.core import db, logins
from app.http.errors import problem

log = logging.getLogger("gridward.probes")
MIGRATIONS = Path(__file__).parents[2] / "migrations"
_STATE = text("""
  select (select version_num from alembic_version),
    pg_is_in_recovery() or current_setting('transaction_read_only') = 'on'
""")

KEPT_SECONDS = 5.0


class Measure(Protocol):
    """A gauge as supervision measures it: values by the values of its labels."""

    @property
    def name(self) -> str: ...
    @property
    def sentence(self) -> str: ...
    @property
    def labels(self) -> Sequence[str]: ...
    @property
    def samples(self) -> Sequence[tuple[Sequence[str], float]]: ...


def register(app: Flask, *, measure: Callable[[Session], Sequence[Measure]], token: str) -> None:
    draining = app.extensions["draining"] = threading.Event()
    head = ScriptDirectory(str(MIGRATIONS)).get_current_head()

    @app.get("/livez")
    def livez() -> Response:
        return _answer(200, {"status": "alive"})

    @app.get("/readyz")
    def readyz() -> Response:
        """Ask the connections that write: a standby answers reads, and would refuse every report."""
        if draining.is_set():
            return _answer(503, {"status": "draining"})
        try:
            with db.engine().begin() as connection:
                found, is_read_only = connection.execute(_STATE).one()
                fault = logins.fault(connection.connection.driver_connection, logins.APP)
        except logins.LoginRefused as refused:
            fault = str(refused)
        except SQLAlchemyError as error:
            log.warning("not ready: %s", error)
            return _answer(503, {"status": "database unavailable"})
        if fault:
            log.error("not ready: %s", fault)
            return _answer(503, {"status": "database login refused"})
        if is_read_only:
            return _answer(503, {"status": "database read only"})
        if found != head:
            return _answer(503, {"status": "schema differs", "found": found, "wanted": head})
        return _answer(200, {"status": "ready", "schema": found})

    figures = _Figures(measure)

    @app.get("/metrics")
    def metrics() -> Response:
        if not _may_scrape(token):
            return problem(403, "metrics_closed")
        registry = REGISTRY
        folder = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
        if folder:
            _forget_gauges_of_the_dead(Path(folder))
            registry = CollectorRegistry()
            multiprocess.MultiProcessCollector(registry, path=folder)
        asked = CollectorRegistry()
        asked.register(figures)
        body = generate_latest(registry) + generate_latest(asked)
        return Response(body, content_type="text/plain; version=0.0.4; charset=utf-8")


class _Figures(Collector):
    """What the database knows, asked by one scrape at a time and at most every few seconds in each process."""

    def __init__(self, measure: Callable[[Session], Sequence[Measure]]) -> None:
        self._measure = measure
        self._lock = threading.Lock()
        self._asked_at = float("-inf")
        self._found: Sequence[Measure] | None = None

    def describe(self) -> Iterable[Metric]:
        return []  # the database is not asked when the collector is registered

    def collect(self) -> Iterable[Metric]:
        with self._lock:
            if time.monotonic() - self._asked_at >= KEPT_SECONDS:
                self._found = self._ask()
                self._asked_at = time.monotonic()
            found = self._found
        up = found is not None
        yield GaugeMetricFamily("gridward_database_answers", "1: the database answered in time", value=up)
        for measured in found or ():
            family = GaugeMetricFamily(measured.name, measured.sentence, labels=measured.labels)
            for labels, value in measured.samples:
                family.add_metric(labels, value)
            yield family

    def _ask(self) -> Sequence[Measure] | None:
        try:
            # A transaction, which a read_session is not: the short timeout is for it alone.
            with db.transaction() as session:
                return self._measure(session)
        except SQLAlchemyError as error:
            log.warning("not measured: %s", error)
            return None


def _may_scrape(token: str) -> bool:
    """With the token; without one set, only who calls from this machine, and not through a proxy on it."""
    if token:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        return hmac.compare_digest(given.encode(), token.encode())
    is_passed_on = any(
        name in request.headers for name in ("X-Forwarded-For", "Forwarded", "Via", "X-Real-Ip")
    )
    try:
        return ip_address(request.remote_addr or "").is_loopback and not is_passed_on
    except ValueError:
        return False


def _forget_gauges_of_the_dead(folder: Path) -> None:
    for file in folder.glob("gauge_live*.db"):
        pid = file.stem.rpartition("_")[2]
        if pid.isdigit() and not Path("/proc", pid).exists():
            file.unlink(missing_ok=True)


def _answer(status: int, body: dict[str, str | None]) -> Response:
    return Response(orjson.dumps(body), status, content_type="application/json")
