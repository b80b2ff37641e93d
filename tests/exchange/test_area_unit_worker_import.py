"""Import of areas, units and workers."""

import secrets

import orjson
from shapely.geometry import Polygon, box, mapping

from app.core import db
from app.core.actor import SYSTEM
from app.exchange import service as exchange


def run_import(ground, path, kind, **options):
    import_options = exchange.Options(jurisdiction=ground, **options)
    with db.transaction(SYSTEM) as session:
        run = exchange.begin_import(session, SYSTEM, kind=kind, options=import_options, name=path.name)
    return exchange.run_import(db.transaction, SYSTEM, run, path=path, name=path.name)


NORTH, SOUTH = box(10, 51, 11, 52), Polygon([(10, 50), (11, 50), (11, 51.000005), (10, 51)])
OVER = box(10.5, 50, 12, 50.9)
BOW = Polygon([(13, 50), (14, 51), (14, 50), (13, 51)])


def write_districts(path, *shapes):
    features = [
        {
            "type": "Feature",
            "geometry": mapping(shape),
            "properties": {"NAME_field": f"District {n}", "FID": n},
        }
        for n, shape in enumerate(shapes, 1)
    ]
    path.write_bytes(orjson.dumps({"type": "FeatureCollection", "features": features}))
    return path


def in_force(rows, ground):
    sql = """select v.name ->> 'en' name, upper_inf(v.valid) active, a.deleted_at is null kept from area_version v
             join area a on a.id = v.area_id join jurisdiction j on j.id = v.jurisdiction_id where j.code = :code
             order by 1, 2"""
    return [tuple(row) for row in rows(sql, code=ground)]


AREA_OPTIONS = {"mapping": {"NAME_field": "name"}, "level": "district"}


def test_area_import_accepts_mapped_names_and_slivers(ground, rows, tmp_path):
    path = write_districts(tmp_path / "districts.geojson", NORTH, SOUTH)
    ended = run_import(ground, path, "areas", **AREA_OPTIONS)
    assert ended.state == "done", ended.summary
    assert in_force(rows, ground) == [("District 1", True, True), ("District 2", True, True)]
    assert run_import(ground, path, "areas", **AREA_OPTIONS).summary["unchanged"] == 2
    assert len(in_force(rows, ground)) == 2


def test_area_import_reports_shape_findings_with_place_and_stores_nothing(ground, rows, tmp_path):
    path = write_districts(tmp_path / "districts.geojson", NORTH, SOUTH, OVER, BOW)
    ended = run_import(ground, path, "areas", **AREA_OPTIONS)
    findings_by_row = {finding["row"]: finding for finding in ended.summary["findings"]}
    assert {row: f["code"] for row, f in findings_by_row.items()} == {3: "sibling_overlap", 4: "invalid_ring"}
    assert list(findings_by_row[4]["place"]["coordinates"]) == [13.5, 50.5]
    assert in_force(rows, ground) == []
    back = orjson.loads(ended.error_file)
    assert [f["properties"]["_reason"].split(":")[0] for f in back["features"]] == [
        "sibling_overlap",
        "invalid_ring",
    ]


def test_area_import_stores_areas_with_accepted_findings_as_inactive(ground, rows, tmp_path):
    path = write_districts(tmp_path / "districts.geojson", NORTH, SOUTH, OVER, BOW)
    ended = run_import(ground, path, "areas", accepts_findings=True, **AREA_OPTIONS)
    assert ended.state == "done", ended.summary
    assert in_force(rows, ground) == [
        ("District 1", True, True),
        ("District 2", True, True),
        ("District 3", False, False),
        ("District 4", False, False),
    ]
    assert run_import(ground, path, "areas", accepts_findings=True, **AREA_OPTIONS).summary["unchanged"] == 4
    assert len(in_force(rows, ground)) == 4


def test_area_import_activates_corrected_area(ground, rows, tmp_path):
    run_import(
        ground, write_districts(tmp_path / "a.geojson", BOW), "areas", accepts_findings=True, **AREA_OPTIONS
    )
    put_right = write_districts(tmp_path / "b.geojson", BOW.buffer(0))
    assert run_import(ground, put_right, "areas", **AREA_OPTIONS).state == "done"
    assert in_force(rows, ground) == [("District 1", False, False), ("District 1", True, True)]


def test_area_import_reads_level_and_parent_columns(ground, rows, tmp_path):
    path = tmp_path / "areas.csv"
    path.write_text(
        "编码,名称,层级,上级代码,wkt\n"
        f'd,区,区县,,"{box(20, 50, 21, 51).wkt}"\n'
        f's,街道,街道,d,"{box(20, 50, 21, 51).wkt}"\n'
        f'x,别处,街道,q,"{box(20, 50, 21, 51).wkt}"\n'
        f"y,无形,街道,d,nothing\n"
    )
    ended = run_import(ground, path, "areas", is_partial=True)
    assert ended.summary["reasons"] == {"geometry_unreadable": 1, "parent_unknown": 1}
    assert [name for name, *_ in in_force(rows, ground)] == ["区", "街道"]


def test_unit_import_stores_competences(ground, rows, tmp_path):
    path = tmp_path / "units.csv"
    path.write_text("编码,名称,categories,区划代码\nclean,保洁所,E-litter;E-dumping,\nlost,某所,,nowhere\n")
    ended = run_import(ground, path, "units", is_partial=True)
    assert ended.summary["reasons"] == {"reference_unknown": 1}
    owned = """select c.category_prefix from unit_competence c join unit u on u.id = c.unit_id
               join jurisdiction j on j.id = u.jurisdiction_id where j.code = :code order by 1"""
    assert [row[0] for row in rows(owned, code=ground)] == ["E-dumping", "E-litter"]
    assert run_import(ground, path, "units", is_partial=True).summary["unchanged"] == 1


def test_worker_import_assigns_grids_and_returns_no_password(city, rows, tmp_path):
    name = f"w{secrets.token_hex(4)}"
    path = tmp_path / "workers.csv"
    path.write_text(
        f"用户名,姓名,岗位,网格编码,技能\n{name},王芳,网格员,{city.code}-g1;{city.code}-g2,消防\n"
        f"{name}b,李梅,队长,,\n{name}c,赵,网格员,nowhere,\n{name.upper()},同名,网格员,,\n"
    )
    ended = run_import(city.code, path, "workers", is_partial=True)
    assert ended.summary["stored"] == 1, ended.summary
    assert ended.summary["reasons"] == {"choice_unknown": 1, "reference_unknown": 1, "username_taken": 1}
    stored = rows(
        """select a.must_change_password, a.password_expires_at <= now() expired, w.skills,
             (select count(*) from responsibility r where r.worker_id = w.id) grids
           from account a join worker w on w.id = a.id where a.username = :name""",
        name=name,
    )
    assert [tuple(row) for row in stored] == [(True, True, ["消防"], 2)]
    assert "password" not in str(ended.summary)
    assert run_import(city.code, path, "workers", is_partial=True).summary["unchanged"] == 1
