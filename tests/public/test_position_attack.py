"""An attacker who collects public answers estimates a place no better than the centre of its cell.

Twins are cases of one cell at different true places. If every answer shows both alike, no number of answers tells where in
the cell one of them lies. The attacker chooses boxes down to millimetres, filters, pages and languages. An answer is what
one box tells about one cell that an edge of the box crosses, so a box that crosses many cells gets many answers. `make test`
asks for a share of the answers, `make check-deep` for 10^5.
"""

import math
import re
import time

import pytest
from sqlalchemy import text

from app.core import db
from tests.places.conftest import moved, register
from tests.public.conftest import file_report, list_cases
from tests.sample_sizes import IS_WIDE, examples
from tests.seeds import dice

pytestmark = pytest.mark.wide
IN_MAKE_TEST, IN_CHECK_DEEP = 300, 100_000
# Cells in a row and in a column, each with twins, and the metres between two of them: more than a cell is wide.
SIDE, STEP_M, HALF_CELL_M = 6 if IS_WIDE else 2, 115, 50


def metres(point, lon, lat):
    across = (point["lon"] - lon) * 111_320 * math.cos(math.radians(point["lat"]))
    return math.hypot(across, (point["lat"] - lat) * 110_700)


def cell_of(lon, lat):
    """Return the centre of the cell of a place."""
    query = "select ST_X(cell) lon, ST_Y(cell) lat from public_cell(ST_SetSRID(ST_MakePoint(:lon, :lat), 4326)) cell"
    with db.read_session() as session:
        row = session.execute(text(query), {"lon": lon, "lat": lat}).one()
    return {"lon": row.lon, "lat": row.lat}


def put_twins(city, centre):
    """File two cases at opposite corners of a cell; return both."""
    draw = dice("corners of a cell")
    places = [moved(centre, *(sign * draw.uniform(25, 44) for _ in range(2))) for sign in (1, -1)]
    reports = [file_report(city, words="twin", **place) for place in places]
    assert {(report.case.lon, report.case.lat) for report in reports} == {(centre["lon"], centre["lat"])}
    # The best estimate that is left, the centre, is tens of metres away.
    assert all(metres(place, centre["lon"], centre["lat"]) > 30 for place in places)
    return reports


@pytest.fixture
def landmarks(city):
    """Landmarks between the cells."""
    register(city, address="古荡路1号", kind="shop", name="东店", dx=60, dy=60)
    register(city, address="古荡路2号", kind="shop", name="西店", dx=-60, dy=-60)


@pytest.fixture
def cells(city, landmarks):
    """The ids of the twins of each of many cells, and the centre of the cell."""
    corner = city.in_grid("g1")
    twins = []
    for number in range(SIDE**2):
        row, column = divmod(number, SIDE)
        centre = cell_of(**moved(corner, column * STEP_M, row * STEP_M))
        twins.append(([str(report.case.id) for report in put_twins(city, centre)], centre))
    assert len({(centre["lon"], centre["lat"]) for _, centre in twins}) == SIDE**2
    return twins


def box_of(draw, cells):
    """Return west, south, east and north, each near the middle of a cell, from a kilometre to a millimetre away.

    Most boxes are wide, so that their edges cross many cells; the others may lie in one cell.
    """
    is_wide = draw.random() < 0.75

    def edge(name, half):
        centres = sorted((centre for _, centre in cells), key=lambda centre: centre[name])
        middle = len(centres) // 2
        centre = draw.choice((centres[:middle], centres[middle:])[half] if is_wide else centres)
        distance_m = draw.choice((-1, 1)) * 10 ** draw.uniform(-3, 3)
        return moved(centre, distance_m, distance_m)[name]

    west, east = sorted(edge("lon", half) for half in range(2))
    south, north = sorted(edge("lat", half) for half in range(2))
    return west, south, east, north


def is_crossed(centre, box):
    """Return whether an edge of the box goes through the cell."""
    west, south, east, north = box
    lon, lat = centre["lon"], centre["lat"]
    corner = moved(centre, HALF_CELL_M, HALF_CELL_M)
    half_lon, half_lat = corner["lon"] - lon, corner["lat"] - lat
    if not (west - half_lon < lon < east + half_lon and south - half_lat < lat < north + half_lat):
        return False
    return (
        min(abs(lon - west), abs(lon - east)) < half_lon or min(abs(lat - south), abs(lat - north)) < half_lat
    )


def seen(feature):
    """Return the content of an answer about a case, but for its id and its instants."""
    own = {"reported_at", "updated_at", "expected_at"}
    return feature["geometry"], {
        name: value for name, value in feature["properties"].items() if name not in own
    }


def read_pages(client, city, query):
    """Return what all pages of an answer show, by the id of the case."""
    shown, address = {}, f"/public/{city.code}/cases.geojson"
    while address:
        answer = client.get(address, query_string=query)
        assert answer.status_code == 200, answer.data
        shown |= {feature["id"]: seen(feature) for feature in answer.json["features"]}
        address = next((link["href"] for link in answer.json["links"] if link["rel"] == "next"), None)
        query = None
    return shown


def test_answers_show_cases_of_one_cell_alike_wherever_they_lie(city, cells):
    draw, client = dice("questions"), city.app.test_client()
    started_at, wanted = time.monotonic(), examples(IN_MAKE_TEST, IN_CHECK_DEEP)
    counts = {"boxes": 0, "shown": 0, "not shown": 0}
    while counts["shown"] + counts["not shown"] < wanted:
        box = box_of(draw, cells)
        query = {"bbox": ",".join(map(repr, box)), "limit": draw.choice((7, 100, 500, 500))}
        query |= draw.choice(({}, {"state": "open"}, {"category": "E0102"}))
        shown = read_pages(client, city, query)
        counts["boxes"] += 1
        for (first, second), centre in cells:
            assert (first in shown) == (second in shown), query
            assert shown.get(first) == shown.get(second), query
            if is_crossed(centre, box):
                counts["shown" if first in shown else "not shown"] += 1
    print(counts, f"{time.monotonic() - started_at:.0f} s")
    assert min(counts.values()) > wanted / 100


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_pages_show_cases_of_one_cell_alike_wherever_they_lie(city, landmarks, lang):
    reports = put_twins(city, cell_of(*city.in_grid("g1").values()))
    client, bodies = city.app.test_client(), []
    for report in reports:
        body = client.get(f"/public/{city.code}/{lang}/cases/{report.case.id}").get_data(as_text=True)
        body = body.replace(str(report.case.id), "ID")
        bodies.append(re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d", "WHEN", body))
    assert bodies[0] == bodies[1]


def test_order_of_cases_does_not_depend_on_places(city):
    middle = city.in_grid("g1")
    draw = dice("order of cases")
    reports = [
        file_report(city, **moved(middle, draw.uniform(-300, 300), draw.uniform(-300, 300))) for _ in range(8)
    ]
    assert [case.id for case in list_cases(city)] == [report.case.id for report in reversed(reports)]
