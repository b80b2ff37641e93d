"""The faulty network proxy produces the faults of its kinds, checked in the database."""

import contextlib
import time
from typing import Any

import pytest
import requests

from app.core.ids import uuid7
from tests.fieldapp.wire import KINDS, Fault, Wire

ARRIVES = {"lost answer", "cut answer", "doubled", "raced", "overtaken", "slow"}
ANSWERED = {"doubled", "raced", "slow"}


@pytest.fixture
def wire(server):
    made = Wire(server.port, lambda number: None)
    yield made
    made.close()


def report(wire: Wire, person: Any, place: Any) -> tuple[str, Any]:
    """Report through the bad network: the id, and what came back, if anything."""
    body = {"id": str(uuid7()), "category": "E0102", "description": "x" * 300, **place}
    with contextlib.suppress(requests.RequestException, ValueError):
        answer = requests.post(
            f"http://127.0.0.1:{wire.port}/api/v1/incidents",
            json=body,
            headers={"Authorization": f"Bearer {person.token}"},
            timeout=20,
        )
        answer.json()
        return body["id"], answer
    return body["id"], None


@pytest.mark.parametrize("kind", KINDS)
def test_wire_produces_each_kind_of_fault(wire, city, owner, kind):
    person = city.worker("g1")
    person.token = person.sign_in()["access_token"]
    wire.plan = lambda number: Fault(kind, part=0.7, seconds=0.3)
    began = time.monotonic()
    row_id, answer = report(wire, person, city.in_grid("g1"))
    took = time.monotonic() - began
    wire.settle()
    stored = owner.execute("select count(*) from incident where id = %s", (row_id,)).fetchone()[0]
    assert stored == (kind in ARRIVES)
    assert (answer is not None) == (kind in ANSWERED)
    if kind == "doubled":
        assert answer.status_code == 200  # the second answer: it was there already
    if kind == "slow":
        assert took > 0.25
    assert wire.done[kind] == 1
    wire.is_whole = True
    assert report(wire, person, city.in_grid("g1"))[1].status_code == 201


def test_wire_delivers_overtaken_request_later(wire, city, owner):
    person = city.worker("g1")
    person.token = person.sign_in()["access_token"]
    wire.plan = lambda number: Fault("overtaken", seconds=0.5) if number == 0 else None
    first, nothing = report(wire, person, city.in_grid("g1"))
    second, answer = report(wire, person, city.in_grid("g1"))
    assert nothing is None and answer.status_code == 201
    wire.settle()
    order = owner.execute(
        "select id::text from incident where id = any(%s::uuid[]) order by case_no", ([first, second],)
    ).fetchall()
    assert order == [(second,), (first,)]
