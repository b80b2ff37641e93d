"""An address is registered once unless a reason is given."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from app.core.actor import Role
from app.core.ids import uuid7


def shop(city, at=(0.1, 0.1), **fields):
    lon, lat = city.at(*at)
    return {"id": str(uuid7()), "kind": "shop", "address": "幸福路14号", "lon": lon, "lat": lat} | fields


@pytest.mark.parametrize("address", ["幸福路14号", " 幸福路 １４号", "幸福路，14号"])
def test_premises_creation_returns_409_with_id_for_registered_address(square_city, supervisor, address):
    first = supervisor.post("/premises", shop(square_city)).json
    # At any location: a wrong location is a usual cause of doubles.
    body = shop(square_city, at=(0.9, 0.9), address=address)
    second = supervisor.post("/premises", body)
    assert (second.status_code, second.json["code"]) == (409, "address_taken")
    assert second.json["premises_id"] == first["id"]
    # A refused operation has not used up its id.
    allowed = supervisor.post("/premises", body | {"allow_same_address": "二楼另一家店"})
    assert (allowed.status_code, allowed.json["same_address_reason"]) == (201, "二楼另一家店")


@pytest.mark.parametrize(
    "fields", [{"room": "301"}, {"unit": "2单元"}, {"address": "幸福路1 4号"}, {"address": "幸福路41号"}]
)
def test_premises_creation_accepts_other_room_or_number(square_city, supervisor, fields):
    assert supervisor.post("/premises", shop(square_city)).status_code == 201
    assert supervisor.post("/premises", shop(square_city, **fields)).status_code == 201


def test_premises_creation_conflict_does_not_reveal_hidden_premises(square_city, person, supervisor):
    hidden = supervisor.post("/premises", shop(square_city)).json
    east = person((Role.SUPERVISOR, square_city.ids["-g2"]))
    answer = east.post("/premises", shop(square_city, at=(0.9, 0.9)))
    assert (answer.status_code, answer.json["code"]) == (409, "address_taken_unseen")
    assert answer.json["premises_id"] is None and hidden["id"] not in answer.text


def test_premises_address_change_requires_reason_for_registered_address(square_city, supervisor, sql):
    first = supervisor.post("/premises", shop(square_city)).json
    other = supervisor.post("/premises", shop(square_city, address="幸福路15号")).json
    path, changes = f"/premises/{other['id']}", {"address": "幸福路14号"}
    refused = supervisor.patch(path, changes, headers={"If-Match": '"1"'})
    assert (refused.status_code, refused.json["premises_id"]) == (409, first["id"])
    reason = {"allow_same_address": "二楼另一家店"}
    assert supervisor.patch(path, changes | reason, headers={"If-Match": '"1"'}).status_code == 200
    # A change of another field needs no reason and keeps the stored one.
    named = supervisor.patch(path, {"name": "小吃店"}, headers={"If-Match": '"2"'})
    assert (named.status_code, named.json["same_address_reason"]) == (200, "二楼另一家店")
    events = sql(
        "select purpose from audit_event where entity_id = :id and action = 'premises.change' order by id",
        id=other["id"],
    )
    assert [event.purpose for event in events] == ["二楼另一家店", None]


def test_concurrent_premises_creations_with_same_address_succeed_once(square_city, supervisor, admin):
    with ThreadPoolExecutor() as pool:
        for n in range(5):
            answers = list(
                pool.map(
                    lambda who, n=n: who.post("/premises", shop(square_city, address=f"和睦路{n}号")),
                    (supervisor, admin),
                )
            )
            assert sorted(answer.status_code for answer in answers) == [201, 409]
