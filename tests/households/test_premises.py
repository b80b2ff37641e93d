"""Single premises: creation, search, update, moves."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from app.core.actor import SYSTEM, Role
from app.core.db import transaction
from app.core.ids import uuid7
from app.households import service as households
from app.households.schemas.premises import PremisesFeatures, PremisesPage
from app.profiles import service as profiles
from tests.answers import fault_codes
from tests.households.homes import members, settle_people, tag, visit
from tests.waits import await_waiter


def premises_body(city, at=(0.1, 0.1), **fields):
    lon, lat = city.at(*at)
    return {
        "id": str(uuid7()),
        "kind": "shop",
        "name": "小吃店",
        "address": "幸福路14号",
        "lon": lon,
        "lat": lat,
    } | fields


def test_premises_creation_is_idempotent(square_city, supervisor):
    body = premises_body(square_city)
    first, again = supervisor.post("/premises", body), supervisor.post("/premises", body)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json == again.json
    assert first.json["grid"]["id"] == str(square_city.ids["-g1"])
    assert first.headers["ETag"] == '"1"'
    other = supervisor.post("/premises", body | {"kind": "site"})
    assert (other.status_code, other.json["code"]) == (409, "id_reused")


def test_premises_creation_returns_409_for_id_of_other_account(square_city, supervisor, admin):
    body = premises_body(square_city)
    assert supervisor.post("/premises", body).status_code == 201
    answer = admin.post("/premises", body)
    assert (answer.status_code, answer.json["code"]) == (409, "id_reused")


def test_premises_external_reference_is_unique_in_jurisdiction(square_city, supervisor):
    assert supervisor.post("/premises", premises_body(square_city, external_ref="P-1")).status_code == 201
    answer = supervisor.post(
        "/premises", premises_body(square_city, address="幸福路15号", external_ref="P-1")
    )
    assert (answer.status_code, answer.json["code"]) == (409, "external_ref_taken")
    matches = supervisor.get("/premises", external_ref="P-1").json["items"]
    assert len(matches) == 1


def test_premises_changes_are_limited_to_own_areas(square_city, person):
    east = person((Role.SUPERVISOR, square_city.ids["-g2"]))
    answer = east.post("/premises", premises_body(square_city))
    assert (answer.status_code, answer.json["code"]) == (403, "outside_own_areas")
    mine = east.post("/premises", premises_body(square_city, at=(0.9, 0.9))).json
    lon, lat = square_city.at(0.1, 0.1)
    moved = east.patch(f"/premises/{mine['id']}", {"lon": lon, "lat": lat}, headers={"If-Match": '"1"'})
    assert (moved.status_code, moved.json["code"]) == (403, "outside_own_areas")
    theirs = settle_people(square_city)
    assert east.get(f"/premises/{theirs.premises_id}").status_code == 404
    assert (
        east.patch(f"/premises/{theirs.premises_id}", {"kind": "site"}, headers={"If-Match": "*"}).status_code
        == 404
    )


def test_premises_creation_validates_address_by_profile_rule(square_city, supervisor):
    with transaction(SYSTEM) as session:
        data = profiles.packaged_profile("generic") | {"addresses": {"rule": "xihu"}}
        profiles.publish_profile(session, SYSTEM, code=square_city.code, data=data)
    parts = {
        "province": "浙江省",
        "city": "杭州市",
        "county": "西湖区",
        "town": "古荡街道",
        "community": "无",
        "grid": "无",
        "compound": "无",
        "building": "1号",
        "unit": None,
    }
    body = premises_body(square_city) | parts
    answer = supervisor.post("/premises", body)
    assert fault_codes(answer) == {
        ("community", "part_absent"),
        ("building", "building_form"),
        ("unit", "part_empty"),
        ("room", "part_missing"),
    }
    assert all(fault["message"] for fault in answer.json["errors"])
    # A refused operation has not used up its id.
    good = body | {"community": "嘉绿社区", "building": "1幢", "unit": "2单元", "room": "无"}
    made = supervisor.post("/premises", good)
    assert made.json["address"] == "浙江省杭州市西湖区古荡街道嘉绿社区1幢2单元"
    changed = supervisor.patch(f"/premises/{made.json['id']}", {"room": "301"}, headers={"If-Match": '"1"'})
    assert changed.json["address"] == "浙江省杭州市西湖区古荡街道嘉绿社区1幢2单元301"
    assert changed.json["parts"]["grid"] == "无"


def test_premises_address_stays_unchanged_when_part_is_added(square_city, supervisor):
    made = supervisor.post("/premises", premises_body(square_city)).json
    path = f"/premises/{made['id']}"
    changed = supervisor.patch(path, {"community": "嘉绿社区"}, headers={"If-Match": '"1"'})
    assert (changed.json["address"], changed.json["parts"]["community"]) == ("幸福路14号", "嘉绿社区")


def test_premises_move_updates_grid_of_all_dependents(square_city, supervisor, sql):
    home = settle_people(square_city, {"name": "张三丰"})
    (resident,) = members(supervisor, home)
    assert tag(supervisor, resident["id"], cycle_days=7).status_code == 201
    assert visit(supervisor, home).status_code == 201
    consent = {"id": str(uuid7()), "purpose": "电话问候", "given_by_way": "spoken"}
    assert supervisor.post(f"/households/{home.household_id}/consents", consent).status_code == 201
    lon, lat = square_city.at(0.9, 0.9)
    moved = supervisor.patch(
        f"/premises/{home.premises_id}", {"lon": lon, "lat": lat}, headers={"If-Match": '"1"'}
    )
    assert moved.json["grid"]["id"] == str(square_city.ids["-g2"])
    grids = sql(
        """select grid_id from household where id = :id
           union all select grid_id from resident where household_id = :id and scope_path <@ (
             select path from area_version where area_id = :east)
           union all select grid_id from care_tag where household_id = :id
           union all select grid_id from consent where household_id = :id
           union all select grid_id from visit where household_id = :id""",
        id=home.household_id,
        east=square_city.ids["-g2"],
    )
    assert [row.grid_id for row in grids] == [square_city.ids["-g2"]] * 5
    stale = supervisor.patch(f"/premises/{home.premises_id}", {"kind": "rental"}, headers={"If-Match": '"1"'})
    assert stale.status_code == 412


def test_premises_move_includes_resident_added_concurrently(square_city, admin, sql):
    """Add a resident; before the commit the premises are moved."""
    home = settle_people(square_city, {"name": "张三丰"})
    lon, lat = square_city.at(0.9, 0.1)
    with ThreadPoolExecutor() as pool:
        with transaction(SYSTEM) as session:
            households.add_resident(session, SYSTEM, household_id=home.household_id, id=uuid7(), name="李四")
            moving = pool.submit(
                admin.patch,
                f"/premises/{home.premises_id}",
                {"lon": lon, "lat": lat},
                headers={"If-Match": "*"},
            )
            await_waiter(session)
        assert moving.result(timeout=20).status_code == 200
    stored = sql(
        "select r.name, r.grid_id from resident r where r.household_id = :id order by r.name",
        id=home.household_id,
    )
    assert [row.grid_id for row in stored] == [square_city.ids["-g2"]] * 2


@pytest.mark.parametrize(
    ("q", "expected_count"),
    [
        ("幸福", 2),
        ("福路14", 1),
        ("小吃", 1),
        ("14号 小吃", 1),
        ("XYZ", 1),
        ("%%", 0),
        ("福幸", 0),
        ("__", 0),
    ],
)
def test_premises_search_matches_text_of_two_letters(square_city, supervisor, q, expected_count):
    assert supervisor.post("/premises", premises_body(square_city)).status_code == 201
    settle_people(square_city, address="幸福里 xyz")
    settle_people(square_city, address="和睦路1号")
    items = supervisor.get("/premises", q=q).json["items"]
    assert len(items) == expected_count


def test_premises_search_returns_422_for_one_letter(supervisor):
    assert fault_codes(supervisor.get("/premises", q="幸")) == {("q", "wrong_length")}
    assert fault_codes(supervisor.get("/households", q="幸 ")) == {("q", "wrong_length")}


def test_premises_list_is_filtered_paged_and_available_as_geojson(square_city, supervisor):
    for n in range(4):
        body = premises_body(
            square_city, at=(0.2 * n + 0.15, 0.5), kind="shop" if n % 2 else "site", address=f"幸福路{n}号"
        )
        supervisor.post("/premises", body)
    assert len(supervisor.get("/premises", kind="shop,enterprise").json["items"]) == 2
    assert len(supervisor.get("/premises", grid_id=square_city.ids["-g1"]).json["items"]) == 2
    assert len(supervisor.get("/premises", bbox=square_city.bbox(0, 0, 0.2, 1)).json["items"]) == 1
    page = supervisor.get("/premises", limit=3).json
    assert PremisesPage().dump(page) == page
    rest = supervisor.get("/premises", limit=3, cursor=page["next"]).json
    assert (len(page["items"]), len(rest["items"]), rest["next"]) == (3, 1, None)
    drawn = supervisor.get("/premises", headers={"Accept": "application/geo+json"})
    assert drawn.content_type == "application/geo+json"
    assert PremisesFeatures().dump(drawn.json) == drawn.json
    assert {f["id"] for f in drawn.json["features"]} == {i["id"] for i in page["items"] + rest["items"]}


def test_household_creation_requires_premises_for_living_and_unique_label(square_city, supervisor):
    home = settle_people(square_city)
    body = {"id": str(uuid7()), "premises_id": str(home.premises_id), "label": "二房东"}
    first, again = supervisor.post("/households", body), supervisor.post("/households", body)
    assert (first.status_code, again.status_code) == (201, 200) and first.json == again.json
    twin = supervisor.post("/households", body | {"id": str(uuid7())})
    assert (twin.status_code, twin.json["code"]) == (409, "label_taken")
    shop = supervisor.post("/premises", premises_body(square_city)).json
    refused = supervisor.post("/households", {"id": str(uuid7()), "premises_id": shop["id"]})
    assert (refused.status_code, refused.json["code"]) == (409, "premises_not_lived_in")
    shown = supervisor.get(f"/premises/{home.premises_id}").json["households"]
    assert {household["label"] for household in shown} == {"", "二房东"}
