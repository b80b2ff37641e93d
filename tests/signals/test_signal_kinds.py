"""Detectors of signals, by kind: each with a case that raises a signal and a case that does not."""

from datetime import timedelta

from sqlalchemy import text

from app.core import clock, db
from app.core.actor import SYSTEM, Role
from app.core.geodesic import degrees_around, metres_per_degree
from app.core.ids import uuid7
from app.households import service as households
from app.signals import service as signals_service
from app.signals.queries import detectors


def detect_signals(city, cadence, **later):
    with db.transaction(SYSTEM) as session:
        now = clock.now() + timedelta(**later)
        signals_service.detect_signals(session, city.jurisdiction_id, cadence, now)


def signals_of_kind(person, kind, state="standing"):
    answer = person.get(f"/supervision/signals?limit=100&kind={kind}&state={state}")
    assert answer.status_code == 200, answer.json
    return answer.json["items"]


def members(person, signal):
    answer = person.get(signal["members"]["members"].removeprefix("/api/v1") + "?limit=200")
    assert answer.status_code == 200, answer.json
    assert len(answer.json["items"]) == signal["members"]["count"]
    return {each["id"] for each in answer.json["items"]}


def sql(statement, **binds):
    with db.transaction(SYSTEM) as session:
        session.execute(text(statement), binds)


def reported(report, person, place, days_ago, **fields):
    """Report a case and move its times `days` into the past."""
    case = report(person, place, **fields)
    sql(
        "update incident set reported_at = :at where id = cast(:id as uuid)",
        at=clock.now() - timedelta(days=days_ago),
        id=case["id"],
    )
    return case


def homes(city, number, place, **fields):
    """Insert households in premises of their own, some metres apart."""
    rows = [
        {
            "id": uuid7(),
            "jurisdiction_id": city.jurisdiction_id,
            "address": f"{n}号{uuid7()}",
            "lon": place["lon"] + 0.00002 * (n % 5),
            "lat": place["lat"] + 0.00002 * (n // 5),
        }
        | fields
        for n in range(number)
    ]
    with db.transaction(SYSTEM) as session:
        households.insert_many(session, SYSTEM, rows=rows)
    return [row["id"] for row in rows]


def test_signal_rising_is_raised_for_growing_category_in_grid(city, report, boss):
    place, there = city.in_grid("g1"), city.in_grid("g3")
    # Another grid and category: one more pair that was tested.
    reported(report, boss, city.in_grid("g2"), 20, category="E0102")
    for n in range(8):  # as many as before: one in ten days in both periods
        reported(report, boss, place, 12 + 9.5 * n, category="0101")
        reported(report, boss, there, 12 + 9.5 * n, category="0101")
    lately = [reported(report, boss, place, 1.5 + n % 5, category="0101") for n in range(7)]
    reported(report, boss, there, 3, category="0101")
    detect_signals(city, "daily")
    signals = signals_of_kind(boss, "rising")
    assert [each["area"]["id"] for each in signals] == [str(city.areas["g1"])]
    assert members(boss, signals[0]) == {case["id"] for case in lately}
    assert signals[0]["figure"]["p_value"] < 0.01 and 0.3 < signals[0]["figure"]["expected"] < 1
    assert signals[0]["subject"]["category"] == "0101"
    with db.read_session() as session:
        span = {name: clock.now() - timedelta(days=days) for name, days in (("past", 95), ("since", 8))}
        cells = detectors.report_counts(session, city.jurisdiction_id, **span, until=clock.now(), least=5)
    assert [(each["area_id"], each["cells"]) for each in cells] == [(city.areas["g1"], 3)]


def test_signal_unclassified_groups_similar_reports_until_classified(city, report, boss, rows):
    place = city.in_grid("g1")
    # A name that all reports have is in no sentence and in no stored state.
    texts = ("张三占道", "张三又占道", "占道张三家")
    pile = [report(boss, place, category="unclassified", description=words) for words in texts]
    report(boss, place, category="unclassified", description="夜里有人放鞭炮")
    report(boss, city.in_grid("g3"), category="unclassified", description=texts[0])
    report(boss, place, category="0101", description=texts[0])
    detect_signals(city, "hourly")
    signals = signals_of_kind(boss, "unclassified")
    assert len(signals) == 1 and members(boss, signals[0]) == {case["id"] for case in pile}
    subjects = rows(
        "select subject from signal_state where signal_id = cast(:id as uuid)", id=signals[0]["id"]
    )
    assert "张三" not in f"{signals[0]} {[row.subject for row in subjects]}"
    detail = boss.get(f"/supervision/signals/{signals[0]['id']}").json
    paths = {each["act"]: each["path"] for each in detail["does"]}
    assert paths["profile"] == f"/api/v1/jurisdictions/{city.code}/profile"
    # A group with one more report is the same signal.
    further = report(boss, place, category="unclassified", description="张三占道呢")
    detect_signals(city, "hourly", minutes=1)
    again = signals_of_kind(boss, "unclassified")
    assert [each["id"] for each in again] == [signals[0]["id"]]
    assert members(boss, again[0]) == {case["id"] for case in (*pile, further)}
    ids = sorted(members(boss, again[0]))
    body = {"action": "correct", "ids": ids, "body": {"category": "E0102", "note": "has one now"}}
    assert boss.post(paths["bulk"].removeprefix("/api/v1"), body).json["done"] == 4
    detect_signals(city, "hourly", minutes=2)
    assert signals_of_kind(boss, "unclassified") == []
    assert [each["id"] for each in signals_of_kind(boss, "unclassified", "ended")] == [signals[0]["id"]]


def test_signal_missed_visits_lists_overdue_households(city, boss):
    ids = homes(city, 5, city.in_grid("g1"))
    few = homes(city, 2, city.in_grid("g3"))
    today = clock.now().date()
    sql(
        "update household set next_visit_due = :due where premises_id = any(:ids)",
        due=today - timedelta(days=40),
        ids=ids[:4] + few,
    )
    sql(
        "update household set next_visit_due = :due, moved_away_at = :now where premises_id = :id",
        due=today - timedelta(days=40),
        now=clock.now(),
        id=ids[3],
    )
    detect_signals(city, "daily")
    signals = signals_of_kind(boss, "visits_missed")
    assert [each["area"]["id"] for each in signals] == [str(city.areas["g1"])]
    assert len(members(boss, signals[0])) == signals[0]["figure"]["value"] == 3
    # Households have no reporters, so a reply is refused.
    acknowledgement = {"done": "reply", "words": "we come on Friday"}
    refused = boss.post(f"/supervision/signals/{signals[0]['id']}/acknowledge", acknowledgement)
    assert (refused.status_code, refused.json["errors"][0]) == (
        422,
        refused.json["errors"][0] | {"field": "done", "code": "not_allowed_here"},
    )
    # An offer of help is only stored.
    answer = boss.post(
        f"/supervision/signals/{signals[0]['id']}/acknowledge", acknowledgement | {"done": "help_offered"}
    )
    assert (answer.status_code, answer.json["replied"]) == (200, None), answer.json
    assert [(each["words"], each["told"]) for each in answer.json["answers"]] == [
        (acknowledgement["words"], None)
    ]


def test_signal_unheard_names_dwelling_kind_without_households(city, report, boss, rows):
    place, there = city.in_grid("g1"), city.in_grid("g2")
    homes(city, 25, place, kind="rental")
    homes(city, 30, there, kind="dwelling")
    for n in range(20):
        reported(report, boss, there, 2 + n, category="0101")
    detect_signals(city, "daily")
    signals = signals_of_kind(boss, "unheard")
    assert [each["subject"]["dwelling"] for each in signals] == ["rental"]
    assert members(boss, signals[0]) == {str(city.areas["c1"])} == {signals[0]["area"]["id"]}
    assert (signals[0]["figure"]["value"], round(signals[0]["figure"]["expected"])) == (0, 9)
    subjects = rows(
        "select t.subject from signal s join signal_state t on t.signal_id = s.id where s.kind = 'unheard'"
    )
    assert all(set(row.subject) <= {"dwelling", "care", "zh", "en"} for row in subjects)
    # Groups of fewer than twenty households raise no signal.
    sql(
        """update premises set kind = 'dwelling' where id in (
             select id from premises where kind = 'rental' and jurisdiction_id = :j order by id limit 6)""",
        j=city.jurisdiction_id,
    )
    detect_signals(city, "daily", days=1)
    assert signals_of_kind(boss, "unheard") == []


def test_report_is_split_equally_among_homes_of_premises(city, report, boss):
    """One of three homes of a premises has a care tag: a third of the reports there is of that group."""
    place = city.in_grid("g1")
    homes(city, 1, place)
    binds = {"j": city.jurisdiction_id, "a": uuid7(), "b": uuid7(), "t": uuid7()}
    for other in ("a", "b"):
        sql(
            f"""insert into household (id, jurisdiction_id, premises_id, grid_id, scope_path, created_at, label)
                select :{other}, jurisdiction_id, premises_id, grid_id, scope_path, created_at, '{other}' from household
                where jurisdiction_id = :j limit 1""",
            **{name: binds[name] for name in ("j", other)},
        )
    sql(
        """insert into resident (id, household_id, name, is_registered_here, lives_here, created_at)
           values (:t, :a, '甲', true, true, now())""",
        t=binds["t"],
        a=binds["a"],
    )
    sql(
        """insert into care_tag (id, resident_id, household_id, kind, purpose, ends_on, granted_by, granted_at)
           values (:t, :t, :a, 'mobility', 'x', current_date + 90, :t, now())""",
        t=binds["t"],
        a=binds["a"],
    )
    for _ in range(3):
        report(boss, place, category="0101")
    with db.read_session() as session:
        groups = detectors.reports_by_group(
            session,
            city.jurisdiction_id,
            since=clock.now() - timedelta(days=1),
            today=clock.now().date(),
            reach_m=50,
            reach=(0.01, 0.01),
            least=1,
        )
    assert [(each["sort"], each["households"], round(each["reports"], 6)) for each in groups] == [
        ("care", 1, 1)
    ]


def test_report_belongs_to_nearest_premises_on_the_ground(city, report, boss):
    place = city.in_grid("g1")
    lengths_m = dict(zip(("lon", "lat"), metres_per_degree(place["lat"]), strict=True))
    # Nearer in metres and farther in degrees: along the axis whose degrees are shorter, which is latitude at the equator.
    short, long = sorted(lengths_m, key=lengths_m.__getitem__)
    nearer_m = 15 * (1 + lengths_m[short] / lengths_m[long])
    nearer_deg, farther_deg = nearer_m / lengths_m[short], 30 / lengths_m[long]
    assert nearer_m < 30 and farther_deg < nearer_deg
    homes(city, 1, place | {long: place[long] + farther_deg}, kind="dwelling")
    homes(city, 1, place | {short: place[short] + nearer_deg}, kind="rental")
    report(boss, place, category="0101")
    with db.read_session() as session:
        groups = detectors.reports_by_group(
            session,
            city.jurisdiction_id,
            since=clock.now() - timedelta(days=1),
            today=clock.now().date(),
            reach_m=50,
            reach=degrees_around(place["lat"], 50),
            least=1,
        )
    assert {each["value"]: each["reports"] for each in groups} == {"dwelling": 0, "rental": 1}


def test_signal_count_equals_members_visible_to_reader(city, report, boss):
    """For readers of every level, after cases moved and became confidential: the count equals the list, and each listed
    case may be read."""
    cases = [report(boss, city.in_grid(grid), category="0101") for grid in ("g1", "g1", "g2", "g3", "g4")]
    detect_signals(city, "hourly", days=8)
    readers = [city.supervisor(area) for area in ("d", "s", "c1", "c2")]
    before = {
        reader.id: [each["members"]["count"] for each in signals_of_kind(reader, "unanswered")]
        for reader in readers
    }
    assert [before[reader.id] for reader in readers] == [[3, 2], [3, 2], [3], [2]]
    for case, change in (
        (cases[0], city.in_grid("g3") | {"note": "over there"}),
        (cases[1], {"category": "E0690", "note": "看错了"}),
    ):
        version = boss.get(f"/incidents/{case['id']}").json["version"]
        answer = boss.patch(f"/incidents/{case['id']}", change, version)
        assert answer.status_code == 200, answer.json
    after = {}
    for reader in readers:
        signals = signals_of_kind(reader, "unanswered")
        after[reader.id] = sorted(len(members(reader, each)) for each in signals)
        for each in signals:
            assert all(reader.get(f"/incidents/{id}").status_code == 200 for id in members(reader, each))
    assert [after[reader.id] for reader in readers] == [[2, 2], [2, 2], [1], [2]]


def test_unclassified_signal_leads_to_new_category_of_profile(city, report, rows):
    """Cases of an unclassified group get a category of a new profile version and follow that version from then on."""
    top, place = city.supervisor("d"), city.in_grid("g1")
    texts = ("共享单车乱停堵住盲道", "盲道上共享单车乱停", "共享单车乱停乱放堵盲道")
    pile = [report(top, place, category="unclassified", description=words) for words in texts]
    other = report(top, place, category="0101")
    detect_signals(city, "hourly")
    signal = top.get(f"/supervision/signals/{signals_of_kind(top, 'unclassified')[0]['id']}").json
    paths = {each["act"]: each["path"].removeprefix("/api/v1") for each in signal["does"]}
    rules = top.get(paths["profile"]).json
    data = rules["data"]
    like = next(category for category in data["taxonomy"]["categories"] if category["code"] == "E0102")
    new = like | {"code": "E0199", "name": {"zh": "单车堵盲道", "en": "Bicycles on tactile paving"}}
    profile = data | {"taxonomy": data["taxonomy"] | {"categories": [*data["taxonomy"]["categories"], new]}}
    refused = city.supervisor("s").post(paths["profile"], {"data": profile})
    assert (refused.status_code, refused.json["code"]) == (403, "permission_missing")
    for wrong in (data, profile | {"signals": {"unanswered_days": 99}}):
        refused = top.post(paths["profile"], {"data": wrong})
        assert (refused.status_code, refused.json["code"]) == (403, "profile_only_additions")
    later = {"data": profile, "in_force_from": (clock.now() + timedelta(days=1)).isoformat()}
    assert top.post(paths["profile"], later).json["code"] == "profile_only_additions"
    made = top.post(paths["profile"], {"data": profile})
    assert made.status_code == 201, made.json
    body = {"category": "E0199", "note": "has one now"}
    act = {"action": "correct", "ids": sorted(members(top, signal)), "body": body}
    assert top.post(paths["bulk"], act).json["done"] == 3
    under = "select category, profile_version_id from incident where id = any(cast(:ids as uuid[]))"
    ids = [case["id"] for case in pile]
    assert {(row.category, str(row.profile_version_id)) for row in rows(under, ids=ids)} == {
        ("E0199", made.json["id"])
    }
    limits = """select distinct cast(profile_version_id as text) from deadline
                where incident_id = any(cast(:ids as uuid[])) and outcome is null"""
    assert [row[0] for row in rows(limits, ids=ids)] == [made.json["id"]]
    rules_sql = """select detail ->> 'rules' from incident_event
              where incident_id = cast(:id as uuid) and action = 'recategorise'"""
    assert rows(rules_sql, id=ids[0])[0][0] == str(made.json["number"])
    # A case that has a category keeps its profile version, which lacks the new category.
    version = top.get(f"/incidents/{other['id']}").json["version"]
    refused = top.patch(f"/incidents/{other['id']}", body, version)
    assert (refused.status_code, refused.json["errors"][0]["code"]) == (422, "category_unknown")


def test_unclassified_signal_on_border_shows_each_side_its_own_cases(city, report, boss):
    """The area is the street of both communities; a supervisor of one community counts and reads only its cases."""
    reports = [("共享单车占道甲", 0.98), ("共享单车占道乙", 0.99), ("共享单车占道丙", 1.02)]
    cases = [
        report(boss, city.at(x, 1.5), category="unclassified", description=words) for words, x in reports
    ]
    detect_signals(city, "hourly")
    for reader, n in ((city.supervisor("c1"), 2), (city.supervisor("c2"), 1), (boss, 3)):
        (signal,) = signals_of_kind(reader, "unclassified")
        listed = reader.get(signal["members"]["members"].removeprefix("/api/v1")).json["items"]
        assert signal["area"]["id"] == str(city.areas["s"]) and signal["members"]["count"] == n
        mine = {case["id"]: words for case, (words, x) in zip(cases, reports, strict=True)}
        assert {each["words"] for each in listed} == {mine[each["id"]] for each in listed}
        assert len(listed) == n and all(
            reader.get(f"/incidents/{each['id']}").status_code == 200 for each in listed
        )
    looker = city.person(Role.GIS, area="d")
    looker.get("/me")
    headers = {"Authorization": f"Bearer {looker.token}"}
    assert looker.client.get("/ogc/collections/signals/items", headers=headers).json["features"] == []
