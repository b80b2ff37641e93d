"""Public views: snapped places, released words, and cases that are hidden or not public."""

import math

import pytest
from sqlalchemy import text

from app.core import clock, db
from app.core.actor import SYSTEM
from app.core.errors import NotFound
from app.public import service as public
from tests.places.conftest import moved
from tests.public.conftest import file_report, list_cases
from tests.seeds import dice


def read(city, case_id):
    with db.read_session() as session:
        return public.public_case(session, public.open_city(session, city.code), case_id)


def hide(case_id):
    with db.transaction(SYSTEM) as session:
        session.execute(
            text("insert into public_release (incident_id, hidden_at, updated_at) values (:id, :now, :now)"),
            {"id": case_id, "now": clock.now()},
        )


def test_public_case_has_no_words_when_nobody_released_them(city):
    receipt = file_report(city)
    case = read(city, receipt.case.id)
    assert (case.words, case.photo_ids) == (None, [])


@pytest.mark.parametrize("category", ["E0603", "E0690", "E0101", "unclassified"])
def test_case_is_not_public_when_category_is_not(city, category):
    receipt = file_report(city, category=category)
    assert not receipt.is_public
    assert list_cases(city) == []
    with pytest.raises(NotFound):
        read(city, receipt.case.id)


def test_case_of_worker_is_public_when_category_is(city):
    worker = city.worker("g1")
    reported = worker.post("/incidents", {**city.in_grid("g1"), "category": "E0102", "description": "words"})
    (case,) = list_cases(city)
    assert (str(case.id), case.words, case.reporters) == (reported.json["id"], None, 0)


def test_other_city_shows_no_case_of_this_one(city, app, settings):
    from tests.factories import make_city
    from tests.public.conftest import DOOR

    other = make_city(app, settings, profile=DOOR)
    receipt = file_report(city)
    assert list_cases(other) == []
    with pytest.raises(NotFound):
        read(other, receipt.case.id)


def test_hidden_case_changes_no_public_answer(city):
    """Counts, pages, order and instants are those of a city without the hidden cases."""
    middle = city.in_grid("g1")
    shown = [file_report(city, **moved(middle, 300 * n, 0)) for n in range(6)]
    filters = [{}, {"is_open": True}, {"categories": ["E0102"]}, {"bbox": box_around(middle, 0.01)}]
    before = [list_cases(city, **each) for each in filters]
    pages_before = pages(city, 2)
    for n in range(6):
        hide(file_report(city, **moved(middle, 300 * n + 20, 0)).case.id)
        file_report(city, category="E0603", **moved(middle, 300 * n + 20, 0))
    assert [list_cases(city, **each) for each in filters] == before
    assert pages(city, 2) == pages_before
    assert {case.id for case in before[0]} == {receipt.case.id for receipt in shown}


def pages(city, size):
    listed, after = [], None
    with db.read_session() as session:
        door = public.open_city(session, city.code)
        while True:
            page = public.public_cases(session, door, after=after, limit=size)
            listed.append(page.cases)
            after = page.after
            if after is None:
                return listed


def box_around(point, degrees):
    lon, lat = point["lon"], point["lat"]
    return (lon - degrees, lat - degrees, lon + degrees, lat + degrees)


def cell_of(lon, lat):
    with db.read_session() as session:
        row = session.execute(
            text(
                "select ST_X(c) x, ST_Y(c) y from (select public_cell(ST_SetSRID(ST_MakePoint(:x, :y), 4326)) c) t"
            ),
            {"x": lon, "y": lat},
        ).one()
    return row.x, row.y


@pytest.mark.parametrize("lat", [-89.9, -50.3, 0.0, 30.27, 59.9, 89.99])
@pytest.mark.parametrize("lon", [-180.0, -0.0001, 120.12, 179.9999])
def test_cell_is_about_100_m_and_its_centre_is_its_own_cell(lon, lat):
    x, y = cell_of(lon, lat)
    assert cell_of(x, y) == (x, y)
    assert abs(y - lat) <= 0.000451
    across = abs(x - lon) * 111_320 * max(math.cos(math.radians(y)), 0)
    # Next to a pole a row has few columns, so a cell is wide there.
    assert across <= 51 or abs(lat) > 89


def test_boxes_find_a_case_by_its_cell_and_not_by_its_place(city):
    """A bisection by boxes ends at the centre of the cell, wherever in the cell the case lies."""
    draw = dice("places in a cell")
    middle = city.in_grid("g1")
    for _ in range(4):
        place = moved(middle, draw.uniform(-400, 400), draw.uniform(-400, 400))
        receipt = file_report(city, **place)
        west, east = place["lon"] - 0.002, place["lon"] + 0.002
        for _ in range(40):
            half = (west + east) / 2
            listed = list_cases(city, bbox=(west, place["lat"] - 0.002, half, place["lat"] + 0.002))
            is_inside = receipt.case.id in [case.id for case in listed]
            west, east = (west, half) if is_inside else (half, east)
        assert abs(west - receipt.case.lon) < 1e-6
        assert (receipt.case.lon, receipt.case.lat) == cell_of(place["lon"], place["lat"])


def test_state_of_case_is_in_plain_words_in_both_languages(city):
    worker = city.worker("g1")
    receipt = file_report(city)
    assert receipt.case.state.code == "in_progress"
    offer = worker.get("/assignments").json["items"][0]
    assert worker.post(f"/assignments/{offer['id']}/accept").status_code == 200
    case = read(city, receipt.case.id)
    assert case.state.title == {"zh": "处理中", "en": "In progress"}
    assert case.expected_at is not None
    assert case.updated_at >= receipt.case.updated_at


def test_released_words_are_public_and_hidden_case_is_not(city):
    receipt = file_report(city, words="垃圾 13800001111")
    supervisor = city.supervisor()
    path = f"/incidents/{receipt.case.id}/publication"
    now = supervisor.get(path).json
    assert (now["is_public"], now["words"], now["proposed_words"]) == (True, None, "垃圾 ●●●")
    answer = supervisor.call("PUT", path, {"words": "路边有垃圾"})
    assert (answer.status_code, answer.json["words"]) == (200, "路边有垃圾")
    assert read(city, receipt.case.id).words == "路边有垃圾"
    assert supervisor.call("PUT", path, {"words": "电话13800001111"}).status_code == 422
    assert supervisor.call("PUT", path, {"is_hidden": True}).json["is_public"] is False
    assert list_cases(city) == []
    audit = supervisor.post("/audit/search", {"action": "public.release"})
    assert len(audit.json["items"]) == 2


def test_words_of_case_are_not_released_when_category_is_not_public(city):
    receipt = file_report(city, category="E0603")
    answer = city.supervisor().call("PUT", f"/incidents/{receipt.case.id}/publication", {"words": "words"})
    assert (answer.status_code, answer.json["code"]) == (409, "case_not_public")
