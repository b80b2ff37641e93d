"""Responsibilities, roles and units after a redraw."""

from uuid import UUID

from app.core import clock
from app.core.actor import Role
from app.core.ids import uuid7
from tests.governance.redraws import WHOLE, merge, part, request


def responsible(sql, area_id, at=None):
    return {
        (row.worker_id, row.role)
        for row in sql(
            "select worker_id, role from responsibility "
            "where area_id = :id and deleted_at is null and valid @> cast(:at as timestamptz)",
            id=area_id,
            at=at or clock.now(),
        )
    }


def test_redraw_copies_responsibilities_to_every_part_of_retired_area(square_city, admin, sql, hire):
    worker, chief = hire((square_city.ids["-g2"], "worker")), hire((square_city.ids["-g2"], "chief"))
    before = clock.now()
    body = request(
        square_city,
        "-c",
        ["-g2"],
        part(square_city, "-g4", (0.5, 0, 0.7, 1)),
        part(square_city, "-g5", (0.7, 0, 1, 1)),
    )
    answer = admin.post("/areas/redraw", body)
    assert answer.json["counts"]["responsibilities_moved"] == 4
    for part_ in answer.json["areas"]:
        assert responsible(sql, part_["id"]) == {(worker, "worker"), (chief, "chief")}
    assert responsible(sql, square_city.ids["-g2"]) == set()
    assert responsible(sql, square_city.ids["-g2"], before) == {(worker, "worker"), (chief, "chief")}
    assert not [f for f in answer.json["findings"] if f["code"] == "nobody_responsible"]


def test_redraw_copies_responsibilities_and_roles_to_new_part_of_kept_area(
    square_city, admin, person, sql, hire
):
    worker, neighbour = hire((square_city.ids["-g2"], "worker")), hire((square_city.ids["-g1"], "worker"))
    someone = person((Role.SUPERVISOR, square_city.ids["-g2"]))
    split = request(
        square_city,
        "-c",
        ["-g1", "-g2"],
        part(
            square_city, "-g1", (0, 0, 0.6, 1), id=square_city.ids["-g1"]
        ),  # gets land of the neighbour, not its people
        part(square_city, "-g2", (0.6, 0, 0.8, 1), id=square_city.ids["-g2"]),
        part(square_city, "-g5", (0.8, 0, 1, 1)),
    )
    answer = admin.post("/areas/redraw", split)
    assert answer.status_code == 200, answer.json
    new = answer.json["areas"][2]["id"]
    assert responsible(sql, new) == responsible(sql, square_city.ids["-g2"]) == {(worker, "worker")}
    assert responsible(sql, square_city.ids["-g1"]) == {(neighbour, "worker")}
    assert answer.json["counts"]["responsibilities_moved"] == 1
    assert someone.get(f"/areas/{new}").status_code == 200
    held = sql(
        "select area_id from account_grant where account_id = :id and revoked_at is null", id=someone.id
    )
    assert {row.area_id for row in held} == {square_city.ids["-g2"], UUID(new)}


def test_redraw_dry_run_counts_grids_without_responsible_worker(square_city, admin, hire, settle):
    hire((square_city.ids["-g1"], "worker"))
    settle(square_city, (0.1, 0.1), (0.6, 0.1), (0.9, 0.9))
    split = request(
        square_city,
        "-c",
        ["-g2"],
        part(square_city, "-g4", (0.5, 0, 0.7, 1)),
        part(square_city, "-g5", (0.7, 0, 1, 1)),
    )
    answer = admin.post("/areas/redraw", split, query_string={"dry_run": "true"})
    counts = answer.json["counts"]
    assert (counts["grids_alone"], counts["households_alone"], counts["open_cases_alone"]) == (2, 2, 0)
    warned = [f["area_codes"] for f in answer.json["findings"] if f["code"] == "nobody_responsible"]
    assert warned == [[f"{square_city.code}-g4"], [f"{square_city.code}-g5"]]


def test_redraw_merges_responsibilities_of_one_worker(square_city, admin, sql, hire):
    both = hire((square_city.ids["-g1"], "worker"), (square_city.ids["-g2"], "worker"))
    other = hire((square_city.ids["-g2"], "worker"))
    answer = admin.post("/areas/redraw", merge(square_city))
    assert answer.status_code == 200
    assert answer.json["counts"]["responsibilities_moved"] == 2
    (merged,) = answer.json["areas"]
    assert responsible(sql, merged["id"]) == {(both, "worker"), (other, "worker")}


def test_redraw_keeps_responsibilities_of_kept_area_and_adds_those_of_retired(square_city, admin, sql, hire):
    first, second = hire((square_city.ids["-g1"], "worker")), hire((square_city.ids["-g2"], "worker"))
    hired_twice = hire((square_city.ids["-g1"], "worker"), (square_city.ids["-g2"], "worker"))
    body = request(
        square_city, "-c", ["-g1", "-g2"], part(square_city, "-g1", WHOLE, id=square_city.ids["-g1"])
    )
    assert admin.post("/areas/redraw", body).status_code == 200
    assert responsible(sql, square_city.ids["-g1"]) == {
        (first, "worker"),
        (second, "worker"),
        (hired_twice, "worker"),
    }


def test_redraw_copies_future_and_ending_responsibilities_with_their_period(square_city, admin, sql, hire):
    worker = hire()
    days = (("-g1", 10, None), ("-g2", -5, 5), ("-g2", -9, -7))
    for suffix, since, until in days:
        sql(
            "insert into responsibility (id, worker_id, area_id, role, valid) values (:id, :worker, :area, 'worker', "
            "tstzrange(:now + make_interval(days => :since), :now + make_interval(days => :until)))",
            id=uuid7(),
            worker=worker,
            area=square_city.ids[suffix],
            now=clock.now(),
            since=since,
            until=until,
        )
    answer = admin.post("/areas/redraw", merge(square_city))
    assert answer.json["counts"]["responsibilities_moved"] == 2
    rows = sql(
        "select lower(valid) > :now later, upper(valid) ends from responsibility where area_id = :id order by lower(valid)",
        id=answer.json["areas"][0]["id"],
        now=clock.now(),
    )
    assert [(row.later, row.ends is None) for row in rows] == [(False, False), (True, True)]
    (never,) = sql(
        "select isempty(valid) gone, deleted_at from responsibility where area_id = :id",
        id=square_city.ids["-g1"],
    )
    assert never.gone
    assert never.deleted_at is not None


def test_redraw_replaces_role_of_retired_area_by_roles_of_its_parts(square_city, admin, person, sql):
    supervisor = person((Role.SUPERVISOR, square_city.ids["-g2"]))
    (epoch,) = sql("select permission_epoch from account where id = :id", id=supervisor.id)
    body = request(
        square_city,
        "-c",
        ["-g2"],
        part(square_city, "-g4", (0.5, 0, 0.7, 1)),
        part(square_city, "-g5", (0.7, 0, 1, 1)),
    )
    answer = admin.post("/areas/redraw", body)
    assert answer.json["counts"]["roles_moved"] == 1
    rows = sql(
        "select area_id, revoked_at, granted_by from account_grant where account_id = :id", id=supervisor.id
    )
    live = {str(row.area_id) for row in rows if row.revoked_at is None}
    assert live == {area["id"] for area in answer.json["areas"]}
    assert [row.area_id for row in rows if row.revoked_at] == [square_city.ids["-g2"]]
    (raised,) = sql("select permission_epoch from account where id = :id", id=supervisor.id)
    assert raised[0] > epoch[0]


def test_redraw_does_not_extend_role_to_parent_area(square_city, admin, person, settle):
    supervisor = person((Role.SUPERVISOR, square_city.ids["-g2"]))
    inside, outside = settle(square_city, (0.9, 0.9), (0.1, 0.1))
    body = request(
        square_city,
        "-c",
        ["-g2"],
        part(square_city, "-g4", (0.5, 0, 0.7, 1)),
        part(square_city, "-g5", (0.7, 0, 1, 1)),
    )
    assert admin.post("/areas/redraw", body).status_code == 200
    seen = {item["id"] for item in supervisor.get("/households").json["items"]}
    assert seen == {str(inside)} - {str(outside)}


def test_redraw_moves_units_and_competences(square_city, admin):
    unit = admin.post(
        "/units",
        {
            "jurisdiction": square_city.code,
            "code": f"{square_city.code}-works",
            "name": {"zh": "市政", "en": "Works"},
            "area_id": str(square_city.ids["-g2"]),
            "competences": [{"area_id": str(square_city.ids["-g2"]), "category_prefix": "C-"}],
        },
    )
    body = request(
        square_city,
        "-c",
        ["-g2"],
        part(square_city, "-g4", (0.5, 0, 0.7, 1)),
        part(square_city, "-g5", (0.7, 0, 1, 1)),
    )
    answer = admin.post("/areas/redraw", body)
    assert answer.json["counts"]["units_moved"] == 1
    small, large = (area["id"] for area in answer.json["areas"])
    after = admin.get(f"/units/{unit.json['id']}", headers={"If-None-Match": unit.headers["ETag"]})
    assert after.status_code == 200
    assert after.json["area_id"] == large
    assert {(c["area_id"], c["category_prefix"]) for c in after.json["competences"]} == {
        (small, "C-"),
        (large, "C-"),
    }
