"""Positions over the API: what is stored, what is filtered, and who may read it."""

import gzip
import json
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.core import clock, db
from app.core.actor import SYSTEM, Role
from app.core.constraint_errors import code_of_integrity
from app.core.coordinates import from_wgs84
from app.http.compression import decompress
from app.settings import Settings
from app.workforce import jobs, service
from tests.waits import eventually

LON, LAT = 120.13, 30.26
METRE = 1 / 111_195
ON_DUTY = {"on_duty_for": timedelta(hours=2)}
LOOK = {"purpose": "dispatch", "explanation": "给附近的人派单"}
WHY = {"purpose": "inquiry", "explanation": "核实巡查投诉"}


def walking_fixes(
    n: int, *, start_s: float = 3600, step_s: float = 30, north_m: float = 40, **kwargs
) -> list[dict]:
    """n fixes, the first `start_s` ago."""
    now = clock.now()
    return [
        {
            "at": (now - timedelta(seconds=start_s - step_s * i)).isoformat(),
            "lon": LON,
            "lat": LAT + i * north_m * METRE,
            "accuracy_m": 8,
            **kwargs,
        }
        for i in range(n)
    ]


def batch(positions: list[dict], sent_at: datetime | None = None) -> dict:
    return {"sent_at": (sent_at or clock.now()).isoformat(), "positions": positions}


def send(worker, positions: list[dict], sent_at: datetime | None = None) -> dict:
    answer = worker.post("/positions", batch(positions, sent_at))
    assert answer.status_code == 202, answer.json
    return answer.json


@pytest.fixture
def stored(rows):
    return lambda worker: rows("select * from position where worker_id = :w order by at", w=worker.account_id)


@pytest.fixture
def located(rows):
    def read(worker):
        positions = rows(
            "select at, ST_X(geom) lon, ST_Y(geom) lat, accuracy_m from worker_position where worker_id = :w",
            w=worker.account_id,
        )
        return positions[0] if positions else None

    return read


def test_positions_are_stored_and_newest_is_current(workforce_city, stored, located):
    worker = workforce_city.worker("g1", **ON_DUTY)
    fixes = walking_fixes(20, speed_mps=1.3, heading_deg=0, battery_pct=80)
    assert send(worker, fixes) == {"accepted": 20, "duplicate": 0, "filtered": {}, "flagged": {}}
    saved = stored(worker)
    assert [k.at.isoformat() for k in saved] == [f["at"] for f in fixes]
    assert (saved[0].accuracy_m, saved[0].speed_mps, saved[0].battery_pct, saved[0].is_mock) == (
        8,
        1.3,
        80,
        False,
    )
    position = located(worker)
    assert (position.at, position.lon, position.lat) == (saved[-1].at, LON, pytest.approx(fixes[-1]["lat"]))


def test_batch_sent_again_is_all_duplicates(workforce_city, stored):
    worker = workforce_city.worker("g1", **ON_DUTY)
    fixes = walking_fixes(20)
    send(worker, fixes)
    assert send(worker, fixes) == {"accepted": 0, "duplicate": 20, "filtered": {}, "flagged": {}}
    assert send(worker, fixes, clock.now() - timedelta(seconds=60))["duplicate"] == 20
    assert len(stored(worker)) == 20


def test_batches_out_of_order_preserve_newest_position(workforce_city, stored, located):
    worker = workforce_city.worker("g1", **ON_DUTY)
    early, late = walking_fixes(10, start_s=3000), walking_fixes(10, start_s=1000)
    send(worker, late)
    newest = located(worker)
    assert send(worker, early)["accepted"] == 10
    assert located(worker) == newest
    assert len(stored(worker)) == 20
    assert send(worker, late)["duplicate"] == 10


def test_shuffled_batch_is_judged_in_time_order(workforce_city, located):
    worker = workforce_city.worker("g1", **ON_DUTY)
    fixes = walking_fixes(10)
    assert send(worker, fixes[5:] + fixes[:5])["accepted"] == 10
    assert located(worker).at.isoformat() == fixes[-1]["at"]


def test_concurrent_identical_batches_are_stored_once(workforce_city, stored):
    worker = workforce_city.worker("g1", **ON_DUTY)
    fixes = walking_fixes(50)
    callers = [workforce_city.caller(worker.account_id) for _ in range(6)]
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda c: send(c, fixes), callers))
    assert sum(a["accepted"] for a in answers) == 50
    assert sum(a["duplicate"] for a in answers) == 250
    assert len(stored(worker)) == 50


def test_positions_are_not_stored_when_off_duty(workforce_city, stored, located):
    worker = workforce_city.worker("g1")
    assert send(worker, walking_fixes(20)) == {
        "accepted": 0,
        "duplicate": 0,
        "filtered": {"off_duty": 20},
        "flagged": {},
    }
    assert stored(worker) == []
    assert located(worker) is None


def test_positions_are_judged_by_duty_at_their_time(workforce_city, stored, located):
    worker = workforce_city.worker("g1", on_duty_for=timedelta(hours=1))
    worker.post(
        f"/workers/{worker.account_id}/duty",
        {"on_duty": False, "at": (clock.now() - timedelta(minutes=30)).isoformat()},
    )
    answer = send(worker, walking_fixes(60, start_s=5395, step_s=90, north_m=50))
    assert answer == {"accepted": 20, "duplicate": 0, "filtered": {"off_duty": 40}, "flagged": {}}
    assert located(worker) is None


def test_duty_end_deletes_current_and_later_positions(workforce_city, stored, located):
    worker = workforce_city.worker("g1", **ON_DUTY)
    send(worker, walking_fixes(20, start_s=1200, step_s=60))
    end = clock.now() - timedelta(minutes=10)
    worker.post(f"/workers/{worker.account_id}/duty", {"on_duty": False, "at": end.isoformat()})
    assert located(worker) is None
    fixes = stored(worker)
    assert 0 < len(fixes) < 20
    assert all(k.at < end for k in fixes)


def test_concurrent_positions_after_duty_end_are_not_stored(workforce_city, stored, located):
    for _ in range(5):
        worker = workforce_city.worker("g1", **ON_DUTY)
        end = clock.now() - timedelta(minutes=30)
        batches = [walking_fixes(100, start_s=3600 - i, step_s=35) for i in range(4)]
        path = f"/workers/{worker.account_id}/duty"
        callers = [workforce_city.caller(worker.account_id) for _ in range(5)]
        with ThreadPoolExecutor(5) as pool:
            sent = [pool.submit(send, c, b) for c, b in zip(callers, batches, strict=False)]
            ended = pool.submit(callers[4].post, path, {"on_duty": False, "at": end.isoformat()})
            assert ended.result().status_code == 200
            for future in sent:
                future.result()
        assert located(worker) is None
        assert all(k.at < end for k in stored(worker))


def test_positions_deleted_while_duty_was_locked_are_no_duplicates(workforce_city, stored):
    """The statement that waits for the end of a duty has an older snapshot than the end."""
    worker = workforce_city.worker("g1", **ON_DUTY)
    fixes = walking_fixes(4, start_s=3600, step_s=60)
    assert send(worker, fixes)["accepted"] == 4
    binds = {"id": worker.account_id, "end": clock.now() - timedelta(minutes=30)}
    with ThreadPoolExecutor(1) as pool:
        with db.transaction(SYSTEM) as session:
            session.execute(
                text("update duty set during = tstzrange(lower(during), :end) where worker_id = :id"), binds
            )
            session.execute(text("delete from position where worker_id = :id"), binds)
            sent = pool.submit(send, worker, fixes)
            eventually(lambda: _waits_for_lock("duty"))
        taken = sent.result()
    assert (taken["accepted"], taken["duplicate"]) == (4, 0)
    assert len(stored(worker)) == 4


def _waits_for_lock(table: str) -> bool:
    waiting = "select 1 from pg_stat_activity where wait_event_type = 'Lock' and query like :table"
    with db.read_session() as session:
        return session.scalar(text(waiting), {"table": f"%{table}%"}) is not None


def test_bad_fixes_are_filtered_from_batch(workforce_city, stored):
    worker = workforce_city.worker("g1", **ON_DUTY)
    fixes = [
        *walking_fixes(3),
        walking_fixes(1, start_s=600)[0] | {"lon": 0, "lat": 0},
        walking_fixes(1, start_s=500)[0] | {"lat": 95},
        walking_fixes(1, start_s=450)[0] | {"lon": float("nan")},
        walking_fixes(1, start_s=400)[0] | {"accuracy_m": 5000},
        walking_fixes(1, start_s=8 * 86_400)[0],
        walking_fixes(1, start_s=-300)[0],
        walking_fixes(1, start_s=300, accuracy_m=300)[0],
        walking_fixes(1, start_s=150, is_mock=True)[0],
    ]
    answer = send(worker, fixes)
    assert answer["accepted"] == 5
    reasons = ("zero_zero", "out_of_range", "inaccurate", "too_old", "in_future")
    assert answer["filtered"] == dict.fromkeys(reasons, 1) | {"out_of_range": 2}
    assert [(k.is_coarse, k.is_mock) for k in stored(worker)[-2:]] == [(True, False), (False, True)]


def test_coarse_and_mock_fixes_never_become_current_position(workforce_city, located):
    worker = workforce_city.worker("g1", **ON_DUTY)
    send(worker, walking_fixes(1, start_s=300, accuracy_m=300) + walking_fixes(1, start_s=100, is_mock=True))
    assert located(worker) is None


def test_positions_of_wrong_phone_clock_are_corrected(workforce_city, stored):
    worker = workforce_city.worker("g1", on_duty_for=timedelta(minutes=10))
    behind = timedelta(hours=-5)
    fixes = [
        f | {"at": (datetime.fromisoformat(f["at"]) + behind).isoformat()}
        for f in walking_fixes(5, start_s=300)
    ]
    assert send(worker, fixes, clock.now() + behind)["accepted"] == 5
    assert all(abs((clock.now() - k.at).total_seconds()) < 320 for k in stored(worker))
    assert send(worker, fixes, clock.now() + behind)["duplicate"] == 5


def test_shifted_coordinates_are_stored_as_wgs84(workforce_city, located):
    worker = workforce_city.worker("g1", **ON_DUTY)
    lon, lat = from_wgs84(LON, LAT, "bd09")
    send(worker, [walking_fixes(1)[0] | {"lon": lon, "lat": lat, "coord_sys": "bd09"}])
    position = located(worker)
    assert (position.lon, position.lat) == pytest.approx((LON, LAT), abs=1e-8)


def test_positions_require_worker_and_at_most_500_fixes(workforce_city):
    worker = workforce_city.worker("g1", **ON_DUTY)
    assert (
        workforce_city.supervisor("c1").post("/positions", batch(walking_fixes(1))).json["code"]
        == "not_a_worker"
    )
    gis = workforce_city.caller(workforce_city.person(Role.GIS, "c1"))
    assert gis.post("/positions", batch(walking_fixes(1))).json["code"] == "permission_missing"
    assert worker.post("/positions", batch(walking_fixes(501, step_s=1))).status_code == 422
    assert worker.post("/positions", {"positions": []}).status_code == 422
    assert send(worker, []) == {"accepted": 0, "duplicate": 0, "filtered": {}, "flagged": {}}
    assert sum(send(worker, walking_fixes(500, step_s=7))[k] for k in ("accepted", "duplicate")) == 500


def packed(worker, body: bytes, encoding: str = "gzip"):
    headers = {"Content-Encoding": encoding, "Content-Type": "application/json"}
    return worker._call("POST", "/positions", data=body, headers=headers)


def test_positions_accept_gzipped_body(workforce_city):
    worker = workforce_city.worker("g1", **ON_DUTY)
    body = json.dumps(batch(walking_fixes(100))).encode()
    answer = packed(worker, gzip.compress(body))
    assert (answer.status_code, answer.json["accepted"]) == (202, 100)
    assert packed(worker, b"not gzip").status_code == 400
    assert packed(worker, gzip.compress(body)[:-4]).status_code == 400
    assert packed(worker, body, "br").status_code == 415


def test_positions_return_413_for_decompression_bomb(workforce_city):
    worker = workforce_city.worker("g1", **ON_DUTY)
    bomb = gzip.compress(b" " * 50_000_000)
    assert len(bomb) < 100_000
    assert packed(worker, bomb).status_code == 413
    assert len(decompress(bomb, 1000)) == 1001


def test_locate_returns_workers_on_duty_in_scope(workforce_city, rows):
    on_duty, silent = workforce_city.worker("g1", **ON_DUTY), workforce_city.worker("g2", **ON_DUTY)
    workforce_city.worker("g1")
    elsewhere = workforce_city.worker("g3", **ON_DUTY)
    send(on_duty, walking_fixes(3, start_s=60))
    boss = workforce_city.supervisor("c1")
    answer = boss.post("/workers/locate", LOOK)
    assert answer.status_code == 200
    by_id = {item["id"]: item for item in answer.json["items"]}
    assert set(by_id) == {str(on_duty.account_id), str(silent.account_id)}
    item = by_id[str(on_duty.account_id)]
    assert item["position"]["lon"] == LON and 0 <= item["position"]["age_s"] < 60
    assert (item["open_work"], item["capacity"], item["position"]["accuracy_m"]) == (0, 5, 8)
    assert by_id[str(silent.account_id)]["position"] is None
    ((purpose, detail),) = rows(
        "select purpose, detail from audit_event where actor_id = :a and action = 'worker.locate'",
        a=boss.account_id,
    )
    assert (purpose, detail["purpose"]) == (LOOK["explanation"], "dispatch")
    assert set(detail["worker_ids"]) == set(by_id)
    assert str(elsewhere.account_id) not in by_id


def test_locate_filters_by_area_and_bounding_box(workforce_city):
    near, there = workforce_city.worker("g1", **ON_DUTY), workforce_city.worker("g2", **ON_DUTY)
    send(near, walking_fixes(1, start_s=30))
    send(there, [walking_fixes(1, start_s=30)[0] | {"lon": LON + 0.5}])
    boss = workforce_city.supervisor("d")

    def located_ids(**filters):
        answer = boss.post("/workers/locate", LOOK | filters)
        assert answer.status_code == 200, answer.json
        return {item["id"] for item in answer.json["items"]}

    assert located_ids(bbox=[LON - 0.1, LAT - 0.1, LON + 0.1, LAT + 0.1]) == {str(near.account_id)}
    assert located_ids(bbox=[LON + 0.4, LAT - 0.1, LON + 0.6, LAT + 0.1]) == {str(there.account_id)}
    assert located_ids(area_id=str(workforce_city.area("g2"))) == {str(there.account_id)}
    assert boss.post("/workers/locate", LOOK | {"bbox": [1, 2, 3]}).status_code == 422


def test_locate_shows_and_records_the_named_workers_only(workforce_city, rows):
    """Seen red without the condition on the ids."""
    near, there = workforce_city.worker("g1", **ON_DUTY), workforce_city.worker("g2", **ON_DUTY)
    elsewhere = workforce_city.worker("g3", **ON_DUTY)
    boss = workforce_city.supervisor("c1")
    named = [str(near.account_id), str(elsewhere.account_id)]
    answer = boss.post("/workers/locate", LOOK | {"worker_ids": named})
    assert answer.status_code == 200, answer.json
    assert [item["id"] for item in answer.json["items"]] == [str(near.account_id)]
    ((detail,),) = rows(
        "select detail from audit_event where actor_id = :a and action = 'worker.locate'", a=boss.account_id
    )
    assert detail["worker_ids"] == [str(near.account_id)]
    assert "worker.locate" not in str(there.get("/me/audit").json)
    assert boss.post("/workers/locate", LOOK | {"worker_ids": []}).status_code == 422


def test_locate_requires_permission_and_purpose(workforce_city, rows):
    worker, chief = workforce_city.worker("g1", **ON_DUTY), workforce_city.worker("g1", role=Role.GRID_CHIEF)
    for caller in (worker, chief):
        assert caller.post("/workers/locate", LOOK).status_code == 403
    boss = workforce_city.supervisor("c1")
    thin = [{"explanation": words} for words in ("", "aaaa", "派单", "x " * 251)]
    for wrong in ({"purpose": ""}, {"purpose": "call_back"}, *thin):
        answer = boss.post("/workers/locate", LOOK | wrong)
        assert answer.status_code == 422 and [f["field"] for f in answer.json["errors"]] == list(wrong), wrong
    assert rows("select 1 from audit_event where actor_id = :a", a=boss.account_id) == []


def test_locate_returns_no_position_after_duty(workforce_city):
    worker, boss = workforce_city.worker("g1", **ON_DUTY), workforce_city.supervisor("c1")
    send(worker, walking_fixes(3, start_s=60))
    worker.post(f"/workers/{worker.account_id}/duty", {"on_duty": False})
    assert boss.post("/workers/locate", LOOK).json["items"] == []
    worker.post(f"/workers/{worker.account_id}/duty", {"on_duty": True})
    (item,) = boss.post("/workers/locate", LOOK).json["items"]
    assert item["position"] is None


def test_own_track_is_readable_in_pages(workforce_city):
    worker = workforce_city.worker("g1", **ON_DUTY)
    fixes = walking_fixes(7)
    send(worker, fixes)
    path = f"/workers/{worker.account_id}/track"
    seen, cursor = [], None
    while True:
        query = {"limit": 3} | ({"cursor": cursor} if cursor else {})
        answer = worker.get(path, query_string=query)
        assert answer.status_code == 200, answer.json
        seen += [datetime.fromisoformat(item["at"]) for item in answer.json["items"]]
        cursor = answer.json["next"]
        if cursor is None:
            break
    assert seen == [datetime.fromisoformat(f["at"]) for f in fixes]
    query = {"since": fixes[2]["at"], "until": fixes[5]["at"]}
    assert len(worker.get(path, query_string=query).json["items"]) == 3


def test_track_of_others_requires_purpose_and_is_audited(workforce_city, rows):
    worker, boss = workforce_city.worker("g1", **ON_DUTY), workforce_city.supervisor("c1")
    fixes = walking_fixes(5)
    send(worker, fixes)
    path = f"/workers/{worker.account_id}/track"
    period = {"since": fixes[0]["at"], "until": clock.now().isoformat()}
    refused = boss.get(path)
    assert (refused.status_code, refused.json["code"]) == (403, "purpose_required")
    assert workforce_city.worker("g1").get(path).status_code == 404
    assert boss.post(path, period).status_code == 422
    answer = boss.post(path, period | WHY)
    assert answer.status_code == 200 and len(answer.json["items"]) == 5
    ((entity_id, purpose),) = rows(
        "select entity_id, purpose from audit_event where actor_id = :a and action = 'worker.track'",
        a=boss.account_id,
    )
    assert (entity_id, purpose) == (worker.account_id, WHY["explanation"])
    assert workforce_city.supervisor("c2").post(path, period | WHY).status_code == 404
    assert worker.post(path, period | WHY).status_code == 403


def test_position_partitions_are_created_ahead_and_dropped(app):
    now = clock.now()

    def day(n: int) -> str:
        return f"position_{now.astimezone(UTC) + timedelta(days=n):%Y%m%d}"

    # Rolled back at the end: other tests need the partitions of today.
    engine = db.make_engine(app_url(), role="gridward_job", pool_size=1, statement_timeout_ms=0)
    with Session(engine) as session:

        def partitions() -> set[str]:
            sql = "select inhrelid::regclass::text from pg_inherits where inhparent = 'position'::regclass"
            return set(session.scalars(text(sql)))

        service.prepare_partitions(session, now - timedelta(days=40))
        assert day(-40) in partitions()
        jobs.run_due(session, now, settings=Settings())
        assert {day(n) for n in range(-7, 8)} <= partitions()
        assert not any(name < day(-30) for name in partitions())
        jobs.run_due(session, now + timedelta(days=300), settings=Settings())
        assert partitions() == {day(n) for n in range(293, 308)}
        assert service.prepare_partitions(session, now + timedelta(days=300)) == 0
    engine.dispose()


def test_missing_partition_is_reported_as_internal_error(workforce_city, caplog):
    worker = workforce_city.worker("g1", **ON_DUTY)
    insert = "insert into position (worker_id, at, geom) values (:w, :at, ST_SetSRID(ST_MakePoint(120.1, 30.2), 4326))"
    with Session(db.engine()) as session, pytest.raises(IntegrityError) as refused:
        session.execute(text(insert), {"w": worker.account_id, "at": clock.now() + timedelta(days=3000)})
    assert (code_of_integrity(refused.value), "no client's fault" in caplog.text) == ("internal", True)


def test_implausible_fixes_never_become_current_position(workforce_city, stored, located):
    worker = workforce_city.worker("g1", **ON_DUTY)
    fixes = walking_fixes(5)
    fixes[3] |= {"lat": LAT + 0.5}  # 55 km in half a minute
    answer = send(worker, fixes)
    assert (answer["accepted"], answer["flagged"]) == (5, {"implausible_speed": 1})
    assert [k.is_implausible for k in stored(worker)] == [False, False, False, True, False]
    assert located(worker).at.isoformat() == fixes[4]["at"]
    # Again one that is the newest of its batch, and what comes after is judged by the good ones.
    late = walking_fixes(1, start_s=600)[0] | {"lat": LAT + 5}
    assert send(worker, [late])["flagged"] == {"implausible_speed": 1}
    assert located(worker).at.isoformat() == fixes[4]["at"]
    assert send(worker, walking_fixes(1, start_s=500))["flagged"] == {}
    track = worker.get(f"/workers/{worker.account_id}/track").json["items"]
    assert sum(item["is_implausible"] for item in track) == 2


def test_stationary_heartbeat_updates_time_without_new_row(workforce_city, stored, located):
    worker = workforce_city.worker("g1", **ON_DUTY)
    first = walking_fixes(1, start_s=100)
    send(worker, first)
    answer = send(worker, walking_fixes(3, start_s=90, step_s=20, north_m=1))
    assert (answer["accepted"], answer["filtered"]) == (0, {"stationary": 3})
    assert len(stored(worker)) == 1
    position = located(worker)
    assert position.lat == pytest.approx(LAT)
    assert 45 < (clock.now() - position.at).total_seconds() < 60
    # One that comes late does not make it older.
    send(worker, walking_fixes(1, start_s=80, north_m=1))
    assert located(worker) == position


def test_locate_and_tracks_are_rate_limited(workforce_city, app, monkeypatch):
    worker, boss = workforce_city.worker("g1", **ON_DUTY), workforce_city.supervisor("c1")
    settings = replace(app.extensions["settings"], locates_per_window=3)
    monkeypatch.setitem(app.extensions, "settings", settings)
    period = {"since": walking_fixes(1)[0]["at"], "until": clock.now().isoformat(), **WHY}
    path = f"/workers/{worker.account_id}"
    assert boss.post("/workers/locate", LOOK).status_code == 200
    assert boss.post(f"{path}/track", period).status_code == 200
    assert boss.post(f"{path}/tracks", period).status_code == 200
    for refused in (
        boss.post("/workers/locate", LOOK),
        boss.post(f"{path}/track", period),
        boss.post(f"{path}/tracks", period),
    ):
        assert (refused.status_code, refused.json["code"]) == (429, "locate_throttled")
        assert 0 < int(refused.headers["Retry-After"]) <= 3601
    assert worker.get(f"{path}/track").status_code == 200
    with clock.at(clock.now() + timedelta(minutes=61)):
        assert boss.post("/workers/locate", LOOK).status_code == 200


def test_duty_track_is_built_after_duty_and_rebuilt_for_late_fixes(workforce_city, rows):
    worker, boss = workforce_city.worker("g1", **ON_DUTY), workforce_city.supervisor("c1")
    path = f"/workers/{worker.account_id}"
    straight = walking_fixes(60)
    send(worker, [*straight[:40], walking_fixes(1, start_s=900, accuracy_m=900)[0]])
    assert worker.get(f"{path}/tracks").json["items"] == []
    end = clock.now() - timedelta(minutes=20)
    worker.post(f"{path}/duty", {"on_duty": False, "at": end.isoformat()})
    jobs.make_tracks(clock.now(), limit=100_000)
    (item,) = worker.get(f"{path}/tracks").json["items"]
    assert item["fixes"] == 40 and item["length_m"] == pytest.approx(39 * 40, rel=0.01)
    # A straight walk is two points; the coarse fix is none of it.
    assert item["line"]["type"] == "LineString" and len(item["line"]["coordinates"]) == 2
    assert item["line"]["coordinates"][0] == pytest.approx([LON, LAT], abs=1e-6)
    ((measures,),) = rows(
        "select array[ST_M(ST_StartPoint(geom)), ST_M(ST_EndPoint(geom))] from duty_track where worker_id = :w",
        w=worker.account_id,
    )
    assert measures == [
        pytest.approx(datetime.fromisoformat(straight[n]["at"]).timestamp(), abs=0.01) for n in (0, 39)
    ]
    jobs.make_tracks(clock.now(), limit=100_000)
    late = [f | {"lon": LON + 0.001} for f in straight[40:50]]
    assert send(worker, late)["accepted"] == 10
    jobs.make_tracks(clock.now(), limit=100_000)
    (item,) = worker.get(f"{path}/tracks").json["items"]
    assert item["fixes"] == 50 and len(item["line"]["coordinates"]) > 2

    refused = boss.get(f"{path}/tracks")
    assert (refused.status_code, refused.json["code"]) == (403, "purpose_required")
    period = {"since": straight[0]["at"], "until": clock.now().isoformat()}
    assert boss.post(f"{path}/tracks", period).status_code == 422
    shown = boss.post(f"{path}/tracks", period | WHY)
    assert [i["fixes"] for i in shown.json["items"]] == [50]
    assert rows(
        "select 1 from audit_event where actor_id = :a and action = 'worker.track'", a=boss.account_id
    )


def test_duty_tracks_are_dropped_after_180_days(workforce_city, rows):
    worker = workforce_city.worker("g1", **ON_DUTY)
    send(worker, walking_fixes(5))
    worker.post(f"/workers/{worker.account_id}/duty", {"on_duty": False})
    jobs.make_tracks(clock.now() + timedelta(minutes=15), limit=100_000)
    sql = "select count(*) from duty_track where worker_id = :w"
    now = clock.now()
    engine = db.make_engine(app_url(), role="gridward_job", pool_size=1, statement_timeout_ms=0)
    with Session(engine) as session:  # rolled back: other tests need their rows
        for days, left in ((179, 1), (181, 0)):
            service.drop_old_tracks(session, now + timedelta(days=days), days=180)
            assert session.scalar(text(sql), {"w": worker.account_id}) == left
    engine.dispose()
    assert rows(sql, w=worker.account_id) == [(1,)]


def app_url() -> str:
    return os.environ["GRIDWARD_TEST_DATABASE_URL"]
