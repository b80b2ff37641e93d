"""What nobody came to in a grid, of lines and visits that are over; and lots that anybody may draw again."""

from collections import Counter
from datetime import timedelta
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core import clock
from app.core.actor import Role
from app.core.db import read_session
from app.core.ids import uuid7
from app.planning.queries import coverage
from app.planning.rules import cells, lots
from tests.planning.worlds import hire, homes, plan_shift, replan, visit


@given(st.floats(-179, 178.9), st.floats(-80, 80), st.floats(0.0001, 0.5), st.floats(0.0001, 0.5))
def test_cells_cover_bounding_box_within_cell_limit(west, south, width, height):
    zoom, (x0, x1), (y0, y1) = cells.cover((west, south, west + width, south + height))
    assert (x1 - x0 + 1) * (y1 - y0 + 1) <= cells.MAX_CELLS
    for lon, lat in ((west, south), (west + width, south + height)):
        assert x0 <= cells.column(lon, zoom) <= x1 and y0 <= cells.row(lat, zoom) <= y1


def test_cell_side_is_about_fifty_metres_for_ordinary_grid():
    zoom, _, _ = cells.cover((120.1, 30.25, 120.11, 30.26))
    assert 33 < cells.side_m(zoom, 30) < 71


@given(st.sets(st.uuids(), min_size=1, max_size=30), st.integers(1, 30), st.text(max_size=10))
def test_lot_draw_follows_documented_hash_rule(members, size, seed):
    names = [str(member) for member in members]
    drawn = lots.draw(seed, names, size)
    # As its reader would, from the words of the document alone.
    by_hand = sorted(names, key=lambda m: sha256(f"{seed}:{m}".encode()).hexdigest())[:size]
    assert drawn == by_hand
    assert drawn == lots.draw(seed, reversed(names), size)


def test_lot_draw_is_uniform():
    """Of 4,000 lots of 3 of 10 each member is in about three tenths: more than 5 sigma off would be a fault."""
    names = [str(n) for n in range(10)]
    drawn = Counter(m for n in range(4_000) for m in lots.draw(f"seed {n}", names, 3))
    assert all(abs(drawn[name] - 1200) < 5 * (4_000 * 0.3 * 0.7) ** 0.5 for name in names), drawn


def days_ago(days):
    return clock.now() - timedelta(days=days)


def walk(sql, worker, city, *points, days=2.0):
    """A duty that is over, with its line."""
    duty = uuid7()
    binds = {"d": duty, "w": worker.id, "since": days_ago(days), "until": days_ago(days) + timedelta(hours=2)}
    sql("insert into duty (id, worker_id, during) values (:d, :w, tstzrange(:since, :until))", **binds)
    vertices = ",".join(f"{lon} {lat} 0" for lon, lat in (city.at(*p) for p in points))
    sql(
        "insert into duty_track (id, worker_id, since, until, fixes, length_m, geom, made_at) values "
        f"(:d, :w, :since, :until, 10, 100, ST_GeomFromText('LINESTRING M ({vertices})', 4326), :until)",
        **binds,
    )


def seen(person, city, **query):
    answer = person.get(f"/areas/{city.ids['-g1']}/coverage", since=days_ago(6).isoformat(), **query)
    assert answer.status_code == 200, answer.json
    return answer.json


def test_walked_cells_and_visited_households_are_not_missed(square_city, worker, supervisor, sql):
    called, not_called = homes(square_city, (0.1, 0.1), (0.4, 0.9))
    before = seen(supervisor, square_city)
    assert before["basis"] == "cells" and before["of"] == "all"
    assert before["cells_missed"] == before["cells_total"] == len(before["missed_cells"])
    assert before["households_missed"] == 2
    walk(sql, worker, square_city, (0.05, 0.5), (0.45, 0.5))
    visit(worker, called, at=days_ago(1.5))
    after = seen(supervisor, square_city)
    gone = {c["id"] for c in before["missed_cells"]} - {c["id"] for c in after["missed_cells"]}
    # A line along the middle: a row of cells or two, and not the rest; and the cell of the home.
    across = before["cells_total"] ** 0.5
    assert 0.3 * across < len(gone) < 4 * across
    zoom = int(next(iter(gone)).split("/")[0])
    lon, lat = square_city.at(0.1, 0.1)
    assert f"{zoom}/{cells.column(lon, zoom)}/{cells.row(lat, zoom)}" in gone
    assert after["missed_households"] == [not_called]
    assert after["cells_missed"] == len(after["missed_cells"])


def test_tracks_of_other_grid_or_cycle_do_not_count_as_coverage(square_city, worker, supervisor, sql):
    walk(sql, worker, square_city, (0.6, 0.5), (0.9, 0.5))
    walk(sql, worker, square_city, (0.1, 0.5), (0.4, 0.5), days=30)
    coverage_now = seen(supervisor, square_city)
    assert coverage_now["cells_missed"] == coverage_now["cells_total"]


def test_coverage_excludes_tracks_of_today(square_city, worker, supervisor, sql):
    """What counts ends with yesterday, whatever is asked for."""
    walk(sql, worker, square_city, (0.1, 0.5), (0.4, 0.5), days=0.0)
    coverage_now = seen(supervisor, square_city, until=(clock.now() + timedelta(days=1)).isoformat())
    assert coverage_now["cells_missed"] == coverage_now["cells_total"]
    assert coverage_now["until"][:10] <= str(clock.now().date())


def test_coverage_shows_worker_own_part_and_no_names(square_city, worker, supervisor, person, sql):
    other = hire(person, Role.WORKER, square_city.ids["-g1"], grid=square_city.ids["-g1"], name="陈晓燕")
    walk(sql, other, square_city, (0.1, 0.5), (0.4, 0.5))
    assert seen(worker, square_city)["of"] == "me"
    assert seen(worker, square_city)["cells_missed"] == seen(worker, square_city)["cells_total"]
    assert seen(other, square_city)["cells_missed"] < seen(other, square_city)["cells_total"]
    whole = supervisor.get(f"/areas/{square_city.ids['-g1']}/coverage", since=days_ago(6).isoformat()).text
    assert "陈晓燕" not in whole and str(other.id) not in whole


@pytest.mark.parametrize(("area", "status"), [("-c", 422), ("-g1", 200)])
def test_coverage_is_returned_for_grids_only(square_city, supervisor, area, status):
    assert supervisor.get(f"/areas/{square_city.ids[area]}/coverage").status_code == status


def draw(person, city, **overrides):
    body = {"area_id": str(city.ids["-g1"]), "kind": "household", "size": 2, "reason": "每月抽查"} | overrides
    return person.post("/check-lots", body)


def test_check_lot_is_reproducible_numbered_and_listed(square_city, supervisor, worker):
    household_ids = homes(square_city, *((0.05 * n, 0.3) for n in range(1, 7)))
    made = draw(supervisor, square_city)
    assert made.status_code == 201, made.json
    lot = made.json
    assert sorted(lot["members"]) == sorted(household_ids)
    assert lot["members_hash"] == sha256("\n".join(sorted(lot["members"])).encode()).hexdigest()
    ranks = sorted(lot["members"], key=lambda m: sha256(f"{lot['seed']}:{m}".encode()).hexdigest())
    assert lot["drawn"] == ranks[:2]
    again = draw(supervisor, square_city).json
    assert again["seed"] != lot["seed"]
    assert (lot["number"], again["number"]) == (1, 2)  # whoever draws until it suits is seen to
    listed = supervisor.get("/check-lots", area_id=str(square_city.ids["-g1"])).json["items"]
    assert [item["id"] for item in listed] == [again["id"], lot["id"]]
    assert supervisor.get(f"/check-lots/{lot['id']}").json == lot
    assert draw(worker, square_city).status_code == 403
    cell = draw(supervisor, square_city, kind="cell", size=3).json
    assert len(cell["drawn"]) == 3 and cell["number"] == 1


def patrols(plan):
    """Return the places of patrol stops by id, planned or left out."""
    return {
        stop["id"]: (stop["lon"], stop["lat"])
        for stop in (*plan["stops"], *plan["left_out"])
        if stop["kind"] == "patrol"
    }


def test_plan_patrols_only_cells_not_walked_in_cycle(square_city, worker, sql, admin):
    """A cycle of a week: what was walked this week is left in peace."""
    data = admin.get(f"/jurisdictions/{square_city.code}/profile").json["data"]
    data["modes"]["normal"]["patrol_cycle_days"] = 7
    answer = admin.post(f"/jurisdictions/{square_city.code}/profile", {"data": data})
    assert answer.status_code == 201, answer.json
    before = patrols(replan(worker, worker))
    assert 0 < len(before) <= 8
    (west, south), (east, north) = square_city.at(0, 0), square_city.at(0.5, 1)
    assert all(west <= lon <= east and south <= lat <= north for lon, lat in before.values())
    for n in range(25):
        walk(sql, worker, square_city, (0.01, n / 24), (0.49, n / 24), days=1 + n / 10)
    assert patrols(replan(worker, worker)) == {}


def test_colleagues_share_patrol_stops(square_city, worker, person):
    other = hire(person, Role.WORKER, square_city.ids["-g1"], grid=square_city.ids["-g1"])
    alone = patrols(replan(worker, worker))
    plan_shift(other)
    own, theirs = patrols(replan(worker, worker)), patrols(replan(other, other))
    assert own and theirs and not own.keys() & theirs.keys()
    assert alone.keys() <= own.keys() | theirs.keys()


def test_cell_names_are_found_when_column_numbers_are_small(square_city):
    """Seen once: near 180° west a column's number fits into two bytes, and PostgreSQL knew no series of such."""
    with read_session() as session:
        cell_range = cells.CellRange(5, (0, 31), (0, 31))
        names = coverage.cell_names(session, area_id=square_city.ids["-g1"], cell_range=cell_range)
    assert names
