"""Replies to notices as evidence of a version of the rules: who may cite and see them."""

from app.core.ids import uuid7
from tests.areas.test_profile_evidence import administrator, item, publish, state
from tests.factories import make_city
from tests.notices.conftest import DOOR
from tests.notices.test_links import submit
from tests.notices.world import TEXTS, NoticeWorld


def ask(world: NoticeWorld, grid="g1"):
    (home,) = world.settle(grid)
    notice = world.published(area_ids=[str(world.city.areas[grid])])
    made = world.author.post(f"/notices/{notice['id']}/households/{home}/link")
    secret = made.json["url"].rsplit("/", 1)[1]
    assert submit(world, f"zh/notices/{secret}/question", {"words": "为什么总停水？"}).status_code == 303
    (reply,) = world.author.get(f"/notices/{notice['id']}/replies").json["items"]
    return notice, reply


def test_version_cites_reply_with_its_notice_and_case(world):
    path, admin = publish(world.city), administrator(world.city)
    notice, reply = ask(world)
    (cited,) = state(admin, path, [item("notice_reply", reply["report_id"], "asked often")])["items"]
    assert cited["kind"] == "notice_reply"
    assert cited["case_no"] == reply["incident"]["case_no"]
    assert cited["href"].endswith(f"/incidents/{reply['incident']['id']}")
    assert (cited["notice_id"], cited["notice_titles"]) == (
        notice["id"],
        {code: text["title"] for code, text in TEXTS.items()},
    )
    (change,) = admin.get(f"/incidents/{reply['incident']['id']}/rule-changes").json["items"]
    assert (change["kind"], change["note"]) == ("notice_reply", "asked often")


def test_only_replies_of_own_reach_and_city_are_cited_and_shown(world, app, settings):
    path, admin = publish(world.city), administrator(world.city)
    _, reply = ask(world)
    strange = NoticeWorld(make_city(app, settings, profile=DOOR))
    _, other = ask(strange)
    for id in (other["report_id"], str(uuid7())):
        refused = admin.call("PUT", f"{path}/evidence", {"items": [item("notice_reply", id)]})
        assert (refused.status_code, refused.json["errors"][0]["code"]) == (422, "reference_unknown")
    report = world.city.worker("g1").post(
        "/incidents", {**world.city.in_grid("g1"), "category": "E0102", "description": "x"}
    )
    refused = admin.call("PUT", f"{path}/evidence", {"items": [item("notice_reply", report.json["id"])]})
    assert refused.json["errors"][0]["code"] == "reference_unknown"
    _, beyond = ask(world, "g3")
    state(admin, path, [item("notice_reply", each["report_id"]) for each in (reply, beyond)])
    shown = world.city.supervisor("c1").get(f"{path}/evidence").json
    assert ([each["id"] for each in shown["items"]], shown["hidden"]) == ([reply["report_id"]], 1)
    near = world.author.get(f"{path}/evidence").json
    assert len(near["items"]) == 2
