"""Printed cases: complete, in two languages, escaped, and without telephone numbers."""

import re

import pytest

from app.core.actor import Role
from app.core.ids import uuid7
from app.incidents.cases.rules import lifecycle, names
from app.incidents.cases.rules.other_transitions import OTHER_ACTIONS
from app.incidents.desk.rules import sheet_texts


def page(person, path):
    answer = person.get(path)
    assert answer.status_code == 200, answer.text
    assert answer.content_type == "text/html; charset=utf-8"
    return answer


def test_every_status_and_step_has_printed_name():
    assert set(names.STATUSES) == {status.value for status in lifecycle.Status}
    # Actions that are recorded as transitions of other names have names, too.
    requested = {*lifecycle.RESULTS, "correct"}
    assert set(names.TRANSITION_NAMES) == {*OTHER_ACTIONS, *lifecycle.ACTIONS, *requested}


@pytest.mark.parametrize(
    ("words", "printed"),
    [
        ("call 13812345678 after six", "call ****78 after six"),
        ("电话138-1234-5678，门牌12号", "电话****78，门牌12号"),
        ("身份证33010619900101123X", "身份证****3X"),
        ("+86 138 1234 5678", "****78"),
        ("12 holes, 3 m deep in 2026", "12 holes, 3 m deep in 2026"),
        (None, ""),
    ],
)
def test_without_numbers_masks_long_numbers(words, printed):
    assert sheet_texts.without_numbers(words) == printed


def test_case_sheet_contains_handler_information(city, report, accept, boss):
    city.worker("g1", name="王芳")
    case = report(boss, city.in_grid("g1"), description="井盖松动")
    boss.post(f"/incidents/{case['id']}/notes", {"words": "钥匙在门卫处"})
    boss.post(f"/incidents/{case['id']}/notes", {"words": "天天来电", "audience": "desk"})
    text = page(boss, f"/incidents/{case['id']}/print").text
    for wanted in (case["case_no"], "井盖松动", "E0102", "王芳", "周主任", "派遣 Dispatched", "钥匙在门卫处",
                   "处置人 Handled by", "到期 Due", f"{city.in_grid('g1')['lon']:.6f}", f"{city.code}-g1"):  # fmt: skip
        assert wanted in text, wanted
    assert "天天来电" not in text


def test_printed_case_hides_reporter_and_escapes_markup(city, boss):
    resident = {"name": "Zhao Liu", "phone": "13987654321", "may_be_shown_to_handlers": True}
    fields = {
        "category": "E0102",
        "description": "<script>alert(1)</script> & ring 13987654321",
        "reporter": resident,
    }
    case = boss.post("/incidents", city.in_grid("g1") | fields).json
    for path in (f"/incidents/{case['id']}/print", f"/incidents/print?ids={case['id']}"):
        answer = page(boss, path)
        assert "Zhao" not in answer.text and "13987654321" not in answer.text
        assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; ring ****21" in answer.text


def test_printed_page_loads_no_scripts_or_resources(city, report, boss):
    case = report(boss, city.in_grid("g1"))
    for path in (f"/incidents/{case['id']}/print", "/incidents/print"):
        answer = page(boss, path)
        policy = dict(
            part.strip().split(" ", 1) for part in answer.headers["Content-Security-Policy"].split(";")
        )
        assert policy["default-src"] == policy["base-uri"] == policy["form-action"] == "'none'"
        nonce = re.fullmatch(r"'nonce-([\w-]+)'", policy["style-src"])[1]
        assert answer.text.count(f'<style nonce="{nonce}">') == answer.text.count("<style") == 1
        assert (
            re.search(r"<script|<img|<link|<iframe|<form|\bon\w+=|style=|url\(|@import|https?:", answer.text)
            is None
        )
        again = page(boss, path)
        assert nonce not in again.text


def test_conduct_case_sheet_hides_subject_name(city, report):
    top, worker = city.supervisor("d"), city.worker("g1", name="甲乙丙")
    about = {"kind": "worker", "id": str(worker.id)}
    case = report(top, city.in_grid("g1"), category="E0690", about=about)
    text = page(top, f"/incidents/{case['id']}/print").text
    assert "甲乙丙" not in text
    assert "涉及人员或单位" in text
    assert worker.get(f"/incidents/{case['id']}/print").status_code == 404


def test_case_sheet_hides_staff_names_from_gis(city, report, boss):
    city.worker("g1", name="王芳")
    case = report(boss, city.in_grid("g1"))
    text = page(city.person(Role.GIS, area="s"), f"/incidents/{case['id']}/print").text
    assert "王芳" not in text and "周主任" not in text


def test_task_sheet_lists_filtered_cases_and_printing_is_audited(city, report, boss):
    cases = [report(boss, city.in_grid(grid)) for grid in ("g1", "g2", "g3")]
    text = page(boss, f"/incidents/print?grid_id={city.areas['g2']}").text
    assert [case["case_no"] in text for case in cases] == [False, True, False]
    text = page(boss, f"/incidents/print?ids={cases[0]['id']},{cases[2]['id']}").text
    page(boss, f"/incidents/{cases[0]['id']}/print")
    assert city.worker("g4").get(f"/incidents/{cases[0]['id']}/print").status_code == 404
    # The audit trail of each case has its printings, alone or in a list, but no refused ones.
    query = {"action": "incident.print", "entity": "incident"}
    events = (
        city.person(Role.ADMIN).post("/audit/search", query | {"entity_id": cases[0]["id"]}).json["items"]
    )
    assert [(e["actor"]["id"], e["detail"]) for e in events] == [(str(boss.id), {"cases": n}) for n in (1, 2)]
    assert events[0]["sentence"]["en"] == f"周主任 printed case {cases[0]['case_no']}."
    assert [case["case_no"] in text for case in cases] == [True, False, True]
    assert "There are more cases" in page(boss, "/incidents/print?limit=2").text
    assert "No cases" in page(boss, f"/incidents/print?ids={uuid7()}").text
    assert boss.get("/incidents/print?limit=101").status_code == 422
    assert boss.get("/incidents/print?ids=x").json["errors"][0]["field"] == "ids"
    narrow = city.supervisor("c1")
    assert cases[2]["case_no"] not in page(narrow, f"/incidents/print?ids={cases[2]['id']}").text
