"""A connection to PostgreSQL that breaks at the wrong moment: what the caller is told, and what a repeated request does."""

import dataclasses

import pytest

from app.core.ids import uuid7
from tests.fieldapp.push_client import PushClient, codes
from tests.live.processes import Wire, app_on
from tests.live.test_server import is_problem


@pytest.fixture
def wire(settings, tmp_path_factory):
    wire = Wire(settings.database_url, tmp_path_factory.mktemp("w"))
    wire.mend()
    yield wire
    wire.cut()


@pytest.fixture
def reporter(app, city, settings, wire):
    """Somebody who reports to an app whose database is reached over the wire."""
    person = city.worker("g1")
    person.token = person.sign_in()["access_token"]
    with app_on(dataclasses.replace(settings, database_url=wire.url)) as wired:
        over_wire = dataclasses.replace(person, client=wired.test_client())
        # A connection that is made asks for types, in a transaction of its own; it is to be there already.
        assert over_wire.post("/incidents", {"id": str(uuid7()), **city.in_grid("g1")}).status_code == 201
        yield over_wire


def stored(owner, body):
    return owner.execute("select count(*) from incident where id = %s", [body["id"]]).fetchone()[0]


def test_report_returns_outcome_unknown_when_commit_answer_is_lost(city, reporter, wire, owner):
    body = {"id": str(uuid7()), **city.in_grid("g1"), "description": "answer lost"}
    wire.loses_answer_to = b"COMMIT\0"
    answer = reporter.post("/incidents", body)
    assert is_problem(answer, 503, "outcome_unknown")
    assert int(answer.headers["Retry-After"]) >= 1
    assert "may have been stored" in answer.json["detail"] and "same id" in answer.json["detail"]
    assert stored(owner, body) == 1

    again = reporter.post("/incidents", body)
    assert again.status_code == 200, again.data
    assert stored(owner, body) == 1


def test_push_is_duplicate_on_repeat_when_commit_answer_was_lost(city, reporter, wire, owner):
    phone = PushClient(reporter)
    op = phone.report(city.in_grid("g1"))
    wire.loses_answer_to = b"COMMIT\0"
    assert is_problem(phone.send(op), 503, "outcome_unknown")
    assert stored(owner, op) == 1
    assert codes(phone.push(op)) == ["duplicate"]
    assert stored(owner, op) == 1


def test_report_is_not_stored_when_connection_breaks_before_commit(city, reporter, wire, owner):
    body = {"id": str(uuid7()), **city.in_grid("g1"), "description": "broken off"}
    wire.loses_answer_to = b"insert into report"
    answer = reporter.post("/incidents", body)
    assert is_problem(answer, 503, "unavailable")
    assert "nothing was stored" in answer.json["detail"]
    assert stored(owner, body) == 0
    assert reporter.post("/incidents", body).status_code == 201


def test_report_returns_503_without_database_connection(city, reporter, wire, owner):
    """Also for a thread whose request before this one was stored."""
    wire.cut()
    body = {"id": str(uuid7()), **city.in_grid("g1")}
    for _ in range(2):
        assert is_problem(reporter.post("/incidents", body), 503, "unavailable")
    wire.mend()
    assert stored(owner, body) == 0
