"""Notices by SMS: consent, preview, one message for each household, states by what the gateway took, opt-outs."""

import itertools
import re

import pytest

from app.core import clock
from app.core.ids import uuid7
from app.messages.rules.addresses import phone_of, phone_pattern
from app.messages.rules.sms_text import fits
from app.notices import jobs, service
from tests.factories import City, make_city
from tests.messages.conftest import app, certificate, gateway, mail_server, message_settings, send_due
from tests.notices.conftest import DOOR
from tests.notices.test_states import state_of
from tests.notices.world import TEXTS, NoticeWorld, sql

__all__ = ["app", "certificate", "gateway", "mail_server", "message_settings", "send_due"]

LINK = re.compile(r"https://grid\.example/public/h/([\w-]{16})$")
CHANNELS = ["visit", "sms"]
_NUMBERS = itertools.count(1)


@pytest.fixture
def city(app, message_settings):
    yield make_city(app, message_settings, profile=DOOR)
    sql("update message set state = 'dropped', address = null, ended_at = now() where address is not null")


@pytest.fixture
def world(city: City) -> NoticeWorld:
    return NoticeWorld(city)


@pytest.fixture
def make(message_settings):
    """Return a function that runs the job that makes messages."""

    def run(most: int = 500) -> None:
        jobs.jobs.run_until_none_left(
            lambda session: service.make_messages(session, settings=message_settings, most=most)
        )

    return run


def settle(world: NoticeWorld, phone: str | None = None, consent: str | None = "短信通知"):
    """Register a home of one resident. Return its id and the number."""
    phone = phone or f"1390000{next(_NUMBERS):04}"
    (home,) = world.settle("g1", residents=[{"name": "张三丰", "phone": phone}])
    if consent:
        give_consent(world, home, consent)
    return home, phone


def give_consent(world: NoticeWorld, home, purpose: str) -> str:
    consent = {"id": str(uuid7()), "purpose": purpose, "given_by_way": "spoken"}
    answer = world.author.post(f"/households/{home}/consents", consent)
    assert answer.status_code == 201, answer.json
    result: str = answer.json["id"]
    return result


def preview(world: NoticeWorld, notice):
    return world.author.get(f"/notices/{notice['id']}/preview").json


def sms_delivery(world: NoticeWorld, notice, home):
    deliveries = state_of(world, notice, home)["deliveries"]
    return next((item for item in deliveries if item["channel"] == "sms"), None)


def make_useless(world: NoticeWorld, why: str, notice, home, *, consent: str, channel: str) -> None:
    """Let something happen after which the household needs no message any more."""
    if why == "opt_out":
        wishes = {"items": [{"purpose": None, "channel": channel}]}
        assert world.author.call("PUT", f"/households/{home}/notice-opt-outs", wishes).status_code == 200
    elif why == "consent":
        assert world.author.call("POST", f"/consents/{consent}/withdraw").status_code == 200
    elif why == "withdrawn":
        reason = {"reason": "wrong day"}
        assert world.author.post(f"/notices/{notice['id']}/withdraw", reason).status_code == 200
    elif why == "answered":
        receipt = {"id": str(uuid7()), "state": "understood"}
        path = f"/notices/{notice['id']}/households/{home}/receipts"
        assert world.author.post(path, receipt).status_code < 300
    else:
        sql("update household set moved_away_at = :now where id = :id", now=clock.now(), id=home)


def test_preview_counts_consenting_households_with_mobile_number_only(world):
    settle(world)
    settle(world, consent="Notices by SMS ")
    settle(world, consent=None)
    settle(world, consent="电话问候")
    settle(world, phone="0571-8888 0000")
    ended, _ = settle(world, consent=None)
    consent = give_consent(world, ended, "短信通知")
    assert world.author.call("POST", f"/consents/{consent}/withdraw").status_code == 200
    wishing, _ = settle(world)
    world.opt_out(wishing, channel="sms")
    seen = preview(world, world.draft(channels=CHANNELS))
    assert seen["channels"] == {"visit": 7, "sms": 2}
    assert (seen["households"], seen["opted_out"]) == (7, 0)


def test_preview_counts_nobody_without_gateway(world, app, message_settings, monkeypatch):
    import dataclasses

    settle(world)
    monkeypatch.setitem(app.extensions, "settings", dataclasses.replace(message_settings, sms_url=""))
    assert preview(world, world.draft(channels=CHANNELS))["channels"] == {"visit": 1, "sms": 0}


def test_sms_needs_visits_beside_it(world):
    answer = world.author.post("/notices", world.body(channels=["sms"]))
    assert (answer.status_code, answer.json["errors"][0]["code"]) == (422, "notice_sms_alone")


def test_household_gets_one_sms_with_its_own_link(world, make, send_due, gateway):
    homes = dict(settle(world) for _ in range(3))
    notice = world.published(channels=CHANNELS)
    make()
    make()
    assert {state_of(world, notice, home)["state"] for home in homes} == {"not_reached"}
    assert send_due() == 3
    assert {message["to"] for message in gateway.messages} == {f"+86{phone}" for phone in homes.values()}
    secrets = {message["to"]: LINK.search(message["text"])[1] for message in gateway.messages}
    assert len(set(secrets.values())) == 3
    assert all(fits(text) and text.startswith(TEXTS["zh"]["title"]) for text in gateway.texts)
    home, phone = next(iter(homes.items()))
    state = state_of(world, notice, home)
    assert (state["state"], [step["channel"] for step in state["history"]]) == ("sent", ["sms"])
    assert sms_delivery(world, notice, home)["sent_at"] is not None
    secret = secrets[f"+86{phone}"]
    client = world.city.app.test_client()
    short = client.get(f"/public/h/{secret}")
    assert short.status_code == 302 and short.location.endswith(f"/zh/notices/{secret}")
    assert TEXTS["zh"]["text"] in client.get(f"/public/{world.city.code}/zh/notices/{secret}").text
    assert state_of(world, notice, home)["state"] == "opened"
    stored = sql("select cast(d as text) row from notice_delivery d")
    assert not any(secret in row.row for row in stored)


def test_household_whose_sms_is_refused_stays_not_reached_and_is_visited(world, make, send_due, gateway):
    home, _ = settle(world)
    notice = world.published(channels=CHANNELS)
    make()
    gateway.answer = lambda message: (422, {})
    assert send_due() == 1
    state = state_of(world, notice, home)
    assert (state["state"], state["history"]) == ("not_reached", [])
    assert sms_delivery(world, notice, home)["sent_at"] is None
    tasks = world.city.worker("g1").get("/notices/tasks").json["items"]
    assert [item["household"]["id"] for item in tasks] == [str(home)]
    assert [
        row.state for row in sql("select state from message where kind = 'notice' and state = 'dead'")
    ] == ["dead"]


@pytest.mark.parametrize("why", ["opt_out", "consent", "withdrawn", "answered", "moved"])
def test_sms_that_is_of_no_use_any_more_is_not_sent(world, make, send_due, gateway, why):
    home, _ = settle(world, consent=None)
    consent = give_consent(world, home, "短信通知")
    notice = world.published(channels=CHANNELS)
    make()
    make_useless(world, why, notice, home, consent=consent, channel="sms")
    send_due()
    assert gateway.messages == []
    assert state_of(world, notice, home)["state"] == ("understood" if why == "answered" else "not_reached")


def test_notice_is_not_published_by_sms_while_pages_are_closed(app, message_settings):
    closed = NoticeWorld(make_city(app, message_settings))
    settle(closed)
    notice = closed.draft(channels=CHANNELS)
    answer = closed.author.post(f"/notices/{notice['id']}/publish", {"confirmed_households": 1})
    assert (answer.status_code, answer.json["code"]) == (409, "notice_pages_closed")


@pytest.mark.parametrize("countries", [("86",), ("852", "86"), ("86", "852"), ("44",)])
def test_pattern_of_numbers_accepts_what_the_rule_accepts(countries):
    pattern = re.compile(phone_pattern(countries))
    plain = re.compile(r"[ ().-]")
    for text in (
        "13812345678", "013812345678", "+8613812345678", "008613812345678", "8613812345678", "138 1234-5678",
        "057188880000", "12345", "+85251234567", "51234567", "+4479460000", "079460000", "+1212555000", "abc", "",
        "+86 138 1234 5678", "1" * 15, "9" * 14, "+44" + "1" * 13, "+852" + "1" * 12, "+852" + "1" * 13,
    ):  # fmt: skip
        expected = phone_of(text, countries) is not None
        assert bool(pattern.search(plain.sub("", text))) == expected, (text, countries)


def test_limit_of_messages_per_day_holds_and_the_later_sms_waits(world, make, send_due, gateway):
    home, _ = settle(world)
    notices = [world.published(channels=CHANNELS) for _ in range(2)]
    make()
    send_due(messages_per_day=1)
    assert len(gateway.messages) == 1
    assert {state_of(world, notice, home)["state"] for notice in notices} == {"sent", "not_reached"}
    waiting = sql("select reason from message where kind = 'notice' and state = 'waiting'")
    assert [row.reason for row in waiting] == ["too_many_today"]


def test_publication_adds_job_and_batches_reach_all(world, make, send_due, gateway):
    before = sql("select count(*) n from procrastinate_jobs where task_name = 'notices.make_messages'")[0].n
    for _ in range(5):
        settle(world)
    world.published(channels=CHANNELS)
    after = sql("select count(*) n from procrastinate_jobs where task_name = 'notices.make_messages'")[0].n
    assert after == before + 1
    make(most=2)
    assert send_due() == 5
