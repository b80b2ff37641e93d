"""Hostile import files are refused with a code and within limits of time and memory."""

import io
import os
import signal
import sqlite3
import time
import zipfile
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import openpyxl
import pytest
import shapely

from app.exchange.rules.faults import FileRefused, sentence
from app.exchange.rules.files.gdal import pyogrio
from app.exchange.service.file_reader import FILE_LIMITS, FileLimits, opened_table

ENDLESS = """
  create view endless as
  with recursive n(fid) as (select 1 union all select fid + 1 from n) select fid, null as geom from n
"""


def geopackage(path: Path, *statements: str) -> Path:
    """A GeoPackage as GDAL writes it, and what somebody adds to it."""
    shapes = np.array([shapely.to_wkb(shapely.Point(120.1, 30.2))] * 3, dtype=object)
    names = np.array(["a", "b", "c"], dtype=object)
    pyogrio().raw.write(
        str(path),
        shapes,
        [names],
        ["名称"],
        geometry_type="Point",
        crs="EPSG:4326",
        driver="GPKG",
        layer="案卷",
    )
    with sqlite3.connect(path) as database:
        for statement in statements:
            database.execute(statement)
    database.close()
    return path


def view(path: Path) -> Path:
    """A layer whose rows never end, as GDAL finds it."""
    return geopackage(
        path,
        ENDLESS,
        "insert into gpkg_contents (table_name, data_type, identifier, srs_id)"
        " values ('endless', 'features', 'endless', 4326)",
        "insert into gpkg_geometry_columns values ('endless', 'geom', 'POINT', 4326, 0, 0)",
    )


def refusal(
    path: Path, name: str | None = None, layer: str | None = None, limits: FileLimits = FILE_LIMITS
) -> FileRefused:
    began = time.monotonic()
    with (
        pytest.raises(FileRefused) as refused,
        opened_table(path, name=name, layer=layer, limits=limits) as table,
    ):
        for _ in table.rows:
            pass
    assert time.monotonic() - began < 60
    return refused.value


def test_plain_geopackage_is_read(tmp_path):
    with opened_table(geopackage(tmp_path / "plain.gpkg")) as table:
        rows = list(table.rows)
    assert (table.header, table.count, table.crs, table.layer) == (["名称"], 3, "EPSG:4326", "案卷")
    assert [(row.number, row.cells, row.shape.wkt) for row in rows] == [
        (n, (name,), "POINT (120.1 30.2)") for n, name in ((1, "a"), (2, "b"), (3, "c"))
    ]


@pytest.mark.parametrize(
    ("type_", "name", "statement"),
    [
        ("view", "v", "create view v as select 1"),
        ("trigger", "t", "create trigger t after insert on 案卷 begin delete from 案卷; end"),
        ("virtual table", "f", "create virtual table f using fts5(words)"),
        ("virtual table", "rtree_x", "create virtual table rtree_x using fts5(words)"),
        (
            "table with computed columns",
            "c",
            "create table c (a int, b blob generated always as (zeroblob(500000000)))",
        ),
    ],
)
def test_geopackage_with_executable_objects_is_refused(tmp_path, type_, name, statement):
    fault = refusal(geopackage(tmp_path / "x.gpkg", statement), layer="案卷").fault
    assert (fault.code, fault.params) == ("geopackage_not_plain", {"type": type_, "name": name})
    assert name in sentence(fault) and name in sentence(fault, "zh")


@pytest.mark.parametrize("name", ["x.gpkg", "x.shp", "x.zip"])
def test_geopackage_with_endless_view_is_refused_regardless_of_file_name(tmp_path, name):
    path = view(tmp_path / "endless.gpkg")
    if name == "x.zip":
        with zipfile.ZipFile(tmp_path / name, "w") as archive:
            archive.write(path, "endless.shp")
        path = tmp_path / name
    code = refusal(path, name=name, layer="endless").fault.code
    assert code == ("geopackage_not_plain" if name == "x.gpkg" else "file_unreadable")


def workbook(path: Path, old: bytes, new: bytes) -> Path:
    """A workbook with one cell, `a`, in whose sheet `old` stands once and is replaced."""
    book = openpyxl.Workbook()
    book.active.append(["a"])
    plain = io.BytesIO()
    book.save(plain)
    with zipfile.ZipFile(plain) as small, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as changed:
        for part in small.namelist():
            content = small.read(part)
            if part == "xl/worksheets/sheet1.xml":
                assert content.count(old) == 1
                content = content.replace(old, new)
            changed.writestr(part, content)
    return path


def test_workbook_is_refused_when_reading_exceeds_cpu_limit(tmp_path):
    """A million empty rows in an archive of some 10 kB."""
    large = workbook(tmp_path / "x.xlsx", b"</sheetData>", b"<row><c/></row>" * 1_000_000 + b"</sheetData>")
    assert large.stat().st_size < 100_000
    assert refusal(large, limits=FileLimits(cpu_s=1)).fault.code == "file_too_costly"


@pytest.mark.parametrize("entity", ['"b"', 'SYSTEM "file:///etc/hostname"'], ids=["internal", "external"])
def test_workbook_with_entity_declaration_is_refused(tmp_path, entity):
    """Even one that is never used: the next could be a bomb."""
    declared = f"<!DOCTYPE worksheet [<!ENTITY a {entity}>]><worksheet ".encode()
    fault = refusal(workbook(tmp_path / "x.xlsx", b"<worksheet ", declared)).fault
    assert (fault.code, fault.params["reason"]) == ("file_unreadable", "ValueError")


def test_file_is_refused_when_reading_exceeds_memory_limit(tmp_path):
    limits = FileLimits(memory_bytes=300_000_000, memory_per_byte=0)
    path = tmp_path / "x.geojson"
    path.write_bytes(b'{"type":"FeatureCollection","features":[],"x":"' + b"x" * 150_000_000 + b'"}')
    # Without memory a library raises an exception, or it crashes.
    assert refusal(path, limits=limits).fault.code in ("file_too_costly", "file_reader_ended")


def test_file_is_refused_when_it_has_too_many_rows(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("a\n" + "1\n" * 1_001)
    fault = refusal(path, limits=FileLimits(rows_most=1_000)).fault
    assert (fault.code, fault.params) == ("too_many_rows", {"limit": 1_000})


def test_killed_reader_process_refuses_only_its_file(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("a,b\n" + f"1,{'x' * 200}\n" * 20_000)
    with pytest.raises(FileRefused) as refused, opened_table(path) as table:
        next(table.rows)
        os.kill(reader_at_work(), signal.SIGKILL)
        for _ in table.rows:
            pass
    assert refused.value.fault.code == "file_reader_ended"
    with opened_table(path) as table:
        assert sum(1 for _ in table.rows) == 20_000


def reader_at_work() -> int:
    """The process that reads for this thread: a child of ours that waits to send."""
    for task in Path("/proc/self/task").iterdir():
        for pid in (task / "children").read_text().split():
            if b"app.exchange.rules.files.child" in Path(f"/proc/{pid}/cmdline").read_bytes():
                return int(pid)
    raise AssertionError("no reader")


def test_workbook_cells_keep_their_types(tmp_path):
    cells = [
        1,
        1.5,
        2**70,
        "文",
        True,
        datetime(2026, 11, 28, 8, 30),
        datetime(2026, 1, 1, 8, 30).time(),
        timedelta(hours=30),
        None,
    ]
    book = openpyxl.Workbook()
    book.active.append([f"c{n}" for n in range(len(cells))])
    book.active.append(cells)
    book.active.append([None] * 8 + ["last"])
    out = io.BytesIO()
    book.save(out)
    (tmp_path / "x.xlsx").write_bytes(out.getvalue())
    with opened_table(tmp_path / "x.xlsx") as table:
        first, _ = table.rows
    with closing(openpyxl.load_workbook(tmp_path / "x.xlsx", read_only=True, data_only=True)) as read_book:
        direct = list(read_book.active.iter_rows(values_only=True))[1]
    assert first.cells == direct
    assert [type(cell) for cell in first.cells] == [type(cell) for cell in direct]
