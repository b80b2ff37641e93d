"""Signals: raised by a job, visible to those who direct the area, each with exactly the members it counted."""

from datetime import timedelta

from sqlalchemy import text

from app.core import clock, db
from app.core.actor import SYSTEM, Role
from app.incidents import service as incidents
from app.incidents.cases.queries import writes
from app.incidents.cases.rules.lifecycle import Status
from app.incidents.deadlines.service.transition_events import record
from app.ogc.rules.collections import COLLECTIONS
from app.profiles.rules.profile import ProfileInvalid
from app.profiles.service import profiles as profile_versions
from app.signals import service as signals_service
from app.signals.service.detectors import DETECTORS
from tests.factories import in_days, make_city
from tests.sync.pull_client import fresh

WORDS = "井盖破损有异响"


def detect_signals(city, cadence="hourly", *, days=0.0):
    """Run the detectors as of `days` from now."""
    now = clock.now() + timedelta(days=days)
    with db.transaction(SYSTEM) as session:
        return signals_service.detect_signals(session, city.jurisdiction_id, cadence, now)


def listed_signals(person, query=""):
    answer = person.get(f"/supervision/signals?limit=100{query}")
    assert answer.status_code == 200, answer.json
    return answer.json["items"]


def members(person, signal):
    path, items, has_next = signal["members"]["members"].removeprefix("/api/v1"), [], True
    while has_next:
        answer = person.get(path if has_next is True else f"{path}?cursor={has_next}&limit=1")
        assert answer.status_code == 200, answer.json
        items += [each["id"] for each in answer.json["items"]]
        has_next = answer.json["next"]
    return items


def backdate(case, **ago):
    """Move a case and all its steps into the past."""
    at = clock.now() - timedelta(**ago)
    with db.transaction(SYSTEM) as session:
        session.execute(
            text("update incident set reported_at = :at where id = cast(:id as uuid)"),
            {"at": at, "id": case["id"]},
        )


def by_itself(case, action, **later):
    """Insert a step of the system that changes nothing, `later` after now."""
    with db.transaction(SYSTEM) as session:
        locked = writes.lock_case(session, case["id"])
        at = clock.now() + timedelta(**later)
        record(session, SYSTEM, locked, action, Status(locked["status"]), now=at)


def test_signal_unanswered_groups_cases_by_unit_until_a_step(city, report, step, boss):
    cases = [report(boss, city.in_grid("g1"), category="0101", description=WORDS) for _ in range(2)]
    elsewhere = report(boss, city.in_grid("g3"), category="0101", description=WORDS)
    assert detect_signals(city) is not None and listed_signals(boss) == []
    detect_signals(city, days=8)
    signals = listed_signals(boss, "&kind=unanswered")
    assert {frozenset(members(boss, each)) for each in signals} == {
        frozenset(case["id"] for case in cases),
        frozenset([elsewhere["id"]]),
    }
    first = next(each for each in signals if each["members"]["count"] == 2)
    assert first["area"]["id"] == str(city.areas["c1"])
    assert "2 cases of" in first["sentence"]["en"] and "7 days" in first["sentence"]["en"]
    assert "2 件" in first["sentence"]["zh"]
    assert first["subject"]["unit_id"] == cases[0]["owner_unit"]["id"]
    # Notes, urging and actions of the system are no steps.
    assert step(boss, cases[0], "urge").status_code == 200
    for n, action in enumerate(("warn", "escalate", "expire", "wait")):
        by_itself(cases[1], action, days=7 + n / 10)
    assert step(boss, elsewhere, "defer", until=in_days(9), note="after the feast").status_code == 200
    detect_signals(city, days=8.1)
    assert [(each["id"], each["members"]["count"]) for each in listed_signals(boss)] == [(first["id"], 2)]
    ended = listed_signals(boss, "&state=ended")
    assert [members(boss, each) for each in ended] == [[elsewhere["id"]]]
    assert ended[0]["ended_at"] and ended[0]["last_seen"] < ended[0]["ended_at"]


def test_signal_unanswered_excludes_deferred_cases_until_review(city, report, step, boss):
    case = report(boss, city.in_grid("g1"), category="0101")
    on = "update incident set status = :stands, waiting_since = :at where id = cast(:id as uuid)"
    unanswered = [[case["id"]]]
    for stands, waits, days, stand in (
        *(("on_books", None, 8, []), ("deferred", 0, 6, [])),
        *(("deferred", 0, 8, unanswered), ("deferred", None, 8, []), ("on_books", 0, 8, unanswered)),
    ):
        at = clock.now() + timedelta(days=waits) if waits is not None else None
        with db.transaction(SYSTEM) as session:
            session.execute(text(on), {"stands": stands, "at": at, "id": case["id"]})
        detect_signals(city, days=days)
        assert [members(boss, each) for each in listed_signals(boss)] == stand


def test_signal_detection_has_longer_statement_timeout(city, settings, monkeypatch):
    took = {}

    def probe(detection):
        with detection.reading() as session:
            took[detection.now] = session.scalar(text("show statement_timeout"))
            assert session.scalar(text("show transaction_read_only")) == "on"
        return []

    monkeypatch.setitem(DETECTORS, "bouncing", probe)
    detect_signals(city)
    with db.transaction(SYSTEM) as session:
        signals_service.detect_signals(
            session, city.jurisdiction_id, "hourly", clock.now(), statement_timeout_ms=90_000
        )
    assert list(took.values()) == ["2min", "90s"]
    with db.read_session() as session:
        assert session.scalar(text("show statement_timeout")) == f"{settings.statement_timeout_ms // 1000}s"


def test_signal_returns_404_for_supervisor_of_other_area(city, report, boss):
    report(boss, city.in_grid("g1"), category="0101")
    detect_signals(city, days=8)
    signal = listed_signals(boss)[0]
    elsewhere = city.supervisor("c2")
    assert listed_signals(elsewhere) == []
    for tail in ("", "/members"):
        assert elsewhere.get(f"/supervision/signals/{signal['id']}{tail}").status_code == 404
    body = {"done": "reply", "words": "x"}
    assert elsewhere.post(f"/supervision/signals/{signal['id']}/acknowledge", body).status_code == 404
    assert city.worker("g1").get("/supervision/signals").status_code == 403


def test_signal_excludes_confidential_and_personal_cases(city, report, boss, rows):
    top, worker = city.supervisor("d"), city.worker("g1")
    about = report(top, city.in_grid("g1"), category="E0690", about={"kind": "worker", "id": str(worker.id)})
    case = report(boss, city.in_grid("g1"), category="0101")
    detect_signals(city, days=8)
    assert about["id"] not in str([members(top, each) for each in listed_signals(top)])
    assert [members(top, each) for each in listed_signals(top)] == [[case["id"]]]
    looked_at = "select 1 from signal_state where cast(:id as uuid) = any(member_ids)"
    assert rows(looked_at, id=case["id"]) and not rows(looked_at, id=about["id"])
    # The case is about a person now: it is neither counted nor listed, even before the next run.
    with db.transaction(SYSTEM) as session:
        session.execute(
            text("update incident set about_kind = 'worker', about_id = :w where id = cast(:id as uuid)"),
            {"w": worker.id, "id": case["id"]},
        )
    assert listed_signals(top) == []


def pass_between_units(city, step, boss, case):
    for unit in ("cleaning", "roads"):
        given = {"unit_id": str(city.units[unit]), "note": "yours"}
        assert step(boss, case, "reassign", **given).status_code == 200


def test_signal_bouncing_is_raised_for_case_passed_between_units(city, report, step, boss):
    """A case that a desk takes back twice and gives to the same unit again does not move."""
    case, same = (report(boss, city.in_grid("g1"), category="0101") for _ in range(2))
    assert case["assignment"]["unit"]["id"] == str(city.units["roads"])
    for _ in range(2):
        assert step(boss, same, "return", note="not yet").status_code == 200
        unit = {"unit_id": str(city.units["roads"]), "note": "yours"}
        assert step(boss, same, "reassign", **unit).status_code == 200
    pass_between_units(city, step, boss, case)
    detect_signals(city)
    signals = listed_signals(boss, "&kind=bouncing")
    assert [members(boss, each) for each in signals] == [[case["id"]]]
    assert signals[0]["subject"]["category"] == "0101"
    units = {unit["id"]: unit for unit in signals[0]["subject"]["units"]}
    assert set(units) == {str(city.units["roads"]), str(city.units["cleaning"])}
    for unit in units.values():
        assert unit["en"] in signals[0]["sentence"]["en"] and unit["zh"] in signals[0]["sentence"]["zh"]


def test_signal_acknowledgement_is_stored_and_audited(city, report, boss, rows):
    report(boss, city.in_grid("g1"), category="0101")
    detect_signals(city, days=8)
    signal = listed_signals(boss)[0]
    path = f"/supervision/signals/{signal['id']}"
    assert boss.post(f"{path}/acknowledge", {"done": "visit", "words": "x"}).status_code == 422
    answer = boss.post(f"{path}/acknowledge", {"done": "none", "words": "it is on its way"})
    assert answer.status_code == 200, answer.json
    assert [(each["done"], each["by"]["id"]) for each in answer.json["answers"]] == [("none", str(boss.id))]
    assert listed_signals(boss)[0]["answer"]["done"] == "none" and answer.json["replied"] is None
    audited = rows(
        "select detail from audit_event where action = 'signal.acknowledge' and entity_id = cast(:id as uuid)",
        id=signal["id"],
    )
    assert [row.detail for row in audited] == [{"done": "none"}]


def replies(person, case):
    """Return the replies that a person reads in the history of a case."""
    answer = person.get(f"/incidents/{case['id']}/events")
    return [each["note"] for each in answer.json["items"] if each["action"] == "reply"]


def test_signal_reply_notifies_each_reporter_once(city, report, boss, rows):
    """Reporters who joined a case, or whose case was merged into it, get the reply, too. Reporters without an account do not,
    nor reporters of cases that became confidential or that another supervisor directs."""
    reporter, there = city.worker("g1"), city.worker("g3")
    first = report(reporter, city.in_grid("g1"), category="0101")
    joiner = city.worker("g2")
    joined = report(boss, city.in_grid("g2"), category="0101")
    assert joiner.post(f"/incidents/{joined['id']}/reports", city.in_grid("g2")).status_code == 200
    merged, secret = (report(reporter, city.in_grid("g1"), category="0101") for _ in range(2))
    for duplicate in (merged, secret):
        answer = boss.post(f"/incidents/{duplicate['id']}/merge", {"into_id": joined["id"], "reason": "one"})
        assert answer.status_code == 200, answer.json
    gone = city.worker("g2")
    alone = report(gone, city.in_grid("g2"), category="0101")
    for_her = report(
        there, city.in_grid("g1"), category="0101", reporter={"name": "王大妈", "phone": "13800000000"}
    )
    outside = report(there, city.in_grid("g3"), category="0101")
    detect_signals(city, days=8)
    with db.transaction(SYSTEM) as session:
        session.execute(text("update account set disabled_at = now() where id = :id"), {"id": gone.id})
        session.execute(
            text("update incident set about_kind = 'unit', about_id = :u where id = cast(:id as uuid)"),
            {"u": city.units["cleaning"], "id": secret["id"]},
        )
    chief = city.supervisor("c1")
    (signal,) = listed_signals(chief, "&kind=unanswered")
    path = f"/supervision/signals/{signal['id']}/acknowledge"
    too_long = chief.post(path, {"done": "reply", "words": "长" * 2001})
    assert too_long.status_code == 422, too_long.json
    before = joiner.get(f"/incidents/{joined['id']}").json
    phones = [fresh(person) for person in (there, reporter)]
    answer = chief.post(path, {"done": "reply", "words": "周五前修好"})
    assert answer.status_code == 200, answer.json
    assert answer.json["replied"] == {
        "told": 3,
        "passed_on": 1,
        "told_before": 0,
        "left": 0,
        "unheard": [{"id": alone["id"], "case_no": alone["case_no"]}],
    }
    last = answer.json["answers"][-1]
    assert (last["words"], last["told"], last["unheard"]) == ("周五前修好", 4, 1)
    for person, case in ((reporter, first), (joiner, joined), (reporter, merged), (there, for_her)):
        assert replies(person, case) == ["周五前修好"], case
    after = joiner.get(f"/incidents/{joined['id']}").json
    assert after["version"] > before["version"] and after["updated_at"] > before["updated_at"]
    assert replies(reporter, secret) == replies(there, outside) == replies(boss, alone) == []
    # The reply is synchronised to the phone of the reporter, whatever the area of the case, and to no other phone.
    for phone, words in zip(phones, (["周五前修好"], []), strict=True):
        row = phone.pull().rows["incident", for_her["id"]]
        assert [each["words"] for each in row["replies"] or []] == words
    # The same words are sent to nobody twice; other words are.
    again = chief.post(path, {"done": "reply", "words": "周五前修好"}).json["replied"]
    assert (again["told"], again["passed_on"], again["told_before"]) == (0, 0, 4)
    offer = {"done": "help_offered", "words": "抽水泵可拨打12345"}
    assert chief.post(path, offer).json["replied"]["told"] == 3
    assert replies(reporter, first) == ["周五前修好", "抽水泵可拨打12345"]
    audited = (
        "select actor_id from audit_event where action = 'incident.reply' and entity_id = cast(:id as uuid)"
    )
    assert [row.actor_id for row in rows(audited, id=first["id"])] == [chief.id] * 2


def test_signal_run_writes_history_only_when_members_change(city, report, boss, rows):
    report(boss, city.in_grid("g1"), category="0101")
    detect_signals(city, days=8)
    signal = listed_signals(boss)[0]
    detect_signals(city, days=8.1)
    history = "select figure from signal_state where signal_id = cast(:id as uuid)"
    assert len(rows(history, id=signal["id"])) == 1
    again = listed_signals(boss)[0]
    assert again["last_seen"] > signal["last_seen"] and again["first_seen"] == signal["first_seen"]
    report(boss, city.in_grid("g1"), category="0101")
    detect_signals(city, days=16)
    assert listed_signals(boss)[0]["members"]["count"] == 2
    assert len(rows(history, id=signal["id"])) == 2
    runs = rows(
        "select seed, found, began, ended from signal_run where jurisdiction_id = :j order by occurred_at",
        j=city.jurisdiction_id,
    )
    assert [(run.found, run.began, run.ended) for run in runs] == [(1, 1, 0), (1, 0, 0), (1, 0, 0)]
    assert len({run.seed for run in runs}) == 3


def test_signal_cluster_is_raised_with_place_for_burst_of_reports(city, report, boss, rows):
    """Ten reports of four cases in one place within two days, among reports of all days."""
    at = city.in_grid("g1")
    apart = [
        {"lon": at["lon"] + 0.0012 * (n % 7 - 3), "lat": at["lat"] + 0.001 * (n // 7 - 2)} for n in range(28)
    ]
    for n, place in enumerate(apart):
        backdate(report(boss, place, category="0101"), days=3 + (n * 13) % 50)
    burst = [report(boss, at, category="0101") for _ in range(4)]
    for n, case in enumerate(burst[1:]):
        backdate(case, days=n % 2)
    # One of the cases is old and has seven new reports.
    backdate(burst[0], days=40)
    for _ in range(7):
        body = at | {"description": WORDS, "reporter": {"anonymous": True}}
        answer = boss.post(f"/incidents/{burst[0]['id']}/reports", body)
        assert answer.status_code == 200, answer.json
    # A cell with many reports on every day is no cluster.
    detect_signals(city, "daily", days=1.3)
    signals = listed_signals(boss, "&kind=cluster")
    assert len(signals) == 1, signals
    assert set(members(boss, signals[0])) >= {case["id"] for case in burst}
    listed = boss.get(signals[0]["members"]["members"].removeprefix("/api/v1") + "?limit=100").json["items"]
    assert len(listed) == signals[0]["members"]["count"]
    assert {each["id"]: each["reports"] for each in listed}[burst[0]["id"]] == 7
    assert signals[0]["figure"]["value"] == sum(each["reports"] for each in listed) >= 10
    assert signals[0]["figure"]["p_value"] <= 0.05 and signals[0]["figure"]["seed"]
    assert signals[0]["place"]["type"] == "MultiPolygon"
    seeds = rows("select seed from signal_run where jurisdiction_id = :j", j=city.jurisdiction_id)
    assert signals[0]["figure"]["seed"] == seeds[0].seed


def test_signal_map_layer_equals_list(city, report, boss):
    report(boss, city.in_grid("g1"), category="0101")
    detect_signals(city, days=8)
    listed = listed_signals(boss)
    headers = {"Authorization": f"Bearer {boss.token}"}
    answer = boss.client.get("/ogc/collections/signals/items?limit=10", headers=headers)
    assert answer.status_code == 200, answer.json
    assert [each["id"] for each in answer.json["features"]] == [each["id"] for each in listed]
    shown = answer.json["features"][0]
    assert list(shown["properties"]) == [property.name for property in COLLECTIONS["signals"].properties]
    for query, n in (
        ("kind=unanswered", 1),
        ("kind=rising", 0),
        ("filter=member_count%3E0", 1),
        ("bbox=0,0,1,1", 0),
    ):
        features = boss.client.get(f"/ogc/collections/signals/items?{query}", headers=headers)
        assert (features.status_code, features.json["numberReturned"]) == (200, n), query
    looker = city.person(Role.GIS, area="d")
    looker.get("/me")
    as_looker = {"Authorization": f"Bearer {looker.token}"}
    assert looker.client.get("/ogc/collections/signals/items", headers=as_looker).json["features"] == []
    assert shown["properties"]["member_count"] == 1
    assert shown["properties"]["members"] == listed[0]["members"]["members"]
    assert shown["properties"]["sentence_zh"] == listed[0]["sentence"]["zh"]
    elsewhere = city.supervisor("c2")
    elsewhere.get("/me")
    headers = {"Authorization": f"Bearer {elsewhere.token}"}
    assert elsewhere.client.get("/ogc/collections/signals/items", headers=headers).json["features"] == []


def test_signal_on_map_links_to_layer_of_its_cases(city, report, boss):
    cases = [report(boss, city.in_grid("g1"), category="0101") for _ in range(2)]
    secret = report(boss, city.in_grid("g1"), category="0101")
    detect_signals(city, days=8)
    with db.transaction(SYSTEM) as session:
        session.execute(
            text("update incident set about_kind = 'worker', about_id = :w where id = cast(:id as uuid)"),
            {"w": city.worker("g2").id, "id": secret["id"]},
        )

    def features(person, path):
        person.get("/me")
        headers = {"Authorization": f"Bearer {person.token}"}
        answer = person.client.get(path, headers=headers)
        assert answer.status_code == 200, answer.json
        return answer.json["features"]

    (signal,) = features(boss, "/ogc/collections/signals/items")
    path = "/ogc" + signal["properties"]["cases"].partition("/ogc")[2]
    members = features(boss, path)
    assert {each["properties"]["incident_id"] for each in members} == {case["id"] for case in cases}
    assert len(members) == signal["properties"]["member_count"]
    assert {each["properties"]["signal_id"] for each in members} == {signal["id"]}
    assert {each["geometry"]["type"] for each in members} == {"Point"}
    page = features(
        boss,
        f"/ogc/collections/signal-cases/items?limit=1&kind=unanswered&bbox={city.lon},{city.lat},"
        f"{city.lon + 0.04},{city.lat + 0.04}",
    )
    assert len(page) == 1
    assert features(city.supervisor("c2"), path) == features(city.person(Role.GIS, area="d"), path) == []


def test_failing_detector_leaves_other_kinds_and_its_signals_intact(
    city, report, step, boss, rows, monkeypatch, caplog
):
    bounced = report(boss, city.in_grid("g1"), category="0101")
    pass_between_units(city, step, boss, bounced)
    detect_signals(city)
    before = listed_signals(boss, "&kind=bouncing")
    assert [members(boss, each) for each in before] == [[bounced["id"]]]

    def broken(detection):
        with detection.reading() as session:
            session.execute(text("select 1 / 0"))

    monkeypatch.setitem(DETECTORS, "bouncing", broken)
    detect_signals(city, days=8)
    assert [members(boss, each) for each in listed_signals(boss, "&kind=unanswered")] == [[bounced["id"]]]
    # The signals do not end: their detector failed.
    assert listed_signals(boss, "&kind=bouncing") == before
    failed = "select failed from signal_run where jurisdiction_id = :j order by occurred_at"
    assert [row.failed for row in rows(failed, j=city.jurisdiction_id)] == [[], ["bouncing"]]
    assert [r.message for r in caplog.records if r.name == "gridward.supervision.signals"] == [
        f"signals bouncing of jurisdiction {city.jurisdiction_id}: DataError"
    ]
    monkeypatch.undo()
    detect_signals(city, days=8.1)
    assert listed_signals(boss, "&kind=bouncing")[0]["last_seen"] > before[0]["last_seen"]


def test_signal_detection_is_due_hourly_and_nightly(city):
    def due(at):
        with db.read_session() as session:
            return [
                cadence for id, cadence in signals_service.due_runs(session, at) if id == city.jurisdiction_id
            ]

    # 03:30 and 01:30 in the time zone of the profile of the tests.
    night = (clock.now() + timedelta(days=2)).replace(hour=3, minute=30)
    assert due(night) == ["hourly", "daily"]
    assert due(night - timedelta(hours=3)) == ["hourly", "daily"]  # the first runs do not wait for the night
    for cadence in ("hourly", "daily"):
        with db.transaction(SYSTEM) as session:
            signals_service.detect_signals(session, city.jurisdiction_id, cadence, night)
    assert due(night + timedelta(minutes=59)) == []
    assert due(night + timedelta(minutes=60)) == ["hourly"]
    assert due(night + timedelta(hours=22)) == ["hourly"]
    assert due(night + timedelta(hours=24)) == ["hourly", "daily"]


def test_invalid_profile_delays_no_other_jurisdiction(app, settings, city, report, monkeypatch, caplog):
    other = make_city(app, settings)
    for place in (city, other):
        report(place.supervisor(), place.in_grid("g1"))  # waits: no worker is on duty yet
        place.worker("g1")
        report(place.supervisor(), place.in_grid("g1"))  # offered to that worker
    profile_at = profile_versions.profile_at

    def unreadable(session, jurisdiction_id, at):
        if jurisdiction_id == city.jurisdiction_id:
            raise ProfileInvalid([])
        return profile_at(session, jurisdiction_id, at)

    monkeypatch.setattr(profile_versions, "profile_at", unreadable)
    night = (clock.now() + timedelta(days=2)).replace(hour=3, minute=30)
    with db.read_session() as session:
        looked = {id for id, _ in signals_service.due_runs(session, night)}
        solved = {
            due_district.jurisdiction_id
            for due_district in incidents.due_districts(session, now=night, limit=500)
        }
        moved = {
            slipping_case.jurisdiction_id
            for slipping_case in incidents.slipping(session, now=night, limit=500)
        }
    assert other.jurisdiction_id in looked & solved
    assert city.jurisdiction_id not in looked | solved | moved
    logged = [r.message for r in caplog.records if r.name == "gridward.areas"]
    assert logged == [f"jurisdiction {city.jurisdiction_id}: "] * 3
