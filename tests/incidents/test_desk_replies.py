"""Replies to the reporters of one case: who may write them, who reads them, in which way, and once."""

import pytest

from app.core.actor import ActorKind
from app.core.ids import uuid7
from app.incidents.desk.schemas import ACTOR_KINDS
from app.public import service as public
from tests.accounts.services import call, new_admin, new_credential, new_service_account
from tests.factories import make_city
from tests.public.conftest import DOOR, file_report
from tests.public.test_following import with_door

WAYS = ("by_account", "by_link", "by_email", "by_sms", "passed_on", "unreached")


@pytest.fixture
def door(app, settings):
    """A city whose public door is open."""
    return make_city(app, settings, profile=DOOR)


def reply(person, case_id, words="周五前修好", status=201, **body):
    answer = person.post(f"/incidents/{case_id}/replies", {"words": words} | body)
    assert answer.status_code == status, answer.json
    return answer.json


def read(person, case_id):
    """Return the replies that a person reads in the history of a case."""
    events = person.get(f"/incidents/{case_id}/events").json["items"]
    return [(event["note"], event["actor"].get("name")) for event in events if event["action"] == "reply"]


def follow(city, receipt):
    """Return the replies on the page of a secret link."""
    followed = with_door(city, public.followed_case, receipt.secret)
    return [moment.reply for moment in followed.course if moment.reply]


def test_reply_is_read_by_reporters_with_account_and_by_secret_link(door):
    worker, boss = door.worker("g1"), door.supervisor()
    case_id = worker.post("/incidents", {**door.in_grid("g1"), "category": "E0102"}).json["id"]
    supporter = with_door(door, public.support_case, case_id, words="", contact=public.Contact(), source=None)
    sent = reply(boss, case_id)
    assert {name: sent["audience"][name] for name in ("reporters", "reached")} == {
        "reporters": 2,
        "reached": 2,
    }
    assert [sent["audience"][name] for name in WAYS] == [1, 1, 0, 0, 0, 0]
    assert (sent["is_repeat"], sent["left"]) == (False, 0)
    name = boss.get("/me").json["name"]
    assert sent["reply"]["author"] == {"kind": "account", "id": str(boss.id), "name": name}
    assert read(worker, case_id) == [("周五前修好", name)]
    assert follow(door, supporter) == ["周五前修好"]


def test_reply_with_same_words_is_sent_once(door, rows):
    boss, receipt = door.supervisor(), file_report(door)
    first, again = (reply(boss, receipt.case.id) for _ in range(2))
    assert (first["is_repeat"], again["is_repeat"]) == (False, True)
    assert again["reply"] == first["reply"]
    assert not reply(boss, receipt.case.id, "已修好")["is_repeat"]
    assert follow(door, receipt) == ["周五前修好", "已修好"]
    listed = boss.get(f"/incidents/{receipt.case.id}/replies").json
    assert [item["words"] for item in listed["items"]] == ["周五前修好", "已修好"]
    assert listed["audience"] == first["audience"]
    audited = "select actor_id from audit_event where action = 'incident.reply' and entity_id = :id"
    assert [row.actor_id for row in rows(audited, id=receipt.case.id)] == [boss.id] * 2


def test_reply_keeps_state_and_reaches_reporters_of_ended_case(door):
    boss, receipt = door.supervisor(), file_report(door)
    before = boss.get(f"/incidents/{receipt.case.id}").json
    reply(boss, receipt.case.id)
    after = boss.get(f"/incidents/{receipt.case.id}").json
    assert after["status"] == before["status"]
    assert after["version"] > before["version"]
    ended = {"action": "force_close", "note": "cannot be solved", "reason": "unsolvable"}
    assert boss.post(f"/incidents/{receipt.case.id}/transitions", ended).status_code == 200
    reply(boss, receipt.case.id, "无法解决，请拨打12345")
    assert follow(door, receipt)[-1] == "无法解决，请拨打12345"


def test_reply_reaches_merged_reporters_and_a_reply_to_them_alone(door):
    boss = door.supervisor()
    target, merged = file_report(door), file_report(door, words="路灯下的垃圾没人收")
    answer = boss.post(
        f"/incidents/{merged.case.id}/merge", {"into_id": str(target.case.id), "reason": "one"}
    )
    assert answer.status_code == 200, answer.json
    sent = reply(boss, target.case.id)
    assert (sent["audience"]["reporters"], sent["audience"]["by_link"]) == (2, 2)
    assert follow(door, target) == follow(door, merged) == ["周五前修好"]
    assert reply(boss, merged.case.id, "您说的那处也会清理")["audience"]["reporters"] == 1
    assert follow(door, merged) == ["周五前修好", "您说的那处也会清理"]
    assert follow(door, target) == ["周五前修好"]


def test_reply_is_in_history_of_case_that_only_merged_reporters_follow(door):
    boss, gone = door.supervisor(), door.worker("g1")
    target_id = gone.post("/incidents", {**door.in_grid("g1"), "category": "E0102"}).json["id"]
    merged = file_report(door)
    merge = {"into_id": target_id, "reason": "the same heap"}
    assert boss.post(f"/incidents/{merged.case.id}/merge", merge).status_code == 200
    assert new_admin(door).post(f"/accounts/{gone.id}/disable").status_code == 200
    sent = reply(boss, target_id)
    assert [sent["audience"][name] for name in WAYS] == [0, 1, 0, 0, 0, 1]
    assert [words for words, _ in read(boss, target_id)] == ["周五前修好"]
    assert follow(door, merged) == ["周五前修好"]


def test_reply_that_nobody_can_read_is_refused(city, report, rows):
    boss = city.supervisor()
    caller = {"name": "王大妈", "phone": "13800000000"}
    case = report(boss, city.in_grid("g1"), category="0101", reporter=caller)
    heard = boss.get(f"/incidents/{case['id']}/replies").json["audience"]
    assert [heard[name] for name in WAYS] == [0, 0, 0, 0, 1, 0]
    # The supervisor recorded the call, and passes the reply on.
    assert reply(boss, case["id"])["audience"]["passed_on"] == 1
    admin = new_admin(city)
    assert admin.post(f"/accounts/{boss.id}/disable").status_code == 200
    assert admin.get(f"/incidents/{case['id']}/replies").json["audience"]["unreached"] == 1
    refused = reply(admin, case["id"], "无人可读", status=409)
    assert refused["code"] == "reply_reaches_nobody"
    assert not rows("select from incident_event where incident_id = :id and note = '无人可读'", id=case["id"])


def test_revoked_link_is_not_counted_and_reads_nothing(door):
    boss, receipt = door.supervisor(), file_report(door)
    with_door(door, public.revoke, receipt.secret)
    assert boss.get(f"/incidents/{receipt.case.id}/replies").json["audience"]["reached"] == 0
    assert reply(boss, receipt.case.id, status=409)["code"] == "reply_reaches_nobody"


def test_confidential_case_gets_no_reply(city, report):
    boss, reporter = city.supervisor(), city.worker("g1")
    case = report(reporter, city.in_grid("g1"), category="E0690")
    assert boss.get(f"/incidents/{case['id']}/replies").json["audience"] is None
    assert reply(boss, case["id"], status=409)["code"] == "reply_of_confidential"
    assert read(reporter, case["id"]) == []


@pytest.mark.parametrize(
    ("words", "fault"), [("长" * 2001, "words"), (" ", "words"), ("请拨打13800001111", "words")]
)
def test_reply_with_unusable_words_is_refused(door, words, fault):
    receipt = file_report(door)
    refused = reply(door.supervisor(), receipt.case.id, words, status=422)
    assert [error["field"] for error in refused["errors"]] == [fault]
    assert follow(door, receipt) == []


def test_telephone_number_in_reply_is_sent_if_it_is_meant(door):
    receipt = file_report(door)
    reply(door.supervisor(), receipt.case.id, "请拨打0571-88880000", allow_phone=True)
    assert follow(door, receipt) == ["请拨打0571-88880000"]


def test_supervisor_of_another_area_and_worker_write_no_reply(city, report):
    case = report(city.worker("g1"), city.in_grid("g1"), category="0101")
    assert reply(city.supervisor("c2"), case["id"], status=404)["code"] == "not_found"
    own = report(city.supervisor("c2"), city.in_grid("g1"), category="0101")
    author = city.supervisor("c2")
    seen = report(author, city.in_grid("g1"), category="0101")
    assert reply(author, seen["id"], status=403)["code"] == "permission_missing"
    assert reply(city.worker("g1"), own["id"], status=403)["code"] == "permission_missing"


def test_hotline_replies_by_permission_in_its_areas(door, rows):
    admin, receipt = new_admin(door), file_report(door)
    path = f"/incidents/{receipt.case.id}/replies"
    account = new_service_account(admin, door)
    key = {"X-API-Key": new_credential(admin, account)["secret"]}
    refused = call(door, key, "POST", path, {"words": "已转派"})
    assert (refused.status_code, refused.json["code"]) == (403, "permission_missing")
    permissions = {"permissions": ["incident:read", "incident:reply"]}
    account = new_service_account(admin, door, **permissions)
    key = {"X-API-Key": new_credential(admin, account)["secret"], "Idempotency-Key": str(uuid7())}
    first, again = (call(door, key, "POST", path, {"words": "已转派"}) for _ in range(2))
    assert first.status_code == 201, first.json
    assert again.json == first.json
    assert first.json["reply"]["author"] == {"kind": "service", "id": account["id"], "name": account["name"]}
    assert follow(door, receipt) == ["已转派"]
    assert read(door.supervisor(), receipt.case.id) == [("已转派", account["name"])]
    reply(door.supervisor(), receipt.case.id)
    listed = call(door, key, "GET", path).json["items"]
    assert [item["author"]["name"] for item in listed] == [account["name"], None]
    elsewhere = new_service_account(admin, door, area_ids=[str(door.areas["c2"])], **permissions)
    key = {"X-API-Key": new_credential(admin, elsewhere)["secret"]}
    assert call(door, key, "POST", path, {"words": "已转派"}).status_code == 404


def test_kinds_of_authors_are_those_of_actors():
    assert set(ACTOR_KINDS.meanings) == {kind.value for kind in ActorKind}
