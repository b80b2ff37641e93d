"""Notices: drafts, the preview that equals the addressees, the confirmed number, the second person."""

from collections import Counter
from random import Random
from typing import Any
from uuid import UUID

import pytest

from app.core import clock
from app.core.actor import Role
from app.core.ids import uuid7
from app.notices.rules import notices as rules
from app.profiles.rules.household_notices import APPROVAL_FROM
from tests.factories import in_days, make_city
from tests.nonempty import nonempty
from tests.notices.world import TEXTS, NoticeWorld, audited, sql
from tests.sample_sizes import IS_WIDE
from tests.seeds import dice, seeds


def test_preview_counts_reached_households_by_grid_and_channel(world):
    world.settle("g1", 3)
    world.settle("g3", 1)
    world.settle("g1", kind="rental")
    quiet = world.settle("g1")[0]
    world.opt_out(quiet, purpose="works")
    by_door = world.settle("g3")[0]
    world.opt_out(by_door, channel="link")
    draft = world.draft(channels=["visit", "link"])
    preview = world.author.get(f"/notices/{draft['id']}/preview").json
    assert (preview["households"], preview["opted_out"], preview["grid_count"]) == (6, 1, 2)
    assert preview["channels"] == {"visit": 6, "link": 5}
    grids = [(item["grid"]["id"], item["households"], item["opted_out"]) for item in preview["grids"]]
    assert grids == [(str(world.city.areas["g1"]), 4, 1), (str(world.city.areas["g3"]), 2, 0)]
    assert world.previewed(draft) == sorted(
        str(home) for homes in world.homes.values() for home in homes if home != quiet
    )
    assert world.previewed(draft, is_reached="false") == [str(quiet)]
    assert len(world.previewed(draft, grid_id=str(world.city.areas["g3"]))) == 2


def test_moved_household_is_not_addressed_and_declined_visits_close_one_channel(world):
    gone, declined = world.settle("g1", 2)
    sql("update household set moved_away_at = now() where id = :id", id=gone)
    sql("update household set declined_at = now() where id = :id", id=declined)
    assert world.reach(world.draft(channels=["visit"])) == 0
    assert world.reach(world.draft(channels=["visit", "paper"])) == 1


def test_published_addressees_stay_when_the_register_changes(world):
    homes = world.settle("g1", 3)
    notice = world.published()
    assert (notice["state"], notice["households"]) == ("published", 3)
    world.settle("g1", 2)
    sql("update household set moved_away_at = now() where id = :id", id=homes[0])
    assert world.addressees(notice) == sorted(map(str, homes))
    rows = sql(
        "select channel, count(*) n from notice_delivery where notice_id = :id group by 1", id=notice["id"]
    )
    assert {row.channel: row.n for row in rows} == {"visit": 3, "link": 3, "paper": 3}
    assert audited(notice) == ["notice.create", "notice.publish"]


def test_publication_is_refused_when_another_number_is_reached(world):
    world.settle("g1", 2)
    draft = world.draft()
    number = world.reach(draft)
    world.settle("g2")
    answer = world.author.post(f"/notices/{draft['id']}/publish", {"confirmed_households": number})
    assert (answer.status_code, answer.json["code"]) == (409, "notice_reach_changed")
    assert (answer.json["households"], answer.json["opted_out"]) == (3, 0)
    assert world.addressees(draft) == []
    assert world.author.get(f"/notices/{draft['id']}").json["state"] == "draft"
    nobody = world.draft(area_ids=[str(world.city.areas["g4"])])
    answer = world.author.post(f"/notices/{nobody['id']}/publish", {"confirmed_households": 0})
    assert (answer.status_code, answer.json["code"]) == (409, "notice_reaches_nobody")


CONDITIONS = ("area_ids", "premises_kinds", "care_kinds", "geometry")


def random_members(dice: Random, world: NoticeWorld, always: str) -> dict[str, Any]:
    """Draw whom a notice addresses, and how. The condition `always` is among those drawn."""

    def has(condition: str) -> bool:
        return condition == always or dice.random() < 0.3

    members: dict[str, Any] = {"area_ids": []}
    if has("area_ids"):
        members["area_ids"] = [
            str(world.city.areas[name]) for name in dice.sample(["s", "c1", "c2", "g1", "g2", "g3", "g4"], 2)
        ]
    if has("premises_kinds"):
        members["premises_kinds"] = dice.sample(["dwelling", "rental", "shop"], 2)
    if has("care_kinds"):
        members["care_kinds"] = dice.sample(["mobility", "interpreter", "meal_delivery"], dice.randint(1, 3))
    if has("geometry"):
        west, south = dice.uniform(0, 1.2), dice.uniform(0, 1.2)
        shape = world.city.box(west, south, west + dice.uniform(0.3, 1), south + dice.uniform(0.3, 1))
        members["geometry"] = {"type": "Polygon", "coordinates": [[*map(list, shape.exterior.coords)]]}
    # The conditions of messages: test_sms.py, test_email.py.
    channels = [channel for channel in rules.CHANNELS if channel not in rules.CONSENTS]
    members["channels"] = dice.sample(channels, dice.randint(1, len(channels)))
    members["purpose"] = dice.choice(["works", "health"])
    return members


def expected(world: NoticeWorld, members: dict[str, Any]) -> tuple[list[str], list[str]]:
    """Return the reached and the opted-out households, decided in Python row by row."""
    rows = sql("""
      select h.id, p.kind, v.path::text path, ST_X(p.location) lon, ST_Y(p.location) lat, h.declined_at, h.moved_away_at,
        array(select c.kind from care_tag c where c.household_id = h.id and c.deleted_at is null and c.ends_on >= current_date)
          care,
        array(select coalesce(o.purpose, '*') || ' ' || coalesce(o.channel, '*') from notice_opt_out o
              where o.household_id = h.id) wishes
      from household h join premises p on p.id = h.premises_id
      join area_version v on v.area_id = h.grid_id and upper_inf(v.valid)
      where h.jurisdiction_id = :id""", id=world.city.jurisdiction_id)  # fmt: skip
    reached: list[str] = []
    opted_out: list[str] = []
    for row in nonempty(rows):
        path = {UUID(part) for part in row.path.split(".")}
        box = members.get("geometry", {}).get("coordinates", [[[-180, -90], [180, 90]]])[0]
        lons, lats = [x for x, _ in box], [y for _, y in box]
        if (
            row.moved_away_at
            or (members["area_ids"] and not path & set(map(UUID, members["area_ids"])))
            or (members.get("premises_kinds") and row.kind not in members["premises_kinds"])
            or (members.get("care_kinds") and not set(row.care) & set(members["care_kinds"]))
            or not (min(lons) <= row.lon <= max(lons) and min(lats) <= row.lat <= max(lats))
        ):
            continue
        closed = {
            channel for wish, channel in (w.split() for w in row.wishes) if wish in ("*", members["purpose"])
        }
        is_open = any(
            not closed & {"*", channel} and not (channel == "visit" and row.declined_at)
            for channel in members["channels"]
        )
        (reached if is_open else opted_out).append(str(row.id))
    return sorted(reached), sorted(opted_out)


def by_grid(reached: list[str], opted_out: list[str]) -> dict[str, tuple[int, int]]:
    """Return the numbers of reached and opted-out households of each grid."""
    rows = sql(
        "select id, grid_id from household where id = any(cast(:ids as uuid[]))", ids=[*reached, *opted_out]
    )
    grids = {str(row.id): str(row.grid_id) for row in rows}
    numbers = [Counter(grids[home] for home in homes) for homes in (reached, opted_out)]
    return {grid: (numbers[0][grid], numbers[1][grid]) for grid in {*numbers[0], *numbers[1]}}


@pytest.mark.wide
# With seed 1 none of the first twelve notices that name a polygon reaches a household.
@pytest.mark.parametrize("seed", seeds(1))
def test_addressees_are_the_preview_for_random_notices(world, seed):
    draw = dice("notices", seed)
    supervisor = world.author
    for grid, x, y in (("g1", 0, 1), ("g2", 0, 0), ("g3", 1, 1), ("g4", 1, 0)):
        for number in range(6):
            at = world.city.at(x + draw.uniform(0.05, 0.45), y + draw.uniform(0.05, 0.95))
            (home,) = world.settle(grid, kind="rental" if number < 2 else "dwelling", **at)
            if draw.random() < 0.5:
                kind = draw.choice(["mobility", "interpreter", "meal_delivery"])
                resident = supervisor.get(f"/households/{home}").json["members"][0]["id"]
                tag = {"id": str(uuid7()), "kind": kind, "purpose": "need", "ends_on": in_days(5)[:10]}
                answer = supervisor.post(f"/residents/{resident}/care-tags", tag)
                assert answer.status_code == 201, answer.json
            if draw.random() < 0.4:
                purpose = draw.choice([None, "works", "health"])
                world.opt_out(home, purpose, draw.choice([None, *rules.CHANNELS]))
            if draw.random() < 0.2:
                sql(
                    f"update household set {draw.choice(['declined_at', 'moved_away_at'])} = now() where id = :id",
                    id=home,
                )
    published: set[str] = set()
    least = 48 if IS_WIDE else 12
    for number in range(10 * least):
        # If those with one of the conditions reached nobody, more are drawn.
        if number >= least and published == set(CONDITIONS):
            break
        members = random_members(draw, world, CONDITIONS[number % 4])
        notice = world.draft(**members)
        reached, opted_out = expected(world, members)
        assert world.previewed(notice, limit=500) == reached, members
        assert world.previewed(notice, limit=500, is_reached="false") == opted_out, members
        preview = supervisor.get(f"/notices/{notice['id']}/preview").json
        assert sum(item["households"] for item in preview["grids"]) == preview["households"] == len(reached)
        assert preview["opted_out"] == len(opted_out)
        assert {
            item["grid"]["id"]: (item["households"], item["opted_out"]) for item in preview["grids"]
        } == by_grid(reached, opted_out)
        if not reached:
            continue
        if world.publish(notice, len(reached))["state"] == "awaiting_approval":
            body = {"confirmed_households": len(reached)}
            assert world.second.post(f"/notices/{notice['id']}/approve", body).status_code == 200
        published |= {name for name in CONDITIONS if members.get(name)}
        assert world.addressees(notice) == reached
        assert world.addressees(notice, opted_out=True) == opted_out
        deliveries = sql(
            "select channel, count(*) n from notice_delivery where notice_id = :id group by 1",
            id=notice["id"],
        )
        assert {row.channel: row.n for row in deliveries} == {
            k: v for k, v in preview["channels"].items() if v
        }
    assert published == set(CONDITIONS)


def test_only_households_of_the_senders_area_are_reached(world, app, settings):
    world.settle("g1", 2)
    world.settle("g3", 2)
    shape = world.city.box(-1, -1, 3, 3)
    geometry = {"type": "Polygon", "coordinates": [[*map(list, shape.exterior.coords)]]}
    community = world.city.supervisor("c1")
    area = str(world.city.areas["c1"])
    draft = world.draft(community, sender_area_id=area, area_ids=[], geometry=geometry)
    assert world.reach(draft, community) == 2
    refused = community.post("/notices", world.body())
    assert (refused.status_code, refused.json["code"]) == (404, "not_found")
    outside = community.post("/notices", world.body(sender_area_id=area))
    assert (outside.status_code, outside.json["errors"][0]["code"]) == (422, "notice_area_outside")
    stranger = make_city(app, settings).supervisor()
    for person in (stranger, world.city.supervisor("c2"), world.city.worker("g1")):
        assert person.get(f"/notices/{draft['id']}/preview").status_code == 404
        assert person.get(f"/notices/{draft['id']}").status_code == 404


def test_notice_from_limit_on_waits_for_second_person(world):
    world.settle("g1", APPROVAL_FROM)
    draft = world.draft()
    waiting = world.publish(draft)
    assert waiting["state"] == "awaiting_approval"
    assert world.addressees(draft) == []
    path, body = f"/notices/{draft['id']}", {"confirmed_households": APPROVAL_FROM}
    own = world.author.post(f"{path}/approve", body)
    assert (own.status_code, own.json["code"]) == (403, "notice_own")
    assert world.author.post(f"{path}/refuse", {"note": "not this way"}).json["code"] == "notice_own"
    changed = world.author.patch(path, {"purpose": "health"}, waiting["version"])
    assert (changed.status_code, changed.json["code"]) == (409, "notice_not_draft")
    refused = world.second.post(f"{path}/refuse", {"note": "Say which streets"})
    assert (refused.json["state"], refused.json["decision_note"]) == ("draft", "Say which streets")
    world.publish(draft)
    wrong = world.second.post(f"{path}/approve", {"confirmed_households": APPROVAL_FROM + 1})
    assert (wrong.status_code, wrong.json["code"]) == (409, "notice_reach_changed")
    approved = world.second.post(f"{path}/approve", body)
    assert (approved.status_code, approved.json["state"]) == (200, "published")
    assert approved.json["decided_by"]["id"] == str(world.second.id)
    assert len(world.addressees(draft)) == APPROVAL_FROM
    assert world.second.post(f"{path}/approve", body).json["code"] == "notice_not_waiting"
    actions = ["create", "submit", "refuse", "submit", "approve"]
    assert audited(draft) == [f"notice.{action}" for action in actions]


@pytest.mark.parametrize(("limit", "households"), [(3, 3), (2, 3), (4, 3), (1, 1), (APPROVAL_FROM + 9, 3)])
def test_profile_decides_from_how_many_households_on_a_notice_waits(app, settings, limit, households):
    world = NoticeWorld(make_city(app, settings, profile={"notices": {"approval_from": limit}}))
    world.settle("g1", households)
    draft = world.draft()
    assert world.author.get(f"/notices/{draft['id']}/preview").json["approval_from"] == limit
    is_waiting = households >= limit
    assert world.publish(draft)["state"] == ("awaiting_approval" if is_waiting else "published")
    assert world.addressees(draft) == ([] if is_waiting else sorted(map(str, world.homes["g1"])))


def test_new_rules_hold_for_the_next_publication_and_their_difference_is_named(world):
    world.settle("g1", 3)
    admin = world.city.person(Role.ADMIN)
    path = f"/jurisdictions/{world.city.code}/profile"
    before = admin.get(path).json
    body = {"data": before["data"] | {"notices": {"approval_from": 3}}, "reason": "More care"}
    answer = admin.post(path, body)
    assert answer.status_code == 201, answer.json
    number = answer.json["number"]
    (change,) = admin.get(f"{path}/versions/{before['number']}/diff?to={number}").json["items"]
    assert (change["pointer"], change["old"], change["new"]) == ("/notices", None, {"approval_from": 3})
    assert "households from which on a second person approves 3" in change["sentence"]["en"]
    assert world.published()["state"] == "awaiting_approval"


def test_many_small_notices_count_together(world, monkeypatch):
    world.settle("g1", APPROVAL_FROM - 1)
    assert world.published()["state"] == "published"
    world.settle("g2", 1)
    other = str(world.city.areas["g2"])
    assert world.published(area_ids=[other])["state"] == "awaiting_approval"
    day_later = clock.now() + rules.APPROVAL_WINDOW
    monkeypatch.setattr(clock, "now", lambda: day_later)
    world.author.token = None
    assert world.published(area_ids=[other])["state"] == "published"


def test_draft_is_changed_by_its_author_with_the_version_only(world):
    world.settle("g1")
    draft = world.draft()
    path = f"/notices/{draft['id']}"
    other = world.second.patch(path, {"purpose": "health"}, draft["version"])
    assert (other.status_code, other.json["code"]) == (403, "notice_of_another")
    assert world.author.patch(path, {"purpose": "health"}).status_code == 428
    changed = world.author.patch(path, {"purpose": "health", "texts": {"en": TEXTS["en"]}}, draft["version"])
    assert (changed.status_code, changed.json["purpose"], list(changed.json["texts"])) == (
        200,
        "health",
        ["en"],
    )
    assert world.author.patch(path, {"purpose": "works"}, draft["version"]).status_code == 412
    whole = world.author.get(path).json
    same = world.author.patch(path, whole | {"channels": ["paper"]}, whole["version"])
    assert (same.status_code, same.json["channels"], same.json["area_ids"]) == (
        200,
        ["paper"],
        whole["area_ids"],
    )


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({"area_ids": []}, "notice_addresses_nobody"),
        ({"texts": {"fr": TEXTS["en"]}}, "notice_language_missing"),
        ({"valid_until": in_days(-1)}, "out_of_range"),
        ({"valid_until": in_days(400)}, "out_of_range"),
        ({"reply_category": "E0102"}, "notice_category_public"),
        ({"reply_category": "nothing"}, "category_unknown"),
        ({"channels": ["visit", "visit"]}, "repeated"),
        (
            {"geometry": {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [0, 1], [1, 0], [0, 0]]]}},
            "geometry_invalid",
        ),
        (
            {
                "geometry": {
                    "type": "Polygon",
                    "coordinates": [[[0, 0], *([n / 1e4, 1] for n in range(1_000)), [0, 0]]],
                }
            },
            "notice_geometry_long",
        ),
    ],
)
def test_draft_that_contradicts_itself_is_refused(world, members, code):
    answer = world.author.post("/notices", world.body(**members))
    assert answer.status_code == 422, answer.json
    assert code in [answer.json["code"], *(fault["code"] for fault in answer.json.get("errors", ()))]


def test_list_has_own_areas_and_published_notices_at_own_households(world):
    world.settle("g1")
    draft, published = world.draft(), world.published()
    worker, elsewhere = world.city.worker("g1"), world.city.worker("g3")

    def ids(person, query=""):
        return [item["id"] for item in person.get(f"/notices?limit=200{query}").json["items"]]

    assert ids(world.author) == [published["id"], draft["id"]]
    assert ids(worker) == [published["id"]]
    assert ids(elsewhere) == []
    assert ids(world.author, "&state=draft") == [draft["id"]]
    assert ids(world.author, "&purpose=health") == []
    first = world.author.get("/notices?limit=1").json
    assert [item["id"] for item in first["items"]] == [published["id"]]
    assert [i["id"] for i in world.author.get(f"/notices?limit=1&cursor={first['next']}").json["items"]] == [
        draft["id"]
    ]
    assert world.city.person(Role.ANALYST).get("/notices").status_code == 403


def test_notice_ends_by_time_and_by_withdrawal(world, monkeypatch):
    world.settle("g1")
    notice = world.published()
    withdrawn = world.second.post(f"/notices/{notice['id']}/withdraw", {"reason": "wrong day"})
    assert (withdrawn.status_code, withdrawn.json["state"]) == (200, "withdrawn")
    again = world.second.post(f"/notices/{notice['id']}/withdraw", {"reason": "wrong day"})
    assert (again.status_code, again.json["code"]) == (409, "notice_withdrawn")
    other = world.published()
    later = clock.now() + rules.APPROVAL_WINDOW * 15
    monkeypatch.setattr(clock, "now", lambda: later)
    world.author.token = None
    assert world.author.get(f"/notices/{other['id']}").json["state"] == "ended"
    assert [item["id"] for item in world.author.get("/notices?state=ended").json["items"]] == [other["id"]]
    assert world.author.get("/notices?state=published").json["items"] == []
