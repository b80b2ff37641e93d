"""Import of files with several rows for the members of one household."""

import csv
import io
from datetime import timedelta

from app.core import clock

HEADER = ["户编号", "经度", "纬度", "地址", "姓名", "电话", "户籍在此", "现居于此", "户籍地", "出生年份"]
MAPS = ["姓名=resident_name", "电话=resident_phone"]
MEMBERS = """
  select r.name, r.phone, r.is_registered_here, r.lives_here, r.registered_at, r.birth_year
  from resident r join household h on h.id = r.household_id where h.jurisdiction_id = :id and r.deleted_at is null
  order by r.name, r.birth_year"""
HOMES = """
  select p.external_ref, p.address, count(distinct h.id), count(r.id) from premises p
  join household h on h.premises_id = p.id left join resident r on r.household_id = h.id
  where p.jurisdiction_id = :id and p.deleted_at is null group by p.id order by 1, 2"""


def sheet(city, *rows, header=HEADER, point=None):
    place = point or city.in_grid("g1")
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(header)
    for number, address, *cells in rows:
        writer.writerow([number, place["lon"], place["lat"], address, *cells])
    return out.getvalue().encode()


def take_in(boss, city, file, *, maps=MAPS, **options):
    params = {"kind": "households", "name": "families.csv", "partial": "true"} | options
    maps = "&".join(f"map={pair}" for pair in maps)
    kind, name = params.pop("kind"), params.pop("name")
    query = "&".join(f"{key}={value}" for key, value in params.items())
    answer = boss.call(
        "POST",
        f"/imports?kind={kind}&name={name}&jurisdiction={city.code}&{query}&{maps}",
        data=file,
        headers={"Content-Type": "application/octet-stream"},
    )
    assert answer.status_code == 200, answer.json
    return answer.json["outcome"]


def test_household_import_joins_rows_with_same_household_number(city, boss, rows):
    file = sheet(
        city,
        ("1001", "幸福路1号", "王芳", "13800000001", "是", "是", "", "1950"),
        ("1002", "幸福路2号", "赵六", "", "", "", "", ""),
        ("1001", "幸福路1号", "王强", "", "是", "否", "", "1975年"),
        ("1001", "幸福路1号", "王小", "", "否", "是", "安徽黄山", "2001-05-03"),
        ("1001", "幸福路1号", "王小", "", "否", "是", "安徽合肥", "1990"),
    )
    outcome = take_in(boss, city, file)
    assert (outcome["stored"], outcome["reasons"]) == (5, {})
    homes = rows(HOMES, id=city.jurisdiction_id)
    assert homes == [("1001", "幸福路1号", 1, 4), ("1002", "幸福路2号", 1, 1)]
    wanted = [
        ("王小", None, False, True, "安徽合肥", 1990),
        ("王小", None, False, True, "安徽黄山", 2001),
        ("王强", None, True, False, None, 1975),
        ("王芳", "13800000001", True, True, None, 1950),
        ("赵六", None, None, None, None, None),
    ]
    assert sorted(map(str, rows(MEMBERS, id=city.jurisdiction_id))) == sorted(map(str, wanted))
    again = take_in(boss, city, file)
    assert (again["stored"], again["unchanged"]) == (0, 5)


def test_household_import_takes_email_only_if_mapped_and_refuses_unusable_one(city, boss, rows):
    header = [*HEADER, "邮箱"]
    rest = ("", "是", "是", "", "1950")
    file = sheet(
        city,
        ("1", "路1号", "王芳", *rest, "Wang@Mail.example"),
        ("2", "路2号", "李四", *rest, "li四@mail.example"),
        header=header,
    )
    outcome = take_in(boss, city, file, maps=[*MAPS, "邮箱=resident_email"])
    assert (outcome["stored"], outcome["reasons"]) == (1, {"address_unusable": 1})
    emails = "select r.name, r.email from resident r join household h on h.id = r.household_id where h.jurisdiction_id = :id"
    assert rows(emails, id=city.jurisdiction_id) == [("王芳", "Wang@mail.example")]
    other = sheet(city, ("3", "路3号", "赵六", *rest, "zhao@mail.example"), header=header)
    assert take_in(boss, city, other)["stored"] == 1
    assert ("赵六", None) in rows(emails, id=city.jurisdiction_id)


def test_household_import_keeps_values_missing_in_later_file(city, boss, rows):
    take_in(boss, city, sheet(city, ("7", "路7号", "王芳", "13800000001", "否", "是", "安徽", "1950")))
    take_in(boss, city, sheet(city, ("7", "路7号", "王芳", "13900000000", "", "", "", "")))
    stored = rows(MEMBERS, id=city.jurisdiction_id)
    assert stored == [("王芳", "13900000000", False, True, "安徽", 1950)]


def test_household_import_joins_rows_with_same_address_without_number(city, boss, rows):
    file = sheet(
        city,
        ("", "幸福路1号", "王芳", "", "", "", "", ""),
        ("", "幸福路1号", "王强", "", "", "", "", ""),
        ("", "幸福路3号", "李四", "", "", "", "", ""),
    )
    assert take_in(boss, city, file)["stored"] == 3
    assert rows(HOMES, id=city.jurisdiction_id) == [(None, "幸福路1号", 1, 2), (None, "幸福路3号", 1, 1)]
    assert take_in(boss, city, file)["unchanged"] == 3


def test_household_import_refuses_contradicting_rows_of_one_household(city, boss, rows):
    file = sheet(
        city,
        ("1", "幸福路1号", "王芳", "", "", "", "", ""),
        ("1", "幸福路2号", "王强", "", "", "", "", ""),
        ("1", "幸福路1号", "王芳", "", "", "", "", ""),
        ("2", "幸福路3号", "", "13800000000", "", "", "", ""),
    )
    outcome = take_in(boss, city, file)
    assert outcome["reasons"] == {"household_differs": 1, "duplicate_in_file": 1, "value_missing": 1}
    assert outcome["stored"] == 1


def test_household_import_stores_one_row_per_household_without_mapped_names(city, boss, rows):
    file = sheet(city, ("1", "路1号", "王芳", *[""] * 5), ("1", "路1号", "王强", *[""] * 5))
    outcome = take_in(boss, city, file, maps=[])
    assert (outcome["stored"], outcome["unchanged"], outcome["refused"]) == (1, 1, 0)
    assert {"出生年份", "户籍在此"} <= set(outcome["ignored_columns"])


def test_household_import_reads_residence_column_and_care_tags(city, boss, rows):
    until = (clock.now() + timedelta(days=90)).date()
    header = [*HEADER[:5], "人户状态", "关爱类别", "关爱目的", "关爱截止", "关爱周期"]
    file = sheet(
        city,
        ("1", "路1号", "王芳", "户在人不在", "", "", "", ""),
        ("1", "路1号", "王强", "人在户不在", "独居老人；送餐", "每周探访", str(until), "7"),
        ("2", "路2号", "李四", "人户一致", "独居老人", "", "", ""),
        ("3", "路3号", "李四", "", "独居老人", "探访", "2020-01-01", ""),
        header=header,
    )
    outcome = take_in(boss, city, file, maps=MAPS[:1])
    assert outcome["reasons"] == {"value_missing": 1, "out_of_range": 1}
    people = [tuple(row[:4]) for row in rows(MEMBERS, id=city.jurisdiction_id)]
    assert people == [("王强", None, False, True), ("王芳", None, True, False)]
    tags = rows(
        """select c.kind, c.purpose, c.ends_on, c.cycle_days, c.next_due is not null from care_tag c
           join household h on h.id = c.household_id where h.jurisdiction_id = :id order by 1""",
        id=city.jurisdiction_id,
    )
    assert tags == [
        ("lives_alone_elderly", "每周探访", until, 7, True),
        ("meal_delivery", "每周探访", until, 7, True),
    ]
    assert take_in(boss, city, file, maps=MAPS[:1])["unchanged"] == 2


def test_households_are_filtered_and_counted_by_residence(city, boss):
    facts = [("是", "是"), ("是", "否"), ("否", "是"), ("", "是")]
    people = [("1", "路1号", f"王{n}", "", *fact, "", "") for n, fact in enumerate(facts)]
    take_in(boss, city, sheet(city, *people, ("2", "路2号", "赵", "", "是", "否", "", "")))
    grid = city.areas["g1"]
    listed = boss.get(f"/households?grid_id={grid}&residence=registered_only").json["items"]
    assert len(listed) == 2
    assert len(boss.get(f"/households?grid_id={grid}&residence=living_only,unknown").json["items"]) == 1
    assert boss.get(f"/households?grid_id={grid}&residence=neither").json["items"] == []
    for where in (f"grid_id={grid}", f"area_id={city.areas['c1']}"):
        assert boss.get(f"/households/residence?{where}").json == {
            "both": {"residents": 1, "households": 1},
            "registered_only": {"residents": 2, "households": 2},
            "living_only": {"residents": 1, "households": 1},
            "neither": {"residents": 0, "households": 0},
            "unknown": {"residents": 1, "households": 1},
        }
    assert boss.get(f"/households/residence?area_id={city.areas['c2']}").json["both"]["residents"] == 0
