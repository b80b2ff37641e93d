"""/metrics: values, access, and the cost of a scrape for the database."""

import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.core import clock, db
from app.core.actor import SYSTEM
from app.core.ids import uuid7
from app.http import probes
from app.incidents import jobs as incident_jobs
from app.integrity import service as integrity
from app.integrity.queries import gauges
from tests.live.processes import app_on


@pytest.fixture
def measured(app):
    """The measures as they are now, by name and labels."""

    def read() -> dict[tuple[str, ...], float]:
        with db.transaction() as session:
            return {
                (m.name, *labels): value for m in integrity.measure(session) for labels, value in m.samples
            }

    return read


@pytest.fixture
def scrape(app):
    def read(headers: Any = None, **environ: Any) -> Any:
        return app.test_client().get("/metrics", headers=headers, environ_overrides=environ or None)

    return read


def counted(answer: Any, name: str, **labels: str) -> float:
    return sum(
        sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
        if sample.name == name and labels.items() <= sample.labels.items()
    )


def write(sql: str, **binds: Any) -> None:
    with db.transaction(SYSTEM) as session:
        session.execute(text(sql), binds)


def test_metrics_count_jobs_by_task_and_age_of_oldest(measured):
    task, now = f"test.{uuid7().hex[:8]}", clock.now()
    insert = "insert into procrastinate_jobs (queue_name, task_name, status, scheduled_at) values ('test', :t, :s, :at)"
    for status, at in (
        ("todo", now - timedelta(seconds=100)),
        ("todo", now + timedelta(hours=1)),
        ("todo", now + timedelta(hours=2)),
        ("doing", None),
        ("failed", None),
    ):
        write(insert, t=task, s=status, at=at)
    gauges = measured()
    numbers = [
        gauges["gridward_jobs_" + what, "test", task]
        for what in ("waiting", "scheduled", "running", "failed")
    ]
    assert numbers == [1, 2, 1, 1]
    assert 100 <= gauges["gridward_jobs_oldest_waiting_seconds", "test", task] < 130
    write(
        "update procrastinate_jobs set scheduled_at = null where task_name = :t and status = 'todo'", t=task
    )
    later = measured()
    assert later["gridward_jobs_waiting", "test", task] == 3
    assert later["gridward_jobs_oldest_waiting_seconds", "test", task] < 30, "since it was enqueued"
    write("delete from procrastinate_jobs where task_name = :t", t=task)


def test_metrics_count_waiting_cases_and_overdue_offers(city, report, measured):
    worker = city.worker("g1")
    before = measured()
    waiting = report(worker, city.in_no_grid())
    offered = report(city.worker("g2"), city.in_grid("g1"))
    assert offered["assignment"]["state"] == "offered"
    gauges = measured()
    reason = waiting["waiting"]["reason"]
    assert gauges["gridward_cases_waiting", reason] >= before.get(("gridward_cases_waiting", reason), 0) + 1
    assert gauges["gridward_offers_outstanding",] >= 1
    long_ago = clock.now() - timedelta(days=30)
    write("update incident set waiting_since = :at where id = :id", at=long_ago, id=waiting["id"])
    write("update offer set expires_at = :at where incident_id = :id", at=long_ago, id=offered["id"])
    overdue = measured()
    assert overdue["gridward_cases_oldest_waiting_seconds",] >= 30 * 86_400
    assert overdue["gridward_offers_oldest_past_expiry_seconds",] >= 30 * 86_400
    assert overdue["gridward_offers_past_expiry",] >= 1


def test_metrics_count_expired_offer(city, report, scrape):
    city.worker("g1")
    case = report(city.worker("g2"), city.in_grid("g1"))
    before = counted(scrape(), "gridward_offers_expired_total")
    incident_jobs.run_case(case["id"], clock.now() + timedelta(days=3))
    assert counted(scrape(), "gridward_offers_expired_total") == before + 1


def test_metrics_report_age_and_size_of_change_log(city, report, measured):
    report(city.worker("g1"), city.in_grid("g1"))
    gauges = measured()
    assert gauges["gridward_change_log_newest_seconds",] < 60
    assert gauges["gridward_change_log_oldest_seconds",] >= gauges["gridward_change_log_newest_seconds",]
    assert gauges["gridward_change_log_last_seq",] > 0
    assert 0 < gauges["gridward_change_log_bytes",] < gauges["gridward_database_bytes",]


def test_metrics_count_refused_sign_ins_and_statement_timeouts(app, city, scrape, monkeypatch):
    worker = city.worker("g1")
    before = scrape()
    refused = {"username": worker.username, "password": "wrong"}
    assert app.test_client().post("/api/v1/auth/token", json=refused).status_code == 401

    def slow(*_: Any, **__: Any) -> None:
        with db.transaction() as session:
            session.execute(text("set local statement_timeout = '20ms'"))
            session.execute(text("select pg_sleep(1)"))

    monkeypatch.setattr("app.boards.service.board", slow)
    assert city.supervisor().get("/supervision/board").status_code == 503
    after = scrape()
    name = "gridward_problems_total"
    assert counted(after, name, code="sign_in_failed") == counted(before, name, code="sign_in_failed") + 1
    name = "gridward_statement_timeouts_total"
    assert counted(after, name) == counted(before, name) + 1


def test_metrics_report_pool_connections_in_use(app, city, scrape):
    def in_use() -> float:
        return counted(scrape(), "gridward_database_pool_in_use")

    before = in_use()
    with db.read_session() as session:
        session.execute(text("select 1"))
        assert in_use() == before + 1
    assert in_use() == before
    answer = scrape()
    assert (
        counted(answer, "gridward_database_pool_limit") > counted(answer, "gridward_database_pool_size") > 0
    )
    assert counted(answer, "gridward_database_pool_wait_seconds_count") > 0


def test_metrics_return_403_for_remote_address(scrape):
    assert scrape(REMOTE_ADDR="127.0.0.1").status_code == 200
    assert scrape(REMOTE_ADDR="::1").status_code == 200
    for address in ("203.0.113.9", "10.0.0.1", "", "nonsense"):
        refused = scrape(REMOTE_ADDR=address)
        assert (refused.status_code, refused.json["code"]) == (403, "metrics_closed"), address
    # A proxy on this machine that nobody declared: what it passes on comes from elsewhere.
    for header in ("X-Forwarded-For", "Forwarded", "Via", "X-Real-IP"):
        assert scrape({header: "127.0.0.1"}, REMOTE_ADDR="127.0.0.1").status_code == 403, header


def test_metrics_require_token_when_token_is_configured(app, settings):
    token = "0123456789abcdef"
    with app_on(replace(settings, metrics_token=token)) as guarded:
        client, address = guarded.test_client(), {"REMOTE_ADDR": "203.0.113.9"}
        wrong, right = ({"Authorization": f"Bearer {sent}"} for sent in (f"{token[:-1]}X", token))
        assert client.get("/metrics").status_code == 403
        assert client.get("/metrics", headers=wrong).status_code == 403
        assert client.get("/metrics", headers=right, environ_overrides=address).status_code == 200


def test_concurrent_scrapes_query_database_once():
    measured_at = []

    def measure(_: Session) -> list[Any]:
        measured_at.append(time.monotonic())
        time.sleep(0.2)  # pause: a measurement that lasts while the others ask
        return [integrity.Measure("gridward_database_bytes", [((), 1.0)])]

    figures = probes._DatabaseCollector(measure)
    start = threading.Barrier(10)

    def collect(_: int) -> list[str]:
        start.wait()
        return [family.name for family in figures.collect()]

    with ThreadPoolExecutor(10) as pool:
        assert (
            list(pool.map(collect, range(10)))
            == [["gridward_database_answers", "gridward_database_bytes"]] * 10
        )
    assert len(measured_at) == 1


def test_metrics_report_database_timeout(app, monkeypatch):
    monkeypatch.setattr(gauges, "jobs", lambda session, **_: session.execute(text("select pg_sleep(20)")))
    began = time.monotonic()
    [family] = probes._DatabaseCollector(integrity.measure).collect()
    assert (family.name, family.samples[0].value) == ("gridward_database_answers", 0)
    assert time.monotonic() - began < 3


def test_metrics_queries_use_indexes(app, rows):
    """Each of these is read by index when the tables are large, whatever the planner prefers for small ones."""
    with db.transaction() as session:
        session.execute(text("set local enable_seqscan = off"))
        plans = [
            "\n".join(session.scalars(text("explain " + sql)))
            for sql in (
                "select count(*), min(waiting_since) from incident where waiting_since is not null",
                "select count(*) from offer where state = 'offered'",
                "select seq from change_log order by seq desc limit 1",
            )
        ]
    assert all("Seq Scan" not in plan for plan in plans), plans


def test_metrics_labels_are_bounded_and_impersonal(city, report, scrape):
    report(city.worker("g1", name="标记"), city.in_grid("g1"), description="标记")
    answer = scrape()
    names = {
        (sample.name, label)
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
        for label in sample.labels
    }
    allowed = {
        "method",
        "route",
        "status",
        "code",
        "le",
        "basis",
        "priority",
        "cadence",
        "kind",
        "queue",
        "task",
        "outcome",
        "channel",
        "reason",
        "pool",
        "how",
        "state",
        "solver",
        "note",
    }
    assert {label for name, label in names if name.startswith("gridward_")} <= allowed
    assert "标记" not in answer.text
    assert not re.search(r"[0-9a-f]{8}-[0-9a-f]{4}", answer.text)
