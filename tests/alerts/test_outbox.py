"""The outbox: at least once, repeated by pauses that grow, dead in the end; one message for a cause; old rows deleted."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from app.alerts import service
from app.alerts.rules.messages import ATTEMPTS, LEASE
from app.core import clock, db, jobs
from app.core.actor import SYSTEM
from app.core.outbox import pause_after
from tests.live.processes import JOBS, Process, as_job_worker, environment
from tests.waits import eventually

ALERTS = "select a.* from alert a join alert_subscription s on s.id = a.subscription_id where s.account_id = :id order by a.id"


def test_job_killed_while_it_sends_leaves_a_message_that_is_sent_again(
    city, report, subscribed, send_due, push_service, push_settings, rows, tmp_path
):
    worker = city.worker("g1")
    browser = subscribed(worker)
    push_service.released.clear()  # the push service gets the message, and its answer does not come
    env = environment(push_settings, tmp_path) | {"GRIDWARD_OUTGOING_ALLOWED": "127.0.0.0/8"}
    job_worker = Process(tmp_path / "jobs.log", env, *JOBS)
    try:
        case = report(city.supervisor(), city.in_grid("g1"))
        eventually(lambda: push_service.deliveries, seconds=30, so_far="by the job that the trigger added")
    finally:
        job_worker.kill()
    (alert,) = rows(ALERTS, id=worker.id)
    assert (alert.state, alert.attempts) == ("waiting", 1)
    assert send_due() == 0  # another job may be sending it still
    push_service.released.set()
    with clock.at(clock.now() + LEASE + timedelta(seconds=1)):
        assert send_due() == 1
    assert push_service.sent_to(browser) == [{"kind": "offer", "id": case["assignment"]["id"]}] * 2
    assert rows(ALERTS, id=worker.id)[0].state == "sent"


def test_failed_attempts_are_repeated_by_growing_pauses_until_the_message_is_dead(
    city, report, subscribed, send_due, push_service, rows
):
    worker = city.worker("g1")
    subscribed(worker)
    push_service.answers = [(503, {"Retry-After": "120"}), *[(429, {})] * (ATTEMPTS - 1)]
    report(city.supervisor(), city.in_grid("g1"))
    now = clock.now()
    pauses = []
    for _ in range(ATTEMPTS):
        with clock.at(now):
            assert send_due() == 1
        (alert,) = rows(ALERTS, id=worker.id)
        pauses.append((alert.due_at - now).total_seconds())
        now = alert.due_at
    assert pauses[:-1] == [120, 10, 20, 40, 80]
    assert (alert.state, alert.reason, alert.attempts) == ("dead", "status 429", ATTEMPTS)
    scheduled = (
        "select 1 from jobs.procrastinate_jobs where scheduled_at is not null and task_name = 'alerts.send'"
    )
    assert len(rows(scheduled)) == ATTEMPTS - 1
    assert worker.get("/me/push-subscriptions").json["items"]  # the device is subscribed still


def test_pause_doubles_and_has_a_limit():
    assert [pause_after(n).total_seconds() for n in (1, 2, 3)] == [5, 10, 20]
    assert pause_after(20) == pause_after(1, 99_999) == timedelta(minutes=10)


def test_message_that_the_push_service_refuses_is_dead_at_once(
    city, report, subscribed, send_due, push_service, rows
):
    worker = city.worker("g1")
    subscribed(worker)
    push_service.answers = [(403, {})]
    report(city.supervisor(), city.in_grid("g1"))
    assert send_due() == 1
    (alert,) = rows(ALERTS, id=worker.id)
    assert (alert.state, alert.reason) == ("dead", "status 403")


@pytest.mark.parametrize("location", ["http://169.254.169.254/latest/meta-data/", "http://127.0.0.1:1/"])
def test_redirect_of_the_push_service_is_not_followed(
    city, report, subscribed, send_due, push_service, rows, location
):
    worker = city.worker("g1")
    subscribed(worker)
    push_service.answers = [(307, {"Location": location})]
    report(city.supervisor(), city.in_grid("g1"))
    assert send_due() == 1
    assert (rows(ALERTS, id=worker.id)[0].reason, len(push_service.deliveries)) == ("redirect", 1)


def test_cause_adds_one_message_for_each_subscription(city, report, subscribed, send_due, push_service, rows):
    worker = city.worker("g1")
    browsers = [subscribed(worker)]
    worker.token = worker.sign_in("tablet")["access_token"]
    browsers.append(subscribed(worker))
    case = report(city.supervisor(), city.in_grid("g1"))
    (offer,) = rows("select * from offer where incident_id = :id", id=case["id"])
    with db.transaction(SYSTEM) as session:
        for _ in range(2):
            call = "select add_alerts(:worker, 'offer', :subject, :cause, :at, :until)"
            session.execute(
                text(call),
                {
                    "worker": worker.id,
                    "subject": case["assignment"]["id"],
                    "cause": f"offer:{offer.id}",
                    "at": offer.offered_at,
                    "until": offer.expires_at,
                },
            )
    assert send_due() == 2
    assert [push_service.sent_to(browser) for browser in browsers] == [
        [{"kind": "offer", "id": case["assignment"]["id"]}]
    ] * 2


def test_offer_to_somebody_without_subscription_adds_nothing(city, report, rows):
    worker = city.worker("g1")
    jobs_before = rows(
        "select count(*) from jobs.procrastinate_jobs where queue_name = :queue", queue=jobs.ALERTS
    )
    report(city.supervisor(), city.in_grid("g1"))
    assert rows(ALERTS, id=worker.id) == []
    assert jobs_before == rows(
        "select count(*) from jobs.procrastinate_jobs where queue_name = :queue", queue=jobs.ALERTS
    )


def test_old_messages_and_subscriptions_are_deleted_and_expired_sessions_end_theirs(
    city, report, subscribed, send_due, push_settings, rows
):
    worker = city.worker("g1")
    subscribed(worker)
    report(city.supervisor(), city.in_grid("g1"))
    send_due()
    later = clock.now() + push_settings.session_life + timedelta(hours=1)
    with as_job_worker(push_settings), db.transaction(SYSTEM) as session:
        service.delete_old(session, now=later)
    assert rows(ALERTS, id=worker.id) == []
    of_worker = "select ended_because, endpoint from alert_subscription where account_id = :id"
    assert [tuple(row) for row in rows(of_worker, id=worker.id)] == [("session", None)]
    with as_job_worker(push_settings), db.transaction(SYSTEM) as session:
        service.delete_old(session, now=later + timedelta(days=2))
    assert rows(of_worker, id=worker.id) == []
