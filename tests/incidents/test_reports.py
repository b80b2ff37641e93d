"""Reports open cases: without grid, category or worker too, and idempotent."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from psycopg import _queries
from sqlalchemy import text

from app.core import db
from app.core.actor import SYSTEM, Role
from app.core.coordinates import from_wgs84
from app.core.ids import uuid7
from app.incidents.reporting.queries.new_case import Expected
from app.incidents.reporting.service import first_dispatch, reports
from tests.nonempty import nonempty


def _body(place, **fields):
    return {"id": str(uuid7()), "category": "E0102", "description": "垃圾", **place, **fields}


def test_repeated_report_returns_current_case(city, rows, accept):
    worker, reporter = city.worker("g1"), city.worker("g3")
    body = _body(city.in_grid("g1"))
    first = reporter.post("/incidents", body)
    accept(worker, first.json)

    again = reporter.post("/incidents", body)

    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json["case_no"] == first.json["case_no"]
    assert again.json["status"] == "accepted"
    assert rows("select count(*) from report where incident_id = :i", i=body["id"])[0][0] == 1
    assert rows("select count(*) from assignment where incident_id = :i", i=body["id"])[0][0] == 1


def test_report_returns_409_when_id_has_another_body(city):
    reporter = city.worker("g3")
    body = _body(city.in_grid("g1"))
    reporter.post("/incidents", body)
    other = reporter.post("/incidents", body | {"description": "something else"})
    assert (other.status_code, other.json["code"]) == (409, "id_reused")


def test_report_returns_409_when_id_belongs_to_another_reporter(city):
    first, second = city.worker("g3"), city.worker("g2")
    body = _body(city.in_grid("g1"))
    first.post("/incidents", body)
    other = second.post("/incidents", body)
    assert (other.status_code, other.json["code"]) == (409, "id_reused")


def test_report_without_id_is_idempotent_by_key(city):
    reporter = city.worker("g3")
    body = _body(city.in_grid("g1"))
    del body["id"]
    key = {"Idempotency-Key": "once-only"}
    first, again = (reporter.post("/incidents", body, headers=key) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json["id"] == again.json["id"]


def test_concurrent_identical_reports_create_one_case(city, rows):
    reporter = city.worker("g3")
    city.worker("g1")
    reporter.token = reporter.sign_in()["access_token"]
    body = _body(city.in_grid("g1"))
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: reporter.post("/incidents", body), range(16)))
    assert sorted(a.status_code for a in answers)[:15] == [200] * 15
    assert len({a.json["case_no"] for a in answers}) == 1
    loads = rows(
        "select count(*), sum(open_work) from worker_load where worker_id in "
        "(select worker_id from assignment where incident_id = :i)",
        i=body["id"],
    )
    assert tuple(loads[0]) == (1, 1)


def test_report_outside_grids_is_accepted_and_waits(city, report):
    city.worker("g4")
    case = report(city.worker("g3"), city.in_no_grid())
    assert case["grid"] is None
    assert case["area"]["id"] == str(city.areas["c2"])
    assert case["assignment"] is None
    assert case["waiting"]["reason"] == "no_grid"
    assert case["owner_unit"]
    supervisor = city.supervisor()
    listed = supervisor.get(f"/incidents?waiting=true&area_id={city.areas['c2']}").json["items"]
    assert case["id"] in [c["id"] for c in listed]


def test_report_outside_areas_goes_to_top_of_jurisdiction(city, report):
    case = report(city.worker("g3"), {"lon": 179.5, "lat": -79.5})
    assert case["grid"] is None
    assert case["waiting"]["reason"] == "no_grid"
    assert case["area"] is not None


def test_report_with_unknown_category_is_unclassified_and_keeps_words(city, report):
    reporter = city.worker("g3")
    case = report(reporter, city.in_grid("g1"), category="没见过的类别", description="怪事\u0000一桩")
    assert case["category"] == "unclassified"
    first_report = reporter.get(f"/incidents/{case['id']}").json["reports"][0]
    assert first_report["category"] == "没见过的类别"
    assert first_report["words"] == "怪事一桩"


def test_report_waits_for_supervisor_when_nobody_is_on_duty(city, report):
    city.worker("g1", on_duty=False, name="钱乙")
    case = report(city.worker("g3", on_duty=False), city.in_grid("g1"))
    assert case["assignment"] is None
    assert case["waiting"]["reason"] == "nobody_on_duty"
    run = city.supervisor().get(f"/incidents/{case['id']}/dispatch").json["runs"][0]
    verdict = next(v for v in run["candidates"] if v["name"] == "钱乙")
    assert (verdict["eligible"], verdict["reason"]) == (False, "off_duty")
    assert verdict["sentence"] == {"en": "钱乙 is off duty.", "zh": "钱乙未在岗。"}


def test_report_goes_to_next_ring_when_grid_worker_is_full(city, report):
    own = city.worker("g1", capacity=1)
    neighbour = city.worker("g2")
    reporter = city.worker("g3", on_duty=False)
    first = report(reporter, city.in_grid("g1"))
    second = report(reporter, city.in_grid("g1"))
    assert first["assignment"]["worker"]["id"] == str(own.id)
    assert second["assignment"]["worker"]["id"] == str(neighbour.id)
    assert second["assignment"]["reason"] == "nearest_community"
    run = reporter.get(f"/incidents/{second['id']}/dispatch").json["runs"][0]
    assert {v["worker_id"]: v["reason"] for v in run["candidates"]}[str(own.id)] == "full"


def test_report_by_grid_worker_is_assigned_to_reporter(city, report):
    worker = city.worker("g1", on_duty=False)
    case = report(worker, city.in_grid("g1"))
    assert case["status"] == "accepted"
    assert case["assignment"]["worker"]["id"] == str(worker.id)
    assert case["assignment"]["state"] == "accepted"
    assert case["assignment"]["reason"] == "own_report"


@pytest.mark.parametrize("draw", [0.05, 0.95])
def test_on_the_spot_report_is_checked_by_sample(city, report, rows, monkeypatch, draw):
    monkeypatch.setattr("secrets.randbelow", lambda _: int(draw * 1_000_000))
    worker = city.worker("g1")
    case = report(worker, city.in_grid("g1"), handled_on_the_spot={"note": "捡起来了"})
    assert case["status"] == ("closed" if draw > 0.1 else "fed_back")
    assert rows("select open_work from worker_load where worker_id = :w", w=worker.id)[0][0] == 0
    event = rows(
        "select detail from incident_event where incident_id = :i order by seq desc limit 1", i=case["id"]
    )
    assert event[0][0]["draw"] == draw


def test_report_of_unit_category_is_queued_for_unit(city, report, accept, step):
    city.worker("g1")
    handler = city.handler("roads")
    case = report(city.worker("g3"), city.in_grid("g1"), category="0101")
    assert case["assignment"]["state"] == "queued"
    assert case["assignment"]["worker"] is None
    assert case["assignment"]["unit"]["id"] == str(city.units["roads"])
    listed = handler.get("/assignments").json["items"]
    assert [i["incident"]["id"] for i in listed] == [case["id"]]
    assert accept(handler, case).json["status"] == "accepted"
    assert step(handler, case, "feed_back", note="修好").json["status"] == "checking"


@pytest.mark.parametrize("system", ["gcj02", "bd09"])
def test_report_coordinates_are_converted_to_wgs84_and_originals_kept(city, system):
    reporter = city.worker("g3")
    lon, lat = 120.114, 30.2787
    sent = from_wgs84(lon, lat, system)
    answer = reporter.post("/incidents", _body({"lon": sent[0], "lat": sent[1]}, coord_sys=system))
    assert answer.json["location"]["coordinates"] == pytest.approx([lon, lat], abs=1e-6)
    sent_point = reporter.get(f"/incidents/{answer.json['id']}").json["reports"][0]["sent"]
    assert sent_point == {"lon": pytest.approx(sent[0]), "lat": pytest.approx(sent[1]), "coord_sys": system}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"lon": 181}, "lon"),
        ({"lat": "north"}, "lat"),
        ({"color": "red"}, "color"),
        ({"id": "1f0e3dad-9990-4e4e-8a3b-0d9d6b6a3c11"}, "id"),
        ({"coord_sys": "mars"}, "coord_sys"),
        ({"occurred_at": "2026-01-01T10:00:00"}, "occurred_at"),
    ],
)
def test_report_returns_422_naming_invalid_field(city, change, field):
    answer = city.worker("g3").post("/incidents", _body(city.in_grid("g1")) | change)
    assert (answer.status_code, answer.json["code"]) == (422, "validation_failed")
    assert [e["field"] for e in answer.json["errors"]] == [field]


def test_report_returns_403_for_gis_role(city):
    answer = city.person(Role.GIS, area="d").post("/incidents", _body(city.in_grid("g1")))
    assert (answer.status_code, answer.json["code"]) == (403, "permission_missing")


def test_errors_are_in_chinese_when_requested(city):
    answer = city.worker("g3").post(
        "/incidents", {"lon": 1}, headers={"Accept-Language": "zh-CN,zh;q=0.9,en;q=0.5"}
    )
    assert answer.json["detail"] == "部分字段缺失或有误。"
    assert {"field": "lat", "code": "required", "message": "必填"} in answer.json["errors"]


@pytest.mark.parametrize(
    "attributes",
    [
        {"n": 2**70},
        {"deep": [[[[[[["x"]]]]]]]},
        {str(n): n for n in range(51)},
        {"long": list(range(60))},
    ],
)
def test_report_returns_422_when_attributes_are_too_large(city, attributes):
    answer = city.worker("g3").post("/incidents", _body(city.in_grid("g1"), attributes=attributes))
    assert (answer.status_code, answer.json["errors"][0]["field"]) == (422, "attributes")


def test_report_cleans_control_characters_in_attributes(city):
    reporter = city.worker("g3")
    odd = {"a\u0000b": "x\u0000y", "list": ["\ud800z", {"k": True}], "n": 1.5}
    answer = reporter.post("/incidents", _body(city.in_grid("g1"), attributes=odd))
    assert answer.status_code == 201, answer.json
    stored = reporter.get(f"/incidents/{answer.json['id']}").json["reports"][0]["attributes"]
    assert stored == {"ab": "xy", "list": ["z", {"k": True}], "n": 1.5}


@pytest.mark.parametrize("query", ["category=a%00b", "cursor=WyJ4IiwieSJd"])
def test_listing_returns_422_for_malformed_query(city, query):
    assert city.supervisor().get(f"/incidents?{query}").status_code == 422


def test_report_by_chief_goes_to_grid_worker(city, report):
    worker = city.worker("g1", name="网格员")
    chief = city.worker("g1", role="chief", name="网格长")
    case = report(chief, city.in_grid("g1"))
    assert case["assignment"]["worker"]["id"] == str(worker.id)
    assert case["assignment"]["state"] == "offered"


def test_report_goes_to_nearest_worker_with_capacity(city, report):
    for _ in range(21):
        city.worker("g2", name="无技能", capacity=0)
    free = city.worker("g2", name="有空")
    case = report(city.worker("g3", on_duty=False), city.in_grid("g1"))
    assert case["assignment"]["worker"]["id"] == str(free.id)


@pytest.mark.parametrize(
    ("accept", "language"),
    [
        ("zh", "zh-CN"),
        ("zh;q=0.9, en;q=0.1", "zh-CN"),
        ("en;q=0.1, zh-Hans-CN;q=0.9", "zh-CN"),
        ("de", "en"),
        ("", "en"),
    ],
)
def test_content_language_follows_accept_language(city, accept, language):
    answer = city.worker("g3").get("/incidents?colour=red", headers={"Accept-Language": accept})
    assert answer.headers["Content-Language"] == language


@pytest.mark.parametrize("path", ["/me?x=1", "/jurisdictions?x=1"])
def test_undeclared_query_parameter_returns_422(city, path):
    answer = city.worker("g3").get(path)
    assert (answer.status_code, answer.json["errors"][0]["field"]) == (422, "x")


def test_write_with_undeclared_parameter_or_body_returns_422(city, report):
    worker, reporter = city.worker("g1"), city.worker("g3")
    assert reporter.post("/incidents?dry_run=true", _body(city.in_grid("g1"))).status_code == 422
    case = report(reporter, city.in_grid("g1"))
    answer = worker.post(f"/assignments/{case['assignment']['id']}/accept", {"foo": 1})
    assert (answer.status_code, answer.json["errors"][0]["field"]) == (422, "body")


def test_report_returns_400_when_json_is_nested_too_deeply(city):
    person = city.worker("g3")
    person.token = person.sign_in()["access_token"]
    headers = {"Authorization": f"Bearer {person.token}", "Content-Type": "application/json"}
    answer = person.client.post("/api/v1/incidents", data="[" * 50_000, headers=headers)
    assert answer.status_code == 400


def test_refused_report_leaves_its_id_free(city):
    """The claim of the id and the case are one transaction: neither is stored without the other."""
    reporter = city.worker("g3")
    body = _body(city.in_grid("g1"))
    refused = reporter.post("/incidents", body | {"component_id": str(uuid7())})
    assert (refused.status_code, refused.json["errors"][0]["field"]) == (422, "component_id")
    assert reporter.post("/incidents", body).status_code == 201


def test_report_lets_psycopg_parse_no_statement_again(city, monkeypatch):
    reporter, parsed = city.worker("g3"), []
    assert reporter.post("/incidents", _body(city.in_grid("g1"))).status_code == 201
    parse = _queries._query2pg_nocache
    monkeypatch.setattr(_queries, "_query2pg_nocache", lambda *args: parsed.append(args) or parse(*args))
    assert reporter.post("/incidents", _body(city.in_grid("g1"))).status_code == 201
    assert not parsed


def test_report_plans_its_statements_once(city):
    """PostgreSQL plans a statement for its values at the first five executions, and the response never anew."""
    reporter = city.worker("g3")
    db.engine().dispose()  # a new connection has no plans yet
    for _ in range(14):
        assert reporter.post("/incidents", _body(city.in_grid("g1"))).status_code == 201
    plans = "select statement, generic_plans, custom_plans from pg_prepared_statements"
    with db.engine().connect() as connection:
        prepared = connection.execute(text(plans)).all()
    response = [row for row in prepared if "json_build_object" in row.statement.split("from")[0]]
    assert response and all(row.custom_plans == 0 for row in response)
    assert all(row.custom_plans <= 5 for row in nonempty(prepared))


def test_report_goes_to_next_worker_when_first_one_is_filled_meanwhile(city, rows, monkeypatch):
    """The statement that writes placement and case writes nothing then, and the placement is made anew."""
    first, second, reporter = city.worker("g1"), city.worker("g2"), city.worker("g3")
    write, tries = first_dispatch.insert_placed_cases, []

    def fill_then_write(session, rows, **options):
        tries.append(rows[0]["ranked"])
        with db.transaction(SYSTEM) as other:
            other.execute(
                text(
                    "update worker_load l set open_work = w.capacity from worker w where w.id = l.worker_id "
                    "and w.id = :id"
                ),
                {"id": tries[-1][0]},
            )
        return write(session, rows, **options)

    monkeypatch.setattr(first_dispatch, "insert_placed_cases", fill_then_write)
    answer = reporter.post("/incidents", body := _body(city.in_grid("g1")))
    assert answer.status_code == 201, answer.json
    assert tries == [[first.id]]
    given = rows("select worker_id, state from assignment where incident_id = :i", i=body["id"])
    assert [(row.worker_id, row.state) for row in given] == [(second.id, "offered")]
    runs = rows("select outcome, worker_id from dispatch_run where incident_id = :i", i=body["id"])
    assert [(row.outcome, row.worker_id) for row in runs] == [("offered", second.id)]
    assert rows("select count(*) from incident_event where incident_id = :i", i=body["id"])[0][0] == 3


def test_report_reads_candidates_again_when_another_profile_is_in_force(city, monkeypatch):
    """What was read for the profile that the process used last is not used for another one."""
    worker, reporter = city.worker("g1"), city.worker("g3")
    wrong = Expected("E0203", "street", frozenset({"welding"}))
    monkeypatch.setattr(reports, "expected_case", lambda payload: wrong)
    answer = reporter.post("/incidents", _body(city.in_grid("g1")))
    assert answer.json["assignment"]["worker"]["id"] == str(worker.id)
    assert answer.json["owner_unit"]["id"] == str(city.units["cleaning"])
