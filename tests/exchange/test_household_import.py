"""Import of household workbooks with the address rules of Xihu District."""

import openpyxl
import pytest

from app.core import db
from app.core.actor import SYSTEM
from app.exchange import service as exchange
from tests.exchange.places import new_ground

HEADER = [
    "户编号",
    "经度",
    "纬度",
    "省",
    "市",
    "区县",
    "街道",
    "社区",
    "网格",
    "小区",
    "幢",
    "单元",
    "室",
    "身份证号",
]
PLACE = [120.1142, 30.2786, "浙江省", "杭州市", "西湖区", "古荡街道", "文华社区", "文华1网格", "文华苑"]
ID_NUMBER = "11010519491231002X"


@pytest.fixture
def ground(app) -> str:
    return new_ground("xihu")


def workbook(path, *rows):
    book = openpyxl.Workbook()
    book.active.append(HEADER)
    for row in rows:
        book.active.append(row)
    book.save(path)
    return path


def run_import(ground, path, **options):
    import_options = exchange.Options(jurisdiction=ground, **options)
    with db.transaction(SYSTEM) as session:
        run = exchange.begin_import(
            session, SYSTEM, kind="households", options=import_options, name=path.name
        )
    return exchange.run_import(db.transaction, SYSTEM, run, path=path, name=path.name)


def registered(rows, ground):
    sql = """select p.address, count(h.id) from premises p join jurisdiction j on j.id = p.jurisdiction_id
             left join household h on h.premises_id = p.id where j.code = :code group by p.id, 1 order by 1"""
    return [tuple(row) for row in rows(sql, code=ground)]


def test_household_workbook_errors_are_returned_as_correctable_workbook(ground, rows, tmp_path):
    good = [1, *PLACE, "1幢", "2单元", "301", ID_NUMBER]
    path = workbook(
        tmp_path / "住户.xlsx",
        good,
        [2, *PLACE, "1栋", "2单元", "302", None],
        [3, *PLACE, "1号", None, "303", None],
        [4, *PLACE, "2幢", "无", ID_NUMBER, None],
    )
    ended = run_import(ground, path, is_partial=True)
    assert ended.summary["reasons"] == {"building_form": 2, "looks_like_national_id": 1, "part_empty": 1}
    assert registered(rows, ground) == [("浙江省杭州市西湖区古荡街道文华社区文华苑1幢2单元301", 1)]
    assert "身份证号" in ended.summary["ignored_columns"]
    assert ID_NUMBER.encode() not in ended.error_file

    errors = tmp_path / "住户.errors.xlsx"
    errors.write_bytes(ended.error_file)
    book = openpyxl.load_workbook(errors)
    sheet = book.active
    error_rows = {row[0]: row for row in sheet.iter_rows(min_row=2, values_only=True)}
    assert ID_NUMBER not in str(error_rows)
    assert "building_form [幢]" in error_rows[3][-1] and "part_empty [单元]" in error_rows[3][-1]
    for row in sheet.iter_rows(min_row=2):
        row[HEADER.index("幢")].value = "1幢"
        row[HEADER.index("单元")].value = "无"
        row[HEADER.index("室")].value = f"30{row[0].value}"
    book.save(errors)
    assert run_import(ground, errors).state == "done"
    assert len(registered(rows, ground)) == 4
    assert run_import(ground, path, is_partial=True).summary["unchanged"] == 1


def test_household_import_updates_changed_row(ground, rows, tmp_path):
    run_import(ground, workbook(tmp_path / "a.xlsx", [1, *PLACE, "1幢", "无", "301", None]))
    run_import(ground, workbook(tmp_path / "b.xlsx", [1, *PLACE, "1幢", "无", "302", None]))
    assert registered(rows, ground) == [("浙江省杭州市西湖区古荡街道文华社区文华苑1幢302", 1)]


def test_household_import_refuses_mapped_national_id_column(ground, tmp_path):
    path = workbook(tmp_path / "a.xlsx", [1, *PLACE, "1幢", "无", "301", ID_NUMBER])
    with pytest.raises(exchange.FileRefused) as refused:
        run_import(ground, path, mapping={"身份证号": "name"})
    assert refused.value.fault.code == "forbidden_field"


def test_household_import_stores_residents_only_when_mapped(ground, rows, tmp_path):
    book = openpyxl.Workbook()
    book.active.append([*HEADER[:-1], "姓名", "电话"])
    book.active.append([1, *PLACE, "1幢", "无", "301", "王芳", "13800000000"])
    book.save(tmp_path / "a.xlsx")
    people = """select r.name from resident r join household h on h.id = r.household_id
                join premises p on p.id = h.premises_id join jurisdiction j on j.id = p.jurisdiction_id where j.code = :code"""
    run_import(ground, tmp_path / "a.xlsx")
    assert rows(people, code=ground) == []
    # A telephone that is none, and below one that is nobody's.
    book.active.append([2, *PLACE, "1幢", "无", "302", "王芳", "call me"])
    book.save(tmp_path / "b.xlsx")
    mapping = {"姓名": "resident_name", "电话": "resident_phone"}
    back = run_import(ground, tmp_path / "b.xlsx", mapping=mapping, is_partial=True).error_file
    (tmp_path / "back.xlsx").write_bytes(back)
    book.active.append([3, *PLACE, "1幢", "无", "303", None, "13800000000"])
    book.save(tmp_path / "c.xlsx")
    ended = run_import(ground, tmp_path / "c.xlsx", mapping=mapping, is_partial=True)
    assert ended.summary["reasons"] == {"invalid": 1, "value_missing": 1}
    assert "invalid [电话]: " in str(list(openpyxl.load_workbook(tmp_path / "back.xlsx").active.values))
    run_import(ground, tmp_path / "a.xlsx", mapping={"姓名": "resident_name", "电话": "resident_phone"})
    assert [tuple(row) for row in rows(people, code=ground)] == [("王芳",)]


def test_faults_of_absent_columns_have_titles_of_the_fields(ground, tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["户编号", "经度", "纬度", "地址"])
    book.active.append([1, *PLACE[:2], "文华苑1幢301"])
    book.save(tmp_path / "a.xlsx")
    summary = run_import(ground, tmp_path / "a.xlsx", is_dry=True).summary
    assert (summary["would_store"], summary["reasons"]) == (0, {"part_missing": 1})
    assert summary["titles"]["building"]["en"] == "Building"
