"""Links from reports to components and the case owner that follows from them."""

import math

import pytest

from app.components import service as components
from app.core import db
from app.core.actor import SYSTEM, Role
from tests.endpoints import component_number
from tests.factories import make_city


def beside(city, metres, grid="g1"):
    """Return a point `metres` to the east of the middle of a grid."""
    place = city.in_grid(grid)
    return place | {"lon": place["lon"] + metres / (111_320 * math.cos(math.radians(place["lat"])))}


def test_report_is_linked_to_nearest_component_in_use_and_assigned_to_its_owner(city, put, report, boss):
    near = put(city, beside(city, 8), unit="cleaning")
    put(city, beside(city, 15), unit="roads")
    put(city, beside(city, 1), "0102", unit="roads")
    put(city, beside(city, 2), unit="roads", state="missing")
    case = report(boss, city.in_grid("g1"), category="0101")
    assert case["component"]["id"] == near
    assert case["component"]["distance_m"] == pytest.approx(8, abs=0.2)
    assert case["component"]["owning_unit"]["id"] == str(city.units["cleaning"])
    assert (case["component_link"], case["owner_basis"]) == ("nearest", "component")
    # By competence, category 0101 belongs to the unit for roads; the owner of the component comes first.
    assert case["owner_unit"]["id"] == case["assignment"]["unit"]["id"] == str(city.units["cleaning"])
    # The case keeps the location that was sent.
    assert case["location"]["coordinates"] == pytest.approx(list(city.in_grid("g1").values()), abs=1e-6)
    assert boss.get(f"/incidents/{case['id']}").json["component"]["id"] == near
    assert [item["id"] for item in boss.get(f"/incidents?component_id={near}").json["items"]] == [case["id"]]


@pytest.mark.parametrize(("metres", "link"), [(19.5, "nearest"), (20.5, "none_near")])
def test_report_is_linked_to_component_within_twenty_metres_only(city, put, report, boss, metres, link):
    put(city, beside(city, metres))
    case = report(boss, city.in_grid("g1"), category="0101")
    assert case["component_link"] == link
    assert (case["component"] is None) is (link == "none_near")
    # Without an owner of its own, competence decides.
    assert case["owner_unit"]["id"] == str(city.units["roads"])
    assert case["owner_basis"] is None


def test_report_is_linked_to_lowest_number_when_distances_are_equal(city, put, report, boss):
    codes = sorted(component_number() for _ in range(2))
    put(city, beside(city, 6), code=codes[1])
    lowest = put(city, beside(city, -6), code=codes[0])
    for _ in range(3):
        assert report(boss, city.in_grid("g1"), category="0101")["component"]["id"] == lowest


def test_managing_unit_owns_case_when_component_has_no_owner(city, put, report, boss):
    put(city, beside(city, 3), managing_unit_id=city.units["cleaning"])
    case = report(boss, city.in_grid("g1"), category="0101")
    assert case["owner_unit"]["id"] == str(city.units["cleaning"])


def test_report_without_component_category_or_about_person_has_no_link(city, put, report, boss):
    put(city, beside(city, 1), unit="cleaning")
    worker = city.worker("g2")
    assert report(boss, city.in_grid("g1"))["component_link"] is None
    about = {"kind": "worker", "id": str(worker.id)}
    case = report(boss, city.in_grid("g1"), category="0101", about=about)
    assert (case["component"], case["component_link"]) == (None, None)


def test_report_is_not_linked_to_component_of_other_jurisdiction(city, put, report, boss, app, settings):
    other = make_city(app, settings)
    put(other, beside(city, 1))
    assert report(boss, city.in_grid("g1"), category="0101")["component_link"] == "none_near"


def test_reporter_can_name_component_nearby_or_in_own_area(city, put, report, boss):
    put(city, beside(city, 2))
    named = put(city, beside(city, 14), unit="cleaning")
    worker = city.worker("g3")
    case = report(worker, city.in_grid("g1"), category="0101", component_id=named)
    assert (case["component"]["id"], case["component_link"]) == (named, "named")
    assert case["owner_unit"]["id"] == str(city.units["cleaning"])
    far = put(city, city.in_grid("g2"))
    assert report(boss, city.in_grid("g1"), category="0101", component_id=far)["component"]["id"] == far
    body = {**city.in_grid("g1"), "category": "0101", "component_id": far}
    hidden = worker.post("/incidents", body)
    assert (hidden.status_code, hidden.json["errors"][0]["code"]) == (422, "reference_unknown")


def test_named_component_of_other_class_is_refused(city, put, boss, rows):
    lamp = put(city, beside(city, 2), "0106")
    for category, code in (("0101", "component_of_other_class"), ("E0102", "category_without_components")):
        answer = boss.post("/incidents", {**city.in_grid("g1"), "category": category, "component_id": lamp})
        assert (answer.status_code, answer.json["errors"][0]["code"]) == (422, code)
    assert rows("select 1 from incident where jurisdiction_id = :id", id=city.jurisdiction_id) == []


def test_case_correction_links_component_again_and_reassigns_owner(city, put, report, boss):
    cover = put(city, beside(city, 5), unit="cleaning")
    lamp = put(city, beside(city, 5, "g2"), "0106", unit="roads")
    case = report(boss, city.in_grid("g1"), category="0101")
    assert case["component"]["id"] == cover
    changed = boss.patch(
        f"/incidents/{case['id']}", {"category": "0106", "note": "看错了"}, case["version"]
    ).json
    assert (changed["component"], changed["component_link"]) == (None, "none_near")
    assert changed["assignment"]["unit"]["id"] == str(city.units["roads"])
    moved = boss.patch(
        f"/incidents/{case['id']}", city.in_grid("g2") | {"note": "挪一下"}, changed["version"]
    ).json
    assert moved["component"]["id"] == lamp
    events = boss.get(f"/incidents/{case['id']}/events").json["items"]
    links = [e["detail"] for e in events if e["action"] == "link_component"]
    assert [(d["from"], d["to"]) for d in links] == [(cover, None), (None, lamp)]


def test_supervisor_can_set_and_remove_component_of_case(city, put, report, boss):
    put(city, beside(city, 5))
    other = put(city, beside(city, 40), unit="cleaning")
    case = report(boss, city.in_grid("g1"), category="0101")
    path = f"/incidents/{case['id']}"
    named = boss.patch(path, {"component_id": other, "note": "the one at the gate"}, case["version"]).json
    assert (named["component"]["id"], named["component_link"]) == (other, "named")
    assert named["assignment"]["unit"]["id"] == str(city.units["cleaning"])
    # A component that a person named is kept when the location changes.
    moved = boss.patch(path, beside(city, 3) | {"note": "挪一下"}, named["version"]).json
    assert moved["component"]["id"] == other
    off = boss.patch(path, {"component_id": None}, moved["version"]).json
    assert (off["component"], off["component_link"]) == (None, "unlinked")
    assert off["owner_unit"]["id"] == str(city.units["roads"])


def test_case_shows_component_retired_after_report(city, put, report, boss):
    thing = put(city, beside(city, 5))
    case = report(boss, city.in_grid("g1"), category="0101")
    assert boss.call("DELETE", f"/components/{thing}").status_code == 204
    assert boss.get(f"/incidents/{case['id']}").json["component"]["state"] == "retired"


def test_component_lookup_executes_one_statement_only_for_component_categories(city, put, boss, app):
    from sqlalchemy import event

    put(city, beside(city, 5), unit="roads")
    boss.get("/me")
    counts = {}
    for category in ("0101", "0102", "E0102"):
        sent = []

        def note(_conn, _cursor, statement, *_, sent=sent):
            sent.append(statement)

        event.listen(db.engine(), "before_cursor_execute", note)
        try:
            answer = boss.post("/incidents", {**city.in_grid("g1"), "category": category})
        finally:
            event.remove(db.engine(), "before_cursor_execute", note)
        assert answer.status_code == 201
        counts[category] = sum("from component, reported" in statement for statement in sent)
    assert counts == {"0101": 1, "0102": 1, "E0102": 0}


def test_area_redraw_keeps_owner_of_component_case(city, put, report, boss):
    from tests.endpoints import square

    put(city, beside(city, 5), unit="cleaning")
    case = report(boss, city.in_grid("g1"), category="0101")
    parts = [
        {"code": f"{city.code}-g1x", "name": {"zh": "新", "en": "New"}, "geometry": square(city, 0, 1, 1, 2)}
    ]
    request = {
        "parent_id": str(city.areas["c1"]),
        "replaces": [str(city.areas["g1"])],
        "areas": parts,
        "reason": "r",
    }
    assert boss.post("/areas/redraw", request).status_code == 200
    after = boss.get(f"/incidents/{case['id']}").json
    assert after["owner_unit"]["id"] == str(city.units["cleaning"])
    assert after["grid"]["code"] == f"{city.code}-g1x"


def test_gis_role_can_read_component_of_case(city, put, report, boss):
    put(city, beside(city, 5))
    case = report(boss, city.in_grid("g1"), category="0101")
    gis = city.person(Role.GIS, area="s")
    assert (
        gis.get(f"/incidents/{case['id']}").json["component"]
        == boss.get(f"/incidents/{case['id']}").json["component"]
    )


def test_nearest_component_is_none_for_category_without_class(city):
    with db.transaction(SYSTEM) as session:
        component = components.nearest_component(
            session, jurisdiction_id=city.jurisdiction_id, category="C-bin", **city.in_grid("g1")
        )
    assert component is None
