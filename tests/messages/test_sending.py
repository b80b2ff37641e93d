"""The outbox: at least once with one id, repeated by pauses that grow, dead in the end and replayed; limits; erasure."""

from datetime import timedelta
from secrets import token_hex

import pytest

from app.core import clock, db
from app.core.actor import SYSTEM, Role
from app.core.outbox import pause_after
from app.incidents import service as incidents
from app.messages import jobs, service
from app.messages.rules.outbox import ATTEMPTS, LEASE, LONGEST_PAUSE
from app.public import service as public
from tests.factories import make_city
from tests.live.processes import JOBS, Process, as_job_worker, environment
from tests.messages.conftest import channels, links_in
from tests.messages.test_news import (
    CONTACTS,
    ask,
    handle,
    new_mailbox,
    new_phone,
    new_source,
    subscribed,
)
from tests.public.conftest import file_report
from tests.public.test_following import handled_and_closed
from tests.waits import eventually

NEWEST = "select * from message order by id desc limit 1"
SCHEDULED = "select scheduled_at from jobs.procrastinate_jobs where task_name = 'messages.send' and scheduled_at is not null"


def new_question(city, channel="sms"):
    receipt = file_report(city)
    assert ask(city, receipt.secret, channel, new_phone() if channel == "sms" else new_mailbox()) == 303
    return receipt


def test_job_killed_while_it_sends_repeats_the_message_with_its_id(
    city, send_due, gateway, message_settings, rows, tmp_path
):
    gateway.released.clear()  # the gateway gets the message, and its answer does not come
    env = environment(message_settings, tmp_path) | {
        "GRIDWARD_OUTGOING_ALLOWED": "127.0.0.0/8",
        "GRIDWARD_SMS_URL": gateway.url,
        "GRIDWARD_PUBLIC_URL": message_settings.public_url,
        "GRIDWARD_SIGNING_KEY_FILE": str(message_settings.signing_key_file),
    }
    job_worker = Process(tmp_path / "jobs.log", env, *JOBS)
    try:
        new_question(city)
        eventually(lambda: gateway.messages, seconds=30, so_far="by the job of the request")
    finally:
        job_worker.kill()
    (message,) = rows(NEWEST)
    assert (message.state, message.attempts) == ("waiting", 1)
    assert send_due() == 0  # another job may be sending it still
    gateway.released.set()
    with clock.at(clock.now() + LEASE + timedelta(seconds=1)):
        assert send_due() == 1
    assert [m["id"] for m in gateway.messages] == [str(message.message_id)] * 2
    assert gateway.texts[0] == gateway.texts[1]
    assert rows(NEWEST)[0].state == "sent"


def test_repeated_attempt_says_what_the_first_said(city, send_due, mail_server, gateway):
    worker = city.worker("g1")
    receipt = subscribed(city, send_due, mail_server, gateway, "sms", new_phone())
    gateway.answer = lambda _: None  # the gateway has it, and the answer is lost
    handle(city, receipt, worker)
    assert send_due() == 1
    handled_and_closed(city, receipt)
    gateway.answer = lambda _: (202, {})
    with clock.at(clock.now() + timedelta(minutes=1)):
        assert send_due() == 2
    _, first, again, later = gateway.messages
    assert first == again
    assert later["id"] != first["id"]
    assert "已终止" in later["text"]


def test_failed_attempts_are_repeated_until_the_message_is_dead_and_replayed(city, send_due, gateway, rows):
    new_question(city)
    gateway.answer = lambda _: (503, {"Retry-After": "120"} if len(gateway.messages) == 1 else {})
    boss = city.person(Role.ADMIN, area="s")
    now, pauses = clock.now(), []
    for _ in range(ATTEMPTS):
        with clock.at(now):
            assert send_due() == 1
        (message,) = rows(NEWEST)
        pauses.append((message.due_at - now).total_seconds())
        now = message.due_at
    assert pauses[:5] == [120, 10, 20, 40, 80]
    assert pauses[-2] == LONGEST_PAUSE.total_seconds()
    assert (message.state, message.reason, message.attempts) == ("dead", "status 503", ATTEMPTS)
    assert len(rows(SCHEDULED)) >= ATTEMPTS - 1
    (dead,) = boss.get("/messages?state=dead").json["items"]
    assert (dead["id"], dead["reason"], dead["channel"]) == (str(message.message_id), "status 503", "sms")
    assert dead["address"].endswith(message.address[-4:])
    assert message.address not in str(dead)
    gateway.answer = lambda _: (202, {})
    answer = boss.post("/messages/replay", {"ids": [dead["id"]]})
    assert (answer.status_code, answer.json) == (202, {"replayed": 1})
    before = len(gateway.messages)
    assert send_due() == 1
    assert gateway.messages[before]["id"] == dead["id"]
    assert boss.get("/messages?state=dead").json["items"] == []
    (sent,) = [item for item in boss.get("/messages").json["items"] if item["id"] == dead["id"]]
    assert (sent["state"], sent["address"]) == ("sent", None)


def test_job_whose_time_is_up_leaves_the_rest_to_another_job(
    city, gateway, message_settings, certificate, rows
):
    for _ in range(3):
        new_question(city)
    at_once = "select count(*) n from jobs.procrastinate_jobs where task_name = 'messages.send' and scheduled_at is null"
    before = rows(at_once)[0].n
    assert jobs.send_due(message_settings, channels(message_settings, certificate), seconds=0) == 1
    assert rows(at_once)[0].n == before + 1
    assert jobs.send_due(message_settings, channels(message_settings, certificate)) == 2


def test_pauses_together_last_about_a_day():
    total = sum((pause_after(n, longest=LONGEST_PAUSE) for n in range(1, ATTEMPTS)), timedelta())
    assert timedelta(hours=18) < total < timedelta(hours=30)


def test_server_that_fails_gets_one_attempt_in_a_run_and_the_other_channel_goes_on(
    city, send_due, mail_server, gateway
):
    mail_server.answer = lambda command: "cut"
    for _ in range(3):
        new_question(city, "email")
    new_question(city, "sms")
    assert send_due() == 2
    assert len(mail_server.commands) == 1
    assert len(gateway.messages) == 1
    mail_server.answer = lambda command: None
    with clock.at(clock.now() + timedelta(minutes=1)):
        assert send_due() == 3


@pytest.mark.parametrize(
    ("status", "state"), [(400, "dead"), (401, "waiting"), (409, "sent"), (429, "waiting")]
)
def test_answer_of_the_gateway_decides(city, send_due, gateway, rows, status, state):
    new_question(city)
    gateway.answer = lambda _: (status, {})
    assert send_due() == 1
    assert rows(NEWEST)[0].state == state


def test_gateway_on_a_private_network_needs_the_operators_leave(city, send_due, gateway, rows):
    new_question(city)
    assert send_due(outgoing_allowed=()) == 1
    assert (rows(NEWEST)[0].state, rows(NEWEST)[0].reason) == ("waiting", "scheme")
    assert gateway.messages == []
    with clock.at(clock.now() + timedelta(minutes=1)):
        assert send_due() == 1


@pytest.mark.parametrize(
    ("command", "reply", "state", "reason"),
    [
        ("RCPT", "550 no such mailbox", "dead", "status 550"),
        ("RCPT", "451 later", "waiting", "status 451"),
        ("DATA", "554 refused", "dead", "status 554"),
        ("MAIL", "421 busy", "waiting", "status 421"),
    ],
)
def test_reply_of_the_mail_server_decides(city, send_due, mail_server, rows, command, reply, state, reason):
    new_question(city, "email")
    mail_server.answer = lambda sent: reply if sent.upper().startswith(command) else None
    assert send_due() == 1
    (message,) = rows(NEWEST)
    assert (message.state, message.reason) == (state, reason)


def test_password_and_words_are_never_sent_without_tls(city, send_due, mail_server, rows):
    new_question(city, "email")
    mail_server.has_tls = False
    assert send_due() == 1
    assert (rows(NEWEST)[0].state, rows(NEWEST)[0].reason) == ("waiting", "tls")
    assert mail_server.logins == mail_server.letters == []


def test_certificate_of_another_host_is_refused(city, send_due, mail_server, message_settings, rows):
    new_question(city, "email")
    other = message_settings.mail_server.replace("localhost", "127.0.0.2")
    assert send_due(mail_server=other) == 1
    assert rows(NEWEST)[0].reason in ("tls", "connection")
    assert mail_server.letters == []


def test_wrong_password_leaves_messages_waiting(city, send_due, message_settings, rows):
    new_question(city, "email")
    message_settings.mail_password_file.write_text("wrong")
    assert send_due() == 1
    assert (rows(NEWEST)[0].state, rows(NEWEST)[0].reason) == ("waiting", "login")
    message_settings.mail_password_file.write_text("right")
    with clock.at(clock.now() + timedelta(minutes=1)):
        assert send_due() == 1


def test_address_gets_so_many_messages_a_day_and_the_newest_state_afterwards(
    city, send_due, mail_server, gateway, rows
):
    worker = city.worker("g1")
    receipt = subscribed(city, send_due, mail_server, gateway, "sms", new_phone())
    handle(city, receipt, worker)
    before = len(gateway.messages)
    assert send_due(messages_per_day=1) == 0
    handled_and_closed(city, receipt)
    assert send_due(messages_per_day=1) == 0
    assert len(gateway.messages) == before
    with clock.at(clock.now() + timedelta(hours=24, minutes=1)):
        assert send_due(messages_per_day=1) == 1
    assert "已终止" in gateway.texts[-1]


def test_stranger_gets_three_questions_a_day_at_most(city, send_due, gateway):
    phone = new_phone()
    statuses = [ask(city, file_report(city).secret, "sms", phone) for _ in range(4)]
    assert statuses == [303, 303, 303, 429]
    assert send_due() == 3


def test_network_address_asks_ten_times_a_day_at_most(city, send_due):
    source = new_source()
    statuses = [
        ask(city, file_report(city, words=token_hex(20)).secret, "sms", new_phone(), source=source)
        for _ in range(11)
    ]
    assert statuses == [303] * 10 + [429]


def test_report_has_four_addresses_at_most_and_a_known_one_is_asked_once(city, send_due):
    receipt = file_report(city)
    phones = [new_phone() for _ in range(4)]
    assert [ask(city, receipt.secret, "sms", phone) for phone in (*phones, phones[0])] == [303] * 5
    assert ask(city, receipt.secret, "sms", new_phone()) == 422
    assert send_due() == 4


def test_question_is_of_no_use_after_two_days(city, send_due, mail_server, gateway, rows):
    receipt = new_question(city, "email")
    send_due()
    confirm = links_in(mail_server.letters[-1].get_content())["y"]
    with clock.at(clock.now() + timedelta(days=2, minutes=1)):
        assert city.app.test_client().post(confirm).status_code == 404
    with as_job_worker(city.settings), db.transaction(SYSTEM) as session:
        public.forget_old(session, now=clock.now() + timedelta(days=2, minutes=1))
    (contact,) = rows(CONTACTS, id=receipt.case.id)
    assert (contact.ended_because, contact.address) == ("expired", None)


def test_erasure_of_reporter_erases_addresses_and_messages(city, send_due, mail_server, gateway, rows):
    worker = city.worker("g1")
    receipt = subscribed(city, send_due, mail_server, gateway, "sms", new_phone())
    handle(city, receipt, worker)
    gateway.answer = lambda _: (400, {})
    assert send_due() >= 1
    assert rows(NEWEST)[0].address is not None
    handled_and_closed(city, receipt)
    (report,) = rows("select reporter_id from report where incident_id = :id", id=receipt.case.id)
    with db.transaction(SYSTEM) as session:
        incidents.erase_reporters(
            session, [report.reporter_id], because="asked_for", ledger=None, now=clock.now()
        )
    (contact,) = rows(CONTACTS, id=receipt.case.id)
    assert (contact.ended_because, contact.address) == ("erased", None)
    addresses = "select state, address from message where subject_id = :id and state <> 'sent'"
    assert {tuple(row) for row in rows(addresses, id=contact.id)} == {("dropped", None)}
    assert send_due() == 0


def test_old_messages_are_deleted_and_dead_ones_are_kept_longer(city, send_due, gateway, rows):
    new_question(city)
    send_due()
    new_question(city)
    gateway.answer = lambda _: (400, {})
    send_due()
    later = clock.now() + timedelta(days=10)
    with clock.at(later), as_job_worker(city.settings), db.transaction(SYSTEM) as session:
        service.delete_old(session, settings=city.settings)
    assert {row.state for row in rows("select distinct state from message")} == {"dead"}
    with clock.at(later + timedelta(days=city.settings.dead_letter_days)):  # noqa: SIM117
        with as_job_worker(city.settings), db.transaction(SYSTEM) as session:
            service.delete_old(session, settings=city.settings)
    assert rows("select 1 from message") == []


def test_administrator_of_another_city_sees_and_replays_nothing(city, send_due, gateway, app):
    new_question(city)
    gateway.answer = lambda _: (400, {})
    send_due()
    other = make_city(app, city.settings).person(Role.ADMIN, area="s")
    assert other.get("/messages").json["items"] == []
    assert other.post("/messages/replay", {}).json == {"replayed": 0}
    assert city.supervisor().get("/messages").status_code == 403


def test_discarded_message_is_not_sent_and_its_address_is_erased(city, send_due, gateway, rows):
    new_question(city)
    gateway.answer = lambda _: (400, {})
    assert send_due() == 1
    new_question(city)
    waiting, dead = rows("select * from message order by id desc limit 2")
    assert (waiting.state, dead.state) == ("waiting", "dead")
    boss = city.person(Role.ADMIN, area="s")
    assert boss.post("/messages/discard", {}).json == {"discarded": 1}  # without ids: the dead ones only
    assert boss.post("/messages/discard", {"ids": [str(waiting.message_id)]}).json == {"discarded": 1}
    ended = rows("select state, reason, address, words from message order by id desc limit 2")
    assert [tuple(row) for row in ended] == [("dropped", "discarded", None, None)] * 2
    assert send_due() == 0
    assert boss.post("/messages/replay", {"ids": [str(dead.message_id)]}).json == {"replayed": 0}
    audited = rows(
        "select detail from audit_event where action = 'message.discard' and actor_id = :me", me=boss.id
    )
    assert [row.detail["messages"] for row in audited] == [1, 1]


def test_numbers_of_messages_are_those_of_the_own_city(city, send_due, gateway, app, rows):
    new_question(city)
    assert send_due() == 1
    gateway.answer = lambda _: (400, {})
    new_question(city)
    assert send_due() == 1
    new_question(city)
    boss = city.person(Role.ADMIN, area="s")
    email, sms = boss.get("/messages/channels").json["items"]
    assert (email["channel"], email["is_on"], email["waiting"], email["last_sent_at"]) == (
        "email",
        True,
        0,
        None,
    )
    assert [sms[name] for name in ("is_on", "waiting", "sent", "dropped", "dead")] == [True, 1, 1, 0, 1]
    assert sms["waiting_since"] and sms["last_sent_at"]
    other = make_city(app, city.settings).person(Role.ADMIN, area="s")
    assert [item["sent"] for item in other.get("/messages/channels").json["items"]] == [0, 0]
    assert other.post("/messages/discard", {}).json == {"discarded": 0}
    assert rows(NEWEST)[0].state == "waiting"
