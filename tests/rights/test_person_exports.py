"""Exports of one person's data: they are complete, have no data of other people, and are audited."""

import dataclasses
import json
import secrets

import pytest

from app.core.ids import uuid7
from tests.endpoints import OWN_REQUEST, flat
from tests.exchange.exporting import changed
from tests.households.homes import tag
from tests.notices.world import TEXTS, NoticeWorld

ANNA = {
    "name": "安娜",
    # Random, because tests share a database, and an export has all reports under a number.
    "phone": f"138{secrets.randbelow(10**8):08}",
    "email": "anna@mail.example",
    "birth_year": 1950,
    "registered_at": "千岛湖镇7号",
    "is_registered_here": False,
}
OTHER = {"name": "彼得洛夫", "phone": "13833334444"}
OTHER_EMAIL = "petrov@mail.example"


@dataclasses.dataclass(frozen=True)
class Subject:
    """A resident with stored data, the case that the resident reported, and the staff."""

    resident: str
    case: dict
    boss: object
    worker: object


@pytest.fixture
def subject(city, report):
    boss, worker = city.supervisor(), city.worker("g1", name="走访员")
    home = flat(city)["household"]
    ids = []
    for person in (ANNA, OTHER | {"email": OTHER_EMAIL}):
        ids.append(str(uuid7()))
        assert boss.post(f"/households/{home}/residents", person | {"id": ids[-1]}).status_code == 201
    patched = boss.call("PATCH", f"/residents/{ids[0]}", {"birth_year": 1951}, headers={"If-Match": "*"})
    assert patched.status_code == 200, patched.json
    assert tag(boss, ids[0], purpose="下楼需要搀扶").status_code == 201
    for purpose, resident in zip(("同意甲", "同意乙"), ids, strict=True):
        consent = {"id": str(uuid7()), "purpose": purpose, "given_by_way": "written"}
        answer = boss.post(f"/households/{home}/consents", consent | {"resident_id": resident})
        assert answer.status_code == 201, answer.json
    note = {"id": str(uuid7()), "outcome": "done", "note": f"彼得洛夫开门，安娜卧床，写信至{OTHER_EMAIL}"}
    assert worker.post(f"/households/{home}/visits", note).status_code == 201
    disclosure = {"purpose": "care", "explanation": "了解帮扶需要情况", "fields": ["name", "phone"]}
    assert worker.post(f"/residents/{ids[0]}/reveal", disclosure).status_code == 200
    mine = {name: ANNA[name] for name in ("name", "phone")}
    case = report(boss, city.in_grid("g1"), description="楼道灯坏了", reporter=mine)
    report(boss, city.in_grid("g1"), description="别人的话", reporter=OTHER)
    return Subject(ids[0], case, boss, worker)


def test_resident_export_contains_own_data_only(subject, rows):
    answer = subject.boss.post(f"/residents/{subject.resident}/export", OWN_REQUEST)
    assert answer.status_code == 200, answer.json
    export = answer.json
    assert {name: export["entry"][name] for name in ANNA} == ANNA | {"birth_year": 1951}
    assert [state["birth_year"] for state in export["states_of_the_entry"]] == [1951, 1950]
    assert len(export["homes"]) == 1 and export["homes"][0]["address"] and export["homes"][0]["until"] is None
    assert [(care["kind"], care["purpose"]) for care in export["care"]] == [("mobility", "下楼需要搀扶")]
    assert [consent["purpose"] for consent in export["consents"]] == ["同意甲"]
    assert [visit["note"] for visit in export["visits"]] == [
        f"████开门，安娜卧床，写信至{'█' * len(OTHER_EMAIL)}"
    ]
    assert [(case["case_no"], case["words"]) for case in export["reports"]] == [
        (subject.case["case_no"], "楼道灯坏了")
    ]
    assert [(look["act"], look["purpose"], look["by"]) for look in export["seen_by"]] == [
        ("person.export", "own_request", ["supervisor"]),
        ("personal.disclose", "care", ["worker"]),
    ]
    others = (
        *OTHER.values(),
        OTHER_EMAIL,
        "走访员",
        "周主任",
        "别人的话",
        str(subject.boss.id),
        str(subject.worker.id),
    )
    assert [value for value in map(str, others) if value in answer.text] == []
    (event,) = rows(
        "select purpose, detail from audit_event where action = 'person.export' and entity_id = :id",
        id=subject.resident,
    )
    assert event.detail["purpose"] == "own_request" and event.purpose == OWN_REQUEST["explanation"]
    assert [value for value in ANNA.values() if str(value) in json.dumps(event.detail)] == []


def test_reporter_export_contains_reports_of_same_name_and_number(subject, city, report):
    mine = {name: ANNA[name] for name in ("name", "phone")}
    again = report(subject.boss, city.in_grid("g2"), description="又坏了", reporter=mine)
    report(subject.boss, city.in_grid("g2"), description="同号不同名", reporter=mine | {"name": "邻居"})
    answer = subject.boss.post(f"/incidents/{subject.case['id']}/reporter/export", OWN_REQUEST)
    assert answer.status_code == 200, answer.json
    assert {name: answer.json["entry"][name] for name in mine} == mine
    assert [case["incident_id"] for case in answer.json["reports"]] == [again["id"], subject.case["id"]]
    assert "homes" not in answer.json and "周主任" not in answer.text


def test_person_export_is_refused_without_scope_or_permission(subject, city):
    local = city.supervisor("c2")
    assert local.post(f"/residents/{subject.resident}/export", OWN_REQUEST).status_code == 404
    assert local.post(f"/incidents/{subject.case['id']}/reporter/export", OWN_REQUEST).status_code == 404
    assert subject.worker.post(f"/residents/{subject.resident}/export", OWN_REQUEST).status_code == 403


def test_person_export_counts_reports_out_of_scope(subject, city, report):
    mine = {name: ANNA[name] for name in ("name", "phone")}
    local = city.supervisor("c1")
    before = local.post(f"/residents/{subject.resident}/export", OWN_REQUEST).json["reports_elsewhere"]
    report(subject.boss, city.in_grid("g3"), description="别处的事", reporter=mine)
    answer = local.post(f"/residents/{subject.resident}/export", OWN_REQUEST)
    assert (answer.status_code, answer.json["reports_elsewhere"]) == (200, before + 1)
    assert "别处的事" not in answer.text


def test_person_export_requires_listed_purpose_and_is_rate_limited(subject, app):
    path = f"/residents/{subject.resident}/export"
    assert subject.boss.post(path, {"purpose": "aaaa", "explanation": "wanted to know it"}).status_code == 422
    with changed(app, person_exports_per_window=2):
        answers = [subject.boss.post(path, OWN_REQUEST) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert int(answers[-1].headers["Retry-After"]) > 3_000


def test_person_export_is_printed_as_html(subject):
    headers = {"Accept": "text/html"}
    page = subject.boss.post(f"/residents/{subject.resident}/export", OWN_REQUEST, headers=headers)
    assert page.status_code == 200 and page.content_type.startswith("text/html")
    assert all(
        value in page.text for value in (ANNA["name"], ANNA["phone"], ANNA["email"], "楼道灯坏了", "本人申请")
    )
    assert OTHER["name"] not in page.text


def test_person_export_excludes_later_events_of_former_household(city, subject):
    first = subject.boss.post(f"/residents/{subject.resident}/export", OWN_REQUEST).json
    old, new = first["homes"][0]["household_id"], str(flat(city, name="新家")["household"])
    body = {"household_id": new, "reason": "搬到新家"}
    moved = subject.boss.post(f"/residents/{subject.resident}/move", body, headers={"If-Match": "*"})
    assert moved.status_code == 200, moved.json
    later = {"id": str(uuid7()), "outcome": "done", "note": "以后的事"}
    assert subject.worker.post(f"/households/{old}/visits", later).status_code == 201
    consent = {"id": str(uuid7()), "purpose": "以后的同意", "given_by_way": "written"}
    assert subject.boss.post(f"/households/{old}/consents", consent).status_code == 201
    answer = subject.boss.post(f"/residents/{subject.resident}/export", OWN_REQUEST)
    assert "以后" not in answer.text and "安娜卧床" in answer.text
    assert [home["household_id"] for home in answer.json["homes"]] == [new, old]
    assert answer.json["homes"][1]["until"] is not None


def test_resident_export_has_notices_to_homes_while_resident_lived_there(city, subject):
    world = NoticeWorld(city)
    notice = world.published(channels=["visit"])
    first = subject.boss.post(f"/residents/{subject.resident}/export", OWN_REQUEST).json
    (item,) = first["notices"]
    assert (item["purpose"], item["state"], item["texts"]) == ("works", "not_reached", TEXTS)
    assert [delivery["channel"] for delivery in item["deliveries"]] == ["visit"]
    body = {"household_id": str(flat(city, name="新家")["household"]), "reason": "搬到新家"}
    moved = subject.boss.post(f"/residents/{subject.resident}/move", body, headers={"If-Match": "*"})
    assert moved.status_code == 200, moved.json
    receipt = {"id": str(uuid7()), "state": "told"}
    old = first["homes"][0]["household_id"]
    subject.boss.post(f"/notices/{notice['id']}/households/{old}/receipts", receipt)
    world.published(channels=["visit"], purpose="health")
    purposes = [item["purpose"] for item in export_of(subject)["notices"]]
    assert purposes == ["health", "works"]


def export_of(subject):
    return subject.boss.post(f"/residents/{subject.resident}/export", OWN_REQUEST).json
