"""Refusals of a caller above its quota at the real server: before the body comes, on a connection that stays open."""

import dataclasses
import http.client
import json
import time

import pytest

from tests.live.own_servers import running
from tests.live.processes import Server, environment

QUOTA = 2
# Quotas begin again with each minute; the test needs a few seconds.
MINUTE_S, LEFT_S = 60, 25
BODY = json.dumps({"description": "x" * 60_000})


@pytest.fixture
def strict(app, settings, tmp_path):
    """A server of one process with a small quota of cheap requests."""
    env = environment(settings, tmp_path, GRIDWARD_QUOTAS=f"cheap={QUOTA}")
    with running(Server(tmp_path / "server.log", env, workers=1)) as server:
        yield server


def test_refusal_needs_no_body_and_leaves_the_connection_open(strict, city):
    left_s = MINUTE_S - time.time() % MINUTE_S
    time.sleep(left_s if left_s < LEFT_S else 0)  # pause: until the minute of the quota is long enough
    person = dataclasses.replace(city.supervisor(), client=strict.client())
    headers = {**person.bearer(), "Content-Type": "application/json"}
    connection = http.client.HTTPConnection("127.0.0.1", strict.port, timeout=15)
    answers, refused = [], 0
    while refused < 3 and len(answers) < 10 * QUOTA:
        connection.request("POST", "/api/v1/incidents", BODY, headers)
        answers.append((answer := connection.getresponse()).status)
        answer.read()
        refused = refused + 1 if answer.status == 429 else 0
        own_socket = connection.sock
    assert answers[-3:] == [429, 429, 429] and 422 in answers
    assert int(answer.headers["Retry-After"]) >= 1
    # Other work of the caller is answered on the same connection, after bodies that nobody read.
    connection.request("GET", "/api/v1/incidents", headers=headers)
    answer = connection.getresponse()
    assert answer.status == 200 and answer.read()
    assert connection.sock is own_socket is not None
    # The answer comes although the body never does.
    connection.putrequest("POST", "/api/v1/incidents")
    for name, value in {**headers, "Content-Length": str(len(BODY))}.items():
        connection.putheader(name, value)
    connection.endheaders(BODY[:10].encode())
    assert connection.getresponse().status == 429
    connection.close()
