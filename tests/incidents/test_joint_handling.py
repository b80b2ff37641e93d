"""Joint handling: each unit does its part; only the lead feeds back the case."""

import pytest

from app.accounts import service as accounts
from app.core import clock, db
from app.core.actor import SYSTEM, Role
from app.incidents import service
from app.profiles import service as profiles
from tests.factories import in_days
from tests.incidents.cases import assert_consistent, read_case
from tests.ogc.conftest import Map
from tests.ogc.test_tiles import path_of, tile_over
from tests.sync.pull_client import fresh
from tests.sync.push_client import PushClient, codes

WHY = {"note": "路面与积水须一并处理"}


@pytest.fixture
def case(city, report):
    """Return a case in the queue of the unit for roads."""
    return report(city.worker("g1", on_duty=False), city.in_grid("g1"), category="0102")


@pytest.fixture
def joined(city, case, step):
    """Return the same case with a part of the cleaning unit."""
    supervisor = city.supervisor()
    answer = step(supervisor, case, "add_unit", unit_id=str(city.units["cleaning"]), **WHY)
    assert answer.status_code == 200, answer.json
    return supervisor.get(f"/incidents/{case['id']}").json


def parts(case):
    return {(p["part"], p["unit"]["name"]["en"]): p["state"] for p in case["parts"]}


def part_id(case):
    return next(p["assignment_id"] for p in case["parts"] if p["part"] == "joint")


def test_joint_unit_finishes_part_before_lead_feeds_back(city, case, joined, step, accept, rows):
    supervisor, lead, member = city.supervisor(), city.handler("roads"), city.handler("cleaning")
    assert parts(joined) == {("lead", "roads"): "queued", ("joint", "cleaning"): "queued"}
    (item,) = member.get("/assignments").json["items"]
    assert (item["role"], item["incident"]["id"]) == ("joint", case["id"])
    accept(lead, case)
    refused = step(lead, case, "feed_back", note="好")
    assert (refused.status_code, refused.json["code"]) == (409, "parts_unfinished")
    assert [unit["id"] for unit in refused.json["units"]] == [str(city.units["cleaning"])]
    assert member.post(f"/assignments/{part_id(joined)}/accept", {}).json["status"] == "accepted"
    assert step(member, case, "feed_back", note="好").status_code == 409  # a part is not the whole
    assert step(member, case, "part_done").status_code == 422  # with words
    done = step(member, case, "part_done", note="已清淤", fix={**city.in_grid("g1"), "age_s": 1})
    assert done.status_code == 200, done.json
    now = read_case(supervisor, case)
    assert parts(now) == {("lead", "roads"): "accepted", ("joint", "cleaning"): "done"}
    assert step(lead, case, "feed_back", note="好").json["status"] == "fed_back"
    assert_consistent(case, rows)
    events = supervisor.get(f"/incidents/{case['id']}/events").json["items"]
    steps = [e for e in events if e["action"] in ("add_unit", "accept_part", "part_done")]
    assert [e["action"] for e in steps] == ["add_unit", "accept_part", "part_done"]
    assert steps[2]["note"] == "已清淤" and steps[2]["detail"]["unit_id"] == str(city.units["cleaning"])


def test_phone_of_joint_unit_holds_case_until_part_is_withdrawn(city, case, step, accept, report):
    supervisor, member, lead = city.supervisor(), city.handler("cleaning"), city.handler("roads")
    phone, leads = fresh(member), fresh(lead)
    assert ("incident", case["id"]) not in phone.rows and ("incident", case["id"]) in leads.rows
    unit = str(city.units["cleaning"])
    assert step(supervisor, case, "add_unit", unit_id=unit, **WHY).status_code == 200
    phone.pull()
    leads.pull()
    assert phone.refs["incident", case["id"]] == {f"unit:{unit}"}
    assert leads.refs["incident", case["id"]] == {f"unit:{city.units['roads']}"}
    assert phone.state() == fresh(member).state() and leads.state() == fresh(lead).state()
    assert [p["state"] for p in phone.rows["incident", case["id"]]["parts"]] == ["queued", "queued"]
    # The member sees what the lead does.
    accept(lead, case)
    assert phone.pull().rows["incident", case["id"]]["status"] == "accepted"
    note = {"words": "井盖钥匙在门卫处", "audience": "handlers"}
    assert supervisor.post(f"/incidents/{case['id']}/notes", note).status_code == 201
    assert phone.pull().ids("incident_note") and phone.state() == fresh(member).state()
    # The member loses the case with the part of the unit.
    assert step(supervisor, case, "withdraw_unit", unit_id=unit, **WHY).status_code == 200
    phone.pull()
    assert ("incident", case["id"]) not in phone.rows and not phone.ids("incident_note")
    assert phone.state() == fresh(member).state()
    assert member.get(f"/incidents/{case['id']}").status_code == 404
    assert phone.ids("assignment") == set()


def test_returned_part_waits_for_supervisor_decision(city, case, joined, step, accept, rows):
    supervisor, lead, member = city.supervisor(), city.handler("roads"), city.handler("cleaning")
    accept(lead, case)
    returned = step(member, case, "part_return", note="不属我单位职责")
    assert (returned.status_code, returned.json["waiting"]["reason"]) == (200, "part_returned")
    assert member.get(f"/incidents/{case['id']}").status_code == 404  # the member has no access any more
    (waits,) = supervisor.get("/supervision/queue").json["items"]
    assert waits["incident"]["id"] == case["id"] and waits["sentence"]["zh"].startswith("有协办单位")
    (joint,) = [p for p in read_case(supervisor, case)["parts"] if p["part"] == "joint"]
    assert (joint["state"], joint["because"]) == ("failed", "part_returned")
    assert_consistent(case, rows)
    # Asked again, the case waits for nobody; withdrawn, the part has ended.
    unit = str(city.units["cleaning"])
    assert step(supervisor, case, "add_unit", unit_id=unit, **WHY).json["waiting"] is None
    step(member, case, "accept_part")
    part = part_id(read_case(supervisor, case))
    body = {"action": "fail", "because": "could_not_get_there"}
    assert member.post(f"/assignments/{part}/transitions", body).json["waiting"]["reason"] == "part_returned"
    assert step(supervisor, case, "withdraw_unit", unit_id=unit, **WHY).json["waiting"] is None
    assert step(supervisor, case, "withdraw_unit", unit_id=unit, **WHY).json["code"] == "no_open_parts"
    assert step(lead, case, "feed_back", note="好").status_code == 200
    assert_consistent(case, rows)


def test_supervisor_waives_unfinished_parts_with_reason(city, case, joined, step, accept):
    supervisor, lead, member = city.supervisor(), city.handler("roads"), city.handler("cleaning")
    accept(lead, case)
    step(member, case, "accept_part")
    assert "waive_parts" in read_case(supervisor, case)["allowed"]
    assert "waive_parts" not in read_case(lead, case)["allowed"]
    assert step(lead, case, "waive_parts", **WHY).status_code == 409
    assert step(supervisor, case, "waive_parts").status_code == 422
    assert step(supervisor, case, "waive_parts", note="汛情紧急").status_code == 200
    assert step(lead, case, "feed_back", note="好").status_code == 200
    explanation = supervisor.get(f"/incidents/{case['id']}/dispatch").json
    assert [run["role"] for run in explanation["runs"]][:2] == ["handle", "joint"]
    by = {part["part"]: part["sentence"] for part in explanation["parts"]}
    assert by["lead"] == {
        "en": "roads is the lead unit and has submitted feedback for the whole case.",
        "zh": "roads主办，已对全案反馈。",
    }
    assert by["joint"]["en"] == "A supervisor decided to continue without the joint part of cleaning."
    (event,) = [
        e
        for e in supervisor.get(f"/incidents/{case['id']}/events").json["items"]
        if e["action"] == "waive_parts"
    ]
    assert (event["note"], event["detail"]["units"][0]["was"]) == ("汛情紧急", "accepted")


def test_make_lead_swaps_lead_and_part(city, case, joined, step, accept, rows):
    supervisor, roads, cleaning = city.supervisor(), city.handler("roads"), city.handler("cleaning")
    accept(roads, case)
    unit = str(city.units["cleaning"])
    assert step(supervisor, case, "make_lead", unit_id=unit, **WHY).json["status"] == "dispatched"
    now = read_case(supervisor, case)
    assert parts(now) == {("lead", "cleaning"): "queued", ("joint", "roads"): "queued"} | {
        ("joint", "cleaning"): "withdrawn"
    }
    assert now["owner_unit"]["name"]["en"] == "roads"
    assert step(supervisor, case, "make_lead", unit_id=unit, **WHY).json["code"] == "unit_leads"
    assert step(supervisor, case, "add_unit", unit_id=unit, **WHY).json["code"] == "unit_leads"
    assert (
        step(supervisor, case, "add_unit", unit_id=str(city.units["roads"]), **WHY).json["code"]
        == "unit_has_part"
    )
    accept(cleaning, now)
    assert step(roads, case, "feed_back", note="好").status_code == 409
    step(roads, case, "accept_part")
    assert step(cleaning, case, "feed_back", note="好").json["code"] == "parts_unfinished"
    # Returned to its owner, the owner leads and has no part.
    step(supervisor, case, "reassign", unit_id=str(city.units["roads"]), **WHY)
    assert parts(read_case(supervisor, case))["joint", "roads"] == "withdrawn"
    assert_consistent(case, rows)


@pytest.mark.parametrize("end", ["force_close", "not_file", "merge"])
def test_parts_end_with_case(city, case, joined, step, report, end, rows):
    supervisor, member = city.supervisor(), city.handler("cleaning")
    phone = fresh(member)
    if end == "merge":
        other = report(city.worker("g1", on_duty=False), city.in_grid("g1"), category="0102")
        answer = supervisor.post(
            f"/incidents/{case['id']}/merge", {"into_id": other["id"], "reason": "同一处"}
        )
    else:
        answer = step(supervisor, case, end, **WHY)
    assert answer.status_code == 200, answer.json
    assert parts(read_case(supervisor, case))["joint", "cleaning"] == "withdrawn"
    assert ("incident", case["id"]) not in phone.pull().rows and member.get("/assignments").json[
        "items"
    ] == []
    assert_consistent(case, rows)


def test_deferred_case_keeps_parts_but_refuses_acceptance(city, case, joined, step, rows):
    supervisor, member = city.supervisor(), city.handler("cleaning")
    step(supervisor, case, "defer", until=in_days(9), **WHY)
    refused = member.post(f"/assignments/{part_id(joined)}/accept", {})
    assert (refused.status_code, refused.json["code"]) == (409, "transition_illegal")
    assert_consistent(case, rows)
    step(supervisor, case, "resume")
    assert member.post(f"/assignments/{part_id(joined)}/accept", {}).status_code == 200
    assert_consistent(case, rows)


def test_member_of_joint_unit_cannot_check_case(city, case, joined, step, accept):
    supervisor, lead, member = city.supervisor(), city.handler("roads"), city.worker("g1", name="甲")
    city.grant(member, Role.HANDLER, unit="cleaning")
    step(member, case, "accept_part")
    step(member, case, "part_done", note="已清淤")
    accept(lead, case)
    fed = step(lead, case, "feed_back", note="好").json
    assert fed["waiting"]["reason"] == "no_checker"
    refused = step(supervisor, case, "assign_check", worker_id=str(member.id), note="看")
    assert (refused.status_code, refused.json["reason"]) == (409, "handled_it")


def test_board_counts_case_for_owner_and_parts_separately(city, case, joined, step, report):
    supervisor, member = city.supervisor(), city.handler("cleaning")
    report(city.worker("g1", on_duty=False), city.in_grid("g1"), category="0102")
    board = supervisor.get("/supervision/board").json
    by_unit = {group["unit"]["name"]["en"]: group["open"]["count"] for group in board["by_unit"]}
    assert by_unit == {"roads": 2}
    (joint,) = board["by_joint_unit"]
    assert (joint["unit"]["name"]["en"], joint["open"]["count"]) == ("cleaning", 1)
    members = supervisor.get(joint["open"]["members"].partition("/api/v1")[2]).json["items"]
    assert [item["id"] for item in members] == [case["id"]]
    assert [item["id"] for item in member.get("/incidents").json["items"]] == [case["id"]]
    step(supervisor, case, "withdraw_unit", unit_id=str(city.units["cleaning"]), **WHY)
    assert supervisor.get("/supervision/board").json["by_joint_unit"] == []


def test_part_of_disabled_account_returns_to_unit(city, case, joined, step, rows):
    member, other = city.handler("cleaning"), city.handler("cleaning")
    step(member, case, "accept_part")
    with db.transaction(SYSTEM) as session:
        accounts.disable_account(session, SYSTEM, account_id=member.id)
    with db.transaction(SYSTEM) as session:
        assert service.withdraw_from_absent(session, incident_id=case["id"], now=clock.now())
    assert_consistent(case, rows)
    assert step(other, case, "accept_part").status_code == 200
    assert step(other, case, "accept_part").status_code == 409


def test_subject_unit_cannot_get_part(city, report, step):
    supervisor = city.supervisor("d")
    about = {"kind": "unit", "id": str(city.units["cleaning"])}
    case = report(city.worker("g1"), city.in_grid("g1"), category="0102", about=about)
    step(supervisor, case, "reassign", unit_id=str(city.units["roads"]), **WHY)
    refused = step(supervisor, case, "add_unit", unit_id=str(city.units["cleaning"]), **WHY)
    assert (refused.status_code, refused.json["reason"]) == (409, "about_subject")


def test_maps_and_tiles_show_joint_unit_same_cases_as_lists(city, case, step):
    supervisor = city.supervisor()
    member, unit = Map(city.handler("cleaning")), {"unit_id": str(city.units["cleaning"])} | WHY
    tile = path_of(tile_over(city.in_grid("g1"), 16), "incidents")

    def is_seen():
        listed = case["id"] in {feature["id"] for feature in member.items("incidents", limit=100)["features"]}
        assert listed == (case["id"].encode() in member.get(tile).data)
        assert listed == (
            case["id"] in {item["id"] for item in member.person.get("/incidents").json["items"]}
        )
        return listed

    assert not is_seen()
    step(supervisor, case, "add_unit", **unit)
    assert is_seen()
    step(supervisor, case, "withdraw_unit", **unit)
    assert not is_seen()
    # A part that is done still excludes its holder.
    step(supervisor, case, "add_unit", **unit)
    colleague = city.handler("cleaning")
    step(colleague, case, "accept_part")
    step(colleague, case, "part_done", note="已清淤")
    assert is_seen()


def test_part_done_requires_presence_when_policy_blocks(city, report, step):
    data = profiles.packaged_profile("generic") | {"taxonomy": profiles.packaged_profile("xihu")["taxonomy"]}
    data["presence"] = {"policy": "block", "radius_m": 100, "fresh_minutes": 10}
    with db.transaction(SYSTEM) as session:
        profiles.publish_profile(session, SYSTEM, code=city.code, data=data)
    case = report(city.worker("g1", on_duty=False), city.in_grid("g1"), category="0102")
    supervisor, member = city.supervisor(), city.handler("cleaning")
    step(supervisor, case, "add_unit", unit_id=str(city.units["cleaning"]), **WHY)
    step(member, case, "accept_part")
    refused = step(member, case, "part_done", note="已清淤")
    assert (refused.status_code, refused.json["code"]) == (409, "presence_not_shown")
    there = {**city.in_grid("g1"), "accuracy_m": 5, "age_s": 1}
    assert step(member, case, "part_done", note="已清淤", fix=there).status_code == 200


def test_member_of_two_joint_units_acts_on_each_part(city, case, joined, step):
    both = city.handler("cleaning")
    city.grant(both, Role.HANDLER, unit="roads")
    # The member may accept the lead and the part: each is an action of its own.
    assert {"accept", "accept_part", "part_return"} <= set(read_case(both, case)["allowed"])
    assert step(both, case, "accept").json["status"] == "accepted"
    assert step(both, case, "accept_part").status_code == 200
    assert step(both, case, "feed_back", note="好").json["code"] == "parts_unfinished"
    assert step(both, case, "part_done", note="好", unit_id=str(city.units["roads"])).status_code == 404
    assert step(both, case, "part_done", note="好", unit_id=str(city.units["cleaning"])).status_code == 200
    assert step(both, case, "feed_back", note="好").status_code == 200


def test_part_done_is_accepted_from_phone_once(city, case, joined, step):
    phone = PushClient(city.handler("cleaning"))
    done = {"action": "part_done", "note": "已清淤"}
    sent = (
        phone.op("assignment", "accept", part_id(joined)),
        phone.op("incident", "transition", case["id"], patch=done),
    )
    assert codes(phone.push(*sent)) == ["applied", "applied"]
    assert codes(phone.push(*sent)) == ["duplicate", "duplicate"]
    assert parts(read_case(city.supervisor(), case))["joint", "cleaning"] == "done"
