"""SMS that come in by the gateway: applied once, answered by SMS, nothing lost."""

import itertools

import pytest

from app.core.actor import Permission, Role
from app.messages.rules.sms_text import fits
from tests.accounts.services import new_credential, new_service_account
from tests.factories import City, make_city
from tests.messages.test_news import CONTACTS, ask, new_phone
from tests.places.conftest import register
from tests.public.conftest import DOOR, file_report

_NUMBERS = itertools.count(1)


class SmsDoor:
    """The gateway's service account."""

    def __init__(self, city: City) -> None:
        admin = city.person(Role.ADMIN, area="s")
        account = new_service_account(admin, city, permissions=[Permission.MESSAGE_RECEIVE.value])
        self.headers = {"X-API-Key": new_credential(admin, account)["secret"]}
        self.client = city.app.test_client(use_cookies=False)

    def send(self, phone: str, text: str, message_id: str | None = None):
        body = {"id": message_id or f"m{next(_NUMBERS)}", "from": phone, "text": text}
        return self.client.post("/api/v1/messages/sms", json=body, headers=self.headers)

    def result(self, phone: str, text: str):
        answer = self.send(phone, text)
        assert answer.status_code == 200, answer.json
        assert fits(answer.json["reply"])
        return answer.json


@pytest.fixture
def door(city):
    return SmsDoor(city)


@pytest.fixture
def worker(city):
    """A worker whose telephone is written down as people write it."""
    worker = city.worker("g1")
    worker.phone = new_phone()
    written = f"{worker.phone[:3]} {worker.phone[3:7]}-{worker.phone[7:]}"
    answer = city.supervisor().call(
        "PATCH", f"/workers/{worker.id}", {"phone": written}, headers={"If-Match": "*"}
    )
    assert answer.status_code == 200, answer.json
    return worker


def test_worker_reports_and_is_answered_with_the_number_of_the_case(city, door, worker, send_due, gateway):
    register(city, address="古荡路12号", kind="dwelling")
    result = door.result(f"+86{worker.phone}", "R E0102 古荡路12号: 垃圾堆积, 电话13900009999")
    case = city.supervisor().get(f"/incidents/{result['incident_id']}").json
    assert (result["outcome"], case["category"]) == ("reported", "E0102")
    assert case["reports"][0]["words"] == "垃圾堆积, 电话●●●"
    assert send_due() == 1
    (message,) = gateway.messages
    assert message["to"] == f"+86{worker.phone}"
    assert case["case_no"] in message["text"]
    assert message["text"] == result["reply"]


def test_same_message_is_applied_once_and_answered_alike(city, door, worker, send_due, rows):
    register(city, address="古荡路12号", kind="dwelling")
    first = door.send(worker.phone, "R E0102 古荡路12号: 垃圾", "same-id")
    again = door.send(worker.phone, "R E0102 古荡路12号: 垃圾", "same-id")
    assert first.status_code == again.status_code == 200
    assert first.json == again.json
    other = door.send(worker.phone, "R E0102 古荡路12号: other", "same-id")
    assert (other.status_code, other.json["code"]) == (409, "id_reused")
    count = "select count(*) n from incident where jurisdiction_id = :id"
    assert rows(count, id=city.jurisdiction_id)[0].n == 1
    assert send_due() == 1


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("R E0102 平安超市: 垃圾", "place_ambiguous"),
        ("R E0102 不存在的路: 垃圾", "place_unknown"),
        ("R 不存在 古荡路12号: 垃圾", "sms_category_unknown"),
        ("R 垃 古荡路12号: x", "sms_category_ambiguous"),
        ("A 261129-999999-0", "sms_task_unknown"),
    ],
)
def test_sms_that_cannot_be_applied_is_refused_with_a_reason(
    city, door, worker, send_due, gateway, text, code
):
    register(city, address="古荡路12号", kind="dwelling")
    for address in ("平安路1号", "平安路2号"):
        register(city, address=address, kind="shop", name="平安超市")
    result = door.result(worker.phone, text)
    assert (result["outcome"], result["code"], result["incident_id"]) == ("refused", code, None)
    assert result["reply"].startswith("未受理：")
    assert send_due() == 1
    assert gateway.texts == [result["reply"]]


def test_worker_accepts_and_finishes_an_own_task(city, door, worker, send_due):
    receipt = file_report(city)
    case_no = city.supervisor().get(f"/incidents/{receipt.case.id}").json["case_no"]
    assert door.result(worker.phone, f"A {case_no.replace('-', '')}")["outcome"] == "accepted"
    missing = door.result(worker.phone, f"D {case_no}")
    assert (missing["outcome"], missing["code"]) == ("refused", "sms_words_missing")
    assert door.result(worker.phone, f"D {case_no} 已清理")["outcome"] == "done"
    case = city.supervisor().get(f"/incidents/{receipt.case.id}").json
    assert case["status"] in ("fed_back", "checking")
    assert door.result(worker.phone, f"D {case_no} 已清理")["code"] == "sms_task_unknown"


def test_task_of_another_worker_cannot_be_accepted(city, door, worker):
    other = city.worker("g2")
    receipt = file_report(city, "g2")
    case = city.supervisor().get(f"/incidents/{receipt.case.id}").json
    assert case["assignment"]["worker"]["id"] == str(other.id)
    assert door.result(worker.phone, f"A {case['case_no']}")["code"] == "sms_task_unknown"


def test_commands_of_unknown_number_or_of_another_citys_worker_do_nothing(city, door, worker, app):
    assert door.result(new_phone(), "A 261129-000001-0")["code"] == "sms_sender_unknown"
    foreign = SmsDoor(make_city(app, city.settings, profile=DOOR))
    assert foreign.result(worker.phone, "A 261129-000001-0")["code"] == "sms_sender_unknown"


def test_number_of_two_workers_is_nobodys(city, door, worker):
    twin = city.worker("g2")
    city.supervisor().call("PATCH", f"/workers/{twin.id}", {"phone": worker.phone}, headers={"If-Match": "*"})
    assert door.result(worker.phone, "A 261129-000001-0")["code"] == "sms_sender_unknown"


def test_unknown_text_is_answered_with_help_and_kept_for_a_person(city, door, send_due, gateway):
    phone = new_phone()
    result = door.result(phone, "什么时候来修？我的电话13811112222")
    assert result["outcome"] == "help"
    assert send_due() == 1
    assert gateway.texts == [result["reply"]]
    listed = city.person(Role.ADMIN, area="s").get("/messages/sms?outcome=help").json["items"]
    assert listed[0]["words"] == "什么时候来修？我的电话●●●"
    assert phone not in str(listed)
    assert listed[0]["phone"].endswith(phone[-4:])


@pytest.mark.parametrize("sender", ["10086", "+1 202 555 0100", "CITYBANK"])
def test_sms_of_sender_without_usable_number_is_kept_and_not_answered(city, door, send_due, rows, sender):
    answer = door.send(sender, "STOP")
    assert (answer.status_code, answer.json["outcome"], answer.json["reply"]) == (200, "help", None)
    assert send_due() == 0
    newest = "select phone, words, outcome from incoming_sms order by id desc limit 1"
    assert tuple(rows(newest)[0]) == (sender, "STOP", "help")


def test_resident_confirms_adds_words_and_stops_by_sms(city, door, send_due, gateway, rows):
    phone, receipt = new_phone(), file_report(city)
    assert ask(city, receipt.secret, "sms", phone) == 303
    assert send_due() == 1
    case_no = city.supervisor().get(f"/incidents/{receipt.case.id}").json["case_no"]
    assert door.result(phone, f"{case_no} 未确认")["code"] == "not_found"
    assert door.result(phone, "Y")["outcome"] == "confirmed"
    assert door.result(phone, f"{case_no} 还在那里")["incident_id"] == str(receipt.case.id)
    words = [r["words"] for r in city.supervisor().get(f"/incidents/{receipt.case.id}").json["reports"]]
    assert words == ["垃圾堆积", "还在那里"]
    stranger = door.result(new_phone(), f"{case_no} 别人")
    assert (stranger["outcome"], stranger["code"]) == ("refused", "not_found")
    assert door.result(phone, "退订")["outcome"] == "stopped"
    (contact,) = rows(CONTACTS, id=receipt.case.id)
    assert (contact.ended_because, contact.address) == ("stopped", None)
    assert door.result(phone, "T")["outcome"] == "help"


def test_code_of_link_adds_words_from_any_telephone(city, door, send_due):
    receipt = file_report(city)
    result = door.result(new_phone(), f"{receipt.secret} 还在")
    assert (result["outcome"], result["incident_id"]) == ("words_added", str(receipt.case.id))
    wrong = receipt.secret[:-1] + ("A" if receipt.secret[-1] != "A" else "B")
    assert door.result(new_phone(), f"{wrong} 还在")["code"] == "not_found"


def test_sender_gets_so_many_answers_a_day(city, door, send_due, gateway):
    phone = new_phone()
    for _ in range(4):
        door.result(phone, "你好")
    assert send_due(messages_per_day=2) == 2
    assert len(gateway.messages) == 2


def test_gateway_without_permission_is_refused(city):
    admin = city.person(Role.ADMIN, area="s")
    account = new_service_account(admin, city, permissions=[Permission.INCIDENT_REPORT.value])
    headers = {"X-API-Key": new_credential(admin, account)["secret"]}
    body = {"id": "m", "from": new_phone(), "text": "你好"}
    answer = city.app.test_client().post("/api/v1/messages/sms", json=body, headers=headers)
    assert (answer.status_code, answer.json["code"]) == (403, "permission_missing")
