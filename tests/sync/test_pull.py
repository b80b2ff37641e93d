"""Pull: which rows a phone receives and loses. `case_<number>`: failure cases of tests/sync/cases.py."""

import pytest
from sqlalchemy import text

from app.core import db
from app.core.actor import SYSTEM, Role
from app.core.ids import uuid7
from tests.sync.pull_client import PullClient, fresh
from tests.sync.push_client import PushClient
from tests.sync.scenes import give, move_premises, part, redraw, revoke, settle, tag, take, visit


def test_first_pull_returns_buckets_in_scope_and_their_rows(city, report):
    worker = city.worker("g1")
    case = report(worker, city.in_grid("g1"))
    home = settle(city, city.in_grid("g1"), residents=2)
    phone = fresh(worker)
    assert phone.buckets == {
        "global",
        f"worker:{worker.id}",
        f"grid:{city.areas['g1']}",
        *(f"area:{city.areas[name]}" for name in ("d", "s", "c1", "g1")),
    }
    assert phone.ids("profile") == {str(city.jurisdiction_id)}
    assert phone.ids("unit") >= {str(unit) for unit in city.units.values()}
    assert phone.ids("household") == {str(home.household_id)} and len(phone.ids("resident")) == 2
    assert phone.rows["area", str(city.areas["g1"])]["boundary"]["type"] == "MultiPolygon"
    assert phone.rows["area", str(city.areas["s"])]["boundary"] is None
    assert phone.refs["incident", case["id"]] == {f"grid:{city.areas['g1']}", f"worker:{worker.id}"}
    assert {name for name, _ in phone.rows} >= {"duty", "responsibility", "premises", "assignment", "worker"}


def test_pull_returns_empty_page_when_nothing_changed(city):
    phone = fresh(city.worker("g1")).pull()
    assert phone.pulled_rows == [] and phone.pages[0]["drop_buckets"] == []


def test_pull_returns_row_once_after_several_changes(city, report, accept):
    reporter, worker = city.worker("g2"), city.worker("g1")
    phone = fresh(worker)
    case = report(reporter, city.in_grid("g1"))
    accept(worker, case)
    phone.pull()
    pulled = [
        (row["bucket"].partition(":")[0], row["op"])
        for row in phone.pulled_rows
        if row["entity"] == "incident"
    ]
    assert sorted(pulled) == [("grid", "P"), ("worker", "P")]
    assert phone.state() == fresh(worker).state()


def test_pull_case_04_returns_rows_again_that_changed_between_pages(city):
    worker, boss = city.worker("g1"), city.supervisor()
    homes = [settle(city, city.in_grid("g1")) for _ in range(6)]
    phone = PullClient(worker)
    pages = []
    for page in phone.fetch(limit=2):
        pages.append(page)
        n = len(pages) % len(homes)
        label = {"label": f"after page {len(pages)}"}
        version = boss.get(f"/households/{homes[n].household_id}").json["version"]
        assert boss.patch(f"/households/{homes[n].household_id}", label, version).status_code == 200
        if len(pages) == 3:
            move_premises(boss, homes[0].premises_id, city.in_grid("g2"))
    assert len(pages) > 8
    phone.apply(pages)
    phone.pull(limit=2)
    assert phone.state() == fresh(worker).state()
    assert str(homes[0].household_id) not in phone.ids("household")


def test_pull_page_is_repeatable_with_same_token(city, report):
    worker = city.worker("g1")
    for _ in range(5):
        settle(city, city.in_grid("g1"))
    phone = fresh(worker)
    late = [settle(city, city.in_grid("g1")) for _ in range(4)]
    first = phone.page(phone.token, limit=5)
    again = phone.page(first["token"], limit=5)
    settle(city, city.in_grid("g1"))
    repeated = phone.page(first["token"], limit=5)
    assert [row["id"] for row in again["rows"]] == [row["id"] for row in repeated["rows"]]
    assert again["token"] == repeated["token"] and again["buckets"] == repeated["buckets"]
    phone.pull(limit=5)
    assert phone.ids("household") >= {str(home.household_id) for home in late}
    assert phone.state() == fresh(worker).state()


def test_pull_case_09_returns_only_removal_of_row_created_and_deleted_meanwhile(city):
    worker = city.worker("g1")
    home = settle(city, city.in_grid("g1"))
    phone = fresh(worker)
    resident = next(iter(phone.ids("resident")))
    made = tag(worker, resident)
    assert worker.call(
        "DELETE", f"/care-tags/{made['id']}", headers={"If-Match": f'"{made["version"]}"'}
    ).status_code in (
        200,
        204,
    )
    phone.pull()
    pulled = {(row["id"], row["op"]) for row in phone.pulled_rows if row["entity"] == "care_tag"}
    assert pulled == {(made["id"], "R")} and home.household_id
    assert phone.state() == fresh(worker).state()


def test_phone_case_10_ignores_removal_of_unknown_row(city):
    phone = fresh(city.worker("g1"))
    before = phone.state()
    phone.put({"op": "R", "entity": "household", "id": str(uuid7()), "bucket": f"grid:{city.areas['g1']}"})
    assert phone.state() == before


def test_pull_case_11_returns_removal_of_changed_tombstone_and_row_when_restored(city, settings):
    """By the owner's hand: no door changes what is deleted."""
    worker = city.worker("g1")
    home = settle(city, city.in_grid("g1"))
    phone = fresh(worker)
    owner = db.make_engine(settings.database_url, role=None, pool_size=1, statement_timeout_ms=0)
    changes = (
        "deleted_at = clock_timestamp()",
        "label = 'changed while deleted'",
        "deleted_at = null",
    )
    held = []
    for change in changes:
        with owner.begin() as connection:
            connection.execute(
                text(f"update household set {change} where id = :id"), {"id": home.household_id}
            )
        held.append(str(home.household_id) in phone.pull().ids("household"))
    owner.dispose()
    assert held == [False, False, True]
    assert phone.rows["household", str(home.household_id)]["label"] == "changed while deleted"


def test_pull_case_12_returns_own_write_and_versions_never_decrease(city):
    worker = city.worker("g1")
    home = settle(city, city.in_grid("g1"))
    phone = fresh(worker)
    seen = []
    for n in range(4):
        version = worker.get(f"/households/{home.household_id}").json["version"]
        answer = worker.patch(f"/households/{home.household_id}", {"label": f"no {n}"}, version)
        phone.pull(limit=1)
        row = next(row for row in phone.pulled_rows if row["entity"] == "household")
        assert (row["data"]["label"], row["version"]) == (f"no {n}", answer.json["version"])
        seen.append(row["version"])
    assert seen == sorted(set(seen))


def test_pull_case_14_moves_row_from_phone_to_phone_with_its_grid(city, report):
    boss = city.supervisor()
    home = settle(city, city.in_grid("g1"), residents=2)
    a, b, both = city.worker("g1"), city.worker("g2"), city.worker("g1")
    give(city, both, "g2")
    phones = [fresh(person) for person in (a, b, both)]
    tag(a, next(iter(phones[0].ids("resident"))))
    visit(a, home)
    for phone in phones:
        phone.pull()
    hanging = ("premises", "household", "resident", "care_tag", "visit")
    counts = [[len(phone.ids(name)) for name in hanging] for phone in phones]
    assert counts == [[1, 1, 2, 1, 1], [0, 0, 0, 0, 0], [1, 1, 2, 1, 1]]
    move_premises(boss, home.premises_id, city.in_grid("g2"))
    for phone in phones:
        phone.pull()
    counts = [[len(phone.ids(name)) for name in hanging] for phone in phones]
    assert counts == [[0, 0, 0, 0, 0], [1, 1, 2, 1, 1], [1, 1, 2, 1, 1]]
    for phone in phones:
        assert phone.state() == fresh(phone.person).state()


def test_pull_case_15_keeps_row_while_one_of_its_buckets_is_held(city, report):
    worker = city.worker("g1")
    give(city, worker, "g2")
    case = report(worker, city.in_grid("g2"))
    phone = fresh(worker)
    key = ("incident", case["id"])
    assert phone.refs[key] == {f"grid:{city.areas['g2']}", f"worker:{worker.id}"}
    take(city, worker, "g2")
    phone.pull()
    assert f"grid:{city.areas['g2']}" in phone.pages[0]["drop_buckets"]
    assert phone.refs[key] == {f"worker:{worker.id}"}
    assert phone.state() == fresh(worker).state()


def test_pull_case_16_returns_rows_of_new_grid_older_than_token(city, report):
    worker = city.worker("g1")
    home = settle(city, city.in_grid("g2"))
    case = report(city.worker("g3"), city.in_grid("g2"))
    phone = fresh(worker)
    assert phone.ids("household") == set()
    give(city, worker, "g2")
    phone.pull(limit=3)
    assert str(home.household_id) in phone.ids("household") and case["id"] in phone.ids("incident")
    assert ("area", str(city.areas["g2"])) in phone.rows
    assert phone.state() == fresh(worker).state()


def test_pull_case_17_moves_rows_with_split_and_merged_grid(city, report):
    boss, worker = city.supervisor("d"), city.worker("g1")
    homes = [settle(city, city.at(0.1 + n / 100, 1.12 + n * 0.08)) for n in range(10)]
    case = report(city.worker("g4"), city.at(0.5, 1.9))
    phone = fresh(worker)
    before = str(city.areas["g1"])
    redraw(
        boss,
        city,
        parent="c1",
        replaces=["g1"],
        parts=[part(city, "g1", 0, 1, 1, 1.5, id=before), part(city, "g1b", 0, 1.5, 1, 2)],
    )
    phone.pull(limit=4)
    answer = boss.get(f"/areas?area_id={city.areas['c1']}&level=grid&limit=500").json
    (new,) = {f["id"] for f in answer["features"] if f["properties"]["code"].endswith("-g1b")}
    assert phone.state() == fresh(worker).state()
    # Who looked after the whole grid looks after both of its parts.
    everything = {str(home.household_id) for home in homes}
    assert phone.ids("household") == everything
    assert {f"grid:{before}", f"grid:{new}"} <= phone.buckets
    assert phone.refs["incident", case["id"]] == {f"grid:{new}", f"worker:{worker.id}"}
    # The accepted case in the northern part stays with the worker when another worker gets that part.
    city.areas["g1b"] = new
    take(city, worker, "g1b")
    phone.pull(limit=4)
    assert phone.ids("household") == {str(home.household_id) for home in homes[:5]}
    assert phone.refs["incident", case["id"]] == {f"worker:{worker.id}"}
    give(city, worker, "g1b")
    phone.pull(limit=4)
    assert phone.ids("household") == everything
    assert phone.refs["incident", case["id"]] == {f"grid:{new}", f"worker:{worker.id}"}
    redraw(boss, city, parent="c1", replaces=["g1", "g1b"], parts=[part(city, "g1c", 0, 1, 1, 2)])
    phone.pull(limit=4)
    assert {str(home.household_id) for home in homes} == phone.ids("household")
    assert not {f"grid:{new}", f"grid:{before}"} & phone.buckets
    assert phone.state() == fresh(worker).state()


def test_pull_case_18_removes_personal_data_when_role_is_reduced(city):
    """From supervisor to somebody who only looks at maps: the same grids, and nothing about people."""
    boss = city.supervisor("s")
    settle(city, city.in_grid("g1"), residents=2)
    phone = fresh(boss)
    premises = next(row for (name, _), row in phone.rows.items() if name == "premises")
    assert premises["address"] == "幸福路12号3单元501" and phone.ids("resident")
    city.grant(boss, Role.GIS, area="s")
    phone.pull()
    revoke(boss, "supervisor")
    phone.pull()
    held = "".join(str(row) for row in phone.rows.values())
    assert "3单元" not in held and phone.ids("resident") == set()
    assert {row["visits"] for (name, _), row in phone.rows.items() if name == "household"} == {None}
    assert phone.rows["account", str(boss.id)]["roles"][0]["role"] == "gis"
    assert phone.state() == fresh(boss).state()


def test_pull_converges_when_role_changes_between_pages(city):
    """A role lost and given back while a checkpoint is under way."""
    boss = city.supervisor("s")
    for _ in range(3):
        settle(city, city.in_grid("g1"))
    phone, pages, token = PullClient(boss), [], None
    city.grant(boss, Role.GIS, area="s")
    while not pages or not pages[-1]["complete"]:
        if len(pages) == 2:
            revoke(boss, "supervisor")
        pages.append(phone.page(token, limit=9))
        token = pages[-1]["token"]
    city.grant(boss, Role.SUPERVISOR, area="s")
    phone.apply(pages)
    assert phone.ids("resident") == set()
    phone.pull()
    assert len(phone.ids("resident")) == 3
    assert phone.state() == fresh(boss).state()


def test_pull_case_19_returns_401_for_disabled_account(city):
    worker = city.worker("g1")
    phone = fresh(worker)
    assert city.supervisor("d").post(f"/accounts/{worker.id}/disable", {}).status_code == 200
    assert phone.ask(phone.token).status_code == 401
    assert worker.get("/sync/buckets/global").status_code == 401


def test_pull_hides_case_about_worker_from_worker_and_colleagues(city, report):
    subject, colleague = city.worker("g1"), city.worker("g1")
    phones = [fresh(subject), fresh(colleague)]
    about = {"kind": "worker", "id": str(subject.id)}
    case = report(city.worker("g2"), city.in_grid("g1"), category="E0690", about=about)
    for phone in phones:
        phone.pull()
        assert case["id"] not in str(phone.pages)
        assert case["id"] not in str(fresh(phone.person).pages)
    boss = fresh(city.supervisor("c1"))
    assert case["id"] in boss.ids("incident") and str(subject.id) not in str(
        boss.rows["incident", case["id"]]
    )


def test_pull_removes_case_when_it_becomes_confidential(city, report):
    """A matter of conduct is looked after one level up: colleagues lose what they had seen."""
    worker = city.worker("g1")
    case = report(city.worker("g2"), city.in_grid("g1"))
    phone = fresh(worker)
    assert case["id"] in phone.ids("incident")
    boss = city.supervisor("c1")
    version = boss.get(f"/incidents/{case['id']}").json["version"]
    answer = boss.patch(f"/incidents/{case['id']}", {"category": "E0690", "note": "服务态度"}, version)
    assert answer.status_code == 200, answer.json
    seen = worker.get(f"/incidents/{case['id']}").status_code == 200
    phone.pull()
    assert (case["id"] in phone.ids("incident")) == seen
    assert phone.state() == fresh(worker).state()


def test_pull_returns_case_of_offer_in_other_grid_until_declined(city, report, step):
    """No worker in g1: the neighbour gets the offer, and only the bucket of the worker contains it."""
    neighbour = city.worker("g2")
    phone = fresh(neighbour)
    case = report(city.worker("g3", on_duty=False), city.in_grid("g1"))
    assert case["assignment"]["worker"]["id"] == str(neighbour.id)
    phone.pull()
    assert phone.refs["incident", case["id"]] == {f"worker:{neighbour.id}"}
    assert len(phone.ids("offer")) == 1 and len(phone.ids("assignment")) == 1
    boss = city.supervisor()
    noted = boss.post(f"/incidents/{case['id']}/notes", {"words": "带上工具", "audience": "handlers"})
    hidden = boss.post(f"/incidents/{case['id']}/notes", {"words": "desk only", "audience": "desk"})
    assert (noted.status_code, hidden.status_code) == (201, 201)
    phone.pull()
    # A note changes the case, too.
    assert [row["version"] for row in phone.pulled_rows if row["id"] == case["id"]] == [case["version"] + 2]
    assert phone.ids("incident_note") == {noted.json["id"]}
    assert phone.state() == fresh(neighbour).state()
    declined = neighbour.post(f"/assignments/{case['assignment']['id']}/decline", {"reason": "too far"})
    assert declined.status_code == 200, declined.json
    phone.pull()
    assert case["id"] not in phone.ids("incident")
    assert not phone.ids("offer") | phone.ids("assignment") | phone.ids("incident_note")
    assert phone.state() == fresh(neighbour).state()


def test_pull_returns_case_when_its_deadline_changes(city, report, rows, settings):
    worker = city.worker("g1")
    case = report(city.worker("g2"), city.in_grid("g1"))
    phone = fresh(worker)
    assert phone.rows["incident", case["id"]]["deadline"]["outcome"] is None
    with db.transaction(SYSTEM) as session:
        sql = "update deadline set outcome = 'overdue' where incident_id = :id"
        session.execute(text(sql), {"id": case["id"]})
    phone.pull()
    assert phone.rows["incident", case["id"]]["deadline"]["outcome"] == "overdue"
    bucket_kinds = [
        row["bucket"].partition(":")[0] for row in phone.pulled_rows if row["entity"] == "incident"
    ]
    assert sorted(bucket_kinds) == ["grid", "worker"]


def test_report_writes_three_change_log_rows_for_its_case(city, report, rows):
    city.worker("g1")
    case = report(city.worker("g2"), city.in_grid("g1"))
    sql = (
        "select split_part(bucket, ':', 1), entity from change_log where row_id = :id and entity = 'incident'"
    )
    assert sorted(rows(sql, id=case["id"])) == [
        ("grid", "incident"),
        ("worker", "incident"),
        ("worker", "incident"),
    ]


def test_pull_returns_queued_unit_case_to_members_until_accepted(city, report):
    first, second = city.handler("roads"), city.handler("roads")
    phones = [fresh(first), fresh(second)]
    case = report(city.worker("g1"), city.in_grid("g1"), category="0101")
    for phone in phones:
        phone.pull()
        assert phone.refs["incident", case["id"]] == {f"unit:{city.units['roads']}"}
        assert phone.ids("assignment") == {case["assignment"]["id"]}
    assert first.post(f"/assignments/{case['assignment']['id']}/accept", {}).status_code == 200
    for phone in phones:
        phone.pull()
    assert phones[0].refs["incident", case["id"]] == {f"worker:{first.id}"}
    assert case["id"] not in phones[1].ids("incident") and phones[1].ids("assignment") == set()
    for phone in phones:
        assert phone.state() == fresh(phone.person).state()


def test_pull_returns_case_without_grid_in_area_bucket_of_supervisor(city, report):
    worker, boss = city.worker("g4"), city.supervisor("c2")
    case = report(city.worker("g1"), city.in_no_grid())
    assert case["id"] not in fresh(worker).ids("incident")
    assert fresh(boss).refs["incident", case["id"]] == {f"area:{city.areas['c2']}"}


def test_pull_returns_area_bucket_again_when_its_scope_grows(city, report):
    """The worker had the community for its name; as its chief they have the rows in it."""
    worker = city.worker("g4")
    case = report(city.worker("g1"), city.in_no_grid())
    phone = fresh(worker)
    give(city, worker, "c2", role="chief")
    phone.pull()
    assert case["id"] in phone.ids("incident")
    assert phone.state() == fresh(worker).state()


def test_pull_masks_residents_and_removes_erased_resident(city):
    worker = city.worker("g1")
    settle(city, city.in_grid("g1"))
    phone = fresh(worker)
    (resident,) = phone.ids("resident")
    row = phone.rows["resident", resident]
    assert (row["name"], row["phone"]) == ("张**", "138****5678")
    boss = city.supervisor()
    version = next(r["version"] for r in phone.pulled_rows if r["id"] == resident)
    answer = boss.call(
        "DELETE", f"/residents/{resident}", {"reason": "asked for it"}, headers={"If-Match": f'"{version}"'}
    )
    assert answer.status_code in (200, 204), answer.json
    phone.pull()
    assert phone.ids("resident") == set()


def test_pull_excludes_profile_and_units_of_other_cities(city, settings, app):
    from tests.factories import make_city

    worker = city.worker("g1")
    phone = fresh(worker)
    other = make_city(app, settings)
    phone.pull()
    assert phone.pulled_rows == [] and str(other.jurisdiction_id) not in str(phone.rows)


@pytest.mark.parametrize("role", ["worker", "gis"])
def test_pull_masks_rows_like_whole_buckets(city, role):
    person = city.worker("g1") if role == "worker" else city.person(Role.GIS, area="s")
    settle(city, city.in_grid("g1"))
    phone = fresh(person)
    bucket = f"grid:{city.areas['g1']}"
    whole = person.get(f"/sync/buckets/{bucket}").json
    held = {(row["entity"], row["id"]): row["data"] for row in whole["rows"]}
    assert held == {key: phone.rows[key] for key, buckets in phone.refs.items() if bucket in buckets}
    assert held


def test_pull_case_12_returns_last_applied_operation_of_device(city):
    """On each of its pages the same, whatever is pushed in between; another device has its own count."""
    worker = city.worker("g1")
    home = settle(city, city.in_grid("g1"))
    phone, queue = fresh(worker), PushClient(worker)
    assert phone.pages[0]["applied_device_seq"] is None
    for _ in range(3):
        queue.push(queue.report(city.in_grid("g1")))
    pages = []
    for page in phone.fetch(limit=1):
        pages.append(page)
        if len(pages) == 2:
            queue.push(queue.op("household", "patch", home.household_id, patch={"label": "x"}))
    assert len(pages) > 3 and {page["applied_device_seq"] for page in pages} == {3}
    assert phone.pull().pages[0]["applied_device_seq"] == 4
    worker.token = worker.sign_in("second-phone")["access_token"]
    assert fresh(worker).pages[0]["applied_device_seq"] is None


def test_pull_returns_dead_letter_of_rejected_operation(city):
    worker = city.worker("g1")
    phone, queue = fresh(worker), PushClient(worker)
    (result,) = queue.push(queue.op("household", "patch", uuid7(), patch={"label": "of nobody"}))
    assert result["status"] == "rejected"
    phone.pull()
    assert phone.rows["dead_letter", result["dead_letter"]]["code"] == result["code"]
    assert "of nobody" not in str(phone.rows["dead_letter", result["dead_letter"]])
    assert phone.state() == fresh(worker).state()
