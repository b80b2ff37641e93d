"""The main path: a report gets its grid, owner and worker, and runs until it is closed."""

from app.core.ids import uuid7


def test_report_is_dispatched_handled_checked_and_closed(city):
    worker, other = city.worker("g1", name="王芳"), city.worker("g2", name="陈刚")
    reporter = city.worker("g3", name="刘洋")

    made = reporter.post(
        "/incidents", {"id": str(uuid7()), **city.in_grid("g1"), "category": "E0102", "description": "垃圾"}
    )
    assert made.status_code == 201, made.json
    case = made.json
    assert case["grid"]["id"] == str(city.areas["g1"])
    assert case["status"] == "dispatched"
    assert case["assignment"]["worker"] == {"id": str(worker.id), "name": "王芳"}
    assert case["assignment"]["state"] == "offered"
    assert case["due_at"] and case["case_no"] and case["owner_unit"]

    path = f"/incidents/{case['id']}/transitions"
    accepted = worker.post(f"/assignments/{case['assignment']['id']}/accept")
    assert accepted.status_code == 200, accepted.json
    assert accepted.json["status"] == "accepted"
    assert worker.post(path, {"action": "start"}).json["status"] == "handling"
    fed = worker.post(path, {"action": "feed_back", "note": "cleared"})
    assert fed.status_code == 200, fed.json
    assert fed.json["status"] == "checking"
    check = fed.json["assignment"]
    assert check["role"] == "check"
    assert check["worker"]["id"] == str(other.id)
    assert other.post(f"/assignments/{check['id']}/accept").status_code == 200
    closed = other.post(path, {"action": "check", "result": "pass"})
    assert closed.status_code == 200, closed.json
    assert closed.json["status"] == "closed"

    detail = reporter.get(f"/incidents/{case['id']}")
    assert detail.status_code == 200, detail.json
    assert detail.json["allowed"] == ["contest", "note"]
    events = [e["action"] for e in reporter.get(f"/incidents/{case['id']}/events").json["items"]]
    assert events == [
        "report",
        "file",
        "dispatch",
        "accept",
        "start",
        "feed_back",
        "send_to_check",
        "accept",
        "check_pass",
    ]
    runs = reporter.get(f"/incidents/{case['id']}/dispatch").json["runs"]
    assert runs[0]["sentence"]["zh"] == "已派给王芳。王芳负责本网格，正在岗，尚有余力（0/5）。"
