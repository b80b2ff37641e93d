"""An exported file that is imported again without options changes nothing."""

import pytest

from tests.exchange.exporting import take_in as send_back
from tests.exchange.test_household_members import HOMES, sheet, take_in

PREMISES = "select id, address, version from premises where jurisdiction_id = :id order by id"


@pytest.mark.parametrize("format", ["csv", "xlsx", "geojson"])
def test_exported_households_without_number_are_unchanged_on_import(city, boss, house, export, rows, format):
    for n in range(3):
        place = city.in_grid("g1")
        house({"lon": place["lon"] + n / 3e6, "lat": place["lat"] + n / 3e6}, f"幸福路{n}号")
    before = rows(PREMISES, id=city.jurisdiction_id)
    again = send_back(boss, city, export(boss, "households", format).data, f"homes.{format}")
    outcome = again["outcome"]
    assert (outcome["stored"], outcome["unchanged"], outcome["refused"]) == (0, 3, 0), outcome
    assert rows(PREMISES, id=city.jurisdiction_id) == before


def test_exported_incidents_and_components_are_unchanged_on_import(city, boss, export, rows):
    place = city.in_grid("g1")
    lines = "".join(f"{place['lat']},{place['lon']},2020-01-01,,灯不亮{n}\n" for n in range(2))
    cases = f"lat,lon,created,closed,description\n{lines}".encode()
    assert take_in(boss, city, cases, kind="incidents", name="cases.csv", maps=[])["stored"] == 2
    file = export(boss, "incidents", "csv").data
    outcome = take_in(boss, city, file, kind="incidents", name="cases.csv", maps=[])
    assert (outcome["stored"], outcome["unchanged"], outcome["refused"]) == (0, 2, 0), outcome
    things = (
        f"code,name_zh,lon,lat,state\n3301060101000001,井盖,{place['lon']},{place['lat']},damaged\n".encode()
    )
    assert take_in(boss, city, things, kind="components", name="things.csv", maps=[])["stored"] == 1
    for format in ("csv", "geojson"):
        file = export(boss, "components", format).data
        outcome = take_in(boss, city, file, kind="components", name=f"things.{format}", maps=[])
        assert (outcome["stored"], outcome["unchanged"], outcome["refused"]) == (0, 1, 0), outcome


def test_import_matches_existing_address_and_refuses_masked_address(city, boss, rows):
    take_in(boss, city, sheet(city, ("", "幸福路1号", *[""] * 6)))
    take_in(boss, city, sheet(city, ("A1", "幸福路1号", *[""] * 6)))
    assert rows(HOMES, id=city.jurisdiction_id) == [("A1", "幸福路1号", 1, 0)]
    outcome = take_in(boss, city, sheet(city, ("", "...古荡****", *[""] * 6)))
    assert outcome["reasons"] == {"address_masked": 1}
