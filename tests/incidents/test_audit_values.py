"""The audit trail tells who did what, and never the words, names and numbers that it was done with."""

from datetime import timedelta

from app.core import clock
from app.core.actor import Role

VALUES = ("陈大妈", "13812345678", "三楼漏水", "nobody at home", "early shift for the flu", "sick at home")


def test_reading_the_audit_trail_shows_no_value(city, report, accept, step):
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
    revealed = boss.post(f"/incidents/{case['id']}/reporter", {"purpose": "to ask where exactly"})
    assert revealed.json["name"] == VALUES[0]
    ahead = [(clock.now() + timedelta(hours=n)).isoformat() for n in (1, 9)]
    shift = {"worker_id": str(worker.id), "since": ahead[0], "until": ahead[1], "note": VALUES[4]}
    assert boss.post("/shifts", shift).status_code == 201
    absence = {"substitute_id": str(other.id), "until": ahead[1], "reason": VALUES[5]}
    assert boss.post(f"/workers/{worker.id}/substitute", absence).status_code == 200
    of_boss, of_worker = ({"actor": str(who.id), "limit": 500} for who in (boss, worker))
    read = [boss.post("/audit/search", of_boss), admin.post("/audit/search", of_boss)]
    read += [admin.post("/audit/search", of_worker), worker.get("/me/audit")]
    read.append(admin.post("/audit/export", {"reason": "yearly audit", "actor": str(boss.id)}))
    for answer in read:
        assert answer.status_code == 200
        assert [value for value in VALUES if value in answer.text] == []
    told = {item["action"] for item in read[0].json["items"]}
    assert {"personal.disclose", "shift.plan", "substitution.begin", "incident.report"} <= told
    labels = {item["label"] for item in read[2].json["items"] if item["entity"] == "incident"}
    assert labels == {case["case_no"]}
