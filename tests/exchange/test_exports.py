"""Exports over HTTP: what is asked for goes out as items are seen, as every format, to whoever may have it."""

import csv
import hashlib
import io
import json
import subprocess
import zipfile
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import openpyxl
import pytest

from app.core import clock, db
from app.core.actor import Role
from app.exchange import service as exchange
from app.exchange.rules import exports as exchange_rules
from app.exchange.service.exports import writing
from app.media import service as media
from tests.ogc.conftest import Map, box, house, put  # noqa: F401  (fixtures)

FORMATS = ("geojson", "csv", "xlsx", "gpkg", "fgb", "shp")


@pytest.fixture
def store(settings):
    return media.open_store(settings)


@contextmanager
def changed(app, **settings):
    """Other settings for a while."""
    before = app.extensions["settings"]
    app.extensions["settings"] = replace(before, **settings)
    try:
        yield
    finally:
        app.extensions["settings"] = before


def few_homes(app, number):
    return changed(app, export_homes_alone=number)


@pytest.fixture
def work(store, settings):
    """Do what the job worker does."""

    def run(now=None, **changed):
        return exchange.run_exports_due(
            db.transaction, store, replace(settings, **changed), now or clock.now()
        )

    return run


@pytest.fixture
def export(work):
    """Ask for an export, let it be written, fetch it: the answer with the file."""

    def ask(person, collection, format, **query):
        asked = person.post("/exports", {"collection": collection, "format": format, "query": query})
        assert asked.status_code == 202, asked.json
        assert asked.headers["Location"] == f"/api/v1/exports/{asked.json['id']}"
        work()
        run = person.get(f"/exports/{asked.json['id']}").json
        assert run["state"] == "done", run
        answer = person.get(f"/exports/{run['id']}/file")
        assert answer.status_code == 200, answer.text
        assert (len(answer.data), hashlib.sha256(answer.data).hexdigest()) == (run["size"], run["sha256"])
        return answer

    return ask


def ogrinfo(path, *arguments):
    told = subprocess.run(
        ["ogrinfo", "-json", "-features", *arguments, str(path)], capture_output=True, text=True
    )
    assert told.returncode == 0, told.stderr
    return json.loads(told.stdout)["layers"][0]


def rows_of(answer, format, tmp_path):
    """What stands in a file, as the programs of others read it: a dict by id, with `place`."""
    if format == "geojson":
        found = json.loads(answer.data)
        return {f["id"]: f["properties"] | {"place": f["geometry"]["coordinates"]} for f in found["features"]}
    if format in ("csv", "xlsx"):
        if format == "csv":
            lines = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"), newline="")))
        else:
            book = openpyxl.load_workbook(io.BytesIO(answer.data))
            lines = [list(line) for line in book.worksheets[0].values]
        header = lines[0]
        made = [dict(zip(header, line, strict=True)) for line in lines[1:]]
        return {
            one["id"]: {k: v if v != "" else None for k, v in one.items() if k not in ("id", "lon", "lat")}
            | {"place": [float(one["lon"]), float(one["lat"])]}
            for one in made
        }
    path = tmp_path / f"file.{format if format != 'shp' else 'zip'}"
    path.write_bytes(answer.data)
    if format == "shp":
        with zipfile.ZipFile(path) as archive:
            archive.extractall(tmp_path)
            (path,) = tmp_path.glob("*.shp")
    layer = ogrinfo(path)
    return {
        f["properties"]["id"]: {k: v for k, v in f["properties"].items() if k != "id"}
        | {"place": f["geometry"]["coordinates"]}
        for f in layer["features"]
    }


@pytest.mark.parametrize("format", FORMATS)
def test_a_file_has_what_the_items_have(city, put, export, format, tmp_path):  # noqa: F811
    boss = city.supervisor()
    put(city.in_grid("g1"), count=3, note="=1+1", installed_on="2020-02-29")
    items = Map(boss).items("components")["features"]
    answer = export(boss, "components", format)
    found = rows_of(answer, format, tmp_path)
    assert sorted(found) == sorted(one["id"] for one in items)
    for one in items:
        mine = found[one["id"]]
        assert mine["place"] == pytest.approx(one["geometry"]["coordinates"], abs=1e-6)
        assert (mine["code"], mine["category"], mine["name_zh"]) == (
            one["properties"]["code"],
            one["properties"]["category"],
            "井盖",
        )
        assert mine["note"] == ("'=1+1" if format in ("csv", "xlsx") else "=1+1")
        if format == "shp":
            continue  # shorter names, which have a test of their own
        # GDAL leaves out what a FlatGeobuf says is null.
        said = {k for k, v in one["properties"].items() if v is not None or format != "fgb"}
        assert set(mine) - {"place"} == said
        assert str(mine["installed_on"]).replace("/", "-").startswith("2020-02-29")


def ask(person, collection="components", format="geojson", purpose=None, **query):
    body = {"collection": collection, "format": format, "query": query}
    return person.post("/exports", body | ({"purpose": purpose} if purpose else {}))


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
def test_the_parameters_of_items_mean_the_same(city, put, export, query):  # noqa: F811
    boss = city.supervisor()
    put(city.in_grid("g1"), count=2)
    put(city.in_grid("g1"), count=2, state="damaged")
    put(city.in_grid("g3"), count=2)
    query = {k: box(city, 0, 1, 1, 2) if v == "city" else v for k, v in query.items()}
    items = Map(boss).open("GET", "/collections/components/items", query).json["features"]
    found = json.loads(export(boss, "components", "geojson", **query).data)["features"]
    assert len(items) in (2, 4, 6)
    assert found == items


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"limit": "1"}, "limit"),
        ({"cursor": "x"}, "cursor"),
        ({"filter": "secret = 1"}, "filter"),
        ({"crs": "EPSG:1"}, "crs"),
        ({"address": "x"}, "address"),
    ],
)
def test_what_items_refuse_is_refused_when_it_is_asked_for(city, query, field):
    answer = ask(city.supervisor(), "households", **query)
    assert answer.status_code == 422, answer.json
    assert answer.json["errors"][0]["field"] == field


@pytest.mark.parametrize("collection", ["positions", "worker_position", "workers", "residents", "reporters"])
def test_where_people_are_and_who_they_are_is_no_collection(city, collection):
    answer = ask(city.person(Role.ADMIN), collection)
    assert (answer.status_code, answer.json["errors"][0]["field"]) == (422, "collection")


def test_a_city_goes_out_in_its_own_grid_of_metres(city, put, export, tmp_path):  # noqa: F811
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
    found = json.loads(export(boss, "components", "geojson", crs=crs).data)
    assert found["crs"]["properties"]["name"] == "urn:ogc:def:crs:EPSG::3857"
    assert found["features"][0]["geometry"]["coordinates"] == pytest.approx([x, y], abs=0.01)


def test_files_say_east_first_whatever_the_authority_says(city, put, export):  # noqa: F811
    """QGIS and GDAL read a file so; an answer of /ogc in EPSG:4326 has latitude first."""
    boss = city.supervisor()
    put(city.in_grid("g1"))
    crs = "http://www.opengis.net/def/crs/EPSG/0/4326"
    found = json.loads(export(boss, "components", "geojson", crs=crs).data)
    assert found["features"][0]["geometry"]["coordinates"][0] == pytest.approx(city.in_grid("g1")["lon"])


def test_a_geopackage_has_its_rtree_its_words_and_its_types(city, export, tmp_path):
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


def test_a_shapefile_says_what_it_could_not_hold(city, put, export, work, tmp_path):  # noqa: F811
    boss = city.supervisor()
    (long,) = put(city.in_grid("g1"), note="长" * 100)
    asked = ask(boss, "components", "shp").json
    work()
    run = boss.get(f"/exports/{asked['id']}").json
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


def test_many_homes_need_a_purpose_and_a_second_person(city, house, work, app, rows):  # noqa: F811
    for n in range(3):
        house(city.in_grid("g1"), f"文三路 {n} 号")
    asker = city.person(Role.GIS, area="s")
    with few_homes(app, 2):
        assert ask(asker, "households").json["errors"][0]["code"] == "export_purpose_needed"
        run = ask(asker, "households", purpose="消防检查").json
        assert (run["state"], run["needs_approval"]) == ("awaiting_approval", True)
        work(export_homes_alone=2)
        at = f"/exports/{run['id']}"
        assert asker.get(at).json["state"] == "awaiting_approval"
        assert asker.get(f"{at}/file").json["code"] == "export_not_done"
        # Not she herself, nobody without the right, nobody who answers for a part only.
        assert asker.post(f"{at}/approve", {}).status_code == 403
        assert city.supervisor("c1").post(f"{at}/approve", {}).status_code == 404
        boss = city.supervisor()
        assert [one["id"] for one in boss.get("/exports?state=awaiting_approval").json["items"]] == [
            run["id"]
        ]
        told = boss.post(f"{at}/approve", {"note": "同意"}).json
        assert (told["state"], told["decided_by"]["id"]) == ("waiting", str(boss.id))
        assert boss.post(f"{at}/approve", {}).json["code"] == "export_decided"
        work(export_homes_alone=2)
        done = asker.get(at).json
        assert (done["state"], done["rows"], done["rows_expected"]) == ("done", 3, 3)
        assert len(json.loads(asker.get(f"{at}/file").data)["features"]) == 3
        # Who agreed does not get the file.
        assert boss.get(f"{at}/file").status_code == 404
    acts = rows("select action, purpose from audit_event where entity_id = :id order by id", id=run["id"])
    assert [tuple(act) for act in acts] == [
        ("export.request", "消防检查"),
        ("export.approve", "同意"),
        ("export.download", None),
    ]


def test_nobody_agrees_to_their_own(city, house, app):  # noqa: F811
    for n in range(3):
        house(city.in_grid("g1"), f"文三路 {n} 号")
    boss = city.supervisor()
    with few_homes(app, 2):
        run = ask(boss, "premises", purpose="消防检查").json
        assert run["state"] == "awaiting_approval"
        assert boss.post(f"/exports/{run['id']}/approve", {}).json["code"] == "export_own"
        other = city.supervisor()
        told = other.post(f"/exports/{run['id']}/refuse", {"note": "范围过大"}).json
        assert (told["state"], told["decision_note"]) == ("refused", "范围过大")
        assert boss.get(f"/exports/{run['id']}/file").json["code"] == "export_not_done"


def test_many_small_ones_are_together_a_large_one(city, house, app, work):  # noqa: F811
    for n in range(4):
        house(city.in_grid("g1" if n < 2 else "g3"), f"文三路 {n} 号")
    boss = city.supervisor()
    west, east = box(city, 0, 1, 1, 2), box(city, 1, 1, 2, 2)
    with few_homes(app, 3):
        assert ask(boss, "households", bbox=west).json["state"] == "waiting"
        second = ask(boss, "households", bbox=east, purpose="消防检查").json
        assert second["state"] == "awaiting_approval"
        at_once = {"collection": "premises", "format": "csv", "query": {"bbox": east}}
        assert boss.post("/exports/at-once", at_once).json["code"] == "export_needs_approval"
        with clock.at(clock.now() + timedelta(hours=25)):
            boss.token = None
            assert boss.post("/exports/at-once", at_once).status_code == 200


def test_homes_that_came_meanwhile_are_not_taken_along(city, house, app, work):  # noqa: F811
    house(city.in_grid("g1"))
    boss = city.supervisor()
    with few_homes(app, 1):
        run = ask(boss, "households").json
        house(city.in_grid("g1"), "文三路 9 号")
        work(export_homes_alone=1)
        told = boss.get(f"/exports/{run['id']}").json
    assert (told["state"], told["outcome"]["fault"]["code"]) == ("failed", "export_needs_approval")


def test_a_file_goes_in_parts_and_only_to_whoever_asked(city, put, export, work):  # noqa: F811
    boss = city.supervisor()
    put(city.in_grid("g1"))
    whole = export(boss, "components", "csv")
    assert whole.headers["Cache-Control"] == "private, no-store"
    assert whole.headers["Content-Disposition"].startswith("attachment; filename=components-")
    run = boss.get("/exports").json["items"][0]
    path = f"/exports/{run['id']}/file"
    part = boss.get(path, headers={"Range": "bytes=3-9"})
    assert (part.status_code, part.data) == (206, whole.data[3:10])
    assert part.headers["Content-Range"] == f"bytes 3-9/{len(whole.data)}"
    assert boss.get(path, headers={"Range": f"bytes={len(whole.data)}-"}).status_code == 416
    other = {"Range": "bytes=3-9", "If-Range": '"another"'}
    assert boss.get(path, headers=other).data == whole.data
    head = boss.call("HEAD", path)
    assert (head.status_code, head.content_length, head.data) == (200, len(whole.data), b"")
    assert city.supervisor().get(path).status_code == 404
    assert city.person(Role.ADMIN).get(f"/exports/{run['id']}").status_code == 404


def test_other_rights_are_other_files(city, put, export):  # noqa: F811
    boss = city.supervisor()
    put(city.in_grid("g1"))
    export(boss, "components", "csv")
    run = boss.get("/exports").json["items"][0]
    city.grant(boss, Role.GIS, area="c1")
    assert boss.get(f"/exports/{run['id']}/file").json["code"] == "export_rights_changed"


def test_a_file_expires_and_is_erased(city, put, export, store, settings, rows):  # noqa: F811
    boss = city.supervisor()
    put(city.in_grid("g1"))
    export(boss, "components", "csv")
    run = boss.get("/exports").json["items"][0]
    assert f"exports/{run['id']}" in store.under("exports")
    store.put("exports/0198c0de-0000-7000-8000-000000000000", b"of nobody's run")
    soon = clock.now() + timedelta(days=settings.export_days)
    assert exchange.tidy_exports(db.transaction, store, settings, clock.now())["stray"] == 1
    assert f"exports/{run['id']}" in store.under("exports")
    exchange.tidy_exports(db.transaction, store, settings, soon + timedelta(minutes=1))
    assert f"exports/{run['id']}" not in store.under("exports")
    assert boss.get(f"/exports/{run['id']}/file").status_code == 410
    assert boss.get(f"/exports/{run['id']}").json["has_file"] is False


def test_what_nobody_answers_ends(city, house, app, settings, store):  # noqa: F811
    for n in range(2):
        house(city.in_grid("g1"), f"文三路 {n} 号")
    boss = city.supervisor()
    with few_homes(app, 1):
        run = ask(boss, "households", purpose="消防检查").json
    later = clock.now() + timedelta(days=settings.export_days, minutes=1)
    exchange.tidy_exports(db.transaction, store, settings, later)
    assert boss.get(f"/exports/{run['id']}").json["state"] == "expired"


def test_an_export_is_cancelled_or_its_file_erased(city, put, export, store, work):  # noqa: F811
    boss = city.supervisor()
    put(city.in_grid("g1"))
    run = ask(boss).json
    assert boss.call("DELETE", f"/exports/{run['id']}").status_code == 204
    assert work() == 0
    assert boss.get(f"/exports/{run['id']}").json["state"] == "cancelled"
    export(boss, "components", "csv")
    run = boss.get("/exports").json["items"][0]
    assert boss.call("DELETE", f"/exports/{run['id']}").status_code == 204
    assert f"exports/{run['id']}" not in store.under("exports")
    assert boss.get(f"/exports/{run['id']}/file").status_code == 410


def test_a_confidential_case_leaves_in_no_file(city, report, export):
    """Whoever directs it sees it on her map; a file is handed on."""
    boss = city.supervisor()
    worker = city.worker("g1")
    plain = report(worker, city.in_grid("g1"))
    hidden = report(worker, city.in_grid("g1"), category="E0603")
    assert {one["id"] for one in Map(boss).items("incidents")["features"]} == {plain["id"], hidden["id"]}
    found = json.loads(export(boss, "incidents", "geojson").data)["features"]
    assert [one["id"] for one in found] == [plain["id"]]


@pytest.mark.parametrize("format", FORMATS)
def test_who_only_looks_at_maps_gets_no_addresses(city, house, export, format, tmp_path):  # noqa: F811
    house(city.in_grid("g1"), "文三路 8 号 1 幢 501 室")
    gis, boss = city.person(Role.GIS, area="s"), city.supervisor()
    (seen,) = rows_of(export(boss, "households", format), format, tmp_path).values()
    assert "501" in seen["address"]
    for old in tmp_path.iterdir():
        old.unlink()
    (masked,) = rows_of(export(gis, "households", format), format, tmp_path).values()
    assert "501" not in str(masked), masked
    assert "room" not in masked


def test_a_supervisor_exports_her_own_area_only(city, put, export):  # noqa: F811
    (mine,), _ = put(city.in_grid("g1")), put(city.in_grid("g3"))
    found = json.loads(export(city.supervisor("c1"), "components", "geojson").data)["features"]
    assert [one["id"] for one in found] == [mine]


def test_a_small_one_is_the_answer_itself(city, put, app, rows):  # noqa: F811
    boss = city.supervisor()
    put(city.in_grid("g1"), count=3)
    body = {"collection": "components", "format": "geojson", "purpose": "overview"}
    answer = boss.post("/exports/at-once", body)
    assert answer.status_code == 200, answer.text
    assert len(answer.json["features"]) == 3
    assert answer.headers["ETag"] == f'"{hashlib.sha256(answer.data).hexdigest()}"'
    acts = rows("select action, purpose from audit_event where actor_id = :id order by id desc", id=boss.id)
    assert tuple(acts[0]) == ("export.at_once", "overview")
    with changed(app, export_at_once_rows=2):
        assert boss.post("/exports/at-once", body).json["code"] == "export_too_long"
    assert boss.post("/exports/at-once", body | {"format": "gpkg"}).status_code == 422


def test_what_breaks_off_is_an_error_and_no_half_file(city, put, settings, rows, monkeypatch):  # noqa: F811
    """The database ends the connection after the first of three chunks was written."""
    boss = city.supervisor()
    put(city.in_grid("g1"), count=3)
    monkeypatch.setattr(writing, "CHUNK", 1)
    take = writing.rows.take
    owner = db.make_engine(settings.database_url, role=None, pool_size=1, statement_timeout_ms=0)

    def broken_off(session, *given, **named):
        for chunk in take(session, *given, **named):
            yield chunk
            pid = session.connection().connection.driver_connection.info.backend_pid
            with owner.connect() as other:
                other.exec_driver_sql("select pg_terminate_backend(%s)", (pid,))

    monkeypatch.setattr(writing.rows, "take", broken_off)
    answer = boss.post("/exports/at-once", {"collection": "components", "format": "csv"})
    owner.dispose()
    assert (answer.status_code, answer.mimetype) == (503, "application/problem+json")
    assert rows("select state from export_run where requested_by = :id", id=boss.id) == [("failed",)]


def test_a_workbook_ends_where_excel_ends(city, put, monkeypatch):  # noqa: F811
    boss = city.supervisor()
    put(city.in_grid("g1"), count=3)
    short = replace(exchange_rules.FORMATS["xlsx"], rows_most=2)
    monkeypatch.setattr(exchange_rules, "FORMATS", {**exchange_rules.FORMATS, "xlsx": short})
    answer = ask(boss, format="xlsx")
    assert (answer.status_code, answer.json["code"]) == (422, "export_too_long")


def test_who_lost_the_right_meanwhile_gets_no_file(city, put, work):  # noqa: F811
    boss = city.supervisor()
    put(city.in_grid("g1"))
    run = ask(boss).json
    with db.transaction() as session:
        session.connection().exec_driver_sql(
            "update account_grant set revoked_at = now() where account_id = %s", (str(boss.id),)
        )
    work()
    with db.read_session() as session:
        found = session.connection().exec_driver_sql(
            "select state, outcome #>> '{fault,code}' from export_run where id = %s", (run["id"],)
        )
        assert tuple(found.one()) == ("failed", "permission_missing")


def test_a_job_that_was_killed_is_taken_up_again(city, put, work, rows):  # noqa: F811
    boss = city.supervisor()
    put(city.in_grid("g1"))
    run = ask(boss).json
    with db.transaction() as session:
        session.connection().exec_driver_sql(
            "update export_run set state = 'running', attempts = 1 where id = %s", (run["id"],)
        )
    assert work() == 0
    assert work(clock.now() + timedelta(minutes=4)) == 1
    assert boss.get(f"/exports/{run['id']}").json["state"] == "done"


def test_the_same_request_under_a_key_is_one_export(city, put):  # noqa: F811
    boss = city.supervisor()
    body, headers = {"collection": "components", "format": "csv"}, {"Idempotency-Key": "export-once-1"}
    first = boss.post("/exports", body, headers=headers)
    again = boss.post("/exports", body, headers=headers)
    assert (again.json["id"], again.headers["Idempotent-Replayed"]) == (first.json["id"], "true")
    assert len(boss.get("/exports").json["items"]) == 1
