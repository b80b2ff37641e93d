"""Endpoints for operators: /livez (process), /readyz (database and schema), /metrics (Prometheus)."""

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
from flask import Flask, Response, request
from prometheus_client import REGISTRY, CollectorRegistry, generate_latest, multiprocess
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from app.core import db, logins
from app.core.revisions import newest_revision
from app.http.errors import problem

log = logging.getLogger("gridward.probes")
_STATE = text("""
  select (select version_num from alembic_version),
    pg_is_in_recovery() or current_setting('transaction_read_only') = 'on'
""")

CACHE_SECONDS = 5.0
# Name and help text.
DATABASE_ANSWERS = ("gridward_database_answers", "1: the database answered in time")


class Measure(Protocol):
    """Interface of a gauge for /metrics whose values another package reads from the database.

    Attributes:
        sentence: The help text.
        labels: The names of the labels.
        samples: Pairs of label values and the value of the gauge.
    """

    @property
    def name(self) -> str: ...
    @property
    def sentence(self) -> str: ...
    @property
    def labels(self) -> Sequence[str]: ...
    @property
    def samples(self) -> Sequence[tuple[Sequence[str], float]]: ...


def register(app: Flask, *, measure: Callable[[Session], Sequence[Measure]], token: str) -> None:
    """Add the routes for probes and metrics to the application."""
    draining = app.extensions["draining"] = threading.Event()
    head = newest_revision()

    @app.get("/livez")
    def livez() -> Response:
        return _json_response(200, {"status": "alive"})

    @app.get("/readyz")
    def readyz() -> Response:
        """Answer 200 if the database accepts writes and has the schema of this release, else 503.

        The engine for writes is checked: a standby server answers reads, but would refuse every report.
        """
        if draining.is_set():
            return _json_response(503, {"status": "draining"})
        try:
            with db.engine().begin() as connection:
                revision, is_read_only = connection.execute(_STATE).one()
                fault = logins.login_fault(connection.connection.driver_connection, logins.APP)
        except logins.LoginRefused as refused:
            fault = str(refused)
        except SQLAlchemyError as error:
            log.warning("not ready: %s", error)
            return _json_response(503, {"status": "database unavailable"})
        if fault:
            log.error("not ready: %s", fault)
            return _json_response(503, {"status": "database login refused"})
        if is_read_only:
            return _json_response(503, {"status": "database read only"})
        if revision != head:
            return _json_response(503, {"status": "schema differs", "found": revision, "wanted": head})
        return _json_response(200, {"status": "ready", "schema": revision})

    figures = _DatabaseCollector(measure)

    @app.get("/metrics")
    def metrics() -> Response:
        if not _may_scrape(token):
            return problem(403, "metrics_closed")
        registry = REGISTRY
        folder = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
        if folder:
            _remove_gauges_of_dead_processes(Path(folder))
            registry = CollectorRegistry()
            multiprocess.MultiProcessCollector(registry, path=folder)
        database_registry = CollectorRegistry()
        database_registry.register(figures)
        body = generate_latest(registry) + generate_latest(database_registry)
        return Response(body, content_type="text/plain; version=0.0.4; charset=utf-8")


class _DatabaseCollector(Collector):
    """Prometheus collector of gauges that are read from the database.

    Only one scrape at a time reads the gauges, and each process reads them at most once in a few seconds.
    """

    def __init__(self, measure: Callable[[Session], Sequence[Measure]]) -> None:
        self._measure = measure
        self._lock = threading.Lock()
        self._measured_at = float("-inf")
        self._measures: Sequence[Measure] | None = None

    def describe(self) -> Iterable[Metric]:
        return []  # the database is not asked when the collector is registered

    def collect(self) -> Iterable[Metric]:
        with self._lock:
            if time.monotonic() - self._measured_at >= CACHE_SECONDS:
                self._measures = self._read_measures()
                self._measured_at = time.monotonic()
            measures = self._measures
        up = measures is not None
        yield GaugeMetricFamily(*DATABASE_ANSWERS, value=up)
        for measure in measures or ():
            family = GaugeMetricFamily(measure.name, measure.sentence, labels=measure.labels)
            for labels, value in measure.samples:
                family.add_metric(labels, value)
            yield family

    def _read_measures(self) -> Sequence[Measure] | None:
        try:
            # A transaction, which a read_session is not: the short timeout is for it alone.
            with db.transaction() as session:
                return self._measure(session)
        except SQLAlchemyError as error:
            log.warning("not measured: %s", error)
            return None


def _may_scrape(token: str) -> bool:
    """Return True if the caller may read /metrics.

    The caller must send the token. If no token is configured, only callers on this machine may read it, without a proxy.
    """
    if token:
        sent_token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        return hmac.compare_digest(sent_token.encode(), token.encode())
    is_proxied = any(name in request.headers for name in ("X-Forwarded-For", "Forwarded", "Via", "X-Real-Ip"))
    try:
        return ip_address(request.remote_addr or "").is_loopback and not is_proxied
    except ValueError:
        return False


def _remove_gauges_of_dead_processes(folder: Path) -> None:
    for file in folder.glob("gauge_live*.db"):
        pid = file.stem.rpartition("_")[2]
        if pid.isdigit() and not Path("/proc", pid).exists():
            file.unlink(missing_ok=True)


def _json_response(status: int, body: dict[str, str | None]) -> Response:
    return Response(orjson.dumps(body), status, content_type="application/json")
