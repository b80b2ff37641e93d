"""Live hints from the real server, over real sockets."""

import json
import time

import pytest

from tests.live.listening import Ear


@pytest.fixture
def ears():
    opened: list[Ear] = []
    yield opened
    for ear in opened:
        ear.close()


@pytest.fixture
def listen(server, ears):
    """Somebody's stream."""

    def open_stream(person, port=None, **options):
        if person.token is None:
            person.token = person.sign_in()["access_token"]
        ear = Ear(port or server.port, person.token, **options)
        assert ear.status == 200, ear.body
        ears.append(ear)
        return ear

    return open_stream


def report(person, place, **said):
    answer = person.post("/incidents", {"category": "E0102", "description": "垃圾堆积", **place, **said})
    assert answer.status_code == 201, answer.data
    return answer.json


def test_a_write_is_told_at_once_to_whom_it_concerns_and_to_nobody_else(city, listen):
    hers, other, above = city.worker("g1"), city.worker("g2"), city.supervisor()
    ears = {name: listen(p) for name, p in (("hers", hers), ("other", other), ("above", above))}
    for ear in ears.values():
        assert ear.wait(lambda e: e.told())[0].data["all"] is True
        ear.settled()
    sent = time.monotonic()
    report(city.worker("g3"), city.in_grid("g1"))
    grid = f"grid:{city.areas['g1']}"
    ears["hers"].wait(lambda e: grid in e.buckets(), 2)
    ears["above"].wait(lambda e: grid in e.buckets(), 2)
    assert ears["hers"].told()[0].at - sent < 2
    time.sleep(1)
    assert ears["other"].buckets() == set()
    assert ears["hers"].buckets() <= {grid, f"worker:{hers.id}", "global"}
    text = json.dumps([e.data for ear in ears.values() for e in ear.events])
    assert "垃圾" not in text


def test_headers_of_a_stream(city, listen):
    ear = listen(city.worker("g1")).settled()
    assert ear.headers["content-type"].startswith("text/event-stream")
    assert ear.headers["x-accel-buffering"] == "no"
    assert ear.headers["cache-control"] == "no-store"
    assert "content-length" not in ear.headers
    assert ear.retry is not None and 2_000 <= ear.retry < 6_000
