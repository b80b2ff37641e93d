"""An attacker who collects public answers estimates a place no better than the centre of its cell.

Twins are cases of one cell at different true places. If every answer shows both alike, no number of answers tells where in
the cell one of them lies. The attacker chooses boxes down to millimetres, filters, pages and languages; `make test` asks a
share of the questions, `make check-deep` 10^5.
"""

import math
import re

import pytest

from tests.places.conftest import moved, register
from tests.public.conftest import file_report, list_cases
from tests.sample_sizes import examples
from tests.seeds import dice

pytestmark = pytest.mark.wide
IN_MAKE_TEST, IN_CHECK_DEEP = 300, 100_000


def metres(point, lon, lat):
    across = (point["lon"] - lon) * 111_320 * math.cos(math.radians(point["lat"]))
    return math.hypot(across, (point["lat"] - lat) * 110_700)


@pytest.fixture
def twins(city):
    """Two cases at opposite corners of one cell, with landmarks between them, and their true places."""
    first = file_report(city)
    centre = {"lon": first.case.lon, "lat": first.case.lat}
    register(city, address="古荡路1号", kind="shop", name="东店", dx=60, dy=60)
    register(city, address="古荡路2号", kind="shop", name="西店", dx=-60, dy=-60)
    draw = dice("corners of a cell")
    places = [moved(centre, *(sign * draw.uniform(25, 44) for _ in range(2))) for sign in (1, -1)]
    reports = [file_report(city, words="twin", **place) for place in places]
    assert {(report.case.lon, report.case.lat) for report in reports} == {(first.case.lon, first.case.lat)}
    return reports, places, centre


def box_of(draw, centre):
    """A box whose edges lie near the cell, at every scale from a kilometre to a millimetre."""

    def edge(value, metres_a_degree):
        return value + draw.choice((-1, 1)) * 10 ** draw.uniform(-3, 3) / metres_a_degree

    lons = sorted(edge(centre["lon"], 111_320) for _ in range(2))
    lats = sorted(edge(centre["lat"], 110_700) for _ in range(2))
    return f"{lons[0]!r},{lats[0]!r},{lons[1]!r},{lats[1]!r}"


def seen(feature):
    """Return the content of an answer about a case, but for its id and its instants."""
    own = {"reported_at", "updated_at", "expected_at"}
    return feature["geometry"], {
        name: value for name, value in feature["properties"].items() if name not in own
    }


def test_answers_show_cases_of_one_cell_alike_wherever_they_lie(city, twins):
    reports, places, centre = twins
    ids = [str(report.case.id) for report in reports]
    draw, client = dice("questions"), city.app.test_client()
    count = 0
    for _ in range(examples(IN_MAKE_TEST, IN_CHECK_DEEP)):
        query = {"bbox": box_of(draw, centre), "limit": draw.choice((100, 500))}
        query |= draw.choice(({}, {"state": "open"}, {"category": "E0102"}))
        answer = client.get(f"/public/{city.code}/cases.geojson", query_string=query)
        assert answer.status_code == 200, answer.data
        shown = {feature["id"]: seen(feature) for feature in answer.json["features"]}
        assert (ids[0] in shown) == (ids[1] in shown), query
        assert shown.get(ids[0]) == shown.get(ids[1]), query
        count += ids[0] in shown
    assert count, "no box has found the cases"
    # The best estimate that is left, the centre, is tens of metres away.
    assert all(metres(place, centre["lon"], centre["lat"]) > 30 for place in places)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_pages_show_cases_of_one_cell_alike_wherever_they_lie(city, twins, lang):
    reports, _, _ = twins
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
