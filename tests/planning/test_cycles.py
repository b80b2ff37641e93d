"""What a month came to is counted once when it is over, and stays when lines and visits are forgotten."""

import re
from datetime import timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest
from sqlalchemy import text

from app.core import clock, db
from app.core.actor import SYSTEM
from app.core.ids import uuid7
from app.households import service as households
from app.statistics import jobs
from app.statistics import service as statistics
from tests.planning.test_coverage import homes, walk


@pytest.fixture(scope="module")
def app(app_alone):
    return app_alone


@pytest.fixture
def month(square_city, worker, supervisor, sql):
    """This month: one of two homes was visited, at another nobody was in; a duty led along the south of the grid."""
    called, in_vain, _ = homes(square_city, (0.1, 0.1), (0.4, 0.9), (0.2, 0.5))
    for home, outcome in ((called, "done"), (in_vain, "nobody_home")):
        body = {"id": str(uuid7()), "outcome": outcome}
        assert supervisor.post(f"/households/{home}/visits", body).status_code == 201
    walk(sql, worker, square_city, (0.05, 0.05), (0.4, 0.05), days=0.2)
    return called, in_vain


def later():
    """Some days after the month of now is over."""
    return (clock.now().replace(day=1) + timedelta(days=32)).replace(day=4)


def close(city, now, track_days=180, most=None):
    """As the job does, in the grids of this city, or in so many of them."""
    with db.read_session() as session:
        due = statistics.grids_due(session, now, limit=100_000)
    for jurisdiction_id, month, grid in [grid_due for grid_due in due if grid_due[0] == city.jurisdiction_id][
        :most
    ]:
        with db.transaction(SYSTEM) as session:
            statistics.close(session, jurisdiction_id, month, grid, now, track_days=track_days)


def ask(person, city, **query):
    this = f"{clock.now():%Y-%m}"
    answer = person.get("/figures/cycles", **({"from": this, "to": this, "area_id": city.ids["-s"]} | query))
    assert answer.status_code == 200, answer.json
    return answer.json


def follow(person, figure):
    parts = urlsplit(figure["members"])
    query = dict(parse_qsl(parts.query))
    members, cursor = [], {}
    while True:
        page = person.get(parts.path.removeprefix("/api/v1"), **query, **cursor)
        assert page.status_code == 200, page.json
        members += page.json["items"]
        if page.json["next"] is None:
            return members
        cursor = {"cursor": page.json["next"]}


def untimed(answer):
    """Without the instants that its links hold."""
    return re.sub(r"as_of=[^&']+", "", str(answer))


def test_month_facts_are_kept_with_members_after_source_deletion(square_city, worker, month, supervisor, sql):
    called, in_vain = month
    assert not ask(supervisor, square_city)["period"]["is_kept"]
    close(square_city, later())
    answer = ask(supervisor, square_city, group_by="area:grid")
    counts = {name: figure["count"] for name, figure in answer["measures"].items()}
    assert (
        counts
        | {
            **{"visits_due": 3, "visits_made": 1, "visits_on_time": 1, "visits_unanswered": 1},
            **{"homes": 3, "homes_missed": 1, "patrol_days": 1, "open_cases": 0},
        }
        == counts
    )
    assert 0 < counts["cells_missed"] < counts["cells"]
    assert answer["rates"]["visit_rate"]["value"] == pytest.approx(1 / 3, abs=1e-6)
    coverage = answer["rates"]["patrol_coverage"]["value"]
    assert coverage == pytest.approx(1 - counts["cells_missed"] / counts["cells"], abs=1e-6)
    assert [member["id"] for member in follow(supervisor, answer["measures"]["visits_made"])] == [str(called)]
    assert [m["id"] for m in follow(supervisor, answer["measures"]["visits_unanswered"])] == [str(in_vain)]
    for group in answer["groups"]:
        for figure in group["measures"].values():
            assert len(follow(supervisor, figure)) == figure["count"]
    for name, count in counts.items():
        assert sum(group["measures"][name]["count"] for group in answer["groups"]) == count
    sql("update duty_track set geom = null where worker_id = :id", id=worker.id)
    sql("update visit set deleted_at = visited_at where household_id = :id", id=called)
    close(square_city, later())
    assert untimed(ask(supervisor, square_city, group_by="area:grid")) == untimed(answer)
    covered = answer["rates"]["patrol_coverage"]["numerator"]
    assert len(follow(supervisor, covered)) == covered["count"] == counts["cells"] - counts["cells_missed"]
    # No worker is in any of it.
    assert "worker" not in str(answer | {"definitions": None})
    before = (clock.now() - timedelta(minutes=5)).isoformat().replace("+00:00", "Z")
    assert not ask(supervisor, square_city, as_of=before)["period"]["is_kept"]
    assert answer["measures"]["homes"]["previous"] is None


def test_keep_cycles_job_counts_at_most_limit_grids(square_city, sql):
    count_sql = "select count(distinct (month, grid_id)) from cycle_fact"
    before = sql(count_sql)[0][0]
    assert jobs.close_due_months(later(), limit=1) == 1
    assert sql(count_sql)[0][0] == before + 1


def test_visit_is_not_on_time_when_made_after_due_day(square_city, worker, supervisor, sql, month):
    late, _ = month
    with db.transaction(SYSTEM) as session:
        due = "update household set next_visit_due = :day where id = :id"
        session.execute(text(due), {"day": clock.now().date() - timedelta(days=1), "id": late})
    sql("update visit set deleted_at = visited_at where household_id = :id", id=late)
    body = {"id": str(uuid7()), "outcome": "done"}
    assert supervisor.post(f"/households/{late}/visits", body).status_code == 201
    close(square_city, later())
    counts = {name: figure["count"] for name, figure in ask(supervisor, square_city)["measures"].items()}
    assert (counts["visits_made"], counts["visits_on_time"]) == (1, 0)


def test_missed_months_are_counted_later_and_marked_partial(square_city, worker, supervisor, sql, month):
    this = clock.now().date().replace(day=1)
    much_later = later() + timedelta(days=62)  # the job stood still for two more months
    with db.read_session() as session:
        due = [
            grid_due
            for grid_due in statistics.grids_due(session, much_later, limit=100_000)
            if grid_due[0] == square_city.jurisdiction_id
        ]
    months = sorted({month for _, month, _ in due})
    assert months[0] == this and len(months) == 3, "none before the grids stood, none left out"
    assert [month for _, month, _ in due] == sorted((month for _, month, _ in due), reverse=True)
    close(square_city, much_later)
    answer = ask(supervisor, square_city)
    assert answer["period"] == answer["period"] | {"is_kept": True, "partial_months": [f"{this:%Y-%m}"]}
    assert answer["measures"]["visits_made"]["count"] == 1
    last = f"{months[-1]:%Y-%m}"
    assert ask(supervisor, square_city, **{"from": last, "to": last})["period"]["partial_months"] == []


def test_month_is_partial_when_its_tracks_were_deleted(square_city, supervisor, month):
    close(square_city, later(), track_days=10)
    assert ask(supervisor, square_city)["period"]["partial_months"] == [f"{clock.now():%Y-%m}"]


def test_month_is_unfinished_until_all_grids_are_kept(square_city, supervisor, month):
    this = [f"{clock.now():%Y-%m}"]
    periods = [ask(supervisor, square_city)["period"]]
    for most in (1, None):
        close(square_city, later(), most=most)
        periods.append(ask(supervisor, square_city)["period"])
    states = [
        (period["is_kept"], period["unfinished_months"], period["partial_months"]) for period in periods
    ]
    assert states == [(False, this, []), (True, this, []), (True, [], [])]


def test_visits_due_include_households_visited_since_and_exclude_new_ones(square_city, supervisor):
    (called,) = homes(square_city, (0.3, 0.6))
    with db.transaction(SYSTEM) as session:
        due = "update household set next_visit_due = :day where id = :id"
        session.execute(text(due), {"day": clock.now().date() - timedelta(days=1), "id": called})
    until = clock.now()
    body = {"id": str(uuid7()), "outcome": "done"}
    assert supervisor.post(f"/households/{called}/visits", body).status_code == 201
    homes(square_city, (0.3, 0.7))
    with db.read_session() as session:
        members = households.visits_of_cycle(
            session, square_city.ids["-g1"], since=until - timedelta(days=1, hours=1), until=until, zone="UTC"
        )
    assert members["visits_due"] == [str(called)]


def test_ended_grid_is_not_counted(square_city, sql):
    grid = square_city.ids["-g1"]
    ends = "update area_version set valid = tstzrange(lower(valid), :at) where area_id = :grid and upper_inf(valid)"
    sql(ends, at=later() + timedelta(days=1), grid=grid)
    with db.read_session() as session:
        due = statistics.grids_due(session, later() + timedelta(days=62), limit=100_000)
    assert grid not in {grid["id"] for _, _, grid in due}
