"""Compressed responses: codings, ETags of each coding, conditional requests, and what is never compressed."""

import gzip
import re
from typing import Any

import orjson
import pytest

from app.core.codings import zstd
from app.http.content_coding import MIN_BYTES
from tests.endpoints import ENDPOINTS, World
from tests.nonempty import nonempty
from tests.test_permissions import BUILDERS, TABLE

GZIP, ZSTD = {"Accept-Encoding": "gzip"}, {"Accept-Encoding": "gzip, deflate, br, zstd"}
DECODE = {"gzip": gzip.decompress, "zstd": zstd.decompress}
# Names of members that open something. The `token` of a pull is a place in the change log.
SECRET = re.compile(r"(access_|refresh_)?token|one_time_password|ticket")
NO_SECRETS = {"GET /sync"}


@pytest.fixture
def case(city, report):
    """Return a case whose answer is longer than a kilobyte."""
    return report(city.worker("g1"), city.in_grid("g1"), description="楼道里堆满了垃圾，" * 50)


def coding_of(answer: Any) -> str | None:
    coding: str | None = answer.headers.get("Content-Encoding")
    return coding


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("gzip", "gzip"),
        ("zstd", "zstd"),
        ("gzip, deflate, br, zstd", "zstd"),
        ("zstd;q=0.5, gzip;q=0.8", "gzip"),
        ("*", "gzip"),
        ("gzip;q=0", None),
        ("gzip;q=0, *", None),
        ("identity, gzip;q=0.5", None),
        ("br", None),
        ("", None),
    ],
)
def test_client_gets_the_coding_that_it_prefers(boss, case, accepted, coding):
    plain = boss.get(f"/incidents/{case['id']}")
    answer = boss.get(f"/incidents/{case['id']}", headers={"Accept-Encoding": accepted})
    assert coding_of(answer) == coding
    assert "Accept-Encoding" in plain.headers["Vary"] and plain.headers["Vary"] == answer.headers["Vary"]
    if coding:
        assert DECODE[coding](answer.data) == plain.data and len(answer.data) < len(plain.data)
        assert int(answer.headers["Content-Length"]) == len(answer.data)
    else:
        assert answer.data == plain.data


def test_each_coding_has_a_strong_etag_of_its_own(boss, case):
    path = f"/incidents/{case['id']}"
    tags = [boss.get(path, headers=headers).headers["ETag"] for headers in ({}, GZIP, ZSTD)]
    assert tags == [f'"{case["version"]}"', f'"{case["version"]}-gzip"', f'"{case["version"]}-zstd"']


@pytest.mark.parametrize("headers", [{}, GZIP, ZSTD])
def test_known_version_is_304_with_the_tag_that_was_sent(boss, case, headers):
    path = f"/incidents/{case['id']}"
    tag = boss.get(path, headers=headers).headers["ETag"]
    for client_tag in (tag, f"W/{tag}", f'"other", {tag}'):
        again = boss.get(path, headers=headers | {"If-None-Match": client_tag})
        assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", tag)
        assert "Content-Encoding" not in again.headers and "Accept-Encoding" in again.headers["Vary"]
    assert boss.get(path, headers=headers | {"If-None-Match": '"9999-gzip"'}).status_code == 200


def test_if_match_takes_the_tag_of_each_coding_and_refuses_an_old_one(boss, case):
    path, change = f"/incidents/{case['id']}", {"category": "E0101", "note": "a manhole cover"}
    first = boss.get(path, headers=GZIP).headers["ETag"]
    changed = boss.call("PATCH", path, change, headers=ZSTD | {"If-Match": first})
    assert changed.status_code == 200, changed.data
    assert changed.headers["ETag"].endswith('-zstd"') and changed.headers["ETag"] != first
    assert boss.call("PATCH", path, change, headers={"If-Match": first}).status_code == 412
    again = boss.call(
        "PATCH", path, {"category": "E0102", "note": "rubbish"}, headers={"If-Match": changed.headers["ETag"]}
    )
    assert again.status_code == 200, again.json


def test_head_has_the_headers_of_the_compressed_answer(boss, case):
    whole = boss.get(f"/incidents/{case['id']}", headers=GZIP)
    head = boss.call("HEAD", f"/incidents/{case['id']}", headers=GZIP)
    assert head.data == b""
    for name in ("Content-Encoding", "Content-Length", "ETag", "Vary", "Content-Type"):
        assert head.headers[name] == whole.headers[name], name


def test_repeated_idempotency_key_is_answered_in_the_coding_of_the_repeat(city, report):
    worker = city.worker("g2")
    case = report(city.worker("g1"), city.in_grid("g2"), description="楼道里堆满了垃圾，" * 50)
    path, key = f"/assignments/{case['assignment']['id']}/accept", {"Idempotency-Key": "a key of this test"}
    first = worker.post(path, {}, headers=key | ZSTD)
    again = worker.post(path, {}, headers=key | GZIP)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert (coding_of(first), coding_of(again)) == ("zstd", "gzip")
    assert zstd.decompress(first.data) == gzip.decompress(again.data)


def test_short_answers_and_errors_are_sent_as_they_are(boss, case):
    answer = boss.get("/incidents?limit=1&number=none", headers=GZIP)
    assert len(answer.data) < 1_000 and coding_of(answer) is None


def test_problem_documents_of_many_faults_are_compressed(boss, case):
    body = {f"unknown_{n}": n for n in range(60)}
    answer = boss.post("/incidents", body, headers=GZIP)
    assert (answer.status_code, coding_of(answer)) == (422, "gzip")
    assert orjson.loads(gzip.decompress(answer.data))["status"] == 422


def test_pages_of_a_pull_are_compressed_and_not_stored(city, case):
    page = city.worker("g1").get("/sync", headers=ZSTD)
    assert (coding_of(page), page.headers["Cache-Control"]) == ("zstd", "no-store")


def _members(document: dict[str, Any], schema: Any, within: tuple[str, ...] = ()) -> set[str]:
    """Return the names of all members of a schema."""
    names: set[str] = set()
    if isinstance(schema, dict):
        reference = schema.get("$ref")
        if reference and reference not in within:
            target = document["components"]["schemas"][reference.rpartition("/")[2]]
            names |= _members(document, target, (*within, reference))
        names |= set(schema.get("properties", {}))
    parts = schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ()
    return names.union(*(_members(document, part, within) for part in parts))


def _secret_operations(document: dict[str, Any]) -> set[str]:
    """Return the operations whose success has a secret, and all under /auth and /tokens."""
    operations = set()
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if method == "parameters":
                continue
            answers = [body for status, body in operation["responses"].items() if status < "300"]
            is_secret = any(SECRET.fullmatch(name) for name in _members(document, answers))
            short = path.removeprefix("/api/v1")
            if is_secret or short.startswith(("/auth", "/tokens")):
                operations.add(f"{method.upper()} {short}")
    return operations - NO_SECRETS


def test_answers_with_tokens_and_passwords_are_never_compressed(app, document, monkeypatch):
    """Their length would tell which guesses occur in them (BREACH)."""
    monkeypatch.setitem(app.config, MIN_BYTES, 1)
    operations = _secret_operations(document)
    assert {"POST /auth/token", "POST /auth/browser/refresh", "POST /tokens", "POST /accounts"} <= operations
    assert {"POST /me/ingest-tokens", "POST /events/ticket"} <= operations
    world = World(app, app.extensions["settings"])
    body_count = 0
    for operation in nonempty(sorted(operations)):
        role = next(role for role, cell in TABLE[operation].items() if cell.startswith(("ok", "shown")))
        request = ENDPOINTS[BUILDERS[operation]](world, role, world.home, True)
        actor = request.actor or world.person(role, world.home)
        headers = dict(request.headers) | ZSTD
        answer = actor.call(operation.partition(" ")[0], request.path, headers=headers, **request.body)
        assert 200 <= answer.status_code < 300, (operation, answer.data)
        assert coding_of(answer) is None, operation
        body_count += bool(answer.data)
    assert body_count >= 8
    assert coding_of(world.person("worker", world.home).get("/me", headers=GZIP)) == "gzip"
