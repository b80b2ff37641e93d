"""Reporters who want to be told: double opt-in, news in plain words, opt-out, by a real mail server and a real gateway."""

import itertools

import pytest

from app.core import db
from app.core.actor import SYSTEM
from app.incidents import service as incidents
from app.public import service as public
from tests.endpoints import OWN_REQUEST
from tests.factories import City
from tests.messages.conftest import links_in
from tests.public.conftest import file_report
from tests.public.test_following import handled_and_closed
from tests.public.test_pages import visit

CONTACTS = "select c.* from follow_contact c join public_report p on p.report_id = c.report_id where p.incident_id = :id"


_NUMBERS = itertools.count(1)


def new_mailbox() -> str:
    """Return an address of its own: addresses have limits."""
    return f"li{next(_NUMBERS)}@mail.example"


def new_phone() -> str:
    return f"1380000{next(_NUMBERS):04}"


def new_source() -> dict[str, str]:
    """Return the environment of a request from a network address of its own."""
    return {"REMOTE_ADDR": f"10.0.{next(_NUMBERS)}.1"}


def ask(
    city: City,
    secret: str,
    channel: str,
    address: str,
    lang: str = "zh",
    source: dict[str, str] | None = None,
) -> int:
    """Ask for messages at the page of a link. Return the status."""
    answer = city.app.test_client().post(
        f"/public/{city.code}/{lang}/follow/{secret}/messages",
        data={"channel": channel, "address": address},
        environ_base=source or new_source(),
    )
    return int(answer.status_code)


def subscribed(city, send_due, mail_server, gateway, channel="email", address=None, lang="zh"):
    """Report, ask for messages and confirm. Return the receipt of the report."""
    receipt = file_report(city, contact=public.Contact(name="李明"))
    assert ask(city, receipt.secret, channel, address or new_mailbox(), lang) == 303
    assert send_due() == 1
    text = mail_server.letters[-1].get_content() if channel == "email" else gateway.texts[-1]
    assert city.app.test_client().post(links_in(text)["y"]).status_code == 200
    return receipt


def take(city, receipt, worker, *actions):
    """Let the worker accept the case and take steps with it."""
    case = city.supervisor().get(f"/incidents/{receipt.case.id}").json
    assert worker.post(f"/assignments/{case['assignment']['id']}/accept").status_code == 200
    for action in actions:
        note = {"note": "done"} if action == "feed_back" else {}
        answer = worker.post(f"/incidents/{receipt.case.id}/transitions", {"action": action, **note})
        assert answer.status_code == 200, answer.json


def handle(city, receipt, worker):
    """Let the worker handle the case, so that it is to be checked."""
    take(city, receipt, worker, "start", "feed_back")


@pytest.mark.parametrize(
    ("lang", "subject", "words"),
    [
        ("zh", "已处理，正在核查", "另有人员核查"),
        ("en", "Handled, being checked", "Another person checks it"),
    ],
)
def test_reporter_is_told_by_mail_in_plain_words_after_confirming(
    city, send_due, mail_server, gateway, rows, lang, subject, words
):
    worker = city.worker("g1")
    receipt = file_report(city)
    mailbox = new_mailbox()
    assert ask(city, receipt.secret, "email", mailbox.replace("mail", "Mail"), lang) == 303
    assert send_due() == 1
    (question,) = mail_server.letters
    assert mail_server.recipients == [mailbox]
    assert mail_server.logins == [("robot", "right")]
    assert links_in(question.get_content()).keys() == {"y"}
    page = city.app.test_client().get(links_in(question.get_content())["y"])
    assert page.status_code == 200
    (contact,) = rows(CONTACTS, id=receipt.case.id)
    assert contact.confirmed_at is None  # mail programs open links: only the button confirms
    handle(city, receipt, worker)
    assert send_due() == 0
    receipt = subscribed(city, send_due, mail_server, gateway, lang=lang)
    mail_server.letters.clear()
    handle(city, receipt, worker)
    assert send_due() == 1
    (news,) = mail_server.letters
    assert subject in news["Subject"]
    assert words in news.get_content()
    assert news["From"].addresses[0].addr_spec == "service@city.example"
    assert (news["Auto-Submitted"], news["To"]) == ("auto-generated", mail_server.recipients[-1])
    links = links_in(news.get_content())
    assert news["List-Unsubscribe"] == f"<https://grid.example{links['n']}>"
    assert news["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    followed = city.app.test_client().get(links["f"], follow_redirects=True)
    assert "垃圾堆积" in followed.get_data(as_text=True)


def test_reporter_is_told_by_sms_of_one_part_with_the_link(city, send_due, mail_server, gateway):
    worker = city.worker("g1")
    receipt = subscribed(city, send_due, mail_server, gateway, "sms", "139 0000 1111")
    handle(city, receipt, worker)
    assert send_due() == 1
    assert [message["to"] for message in gateway.messages] == ["+8613900001111"] * 2
    assert gateway.headers[0]["authorization"] == "Bearer token-of-the-gateway"
    assert [headers["idempotency-key"] for headers in gateway.headers] == [m["id"] for m in gateway.messages]
    assert "已处理，正在核查" in gateway.texts[1]
    assert all(len(text.encode("utf-16-be")) <= 140 for text in gateway.texts)
    assert links_in(gateway.texts[1]).keys() == {"f"}
    page = city.app.test_client().get(links_in(gateway.texts[1])["f"], follow_redirects=True)
    assert "停止发送至" in page.get_data(as_text=True)


def test_link_in_message_leads_to_the_page_in_the_language_of_the_person(
    city, send_due, mail_server, gateway
):
    worker = city.worker("g1")
    receipt = subscribed(city, send_due, mail_server, gateway, lang="en")  # the report was in Chinese
    handle(city, receipt, worker)
    send_due()
    follow = links_in(mail_server.letters[-1].get_content())["f"]
    assert f"/{city.code}/en/follow/" in city.app.test_client().get(follow).headers["Location"]


def test_states_with_the_same_plain_words_are_told_once(city, send_due, mail_server, gateway, rows):
    worker = city.worker("g1")
    receipt = subscribed(city, send_due, mail_server, gateway)
    take(city, receipt, worker, "start")
    assert send_due() == 0  # in progress, as at the time of the confirmation
    reasons = "select state, reason from message where kind = 'case_state' order by id"
    assert [tuple(row) for row in rows(reasons)][-2:] == [("dropped", "same_words")] * 2


def test_link_in_message_stops_and_erases_the_address(city, send_due, mail_server, gateway, rows):
    worker = city.worker("g1")
    receipt = subscribed(city, send_due, mail_server, gateway)
    handle(city, receipt, worker)
    send_due()
    stop = links_in(mail_server.letters[-1].get_content())["n"]
    assert city.app.test_client().get(stop).status_code == 200
    (contact,) = rows(CONTACTS, id=receipt.case.id)
    assert contact.ended_at is None
    one_click = city.app.test_client().post(stop, data={"List-Unsubscribe": "One-Click"})
    assert one_click.status_code == 200
    (contact,) = rows(CONTACTS, id=receipt.case.id)
    assert (contact.ended_because, contact.address) == ("stopped", None)
    assert city.app.test_client().post(stop).status_code == 200  # idempotent
    handled_and_closed(city, receipt)
    assert send_due() == 0


def test_reply_of_the_office_is_told_without_its_words(city, send_due, mail_server, gateway):
    receipt = subscribed(city, send_due, mail_server, gateway)
    mail_server.letters.clear()
    with db.transaction(SYSTEM) as session:
        incidents.reply(session, SYSTEM, incident_ids=[receipt.case.id], words="我们明天处理")
    assert send_due() == 1
    (letter,) = mail_server.letters
    assert "有新回复" in letter["Subject"]
    assert "我们明天处理" not in letter.get_content()


def test_reply_to_merged_case_is_told_once_to_each_address(city, send_due, mail_server, gateway):
    """A reply is in the history of the case and of each merged one. Everybody gets one message about it."""
    target, merged = (subscribed(city, send_due, mail_server, gateway) for _ in range(2))
    boss = city.supervisor()
    merge = {"into_id": str(target.case.id), "reason": "the same heap"}
    assert boss.post(f"/incidents/{merged.case.id}/merge", merge).status_code == 200
    send_due()
    mail_server.letters.clear()
    sent = boss.post(f"/incidents/{target.case.id}/replies", {"words": "我们明天处理"})
    assert (sent.status_code, sent.json["audience"]["by_email"]) == (201, 2), sent.json
    assert send_due() == 2
    assert len({letter["To"] for letter in mail_server.letters}) == 2
    assert boss.post(f"/incidents/{merged.case.id}/replies", {"words": "只回复您"}).status_code == 201
    assert send_due() == 1


def test_reply_reaches_confirmed_number_after_the_link_was_ended(city, send_due, mail_server, gateway):
    receipt = subscribed(city, send_due, mail_server, gateway, "sms", new_phone())
    ended = city.app.test_client().post(f"/public/{city.code}/zh/follow/{receipt.secret}/end")
    assert ended.status_code < 400
    sent = city.supervisor().post(f"/incidents/{receipt.case.id}/replies", {"words": "我们明天处理"})
    assert sent.status_code == 201, sent.json
    assert [sent.json["audience"][way] for way in ("by_link", "by_email", "by_sms")] == [0, 0, 1]
    assert send_due() == 1
    page = city.app.test_client().get(links_in(gateway.texts[-1])["f"], follow_redirects=True)
    assert "我们明天处理" in page.get_data(as_text=True)


def test_reason_of_the_end_is_in_the_mail(city, send_due, mail_server, gateway):
    receipt = subscribed(city, send_due, mail_server, gateway)
    handled_and_closed(city, receipt)
    assert send_due() == 1
    assert "理由：客观条件无法解决" in mail_server.letters[-1].get_content()


def test_form_of_report_asks_for_messages_and_a_child_gets_none(city, send_due, mail_server, gateway, rows):
    place = city.in_grid("g1")
    _, details = visit(city, f"zh/report/E0102?lon={place['lon']}&lat={place['lat']}")
    assert 'name="tell_sms"' in details.html
    assert 'name="tell_email"' in details.html
    data = {**place, "words": "垃圾", "email": new_mailbox(), "phone": new_phone()}
    for is_child, expected in ((True, 0), (False, 1)):
        child = {"is_child": "1"} if is_child else {}
        answer = city.app.test_client().post(
            f"/public/{city.code}/zh/report/E0102",
            data=data | {"tell_email": "1"} | child,
            environ_base=new_source(),
        )
        assert answer.status_code == 303, answer.get_data(as_text=True)
        assert send_due() == expected
    assert mail_server.recipients == [data["email"]]
    assert gateway.messages == []


@pytest.mark.parametrize(
    ("channel", "address"),
    [
        ("email", "no address"),
        ("email", "a@b.example\r\nBcc: c@d.example"),
        ("email", "李@mail.example"),
        ("email", "a..b@mail.example"),
        ("sms", "110"),
        ("sms", "+1 202 555 0100"),
        ("sms", "0571-87772222"),
    ],
)
def test_address_to_which_nothing_can_be_sent_is_refused(city, send_due, channel, address):
    receipt = file_report(city)
    assert ask(city, receipt.secret, channel, address) == 422
    assert send_due() == 0


def test_page_offers_no_messages_when_the_operator_sends_none(city, app, monkeypatch, settings):
    receipt = file_report(city)
    monkeypatch.setitem(app.extensions, "settings", settings)
    _, page = visit(city, f"zh/follow/{receipt.secret}")
    assert 'name="address"' not in page.html
    assert ask(city, receipt.secret, "email", "li@mail.example") == 404


def test_export_of_reporter_has_the_address_for_messages(city, send_due, mail_server, gateway):
    receipt = subscribed(city, send_due, mail_server, gateway)
    boss = city.supervisor()
    answer = boss.post(f"/incidents/{receipt.case.id}/reporter/export", OWN_REQUEST)
    assert answer.status_code == 200, answer.json
    (address,) = answer.json["entry"]["messages_to"]
    assert (address["channel"], address["address"]) == ("email", mail_server.recipients[-1])
