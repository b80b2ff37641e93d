"""Import of arbitrary tables of every kind but incidents: each row is stored or reported."""

import csv
import io
import re
import secrets
from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from shapely.geometry import box

from app.core import db
from app.core.actor import SYSTEM
from app.exchange import service as exchange
from app.exchange.rules.faults import SENTENCES
from tests.exchange.test_incident_import_properties import ANY_TEXT, DIRTY, as_csv, read_back
from tests.factories import City, make_city
from tests.sample_sizes import drawn_share, examples

SOME_CODE = st.sampled_from(["a", "b", "c"]) | st.integers(0, 10**9).map(lambda n: f"k{n}")
LAT, LON = st.floats(30.27, 30.29).map(str), st.floats(120.10, 120.13).map(str)


def shape_of(x: float, y: float, size: float) -> str:
    return box(100 + x, y, 100 + x + size, y + size).wkt


SHAPES = st.builds(shape_of, st.floats(-1, 5), st.floats(-1, 5), st.floats(0.001, 1)) | st.sampled_from(
    [
        "POINT (1 1)",
        "LINESTRING (0 0, 1 1)",
        "POLYGON EMPTY",
        "POLYGON ((0 0, 1 1, 1 0, 0 1, 0 0))",
        "POLYGON ((0 0, 0 0, 0 0, 0 0))",
        "POLYGON ((0 0, 400 0, 400 400, 0 400, 0 0))",
        "POLYGON Z ((0 0 1, 1 0 1, 1 1 1, 0 1 1, 0 0 1))",
        "MULTIPOLYGON (((0 0, 1 0, 1 1, 0 1, 0 0)), ((0 0, 1 0, 1 1, 0 1, 0 0)))",
        "GEOMETRYCOLLECTION (POINT (1 1))",
        "POLYGON ((nan 0, 1 0, 1 1, 0 0))",
        "POLYGON ((1e308 0, 1 0, 1 1, 1e308 0))",
    ]
)


def _mostly(value: str, other: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(*[st.just(value)] * 5, other)


PARTS = ["省", "市", "区县", "街道", "社区", "网格", "小区", "幢", "单元", "室"]
# For each kind: how its columns are mapped, what they mostly hold, and where a stored row is.
KINDS: dict[str, tuple[dict[str, str], dict[str, st.SearchStrategy[str]], str]] = {
    "units": (
        {},
        {
            "编码": SOME_CODE,
            "名称": ANY_TEXT,
            "区划代码": st.sampled_from(["", "nowhere", "CITY-c1"]),
            "categories": st.sampled_from(["", "0101", "01;E0102", "Z;Z", ";;", "x" * 200]),
            "联系方式": ANY_TEXT,
        },
        "unit",
    ),
    "workers": (
        {},
        {
            "用户名": SOME_CODE.map(lambda code: f"{code}-{secrets.token_hex(3)}"),
            "姓名": ANY_TEXT,
            "岗位": st.sampled_from(["", "网格员", "网格长", "兼职网格员", "队长"]),
            "网格编码": st.sampled_from(
                ["", "CITY-g1", "CITY-g1;CITY-g2", "CITY-g1;CITY-g1", "CITY-c1", "nowhere"]
            ),
            "技能": st.sampled_from(["", "消防", "消防;消防", "x" * 90]),
            "容量": st.sampled_from(["", "0", "3", "1001", "2.5"]),
        },
        "worker",
    ),
    "households": (
        {"姓名": "resident_name", "电话": "resident_phone"},
        {
            "户编号": SOME_CODE,
            "纬度": _mostly("CITY-lat", LAT),
            "经度": _mostly("CITY-lon", LON),
            "房屋类型": st.sampled_from(["", "住宅", "商铺", "空置", "宫殿"]),
            **{part: st.sampled_from(["无", "浙江", ""]) for part in PARTS[:7]},
            "幢": st.sampled_from(["1幢", "1栋", "无", ""]),
            "单元": st.sampled_from(["2单元", "2", "无", ""]),
            "室": st.sampled_from(["301", "无", "3 1", ""]),
            "地址": ANY_TEXT,
            "户别": ANY_TEXT,
            "姓名": st.sampled_from(["", "王芳", "王芳 ", "x" * 61]),
            "电话": st.sampled_from(["", "13800000000", "call me"]),
        },
        "premises",
    ),
    "areas": (
        {},
        {
            "编码": st.integers(100_000, 999_999).map(str) | SOME_CODE | st.just(""),
            "名称": st.sampled_from(["东区", "西区"]) | ANY_TEXT,
            "层级": st.sampled_from(["区县", "区县", "区县", "街道", "网格", "国"]),
            "上级代码": st.sampled_from(["", "a", "b", "nowhere"]),
            "wkt": SHAPES,
        },
        "area",
    ),
}
# A row of each kind that is stored. Some seeds draw none.
RIGHT = {
    "units": ["k1", "城管中队", "", "0101", ""],
    "workers": ["CITY-w", "王芳", "网格员", "CITY-g1", "消防", "3"],
    "households": ["k1", "CITY-lat", "CITY-lon", "住宅", *["无"] * 7, "1幢", "2单元", "301", *[""] * 4],
    "areas": ["100001", "东区", "区县", "", shape_of(20, 20, 0.5)],
}


def cell_of(template: str, ground: City) -> str:
    """Return a cell: `CITY` stands for the code of the ground, `CITY-lat` and `CITY-lon` for a point in a grid of it."""
    for name, value in ground.in_grid("g1").items():
        template = template.replace(f"CITY-{name}", str(value))
    return template.replace("CITY", ground.code)


@st.composite
def tables(draw: Any, columns: dict[str, st.SearchStrategy[str]], ground: City) -> list[list[str]]:
    """Rows of cells (see `cell_of`)."""
    rows = [list(columns)]
    for _ in range(draw(st.integers(0, 10))):
        is_clean = draw(st.booleans())
        rows.append(
            [
                cell_of(
                    draw(cell) if is_clean else draw(st.one_of(cell, cell, cell, DIRTY, ANY_TEXT)), ground
                )
                for cell in columns.values()
            ]
        )
    return rows


@pytest.mark.wide
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("is_partial", drawn_share([True, False], one_in=2, name="partial imports"))
def test_import_of_arbitrary_table_stores_or_reports_every_row(
    app, settings_of_tests, rows, tmp_path, kind, is_partial
):
    ground = make_city(app, settings_of_tests)
    mapping, columns, table = KINDS[kind]
    file = tmp_path / "any.csv"
    seen: Counter[str] = Counter()
    right = [list(columns), [cell_of(template, ground) for template in RIGHT[kind]]]

    @example(right, True)
    @settings(max_examples=examples(20, 60), deadline=None, suppress_health_check=list(HealthCheck))
    @given(tables(columns, ground), st.booleans())
    def check(content: list[list[str]], accepts: bool) -> None:
        file.write_bytes(as_csv(content))
        options = exchange.Options(
            jurisdiction=ground.code, mapping=mapping, is_partial=is_partial, accepts_findings=accepts
        )
        with db.transaction(SYSTEM) as session:
            run = exchange.begin_import(session, SYSTEM, kind=kind, options=options, name=file.name)
        ended = exchange.run_import(db.transaction, SYSTEM, run, path=file, name=file.name)
        summary = ended.summary
        read = list(csv.reader(io.StringIO(file.read_bytes().decode("utf-8-sig"), newline="")))
        assert summary["rows"] == sum(any(row) for row in read[1:])
        assert summary["would_store"] + summary["unchanged"] + summary["refused"] == summary["rows"]
        assert summary["stored"] == (summary["would_store"] if is_partial or not summary["refused"] else 0)
        taken = rows("select id from import_row where run_id = :run", run=run.id)
        assert len(taken) == summary["stored"]
        ids = [row.id for row in taken]
        if kind == "households":  # a row may be matched by what the register has of it
            there = "select count(distinct id) from premises where jurisdiction_id = :id"
            assert (rows(there, id=ground.jurisdiction_id)[0][0] > 0) >= bool(ids)
        else:
            assert rows(f"select count(*) from {table} where id = any(:ids)", ids=ids)[0][0] == len(ids)
        if summary["refused"]:
            header, *refused = read_back(ended.error_file)
            assert len(refused) == summary["refused"]
            assert all(re.search("[\u4e00-\u9fff]", row[header.index("_reason")]) for row in refused)
        assert summary["reasons"].keys() <= SENTENCES.keys()
        seen.update(stored=summary["stored"], refused=summary["refused"])

    check()
    assert seen["refused"] and (seen["stored"] or not is_partial), seen


@pytest.fixture
def settings_of_tests(settings: Any) -> Any:
    """Under a name of its own: `settings` is Hypothesis's here."""
    return settings
