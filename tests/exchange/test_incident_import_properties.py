"""Import of arbitrary incident tables: each row is stored or in the error file with a reason."""

import csv
import io
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.core import db
from app.core.actor import SYSTEM
from app.exchange import service as exchange
from tests.factories import make_city
from tests.sample_sizes import drawn_share, examples

NAMES = (
    "id", "lat", "lon", "created", "SRType", "状态", "CloseDate", "description", "address",
    "身份证号", "extra", "", "_row", "_reason", "lat",
)  # fmt: skip
ANY_TEXT = st.text(max_size=30)
DIRTY = st.sampled_from(
    ["", " ", "0", "39", "-77", "NaN", "inf", "1e400", "１２.5", "=1+1", "'=x", "\0", "\ufeff", "\ud83d", "11010519491231002X",
     "2018-01-01", "13/13/2018", "31/12/9999 23:59", "0001-01-01", "2018-11-04 01:30", "Closed", "lost", "x" * 5000, "\r\n"]
)  # fmt: skip


@pytest.fixture
def ground(app, settings):
    return make_city(app, settings)


def cells(ground: Any) -> dict[str, Any]:
    """For each column, values that often are what it should hold."""
    inside = ground.in_grid("g1")
    times = st.sampled_from(["2020-01-02 03:04", "2020/1/2", "01/02/2020 03:04:05 PM", "2020年1月2日"])
    return {
        "lat": st.sampled_from([inside["lat"], str(inside["lat"])]),
        "lon": st.sampled_from([inside["lon"], str(inside["lon"])]),
        "created": times,
        "CloseDate": times,
        "id": st.uuids().map(str),
        "状态": st.sampled_from(["open", "处理中", "New"]),
    }


@st.composite
def clean_tables(draw: Any, ground: Any) -> list[list[Any]]:
    """At least one row, and none that anybody should refuse: without these, nothing whole is ever stored."""
    good = cells(ground) | {"created": st.just("2020-01-01 03:04")}
    header = draw(
        st.permutations(
            ["id", "lat", "lon", "created", *draw(st.sets(st.sampled_from(["CloseDate", "extra"])))]
        )
    )
    return [
        header,
        *([draw(good.get(name, st.just(""))) for name in header] for _ in range(draw(st.integers(1, 12)))),
    ]


@st.composite
def dirty_tables(draw: Any, ground: Any) -> list[list[Any]]:
    others = draw(st.lists(st.sampled_from(NAMES), max_size=6))
    header = draw(st.permutations([*(["lat", "lon", "created"] if draw(st.integers(0, 9)) else []), *others]))
    good = cells(ground)
    rows = [list(header)]
    for _ in range(draw(st.integers(0, 12))):
        if draw(st.integers(0, 2)):
            rows.append([draw(good.get(name, st.just(""))) for name in header])
            continue
        row = [draw(st.one_of(good.get(name, ANY_TEXT), DIRTY, ANY_TEXT)) for name in header]
        row += draw(st.lists(ANY_TEXT, max_size=1))
        rows.append(row[: draw(st.integers(1, len(row)))] if row and draw(st.booleans()) else row)
    return rows


def as_csv(rows: Sequence[Sequence[Any]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode("utf-8", "ignore")


def read_back(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def run_import(ground: Any, path: Path, *, is_partial: bool = True) -> Any:
    options = exchange.Options(jurisdiction=ground.code, is_partial=is_partial)
    with db.transaction(SYSTEM) as session:
        run = exchange.begin_import(session, SYSTEM, kind="incidents", options=options, name=path.name)
    return exchange.run_import(db.transaction, SYSTEM, run, path=path, name=path.name)


@pytest.mark.wide
@pytest.mark.parametrize("is_partial", drawn_share([True, False], one_in=2, name="partial imports of cases"))
def test_incident_import_of_arbitrary_table_stores_or_reports_every_row(ground, rows, tmp_path, is_partial):
    file = tmp_path / "any.csv"
    seen: Counter[str] = Counter()

    def stored() -> int:
        sql = "select count(*) from incident where jurisdiction_id = :id"
        return int(rows(sql, id=ground.jurisdiction_id)[0][0])

    def check(table: list[list[Any]]) -> None:
        file.write_bytes(as_csv(table))
        before = stored()
        try:
            ended = run_import(ground, file, is_partial=is_partial)
        except exchange.FileRefused:
            assert stored() == before
            return
        read = list(csv.reader(io.StringIO(file.read_bytes().decode("utf-8-sig"), newline="")))
        given_rows = [row for row in read[1:] if any(row)]
        summary = ended.summary
        assert summary["rows"] == len(given_rows)
        assert summary["would_store"] + summary["unchanged"] + summary["refused"] == len(given_rows)
        seen.update(stored=summary["stored"], refused=summary["refused"])
        expected = summary["would_store"] if is_partial or not summary["refused"] else 0
        assert summary["stored"] == expected == stored() - before
        if not summary["refused"]:
            assert ended.error_file is None
            return
        header, *refused = read_back(ended.error_file)
        assert header == [name.strip() for name in read[0] if name.strip() not in ("_row", "_reason")] + [
            "_row",
            "_reason",
        ]
        assert len(refused) == summary["refused"]
        assert all(row[header.index("_reason")] and row[header.index("_row")].isdigit() for row in refused)
        # What is put right by nobody is refused again, and nothing of it is lost or doubled.
        file.write_bytes(ended.error_file)
        again = run_import(ground, file, is_partial=True)
        assert again.summary["rows"] == summary["refused"]

    # Some seeds draw no table of which a row is refused.
    inside, day = ground.in_grid("g1"), "2020-01-02 03:04"
    check([["lat", "lon", "created"], [inside["lat"], inside["lon"], day], ["north", inside["lon"], day]])
    assert seen["refused"] == 1
    for tables, most in ((clean_tables(ground), examples(8, 20)), (dirty_tables(ground), examples(25, 60))):
        settings(max_examples=most, deadline=None, suppress_health_check=list(HealthCheck))(
            given(tables)(check)
        )()
    assert seen["stored"], seen
