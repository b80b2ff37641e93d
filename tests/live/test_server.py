"""The server as it really runs: granian, two processes, HTTP on a socket."""

import contextlib
import gzip
import http.client
import json
import os
import re
import signal
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.core.ids import uuid7
from app.http.observe import HEADERS
from tests.live.locks import claim_report, lock_waits
from tests.live.processes import JOBS, Process, Server, Wire, environment
from tests.sample_sizes import drawn_share
from tests.waits import eventually


def is_problem(answer, status, code):
    assert answer.status_code == status, answer.data[:500]
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json["code"] == code
    assert answer.json["status"] == status
    return True


def test_report_lifecycle_succeeds_over_http(city, online):
    worker, other = online(city.worker("g1", name="王芳")), online(city.worker("g2", name="陈刚"))
    reporter = online(city.worker("g3", name="刘洋"))
    body = {"id": str(uuid7()), **city.in_grid("g1"), "category": "E0102", "description": "路边有垃圾"}

    made = reporter.post("/incidents", body)
    assert made.status_code == 201, made.data
    assert made.headers["Location"] == f"/api/v1/incidents/{body['id']}"
    case = made.json
    assert case["assignment"]["worker"] == {"id": str(worker.id), "name": "王芳"}
    again = reporter.post("/incidents", body)
    assert (again.status_code, again.json["case_no"]) == (200, case["case_no"])

    path = f"/incidents/{case['id']}/transitions"
    assert worker.post(f"/assignments/{case['assignment']['id']}/accept").json["status"] == "accepted"
    assert worker.post(path, {"action": "start"}).json["status"] == "handling"
    fed = worker.post(path, {"action": "feed_back", "note": "cleared"}).json
    assert fed["assignment"]["worker"]["name"] == "陈刚"
    assert other.post(f"/assignments/{fed['assignment']['id']}/accept").status_code == 200
    assert other.post(path, {"action": "check", "result": "pass"}).json["status"] == "closed"


def test_probes_answer_and_responses_have_security_headers(server, city, online):
    client = server.client()
    assert client.get("/livez").json == {"status": "alive"}
    assert client.get("/readyz").json["status"] == "ready"
    person = online(city.worker("g1"))
    answers = [
        client.get(path) for path in ("/livez", "/nowhere", "/api/v1/openapi.json", "/api/v1/incidents")
    ]
    answers.append(person.get("/incidents"))
    assert [a.status_code for a in answers] == [200, 404, 200, 401, 200]
    for answer in answers:
        missing = {name for name in HEADERS if name not in answer.headers}
        assert not missing
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["X-Request-Id"]


def test_head_returns_headers_without_body(server, city, online):
    client = server.client()
    get, head = client.get("/api/v1/openapi.json"), client.open("/api/v1/openapi.json", "HEAD")
    assert head.status_code == 200
    assert head.data == b""
    assert head.headers["Content-Type"] == get.headers["Content-Type"]
    assert head.headers["Content-Length"] == str(len(get.data))
    assert client.get("/livez").status_code == 200, "the connection is still in step"


def test_invalid_requests_return_problem_documents(server, city, online):
    person = online(city.worker("g1"))
    client = server.client()
    is_problem(client.get("/api/v1/nowhere"), 404, "not_found")
    is_problem(person.get(f"/incidents/{uuid7()}"), 404, "not_found")
    refused = person.call("DELETE", "/incidents")
    is_problem(refused, 405, "method_not_allowed")
    assert set(refused.headers["Allow"].split(", ")) >= {"GET", "POST"}
    is_problem(client.get("/api/v1/incidents"), 401, "unauthenticated")

    broken = person.call("POST", "/incidents", data=b'{"lon": ', headers={"Content-Type": "application/json"})
    assert broken.status_code in (400, 422)
    is_problem(broken, broken.status_code, broken.json["code"])
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    wrong = person.call("POST", "/incidents", data=b"lon=1&lat=2", headers=form)
    assert wrong.status_code in (415, 422)
    is_problem(wrong, wrong.status_code, wrong.json["code"])
    empty = person.post("/incidents", {})
    is_problem(empty, 422, "validation_failed")
    assert {e["field"] for e in empty.json["errors"]} >= {"lon", "lat"}


def raw(port, head, body=b""):
    """What comes back for bytes put on the wire by hand, also if the server closes before it has them all."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as wire:
        wire.sendall(head)
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            wire.sendall(body)
        got = b""
        while b"\r\n\r\n" not in got or b"}" not in got.partition(b"\r\n\r\n")[2]:
            received = wire.recv(65536)
            if not received:
                break
            got += received
        return got


@pytest.fixture
def head(city):
    person = city.worker("g1")
    token = person.sign_in()["access_token"]

    def lines(*extra):
        first = ["POST /api/v1/incidents HTTP/1.1", "Host: localhost", f"Authorization: Bearer {token}"]
        return "\r\n".join([*first, "Content-Type: application/json", *extra, "", ""]).encode()

    return lines


def test_declared_body_over_limit_returns_413_before_upload(server, head):
    got = raw(server.port, head("Content-Length: 1000001"))
    assert got.startswith(b"HTTP/1.1 413")
    assert b"application/problem+json" in got
    assert b'"code":"body_too_large"' in got


def test_chunked_body_over_limit_returns_413(server, head):
    chunk = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
    got = raw(server.port, head("Transfer-Encoding: chunked"), chunk * 20 + b"0\r\n\r\n")
    assert got.startswith(b"HTTP/1.1 413")
    assert b"application/problem+json" in got
    assert b'"code":"body_too_large"' in got


def test_chunked_body_within_limit_is_read(server, head, city):
    body = b'{"description": "chunked", "lon": %f, "lat": %f}' % tuple(city.in_grid("g1").values())
    half = len(body) // 2
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (body[:half], body[half:]))
    got = raw(server.port, head("Transfer-Encoding: chunked"), chunks + b"0\r\n\r\n")
    assert got.startswith(b"HTTP/1.1 201"), got[:300]


def push_of(megabytes):
    """A push with one operation that is too large by itself, of about so many megabytes."""
    op = {
        "op_id": str(uuid7()),
        "device_seq": 1,
        "entity": "duty",
        "op": "start",
        "patch": {"note": "x" * 10**6},
    }
    ops = [op | {"op_id": str(uuid7())} for _ in range(megabytes)]
    return json.dumps({"sent_at": "2026-11-28T00:00:00+00:00", "ops": ops}).encode()


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
def test_push_is_read_up_to_its_own_limit_plain_or_gzip(server, city, packed):
    """What is longer is refused as too long, and never read as empty."""
    token = city.worker("g1").sign_in()["access_token"]
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    body = push_of(2)
    if packed:
        body, headers = gzip.compress(body, 1), headers | {"Content-Encoding": "gzip"}
    answer = server.client(60).post("/api/v1/sync/push", data=body, headers=headers)
    assert answer.status_code == 200, answer.data[:300]
    assert [result["code"] for result in answer.json["results"]] == ["op_too_large"] * 2
    if packed:
        answer = server.client(60).post(
            "/api/v1/sync/push", data=gzip.compress(b" " * 16_000_001, 1), headers=headers
        )
        assert is_problem(answer, 413, "body_too_large")
    else:
        lines = [f"{name}: {value}" for name, value in headers.items()]
        first = ["POST /api/v1/sync/push HTTP/1.1", "Host: localhost", "Content-Length: 16000001"]
        got = raw(server.port, "\r\n".join([*first, *lines, "", ""]).encode())
        assert got.startswith(b"HTTP/1.1 413") and b'"code":"body_too_large"' in got


def test_sixty_concurrent_connections_are_served(server, city, online):
    person = online(city.worker("g1"))
    person.get("/me")  # signs in
    start = threading.Barrier(60)

    def use(_):
        client = server.client()
        start.wait()
        headers = {"Authorization": f"Bearer {person.token}"}
        answers = [client.get("/api/v1/incidents", headers=headers).status_code for _ in range(5)]
        client.close()
        return answers

    with ThreadPoolExecutor(60) as pool:
        assert [s for answers in pool.map(use, range(60)) for s in answers] == [200] * 300


def count(text, route, status):
    match = re.search(
        rf'^gridward_requests_total{{method="GET",route="{route}",status="{status}"}} ([0-9.]+)$', text, re.M
    )
    return float(match[1]) if match else 0.0


def test_metrics_sum_over_all_processes(server, folder):
    workers = server.workers()
    assert len(workers) == 2

    def scrape():
        client = server.client()
        text = client.get("/metrics").data.decode()
        client.close()
        return count(text, "unknown", 404)

    before = scrape()
    for _ in range(40):
        client = server.client()  # a connection each, so that both processes get some
        assert client.get("/nowhere").status_code == 404
        client.close()
    assert {scrape() for _ in range(10)} == {before + 40}
    pids = {
        int(m[1]) for f in (folder / "metrics").iterdir() if (m := re.match(r"counter_(\d+)\.db", f.name))
    }
    assert pids >= set(workers)


def test_killed_process_is_replaced_while_other_answers(server):
    before = set(server.workers())
    killed = before.pop()
    os.kill(killed, signal.SIGKILL)

    lost = []

    def replaced():
        client = server.client()
        try:
            assert client.get("/livez").status_code == 200
        except OSError as error:
            lost.append(error)  # the killed process had taken the connection
        now = set(server.workers())
        return len(now) == 2 and killed not in now

    eventually(replaced, seconds=30)
    assert len(lost) <= 2
    assert before < set(server.workers())


@pytest.mark.wide
@pytest.mark.parametrize(
    "signum", drawn_share([signal.SIGTERM, signal.SIGINT], one_in=2, name="stop of a request")
)
def test_stop_lets_running_request_finish(settings, folder, city, owner, signum):
    server = Server(folder / f"stop-{signum}.log", environment(settings, folder), workers=1).wait_ready()
    reporter = city.worker("g1")
    reporter.token = reporter.sign_in()["access_token"]
    reporter.client = server.client()
    body = {"id": str(uuid7()), **city.in_grid("g3"), "description": "under way"}
    try:
        with ThreadPoolExecutor(1) as pool, owner.transaction(force_rollback=True):
            # The same operation claimed elsewhere: the report waits for it until this is rolled back.
            claim_report(owner, reporter.id, body["id"])
            sent = pool.submit(reporter.post, "/incidents", body)
            eventually(lambda: lock_waits(owner))
            server.child.send_signal(signum)
            time.sleep(0.7)  # pause: the server could end by now, and is not to
            assert not sent.done()
            assert server.child.poll() is None
            raise _Release(sent)
    except _Release as released:
        answer = released.args[0].result(10)
        assert answer.status_code == 201, answer.data
        assert server.child.wait(30) == 0, server.log_text()
        with pytest.raises(OSError):
            socket.create_connection(("127.0.0.1", server.port), timeout=1).close()
    finally:
        server.kill()


def test_stop_is_announced_before_connections_are_refused(settings, folder):
    env = environment(settings, folder, GRIDWARD_STOP_NOTICE_SECONDS="2")
    server = Server(folder / "notice.log", env, workers=1).wait_ready()
    try:
        server.child.send_signal(signal.SIGTERM)
        sent = time.monotonic()
        draining = eventually(
            lambda: (a := server.client().get("/readyz")).status_code == 503 and a, seconds=1
        )
        assert draining.json == {"status": "draining"}
        while time.monotonic() - sent < 1.5:
            client = server.client()  # a new connection each time
            assert client.get("/livez").status_code == 200
            assert client.get("/api/v1/openapi.json").status_code == 200
            time.sleep(0.05)  # pause: between new connections, while the notice lasts
        assert server.child.wait(30) == 0, server.log_text()
    finally:
        server.kill()


def test_stop_answers_all_requests_in_flight(settings, folder, city):
    env = environment(settings, folder, GRIDWARD_STOP_NOTICE_SECONDS="1")
    server = Server(folder / "flight.log", env).wait_ready()
    person = city.worker("g1")
    headers = {"Authorization": f"Bearer {person.sign_in()['access_token']}"}
    stopped = threading.Event()
    answers: list[int] = []

    def use(_):
        client = server.client()
        while not stopped.is_set():
            answers.append(client.get("/api/v1/incidents", headers=headers).status_code)
        client.close()

    try:
        with ThreadPoolExecutor(20) as pool:
            users = [pool.submit(use, n) for n in range(20)]
            eventually(lambda: len(answers) > 100)
            server.child.send_signal(signal.SIGTERM)
            # A balancer that has heard the 503 sends nothing new.
            eventually(lambda: server.client().get("/readyz").status_code == 503, seconds=1)
            stopped.set()
            for user in users:
                user.result(10)
        assert server.child.wait(12) == 0, server.log_text()
        assert set(answers) == {200}
    finally:
        server.kill()


def test_second_signal_stops_without_waiting_for_requests(settings, folder, city, owner):
    env = environment(settings, folder, GRIDWARD_STOP_SECONDS="60")
    server = Server(folder / "forced.log", env, workers=1).wait_ready()
    reporter = city.worker("g1")
    reporter.token = reporter.sign_in()["access_token"]
    reporter.client = server.client()
    body = {"id": str(uuid7()), **city.in_grid("g3")}
    try:
        with ThreadPoolExecutor(1) as pool, owner.transaction(force_rollback=True):
            claim_report(owner, reporter.id, body["id"])
            sent = pool.submit(reporter.post, "/incidents", body)
            eventually(lambda: lock_waits(owner))
            server.child.send_signal(signal.SIGTERM)
            time.sleep(1)  # pause: the server could end by now, and is not to
            assert server.child.poll() is None
            server.child.send_signal(signal.SIGTERM)
            server.child.wait(30)  # half of what the first signal would let it wait
            with pytest.raises((OSError, http.client.HTTPException)):
                sent.result(5)
    finally:
        server.kill()


@pytest.mark.deep
def test_repeatedly_killed_processes_are_replaced(settings, folder):
    """granian itself gives up when one dies within 5.5 s of having been replaced."""
    server = Server(folder / "row.log", environment(settings, folder), workers=2).wait_ready()
    try:
        for _ in range(3):
            killed = eventually(lambda: len(w := server.workers()) == 2 and w, seconds=15)[0]
            os.kill(killed, signal.SIGKILL)
            eventually(lambda killed=killed: killed not in server.workers())
        eventually(lambda: len(server.workers()) == 2, seconds=20)
        assert server.wait_ready().child.poll() is None
        assert server.stop() == 0, server.log_text()
    finally:
        server.kill()


def test_every_log_record_of_server_and_jobs_is_json_object(settings, folder, city, owner):
    env = environment(settings, folder, GRIDWARD_LOG_LEVEL="debug")
    logs = [folder / "lines.log", folder / "lines-jobs.log"]
    jobs = Process(logs[1], env, *JOBS)
    server = Server(logs[0], env, workers=2).wait_ready()
    try:
        city.worker("g1")
        reporter = city.worker("g2")
        reporter.token = reporter.sign_in()["access_token"]
        reporter.client = server.client()
        answer = reporter.post("/incidents", {"id": str(uuid7()), **city.in_grid("g1")})
        assert answer.status_code == 201
        reporter.client.get("/nowhere")
        owner.execute("set search_path = public, jobs")
        owner.execute(
            "update jobs.procrastinate_jobs set scheduled_at = clock_timestamp() where args ->> 'incident_id' = %s",
            [answer.json["id"]],
        )
        os.kill(server.workers()[0], signal.SIGKILL)
        eventually(lambda: len(server.workers()) == 2, seconds=15)
        eventually(lambda: answer.headers["X-Request-Id"] in logs[1].read_text(), seconds=30)
    finally:
        assert jobs.stop() == 0
        assert server.stop() == 0
    for path in logs:
        lines = [json.loads(entry) for entry in path.read_text().splitlines()]
        assert lines, path
        for record in lines:
            assert {"time", "level", "logger", "message"} <= set(record), record
            assert record["logger"].startswith(("gridward", "_granian", "asyncio", "psycopg")), record
    assert answer.headers["X-Request-Id"] in logs[0].read_text()
    done = [json.loads(entry) for entry in logs[1].read_text().splitlines() if '"job done"' in entry]
    [follow_up] = [record for record in done if record.get("request_id") == answer.headers["X-Request-Id"]]
    assert follow_up["job"]["task"] == "incidents.follow_up"


class _Release(Exception):
    """Leaves the transaction above."""


def test_database_outage_returns_503_and_recovers(settings, folder, tmp_path_factory, city, owner):
    wire = Wire(settings.database_url, tmp_path_factory.mktemp("w"))
    wire.mend()
    env = environment(settings, folder) | {"DATABASE_URL": wire.url}
    jobs = Process(folder / "wire-jobs.log", env, *JOBS)
    server = Server(folder / "wire.log", env, workers=1).wait_ready()
    city.worker("g1", on_duty=False)
    reporter = city.supervisor()
    reporter.token = reporter.sign_in()["access_token"]
    reporter.client = server.client()

    def report():
        return reporter.post("/incidents", {"id": str(uuid7()), **city.in_grid("g1")})

    def is_done(case):
        sql = "select count(*) from jobs.procrastinate_jobs where args ->> 'incident_id' = %s"
        return owner.execute(sql, [case["id"]]).fetchone() == (0,)

    try:
        before = report().json
        eventually(lambda: is_done(before), seconds=30)
        wire.cut()
        for _ in range(3):
            for answer in (reporter.get("/incidents"), report()):
                is_problem(answer, 503, "unavailable")
                assert int(answer.headers["Retry-After"]) >= 1
                assert b"psycopg" not in answer.data and b"onnection" not in answer.data
        assert reporter.client.get("/readyz").status_code == 503
        assert reporter.client.get("/livez").status_code == 200
        time.sleep(1)  # pause: the job worker asks for jobs several times meanwhile

        wire.mend()
        eventually(server.is_ready, seconds=5)
        after = eventually(lambda: (a := report()).status_code == 201 and a, seconds=5).json
        assert [reporter.get("/incidents").status_code for _ in range(10)] == [200] * 10
        eventually(lambda: is_done(after), seconds=15)
        assert jobs.child.poll() is None, jobs.log_text()

        wire.cut()
        assert jobs.stop() == 0, jobs.log_text()
        assert server.stop() == 0, server.log_text()
    finally:
        server.kill()
        jobs.kill()
