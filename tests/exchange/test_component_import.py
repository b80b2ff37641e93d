"""Import of components; home places outside all areas; OpenStreetMap addresses."""

import orjson
from sqlalchemy import text

from app.core import db
from app.core.actor import SYSTEM
from tests.exchange.test_household_members import HOMES, sheet, take_in

HEADER = "部件标识码,部件名称,经度,纬度,部件状态,权属单位,安装日期,备注\n"
COMPONENTS = """select c.code, c.category, c.name ->> 'zh', c.state, u.code, c.installed_on::text, c.note
  from component c left join unit u on u.id = c.owning_unit_id where c.jurisdiction_id = :id and c.deleted_at is null
  order by 1"""


def things(*records):
    return (HEADER + "".join(record + "\n" for record in records)).encode()


def bring(boss, city, file, **options):
    return take_in(boss, city, file, kind="components", name="things.csv", maps=[], **options)


def test_component_import_matches_by_number_and_can_be_undone(city, boss, rows):
    place = city.in_grid("g1")
    at = f"{place['lon']},{place['lat']}"
    with db.transaction(SYSTEM) as session:
        sql = "select code from unit where jurisdiction_id = :id order by code limit 1"
        unit = session.scalar(text(sql), {"id": city.jurisdiction_id})
    far = f"{place['lon']},{place['lat'] + 30}"
    file = things(
        f"3301060101000001,井盖,{at},破损,{unit},2020-05-01,",
        f"3301060101000002,井盖,{at},,,,",
        f"330106010100000,井盖,{at},,,,",
        f"3301060101000003,井盖,{at},,没有的单位,,",
        f"3301060101000004,井盖,{far},,,,",
        f"3301060101000002,井盖,{at},,,,",
    )
    outcome = bring(boss, city, file)
    assert outcome["reasons"] == {
        "component_number_invalid": 1,
        "duplicate_in_file": 1,
        "outside_jurisdiction": 1,
        "unit_unknown": 1,
    }
    first = ("3301060101000001", "0101", "井盖", "damaged", unit, "2020-05-01", None)
    assert rows(COMPONENTS, id=city.jurisdiction_id) == [
        first,
        ("3301060101000002", "0101", "井盖", "in_use", None, None, None),
    ]
    assert bring(boss, city, file)["unchanged"] == 2
    outcome = bring(boss, city, things(f"3301060101000001,井盖,{at},,,,旧"))
    assert (outcome["stored"], outcome["changed"]) == (1, 1)
    assert rows(COMPONENTS, id=city.jurisdiction_id)[0] == (*first[:-1], "旧")
    elsewhere = bring(city.supervisor("c2"), city, things(f"3301060101000009,井盖,{at},,,,"))
    assert elsewhere["reasons"] == {"outside_scope": 1}
    run = boss.get("/imports?kind=components&limit=10").json["items"][-1]["id"]
    undone = boss.post(f"/imports/{run}/undo", {}).json
    assert (undone["taken_back"], undone["kept_total"]) == ({"component": 2}, 0)
    assert bring(boss, city, file)["stored"] == 2


def test_household_import_refuses_home_outside_all_areas(city, boss, rows):
    place = city.in_grid("g1")
    sea = {"lon": place["lon"] + 10, "lat": place["lat"]}
    outcome = take_in(boss, city, sheet(city, ("1", "路1号", *[""] * 6), point=sea))
    assert (outcome["stored"], outcome["reasons"]) == (0, {"outside_jurisdiction": 1})
    assert rows("select 1 from premises where jurisdiction_id = :id", id=city.jurisdiction_id) == []


def test_household_import_reads_openstreetmap_addresses_and_feature_ids(city, boss, rows):
    place = city.in_grid("g1")
    features = [
        {
            "type": "Feature",
            "id": f"way/{n}",
            "geometry": {"type": "Point", "coordinates": [place["lon"], place["lat"]]},
            "properties": {"building": "yes"} | address,
        }
        for n, address in enumerate(
            ({"addr:street": "Mannerheimintie", "addr:housenumber": "5", "addr:postcode": "00100"}, {}), 1
        )
    ]
    file = orjson.dumps({"type": "FeatureCollection", "features": features})
    outcome = take_in(boss, city, file, name="osm.geojson", maps=["@id=key"])
    assert outcome["reasons"] == {"required": 1}
    stored = [row[:2] for row in rows(HOMES, id=city.jurisdiction_id)]
    assert stored == [("way/1", "Mannerheimintie 5, 00100")]
