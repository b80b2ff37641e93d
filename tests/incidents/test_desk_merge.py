"""Merges of two cases of one matter, and their undoing."""

from app.core.actor import Role
from tests.factories import in_days
from tests.incidents.cases import read_case
from tests.sync.pull_client import PullClient


def merge(person, case, into, **fields):
    body = {"into_id": into["id"], "reason": "the same cover"} | fields
    return person.post(f"/incidents/{case['id']}/merge", body)


def load(rows, worker):
    return rows("select open_work from worker_load where worker_id = :id", id=worker.id)[0].open_work


def test_merged_case_ends_and_its_report_is_listed_with_target(city, report, boss):
    reporter = city.worker("g4")
    target = report(boss, city.in_grid("g1"), category="0101", description="loose")
    case = report(reporter, city.in_grid("g1"), category="0101", description="rattles")
    answer = merge(boss, case, target)
    assert answer.status_code == 200, answer.json
    ended = answer.json
    assert (ended["status"], ended["assignment"]) == ("not_filed", None)
    assert ended["same_as"]["id"] == target["id"]
    assert [limit["outcome"] for limit in read_case(boss, case)["deadlines"]] == ["cancelled"]
    merged = read_case(boss, target)
    assert [r["words"] for r in merged["reports"]] == ["loose", "rattles"]
    assert [r["incident_id"] for r in merged["reports"]] == [target["id"], case["id"]]
    assert [m["case_no"] for m in merged["merged"]] == [case["case_no"]]
    assert merged["version"] > target["version"]
    for about, action in ((case, "merge"), (target, "take_in")):
        events = boss.get(f"/incidents/{about['id']}/events").json["items"]
        assert (events[-1]["action"], events[-1]["note"]) == (action, "the same cover")
        assert events[-1]["actor"]["id"] == str(boss.id)


def test_reporter_of_merged_case_sees_outcome_but_not_target(city, report, boss, step):
    reporter = city.worker("g4", on_duty=False)
    target = report(boss, city.in_grid("g1"))
    case = report(reporter, city.in_grid("g1"))
    assert merge(boss, case, target).status_code == 200
    assert reporter.get(f"/incidents/{target['id']}").status_code == 404
    assert read_case(reporter, case)["same_as"]["status"] != "force_closed"
    assert step(boss, target, "force_close", note="built over").status_code == 200
    followed = read_case(reporter, case)["same_as"]
    assert (followed["id"], followed["status"]) == (target["id"], "force_closed")
    assert followed["closed_at"]


def test_reporter_of_target_does_not_read_other_reports(city, report, boss):
    reporter = city.worker("g4", on_duty=False)
    target = report(reporter, city.in_grid("g1"), description="mine")
    assert merge(boss, report(boss, city.in_grid("g1"), description="theirs"), target).status_code == 200
    assert [r["words"] for r in read_case(reporter, target)["reports"]] == ["mine"]
    assert "theirs" not in reporter.get(f"/incidents/{target['id']}/print").text
    onlooker = city.worker("g1", on_duty=False)
    assert [r["words"] for r in read_case(onlooker, target)["reports"]] == ["mine", "theirs"]


def test_merge_frees_workers_of_merged_case(city, report, accept, boss, rows):
    worker = city.worker("g1")
    target, offered, taken = (report(boss, city.in_grid("g1")) for _ in range(3))
    assert accept(worker, taken).status_code == 200
    assert load(rows, worker) == 3
    for case in (offered, taken):
        assert merge(boss, case, target).status_code == 200
    assert load(rows, worker) == 1
    late = accept(worker, offered)
    assert (late.status_code, late.json["code"]) == (409, "offer_not_live")


def test_merge_is_refused_for_same_fed_back_or_ended_case(city, report, accept, step, boss):
    worker = city.worker("g1")
    target, case = report(boss, city.in_grid("g1")), report(boss, city.in_grid("g1"))
    assert merge(boss, case, case).json["errors"][0]["code"] == "same_case"
    accept(worker, case)
    assert step(worker, case, "feed_back", note="done").status_code == 200
    handed_in = merge(boss, case, target)
    assert (handed_in.status_code, handed_in.json["code"]) == (409, "transition_illegal")
    step(boss, target, "force_close", note="x")
    other = report(boss, city.in_grid("g1"))
    ended = merge(boss, other, target)
    assert (ended.status_code, ended.json["code"]) == (409, "merge_target_ended")
    assert merge(boss, target, other).json["code"] == "transition_illegal"


def test_merge_requires_visibility_and_direction_of_both_cases(city, report, boss):
    narrow = city.supervisor("c1")
    near, there = report(boss, city.in_grid("g1")), report(boss, city.in_grid("g3"))
    hidden = merge(narrow, near, there)
    assert (hidden.status_code, hidden.json["errors"][0]["field"]) == (422, "into_id")
    assert merge(narrow, there, near).status_code == 404
    # The actor sees the case as its reporter, but does not direct it.
    own = report(narrow, city.in_grid("g3"))
    assert merge(narrow, own, near).status_code == 403
    assert merge(narrow, near, own).status_code == 403


def test_merge_is_refused_between_conduct_and_other_cases(city, report):
    top = city.supervisor("d")
    worker = city.worker("g1")
    plain = report(top, city.in_grid("g1"), category="E0601")
    about = report(top, city.in_grid("g1"), category="E0690", about={"kind": "worker", "id": str(worker.id)})
    nobody = report(top, city.in_grid("g1"), category="E0690")
    for case, into in ((about, plain), (plain, about), (about, nobody), (nobody, plain)):
        refused = merge(top, case, into)
        assert (refused.status_code, refused.json["code"]) == (409, "merge_of_other_kind")
    again = report(top, city.in_grid("g1"), category="E0690", about={"kind": "worker", "id": str(worker.id)})
    assert merge(top, again, about).status_code == 200


def test_merge_is_refused_between_confidential_and_plain_case(city, report, boss, rows):
    (row,) = rows(
        """select c ->> 'code' code from profile_version f, jsonb_path_query(f.data,
             '$.taxonomy.categories[*] ? (@.confidential == true && @.conduct == false)') c
           where f.jurisdiction_id = :id limit 1""",
        id=city.jurisdiction_id,
    )
    secret = report(boss, city.in_grid("g1"), category=row.code)
    refused = merge(boss, secret, report(boss, city.in_grid("g1")))
    assert (refused.status_code, refused.json["code"]) == (409, "merge_of_other_kind")


def test_repeated_merge_follows_chain_and_collects_notes(city, report, boss):
    first, second, third = (report(boss, city.in_grid("g1"), category="0101") for _ in range(3))
    for case, text in ((first, "one"), (second, "two"), (third, "three")):
        boss.post(f"/incidents/{case['id']}/notes", {"words": text})
    assert merge(boss, first, second).status_code == 200
    assert merge(boss, second, third).status_code == 200
    assert read_case(boss, first)["same_as"]["id"] == third["id"]
    assert {m["id"] for m in read_case(boss, third)["merged"]} == {first["id"], second["id"]}
    notes = boss.get(f"/incidents/{third['id']}/notes").json["items"]
    assert [(n["words"], n["case_no"]) for n in notes] == [
        ("one", first["case_no"]),
        ("two", second["case_no"]),
        ("three", third["case_no"]),
    ]


def test_unmerged_case_resumes_with_remaining_time(city, report, boss):
    worker = city.worker("g1")
    target, case = report(boss, city.in_grid("g1")), report(boss, city.in_grid("g1"))
    due = case["due_at"]
    merge(boss, case, target)
    answer = boss.post(f"/incidents/{case['id']}/unmerge", {"reason": "another heap"})
    assert answer.status_code == 200, answer.json
    again = answer.json
    assert (again["status"], again["same_as"], again["closed_at"]) == ("dispatched", None, None)
    assert again["assignment"]["worker"]["id"] == str(worker.id)
    assert again["due_at"] >= due
    assert read_case(boss, target)["merged"] == []
    assert len(read_case(boss, target)["reports"]) == 1
    twice = boss.post(f"/incidents/{case['id']}/unmerge", {"reason": "x"})
    assert (twice.status_code, twice.json["code"]) == (409, "transition_illegal")


def test_unmerged_deferred_case_can_be_corrected(city, report, boss, step):
    """The clock is paused while the case is merged; a new limit after the undoing counts all pauses."""
    target, case = report(boss, city.in_grid("g1")), report(boss, city.in_grid("g1"))
    assert step(boss, case, "defer", until=in_days(9), note="frost").status_code == 200
    assert merge(boss, case, target).status_code == 200
    assert boss.post(f"/incidents/{case['id']}/unmerge", {"reason": "x"}).status_code == 200
    answer = boss.patch(
        f"/incidents/{case['id']}", {"category": "E0103", "note": "看错了"}, read_case(boss, case)["version"]
    )
    assert answer.status_code == 200, answer.json


def test_merge_target_number_is_visible_to_gis(city, report, boss):
    target, case = report(boss, city.in_grid("g1")), report(boss, city.in_grid("g1"))
    merge(boss, case, target)
    assert read_case(city.person(Role.GIS, area="s"), case)["same_as"]["case_no"] == target["case_no"]


def test_crosswise_concurrent_merges_succeed_once(city, report, boss):
    from concurrent.futures import ThreadPoolExecutor

    first, second = report(boss, city.in_grid("g1")), report(boss, city.in_grid("g1"))
    others = [city.supervisor(), city.supervisor()]
    for person in others:
        person.get("/me")
    with ThreadPoolExecutor() as pool:
        answers = list(
            pool.map(lambda job: merge(*job), [(others[0], first, second), (others[1], second, first)])
        )
    assert sorted(a.status_code for a in answers) == [200, 409]


def test_linked_and_merged_cases_are_hidden_from_readers_without_access(city, report, boss):
    """Cases are linked or merged as one kind, and become confidential or are moved afterwards."""
    place, elsewhere = city.in_grid("g1"), city.worker("g4", on_duty=False)
    gis, worker = city.person(Role.GIS, area="s"), city.worker("g1", on_duty=False)
    linked, ended, moved, beside = (report(elsewhere, place, description=f"heap {n}") for n in range(4))
    secret = report(boss, place, description="a secret")
    for case, to in ((linked, secret), (moved, beside)):
        assert (
            boss.post(f"/incidents/{case['id']}/link", {"to_id": to["id"], "reason": "x"}).status_code == 200
        )
    assert merge(boss, ended, secret).status_code == 200
    open_now = report(boss, place, category="E0605", description="no secret")
    within = report(boss, place, category="E0605", description="words of the house")
    assert merge(boss, within, open_now).status_code == 200
    for case, change in (
        (secret, {"category": "E0605"}),
        (open_now, {"category": "E0102"}),
        (moved, city.in_grid("g3")),
    ):
        answer = boss.patch(
            f"/incidents/{case['id']}", change | {"note": "so it is"}, read_case(boss, case)["version"]
        )
        assert answer.status_code == 200, answer.json
    hidden_from = ((gis, (secret, within)), (worker, (moved,)))
    shown = (linked, ended, open_now, beside)
    doors = [f"/incidents/{case['id']}{path}" for case in shown for path in ("", "/events", "/print")]
    doors += [f"/incidents/{linked['id']}/duplicates"]
    ids = ",".join(case["id"] for case in shown)
    doors += [
        f"/incidents?ids={ids}",
        f"/incidents/print?ids={ids}",
        "/incidents?limit=200",
        "/sync",
        "/assignments",
    ]
    for person, cases in hidden_from:
        for case in cases:
            assert person.get(f"/incidents/{case['id']}").status_code == 404
        words = {text for case in cases for text in (case["id"], case["case_no"], case["description"])}
        answers = {door: person.get(door) for door in doors}
        answers["as features"] = person.get(
            "/incidents?limit=200", headers={"Accept": "application/geo+json"}
        )
        answers["while reporting"] = person.post("/incidents/duplicates", {**place, "category": "E0102"})
        where = {"bbox": "{lon},{lat},{lon},{lat}".format(**place), "limit": 100}
        token = {"Authorization": f"Bearer {person.token}"}
        answers["map"] = person.client.get(
            "/ogc/collections/incidents/items", query_string=where, headers=token
        )
        revealing = {door for door, answer in answers.items() if any(word in answer.text for word in words)}
        assert revealing == set()
        given = [door for door, answer in answers.items() if answer.status_code == 200]
        assert len(given) > 14, {door: answer.status_code for door, answer in answers.items()}
    # Readers with access see them; the reporter of the merged case sees the outcome, also on the phone.
    assert (
        read_case(boss, linked)["linked"][0]["id"] == secret["id"] == read_case(boss, ended)["same_as"]["id"]
    )
    assert [m["id"] for m in read_case(boss, open_now)["merged"]] == [within["id"]]
    assert secret["case_no"] in boss.get(f"/incidents/{linked['id']}/events").text
    assert read_case(elsewhere, ended)["same_as"]["id"] == secret["id"]
    assert secret["case_no"] in elsewhere.get(f"/incidents/{ended['id']}/events").text
    assert PullClient(elsewhere).pull().rows[("incident", ended["id"])]["same_as"]["id"] == secret["id"]
