"""Places of transitions: stored on duty only, shown to directors, erased with positions."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from app.core import clock, db
from app.core.actor import SYSTEM, Role
from app.incidents import jobs as incident_jobs
from app.workforce import jobs
from app.workforce import service as workforce
from tests.live.processes import as_job_worker
from tests.sync.pull_client import fresh

assert incident_jobs  # the function that erases places of events


def fix(city, **fields):
    """Return a fix 130 m from the middle of g1, at a longitude that occurs nowhere else."""
    place = city.in_grid("g1")
    return {"lon": round(place["lon"] + 0.0012345, 7), "lat": place["lat"], "accuracy_m": 7.5} | fields


@pytest.fixture
def worked(city, report, accept):
    worker = city.worker("g1", name="甲")

    def make():
        case = report(city.worker("g3", on_duty=False), city.in_grid("g1"))
        assert accept(worker, case).status_code == 200
        return worker, case

    return make


def places(person, case):
    items = person.get(f"/incidents/{case['id']}/events").json["items"]
    return {event["action"]: event["place"] for event in items if event["place"]}


def stored_locations(rows, case):
    events = rows(
        """select action, round(ST_X(location)::numeric, 7)::float lon, accuracy_m from incident_event
           where incident_id = :i and (location is not null or accuracy_m is not null) order by seq""",
        i=case["id"],
    )
    return [tuple(event) for event in events]


def test_step_location_is_shown_to_directors_only(city, worked, report, step, rows):
    worker, case = worked()
    there = fix(city)
    assert step(worker, case, "start", fix=there).status_code == 200
    assert step(worker, case, "feed_back", note="done", fix=there).status_code == 200
    location = {key: there[key] for key in ("lon", "lat", "accuracy_m")}
    boss = city.supervisor()
    assert places(boss, case) == {"start": location, "feed_back": location}
    own = report(worker, city.in_grid("g1"), fix=there)
    assert places(boss, own) == {"report": location}
    colleague = city.worker("g1", name="乙")
    paths = ("", "/events", "/dispatch", "/print")
    for shown_case in (case, own):
        for person in (worker, colleague):
            shown = [person.get(f"/incidents/{shown_case['id']}{path}") for path in paths]
            assert all(answer.status_code == 200 for answer in shown)
            texts = [answer.get_data(as_text=True) for answer in shown]
            texts += [str(row) for row in fresh(person).pull().rows.values()]
            audited = city.person(Role.ADMIN).post("/audit/search", {"entity_id": shown_case["id"]})
            assert audited.status_code == 200
            texts += [audited.get_data(as_text=True)]
            assert not [text_shown for text_shown in texts if str(there["lon"]) in text_shown]
            assert places(person, shown_case) == {}
    listed = boss.get("/ogc/collections/incidents/items?limit=100")
    assert str(there["lon"]) not in listed.get_data(as_text=True)


def test_step_location_is_stored_on_duty_only(city, worked, step, rows):
    worker, case = worked()
    assert step(worker, case, "start", fix=fix(city, age_s=7200)).status_code == 200
    assert stored_locations(rows, case) == []
    off = worker.post(f"/workers/{worker.id}/duty", {"on_duty": False})
    assert off.status_code in (200, 204)
    assert step(worker, case, "feed_back", note="done", fix=fix(city)).status_code == 200
    assert stored_locations(rows, case) == []


def test_step_location_skips_mock_fixes_and_converts_coordinates(city, worked, step, rows):
    worker, case = worked()
    assert step(worker, case, "start", fix=fix(city, mock=True)).status_code == 200
    assert stored_locations(rows, case) == []
    there = {"lon": 120.13, "lat": 30.26, "accuracy_m": 7.5, "coord_sys": "gcj02"}
    assert step(worker, case, "feed_back", note="done", fix=there).status_code == 200
    ((action, lon, accuracy),) = stored_locations(rows, case)
    assert (action, accuracy) == ("feed_back", 7.5) and 0.001 < there["lon"] - lon < 0.01


def test_desk_step_returns_422_when_fix_is_given(city, worked, step):
    _, case = worked()
    refused = step(city.supervisor(), case, "urge", fix=fix(city))
    assert (refused.status_code, refused.json["errors"][0]["field"]) == (422, "fix")


def test_position_job_blanks_step_locations_only(city, worked, step, rows, settings):
    worker, case = worked()
    step(worker, case, "feed_back", note="done", fix=fix(city))
    history = "select to_jsonb(e) - 'location' - 'accuracy_m' from incident_event e where incident_id = :i order by seq"
    before = rows(history, i=case["id"])
    for days, left in ((settings.position_days - 1, 1), (settings.position_days + 1, 0)):
        with as_job_worker(settings), db.transaction(SYSTEM) as session:
            jobs.run_due(session, clock.now() + timedelta(days=days), settings=settings)
        assert len(stored_locations(rows, case)) == left, days
    assert rows(history, i=case["id"]) == before
    assert places(city.supervisor(), case) == {}
    # That far ahead the job has dropped the partitions of today, which other tests need.
    with db.transaction(SYSTEM) as session:
        workforce.prepare_partitions(session, clock.now())


@pytest.mark.parametrize(
    "change", ["note = 'x', location = null, accuracy_m = null", "accuracy_m = 1", "location = null"]
)
def test_event_location_rejects_other_updates(city, worked, step, settings, change):
    worker, case = worked()
    step(worker, case, "feed_back", note="done", fix=fix(city))
    owner = db.make_engine(settings.database_url, role=None, pool_size=1, statement_timeout_ms=0)
    sql = text(f"update incident_event set {change} where incident_id = :i and location is not null")
    with owner.connect() as connection, pytest.raises(Exception, match="insert only"):
        connection.execute(sql, {"i": case["id"]})
    owner.dispose()
