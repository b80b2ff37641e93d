"""Import endpoints: immediate and job runs, area limits, retention."""

import secrets
from dataclasses import replace
from datetime import timedelta

import pytest

from app.core import clock, db
from app.core.actor import SYSTEM, Role
from app.exchange import service as exchange
from tests.live.processes import app_on

KEPT = timedelta(days=14)


def sheet(places, *, filling: int = 0) -> bytes:
    lines = ["id,lat,lon,created,description"]
    lines += [
        f"{secrets.token_hex(4)},{p['lat']},{p['lon']},2020-01-01,{'x' * filling}" if p else "a,,,2020-01-01,"
        for p in places
    ]
    return "\n".join(lines).encode()


def send(person, city, file: bytes, kind: str = "incidents", name: str = "cases.csv", **options):
    query = "&".join(f"{key}={value}" for key, value in options.items())
    path = f"/imports?kind={kind}&name={name}&jurisdiction={city.code}&{query}"
    return person.call("POST", path, data=file, headers={"Content-Type": "application/octet-stream"})


def stored(rows, city) -> int:
    number: int = rows("select count(*) from incident where jurisdiction_id = :id", id=city.jurisdiction_id)[
        0
    ][0]
    return number


def test_import_request_is_completed_immediately_for_small_file(city, rows):
    admin = city.person(Role.ADMIN)
    answer = send(admin, city, sheet([city.in_grid("g1"), None]), partial="true")
    assert answer.status_code == 200, answer.json
    run = answer.json
    assert (run["state"], run["outcome"]["stored"], run["outcome"]["reasons"]) == (
        "refused",
        1,
        {"no_usable_point": 1},
    )
    assert stored(rows, city) == 1
    errors = admin.get(f"/imports/{run['id']}/errors")
    assert errors.data.decode("utf-8-sig").startswith(
        "id,lat,lon,created,description,_row,_reason\r\na,,,2020-01-01,,2,"
    )
    assert "cases.errors.csv" in errors.headers["Content-Disposition"]


def test_import_dry_run_stores_nothing(city, rows):
    run = send(city.person(Role.ADMIN), city, sheet([city.in_grid("g1")]), dry_run="true").json
    assert (run["outcome"]["would_store"], run["outcome"]["stored"], stored(rows, city)) == (1, 0, 0)


def test_import_is_limited_to_area_of_supervisor(city, rows):
    supervisor = city.supervisor("c1")
    run = send(supervisor, city, sheet([city.in_grid("g1"), city.in_grid("g3")]), partial="true").json
    assert (run["outcome"]["stored"], run["outcome"]["reasons"]) == (1, {"outside_scope": 1})
    grids = rows("select grid_id from incident where jurisdiction_id = :id", id=city.jurisdiction_id)
    assert grids == [(city.areas["g1"],)]
    assert city.supervisor("c2").get(f"/imports/{run['id']}").status_code == 404


def test_import_of_large_file_runs_as_job_and_erases_upload(city, rows):
    admin = city.person(Role.ADMIN)
    answer = send(admin, city, sheet([*[city.in_grid("g1")] * 40, None], filling=3000), partial="true")
    assert (answer.status_code, answer.json["state"]) == (202, "waiting")
    at = f"/imports/{answer.json['id']}"
    has_files = "select upload is not null, error_file is not null from import_run where id = :id"
    assert rows(has_files, id=answer.json["id"]) == [(True, False)]
    assert rows("select 1 from jobs.procrastinate_jobs where task_name = 'exchange.run_due'")
    exchange.run_imports_due(db.transaction, clock.now(), errors_kept=KEPT)
    run = admin.get(at).json
    assert (run["state"], run["rows_seen"], run["outcome"]["stored"]) == ("refused", 41, 40)
    assert rows(has_files, id=run["id"]) == [(False, True)]
    exchange.run_imports_due(db.transaction, clock.now() + KEPT - timedelta(hours=1), errors_kept=KEPT)
    assert admin.get(f"{at}/errors").status_code == 200
    exchange.run_imports_due(db.transaction, clock.now() + KEPT + timedelta(hours=1), errors_kept=KEPT)
    assert admin.get(f"{at}/errors").status_code == 404


def test_import_job_resumes_killed_run(city, rows):
    admin = city.person(Role.ADMIN)
    run = send(admin, city, sheet([city.in_grid("g1")] * 30, filling=3_000), partial="true").json
    with db.transaction(SYSTEM) as session:
        session.connection().exec_driver_sql(
            "update import_run set state = 'running', attempts = 1 where id = %s", (run["id"],)
        )
    exchange.run_imports_due(db.transaction, clock.now(), errors_kept=KEPT)
    assert admin.get(f"/imports/{run['id']}").json["state"] == "running"
    exchange.run_imports_due(db.transaction, clock.now() + timedelta(minutes=4), errors_kept=KEPT)
    assert admin.get(f"/imports/{run['id']}").json["state"] == "done"
    assert stored(rows, city) == 30


def test_import_fails_when_permission_was_revoked_meanwhile(city, rows):
    supervisor = city.supervisor("c1")
    run = send(supervisor, city, sheet([city.in_grid("g1")] * 30, filling=3_000)).json
    with db.transaction(SYSTEM) as session:
        session.connection().exec_driver_sql(
            "update account_grant set revoked_at = now() where account_id = %s", (str(supervisor.id),)
        )
    exchange.run_imports_due(db.transaction, clock.now(), errors_kept=KEPT)
    assert stored(rows, city) == 0
    assert rows("select state from import_run where id = :id", id=run["id"]) == [("failed",)]


@pytest.mark.parametrize(
    ("name", "body", "options", "code"),
    [
        ("cases.pdf", b"x", {}, "format_unknown"),
        ("cases.csv", b"", {}, "file_empty"),
        ("cases.csv", b"a\n1", {}, "columns_missing"),
        ("cases.csv", b"lat,lon,created\n", {"map": "lat"}, "option_invalid"),
        ("cases.csv", b"lat,lon,created\n", {"timezone": "Mars"}, "option_invalid"),
    ],
)
def test_import_request_returns_422_with_code_for_unreadable_file(city, name, body, options, code):
    answer = send(city.person(Role.ADMIN), city, body, name=name, **options)
    assert (answer.status_code, answer.json["code"]) == (422, "import_refused"), answer.json
    assert answer.json["errors"][0]["code"] == code


def test_import_request_is_refused_for_unknown_kind_and_option(city):
    admin = city.person(Role.ADMIN)
    assert send(admin, city, b"x", kind="weather").status_code == 422
    assert send(admin, city, b"x", colour="red").status_code == 422


def test_import_request_has_larger_body_limit_than_other_endpoints(city, settings):
    admin = city.person(Role.ADMIN)
    with app_on(replace(settings, body_limit_bytes=1_000, import_limit_bytes=5_000)) as small:
        admin.client = small.test_client()
        assert send(admin, city, sheet([city.in_grid("g1")], filling=3_000)).status_code == 200
        assert send(admin, city, sheet([city.in_grid("g1")], filling=6_000)).status_code == 413
        assert admin.post("/units", {"code": "x" * 2_000}).status_code == 413
