"""Pure rules: types of all steps, ids, signatures, pauses."""

from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest
from standardwebhooks import Webhook

from app.incidents.cases.rules.lifecycle import ENDED, TRANSITIONS
from app.incidents.cases.rules.other_transitions import OTHER_TRANSITIONS
from app.webhooks.rules import attempts, signing
from app.webhooks.rules.attempts import Result
from app.webhooks.rules.cursors import MOST_RUNNING, shortened
from app.webhooks.rules.event_types import EVENT_TYPES, TYPE_OF_STEP, event_id, type_of

CASE = UUID("019caa00-0000-7000-8000-000000000001")
AT = datetime(2026, 3, 2, 1, 30, 0, 123456, tzinfo=UTC)


def test_each_step_of_the_life_cycle_has_one_type():
    steps = {row.action for row in (*TRANSITIONS, *OTHER_TRANSITIONS)}
    assert TYPE_OF_STEP.keys() == steps
    assert set(TYPE_OF_STEP.values()) <= set(EVENT_TYPES)


def test_each_end_and_each_new_beginning_has_its_type():
    changes = [
        (row.action, source, row.to)
        for row in (*TRANSITIONS, *OTHER_TRANSITIONS)
        for source in row.sources
        if row.to not in (None, source) and row.action not in ("merge", "unmerge")
    ]
    ends = {type_of(*change) for change in changes if change[2] in ENDED}
    assert ends == {"case.closed", "case.not_filed", "case.force_closed"}
    assert {type_of(*c) for c in changes if c[1] in ENDED and c[2] not in ENDED} == {"case.reopened"}


def test_each_type_is_that_of_some_step():
    ends = {"case.closed", "case.not_filed", "case.force_closed", "case.reopened"}
    assert set(TYPE_OF_STEP.values()) | ends == set(EVENT_TYPES)


def test_event_id_depends_on_the_row_and_not_on_the_time_zone():
    first = event_id(7, CASE, AT)
    assert first == event_id(7, CASE, AT.astimezone(timezone(timedelta(hours=8))))
    assert len({first, event_id(8, CASE, AT), event_id(7, CASE, AT + timedelta(microseconds=1))}) == 3


def test_signature_is_that_of_the_specification():
    """The example of the Standard Webhooks libraries."""
    secret = signing.PREFIX + "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    webhook = Webhook(secret)
    sent_at = datetime.fromtimestamp(1614265330, UTC)
    signed = webhook.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", sent_at, '{"test": 2432232314}')
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_secrets_differ_by_subscription_number_and_server():
    other = UUID("019caa00-0000-7000-8000-000000000002")
    secrets = {
        signing.secret_of(key, subscription, number)
        for key in (b"a" * 32, b"b" * 32)
        for subscription in (CASE, other)
        for number in (1, 2)
    }
    assert len(secrets) == 8
    assert all(secret.startswith("whsec_") and len(secret) == 50 for secret in secrets)


def test_headers_sign_the_bytes_that_are_sent_with_each_secret():
    secrets = [signing.secret_of(b"k" * 32, CASE, number) for number in (2, 1)]
    body = '{"a":"垃圾"}'.encode()
    now = datetime.now(UTC)
    headers = signing.signature_headers(secrets, event_id=CASE, sent_at=now, body=body)
    assert headers["webhook-timestamp"] == str(int(now.timestamp()))
    for secret in secrets:
        Webhook(secret).verify(body, headers)


@pytest.mark.parametrize(
    ("status", "result"),
    [(200, Result.SENT), (204, Result.SENT), (299, Result.SENT), (410, Result.GONE), (400, Result.FAILED),
     (404, Result.FAILED), (429, Result.FAILED), (500, Result.FAILED), (304, Result.FAILED)],
)  # fmt: skip
def test_outcome_follows_from_the_status(status, result):
    assert attempts.outcome_of(status).result is result


def test_pauses_follow_the_schedule_with_jitter_and_retry_after():
    pauses = (5, 300)
    assert [attempts.pause_after(n, pauses, draw=0.5).total_seconds() for n in (1, 2, 9)] == [5, 300, 300]
    assert attempts.pause_after(1, pauses, draw=0.0).total_seconds() == 4
    assert attempts.pause_after(1, pauses, draw=0.999).total_seconds() < 6
    assert attempts.pause_after(1, pauses, draw=0.5, retry_after_s=60).total_seconds() == 60
    assert attempts.outcome_of(429, "7").retry_after_s == 7
    assert attempts.outcome_of(429, "Wed, 21 Oct 2026 07:28:00 GMT").retry_after_s is None
    assert [attempts.is_dead(n, pauses) for n in (1, 2, 3)] == [False, False, True]


def test_long_snapshot_is_shortened_to_its_oldest_transaction():
    few = ",".join(map(str, range(10, 10 + MOST_RUNNING)))
    many = ",".join(map(str, range(10, 11 + MOST_RUNNING)))
    assert shortened(f"10:99:{few}") == f"10:99:{few}"
    assert shortened(f"10:99:{many}") == "10:10:"
