"""Exports with the filters of the list of cases, which the console passes as it shows them."""

from urllib.parse import urlencode

import marshmallow as ma

from app.http.fields import Boolean
from app.incidents.cases.rules.list_filters import parse_filters
from app.incidents.cases.schemas import IncidentFilter
from tests.exchange.exporting import ask
from tests.factories import in_days


def test_export_of_a_list_has_exactly_the_cases_of_the_list(city, export, step):
    boss = city.supervisor()
    for number, (grid, category) in enumerate(
        (("g1", "E0102"), ("g2", "E0102"), ("g3", "E0102"), ("g4", "0101"))
    ):
        body = {**city.in_grid(grid), "category": category, "description": f"积水 {number}_号"}
        assert city.worker(grid).post("/incidents", body).status_code == 201
    [first, *_] = boss.get("/incidents").json["items"]
    supervised = step(boss, first, "supervise", level=2, note="重点", until=in_days(3))
    assert supervised.status_code == 200, supervised.json
    lists = (
        *(
            "",
            "q=积水",
            "q=2_号",
            f"case_no={first['case_no']}",
            "status=open,closed&category=E0102",
            "overdue=true",
        ),
        *(
            f"area_id={city.areas['c1']}&q=积水",
            "directed=true&supervised=true",
            "supervised=false",
            "waiting=false",
        ),
        *(
            f"owner_unit_id={city.units['cleaning']}",
            "unowned=false&priority=2",
            "escalated=true",
            "mine=true",
        ),
        *("bbox=126,8,127,9", "updated_since=2026-01-01T00:00:00Z", "stage_overdue=false&contested=false"),
    )
    sizes = set()
    for query in lists:
        listed = boss.get(f"/incidents?limit=100&{query}")
        assert listed.status_code == 200, listed.json
        lines = export(boss, "incidents", "csv", list=query).data.decode("utf-8-sig").splitlines()[1:]
        assert {row.partition(",")[0] for row in lines} == {case["id"] for case in listed.json["items"]}, (
            query
        )
        sizes.add(len(lines))
    assert {0, 1, 4} <= sizes


def test_export_of_a_list_is_refused_for_faulty_filter_and_other_collection(city):
    boss = city.supervisor()
    for query in ("status=asleep", "limit=5", "colour=red", "overdue=perhaps", "owner_unit_id=x"):
        refused = ask(boss, "incidents", list=query)
        assert refused.status_code == 422, query
    refused = ask(boss, "households", list="q=a")
    assert (refused.status_code, refused.json["errors"][0]["code"]) == (422, "unknown_field")
    assert ask(boss, "incidents", list="q=a").status_code == 202


def test_filters_are_read_from_text_as_the_request_reads_them():
    unit, page = "0199c0de-0000-7000-8000-000000000001", {"sort", "counts", "limit", "cursor"}
    samples = {
        name: "true" for name, field in IncidentFilter._declared_fields.items() if isinstance(field, Boolean)
    }
    samples |= {
        name: unit
        for name, field in IncidentFilter._declared_fields.items()
        if isinstance(field, ma.fields.UUID)
    }
    samples |= {
        "bbox": "126,8,127,9.5",
        "status": "open,closed",
        "category": "E0102,0101",
        "source": "worker",
    }
    samples |= {"priority": "2", "escalated_to": "street", "waiting_reason": "a,b", "assignment": "accepted"}
    samples |= {"updated_since": "2026-01-01T08:00:00+08:00", "case_no": "261129-000001-1", "q": "积水 & 泥"}
    samples = {name: value for name, value in samples.items() if name not in page}
    assert samples.keys() == IncidentFilter._declared_fields.keys() - page
    schema = IncidentFilter()
    schema.reads_text = True
    loaded = schema.load(samples)
    assert parse_filters(urlencode(samples)) == {name: loaded[name] for name in samples}
