"""Subscriptions of service accounts: what they get, who handles them, and who does not."""

import pytest

from app.core.actor import Role
from tests.accounts.services import REPORTING, call, new_credential, new_service_account
from tests.factories import make_city

SUBSCRIBING = [*REPORTING, "webhook:manage"]


@pytest.fixture
def admin(city):
    return city.person(Role.ADMIN)


@pytest.fixture
def hotline(city, admin):
    """A hotline that reads the grid g1 only, and may subscribe."""
    return new_service_account(admin, city, permissions=SUBSCRIBING, area_ids=[str(city.areas["g1"])])


def test_hotline_gets_what_it_reads_and_not_what_the_subscriber_reads(
    city, admin, hotline, report, subscribed, send_due, receiver
):
    webhook = subscribed(admin, account_id=hotline["id"], types=["case.reported"])
    assert webhook["service_account"] == {"id": hotline["id"], "name": hotline["name"]}
    inside = report(city.worker("g1", name="欧阳网格"), city.in_grid("g1"))
    report(city.supervisor(), city.in_grid("g3"))
    send_due()
    assert [m.content["data"]["case"]["id"] for m in receiver.messages] == [inside["id"]]
    assert "欧阳网格" not in str(receiver.messages[0].content)


def test_hotline_subscribes_itself_and_administrators_handle_its_dead_letters(
    city, admin, hotline, receiver, webhook_settings
):
    key = {"X-API-Key": new_credential(admin, hotline)["secret"]}
    made = call(city, key, "POST", "/webhooks", {"url": receiver.url})
    assert made.status_code == 201, made.json
    assert made.json["service_account"] is None
    path = f"/webhooks/{made.json['id']}"
    colleague = city.person(Role.ADMIN)
    [listed] = colleague.get("/webhooks").json["items"]
    assert (listed["id"], listed["service_account"]["id"]) == (made.json["id"], hotline["id"])
    assert colleague.get(path).json == listed
    assert colleague.post(f"{path}/test").status_code == 202
    assert len(colleague.get(f"{path}/deliveries").json["items"]) == 1
    assert colleague.post(f"{path}/replay", {}).status_code == 202
    assert colleague.call("PATCH", path, {"state": "paused"}).json["state"] == "paused"
    assert colleague.call("DELETE", path).status_code == 204
    assert call(city, key, "GET", "/webhooks").json["items"] == []
    acts = admin.post("/audit/search", {"entity": "account", "entity_id": hotline["id"]}).json["items"]
    by = {(act["action"], act["actor"]["id"]) for act in acts if act["action"].startswith("webhook.")}
    assert ("webhook.create", hotline["id"]) in by
    assert ("webhook.delete", str(colleague.id)) in by


ACTS = [
    ("GET", "", None),
    ("PATCH", "", {"state": "paused"}),
    ("DELETE", "", None),
    ("POST", "/secret", None),
    ("POST", "/test", None),
    ("GET", "/deliveries", None),
    ("POST", "/replay", {}),
]


@pytest.mark.parametrize(("method", "tail", "body"), ACTS)
def test_subscriptions_of_other_persons_and_other_cities_do_not_exist(
    app, settings, city, admin, hotline, subscribed, method, tail, body
):
    of_person, of_hotline = subscribed(admin), subscribed(admin, account_id=hotline["id"])
    colleague, stranger = city.person(Role.ADMIN), make_city(app, settings).person(Role.ADMIN, area="s")
    assert [item["id"] for item in colleague.get("/webhooks").json["items"]] == [of_hotline["id"]]
    assert stranger.get("/webhooks").json["items"] == []
    for actor, webhook in ((colleague, of_person), (stranger, of_person), (stranger, of_hotline)):
        assert actor.call(method, f"/webhooks/{webhook['id']}{tail}", body).status_code == 404


def test_administrator_of_a_part_sees_the_subscription_and_does_not_change_it(city, subscribed, receiver):
    whole = city.person(Role.ADMIN)
    areas = [str(city.areas["g1"]), str(city.areas["g3"])]
    wide = new_service_account(whole, city, permissions=SUBSCRIBING, area_ids=areas)
    webhook = subscribed(whole, account_id=wide["id"])
    partial = city.person(Role.ADMIN, area="c1")
    assert partial.get(f"/webhooks/{webhook['id']}").status_code == 200
    for method, tail, body in [act for act in ACTS if act[0] != "GET"]:
        answer = partial.call(method, f"/webhooks/{webhook['id']}{tail}", body)
        assert (answer.status_code, answer.json["code"]) == (403, "grant_exceeds_own"), (method, tail)
    refused = partial.post("/webhooks", {"url": receiver.url, "account_id": wide["id"]})
    assert refused.status_code == 403


def test_account_without_the_permission_or_of_a_person_gets_no_subscription(
    city, admin, receiver, webhook_settings
):
    reporting = new_service_account(admin, city)
    refused = admin.post("/webhooks", {"url": receiver.url, "account_id": reporting["id"]})
    assert (refused.status_code, refused.json["code"]) == (409, "service_account_lacks_permission")
    colleague = city.person(Role.ADMIN)
    assert admin.post("/webhooks", {"url": receiver.url, "account_id": str(colleague.id)}).status_code == 404
    own = admin.post("/webhooks", {"url": receiver.url, "account_id": str(admin.id)})
    assert own.status_code == 201
    admin.call("DELETE", f"/webhooks/{own.json['id']}")


def test_list_has_pages(admin, hotline, subscribed):
    made = [
        subscribed(admin)["id"],
        subscribed(admin, account_id=hotline["id"])["id"],
        subscribed(admin)["id"],
    ]
    first = admin.get("/webhooks?limit=2").json
    second = admin.get(f"/webhooks?limit=2&cursor={first['next']}").json
    assert [item["id"] for item in first["items"] + second["items"]] == made
    assert second["next"] is None
