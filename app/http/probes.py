"""For operators: /livez (the process), /readyz (database and schema), /metrics (Prometheus)."""

import logging
import os
import threading
from pathlib import Path

import orjson
from alembic.script import ScriptDirectory
from flask import Flask, Response
from prometheus_client import REGISTRY, CollectorRegistry, generate_latest, multiprocess
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from app.core import db

log = logging.getLogger("gridward.probes")
MIGRATIONS = Path(__file__).parents[2] / "migrations"


def register(app: Flask) -> None:
    draining = app.extensions["draining"] = threading.Event()
    head = ScriptDirectory(str(MIGRATIONS)).get_current_head()

    @app.get("/livez")
    def livez() -> Response:
        return _answer(200, {"status": "alive"})

    @app.get("/readyz")
    def readyz() -> Response:
        if draining.is_set():
            return _answer(503, {"status": "draining"})
        try:
            with db.read_session() as session:
                found = session.scalar(text("select version_num from alembic_version"))
        except SQLAlchemyError as error:
            log.warning("not ready: %s", error)
            return _answer(503, {"status": "database unavailable"})
        if found != head:
            return _answer(503, {"status": "schema differs", "found": found, "wanted": head})
        return _answer(200, {"status": "ready", "schema": found})

    @app.get("/metrics")
    def metrics() -> Response:
        registry = REGISTRY
        folder = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
        if folder:
            registry = CollectorRegistry()
            multiprocess.MultiProcessCollector(registry, path=folder)
        return Response(generate_latest(registry), content_type="text/plain; version=0.0.4; charset=utf-8")


def _answer(status: int, body: dict[str, str | None]) -> Response:
    return Response(orjson.dumps(body), status, content_type="application/json")
