"""Answers of households to notices by SMS: from the number that got it, by the code of a sheet, once, within limits."""

import dataclasses
import re

import pytest

from app.core import clock
from app.messages.rules.sms_text import fits
from app.notices import jobs, service
from app.sms.rules.grammar import answer_of, notice_code_of
from tests.factories import City, make_city
from tests.messages.test_news import new_phone
from tests.notices.conftest import DOOR
from tests.notices.test_sms import CHANNELS, LINK, give_consent
from tests.notices.test_states import state_of
from tests.notices.world import NoticeWorld, sql
from tests.sms.test_receiving import SmsDoor, worker

__all__ = ["worker"]
CODE = re.compile(r'class="code">([0-9A-Z]{5}-[0-9A-Z]{5})<')


@pytest.fixture
def city(app, message_settings):
    yield make_city(app, message_settings, profile=DOOR)
    sql("update message set state = 'dropped', address = null, ended_at = now() where address is not null")


@pytest.fixture
def world(city: City) -> NoticeWorld:
    return NoticeWorld(city)


@pytest.fixture
def door(city):
    return SmsDoor(city)


@pytest.fixture
def tell(world, message_settings, send_due):
    """Return a function that sends a notice by SMS to one household. It returns the notice, the household and the number."""

    def run(phone: str | None = None, home=None, **members):
        phone = phone or new_phone()
        if home is None:
            (home,) = world.settle("g1", residents=[{"name": "张三丰", "phone": phone}])
            give_consent(world, home, "短信通知")
        notice = world.published(channels=CHANNELS, **members)
        jobs.jobs.run_until_none_left(
            lambda session: service.make_messages(session, settings=message_settings)
        )
        send_due()
        return notice, home, phone

    return run


def cases_of(world, notice):
    items = world.author.get(f"/notices/{notice['id']}/replies").json["items"]
    return [item["incident"]["id"] for item in items]


def sheet_code(world, notice) -> str:
    body = {"grid_id": str(world.city.areas["g1"])}
    page = world.city.worker("g1").post(f"/notices/{notice['id']}/paper", body).get_data(as_text=True)
    (code,) = CODE.findall(page)
    return code


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("1", "understood"),
        ("知道了。", "understood"),
        ("Yes", "understood"),
        ("2", "needs_help"),
        ("help!", "needs_help"),
    ],
)
def test_number_that_got_the_sms_answers_with_a_state(world, door, tell, text, state):
    notice, home, phone = tell()
    result = door.result(phone, text)
    assert result["outcome"] == state
    after = state_of(world, notice, home)
    assert (after["state"], after["history"][-1]["channel"]) == (state, "sms")
    assert after["history"][-1]["by"] is None
    cases = cases_of(world, notice)
    assert cases == ([result["incident_id"]] if state == "needs_help" else [])


def test_words_become_a_case_that_keeps_the_notice_and_are_confirmed(world, door, tell, gateway, send_due):
    notice, _, phone = tell()
    result = door.result(phone, "几点恢复供水？电话13900001111")
    assert (result["outcome"], cases_of(world, notice)) == ("asked", [result["incident_id"]])
    case = world.author.get(f"/incidents/{result['incident_id']}").json
    assert case["reports"][0]["words"] == "几点恢复供水？电话●●●"
    assert case["case_no"] in result["reply"]
    gateway.messages.clear()
    assert send_due() == 1
    (message,) = gateway.messages
    assert (message["to"], message["text"]) == (f"+86{phone}", result["reply"])
    assert fits(message["text"])


def test_same_sms_is_applied_once(world, door, tell):
    notice, _, phone = tell()
    first = door.send(phone, "几点恢复供水？", "same-id")
    again = door.send(phone, "几点恢复供水？", "same-id")
    assert first.json == again.json
    assert len(cases_of(world, notice)) == 1
    twice = door.send(phone, "几点恢复供水？")
    assert (twice.json["incident_id"], len(cases_of(world, notice))) == (first.json["incident_id"], 1)


def test_code_of_a_sheet_answers_from_any_number(world, door):
    (home,) = world.settle("g1")
    notice = world.published()
    code = sheet_code(world, notice)
    missing = door.result(new_phone(), code)
    assert (missing["outcome"], missing["code"]) == ("refused", "sms_answer_missing")
    assert door.result(new_phone(), f"{code.lower()} 1")["outcome"] == "understood"
    assert state_of(world, notice, home)["state"] == "understood"
    result = door.result(new_phone(), f"{code.replace('-', '')}：何时恢复？")
    assert result["outcome"] == "asked"
    assert door.result(new_phone(), f"{code} HELP")["outcome"] == "needs_help"
    assert state_of(world, notice, home)["state"] == "needs_help"
    assert len(cases_of(world, notice)) == 2


def test_secret_of_the_link_answers_from_any_number(world, door, tell, gateway):
    notice, home, _ = tell()
    secret = LINK.search(gateway.messages[-1]["text"])[1]
    assert door.result(new_phone(), f"{secret} 1")["outcome"] == "understood"
    assert state_of(world, notice, home)["state"] == "understood"


def test_wrong_codes_are_limited_by_number(world, door):
    (home,) = world.settle("g1")
    notice = world.published()
    code, phone = sheet_code(world, notice), new_phone()
    for number in range(10):
        wrong = door.result(phone, f"00000-0000{number} 1")
        assert (wrong["outcome"], wrong["code"]) == ("refused", "sms_notice_code_unknown")
    refused = door.result(phone, f"{code} 1")
    assert (refused["outcome"], refused["code"]) == ("refused", "notice_codes_wrong")
    assert state_of(world, notice, home)["state"] == "sent"
    assert door.result(new_phone(), f"{code} 1")["outcome"] == "understood"


def test_flood_from_one_number_is_stored_and_neither_applied_nor_answered(
    world, door, tell, app, message_settings, monkeypatch
):
    monkeypatch.setitem(app.extensions, "settings", dataclasses.replace(message_settings, sms_per_hour=2))
    notice, _, phone = tell()
    for words in ("问题一问题", "问题二问题"):
        assert door.result(phone, words)["outcome"] == "asked"
    flood = door.send(phone, "问题三问题").json
    assert flood == {"outcome": "refused", "code": "sms_too_many", "incident_id": None, "reply": None}
    assert len(cases_of(world, notice)) == 2
    (stored,) = sql("select words from incoming_sms where code = 'sms_too_many' order by id desc limit 1")
    assert stored.words == "问题三问题"
    assert door.result(new_phone(), "你好")["outcome"] == "help"


def test_stop_ends_notices_by_sms_for_the_household(world, door, tell, gateway):
    _, home, phone = tell()
    stopped = door.result(phone, "STOP")
    assert (stopped["outcome"], "by SMS" in stopped["reply"]) == ("notices_stopped", True)
    wishes = world.author.get(f"/households/{home}/notice-opt-outs").json["items"]
    assert [(wish["purpose"], wish["channel"]) for wish in wishes] == [(None, "sms")]
    gateway.messages.clear()
    later, _, _ = tell(phone, home)
    assert f"+86{phone}" not in [message["to"] for message in gateway.messages if "http" in message["text"]]
    assert state_of(world, later, home)["channels"] == ["visit"]


def test_newest_running_notice_is_answered(world, door, tell):
    first, home, phone = tell()
    second, _, _ = tell(phone, home)
    assert door.result(phone, "1")["outcome"] == "understood"
    assert [state_of(world, notice, home)["state"] for notice in (first, second)] == ["sent", "understood"]
    world.author.post(f"/notices/{second['id']}/withdraw", {"reason": "wrong day"})
    assert door.result(phone, "1")["outcome"] == "understood"
    assert state_of(world, first, home)["state"] == "understood"


@pytest.mark.parametrize("how", ["withdrawn", "moved", "ended"])
def test_notice_that_is_over_takes_no_answer(world, door, tell, how, monkeypatch):
    notice, home, phone = tell()
    if how == "withdrawn":
        world.author.post(f"/notices/{notice['id']}/withdraw", {"reason": "wrong day"})
    elif how == "moved":
        sql("update household set moved_away_at = :now where id = :id", now=clock.now(), id=home)
    else:
        sql(
            "update notice set valid_until = now(), valid_from = now() - interval '1 day' where id = :id",
            id=notice["id"],
        )
    assert door.result(phone, "1")["outcome"] == "help"


def test_strange_number_answers_nothing(world, door, tell):
    notice, home, _ = tell()
    assert door.result(new_phone(), "1")["outcome"] == "help"
    assert state_of(world, notice, home)["state"] == "sent"


def test_gateway_of_other_city_answers_nothing(world, tell, app, message_settings):
    notice, home, phone = tell()
    other = SmsDoor(make_city(app, message_settings, profile=DOOR))
    assert other.result(phone, "1")["outcome"] == "help"
    assert other.result(phone, "STOP")["outcome"] == "help"
    assert state_of(world, notice, home)["state"] == "sent"


def test_worker_who_got_a_notice_answers_with_figures_and_mistypes_tasks(world, door, tell, worker):
    notice, home, _ = tell(worker.phone)
    assert door.result(worker.phone, "R E0102 垃圾")["outcome"] == "help"
    assert cases_of(world, notice) == []
    assert door.result(worker.phone, "1")["outcome"] == "understood"
    assert state_of(world, notice, home)["state"] == "understood"


def test_national_id_in_an_answer_is_refused(world, door, tell):
    notice, _, phone = tell()
    refused = door.result(phone, "我的身份证 11010519491231002X 怎么办")
    assert (refused["outcome"], refused["code"]) == ("refused", "looks_like_national_id")
    assert cases_of(world, notice) == []


def test_household_has_a_limit_of_replies(world, door, tell):
    _, _, phone = tell()
    for number in range(10):
        assert door.result(phone, f"问题{number}问题问题问题")["outcome"] == "asked"
    assert door.result(phone, "再问一次好吗")["code"] == "notice_answers_many"


def test_only_digests_of_numbers_are_stored_with_deliveries(world, tell):
    notice, _, phone = tell()
    rows = sql("select cast(d as text) row from notice_delivery d where notice_id = :id", id=notice["id"])
    assert not any(phone in row.row or phone.encode().hex() in row.row for row in rows)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ABCDE-12345 1", ("ABCDE-12345", "1")),
        ("abcde12345", ("abcde12345", "")),
        ("ＡＢＣＤＥ-12345：几点", ("ABCDE-12345", "几点")),
        ("ABCDEFGHJK 2", ("ABCDEFGHJK", "2")),
        ("understand please", None),
        ("internationalise it", None),
        ("hello world", None),
        ("a1b2-c3d4_e5f6gh 1", ("a1b2-c3d4_e5f6gh", "1")),
        ("", None),
    ],
)
def test_code_at_the_beginning_is_found(text, expected):
    assert notice_code_of(text) == expected


def test_answers_in_words_are_known_and_questions_are_none():
    assert [answer_of(text) for text in ("１", " OK ", "收到！", "是", "2.", "需要帮助", "几点", "12", "")] == [
        "understood", "understood", "understood", "understood", "needs_help", "needs_help", None, None, None,
    ]  # fmt: skip
