"""Candidates for duplicates before and after a report; joined and linked reporters stay informed."""

from sqlalchemy import text

from app.core import clock, db
from app.core.actor import SYSTEM, Role
from app.core.ids import uuid7
from app.incidents.reporting.queries.duplicates import COMPARED
from tests.factories import make_city
from tests.incidents.cases import read_case
from tests.sync.pull_client import PullClient, fresh
from tests.sync.push_client import PushClient

WORDS = "路口井盖破损，车辆经过有异响"


def near(place, metres):
    """Return a place so many metres to the north."""
    return place | {"lat": round(place["lat"] + metres / 111_200, 7)}


def ask(person, place, **fields):
    body = {**place, "category": "0101", "description": WORDS} | fields
    answer = person.post("/incidents/duplicates", body)
    assert answer.status_code == 200, answer.json
    return answer.json["items"]


def join(person, case, place, **fields):
    return person.post(f"/incidents/{case['id']}/reports", {**place, "description": "still loose"} | fields)


def link(person, case, to, act="link"):
    return person.post(f"/incidents/{case['id']}/{act}", {"to_id": to["id"], "reason": "one sewer"})


def test_duplicates_are_ranked_with_score_parts(city, report, boss):
    worker, place = city.worker("g1"), city.in_grid("g1")
    same = report(boss, near(place, 20), category="0101", description="井盖破损，有异响")
    other = report(boss, near(place, 20), category="0101", description="垃圾满溢无人清运")
    far = report(boss, near(place, 300), category="0101", description=WORDS)
    unlike = report(boss, near(place, 90), category="E0601", description="占道经营")
    candidates = ask(worker, place)
    assert unlike["id"] not in str(candidates)
    assert [each["incident"]["id"] for each in candidates] == [same["id"], other["id"]]
    first = candidates[0]
    assert first["parts"]["category"] == 1 and 0.75 < first["parts"]["distance"] < 0.85
    assert first["parts"]["text"] > 0.5 > candidates[1]["parts"]["text"]
    assert 19 < first["distance_m"] < 21 and 0 <= first["age_s"] < 60
    assert first["acts"] == [{"act": "join", "path": f"/api/v1/incidents/{same['id']}/reports"}]
    assert far["id"] not in str(candidates)
    # A part without a value has no weight.
    assert ask(worker, place, description="", category="unclassified")[0]["parts"]["text"] is None


def test_only_the_nearest_cases_are_compared(city, report, boss):
    worker, place = city.worker("g1"), city.in_grid("g1")
    same_at_60_m = report(boss, near(place, 60), category="0101", description=WORDS)
    assert [each["incident"]["id"] for each in ask(worker, place)] == [same_at_60_m["id"]]
    phone = PushClient(worker)
    others = [phone.report(near(place, 59), category="E0601", description="") for _ in range(COMPARED)]
    assert {result["status"] for result in phone.push(*others)} == {"applied"}
    assert same_at_60_m["id"] not in str(ask(worker, place))


def test_duplicates_exclude_cases_hidden_from_reporter(city, report, boss):
    place = city.in_grid("g1")
    hidden = [
        report(city.supervisor("d"), place, category="E0601", description=WORDS),
        report(boss, place, category="E0690", about={"kind": "worker", "id": str(city.worker("g2").id)}),
    ]
    assert ask(city.worker("g3"), place) == []
    candidates = ask(city.worker("g1"), place, category="E0690", description=WORDS)
    assert [each["incident"]["id"] for each in candidates] == [hidden[0]["id"]]
    assert ask(boss, place, category="E0690") and hidden[1]["id"] not in str(
        ask(boss, place, category="E0690")
    )
    assert boss.get(f"/incidents/{hidden[0]['id']}/duplicates").json["items"] == []


def test_recently_ended_duplicate_is_listed_but_cannot_be_joined(city, report, step, boss):
    place = city.in_grid("g1")
    case = report(boss, place, category="0101", description=WORDS)
    assert step(boss, case, "force_close", note="built over").status_code == 200
    candidates = ask(city.worker("g1"), place)
    assert (candidates[0]["incident"]["id"], candidates[0]["acts"]) == (case["id"], [])
    refused = join(city.worker("g1"), case, place)
    assert (refused.status_code, refused.json["code"]) == (409, "join_of_ended")


def test_duplicates_of_case_list_actions_allowed_to_desk(city, report, boss):
    place = city.in_grid("g1")
    case, other = (report(boss, place, category="0101", description=WORDS) for _ in range(2))
    duplicates = boss.get(f"/incidents/{case['id']}/duplicates").json
    assert [each["incident"]["id"] for each in duplicates["items"]] == [other["id"]]
    assert duplicates["items"][0]["acts"] == [
        {"act": act, "path": f"/api/v1/incidents/{case['id']}/{act}"} for act in ("merge", "link")
    ]
    assert duplicates["rules"]["radius_m"] == 100
    assert city.worker("g1").get(f"/incidents/{case['id']}/duplicates").json["items"][0]["acts"] == []


def test_joined_report_is_stored_and_counted_once_per_person(city, report, boss, rows):
    place, first, second = city.in_grid("g1"), city.worker("g1"), city.worker("g1")
    case = report(boss, place, category="0101", description=WORDS)
    body = {"id": str(uuid7()), "occurred_at": "2026-01-01T00:00:00Z"}
    answer = join(first, case, near(place, 5), **body)
    assert answer.status_code == 200, answer.json
    assert (answer.json["report_count"], answer.json["joined_by_me"]) == (2, True)
    assert answer.json["version"] > case["version"]
    again = join(first, case, near(place, 5), **body)
    assert (again.status_code, again.json["report_count"]) == (200, 2)
    other = join(first, case, place, **body | {"description": "other words"})
    assert (other.status_code, other.json["code"]) == (409, "id_reused")
    moved = join(first, case, near(place, 6), **body)
    assert (moved.status_code, moved.json["code"]) == (409, "id_reused")
    # A report for a resident counts by itself; accounts that joined or reported, and telephone numbers, count once.
    resident = {"reporter": {"name": "陈大妈", "phone": "13812345678"}}
    assert join(second, case, place, **resident).json["report_count"] == 3
    assert join(second, case, place).json["report_count"] == 4
    for person, fields in ((first, {}), (boss, {}), (boss, resident)):
        refused = join(person, case, place, **fields)
        assert (refused.status_code, refused.json["code"]) == (409, "joined_before")
    shown = read_case(boss, case)
    assert [r["words"] for r in shown["reports"]] == [WORDS, *["still loose"] * 3]
    assert shown["joined_by_me"] is False
    stored = rows("select joined_by, words from report where id = cast(:id as uuid)", id=body["id"])
    assert (stored[0].joined_by, stored[0].words) == (first.id, "still loose")
    events = boss.get(f"/incidents/{case['id']}/events").json["items"]
    assert [e["action"] for e in events][-3:] == ["join"] * 3
    # A joiner reads their own report and not those of others; only the desk reads who reported.
    assert [r["words"] for r in read_case(first, case)["reports"]] == [WORDS, "still loose"]
    seen_by_second = second.get(f"/incidents/{case['id']}/events").json["items"]
    assert [e["actor"]["kind"] for e in seen_by_second if e["action"] == "join"][:2] == [
        "reporter",
        "account",
    ]


def test_join_is_refused_for_confidential_or_hidden_case(city, report, boss):
    place, about = city.in_grid("g1"), city.worker("g2")
    case = report(boss, place, category="E0690", about={"kind": "worker", "id": str(about.id)})
    assert join(about, case, place).status_code == 404
    top = city.supervisor("d")
    refused = join(top, case, place)
    assert (refused.status_code, refused.json["code"]) == (409, "join_of_confidential")


def test_joiner_follows_case_after_losing_scope(city, report, boss, step):
    place, worker = city.in_grid("g1"), city.worker("g1", on_duty=False)
    case = report(boss, place, category="0101", description=WORDS)
    assert join(worker, case, place).status_code == 200
    elsewhere = city.person(Role.WORKER, area="g3")
    assert elsewhere.get(f"/incidents/{case['id']}").status_code == 404
    with db.transaction(SYSTEM) as session:
        move = "update account_grant set area_id = :area where account_id = :id"
        session.execute(text(move), {"area": city.areas["g3"], "id": worker.id})
        end = "update responsibility set deleted_at = :now where worker_id = :id"
        session.execute(text(end), {"now": clock.now(), "id": worker.id})
    worker.token = None
    assert read_case(worker, case)["joined_by_me"] is True
    assert [c["id"] for c in worker.get("/incidents?mine=true").json["items"]] == [case["id"]]
    assert step(boss, case, "force_close", note="done").status_code == 200
    assert read_case(worker, case)["status"] == "force_closed"


def test_linked_cases_stay_independent_and_can_be_unlinked(city, report, boss):
    place, worker = city.in_grid("g1"), city.worker("g1")
    case, other = report(worker, place), report(boss, city.in_grid("g2"))
    assert link(boss, case, other).status_code == 200
    assert link(boss, other, case).json["code"] == "already_linked"
    for left, right in ((case, other), (other, case)):
        shown = read_case(boss, left)
        assert [each["id"] for each in shown["linked"]] == [right["id"]]
        assert shown["status"] == left["status"] and shown["version"] > left["version"]
        last = boss.get(f"/incidents/{left['id']}/events").json["items"][-1]
        assert (last["action"], last["note"]) == ("link", "one sewer")
    assert link(boss, case, other, "unlink").status_code == 200
    assert read_case(boss, case)["linked"] == []
    assert link(boss, case, other, "unlink").json["code"] == "not_linked"
    assert link(boss, case, other).status_code == 200
    assert link(boss, case, case).json["errors"][0]["code"] == "same_case"


def test_reporter_sees_end_of_linked_case_unless_confidential(app, settings, report, step):
    """The link gives access to no further case, and to no case that became confidential."""
    city = make_city(app, settings, E0601={"confidential": True, "publicity": "not_public"})
    boss, reporter = city.supervisor(), city.worker("g4", on_duty=False)
    case, other = report(reporter, city.in_grid("g1")), report(boss, city.in_grid("g2"))
    assert link(boss, case, other).status_code == 200
    assert reporter.get(f"/incidents/{other['id']}").status_code == 404
    phone, own = PullClient(reporter).pull(), ("incident", case["id"])

    def linked_cases():
        """Return the linked cases, which are equal in the API and on the phone."""
        answer = reporter.get(f"/incidents/{case['id']}", headers={"If-None-Match": tags[-1]})
        assert answer.status_code == 200
        tags.append(answer.headers["ETag"])
        phone.pull()
        assert phone.rows[own]["linked"] == answer.json["linked"]
        assert phone.state() == fresh(reporter).state()
        return [
            (each["case_no"], each["ended_as"], bool(each["closed_at"])) for each in answer.json["linked"]
        ]

    tags = ["none"]
    assert linked_cases() == [(other["case_no"], None, False)]
    assert step(boss, other, "force_close", note="built over").status_code == 200
    assert linked_cases() == [(other["case_no"], "force_closed", True)]
    assert step(boss, other, "contest", note="it is not").status_code == 200
    assert linked_cases() == [(other["case_no"], None, False)]
    version = boss.get(f"/incidents/{other['id']}").json["version"]
    hidden = city.supervisor("d").patch(
        f"/incidents/{other['id']}", {"category": "E0601", "note": "a complaint"}, version
    )
    assert hidden.status_code == 200, hidden.json
    assert linked_cases() == []
    events = reporter.get(f"/incidents/{case['id']}/events").json["items"]
    assert [(e["note"], e["detail"]) for e in events if e["action"] == "link"] == [(None, {})]
    assert other["case_no"] not in str(events)
    assert [each["id"] for each in read_case(boss, case)["linked"]] == [other["id"]]


def test_link_requires_same_kind_and_direction_of_both_cases(city, report, boss):
    top, worker = city.supervisor("d"), city.worker("g1")
    plain = report(top, city.in_grid("g1"), category="E0601")
    about = report(top, city.in_grid("g1"), category="E0690", about={"kind": "worker", "id": str(worker.id)})
    assert link(top, plain, about).json["code"] == "merge_of_other_kind"
    narrow, there = city.supervisor("c1"), report(boss, city.in_grid("g3"))
    assert link(narrow, plain, there).status_code == 422
    assert link(worker, plain, there).status_code == 403


def test_reporter_of_merged_case_is_notified_of_target_changes(city, report, boss, step, rows):
    """The merged case gets a new version: its ETag changes, and the phone of the reporter is notified."""
    reporter = city.worker("g4", on_duty=False)
    target = report(boss, city.in_grid("g1"))
    case = report(reporter, city.in_grid("g1"))
    merged = boss.post(f"/incidents/{case['id']}/merge", {"into_id": target["id"], "reason": "one"})
    assert merged.status_code == 200
    before = reporter.get(f"/incidents/{case['id']}")
    assert step(boss, target, "force_close", note="built over").status_code == 200
    tag = {"If-None-Match": before.headers["ETag"]}
    after = reporter.get(f"/incidents/{case['id']}", headers=tag)
    assert after.status_code == 200 and after.json["same_as"]["status"] == "force_closed"
    changes = rows(
        "select count(*) n from change_log where bucket = :b and row_id = cast(:id as uuid)",
        b=f"worker:{reporter.id}",
        id=case["id"],
    )
    assert changes[0].n >= 3  # made, merged, moved


def test_phone_receives_duplicates_and_its_report_is_stored(city, report, boss, rows):
    place = city.in_grid("g1")
    case = report(boss, place, category="0101", description=WORDS)
    phone = PushClient(city.worker("g1"))
    report_id = uuid7()
    fields = {**place, "category": "0101", "description": WORDS}
    lone = {**city.in_grid("g2"), "category": "0101"}
    sent = [
        phone.op("incident", "report", report_id, patch=fields),
        phone.op("incident", "report", uuid7(), patch=lone),
        phone.op("incident", "report", uuid7(), patch={"category": "0101"}),
    ]
    first, alone, refused = phone.push(*sent)
    assert (first["status"], first["id"]) == ("applied", str(report_id))
    assert [each["incident"]["id"] for each in first["duplicate_candidates"]] == [case["id"]]
    assert first["duplicate_candidates"][0]["acts"][0]["act"] == "join"
    assert (alone["duplicate_candidates"], refused["duplicate_candidates"]) == ([], [])
    assert rows("select 1 from incident where id = :id", id=report_id)
    # A repeat gets the first answer, without candidates to join.
    assert phone.push(sent[0])[0]["duplicate_candidates"] == []


def test_phones_of_all_reporters_receive_outcome(city, report, boss, step):
    """One opened a merged case, another joined its target; both learn of the end at their next pull."""
    place = city.in_grid("g1")
    first, second = city.worker("g4", on_duty=False), city.worker("g1", on_duty=False)
    target = report(boss, place, category="0101", description=WORDS)
    case = report(first, place, category="0101", description=WORDS)
    assert join(second, target, place).status_code == 200
    assert (
        boss.post(f"/incidents/{case['id']}/merge", {"into_id": target["id"], "reason": "one"}).status_code
        == 200
    )
    merged_away, joined = PullClient(first).pull(), PullClient(second).pull()
    own = ("incident", case["id"])
    assert merged_away.rows[own]["same_as"]["status"] == "dispatched"
    assert f"worker:{second.id}" in joined.refs["incident", target["id"]]
    assert step(boss, target, "force_close", note="built over").status_code == 200
    for store, key in ((merged_away, own), (joined, ("incident", target["id"]))):
        store.pull()
        assert key in {(row["entity"], row["id"]) for row in store.pulled_rows}
        assert store.state() == fresh(store.person).state()
    assert merged_away.rows[own]["same_as"]["status"] == "force_closed"
    assert joined.rows["incident", target["id"]]["status"] == "force_closed"
    assert joined.rows["incident", target["id"]]["joined_by_me"] is True
