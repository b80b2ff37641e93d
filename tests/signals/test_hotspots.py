"""Preview of hotspots for an area and period, with the cases behind each, under the permissions of signals."""

from datetime import timedelta

import pytest

from app.core import clock
from app.signals.rules import hotspots as rules
from app.signals.service import hotspots
from tests.signals.test_signals import backdate


@pytest.fixture
def burst(city, report, boss):
    """Five cases in one place within two days, among reports of all days."""
    at = city.in_grid("g1")
    for n in range(28):
        place = {"lon": at["lon"] + 0.0012 * (n % 7 - 3), "lat": at["lat"] + 0.001 * (n // 7 - 2)}
        backdate(report(boss, place, category="0101"), days=3 + (n * 13) % 50)
    cases = [report(boss, at, category="0101") for _ in range(5)]
    for n, case in enumerate(cases):
        backdate(case, days=n % 2)
    for _ in range(4):
        body = at | {"description": "还是这里", "reporter": {"anonymous": True}}
        assert boss.post(f"/incidents/{cases[0]['id']}/reports", body).status_code == 200
    return cases


def preview_query(city, area="s", *, days=60, **fields):
    last = (clock.now() + timedelta(days=1)).date()
    first = last - timedelta(days=days - 1)
    return {"area_id": str(city.areas[area]), "from": str(first), "to": str(last)} | fields


def preview(person, body):
    answer = person.post("/supervision/signals/preview", body)
    assert answer.status_code == 200, answer.json
    return answer.json


def test_hotspot_preview_returns_cluster_with_its_cases(city, burst, boss, rows):
    answer = preview(boss, preview_query(city))
    assert (answer["reports"], answer["area"]["id"]) == (37, str(city.areas["s"]))
    (hotspot,) = answer["items"]
    assert {case["id"] for case in burst} <= {case["id"] for case in hotspot["members"]}
    assert hotspot["cases"] == len(hotspot["members"]) and hotspot["reports"] >= 9
    assert hotspot["p_value"] <= answer["p_most"] and hotspot["expected"] < hotspot["reports"]
    assert hotspot["place"]["type"] == "MultiPolygon" and hotspot["since"] < hotspot["until"]
    member = hotspot["members"][0]
    assert boss.get(member["href"].partition("/api/v1")[2]).json["case_no"] == member["case_no"]
    assert preview(boss, preview_query(city)) == answer
    assert not rows("select 1 from signal where jurisdiction_id = :j", j=city.jurisdiction_id)


def test_hotspot_preview_filters_by_area_category_and_period(city, burst, boss):
    assert preview(boss, preview_query(city, "g3"))["reports"] == 0
    assert preview(boss, preview_query(city, category=["E0405"])) | {"seed": 0} == preview(
        boss, preview_query(city, category=["E0405"])
    ) | {"seed": 0, "items": [], "reports": 0}
    assert len(preview(boss, preview_query(city, category=["0101", "E0405"]))["items"]) == 1
    assert preview(boss, preview_query(city, days=2))["reports"] < 37


def test_hotspot_preview_excludes_confidential_and_undirected_cases(city, report, burst, boss):
    narrow = city.supervisor("c1")
    refused = narrow.post("/supervision/signals/preview", preview_query(city))
    assert (refused.status_code, refused.json["code"]) == (403, "outside_own_areas")
    about = {"kind": "worker", "id": str(city.worker("g2").id)}
    for fields in ({"category": "E0603"}, {"category": "E0690", "about": about}):
        report(boss, city.in_grid("g1"), **fields)
    assert preview(narrow, preview_query(city, "g1"))["reports"] == 37
    assert city.worker("g1").post("/supervision/signals/preview", preview_query(city)).status_code == 403


def test_hotspot_preview_is_refused_when_too_large_or_busy(city, burst, boss, monkeypatch):
    for days in (1, rules.DAYS_MOST + 1):
        refused = boss.post("/supervision/signals/preview", preview_query(city, days=days))
        assert (refused.status_code, refused.json["errors"][0]["field"]) == (422, "to")
    monkeypatch.setattr(rules, "REPORTS_MOST", 36)
    refused = boss.post("/supervision/signals/preview", preview_query(city))
    assert (refused.status_code, refused.json["code"]) == (422, "too_many_reports")
    monkeypatch.setattr(hotspots, "_WAIT_S", 0.01)
    with hotspots._scan_slot():
        refused = boss.post("/supervision/signals/preview", preview_query(city))
    assert (refused.status_code, refused.json["code"]) == (503, "busy")
    assert int(refused.headers["Retry-After"]) > 0
