"""Exported files of every format: content, CRS, masking, and import of an exported file."""

import io
import json
import subprocess
import zipfile
from dataclasses import replace

import pytest

from app.core.actor import Role
from app.exchange.rules import exports as exchange_rules
from tests.exchange.exporting import FORMATS, ask, ogrinfo, rows_of, take_in
from tests.ogc.conftest import Map, box


@pytest.mark.parametrize("format", FORMATS)
def test_export_file_contains_same_values_as_ogc_items(city, put, export, format, tmp_path):
    boss = city.supervisor()
    put(city.in_grid("g1"), count=3, note="=1+1", installed_on="2020-02-29")
    items = Map(boss).items("components")["features"]
    answer = export(boss, "components", format)
    exported = rows_of(answer, format, tmp_path)
    assert sorted(exported) == sorted(item["id"] for item in items)
    for item in items:
        mine = exported[item["id"]]
        assert mine["place"] == pytest.approx(item["geometry"]["coordinates"], abs=1e-6)
        assert (mine["code"], mine["category"], mine["name_zh"]) == (
            item["properties"]["code"],
            item["properties"]["category"],
            "井盖",
        )
        assert mine["note"] == ("'=1+1" if format in ("csv", "xlsx") else "=1+1")
        if format == "shp":
            continue  # shorter names, which have a test of their own
        # GDAL leaves out what a FlatGeobuf says is null.
        expected_names = {k for k, v in item["properties"].items() if v is not None or format != "fgb"}
        assert set(mine) - {"place"} == expected_names
        assert str(mine["installed_on"]).replace("/", "-").startswith("2020-02-29")


@pytest.mark.parametrize(
    "query",
    [
        {"filter": "state = 'damaged'"},
        {"filter": '{"op": "=", "args": [{"property": "state"}, "damaged"]}', "filter-lang": "cql2-json"},
        {"state": "damaged"},
        {"properties": "code,state", "sortby": "-code"},
        {"bbox": "city"},
    ],
)
def test_export_query_parameters_filter_like_ogc_items(city, put, export, query):
    boss = city.supervisor()
    put(city.in_grid("g1"), count=2)
    put(city.in_grid("g1"), count=2, state="damaged")
    put(city.in_grid("g3"), count=2)
    query = {k: box(city, 0, 1, 1, 2) if v == "city" else v for k, v in query.items()}
    items = Map(boss).open("GET", "/collections/components/items", query).json["features"]
    exported = json.loads(export(boss, "components", "geojson", **query).data)["features"]
    assert len(items) in (2, 4, 6)
    assert exported == items


def test_export_file_uses_requested_crs(city, put, export, tmp_path):
    boss = city.supervisor()
    put(city.in_grid("g1"))
    crs = "http://www.opengis.net/def/crs/EPSG/0/3857"
    path = tmp_path / "a.gpkg"
    path.write_bytes(export(boss, "components", "gpkg", crs=crs).data)
    layer = ogrinfo(path)
    assert layer["geometryFields"][0]["coordinateSystem"]["projjson"]["id"] == {
        "authority": "EPSG",
        "code": 3857,
    }
    x, y = layer["features"][0]["geometry"]["coordinates"]
    assert x == pytest.approx(city.in_grid("g1")["lon"] * 111_319.49, rel=1e-6)
    exported = json.loads(export(boss, "components", "geojson", crs=crs).data)
    assert exported["crs"]["properties"]["name"] == "urn:ogc:def:crs:EPSG::3857"
    assert exported["features"][0]["geometry"]["coordinates"] == pytest.approx([x, y], abs=0.01)


def test_export_file_has_longitude_first_for_epsg_4326(city, put, export):
    """QGIS and GDAL read a file so; an answer of /ogc in EPSG:4326 has latitude first."""
    boss = city.supervisor()
    put(city.in_grid("g1"))
    crs = "http://www.opengis.net/def/crs/EPSG/0/4326"
    exported = json.loads(export(boss, "components", "geojson", crs=crs).data)
    assert exported["features"][0]["geometry"]["coordinates"][0] == pytest.approx(city.in_grid("g1")["lon"])


def test_geopackage_export_has_spatial_index_description_and_types(city, export, tmp_path):
    path = tmp_path / "grids.gpkg"
    path.write_bytes(export(city.supervisor(), "grids", "gpkg", bbox=box(city, 0.1, 0.1, 0.9, 0.9)).data)
    layer = ogrinfo(path)
    assert layer["name"] == "grids"
    assert layer["geometryFields"][0]["type"] == "MultiPolygon"
    assert layer["metadata"][""]["IDENTIFIER"] == "Grids / 网格"
    types = {field["name"]: field["type"] for field in layer["fields"]}
    assert types["valid_from"] == "DateTime"
    tables = subprocess.run(
        ["ogrinfo", "-q", "-sql", "select count(*) n from rtree_grids_geom", str(path)],
        capture_output=True,
        text=True,
    )
    assert f"n (Integer) = {layer['featureCount']}" in tables.stdout, tables


def test_shapefile_export_reports_truncated_text_and_renamed_columns(city, put, export, work, tmp_path):
    boss = city.supervisor()
    (long,) = put(city.in_grid("g1"), note="长" * 100)
    requested = ask(boss, "components", "shp").json
    work()
    run = boss.get(f"/exports/{requested['id']}").json
    notes = {note["code"]: note for note in run["outcome"]["notes"]}
    assert notes["text_cut"]["columns"] == {"note": 1}
    renamed = notes["columns_renamed"]["columns"]
    assert (renamed["owning_unit_id"], renamed["owning_unit_name"]) == ("owning_uni", "owning_u_2")
    assert len(set(renamed.values())) == len(renamed) and max(map(len, renamed.values())) <= 10
    with zipfile.ZipFile(io.BytesIO(boss.get(f"/exports/{run['id']}/file").data)) as archive:
        parts = {name.rpartition(".")[2]: archive.read(name) for name in archive.namelist()}
        archive.extractall(tmp_path)
    assert set(parts) == {"shp", "shx", "dbf", "prj", "cpg"}
    assert parts["cpg"].strip() == b"UTF-8"
    (feature,) = ogrinfo(next(tmp_path.glob("*.shp")))["features"]
    assert (feature["properties"]["id"], feature["properties"]["note"]) == (long, "长" * 84)


@pytest.mark.parametrize("format", FORMATS)
def test_household_export_hides_rooms_from_gis_role(city, house, export, format, tmp_path):
    house(city.in_grid("g1"), "文三路 8 号 1 幢 501 室")
    gis, boss = city.person(Role.GIS, area="s"), city.supervisor()
    (seen,) = rows_of(export(boss, "households", format), format, tmp_path).values()
    assert "501" in seen["address"]
    for old in tmp_path.iterdir():
        old.unlink()
    (masked,) = rows_of(export(gis, "households", format), format, tmp_path).values()
    assert "室" not in str(masked), masked  # codes may have any digits
    assert "room" not in masked


def test_xlsx_export_is_refused_above_row_limit(city, put, monkeypatch):
    boss = city.supervisor()
    put(city.in_grid("g1"), count=3)
    short = replace(exchange_rules.FORMATS["xlsx"], rows_most=2)
    monkeypatch.setattr(exchange_rules, "FORMATS", {**exchange_rules.FORMATS, "xlsx": short})
    answer = ask(boss, format="xlsx")
    assert (answer.status_code, answer.json["code"]) == (422, "export_too_long")


@pytest.mark.parametrize("format", ["gpkg", "geojson", "csv", "xlsx", "shp"])
@pytest.mark.parametrize("collection", ["premises", "households"])
def test_exported_homes_import_again_without_duplicates(city, export, rows, collection, format):
    """By the strictest rule of addresses, and by the reference under which the homes came in first."""
    boss = city.supervisor()
    place = city.in_grid("g1")
    sheet = "户编号,纬度,经度,省,市,区县,街道,社区,网格,小区,幢,单元,室\n" + "".join(
        f"{number},{place['lat']},{place['lon']},浙江,杭州,西湖,古荡,文华,1网格,无,1幢,无,{number}\n"
        for number in (301, 302, 303)
    )
    first = take_in(boss, city, sheet.encode(), "register.csv")
    assert first["outcome"]["stored"] == 3, first
    before = rows("select id, address from premises where jurisdiction_id = :id", id=city.jurisdiction_id)
    file = export(boss, collection, format).data
    name = f"homes.{'zip' if format == 'shp' else format}"
    # In a file of households `kind` is theirs. A Shapefile has ten characters for a name.
    kind = "premises_kind" if format != "shp" else "premises_k"
    maps = {"premises": [], "households": ["kind=", f"{kind}=kind"]}[collection]
    if format == "shp":
        maps.append("external_r=key")
    for options in ({"dry_run": "true"}, {}):
        again = take_in(boss, city, file, name, map=maps, **options)
        assert (again["state"], again["outcome"]["refused"]) == ("done", 0), again
        assert (again["outcome"]["would_store"], again["outcome"]["unchanged"]) == (0, 3)
        assert again["dry_run"] is bool(options)
    after = rows("select id, address from premises where jurisdiction_id = :id", id=city.jurisdiction_id)
    assert sorted(after) == sorted(before)
