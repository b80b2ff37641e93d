"""Import of each file format, written by the program that usually writes it."""

import os
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import orjson
import pytest
import shapely
from sqlalchemy import text

from app.core import db
from app.core.actor import SYSTEM
from app.core.coordinates import from_wgs84
from app.exchange import service as exchange
from app.exchange.rules.files import gdal

LON, LAT = 120.1142, 30.2786
HEADER = ["案卷编号", "经度", "纬度", "上报时间", "结案时间", "问题描述"]
CASE_CELLS = ["A-1", LON, LAT, "2024-05-01 08:30", "2024-05-02 09:00", "绿化带内垃圾堆积，㙍𠮷"]


def run_import(ground: str, path: Path, kind: str = "incidents", **options: Any) -> Any:
    import_options = exchange.Options(jurisdiction=ground, timezone="Asia/Shanghai", **options)
    with db.transaction(SYSTEM) as session:
        run = exchange.begin_import(session, SYSTEM, kind=kind, options=import_options, name=path.name)
    return exchange.run_import(db.transaction, SYSTEM, run, path=path, name=path.name)


def require_one_case(rows: Any, ground: str, *, words: str = CASE_CELLS[-1], within_m: float = 0.05) -> None:
    stored = rows(
        """
        select r.words, r.coord_sys, i.reported_at = timestamptz '2024-05-01 00:30Z' on_time, i.status,
          ST_Distance(i.location::geography, ST_SetSRID(ST_MakePoint(:lon, :lat), 4326)::geography) off
        from incident i join report r on r.incident_id = i.id join jurisdiction j on j.id = i.jurisdiction_id
        where j.code = :code
        """,
        lon=LON,
        lat=LAT,
        code=ground,
    )
    assert [(row.words, row.on_time, row.status) for row in stored] == [(words, True, "closed")]
    assert stored[0].off < within_m


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_csv_import_detects_encoding(ground, rows, tmp_path, encoding):
    path = tmp_path / "案卷.csv"
    path.write_text("\n".join(",".join(map(str, cells)) for cells in (HEADER, CASE_CELLS)), encoding=encoding)
    assert run_import(ground, path).state == "done"
    require_one_case(rows, ground)


def test_error_file_keeps_encoding_delimiter_columns_and_order(ground, tmp_path):
    path = tmp_path / "案卷.csv"
    bad = ["=1+1", "", "", "昨天", "", "-加减", "多"]
    path.write_text("\n".join(";".join(cells) for cells in ([*HEADER, "别的"], bad)), encoding="gb18030")
    errors = run_import(ground, path).error_file.decode("gb18030").splitlines()
    assert errors[0] == ";".join([*HEADER, "别的", "_row", "_reason"])
    assert errors[1].startswith("'=1+1;;;昨天;;'-加减;多;1;time_unreadable [上报时间]")


def test_truncated_table_is_refused_before_rows_are_stored(ground, rows, tmp_path):
    record = ",".join(map(str, CASE_CELLS))
    path = tmp_path / "cases.csv"
    text = [",".join(HEADER)] + [record.replace("A-1", f"A-{n}") for n in range(1_500)]
    path.write_text("\n".join([*text, f'"{"x" * 1_100_000}"']))
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.append(HEADER)
    for n in range(1_500):
        sheet.append([f"A-{n}", *CASE_CELLS[1:]])
    book.save(tmp_path / "cases.xlsx")
    packed = bytearray((tmp_path / "cases.xlsx").read_bytes())
    with zipfile.ZipFile(tmp_path / "cases.xlsx") as archive:
        sheet1 = archive.getinfo("xl/worksheets/sheet1.xml")
    packed[sheet1.header_offset + sheet1.compress_size - 200] ^= 0xFF
    (tmp_path / "cases.xlsx").write_bytes(packed)
    for name in ("cases.csv", "cases.xlsx"):
        with pytest.raises(exchange.FileRefused) as refused:
            run_import(ground, tmp_path / name, is_partial=True)
        assert refused.value.fault.code == "file_unreadable"
    sql = "select 1 from incident i join jurisdiction j on j.id = i.jurisdiction_id where j.code = :code"
    assert rows(sql, code=ground) == []


def test_xlsx_import_reads_named_sheet_and_accepts_corrected_error_file(ground, rows, tmp_path):
    from datetime import datetime

    path = tmp_path / "案卷.xlsx"
    book = openpyxl.Workbook()
    book.active.title = "说明"
    sheet = book.create_sheet("案卷")
    sheet.append(HEADER)
    sheet.append([*CASE_CELLS[:3], datetime(2024, 5, 1, 8, 30), datetime(2024, 5, 2, 9), CASE_CELLS[-1]])
    sheet.append([None] * 6)
    sheet.append([1002, "x", LAT, datetime(2024, 5, 1), None, "=cmd()"])
    book.save(path)
    ended = run_import(ground, path, layer="案卷", is_partial=True)
    assert (ended.summary["rows"], ended.summary["stored"]) == (2, 1)
    require_one_case(rows, ground)
    (tmp_path / "errors.xlsx").write_bytes(ended.error_file)
    sheet = openpyxl.load_workbook(tmp_path / "errors.xlsx")["案卷"]
    header, refused = sheet.iter_rows(values_only=True)
    assert header == (*HEADER, "_row", "_reason")
    assert refused[:4] == (1002, "x", LAT, datetime(2024, 5, 1))
    assert refused[-2] == 3 and refused[-1].startswith("number_unreadable [经度]")
    # A person puts it right in the spreadsheet and imports it again.
    sheet.cell(2, 2).value = LON
    sheet.parent.save(tmp_path / "errors.xlsx")
    assert run_import(ground, tmp_path / "errors.xlsx").state == "done"


def _points(count: int, crs: str) -> np.ndarray:
    sql = "select ST_AsBinary(ST_Transform(ST_SetSRID(ST_MakePoint(:x, :y), 4326), cast(:to as text))) p"
    with db.read_session() as session:
        wkb = bytes(session.execute(text(sql), {"x": LON, "y": LAT, "to": crs}).scalar_one())
    return np.array([wkb] * count, dtype=object)


def _written(path: Path, shapes: np.ndarray, crs: str, driver: str, **options: Any) -> None:
    names = ["案卷编号", "上报时间", "结案时间", "问题描述"]
    values = [CASE_CELLS[0], *CASE_CELLS[3:]]
    if driver == "ESRI Shapefile":
        names, values = ["编号", "上报时间", "结案时间", "描述"], [*values[:3], "垃圾堆积"]
    columns = [np.array([value] * len(shapes), dtype=object) for value in values]
    gdal.pyogrio().raw.write(
        str(path), shapes, columns, names, geometry_type="Point", crs=crs, driver=driver, **options
    )


def test_geopackage_import_converts_local_crs(ground, rows, tmp_path):
    _written(tmp_path / "cases.gpkg", _points(1, "EPSG:4549"), "EPSG:4549", "GPKG", layer="案卷")
    ended = run_import(ground, tmp_path / "cases.gpkg")
    assert ended.state == "done", ended
    require_one_case(rows, ground)


def test_shapefile_import_reads_zip_archive(ground, rows, tmp_path):
    _written(tmp_path / "cases.shp", _points(1, "EPSG:4549"), "EPSG:4549", "ESRI Shapefile", encoding="GBK")
    with zipfile.ZipFile(tmp_path / "案卷.zip", "w") as archive:
        for part in tmp_path.glob("cases.*"):
            archive.write(part, part.name)
    ended = run_import(ground, tmp_path / "案卷.zip")
    assert ended.state == "done", ended
    require_one_case(rows, ground, words="垃圾堆积")


@pytest.mark.parametrize("is_packed", [True, False])
@pytest.mark.parametrize("encoding", ["GBK", "UTF-8", "ISO-8859-1"])
def test_shapefile_import_detects_undeclared_encoding(ground, rows, tmp_path, encoding, is_packed):
    names, values = ["编号", "reported", "结案", "描述"], [CASE_CELLS[0], *CASE_CELLS[3:5], "垃圾堆积"]
    if encoding == "ISO-8859-1":
        names[0], names[2:], values[3] = "id", ["closed", "Straßeñame"], "Grünfläche"
    columns = [np.array([value] * 2, dtype=object) for value in values]
    columns[1][1] = "昨天" if encoding != "ISO-8859-1" else "gestern"
    options = {"geometry_type": "Point", "crs": "EPSG:4326", "driver": "ESRI Shapefile", "encoding": encoding}
    path = tmp_path / "cases.shp"
    gdal.pyogrio().raw.write(str(path), _points(2, "EPSG:4326"), columns, names, **options)
    if encoding != "ISO-8859-1":  # whose .dbf would be taken for Chinese, if it did not say what it is
        path.with_suffix(".cpg").unlink()
        dbf = bytearray(path.with_suffix(".dbf").read_bytes())
        dbf[29] = 0
        path.with_suffix(".dbf").write_bytes(dbf)
    if is_packed:
        with zipfile.ZipFile(tmp_path / "cases.zip", "w") as archive:
            for part in tmp_path.glob("cases.*"):
                if part.suffix != ".zip":
                    archive.write(part, part.name)
        path = tmp_path / "cases.zip"
    mapping = {names[1]: "reported_at", names[2]: "closed_at", names[3]: "description"}
    ended = run_import(ground, path, mapping=mapping, is_partial=True)
    assert ended.summary["reasons"] == {"time_unreadable": 1}, ended
    require_one_case(rows, ground, words=values[3])
    (tmp_path / "back.zip").write_bytes(ended.error_file)
    meta, _, _, back = gdal.pyogrio().raw.read(f"/vsizip/{tmp_path / 'back.zip'}")
    assert list(meta["fields"]) == [*names, "_row", "_reason"]
    assert back[3][0] == values[3] and back[5][0].startswith("time_unreadable")


@pytest.mark.parametrize(("name", "driver"), [("c.gpkg", "GPKG"), ("c.shp", "ESRI Shapefile")])
def test_error_file_of_layer_keeps_format_crs_and_shapes(ground, tmp_path, name, driver):
    path = tmp_path / name
    options = {} if driver == "GPKG" else {"encoding": "GBK"}
    _written(path, _points(2, "EPSG:4549"), "EPSG:4549", driver, **options)
    ended = run_import(ground, path, is_partial=True)
    assert (ended.summary["stored"], ended.summary["reasons"]) == (1, {"duplicate_in_file": 1})
    back = tmp_path / ("back.gpkg" if driver == "GPKG" else "back.zip")
    back.write_bytes(ended.error_file)
    source = str(back) if driver == "GPKG" else f"/vsizip/{back}"
    meta, _, shapes, columns = gdal.pyogrio().raw.read(source)
    assert meta["crs"] == "EPSG:4549" and list(meta["fields"])[-2:] == ["_row", "_reason"]
    assert shapely.from_wkb(shapes[0]).equals(shapely.from_wkb(_points(1, "EPSG:4549")[0]))
    assert str(columns[-1][0]).startswith("duplicate_in_file")
    assert run_import(ground, back).summary["unchanged"] == 1


def test_geojson_import_converts_gcj02_and_keeps_broken_geometry_in_error_file(ground, rows, tmp_path):
    lon, lat = from_wgs84(LON, LAT, "gcj02")
    feature = {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [lon, lat]},
        "properties": dict(
            zip(["编号", "上报时间", "结案时间", "描述"], [CASE_CELLS[0], *CASE_CELLS[3:]], strict=True)
        ),
    }
    broken = feature | {"geometry": {"type": "Point", "coordinates": ["a"]}}
    path = tmp_path / "cases.geojson"
    path.write_bytes(orjson.dumps({"type": "FeatureCollection", "features": [feature, broken]}))
    ended = run_import(ground, path, crs="gcj02", is_partial=True)
    assert ended.summary["reasons"] == {"no_usable_point": 1}
    require_one_case(rows, ground)
    assert orjson.loads(ended.error_file)["features"][0]["geometry"] == broken["geometry"]
    assert rows("select 1 from report where coord_sys = 'gcj02' and lon_sent = :lon", lon=lon)


def test_csv_import_converts_projected_coordinates(ground, rows, tmp_path):
    point = shapely.from_wkb(_points(1, "EPSG:4549")[0])
    path = tmp_path / "cases.csv"
    path.write_text(
        "\n".join(
            ",".join(map(str, cells))
            for cells in (HEADER, [CASE_CELLS[0], point.x, point.y, *CASE_CELLS[3:]])
        )
    )
    assert run_import(ground, path, crs="EPSG:4549").state == "done"
    require_one_case(rows, ground)


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("x.csv", b"", "file_empty"),
        ("x.csv", b"\xff\xfe\x00a", "encoding_unknown"),
        ("x.xlsx", b"PK\x03\x04nothing", "file_unreadable"),
        ("x.geojson", b"{", "file_unreadable"),
        ("x.geojson", b"[]", "file_unreadable"),
        ("x.gpkg", b"SQLite format 3\0", "file_unreadable"),
        ("x.zip", b"PK\x05\x06" + bytes(18), "file_unreadable"),
        ("x.pdf", b"%PDF", "format_unknown"),
        ("x.csv", b"a,b\n1,2\n", "columns_missing"),
        ("x.csv", b"lat,latitude,lon,created\n1,2,3,4\n", "columns_ambiguous"),
    ],
)
def test_file_with_content_unlike_its_name_is_refused_with_code(ground, tmp_path, name, content, code):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(exchange.FileRefused) as refused:
        run_import(ground, tmp_path / name)
    assert refused.value.fault.code == code


@pytest.mark.parametrize("name", ["x.gpkg", "x.shp", "x.zip"])
def test_gdal_does_not_open_files_named_inside_uploaded_file(ground, tmp_path, name):
    """GDAL would take each for what it is inside: a virtual layer over a file of the server."""
    secret = tmp_path / "secret.csv"
    secret.write_text("id,lon,lat,reported_at,description\nA-1,120.1,30.2,2024-05-01,of nobody's business\n")
    virtual = (
        f'<OGRVRTDataSource><OGRVRTLayer name="secret"><SrcDataSource>{secret}</SrcDataSource>'
        '<GeometryType>wkbPoint</GeometryType><GeometryField encoding="PointFromColumns" x="lon" y="lat"/>'
        "</OGRVRTLayer></OGRVRTDataSource>"
    )
    path = tmp_path / name
    if name.endswith(".zip"):
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("x.vrt", virtual)
    else:
        path.write_text(virtual)
    with pytest.raises(exchange.FileRefused) as refused:
        run_import(ground, path)
    assert refused.value.fault.code == "file_unreadable"


def test_gdal_loads_only_configured_drivers():
    assert gdal.pyogrio().list_drivers().keys() == gdal.DRIVERS
    assert "OGR_SKIP" not in os.environ
