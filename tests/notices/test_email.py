"""Notices by e-mail: consent, preview, one e-mail for each household, states, opt-outs, one-click ending, erasure."""

import dataclasses
import itertools
import re

import pytest

from app.core.ids import uuid7
from tests.factories import make_city
from tests.messages.conftest import app, certificate, gateway, mail_server, message_settings, send_due
from tests.notices.test_sms import city, give_consent, make, make_useless, preview, world
from tests.notices.test_states import state_of
from tests.notices.world import TEXTS, NoticeWorld, sql
from tests.rights.dumps import tables_naming

__all__ = [
    "app",
    "certificate",
    "city",
    "gateway",
    "mail_server",
    "make",
    "message_settings",
    "send_due",
    "world",
]

CHANNELS = ["visit", "email"]
LINK = re.compile(r"https://grid\.example/public/h/([\w-]{16})\s")
_NUMBERS = itertools.count(1)


def settle(world, email=None, consent="邮件通知", **facts):
    """Register a home of one resident. Return its id and the address."""
    email = email or f"home{next(_NUMBERS)}@mail.example"
    (home,) = world.settle("g1", residents=[{"name": "张三丰", "email": email, **facts}])
    if consent:
        give_consent(world, home, consent)
    return home, email


def delivery(world, notice, home, channel="email"):
    return next(item for item in state_of(world, notice, home)["deliveries"] if item["channel"] == channel)


def secret_in(letter):
    return LINK.search(letter.get_content())[1]


def test_preview_counts_consenting_households_with_address_only(world):
    settle(world)
    settle(world, consent="Notices by e-mail ")
    settle(world, consent="notices by email")
    settle(world, consent=None)
    settle(world, consent="短信通知")
    (without,) = world.settle("g1")
    give_consent(world, without, "邮件通知")
    ended, _ = settle(world, consent=None)
    consent = give_consent(world, ended, "邮件通知")
    assert world.author.call("POST", f"/consents/{consent}/withdraw").status_code == 200
    wishing, _ = settle(world)
    world.opt_out(wishing, channel="email")
    seen = preview(world, world.draft(channels=CHANNELS))
    assert seen["channels"] == {"visit": 8, "email": 3}
    assert (seen["households"], seen["opted_out"]) == (8, 0)


def test_preview_counts_each_channel_by_its_own_consent(world):
    both, _ = settle(world, phone="13900000001")
    give_consent(world, both, "短信通知")
    settle(world, phone="13900000002")
    seen = preview(world, world.draft(channels=["visit", "sms", "email"]))
    assert seen["channels"] == {"visit": 2, "sms": 1, "email": 2}


def test_preview_counts_nobody_without_mail_server(world, app, message_settings, monkeypatch):
    settle(world)
    monkeypatch.setitem(app.extensions, "settings", dataclasses.replace(message_settings, mail_server=""))
    assert preview(world, world.draft(channels=CHANNELS))["channels"] == {"visit": 1, "email": 0}


def test_email_needs_visits_beside_it(world):
    answer = world.author.post("/notices", world.body(channels=["email"]))
    assert (answer.status_code, answer.json["errors"][0]["code"]) == (422, "notice_email_alone")


def test_household_gets_one_email_with_its_own_link(world, make, send_due, mail_server):
    homes = dict(settle(world) for _ in range(3))
    notice = world.published(channels=CHANNELS)
    make()
    make()
    assert {state_of(world, notice, home)["state"] for home in homes} == {"not_reached"}
    assert send_due() == 3
    assert sorted(mail_server.recipients) == sorted(homes.values())
    letters = {letter["To"]: letter for letter in mail_server.letters}
    assert len({secret_in(letter) for letter in letters.values()}) == 3
    for letter in letters.values():
        assert letter["Subject"] == TEXTS["zh"]["title"]
        assert letter["Content-Language"] == "zh-CN"
        assert TEXTS["zh"]["text"] not in letter.get_content()
    home, address = next(iter(homes.items()))
    state = state_of(world, notice, home)
    assert (state["state"], [step["channel"] for step in state["history"]]) == ("sent", ["email"])
    assert delivery(world, notice, home)["sent_at"] is not None
    secret = secret_in(letters[address])
    client = world.city.app.test_client()
    short = client.get(f"/public/h/{secret}")
    assert short.status_code == 302 and short.location.endswith(f"/zh/notices/{secret}")
    assert TEXTS["zh"]["text"] in client.get(f"/public/{world.city.code}/zh/notices/{secret}").text
    assert state_of(world, notice, home)["state"] == "opened"
    stored = sql("select cast(d as text) row from notice_delivery d")
    assert not any(secret in row.row or address in row.row for row in stored)


def test_household_with_both_consents_gets_both_messages(world, make, send_due, mail_server, gateway):
    home, _ = settle(world, phone="13900000003")
    give_consent(world, home, "短信通知")
    notice = world.published(channels=["visit", "sms", "email"])
    make(most=1)
    assert send_due() == 2
    assert (len(mail_server.letters), len(gateway.messages)) == (1, 1)
    assert {step["channel"] for step in state_of(world, notice, home)["history"]} == {"sms", "email"}
    assert secret_in(mail_server.letters[0]) not in gateway.texts[0]


def test_mail_program_ends_notices_by_email_with_one_request(world, make, send_due, mail_server):
    home, _ = settle(world)
    world.published(channels=CHANNELS)
    make()
    send_due()
    (letter,) = mail_server.letters
    address = f"https://grid.example/public/h/{secret_in(letter)}"
    assert letter["List-Unsubscribe"] == f"<{address}>"
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    client = world.city.app.test_client()
    body = {"List-Unsubscribe": "One-Click"}
    for _ in range(2):
        assert client.post(f"/public/h/{secret_in(letter)}", data=body).status_code == 200
    (wish,) = world.author.get(f"/households/{home}/notice-opt-outs").json["items"]
    assert (wish["purpose"], wish["channel"]) == (None, "email")
    assert preview(world, world.draft(channels=CHANNELS))["channels"] == {"visit": 1, "email": 0}
    wrong = client.post(f"/public/h/{'x' * 16}", data=body)
    assert wrong.status_code == 404


def test_refused_email_leaves_household_not_reached_and_to_be_visited(world, make, send_due, mail_server):
    home, _ = settle(world)
    notice = world.published(channels=CHANNELS)
    make()
    mail_server.answer = lambda command: "550 no such user" if command.upper().startswith("RCPT") else None
    assert send_due() == 1
    state = state_of(world, notice, home)
    assert (state["state"], state["history"]) == ("not_reached", [])
    assert delivery(world, notice, home)["sent_at"] is None
    tasks = world.city.worker("g1").get("/notices/tasks").json["items"]
    assert [item["household"]["id"] for item in tasks] == [str(home)]
    rows = sql("select channel, state from message where kind = 'notice' and state = 'dead'")
    assert [tuple(row) for row in rows] == [("email", "dead")]


@pytest.mark.parametrize("why", ["opt_out", "consent", "withdrawn", "answered", "moved", "address"])
def test_email_that_is_of_no_use_any_more_is_not_sent(world, make, send_due, mail_server, why):
    home, _ = settle(world, consent=None)
    consent = give_consent(world, home, "邮件通知")
    notice = world.published(channels=CHANNELS)
    make()
    if why == "address":
        sql("update resident set email = 'new@mail.example' where household_id = :id", id=home)
    else:
        make_useless(world, why, notice, home, consent=consent, channel="email")
    send_due()
    assert mail_server.letters == []
    assert state_of(world, notice, home)["state"] == ("understood" if why == "answered" else "not_reached")


def test_opt_out_of_sms_does_not_stop_email(world, make, send_due, mail_server):
    home, _ = settle(world)
    world.published(channels=CHANNELS)
    make()
    world.opt_out(home, channel="sms")
    send_due()
    assert len(mail_server.letters) == 1


def test_notice_is_not_published_by_email_while_pages_are_closed(app, message_settings):
    closed = NoticeWorld(make_city(app, message_settings))
    settle(closed)
    notice = closed.draft(channels=CHANNELS)
    answer = closed.author.post(f"/notices/{notice['id']}/publish", {"confirmed_households": 1})
    assert (answer.status_code, answer.json["code"]) == (409, "notice_pages_closed")


def test_email_waits_no_longer_once_the_pages_of_the_city_are_closed(
    world, make, send_due, mail_server, monkeypatch
):
    from app.core.errors import NotFound
    from app.public import service as public

    settle(world)
    world.published(channels=CHANNELS)
    make()

    def closed(session, code=None):
        raise NotFound("not_found")

    monkeypatch.setattr(public, "open_city", closed)
    send_due()
    assert mail_server.letters == []
    rows = sql("select reason from message where kind = 'notice' order by id desc limit 1")
    assert [row.reason for row in rows] == ["door_closed"]


def test_title_with_line_breaks_is_one_subject(world, make, send_due, mail_server):
    settle(world)
    texts = {"en": {"title": "Water off\nBcc: x@evil.example", "text": "No water."}}
    world.published(channels=CHANNELS, texts=texts)
    make()
    send_due()
    (letter,) = mail_server.letters
    assert (letter["Subject"], letter["Bcc"]) == ("Water off Bcc: x@evil.example", None)
    assert len(mail_server.recipients) == 1


def test_address_of_erased_resident_leaves_waiting_and_dead_messages(
    world, make, send_due, mail_server, message_settings
):
    home, address = settle(world, email=f"Q{uuid7().hex}@mail.example")
    world.published(channels=CHANNELS)
    make()
    mail_server.answer = lambda command: "550 no such user" if command.upper().startswith("RCPT") else None
    send_due()
    world.published(channels=CHANNELS)
    make()
    states = sql("select state from message where address = :address", address=address)
    assert {row.state for row in states} == {"dead", "waiting"}
    (resident,) = sql("select id from resident where household_id = :id", id=home)
    shown = {"purpose": "visit", "explanation": f"写信给{address}", "fields": ["email"]}
    assert world.author.post(f"/residents/{resident.id}/reveal", shown).status_code == 200
    gone = world.author.call("DELETE", f"/residents/{resident.id}", json={"reason": "本人书面要求"})
    assert gone.status_code == 204, gone.json
    assert tables_naming(message_settings.database_url, [address]) == {}
