"""Delivery of events: signatures, order, masks, filters, failures, dead letters, pauses."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import text
from standardwebhooks.webhooks import WebhookVerificationError

from app.accounts import service as accounts
from app.core import clock, db
from app.core.actor import SYSTEM, Role
from app.core.changes import rotate_epoch
from app.integrity import service as integrity
from app.webhooks import service
from app.webhooks.rules.attempts import FAILURES_OF_RECEIVER, LEASE, OVERLAP
from app.webhooks.service import sending
from tests.factories import make_city
from tests.live.processes import as_job_worker
from tests.webhooks.conftest import Message

SUBSCRIPTION = "select * from webhook_subscription where id = cast(:id as uuid)"
DELIVERIES = "select * from webhook_delivery where subscription_id = cast(:id as uuid) order by id"


@pytest.fixture
def admin(city):
    """An administrator of the street only."""
    return city.person(Role.ADMIN, area="s")


def of_case(messages: list[Message], case: dict[str, object]) -> list[Message]:
    return [m for m in messages if m.content["data"].get("case", {}).get("id") == case["id"]]


def test_report_is_sent_once_with_a_signature_and_the_case(
    city, admin, report, subscribed, send_due, receiver
):
    webhook = subscribed(admin)
    case = report(city.supervisor(), city.in_grid("g1"))
    send_due()
    send_due()
    assert receiver.types[0] == "case.reported"
    assert len({message.id for message in receiver.messages}) == len(receiver.messages) >= 2
    now = admin.get(f"/incidents/{case['id']}").json
    for message in receiver.messages:
        message.verify(webhook["secret"])
        assert message.headers["content-type"] == "application/json"
        sent = message.content["data"]["case"]
        assert sent == {name: now[name] for name in sent}
    shown = admin.get(f"/webhooks/{webhook['id']}").json
    assert (shown["waiting"], shown["dead"], shown["failing_since"]) == (0, 0, None)
    assert shown["last_sent_at"] is not None and "secret" not in shown


def test_changed_body_does_not_verify(city, admin, report, subscribed, send_due, receiver):
    webhook = subscribed(admin)
    report(city.supervisor(), city.in_grid("g1"))
    send_due()
    message = receiver.messages[0]
    message.body = message.body.replace(b"case.reported", b"case.closed")
    with pytest.raises(WebhookVerificationError):
        message.verify(webhook["secret"])


def test_secret_rotates_with_two_signatures_in_the_overlap(
    city, admin, report, subscribed, send_due, receiver
):
    webhook = subscribed(admin, types=["case.reported"])
    rotated = admin.post(f"/webhooks/{webhook['id']}/secret").json
    assert rotated["secret"] != webhook["secret"]
    report(city.supervisor(), city.in_grid("g1"))
    send_due()
    (message,) = receiver.messages
    message.verify(webhook["secret"])
    message.verify(rotated["secret"])
    receiver.messages.clear()
    with clock.at(clock.now() + OVERLAP + timedelta(seconds=1)):
        report(city.supervisor(), city.in_grid("g1"))
        send_due()
    (message,) = receiver.messages
    assert message.headers["webhook-signature"].count(",") == 1


def test_secret_is_in_no_table(city, admin, subscribed, rows):
    secret = subscribed(admin)["secret"].removeprefix("whsec_")
    tables = [
        r.name
        for r in rows(
            "select c.relname::text as name from pg_class c where c.relname like 'webhook%' and relkind='r'"
        )
    ]
    assert len(tables) == 2
    for table in tables:
        assert secret not in json.dumps([str(r) for r in rows(f"select to_jsonb(t)::text from {table} t")])


def test_filters_select_type_category_and_area(city, admin, report, subscribed, send_due, receiver, rows):
    supervisor = city.supervisor()
    webhook = subscribed(admin, types=["case.reported"], categories=["E0102"], area_id=str(city.areas["g1"]))
    wanted = report(supervisor, city.in_grid("g1"))
    report(supervisor, city.in_grid("g2"))
    report(supervisor, city.in_grid("g1"), category="0101")
    send_due()
    assert [m.content["data"]["case"]["id"] for m in receiver.messages] == [wanted["id"]]
    changed = admin.call(
        "PATCH", f"/webhooks/{webhook['id']}", json={"types": [], "categories": [], "area_id": None}
    )
    assert (changed.status_code, changed.json["area_id"]) == (200, None)
    report(supervisor, city.in_grid("g2"))
    send_due()
    assert len(receiver.messages) > 2


def test_other_city_is_not_sent(app, settings, city, admin, report, subscribed, send_due, receiver):
    subscribed(admin)
    other = make_city(app, settings)
    report(other.supervisor(), other.in_grid("g1"))
    send_due()
    assert receiver.messages == []


def test_case_that_leaves_the_scope_is_dropped(city, admin, report, subscribed, send_due, receiver, rows):
    webhook = subscribed(admin)
    receiver.answer = lambda _: (503, {})
    report(city.supervisor(), city.in_grid("g1"))
    send_due()
    with db.transaction(SYSTEM) as session:
        grants = admin_grants(session, admin)
        for grant_id in grants:
            revoke(session, admin, grant_id)
        accounts.add_grant(session, SYSTEM, account_id=admin.id, role=Role.ADMIN, area_id=city.areas["g2"])
    receiver.answer = lambda _: (204, {})
    receiver.messages.clear()
    with clock.at(clock.now() + timedelta(hours=12)):
        send_due()
    assert receiver.messages == []
    assert {r.state for r in rows(DELIVERIES, id=webhook["id"])} == {"dropped"}


def test_account_without_permission_gets_nothing_more(
    city, admin, report, subscribed, send_due, receiver, rows
):
    webhook = subscribed(admin)
    with db.transaction(SYSTEM) as session:
        for grant_id in admin_grants(session, admin):
            revoke(session, admin, grant_id)
        accounts.add_grant(
            session, SYSTEM, account_id=admin.id, role=Role.SUPERVISOR, area_id=city.areas["s"]
        )
    report(city.supervisor(), city.in_grid("g1"))
    send_due()
    assert receiver.messages == []
    (row,) = rows(SUBSCRIPTION, id=webhook["id"])
    assert (row.state, row.paused_because) == ("paused", "not_permitted")


def admin_grants(session, person) -> list:
    sql = text("select id from account_grant where account_id = :id and revoked_at is null")
    return list(session.execute(sql, {"id": person.id}).scalars())


def revoke(session, person, grant_id) -> None:
    accounts.revoke_grant(session, SYSTEM, account_id=person.id, grant_id=grant_id)


def test_events_of_a_case_stay_in_order_when_one_fails(
    city, admin, report, subscribed, send_due, receiver, rows
):
    webhook = subscribed(admin)
    supervisor = city.supervisor()
    first, second = (report(supervisor, city.in_grid("g1")) for _ in range(2))
    failed: list[str] = []

    def fail_once(message: Message) -> tuple[int, dict[str, str]]:
        if not failed and message.content["data"]["case"]["id"] == first["id"]:
            failed.append(message.id)
            return 500, {}
        return 204, {}

    receiver.answer = fail_once
    send_due()
    assert of_case(receiver.messages, second)  # the other case goes on
    assert [m.id for m in of_case(receiver.messages, first)] == failed
    with clock.at(clock.now() + timedelta(seconds=10)):
        send_due()
    ids = [m.id for m in of_case(receiver.messages, first)]
    expected = [
        str(r.event_id) for r in rows(DELIVERIES, id=webhook["id"]) if str(r.incident_id) == first["id"]
    ]
    assert ids == [failed[0], *expected] and expected[0] == failed[0] and len(expected) > 1


def test_message_that_only_fails_is_a_dead_letter_and_is_replayed(
    city, admin, report, subscribed, send_due, receiver
):
    webhook = subscribed(admin, types=["case.reported"])
    bad = report(city.supervisor(), city.in_grid("g1"))
    receiver.answer = lambda m: (400 if of_case([m], bad) else 204, {})
    now, attempts = clock.now(), []
    pauses = (5, 300)
    for _ in range(3):
        with clock.at(now):
            report(city.supervisor(), city.in_grid("g2"))
            send_due(pauses_s=pauses)
            attempts.append(len(of_case(receiver.messages, bad)))
        now += timedelta(seconds=301)
    assert attempts == [1, 2, 3]
    dead = admin.get(f"/webhooks/{webhook['id']}/deliveries?state=dead").json["items"]
    assert [(d["attempts"], d["reason"], d["incident_id"]) for d in dead] == [(3, "status 400", bad["id"])]
    assert admin.get(f"/webhooks/{webhook['id']}").json["dead"] == 1
    receiver.answer = lambda _: (204, {})
    assert admin.post(f"/webhooks/{webhook['id']}/replay", {}).json == {"replayed": 1}
    with clock.at(now):
        send_due()
    assert {m.id for m in of_case(receiver.messages, bad)} == {dead[0]["id"]}
    assert admin.get(f"/webhooks/{webhook['id']}").json["dead"] == 0


def test_receiver_that_fails_for_days_is_paused_and_goes_on_where_it_was(
    city, admin, report, subscribed, send_due, receiver, rows
):
    webhook = subscribed(admin)
    supervisor = city.supervisor()
    cases = [report(supervisor, city.in_grid("g1")) for _ in range(FAILURES_OF_RECEIVER + 1)]
    receiver.answer = lambda _: None  # cuts the connection
    now, tries = clock.now(), 0
    while rows(SUBSCRIPTION, id=webhook["id"])[0].state == "active":
        with clock.at(now):
            before = len(receiver.messages)
            send_due(failing_days=1)
            # Three attempts find that the receiver fails; then one attempt after each pause.
            assert len(receiver.messages) - before == (FAILURES_OF_RECEIVER if tries == 0 else 1)
        now, tries = rows(SUBSCRIPTION, id=webhook["id"])[0].due_at, tries + 1
        assert tries < 50
    shown = admin.get(f"/webhooks/{webhook['id']}").json
    assert (shown["state"], shown["paused_because"], shown["dead"]) == ("paused", "failing", 0)
    late = report(supervisor, city.in_grid("g1"))
    receiver.answer = lambda _: (204, {})
    receiver.messages.clear()
    send_due()
    assert receiver.messages == []
    answer = admin.call("PATCH", f"/webhooks/{webhook['id']}", json={"state": "active"})
    assert (answer.status_code, answer.json["failing_since"]) == (200, None)
    with clock.at(now + timedelta(minutes=10)):
        send_due()
    for case in (*cases, late):
        assert of_case(receiver.messages, case)[0].type == "case.reported"


def test_receiver_that_answers_gone_is_paused(city, admin, report, subscribed, send_due, receiver):
    webhook = subscribed(admin)
    receiver.answer = lambda _: (410, {})
    report(city.supervisor(), city.in_grid("g1"))
    send_due()
    shown = admin.get(f"/webhooks/{webhook['id']}").json
    assert (len(receiver.messages), shown["state"], shown["paused_because"]) == (1, "paused", "gone")


def test_redirect_is_not_followed(city, admin, report, subscribed, send_due, receiver):
    webhook = subscribed(admin, types=["case.reported"])
    receiver.answer = lambda _: (307, {"Location": "http://127.0.0.1:1/"})
    report(city.supervisor(), city.in_grid("g1"))
    send_due()
    (delivery,) = admin.get(f"/webhooks/{webhook['id']}/deliveries").json["items"]
    assert (delivery["state"], delivery["reason"], len(receiver.messages)) == ("waiting", "redirect", 1)


def test_test_message_is_sent_on_demand(admin, subscribed, send_due, receiver):
    webhook = subscribed(admin)
    event_id = admin.post(f"/webhooks/{webhook['id']}/test").json["id"]
    send_due()
    (message,) = receiver.messages
    message.verify(webhook["secret"])
    assert (message.id, message.type, message.content["data"]) == (event_id, "webhook.test", {})
    admin.call("PATCH", f"/webhooks/{webhook['id']}", json={"state": "paused"})
    refused = admin.post(f"/webhooks/{webhook['id']}/test")
    assert (refused.status_code, refused.json["code"]) == (409, "webhook_paused")


def test_restore_of_the_database_sends_a_gap(city, admin, report, subscribed, send_due, receiver):
    subscribed(admin)
    report(city.supervisor(), city.in_grid("g1"))
    with db.transaction(SYSTEM) as session:
        rotate_epoch(session)
    send_due()
    assert receiver.types == ["webhook.gap"]
    report(city.supervisor(), city.in_grid("g1"))
    send_due()
    assert receiver.types[1] == "case.reported"


def test_killed_sender_sends_again_with_the_same_id(
    city, admin, report, subscribed, send_due, receiver, monkeypatch
):
    subscribed(admin, types=["case.reported"])
    report(city.supervisor(), city.in_grid("g1"))

    def killed(*_: object) -> bool:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(sending, "settle", killed)
        with pytest.raises(KeyboardInterrupt):
            send_due()
    send_due()
    assert len(receiver.messages) == 1  # another job may be sending it still
    with clock.at(clock.now() + LEASE + timedelta(seconds=1)):
        send_due()
    assert len(receiver.messages) == 2 and len({m.id for m in receiver.messages}) == 1


def test_deleted_subscription_sends_nothing_and_its_rows_are_erased(
    city, admin, report, subscribed, send_due, receiver, rows, webhook_settings
):
    webhook = subscribed(admin)
    report(city.supervisor(), city.in_grid("g1"))
    assert admin.call("DELETE", f"/webhooks/{webhook['id']}").status_code == 204
    send_due()
    assert receiver.messages == []
    assert admin.get(f"/webhooks/{webhook['id']}").status_code == 404
    later = clock.now() + timedelta(days=2)
    with clock.at(later), as_job_worker(webhook_settings), db.transaction(SYSTEM) as session:
        service.delete_old(session, settings=webhook_settings)
    assert rows(SUBSCRIPTION, id=webhook["id"]) == []


def test_gauges_show_paused_subscriptions_and_dead_letters(
    city, admin, report, subscribed, send_due, receiver
):
    subscribed(admin, types=["case.reported"])
    report(city.supervisor(), city.in_grid("g1"))
    receiver.answer = lambda _: (400, {})
    send_due(pauses_s=())
    with db.read_session() as session:
        shown = {(m.name, *labels): n for m in integrity.measure(session) for labels, n in m.samples}
    assert shown["gridward_webhook_subscriptions", "active"] >= 1
    assert shown["gridward_webhook_dead_letters",] == 1
