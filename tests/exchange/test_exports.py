"""Export endpoints: permissions, approval, download, expiry."""

import hashlib
import json
from datetime import timedelta

import pytest

from app.core import clock, db
from app.core.actor import Role
from app.exchange import service as exchange
from app.exchange.service.exports import file_writer
from tests.exchange.exporting import ask, changed, few_homes
from tests.ogc.conftest import Map, box


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
def test_export_request_returns_422_for_invalid_query(city, query, field):
    answer = ask(city.supervisor(), "households", **query)
    assert answer.status_code == 422, answer.json
    assert answer.json["errors"][0]["field"] == field


@pytest.mark.parametrize("collection", ["positions", "worker_position", "workers", "residents", "reporters"])
def test_export_request_returns_422_for_collections_of_people(city, collection):
    answer = ask(city.person(Role.ADMIN), collection)
    assert (answer.status_code, answer.json["errors"][0]["field"]) == (422, "collection")


def test_large_home_export_requires_purpose_and_approval_by_other_supervisor(city, house, work, app, rows):
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
        # Refused for the requester, without permission, and for a supervisor of a part of the area.
        assert asker.post(f"{at}/approve", {}).status_code == 403
        assert city.supervisor("c1").post(f"{at}/approve", {}).status_code == 404
        boss = city.supervisor()
        assert [item["id"] for item in boss.get("/exports?state=awaiting_approval").json["items"]] == [
            run["id"]
        ]
        approved = boss.post(f"{at}/approve", {"note": "同意"}).json
        assert (approved["state"], approved["decided_by"]["id"]) == ("waiting", str(boss.id))
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


def test_export_approval_is_refused_for_own_export(city, house, app):
    for n in range(3):
        house(city.in_grid("g1"), f"文三路 {n} 号")
    boss = city.supervisor()
    with few_homes(app, 2):
        run = ask(boss, "premises", purpose="消防检查").json
        assert run["state"] == "awaiting_approval"
        assert boss.post(f"/exports/{run['id']}/approve", {}).json["code"] == "export_own"
        other = city.supervisor()
        refused = other.post(f"/exports/{run['id']}/refuse", {"note": "范围过大"}).json
        assert (refused["state"], refused["decision_note"]) == ("refused", "范围过大")
        assert boss.get(f"/exports/{run['id']}/file").json["code"] == "export_not_done"


def test_home_exports_of_one_day_are_counted_together_for_approval(city, house, app, work):
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


def test_export_fails_when_home_count_grew_above_limit(city, house, app, work):
    house(city.in_grid("g1"))
    boss = city.supervisor()
    with few_homes(app, 1):
        run = ask(boss, "households").json
        house(city.in_grid("g1"), "文三路 9 号")
        work(export_homes_alone=1)
        failed = boss.get(f"/exports/{run['id']}").json
    assert (failed["state"], failed["outcome"]["fault"]["code"]) == ("failed", "export_needs_approval")


def test_export_file_supports_ranges_and_is_readable_by_requester_only(city, put, export, work):
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


def test_export_file_is_refused_when_rights_of_requester_changed(city, put, export):
    boss = city.supervisor()
    put(city.in_grid("g1"))
    export(boss, "components", "csv")
    run = boss.get("/exports").json["items"][0]
    city.grant(boss, Role.GIS, area="c1")
    assert boss.get(f"/exports/{run['id']}/file").json["code"] == "export_rights_changed"


def test_export_file_expires_and_is_erased(city, put, export, store, settings, rows):
    boss = city.supervisor()
    put(city.in_grid("g1"))
    export(boss, "components", "csv")
    run = boss.get("/exports").json["items"][0]
    assert f"exports/{run['id']}" in store.under("exports")
    exchange.tidy_exports(db.transaction, store, settings, clock.now())  # what others left
    store.put("exports/0198c0de-0000-7000-8000-000000000000", b"of nobody's run")
    soon = clock.now() + timedelta(days=settings.export_days)
    assert exchange.tidy_exports(db.transaction, store, settings, clock.now())["stray"] == 1
    assert f"exports/{run['id']}" in store.under("exports")
    exchange.tidy_exports(db.transaction, store, settings, soon + timedelta(minutes=1))
    assert f"exports/{run['id']}" not in store.under("exports")
    assert boss.get(f"/exports/{run['id']}/file").status_code == 410
    assert boss.get(f"/exports/{run['id']}").json["has_file"] is False


def test_export_awaiting_approval_expires(city, house, app, settings, store):
    for n in range(2):
        house(city.in_grid("g1"), f"文三路 {n} 号")
    boss = city.supervisor()
    with few_homes(app, 1):
        run = ask(boss, "households", purpose="消防检查").json
    later = clock.now() + timedelta(days=settings.export_days, minutes=1)
    exchange.tidy_exports(db.transaction, store, settings, later)
    assert boss.get(f"/exports/{run['id']}").json["state"] == "expired"


def test_export_delete_cancels_run_or_erases_file(city, put, export, store, work):
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


def test_incident_export_excludes_confidential_cases(city, report, export):
    """A supervisor sees confidential cases on the map; a file can be handed on."""
    boss = city.supervisor()
    worker = city.worker("g1")
    plain = report(worker, city.in_grid("g1"))
    hidden = report(worker, city.in_grid("g1"), category="E0603")
    assert {item["id"] for item in Map(boss).items("incidents")["features"]} == {plain["id"], hidden["id"]}
    exported = json.loads(export(boss, "incidents", "geojson").data)["features"]
    assert [item["id"] for item in exported] == [plain["id"]]


def test_export_is_limited_to_area_of_supervisor(city, put, export):
    (mine,), _ = put(city.in_grid("g1")), put(city.in_grid("g3"))
    exported = json.loads(export(city.supervisor("c1"), "components", "geojson").data)["features"]
    assert [item["id"] for item in exported] == [mine]


def test_export_at_once_returns_file_and_is_audited(city, put, app, rows):
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


def test_export_at_once_returns_503_when_database_connection_is_lost(city, put, settings, rows, monkeypatch):
    """The database ends the connection after the first of three chunks was written."""
    boss = city.supervisor()
    put(city.in_grid("g1"), count=3)
    monkeypatch.setattr(file_writer, "CHUNK", 1)
    take = file_writer.rows.take
    owner = db.make_engine(settings.database_url, role=None, pool_size=1, statement_timeout_ms=0)

    def broken_off(session, *given, **named):
        for chunk in take(session, *given, **named):
            yield chunk
            pid = session.connection().connection.driver_connection.info.backend_pid
            with owner.connect() as other:
                other.exec_driver_sql("select pg_terminate_backend(%s)", (pid,))

    monkeypatch.setattr(file_writer.rows, "take", broken_off)
    answer = boss.post("/exports/at-once", {"collection": "components", "format": "csv"})
    owner.dispose()
    assert (answer.status_code, answer.mimetype) == (503, "application/problem+json")
    assert rows("select state from export_run where requested_by = :id", id=boss.id) == [("failed",)]


def test_export_fails_when_permission_was_revoked_meanwhile(city, put, work):
    boss = city.supervisor()
    put(city.in_grid("g1"))
    run = ask(boss).json
    with db.transaction() as session:
        session.connection().exec_driver_sql(
            "update account_grant set revoked_at = now() where account_id = %s", (str(boss.id),)
        )
    work()
    with db.read_session() as session:
        stored = session.connection().exec_driver_sql(
            "select state, outcome #>> '{fault,code}' from export_run where id = %s", (run["id"],)
        )
        assert tuple(stored.one()) == ("failed", "permission_missing")


def test_export_job_resumes_killed_run(city, put, work, rows):
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


def test_export_request_is_idempotent_with_key(city, put):
    boss = city.supervisor()
    body, headers = {"collection": "components", "format": "csv"}, {"Idempotency-Key": "export-once-1"}
    first = boss.post("/exports", body, headers=headers)
    again = boss.post("/exports", body, headers=headers)
    assert (again.json["id"], again.headers["Idempotent-Replayed"]) == (first.json["id"], "true")
    assert len(boss.get("/exports").json["items"]) == 1


def test_export_within_area_has_rows_of_the_area_and_of_those_below_it(city, export):
    boss = city.supervisor()
    ids = {
        grid: city.worker(grid)
        .post("/incidents", {**city.in_grid(grid), "category": "E0102", "description": "垃圾"})
        .json["id"]
        for grid in ("g1", "g2", "g3")
    }

    def exported(name, **query):
        query["within_area_id"] = str(city.areas[name])
        lines = export(boss, "incidents", "csv", **query).data.decode("utf-8-sig").splitlines()[1:]
        return {row.partition(",")[0] for row in lines}

    assert exported("s") == set(ids.values())
    assert exported("c1") == {ids["g1"], ids["g2"]}
    assert exported("g3") == {ids["g3"]}
    assert exported("c1", filter="is_overdue = true") == set()


def test_export_within_area_is_refused_for_faulty_id_and_collection_without_areas(city):
    boss = city.supervisor()
    refused = ask(boss, "incidents", within_area_id="c1")
    assert (refused.status_code, refused.json["errors"][0]["code"]) == (422, "invalid")
    refused = ask(boss, "grids", within_area_id=str(city.areas["c1"]))
    assert (refused.status_code, refused.json["errors"][0]["code"]) == (422, "unknown_field")
