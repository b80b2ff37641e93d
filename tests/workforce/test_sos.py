"""Calls for help (SOS): recipients, escalation, and privacy of the place."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from app.core import clock, db
from app.core.actor import SYSTEM, Role
from app.core.ids import uuid7
from app.settings import Settings
from app.workforce import jobs, service
from app.workforce.rules import sos as rules

LON, LAT = 120.0312345, 30.0498765


def call(worker, **fields):
    body = {"id": str(uuid7()), "lon": LON, "lat": LAT, "accuracy_m": 15, "note": "有狗", **fields}
    answer = worker.post("/sos", body)
    assert answer.status_code == 201, answer.json
    return answer.json


def recipients(item) -> dict[str, str]:
    return {person["id"]: person["reason"] for person in item["told"]}


def ids(*people) -> set[str]:
    return {str(p.account_id) for p in people}


def listed(person, **query) -> set[str]:
    answer = person.get("/sos", query_string=query)
    assert answer.status_code == 200, answer.json
    return {item["id"] for item in answer.json["items"]}


@pytest.fixture
def people(workforce_city):
    """Those of the path of g1, and some who are none of it."""
    return {
        "worker": workforce_city.worker("g1"),
        "neighbour": workforce_city.worker("g1", name="邻居"),
        "chief": workforce_city.worker("c1", role=Role.GRID_CHIEF, name="网格长"),
        "chief elsewhere": workforce_city.worker("c2", role=Role.GRID_CHIEF),
        "community": workforce_city.supervisor("c1"),
        "street": workforce_city.supervisor("s"),
        "elsewhere": workforce_city.supervisor("c2"),
        "gis": workforce_city.caller(workforce_city.person(Role.GIS, "d")),
    }


def test_sos_tells_recipients_the_phone_of_the_caller(workforce_city, people):
    path = f"/workers/{people['worker'].account_id}"
    answer = people["community"].patch(path, {"phone": "0571-00001234"}, headers={"If-Match": "*"})
    assert answer.status_code == 200, answer.json
    item = call(people["worker"])
    assert people["chief"].get(f"/sos/{item['id']}").json["worker"]["phone"] == "0571-00001234"
    assert call(people["neighbour"])["worker"]["phone"] is None


@pytest.mark.parametrize("on_duty_for", [None, timedelta(hours=1)])
def test_sos_notifies_chief_and_supervisors_of_path_only(workforce_city, people, rows, on_duty_for):
    worker = workforce_city.worker("g1", on_duty_for=on_duty_for)
    item = call(worker)
    above = [people["chief"], people["community"], people["street"]]
    assert set(recipients(item)) == ids(*above)
    assert recipients(item)[str(people["chief"].account_id)] == "chief"
    assert item["place"] == {"lon": LON, "lat": LAT, "accuracy_m": 15, "near": None}
    assert (item["on_duty"], item["late_s"], item["note"]) == (on_duty_for is not None, 0, "有狗")
    for person in above:
        assert item["id"] in listed(person)
        assert person.get(f"/sos/{item['id']}").json["place"]["lon"] == LON
    assert worker.get(f"/sos/{item['id']}").json["place"]["lon"] == LON
    for name in ("worker", "neighbour", "chief elsewhere", "elsewhere", "gis"):
        assert item["id"] not in listed(people[name]), name
        assert people[name].get(f"/sos/{item['id']}").status_code == 404, name
        assert people[name].post(f"/sos/{item['id']}/acknowledge").status_code == 404, name
        close = people[name].post(f"/sos/{item['id']}/close", {"outcome": "helped"})
        assert close.status_code == 404, name
    # A row of the change log for each: what live hints and pulls go by.
    buckets = rows(
        "select distinct bucket from change_log where entity = 'sos' and row_id = :id and op = 'P'",
        id=item["id"],
    )
    assert {b[0] for b in buckets} == {f"worker:{i}" for i in ids(worker, *above)}
    # A call is no position, and its audit events name the recipients, not the place.
    assert rows("select 1 from position where worker_id = :w", w=worker.account_id) == []
    assert rows("select 1 from worker_position where worker_id = :w", w=worker.account_id) == []
    ((detail,),) = rows(
        "select detail from audit_event where action = 'sos.raise' and entity_id = :w", w=worker.account_id
    )
    assert set(detail["told"]) == ids(*above)
    assert str(LON) not in json.dumps(detail)
    assert rows("select 1 from fact_history where cast(row as text) like :p", p=f"%{LON}%") == []


def test_sos_call_sent_again_is_one_call(workforce_city, people, rows):
    worker = people["worker"]
    body = {"id": str(uuid7()), "lon": LON, "lat": LAT}
    first = worker.post("/sos", body)
    again = worker.post("/sos", body | {"note": "other words", "at": clock.now().isoformat()})
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json == first.json
    assert (
        len(
            rows(
                "select 1 from audit_event where action = 'sos.raise' and entity_id = :w", w=worker.account_id
            )
        )
        == 1
    )
    assert people["neighbour"].post("/sos", body).json["code"] == "id_reused"


def test_sos_call_reports_lateness(people):
    sent = clock.now() - timedelta(hours=3)
    at = (sent - timedelta(minutes=40)).isoformat()
    assert 13_195 <= call(people["worker"], at=at)["late_s"] <= 13_205
    # The phone's clock is three hours behind: it is forty minutes late, not more.
    assert 2_395 <= call(people["worker"], at=at, sent_at=sent.isoformat())["late_s"] <= 2_405
    assert call(people["worker"], at=(clock.now() + timedelta(hours=5)).isoformat())["late_s"] == 0


@pytest.mark.parametrize(
    "place",
    [
        {},
        {"lon": None, "lat": None},
        {"lon": 0, "lat": 0},
        {"lon": 500, "lat": 95},
        {"lon": float("nan"), "lat": 1},
    ],
)
def test_sos_call_is_accepted_without_place(people, place):
    answer = people["worker"].post("/sos", {"id": str(uuid7()), **place})
    assert (answer.status_code, answer.json["place"]) == (201, None)
    assert str(people["chief"].account_id) in recipients(answer.json)


def test_sos_call_requires_worker(people, workforce_city):
    assert people["street"].post("/sos", {"id": str(uuid7())}).json["code"] == "not_a_worker"
    assert people["gis"].post("/sos", {"id": str(uuid7())}).status_code == 403


def test_sos_call_of_chief_does_not_notify_the_chief(people):
    item = call(people["chief"])
    assert set(recipients(item)) == ids(people["community"], people["street"])


def test_sos_notifies_substitute_of_absent_chief(workforce_city, people):
    chief, stand_in = people["chief"], workforce_city.worker("g2", name="替岗")
    until = (clock.now() + timedelta(days=2)).isoformat()
    body = {"substitute_id": str(stand_in.account_id), "until": until}
    answer = people["street"].post(f"/workers/{chief.account_id}/substitute", body)
    assert answer.status_code < 300, answer.json
    notified = recipients(call(people["worker"]))
    assert notified.get(str(stand_in.account_id)) == "substitute"
    assert str(chief.account_id) not in notified
    # The chief returns to duty and is responsible for the grid again.
    chief.post(f"/workers/{chief.account_id}/duty", {"on_duty": True})
    notified = recipients(call(people["worker"]))
    assert notified.get(str(chief.account_id)) == "chief"
    assert str(stand_in.account_id) not in notified


def test_sos_does_not_notify_substitute_of_worker(workforce_city, people):
    stand_in = workforce_city.worker("g2", name="替岗")
    until = (clock.now() + timedelta(days=2)).isoformat()
    path = f"/workers/{people['neighbour'].account_id}/substitute"
    assert (
        people["street"].post(path, {"substitute_id": str(stand_in.account_id), "until": until}).status_code
        < 300
    )
    assert str(stand_in.account_id) not in recipients(call(people["worker"]))


def test_sos_skips_disabled_accounts_and_revoked_roles(people):
    with db.transaction(SYSTEM) as session:
        session.execute(
            text("update account set disabled_at = :at where id = :id"),
            {"at": clock.now(), "id": people["community"].account_id},
        )
        session.execute(
            text("update account_grant set revoked_at = :at where account_id = :id"),
            {"at": clock.now(), "id": people["street"].account_id},
        )
    assert set(recipients(call(people["worker"]))) == ids(people["chief"])


def test_sos_of_worker_without_grid_notifies_by_place(workforce_city, people):
    roamer = workforce_city.worker(None)
    # Every area of this city covers the point: all of its chiefs and supervisors, up to the limits of the city.
    notified = recipients(call(roamer))
    assert set(notified) >= ids(people["chief"], people["street"], people["elsewhere"])


def everywhere(city):
    return city.supervisor(None)


def watch(minutes: float = 0, **settings) -> dict[str, int]:
    return jobs.watch_sos(
        clock.now() + timedelta(minutes=minutes), settings=replace(Settings(), **settings), limit=1000
    )


def test_sos_escalates_once_when_unanswered(workforce_city, people, rows):
    above, admin = everywhere(workforce_city), workforce_city.caller(workforce_city.person(Role.ADMIN, None))
    quiet, answered = call(people["worker"]), call(people["worker"])
    assert not ids(above, admin) & set(recipients(quiet))
    assert people["chief"].post(f"/sos/{answered['id']}/acknowledge").status_code == 200
    watch(2)
    assert quiet["id"] not in listed(above)
    watch(4)
    assert quiet["id"] in listed(above)
    assert answered["id"] not in listed(above)
    assert quiet["id"] not in listed(admin)
    assert recipients(people["street"].get(f"/sos/{quiet['id']}").json)[str(above.account_id)] == "supervisor"
    watch(5)
    assert quiet["id"] not in listed(admin)
    watch(8)
    assert quiet["id"] in listed(admin)
    watch(60)
    events = rows(
        "select detail from audit_event where action = 'sos.escalate' and detail ->> 'sos_id' = :id",
        id=quiet["id"],
    )
    assert len(events) == 2


def test_sos_escalates_at_once_without_recipients_on_path(workforce_city):
    above = everywhere(workforce_city)
    item = call(workforce_city.worker("g1"))
    assert str(above.account_id) in recipients(item)
    assert set(recipients(item).values()) == {"supervisor"}


def test_sos_first_acknowledgement_is_final_and_synced_to_all(people, rows):
    item = call(people["worker"])
    seq = rows("select max(seq) from change_log")[0][0]
    first = people["chief"].post(f"/sos/{item['id']}/acknowledge").json
    second = people["street"].post(f"/sos/{item['id']}/acknowledge").json
    assert first["acknowledged"]["by"] == {"id": str(people["chief"].account_id), "name": "网格长"}
    assert second["acknowledged"] == first["acknowledged"]
    assert people["worker"].get(f"/sos/{item['id']}").json["acknowledged"] == first["acknowledged"]
    changed = rows(
        "select distinct bucket from change_log where seq > :seq and entity = 'sos' and row_id = :id",
        seq=seq,
        id=item["id"],
    )
    assert {b[0] for b in changed} == {
        f"worker:{i}" for i in ids(people["worker"], people["chief"], people["community"], people["street"])
    }


def test_sos_close_requires_valid_outcome(people, rows):
    item = call(people["worker"])
    path = f"/sos/{item['id']}/close"
    assert people["street"].post(path, {"outcome": "fine"}).status_code == 422
    closed = people["street"].post(path, {"outcome": "helped", "note": "她已安全"})
    assert closed.status_code == 200
    assert closed.json["closed"]["outcome"] == "helped" and closed.json["closed"]["note"] == "她已安全"
    assert closed.json["acknowledged"]["by"]["id"] == str(people["street"].account_id)
    assert people["street"].post(path, {"outcome": "helped"}).status_code == 200
    assert people["chief"].post(path, {"outcome": "other"}).json["code"] == "sos_closed"
    assert item["id"] not in listed(people["chief"])
    assert item["id"] in listed(people["chief"], state="closed") & listed(people["chief"], state="all")
    actions = rows(
        "select action from audit_event where detail ->> 'sos_id' = :id order by id", id=item["id"]
    )
    assert [a[0] for a in actions] == ["sos.raise", "sos.close"]


def test_sos_place_is_erased_a_day_after_closing(people, rows):
    item, other = call(people["worker"]), call(people["worker"])
    people["street"].post(f"/sos/{item['id']}/close", {"outcome": "helped"})
    watch(23 * 60)
    assert people["street"].get(f"/sos/{item['id']}").json["place"] is not None
    seq = rows("select max(seq) from change_log")[0][0]
    watch(25 * 60)
    erased = people["street"].get(f"/sos/{item['id']}").json
    assert (erased["place"], erased["note"]) == (None, None) and erased["place_erased_at"]
    assert people["street"].get(f"/sos/{other['id']}").json["place"] is not None
    ((row,),) = rows("select to_jsonb(s) from sos s where id = :id", id=item["id"])
    assert (row["lon"], row["lat"], row["accuracy_m"], row["note"]) == (None,) * 4
    # Phones that were told forget it too.
    assert rows("select 1 from change_log where seq > :seq and row_id = :id", seq=seq, id=item["id"])


def test_sos_shows_open_work_of_worker_to_supervisors(people):
    worker = people["worker"]
    assert call(worker)["work"] is None
    with db.transaction(SYSTEM) as session:
        session.execute(
            text("""insert into worker_load (worker_id, open_work) values (:w, 2)
                    on conflict (worker_id) do update set open_work = 2"""),
            {"w": worker.account_id},
        )
    item = call(worker)
    assert item["work"] is None  # the caller gets no link to their own work
    seen = people["street"].get(f"/sos/{item['id']}").json["work"]
    assert seen["open_work"] == 2
    followed = people["street"].get(seen["incidents"].removeprefix("/api/v1"))
    assert followed.status_code == 200, followed.json
    with db.transaction(SYSTEM) as session:
        session.execute(
            text("update worker_load set open_work = 0 where worker_id = :w"), {"w": worker.account_id}
        )


def test_sos_list_is_paged(people):
    made = [call(people["worker"])["id"] for _ in range(5)]
    ids, cursor = [], None
    while True:
        query = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        answer = people["chief"].get("/sos", query_string=query).json
        ids += [item["id"] for item in answer["items"]]
        cursor = answer["next"]
        if cursor is None:
            break
    assert ids == made[::-1]
    assert people["chief"].get("/sos").headers["Cache-Control"] == "no-store"


def test_failing_sos_escalation_delays_no_other_call(workforce_city, people, monkeypatch):
    above = everywhere(workforce_city)
    first, second = call(people["worker"]), call(people["worker"])
    real = service.escalate_sos

    def fail_once(session, *, sos_id, **kwargs):
        if str(sos_id) == first["id"]:
            session.execute(text("select 1 / 0"))
        return real(session, sos_id=sos_id, **kwargs)

    monkeypatch.setattr(service, "escalate_sos", fail_once)
    watch(4)
    assert second["id"] in listed(above) and first["id"] not in listed(above)


def test_sos_notifies_candidates_in_waves():
    a, b, c = uuid7(), uuid7(), uuid7()
    people = [
        rules.Candidate(a, "admin"),
        rules.Candidate(b, "everywhere"),
        rules.Candidate(c, "supervisor"),
        rules.Candidate(c, "chief"),
        rules.Candidate(b, "admin"),
    ]
    assert rules.next_wave(people, after=-1) == (0, [rules.Recipient(c, "chief", 0)])
    wave, notified = rules.next_wave(people, after=0)
    assert (wave, {t.account_id: t.reason for t in notified}) == (1, {c: "chief", b: "supervisor"})
    assert rules.next_wave(people[:1], after=-1) == (2, [rules.Recipient(a, "admin", 2)])
    assert rules.next_wave(people, after=2)[0] == 2
    assert rules.next_wave([], after=-1) == (-1, [])
