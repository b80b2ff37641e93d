"""The audit trail has actors and actions, without the words, names and numbers of requests."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import text

from app.core import clock, db
from app.core.actor import Role
from tests.media.sending import sent

VALUES = ("陈大妈", "13812345678", "三楼漏水", "nobody at home", "early shift for the flu", "sick at home")


def test_audit_search_and_export_contain_no_values(city, report, accept, step):
    worker, other, boss, admin = (
        city.worker("g1"),
        city.worker("g4"),
        city.supervisor(),
        city.person(Role.ADMIN),
    )
    case = report(
        boss, city.in_grid("g1"), description=VALUES[2], reporter={"name": VALUES[0], "phone": VALUES[1]}
    )
    assert accept(worker, case).status_code == 200
    assert step(worker, case, "return", note=VALUES[3]).status_code == 200
    revealed = boss.post(
        f"/incidents/{case['id']}/reporter", {"purpose": "call_back", "explanation": "to ask where exactly"}
    )
    assert revealed.json["name"] == VALUES[0]
    ahead = [(clock.now() + timedelta(hours=n)).isoformat() for n in (1, 9)]
    shift = {"worker_id": str(worker.id), "since": ahead[0], "until": ahead[1], "note": VALUES[4]}
    assert boss.post("/shifts", shift).status_code == 201
    absence = {"substitute_id": str(other.id), "until": ahead[1], "reason": VALUES[5]}
    assert boss.post(f"/workers/{worker.id}/substitute", absence).status_code == 200
    of_boss, of_worker = ({"actor_id": str(who.id), "limit": 500} for who in (boss, worker))
    read = [boss.post("/audit/search", of_boss), admin.post("/audit/search", of_boss)]
    read += [admin.post("/audit/search", of_worker), worker.get("/me/audit")]
    read.append(admin.post("/audit/export", {"reason": "yearly audit", "actor_id": str(boss.id)}))
    for answer in read:
        assert answer.status_code == 200
        assert [value for value in VALUES if value in answer.text] == []
    actions = {item["action"] for item in read[0].json["items"]}
    assert {"personal.disclose", "shift.plan", "substitution.begin", "incident.report"} <= actions
    labels = {item["label"] for item in read[2].json["items"] if item["entity"] == "incident"}
    assert labels == {case["case_no"]}


def test_audit_and_history_hide_reporter_of_confidential_cases(city, report, accept, step):
    """Auditors, administrators and supervisors read no reporter of a complaint or of a confidential case."""
    subject, reporter, joiner = (
        city.worker("g1"),
        city.worker("g3", name="报信人"),
        city.worker("g1", name="跟帖人"),
    )
    boss = city.supervisor("d")
    about = {"kind": "worker", "id": str(subject.id)}
    complaint = report(reporter, city.in_grid("g1"), category="E0690", about=about)
    secret = report(reporter, city.in_grid("g1"))
    joined = joiner.post(
        f"/incidents/{secret['id']}/reports", {**city.in_grid("g1"), "description": "也看到"}
    )
    assert joined.status_code == 200, joined.json
    unnamed = report(reporter, city.in_grid("g1"), category="E0690", description="态度差")
    moved = step(boss, unnamed, "reassign", worker_id=str(city.worker("g4").id), note="去问")
    assert moved.status_code == 200, moved.json
    change = {"category": "E0605", "note": "家暴"}
    corrected = boss.patch(f"/incidents/{secret['id']}", change, joined.json["version"])
    assert corrected.status_code == 200, corrected.json
    reports = ((reporter, complaint), (reporter, secret), (joiner, secret))
    for who, case in reports:
        media_id = sent(city, who)
        answers = [
            who.post(f"/incidents/{case['id']}/media", {"media_id": media_id}),
            step(who, case, "note", note="还有一件事"),
            boss.call("DELETE", f"/incidents/{case['id']}/media/{media_id}"),
            who.post(f"/incidents/{case['id']}/media", {"media_id": media_id}),
            who.get(f"/incidents/{case['id']}/print"),
        ]
        assert {answer.status_code for answer in answers} <= {200, 204}, [answer.text for answer in answers]
    for case in (complaint, secret):
        assert step(boss, case, "force_close", note="done").status_code == 200
        assert step(reporter, case, "contest", note="不对").status_code == 200
    acts = {"incident.report", "incident.join", "incident.contest", "incident.note", "media.link"}
    mine = reporter_acts(city, [reporter, joiner], [complaint, secret])
    assert acts <= mine, "the test has lost an act"
    readers = [city.person(Role.ADMIN), city.person(Role.AUDITOR), city.person(Role.AUDITOR, area="d"), boss]
    for reader in readers:
        for who, case in reports:
            queries = ({"entity_id": case["id"]}, {"actor_id": str(who.id)}, {"entity": "incident"})
            items = [item for query in queries for item in search(reader, query)]
            assert [item for item in items if names(item, who) and case["id"] in str(item)] == []
            sheet = reader.post("/audit/export", {"reason": "yearly audit", "entity_id": case["id"]})
            assert sheet.status_code == 200 and str(who.id) not in sheet.text
    # The trail has the actions of others, and the media that the handler attached to an ordinary case.
    assert {"incident.correct", "media.unlink"} <= {
        i["action"] for i in search(readers[0], {"entity_id": secret["id"]})
    }
    for case in (complaint, secret, unnamed):
        history = boss.get(f"/incidents/{case['id']}/events")
        assert not any(str(who.id) in history.text for who in (reporter, joiner))
    plain = report(city.worker("g4"), city.in_grid("g3"))
    assert accept(reporter, plain).status_code == 200
    media_id = sent(city, reporter)
    assert reporter.post(f"/incidents/{plain['id']}/media", {"media_id": media_id}).status_code == 204
    items = search(readers[1], {"actor_id": str(reporter.id), "action": "media.link"})
    assert [item["entity_id"] for item in items] == [plain["id"]]


def search(reader, query):
    answer = reader.post("/audit/search", {"limit": 500, **query})
    assert answer.status_code == 200, answer.json
    return answer.json["items"]


def names(item, person):
    return str(person.id) in str(item)


def reporter_acts(city, people, cases):
    """Return the actions of these people on these cases in the audit trail."""
    with db.read_session() as session:
        sql = "select distinct action from audit_event where actor_id = any(:who) and entity_id = any(:cases)"
        binds = {"who": [p.id for p in people], "cases": [UUID(c["id"]) for c in cases]}
        return set(session.scalars(text(sql), binds))
