"""Log entries: one JSON object each, with the request id, and without values that people wrote."""

import contextlib
import io
import logging
import logging.config
import threading
import warnings
from collections.abc import Iterator
from typing import Any

import orjson
import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.core import db, jobs, logs
from app.core.actor import SYSTEM
from app.core.errors import Conflict
from app.core.ids import uuid7
from app.incidents.reporting import service as reporting
from tests.factories import PASSWORD

NAME, PHONE, NOTE, SECRET = "标记某某", "13900007788", "markednote-in-words", "marked-password-9"
MARKED = (NAME, PHONE, NOTE, SECRET, "marked-token", "标记")

# Each fails inside a request, with marked values in it.
FAULTS: dict[str, str] = {
    "no table (500)": "select * from markednote_in_words where a = :note",
    "a value in the primary message": "select cast(:note as uuid)",
    "a row in DETAIL": """insert into account (id, username, name, password_hash, must_change_password, created_at)
                          select gen_random_uuid(), username, :note, '', false, clock_timestamp() from account limit 1""",
    "a raise": "do $$ begin raise exception 'markednote-in-words' using detail = '标记某某 13900007788'; end $$",
}


class Log:
    """What would stand in the process's log."""

    def __init__(self) -> None:
        self.stream = io.StringIO()

    @property
    def text(self) -> str:
        return self.stream.getvalue()

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [orjson.loads(raw) for raw in self.text.splitlines()]

    def of(self, logger: str) -> list[dict[str, Any]]:
        return [entry for entry in self.lines if entry["logger"] == logger]


@contextlib.contextmanager
def captured(form: type[logging.Formatter]) -> Iterator[Log]:
    """Everything, down to debug."""
    log = Log()
    handler = logging.StreamHandler(log.stream)
    handler.setFormatter(form())
    root = logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield log
    finally:
        root.setLevel(before)
        root.removeHandler(handler)


@pytest.fixture(params=[logs.JsonLines, logs.Text])
def log(request):
    with captured(request.param) as log:
        yield log


@pytest.fixture
def json_log():
    with captured(logs.JsonLines) as log:
        yield log


def assert_no_marks(log: Log) -> None:
    leaked = {value for value in MARKED if value in log.text}
    assert not leaked, (leaked, log.text)


def report_body(city: Any) -> dict[str, Any]:
    return {
        "id": str(uuid7()),
        **city.in_grid("g1"),
        "category": "E0102",
        "description": NOTE,
        "attributes": {"remark": NOTE},
        "reporter": {"name": NAME, "phone": PHONE},
    }


def test_request_log_contains_no_submitted_values(log, city):
    worker = city.worker("g1", name=NAME)
    assert worker.post("/incidents", report_body(city)).status_code == 201
    assert worker.post("/incidents", {**report_body(city), "lon": NOTE}).status_code == 422
    assert worker.post("/incidents", {**report_body(city), NOTE: PHONE}).status_code == 422
    assert worker.get(f"/incidents?{NOTE}={PHONE}").status_code == 422
    assert worker.get(f"/incidents/{NOTE}").status_code == 404
    client = worker.client
    wrong = {"username": NAME, "password": SECRET}
    assert client.post("/api/v1/auth/token", json=wrong).status_code == 401
    assert client.post("/api/v1/auth/refresh", json={"refresh_token": "marked-token"}).status_code == 401
    assert client.get("/api/v1/me", headers={"Authorization": "Bearer marked-token"}).status_code == 401
    broken = client.post("/api/v1/auth/token", data=f'{{"{NOTE}"', content_type="application/json")
    assert broken.status_code in (400, 422)
    assert log.text.count("gridward.access") >= 8
    assert_no_marks(log)


@pytest.mark.parametrize("fault", FAULTS)
def test_database_error_log_contains_no_values(log, city, monkeypatch, fault):
    worker = city.worker("g1")

    def fail(session: Any, actor: Any, **_: Any) -> None:
        sql = text(FAULTS[fault])
        session.execute(sql, {"note": NOTE} if ":note" in FAULTS[fault] else {})

    monkeypatch.setattr(reporting, "report", fail)
    answer = worker.post("/incidents", report_body(city))
    assert answer.status_code in (409, 422, 500)
    # The faults are planted: the operation has no such codes.
    city.app.extensions["undeclared_codes"].clear()
    assert NOTE not in answer.text
    assert_no_marks(log)


def test_exception_log_contains_types_and_frames_only(json_log, city, monkeypatch):
    worker = city.worker("g1")

    def fail(*_: Any, **given: Any) -> None:
        try:
            raise KeyError(NOTE)
        except KeyError as cause:
            raise ValueError(f"{given} {NAME}") from cause

    monkeypatch.setattr(reporting, "report", fail)
    answer = worker.post("/incidents", report_body(city), headers={"X-Request-Id": "abc-123"})
    assert answer.status_code == 500
    [error_entry] = json_log.of("gridward.http")
    assert error_entry["level"] == "error"
    assert error_entry["request_id"] == "abc-123" == answer.json["request_id"]
    assert [entry["type"] for entry in error_entry["error"]] == ["ValueError", "KeyError"]
    assert error_entry["error"][0]["frames"][-1]["function"] == "fail"
    assert_no_marks(json_log)


def test_log_entry_has_time_level_logger_message_and_request_id(json_log, city, monkeypatch):
    worker = city.worker("g1")
    real = reporting.report

    def report(*args: Any, **given: Any) -> Any:
        logging.getLogger("gridward.incidents").info("inside a service")
        return real(*args, **given)

    monkeypatch.setattr(reporting, "report", report)
    answer = worker.post("/incidents", report_body(city))
    [inside] = json_log.of("gridward.incidents")
    access = json_log.of("gridward.access")[-1]
    assert inside["request_id"] == access["request_id"] == answer.headers["X-Request-Id"]
    assert (access["route"], access["status"]) == ("/api/v1/incidents", 201)
    assert access["actor"] == str(worker.id)
    assert {"time", "level", "logger", "message", "process"} <= set(inside)
    assert inside["time"].endswith("Z") and inside["time"][10] == "T"
    logging.getLogger("gridward.incidents").info("outside")
    assert "request_id" not in json_log.lines[-1]


def test_enqueued_job_carries_request_id(app):
    token = logs.request_id.set("cause-1")
    try:
        binds = jobs.enqueue_binds("some.task", None, incident_id="x")
    finally:
        logs.request_id.reset(token)
    assert orjson.loads(binds["job_args"]) == {"incident_id": "x", jobs.CAUSED_BY: "cause-1"}
    assert jobs.CAUSED_BY not in orjson.loads(jobs.enqueue_binds("some.task", None)["job_args"])


def test_job_log_entry_has_job_and_causing_request(json_log):
    with logs.job_context(job_id=7, task="some.task", attempt=2, caused_by="cause-1"):
        logging.getLogger("gridward.some").warning("inside")
    entry = json_log.lines[-1]
    assert entry["job"] == {"id": 7, "task": "some.task", "attempt": 2}
    assert entry["request_id"] == "cause-1"


def test_library_log_entries_lose_their_values(log):
    with pytest.raises(psycopg.Error) as caught, psycopg.connect("host=/nowhere-markednote-in-words"):
        pass
    logging.getLogger("psycopg.pool").warning("error connecting: %s", caught.value)
    logging.getLogger("psycopg.pool").warning(caught.value)
    logging.getLogger("asyncio").error(f"Task exception was never retrieved\nfuture: ValueError('{NOTE}')")
    extra = {"action": "start_job", "job": {"id": 1, "task_name": "a.b", "attempts": 0}}
    logging.getLogger("procrastinate.worker").warning(f"Starting job a.b[1](name='{NAME}')", extra=extra)
    logging.getLogger("gridward.x").error("case %s: %s", "an-id", Conflict("already_exists"))
    assert "already_exists" in log.text and "an-id" in log.text and "start_job" in log.text
    assert_no_marks(log)


def test_uncaught_exception_of_process_or_thread_is_logged(json_log, monkeypatch):
    import sys

    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    monkeypatch.setattr(logging.config, "dictConfig", lambda _: None)
    show = warnings.showwarning
    logs.configure("info", "json")
    try:
        error = ValueError(NOTE)
        sys.excepthook(ValueError, error, None)
        thread = threading.Thread(target=lambda: int(NOTE))
        thread.start()
        thread.join()
    finally:
        logging.captureWarnings(False)
        warnings.showwarning = show
    assert [entry["error"][0]["type"] for entry in json_log.of("gridward.process")] == ["ValueError"] * 2
    assert_no_marks(json_log)


def test_database_error_description_has_sqlstate_and_constraint(app, city):
    with pytest.raises(DBAPIError) as caught, db.transaction(SYSTEM) as session:
        session.execute(text("update account set username = (select min(username) from account)"))
    described = logs.describe_error(caught.value)
    assert described[0]["sqlstate"] == "23505"
    assert described[0]["constraint_name"] == "uq_account_username"


def test_log_never_contains_ingest_token(log, city):
    """Traccar's protocol has no place for it but the address."""
    worker = city.worker("g1")
    token = worker.post("/me/ingest-tokens", {"label": "phone", "password": PASSWORD}).json["token"]
    client = worker.client
    place = "lat=30.2&lon=120.1"
    for path in (
        f"?id={token}&{place}",
        f"?deviceid={token}&{place}",
        f"/{token}?{place}",
        f"?id={token}x&{place}",
    ):
        client.get(f"/api/v1/ingest/osmand{path}")
        client.post(f"/api/v1/ingest/osmand{path}", json={"device_id": token})
    client.post("/api/v1/ingest/overland", data=b"{", headers={"Authorization": f"Bearer {token}"})
    worker.get(f"/incidents?token={token}")
    # Others' code may quote an address, in a message or as an argument.
    logging.getLogger("somebody.else").warning("GET /api/v1/ingest/osmand?id=%s failed", token)
    access = logging.getLogger("_granian.access")
    for logger in (access, access.parent):
        # As granian leaves them; a server of another test may have changed them.
        logger.disabled, logger.propagate = False, True
        logger.setLevel(logging.WARNING)
    access.warning(f"GET /api/v1/ingest/osmand?id={token}&{place} 500")
    assert log.text.count("gridward.access") >= 10
    assert log.text.count("[token]") == 2
    assert token not in log.text and token[4:] not in log.text


def test_error_log_contains_no_token_from_url(log, city, monkeypatch):
    from app.workforce import service as workforce

    worker = city.worker("g1")
    token = worker.post("/me/ingest-tokens", {"label": "phone", "password": PASSWORD}).json["token"]

    def fail(session: Any, *_: Any, **__: Any) -> Any:
        session.execute(text("select * from gone where a = :note"), {"note": token})

    monkeypatch.setattr(workforce, "take_fixes", fail)
    answer = worker.client.get(f"/api/v1/ingest/osmand?id={token}&lat=30.2&lon=120.1")
    assert answer.status_code == 500 and "gridward.http" in log.text
    assert token not in log.text + answer.text and token[4:] not in log.text
