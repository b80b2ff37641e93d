"""Connections cut at any byte, in both directions."""

import contextlib
import itertools
import json
import socket
from typing import Any

import pytest

from app.conformance.faults import Fault
from app.conformance.messages import read_response
from tests.sample_sizes import IS_WIDE
from tests.sync.client import NoAnswer
from tests.sync.faults.homes import homes
from tests.sync.faults.phones import phone_of


@pytest.fixture
def home(city, app):
    (household_id,) = homes(city, "g1", 1)
    return household_id


def labels(owner: Any, home: Any) -> list[str]:
    """Every label that the household has had, in order."""
    rows = owner.execute(
        "select row ->> 'label' from fact_history where entity = 'household' and row_id = %s order by version",
        (home,),
    )
    return [label for (label,) in rows]


def test_push_case_30_has_no_effect_when_request_is_cut_at_any_byte(city, server, owner, home, tmp_path):
    person = city.worker("g1")
    with phone_of(person, tmp_path / "phone", server.port) as (phone, _):
        phone.pull()
        op = phone.do("household", "patch", id=str(home), patch={"label": "whole"})
        body = json.dumps({"sent_at": "2026-11-25T12:00:00+08:00", "ops": [op]}).encode()
        head = (
            "POST /api/v1/sync/push HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            f"Authorization: Bearer {phone.api.session.access_token}\r\nContent-Length: {len(body)}\r\n\r\n"
        ).encode()
        for length in range(len(head) - 20, len(head) + len(body)):
            with socket.create_connection(("127.0.0.1", server.port), timeout=10) as raw:
                raw.sendall((head + body)[:length])
        assert labels(owner, home) == [""]
        with socket.create_connection(("127.0.0.1", server.port), timeout=10) as raw:
            raw.sendall(head + body)
            answer = read_response(raw.makefile("rb")).json()
        assert [r["status"] for r in answer["results"]] == ["applied"]
        assert labels(owner, home) == ["", "whole"]
        phone.sync()
        assert phone.store.queued() == []


@pytest.mark.wide
def test_push_case_30_is_repeated_when_response_is_cut_at_any_byte(city, server, owner, home, tmp_path):
    person = city.worker("g1")
    with phone_of(person, tmp_path / "phone", server.port) as (phone, proxy):
        phone.pull()
        phone.do("household", "patch", id=str(home), patch={"label": "once"})
        for byte in itertools.count(step=1 if IS_WIDE else 3):
            assert phone.store.unsent() == 1
            proxy.plan = lambda number, byte=byte: Fault("answer_cut", byte=byte)  # type: ignore[misc]
            with contextlib.suppress(NoAnswer):
                phone.push()
                break
        assert byte > 500  # all of it had to come
        ((_, answer),) = phone.store.queued()
        assert answer["status"] == "duplicate"
        assert labels(owner, home) == ["", "once"]


def test_pull_case_30_applies_checkpoint_completely_or_not_at_all(city, server, home, tmp_path):
    person = city.worker("g1")
    with phone_of(person, tmp_path / "phone", server.port, page=1) as (phone, proxy):
        begins = proxy.requests

        def cut(number):
            is_whole = (number - begins) % 6 == 5  # each page comes at the sixth attempt
            return None if is_whole else Fault("answer_cut", part=((number - begins) * 0.37) % 1)

        proxy.plan = cut
        while True:
            with contextlib.suppress(NoAnswer):
                phone.pull()
                break
            assert phone.store.rows() == {}
        assert proxy.done["answer_cut"] >= 50
        assert ("household", str(home)) in phone.store.rows()
