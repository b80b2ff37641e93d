"""Sync tokens: content, length, forgery, schema versions. Bucket tags."""

import dataclasses
import secrets
import uuid
from datetime import timedelta

import pytest
from prometheus_client import REGISTRY

from app.core import clock
from app.core.errors import Gone, Malformed
from app.core.ids import uuid7
from app.sync.rules import etags, tokens
from app.sync.rules.tokens import HeldBucket, Seal, Token
from tests.sync.pull_client import PullClient, fresh

EPOCH = uuid.UUID("0192f000-0000-7000-8000-000000000001")


@pytest.fixture
def seal() -> Seal:
    return Seal(secrets.token_bytes(32), uuid7(), uuid7())


def make_token(**fields: object) -> Token:
    return Token(EPOCH, "0123456789abcdef", {"global": HeldBucket(7)}, prev="10:12:11", **fields)  # type: ignore[arg-type]


def test_sync_token_round_trip_preserves_content(seal):
    ways = [(way, is_fresh) for way in (0, 3) for is_fresh in (True, False)]
    kinds = ("grid", "area", "worker", "unit")
    held = {f"{kind}:{uuid7()}": HeldBucket(*way) for kind in kinds for way in ways}
    held |= {name.replace("grid:", "area:"): of for name, of in held.items() if name.startswith("grid:")}
    place = ("log", "grid:x", "household", str(uuid7()))
    times = {"prev_at": 1_764_000_000, "cur_at": 1_764_000_600}
    token = make_token(cur="12:20:13,17", after=place, applied=17, has_too_many=True, **times)
    token = dataclasses.replace(token, held=token.held | held)
    assert tokens.read(tokens.write(token, seal), seal) == token


def test_sync_token_of_100_grids_fits_in_url_with_named_grids(seal):
    grids = [uuid.uuid4() for _ in range(100)]
    held = {"global": HeldBucket(2**30 - 1), f"worker:{uuid.uuid4()}": HeldBucket()}
    held |= {f"{kind}:{grid}": HeldBucket(3, True) for grid in grids for kind in ("grid", "area")}
    held |= {f"area:{uuid.uuid4()}": HeldBucket(1, True) for _ in range(12)}
    running = ",".join(str(10**12 + n) for n in range(0, 300, 3))
    snapshot = tokens.shortened(f"{10**12}:{10**12 + 400}:{running}")
    token = make_token(cur=snapshot, after=("whole", "incident_note", "worker", str(uuid7()), str(uuid7())))
    written = tokens.write(dataclasses.replace(token, held=held), seal)
    print(f"a token of 100 grids has {len(written)} characters")
    assert len(written) < 3_300
    assert len(written) + sum(len(f"&grid={grid}") for grid in grids) < 8_000


def test_sync_token_without_times_is_readable(seal):
    *fixed, _prev_at, _cur_at, names, ways = tokens._packed(make_token(applied=3))
    written = tokens._sealed([*fixed, names, ways], seal)
    assert tokens.read(written, seal) == make_token(applied=3)


def test_sync_delay_metric_counts_seconds_since_last_pull(city, monkeypatch):
    def total() -> float:
        return REGISTRY.get_sample_value("gridward_sync_behind_seconds_sum") or 0

    phone, real = fresh(city.worker("g1")), clock.now
    before = total()
    monkeypatch.setattr(clock, "now", lambda: real() + timedelta(seconds=90))
    phone.pull(limit=1)  # of a checkpoint in pages the first one counts
    assert 88 <= total() - before <= 150
    phone.pull()
    assert 88 <= total() - before <= 160
    fresh(phone.person)  # a phone that begins is not behind
    assert 88 <= total() - before <= 160


def test_sync_token_case_20_is_refused_when_forged_or_of_other_device(seal):
    good = tokens.write(make_token(), seal)
    others = (
        dataclasses.replace(seal, secret=secrets.token_bytes(32)),
        dataclasses.replace(seal, account_id=uuid7()),
        dataclasses.replace(seal, device_id=uuid7()),
    )
    bad = [good[:n] for n in range(0, len(good), 7)] + [
        good + "x",
        "x" + good,
        "..",
        "a.b",
        "é",
        "\0",
        good * 200,
    ]
    bad += [good[:n] + ("A" if good[n] != "A" else "B") + good[n + 1 :] for n in range(len(good))]
    # The last character of base64 may have bits that say nothing.
    bad = [text for text in bad if text.rstrip("=") != good and text[:-1] != good[:-1]]
    for text_ in bad:
        with pytest.raises(Malformed):
            tokens.read(text_, seal)
    for other in others:
        with pytest.raises(Malformed):
            tokens.read(good, other)


def test_sync_token_case_21_of_other_schema_requires_new_sync(seal, monkeypatch):
    old = tokens.write(make_token(), seal)
    monkeypatch.setattr(tokens, "SCHEMA", tokens.SCHEMA + 1)
    with pytest.raises(Gone) as refused:
        tokens.read(old, seal)
    assert refused.value.extra == {"reason": "unknown_token"}


def test_pull_case_21_sends_rows_again_when_row_format_changes(city, monkeypatch):
    """An old app ignores fields that it does not know, and a new one finds them in every row."""
    from app.sync.service import sync_scope

    phone = fresh(city.worker("g1"))
    monkeypatch.setattr(sync_scope, "FORMS", sync_scope.FORMS + 1)
    held = phone.state()
    phone.pull()
    assert set(phone.pages[0]["drop_buckets"]) == phone.buckets and len(phone.pulled_rows) >= len(held)
    assert phone.state() == held


def test_pull_case_20_returns_400_for_token_of_other_account_or_device(city):
    worker, other = city.worker("g1"), city.worker("g1")
    phone = fresh(worker)
    for person, token in ((worker, "nonsense"), (worker, phone.token[:-3] + "aaa"), (other, phone.token)):
        answer = PullClient(person).ask(token)
        assert (answer.status_code, answer.json["code"]) == (400, "sync_token_invalid")
    # The same account on another device.
    worker.token = worker.sign_in("second-phone")["access_token"]
    assert phone.ask(phone.token).json["code"] == "sync_token_invalid"


def test_snapshot_with_many_running_transactions_is_shortened():
    few, many = "5:9:6,7", f"5:500:{','.join(map(str, range(5, 300)))}"
    assert tokens.shortened(few) == few and tokens.shortened(many) == "5:5:"


def test_bucket_tag_is_readable_only_for_its_account_and_bucket():
    made = {"account": uuid7(), "bucket": "global"}
    tag = etags.write("10:20:11,15", **made)
    assert etags.read(tag, **made) == "10:20:11,15"
    assert etags.read(tag, **made | {"bucket": "grid:x"}) is None
    head = tag.partition(".")[0]
    for wrong in (
        "20:10:",
        "0:5:",
        "10:20:15,11",
        "10:20:25",
        "10:20:5",
        "10:20",
        "10:20:a",
        f"1:{2**64}:",
        "",
    ):
        assert etags.read(f"{head}.{wrong}", **made) is None, wrong
