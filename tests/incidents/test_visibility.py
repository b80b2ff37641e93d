"""The rule of visibility of cases at every endpoint."""

import dataclasses

from app.core import clock, db
from app.core.actor import SYSTEM, Role
from app.workforce import service as workforce
from tests.factories import make_city


def _ids(answer):
    assert answer.status_code == 200, answer.json
    return {c["id"] for c in answer.json["items"]}


def test_case_is_visible_by_area_scope_report_or_offer(city, report):
    own, stranger = city.worker("g1"), city.worker("g4")
    reporter = city.worker("g3")
    looks = city.person(Role.GIS, area="d")
    case = report(reporter, city.in_grid("g1"))
    for person, sees in (
        (own, True),
        (reporter, True),
        (stranger, False),
        (city.supervisor("s"), True),
        (city.supervisor("c1"), True),
        (city.supervisor("c2"), False),
        (looks, True),
        (city.handler("roads"), False),
    ):
        assert (case["id"] in _ids(person.get("/incidents?limit=500"))) is sees
        assert person.get(f"/incidents/{case['id']}").status_code == (200 if sees else 404)
        assert person.get(f"/incidents/{case['id']}/events").status_code == (200 if sees else 404)
        # The explanation names all candidates, so readers who do not handle cases have no access.
        explained = person.get(f"/incidents/{case['id']}/dispatch").status_code
        assert explained == ((403 if person is looks else 200) if sees else 404)


def test_conduct_case_goes_one_level_up_and_is_hidden_from_subject(city, report, step):
    subject, colleague = city.worker("g1", name="当事人"), city.worker("g1", name="同事")
    reporter = city.worker("g3")
    case = report(
        reporter,
        city.in_grid("g1"),
        category="E0690",
        about={"kind": "worker", "id": str(subject.id)},
        description="服务态度",
        reporter={"name": "李大爷", "phone": "13800001234"},
    )
    assert case["assignment"] is None
    assert case["waiting"]["reason"] == "conduct"
    for hidden in (subject, colleague):
        assert hidden.get(f"/incidents/{case['id']}").status_code == 404
        assert case["id"] not in _ids(hidden.get("/incidents"))
        assert hidden.get("/assignments").json["items"] == []
    supervisor = city.supervisor("c1")
    shown = supervisor.get(f"/incidents/{case['id']}").json
    assert shown["about"] == {"kind": "worker", "id": str(subject.id), "name": "当事人"}
    assert reporter.get(f"/incidents/{case['id']}").json["about"] is None
    event = supervisor.get(f"/incidents/{case['id']}/events").json["items"][0]
    assert event["actor"] == {"kind": "reporter"}
    forced = step(supervisor, case, "reassign", worker_id=str(subject.id), note="you")
    assert (forced.status_code, forced.json["reason"]) == (409, "about_subject")


def test_conduct_case_is_hidden_from_subject_with_wide_scope(city, report):
    boss = city.supervisor("d")
    with db.transaction(SYSTEM) as session:
        workforce.create_worker(session, SYSTEM, account_id=boss.id, name="boss", capacity=1)
    case = report(
        city.worker("g3"), city.in_grid("g1"), category="E0690", about={"kind": "worker", "id": str(boss.id)}
    )
    assert boss.get(f"/incidents/{case['id']}").status_code == 404
    assert case["id"] not in _ids(boss.get("/incidents"))


def test_case_about_unit_is_hidden_from_its_members(city, report):
    member = city.handler("roads")
    leader = city.supervisor("d")
    city.grant(leader, Role.HANDLER, unit="roads")
    case = report(
        city.worker("g3"),
        city.in_grid("g1"),
        category="0101",
        about={"kind": "unit", "id": str(city.units["roads"])},
    )
    assert case["assignment"] is None
    for hidden in (member, leader):
        assert hidden.get(f"/incidents/{case['id']}").status_code == 404
        assert case["id"] not in _ids(hidden.get("/incidents?limit=500"))
    # A member leads the district, so actors beside that member do not see the case, like the member.
    for person, status in (
        (city.supervisor("s"), 404),
        (city.supervisor("d"), 404),
        (city.person(Role.SUPERVISOR), 200),
    ):
        assert person.get(f"/incidents/{case['id']}").status_code == status
    city.handler("cleaning")
    about = {"kind": "unit", "id": str(city.units["cleaning"])}
    other = report(city.worker("g3"), city.in_grid("g1"), category="0101", about=about)
    assert city.supervisor("s").get(f"/incidents/{other['id']}").status_code == 404
    assert city.supervisor("d").get(f"/incidents/{other['id']}").status_code == 200


def test_reporter_is_disclosed_for_purpose_and_audited(city, report, rows):
    worker = city.worker("g1")
    case = report(city.worker("g3"), city.in_grid("g1"), reporter={"name": "李大爷", "phone": "13800001234"})
    path = f"/incidents/{case['id']}/reporter"
    assert worker.post(path, {"purpose": "inquiry", "explanation": "I am just curious"}).status_code == 403
    supervisor = city.supervisor()
    assert supervisor.post(path, {"purpose": "", "explanation": ""}).status_code == 422
    shown = supervisor.post(path, {"purpose": "call_back", "explanation": "call back about the result"})
    assert shown.json == {"kind": "resident", "name": "李大爷", "phone": "13800001234", "email": None}
    audit = rows(
        "select purpose, detail::text from audit_event where actor_id = :a and action = 'personal.disclose'",
        a=supervisor.id,
    )
    assert audit[0][0] == "call back about the result"
    assert "13800001234" not in audit[0][1]
    text = worker.get(f"/incidents/{case['id']}").text + worker.get(f"/incidents/{case['id']}/events").text
    assert "李大爷" not in text
    assert "13800001234" not in text


def test_reporter_disclosure_is_rate_limited(app, city, report, monkeypatch):
    settings = dataclasses.replace(app.extensions["settings"], reveals_per_window=2)
    monkeypatch.setitem(app.extensions, "settings", settings)
    case = report(city.worker("g3"), city.in_grid("g1"), reporter={"name": "李大爷", "phone": "13800001234"})
    body = {"purpose": "call_back", "explanation": "call back about the result"}
    supervisor = city.supervisor()
    answers = [supervisor.post(f"/incidents/{case['id']}/reporter", body) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[2].json["code"] == "reveal_throttled" and int(answers[2].headers["Retry-After"]) > 0


def test_incident_filters_return_matching_cases(city, report, accept):
    worker, reporter = city.worker("g1"), city.worker("g4")
    supervisor = city.supervisor()
    started = clock.now()
    first = report(reporter, city.in_grid("g1"), description="百分之100%的垃圾")
    two = report(reporter, city.in_grid("g3"), category="E0501", description="second")
    accept(worker, first)
    lon, lat = city.in_grid("g1").values()
    for query, expected in (
        ("", {first["id"], two["id"]}),
        ("status=accepted", {first["id"]}),
        ("status=open", {first["id"], two["id"]}),
        ("status=closed,not_filed", set()),
        ("category=E0501", {two["id"]}),
        (f"grid_id={city.areas['g1']}", {first["id"]}),
        (f"area_id={city.areas['c2']}", {two["id"]}),
        (f"owner_unit_id={first['owner_unit']['id']}&category=E0102", {first["id"]}),
        (f"bbox={lon - 0.001},{lat - 0.001},{lon + 0.001},{lat + 0.001}", {first["id"]}),
        ("q=100%25", {first["id"]}),
        ("q=%25", {first["id"]}),
        (f"q={first['case_no']}", {first["id"]}),
        (f"case_no={two['case_no'].replace('-', ' ')}", {two["id"]}),
        ("overdue=true", set()),
        ("overdue=false", {first["id"], two["id"]}),
        ("mine=true", set()),
        (f"updated_since={started.isoformat().replace('+00:00', 'Z')}", {first["id"], two["id"]}),
        ("updated_since=2999-01-01T00:00:00Z", set()),
    ):
        assert _ids(supervisor.get(f"/incidents?{query}")) == expected, query
    assert _ids(worker.get("/incidents?mine=true")) == {first["id"]}
    unknown = supervisor.get("/incidents?colour=red")
    assert (unknown.status_code, unknown.json["errors"][0]["code"]) == (422, "unknown_field")
    with clock.at(started.replace(year=started.year + 1)):
        supervisor.token = supervisor.sign_in()["access_token"]
        assert _ids(supervisor.get("/incidents?overdue=true")) == {first["id"], two["id"]}


def test_incident_pages_return_each_case_once(city, report):
    reporter, supervisor = city.worker("g3"), city.supervisor()
    made = [report(reporter, city.in_grid("g1"))["id"] for _ in range(7)]
    seen, cursor = [], ""
    while cursor is not None:
        page = supervisor.get(f"/incidents?limit=3{cursor and '&cursor=' + cursor}").json
        seen += [c["id"] for c in page["items"]]
        cursor = page["next"]
    assert seen == made[::-1]
    bad = supervisor.get("/incidents?cursor=nonsense")
    assert (bad.status_code, bad.json["errors"][0]["code"]) == (422, "cursor_invalid")


def test_incident_listing_returns_geojson_when_requested(city, report):
    case = report(city.worker("g3"), city.in_grid("g1"))
    answer = city.supervisor().get("/incidents", headers={"Accept": "application/geo+json"})
    assert answer.content_type == "application/geo+json"
    feature = next(f for f in answer.json["features"] if f["id"] == case["id"])
    assert feature["geometry"]["coordinates"] == list(city.in_grid("g1").values())


def test_incident_returns_304_when_version_is_known(city, report):
    reporter = city.worker("g3")
    case = report(reporter, city.in_grid("g1"))
    first = reporter.get(f"/incidents/{case['id']}")
    for tag in (first.headers["ETag"], f"W/{first.headers['ETag']}"):
        again = reporter.get(f"/incidents/{case['id']}", headers={"If-None-Match": tag})
        assert (again.status_code, again.data) == (304, b"")


def test_check_of_conduct_case_is_assigned_by_supervisor_and_hides_subject(city, report, step, accept):
    subject = city.worker("g1", name="甲主体")
    city.worker("g1", name="乙")
    handler, checker = city.worker("g2", name="丙"), city.worker("g3", name="丁")
    case = report(
        city.worker("g4"),
        city.in_grid("g1"),
        category="E0690",
        about={"kind": "worker", "id": str(subject.id)},
    )
    supervisor = city.supervisor()
    moved = step(supervisor, case, "reassign", worker_id=str(handler.id), note="you").json
    accept(handler, moved)
    fed = step(handler, case, "feed_back", note="talked to both").json
    assert (fed["status"], fed["assignment"], fed["waiting"]["reason"]) == ("fed_back", None, "conduct")
    check = step(supervisor, case, "assign_check", worker_id=str(checker.id)).json
    accept(checker, check)
    for person in (handler, checker):
        explanation = person.get(f"/incidents/{case['id']}/dispatch").text
        assert "甲主体" not in explanation
        assert str(subject.id) not in explanation
    assert step(checker, case, "check", result="pass").json["status"] == "closed"


def test_case_about_unit_is_refused_to_unit_and_members(city, report, step):
    member = city.worker("g1", name="队员")
    city.grant(member, Role.HANDLER, unit="roads")
    case = report(
        city.worker("g3"),
        city.in_grid("g1"),
        category="E0690",
        about={"kind": "unit", "id": str(city.units["roads"])},
    )
    supervisor = city.supervisor("d")
    for choice in ({"unit_id": str(city.units["roads"])}, {"worker_id": str(member.id)}):
        answer = step(supervisor, case, "reassign", note="you", **choice)
        assert (answer.status_code, answer.json["reason"]) == (409, "about_subject"), choice


def test_reassignment_returns_404_for_worker_or_unit_of_another_city(app, settings, city, report, step):
    there = make_city(app, settings)
    stranger = there.worker("g1")
    case = report(city.worker("g3"), city.in_grid("g1"))
    supervisor = city.supervisor()
    for choice in ({"worker_id": str(stranger.id)}, {"unit_id": str(there.units["roads"])}):
        assert step(supervisor, case, "reassign", note="you", **choice).status_code == 404


def test_candidate_distances_are_shown_to_directors_only(city, report, rows):
    worker = city.worker("g1")
    fix = {"at": clock.now().isoformat(), "accuracy_m": 5, **city.in_grid("g1")}
    assert worker.post("/positions", {"sent_at": fix["at"], "positions": [fix]}).json["accepted"] == 1
    reporter = city.worker("g3")
    case = report(reporter, city.at(0.6, 1.6))
    path = f"/incidents/{case['id']}/dispatch"
    shown = reporter.get(path).json["runs"][0]["candidates"][0]
    assert (shown["distance_m"], shown["position_age_s"], shown["cost_total"]) == (None, None, None)
    assert "travel" not in shown["cost"]
    assert " m away" not in shown["sentence"]["en"]
    directed = city.supervisor().get(path).json["runs"][0]["candidates"][0]
    assert directed["distance_m"] > 0


def test_audit_search_hides_reports_and_conduct_case_about_reader(city, report):
    boss = city.supervisor("d")
    with db.transaction(SYSTEM) as session:
        workforce.create_worker(session, SYSTEM, account_id=boss.id, name="boss", capacity=1)
    reporter = city.worker("g3")
    case = report(
        reporter, city.in_grid("g1"), category="E0690", about={"kind": "worker", "id": str(boss.id)}
    )
    for query in ({"entity_id": case["id"]}, {"actor_id": str(reporter.id), "action": "incident.report"}):
        assert boss.post("/audit/search", query).json["items"] == []


def test_confidential_cases_are_hidden_from_gis(city, report):
    gis = city.person(Role.GIS, area="d")
    reporter = city.worker("g3")
    hidden = [
        report(reporter, city.in_grid("g1"), category=category)["id"] for category in ("E0690", "E0605")
    ]
    shown = report(reporter, city.in_grid("g1"))["id"]
    visible = _ids(gis.get("/incidents?limit=500"))
    assert shown in visible
    assert not visible & set(hidden)
    for incident_id in hidden:
        assert gis.get(f"/incidents/{incident_id}").status_code == 404
