"""A pull with a token is answered without Flask, and the answer is that of Flask but for token and time."""

import re

import pytest

from app.http import direct_reads
from app.sync.schemas.pull import MAX_LIMIT, PullQuery, usual_pull
from tests.endpoints import flat
from tests.sync.pull_client import fresh
from tests.sync.push_client import PushClient

VARYING = ("X-Request-Id", "RateLimit", "Content-Length")
HEADERS: list[dict[str, str]] = [
    {},
    {"Accept-Encoding": "identity"},
    {"X-Request-Id": "of-the-client"},
    {"X-Forwarded-Proto": "https"},
    {"Accept-Language": "zh"},
]
COMPRESSED = {"Accept-Encoding": "gzip"}


@pytest.fixture
def in_flask(app, monkeypatch) -> list[str]:
    """The paths of the requests that Flask answers."""
    paths: list[str] = []
    dispatch = app.full_dispatch_request

    def note():
        from flask import request

        paths.append(request.path)
        return dispatch()

    monkeypatch.setattr(app, "full_dispatch_request", note)
    return paths


def _answer(client, path, headers):
    answer = client.get(path, headers=headers)
    shown = [
        (name, value if name not in VARYING or value in headers.values() else "")
        for name, value in answer.headers
    ]
    body = re.sub(r'"(token|server_time)":"[^"]+"', "", answer.text) if answer.status_code == 200 else None
    return answer.status_code, shown if body is not None else answer.json["code"], body


def _both(client, path, headers, monkeypatch):
    direct = _answer(client, path, headers)
    with monkeypatch.context() as patch:
        patch.setattr(direct_reads.DirectReads, "usual", lambda *_: None)
        return direct, _answer(client, path, headers)


def test_answer_is_that_of_flask_for_each_query_and_header(app, city, monkeypatch, in_flask):
    flat(city)
    worker = city.worker("g1")
    phone = fresh(worker)
    push = PushClient(worker)
    push.push(push.report(city.in_grid("g1")), push.report(city.in_grid("g3")))
    token, client = {"Authorization": f"Bearer {worker.token}"}, app.test_client()
    queries = [
        f"token={phone.token}",
        f"limit=2000&token={phone.token}",
        f"token={phone.token}&limit=2",  # does not fit on the page
        f"token={phone.token}x",  # not of this device
        f"token={fresh(city.worker('g2')).token}",
    ]
    for query in queries:
        for headers in HEADERS:
            in_flask.clear()
            direct, flask = _both(client, f"/api/v1/sync?{query}", headers | token, monkeypatch)
            assert direct == flask, (query, headers)
            # An error is Flask's in both cases.
            assert len(in_flask) == (1 if direct[0] == 200 else 2)
            assert direct[0] == (400 if query in queries[3:] else 200)
    assert ("Cache-Control", "no-store") in direct_headers(client, queries[0], token)
    for of_flask in (f"token={phone.token}&bootstrap=links", "", f"token={phone.token}&limit=2001"):
        in_flask.clear()
        client.get(f"/api/v1/sync?{of_flask}", headers=token)
        assert len(in_flask) == 1, of_flask


def direct_headers(client, query, token):
    return list(client.get(f"/api/v1/sync?{query}", headers=token).headers)


def test_direct_pull_is_compressed_as_by_flask(app, city, monkeypatch):
    worker = city.worker("g1")
    phone = fresh(worker)
    push = PushClient(worker)
    push.push(*[push.report(city.in_grid("g1")) for _ in range(5)])
    headers = {"Authorization": f"Bearer {worker.token}"} | COMPRESSED
    client, path = app.test_client(), f"/api/v1/sync?token={phone.token}"
    answers = [client.get(path, headers=headers)]
    with monkeypatch.context() as patch:
        patch.setattr(direct_reads.DirectReads, "usual", lambda *_: None)
        answers.append(client.get(path, headers=headers))
    for name in ("Content-Encoding", "Vary", "Cache-Control"):
        assert answers[0].headers[name] == answers[1].headers[name]
    assert answers[0].headers["Content-Encoding"] == "gzip"


def test_offer_is_marked_as_delivered_once_when_direct_pull_sends_its_token(city, rows):
    worker = city.worker("g1")
    phone = fresh(worker)
    body = {"category": "E0102", "description": "垃圾", **city.in_grid("g1")}
    assert city.worker("g3", on_duty=False).post("/incidents", body).json["status"] == "dispatched"
    phone.pull()
    assert phone.ids("offer")
    sql = "select 1 from offer_delivery where worker_id = :id and way = 'pulled'"
    assert not rows(sql, id=worker.id)
    for _ in range(2):
        assert worker.get(f"/sync?token={phone.token}").status_code == 200
        assert len(rows(sql, id=worker.id)) == 1


@pytest.mark.parametrize("query", ["token=a", "token=.a_B-9.x", "limit=7&token=b", "token=b&limit=2000"])
def test_usual_pull_is_that_of_the_schema(query):
    values = dict(part.split("=") for part in query.split("&"))
    schema = PullQuery()
    schema.reads_text = True
    assert usual_pull(query) == schema.load(values)


@pytest.mark.parametrize(
    "query",
    [
        "",
        "token=",
        "token=a%2e",
        "token=a+b",
        "token=ä",
        "token=" + 8001 * "a",
        "limit=1",
        "limit=0&token=a",
        f"token=a&limit={MAX_LIMIT + 1}",
        "limit=1&token=a&limit=2",
        "token=a&token=b",
        "token=a&grid=b",
        "token=a&bootstrap=links",
        "token=a\n",
    ],
)
def test_pull_is_left_to_the_schema_when_it_is_not_usual(query):
    assert usual_pull(query) is None
