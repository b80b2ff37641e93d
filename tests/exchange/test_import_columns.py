"""Columns of a file before its import: first values, suggestions with reasons, refusals in one language."""

import json

from app.core.actor import Role
from tests.exchange.test_import_requests import send
from tests.factories import make_city
from tests.nonempty import nonempty

FOREIGN = ("Haus-Nr.", "Länge", "Breite", "Straßenname und Nr.", "Art", "身份证号", "Name des Bewohners")


def columns(person, city, file, kind="households", name="f.csv", language="en"):
    path = f"/imports/columns?kind={kind}&name={name}&jurisdiction={city.code}"
    headers = {"Content-Type": "application/octet-stream", "Accept-Language": language}
    return person.call("POST", path, data=file, headers=headers)


def foreign_file(city):
    place = city.in_grid("g1")
    rows = [
        f"{n},{place['lon'] + n / 10_000:.6f},{place['lat']:.6f},Road {n},店铺,110101199003078515,王芳"
        for n in range(1, 4)
    ]
    return "\n".join([",".join(FOREIGN), *rows]).encode()


def by_name(answer):
    return {column["name"]: column for column in nonempty(answer.json["columns"])}


def test_columns_are_suggested_by_name_part_of_name_and_values(city):
    admin = city.person(Role.ADMIN)
    place = city.in_grid("g1")
    file = f"户编号,房屋经度坐标,Y,类,地址\n1,{place['lon']},{place['lat']},住宅,文华路1号\n".encode()
    columns_by_name = by_name(columns(admin, city, file))
    assert {name: (each["field"], each["reason"]) for name, each in columns_by_name.items()} == {
        "户编号": ("key", "name"),
        "房屋经度坐标": ("lon", "similar"),
        "Y": ("lat", "name"),
        "类": ("kind", "values"),
        "地址": ("address", "name"),
    }
    assert columns_by_name["户编号"]["recognised"] == "key"
    assert columns_by_name["房屋经度坐标"]["recognised"] is None
    assert columns_by_name["地址"]["values"] == ["文华路1号"]


def test_coordinates_are_recognised_by_values_and_forbidden_values_are_not_shown(city):
    columns_by_name = by_name(columns(city.person(Role.ADMIN), city, foreign_file(city)))
    assert (columns_by_name["Länge"]["field"], columns_by_name["Länge"]["reason"]) == ("lon", "place")
    assert (columns_by_name["Breite"]["field"], columns_by_name["Breite"]["reason"]) == ("lat", "place")
    assert (columns_by_name["Art"]["field"], columns_by_name["Art"]["values"]) == ("kind", ["店铺"])
    assert (columns_by_name["身份证号"]["reason"], columns_by_name["身份证号"]["values"]) == ("forbidden", [])
    assert columns_by_name["Straßenname und Nr."]["field"] is None


def test_personal_columns_are_mentioned_and_never_suggested(city):
    file = "姓名,Telephone of the resident,lon,lat\n王芳,13800000001,1.5,2.5\n".encode()
    columns_by_name = by_name(columns(city.person(Role.ADMIN), city, file))
    for name in ("姓名", "Telephone of the resident"):
        assert (
            columns_by_name[name]["field"],
            columns_by_name[name]["reason"],
            columns_by_name[name]["recognised"],
        ) == (
            None,
            "personal",
            None,
        )


def test_second_column_of_a_field_and_columns_of_one_name_are_told_apart(city):
    file = b"lat,latitude,lon,note,note\n1.5,1.5,2.5,a,b\n"
    answer = columns(city.person(Role.ADMIN), city, file)
    reasons = [(column["field"], column["reason"]) for column in answer.json["columns"]]
    assert reasons == [
        ("lat", "name"),
        (None, "taken"),
        ("lon", "name"),
        (None, "unnamed"),
        (None, "unnamed"),
    ]
    assert answer.json["columns"][1]["recognised"] == "lat"


def test_titles_and_sentences_are_in_callers_language(city):
    admin = city.person(Role.ADMIN)
    english, chinese = (columns(admin, city, foreign_file(city), language=each).json for each in ("en", "zh"))
    fields = {each["name"]: each for each in nonempty(english["fields"])}
    assert (fields["lat"]["title"], fields["lat"]["is_required"]) == ("Latitude", True)
    assert (fields["resident_name"]["is_personal"], fields["care"]["needs"]) == (True, "resident_name")
    assert "dwelling" in fields["kind"]["words"]
    assert next(each["title"] for each in chinese["fields"] if each["name"] == "lat") == "纬度"
    assert "within this jurisdiction" in json.dumps(english) and "本辖区" not in json.dumps(english)
    assert chinese["columns"][1]["sentence"] == "前几行的值在本辖区范围内。"


def test_parts_of_addresses_are_required_where_the_rules_need_them(app, settings, city):
    parted = make_city(app, settings, profile={"addresses": {"rule": "xihu"}})
    required = [
        {
            each["name"]
            for each in columns(made.person(Role.ADMIN), made, foreign_file(made)).json["fields"]
            if each["is_required"]
        }
        for made in (city, parted)
    ]
    assert required[1] - required[0] >= {"province", "building", "room"}


def test_map_file_needs_no_columns_for_coordinates(city):
    place = city.in_grid("g1")
    feature = {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [place["lon"], place["lat"]]},
        "properties": {"created": "2026-01-01"},
    }
    file = json.dumps({"type": "FeatureCollection", "features": [feature]}).encode()
    answer = columns(city.person(Role.ADMIN), city, file, "incidents", "f.geojson").json
    required = [each["name"] for each in answer["fields"] if each["is_required"]]
    assert (answer["has_shapes"], required) == (True, ["reported_at"])


def test_reading_of_columns_stores_nothing(city, rows):
    columns(city.person(Role.ADMIN), city, foreign_file(city))
    assert rows("select 1 from import_run where jurisdiction_id = :id", id=city.jurisdiction_id) == []


def test_unreadable_file_and_missing_columns_are_refused_in_one_language(city):
    admin = city.person(Role.ADMIN)
    answer = columns(admin, city, b"x", name="f.pdf", language="zh")
    assert (answer.status_code, answer.json["code"]) == (422, "import_refused")
    assert answer.json["errors"][0]["message"] == "不支持的文件格式：.pdf。"
    answer = send(admin, city, b"a\n1")
    assert answer.json["errors"][0]["message"] == (
        "The file has no column for: Latitude (lat), Longitude (lon) and Reported at (reported_at)."
    )
