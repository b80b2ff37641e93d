"""Requests of a batch under way at the same time: order for each case, and what a receiver that fails gets."""

import threading
import time
from collections import defaultdict
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from app.core import clock, db
from app.core.actor import SYSTEM, Role
from app.webhooks import jobs
from app.webhooks.rules.attempts import FAILURES_OF_RECEIVER, Outcome, Result
from app.webhooks.service import sending
from app.webhooks.service.lanes import LANES, Lanes
from tests.statements import recorded_statements
from tests.webhooks.conftest import Message

SENT, FAILED, GONE = (Outcome(result) for result in (Result.SENT, Result.FAILED, Result.GONE))


def messages(*cases: int | None) -> list:
    """Return a message for each number of a case; None: a message about the subscription."""
    return [
        ({"id": number, "incident_id": None if case is None else UUID(int=case)}, b"{}")
        for number, case in enumerate(cases)
    ]


def sent(lanes: Lanes) -> list[int]:
    return [message["id"] for message, _ in lanes.results]


def lanes_of(*cases: int | None, failures: int = 0, seconds: float = 60) -> Lanes:
    return Lanes(messages(*cases), failures=failures, ends_at=time.monotonic() + seconds)


def test_messages_of_several_cases_are_under_way_at_once():
    lanes, lock, most, running = lanes_of(*range(40)), threading.Lock(), [0], [0]
    all_run = threading.Event()

    def send(_message, _body) -> Outcome:
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
            if running[0] == LANES:
                all_run.set()
        if len(lanes.results) >= LANES:
            all_run.wait(5)
        with lock:
            running[0] -= 1
        return SENT

    lanes.send_all(send)
    assert sorted(sent(lanes)) == list(range(40))
    assert most[0] == LANES


def test_messages_of_a_case_go_one_after_the_other_in_order():
    cases = [number % 5 for number in range(200)]
    lanes, lock = lanes_of(*cases), threading.Lock()
    running: set[UUID] = set()
    order: dict[UUID, list[int]] = defaultdict(list)

    def send(message, _body) -> Outcome:
        with lock:
            assert message["incident_id"] not in running
            running.add(message["incident_id"])
            order[message["incident_id"]].append(message["id"])
        with lock:
            running.remove(message["incident_id"])
        return SENT

    lanes.send_all(send)
    assert len(lanes.results) == 200
    assert all(numbers == sorted(numbers) for numbers in order.values()) and len(order) == 5


def test_one_lane_sends_in_the_order_of_the_messages():
    lanes = Lanes(messages(1, 2, 1, 3, None, 2), failures=0, ends_at=time.monotonic() + 60, most=1)
    lanes.send_all(lambda *_: SENT)
    assert sent(lanes) == list(range(6))


def test_later_messages_of_a_case_wait_after_a_failure_and_others_go_on():
    lanes = lanes_of(1, 1, 2, 1, 2)
    lanes.send_all(lambda message, _: FAILED if message["id"] == 0 else SENT)
    assert sorted(sent(lanes)) == [0, 2, 4]


def test_receiver_that_fails_gets_no_more_than_the_requests_that_find_it():
    lanes = lanes_of(*range(20))
    lanes.send_all(lambda *_: FAILED)
    assert len(lanes.results) == FAILURES_OF_RECEIVER
    lanes = lanes_of(*range(20), failures=FAILURES_OF_RECEIVER)
    lanes.send_all(lambda *_: FAILED)
    assert len(lanes.results) == 1


def test_receiver_that_wants_no_more_gets_no_more():
    lanes = lanes_of(1, 2, 3)
    lanes.send_all(lambda *_: GONE)
    assert sent(lanes) == [0]


def test_no_request_begins_after_the_time_of_the_batch():
    lanes = lanes_of(1, 2, seconds=-1)
    lanes.send_all(lambda *_: SENT)
    assert lanes.results == []


def test_error_in_a_lane_ends_all_of_them():
    lanes = lanes_of(*range(50))

    def send(message, _body) -> Outcome:
        if message["id"] == 20:
            raise ZeroDivisionError
        return SENT

    with pytest.raises(ZeroDivisionError):
        lanes.send_all(send)
    assert len(lanes.results) < 50


@pytest.fixture
def noted(city, report, rows):
    """Return a function that adds events to new cases: the number of cases and of the events of each."""

    def add(cases: int, events: int) -> list[str]:
        supervisor = city.supervisor()
        ids = [report(supervisor, city.in_grid("g1"))["id"] for _ in range(cases)]
        with db.transaction(SYSTEM) as session:
            session.execute(_NOTES, {"ids": ids, "events": events})
            session.execute(_TOUCH, {"ids": ids})
        return ids

    return add


_NOTES = text("""
  insert into incident_event (incident_id, action, from_status, to_status, actor_kind, actor_id, occurred_at)
  select i.id, 'note', i.status, i.status, 'system', '00000000-0000-0000-0000-000000000000', clock_timestamp()
  from generate_series(1, :events) n, incident i where i.id = any(cast(:ids as uuid[])) order by n, i.id
""")


# The log is read up to the newest change, so events come with a change of their case, as those of the life cycle do.
_TOUCH = text("update incident set updated_at = clock_timestamp() where id = any(cast(:ids as uuid[]))")


def test_batch_costs_the_same_statements_whatever_its_size(
    city, noted, subscribed, webhook_settings, receiver
):
    counts = []
    for events in (1, 8):
        with_events = subscribed(city.person(Role.ADMIN, area="s"), types=["case.noted"])
        noted(30, events)
        # Every seventh message fails once, so that results of both kinds are stored.
        failed: set[str] = set()

        def answer(message: Message, failed: set[str] = failed) -> tuple[int, dict[str, str]]:
            if len(receiver.messages) % 7 == 0 and message.id not in failed:
                failed.add(message.id)
                return 500, {}
            return 204, {}

        receiver.answer = answer
        with recorded_statements() as statements:
            sending.send_batch(jobs.sender_of(webhook_settings), UUID(with_events["id"]))
        counts.append(len(statements))
    assert len(receiver.messages) > 100
    # Failed messages wait for about five seconds, and each of these seconds has a job.
    assert counts[1] <= counts[0] + 3


def test_requests_under_way_that_fail_together_are_one_step_of_the_pauses(
    city, noted, subscribed, send_due, receiver, rows
):
    webhook = subscribed(city.person(Role.ADMIN, area="s"), types=["case.noted"])
    noted(30, 1)
    barrier = threading.Barrier(LANES)

    def answer(_message: Message) -> tuple[int, dict[str, str]]:
        if len(receiver.messages) <= 2 * LANES:
            return 204, {}
        barrier.wait(20)
        return 500, {}

    receiver.answer = answer
    send_due(pauses_s=(60, 600, 6_000))
    (row,) = rows("select * from webhook_subscription where id = cast(:id as uuid)", id=webhook["id"])
    assert row.failures == FAILURES_OF_RECEIVER
    assert row.due_at - clock.now() < timedelta(seconds=61)
    states = {
        r.state
        for r in rows(
            "select state from webhook_delivery where subscription_id = cast(:id as uuid)", id=webhook["id"]
        )
    }
    assert states == {"sent", "waiting"}
    assert len(receiver.messages) <= 3 * LANES
