"""The page of e-mail and SMS in a browser: what waits, what failed and why, sending again, discarding, SMS that came in."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect
from sqlalchemy import text

from app.core import clock, db
from app.core.actor import SYSTEM, Role
from app.core.ids import uuid7
from app.core.outbox import DELIVERY_STATES
from app.messages import service
from app.messages.queries import outbox
from app.messages.rules.outbox import CHANNELS, NewMessage
from app.notices.service.messages import KIND
from app.public.rules import news
from app.sms.rules.answers import OUTCOMES
from app.sms.service.receiving import REPLY
from tests.factories import make_city
from tests.nonempty import nonempty
from tests.web.console.desk import assert_accessible, turn_to
from tests.web.pictures import take_pictures
from tests.web.themes import show_theme

PHONE_DARK, DESK_LIGHT = (390, 844), (1280, 800)
WORDS = "web/console/src/words/messages.ts"


@pytest.fixture
def city(app, settings):
    return make_city(app, settings)


def new_message(city, *, channel="sms", address="+8613800001111", kind=news.CASE_REPLY, dead=None):
    """Return the id of a new message, which has failed with the reason `dead`, or waits."""
    message = NewMessage(
        jurisdiction_id=city.jurisdiction_id,
        channel=channel,
        kind=kind,
        address=address,
        language="zh",
        cause=f"test:{uuid7()}",
    )
    with db.transaction(SYSTEM) as session:
        service.add_message(session, message, settings=city.settings)
        row = session.execute(
            text("select id, message_id from message where cause = :cause"), {"cause": message.cause}
        ).one()
        if dead:
            outbox.end(session, row.id, state="dead", reason=dead, now=clock.now())
    return str(row.message_id)


def assert_numbers_at_the_right(page):
    """Head and cells of the four columns of numbers, of which two have a time below the number."""
    sides = page.get_by_test_id("channel-numbers").evaluate(
        "table => [...table.rows].map(row => [...row.cells].slice(2).map(cell => getComputedStyle(cell).textAlign))"
    )
    assert sides == [["right"] * 4] * 3


def test_page_shows_reasons_of_dead_messages_and_sends_them_again(console, city):
    dead = new_message(city, dead="status 503")
    refused = new_message(city, channel="email", address="li@mail.example", kind="confirmation", dead="login")
    waiting = new_message(city)
    page = console(who=city.person(Role.ADMIN, area="s"), language="en")
    page.get_by_test_id("nav-messages").click()
    sms = page.get_by_test_id("channel-sms")
    expect(sms.get_by_test_id("waiting")).to_have_text(re.compile(r"^1\s*the oldest since "))
    expect(sms.get_by_test_id("dead")).to_have_text("1")
    expect(sms).to_contain_text("Not set up: nothing is sent")
    row = page.get_by_test_id(f"message-{dead}")
    expect(row).to_contain_text("Reply to reporters")
    expect(row).to_contain_text("The receiver answered 503")
    expect(row).to_contain_text("1111")
    expect(page.get_by_test_id("messages")).not_to_contain_text("13800001111")
    expect(page.get_by_test_id(f"message-{refused}")).to_contain_text("l***@mail.example")
    expect(page.get_by_test_id(f"message-{refused}")).to_contain_text("The mail server refused the sign-in")
    assert_accessible(page, "messages")
    assert_numbers_at_the_right(page)
    take_pictures(page, "screens-messages-en", DESK_LIGHT)
    row.get_by_test_id("replay").click()
    expect(page.get_by_test_id("outgoing")).to_contain_text("1 message waits to be sent again.")
    expect(row).to_contain_text("Waiting")
    expect(sms.get_by_test_id("dead")).to_have_text("0")
    # What is of no use is discarded, after a second press.
    row = page.get_by_test_id(f"message-{waiting}")
    row.get_by_test_id("discard").click()
    row.get_by_test_id("discard").click()
    expect(row).to_contain_text("A person discarded it")
    expect(row).to_contain_text("erased")
    page.get_by_test_id("message-state").select_option("dead")
    expect(page.get_by_test_id("message-table").locator("tbody tr")).to_have_count(1)
    page.get_by_test_id("discard-dead").click()
    page.get_by_test_id("discard-dead").click()
    expect(page.get_by_test_id("no-messages")).to_be_visible()
    expect(page.get_by_test_id("discard-dead")).to_have_count(0)


def test_sms_that_nobody_understands_is_listed_first(console, city):
    admin = city.person(Role.ADMIN, area="s")
    for number, words in (("01", "路灯 坏了 三天"), ("02", "A 261129-000005-0")):
        body = {"id": f"in-{uuid7()}", "from": f"+86138000000{number}", "text": words}
        assert admin.post("/messages/sms", body).status_code == 200
    page = console(who=admin)
    page.set_viewport_size({"width": 390, "height": 844})
    show_theme(page, "dark")
    turn_to(page, "messages")
    rows = page.get_by_test_id("incoming-table").locator("tbody tr")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("路灯 坏了 三天")
    expect(rows).to_contain_text("未看懂")
    page.get_by_test_id("sms-outcome").select_option("")
    expect(rows).to_have_count(2)
    assert_accessible(page, "messages-dark")
    assert_numbers_at_the_right(page)
    take_pictures(page, "screens-messages-zh-dark", PHONE_DARK, DESK_LIGHT)


def test_supervisor_has_no_page_of_messages(console, city):
    page = console(who=city.supervisor(), language="en")
    expect(page.get_by_test_id("nav-messages")).to_have_count(0)
    turn_to(page, "messages")
    expect(page.get_by_test_id("refused-page")).to_be_visible()


def test_words_of_the_page_have_all_codes_of_the_server():
    source = Path(WORDS).read_text()
    kinds = {news.CONFIRMATION, news.CASE_STATE, news.CASE_REPLY, KIND, REPLY}
    for name, codes in (
        ("CHANNEL", CHANNELS),
        ("MESSAGE_STATE", DELIVERY_STATES),
        ("MESSAGE_KIND", kinds),
        ("SMS_OUTCOME", OUTCOMES),
    ):
        [table] = re.findall(rf"export const {name}: Pairs = \{{(.*?)\n\}};", source, re.DOTALL)
        listed = set(re.findall(r"^  (\w+):", table, re.MULTILINE))
        assert listed == set(nonempty(codes)), name
