"""Requests for webhooks and for the events of cases."""

from tests.endpoints.world import Request, World, endpoint
from tests.factories import City

# A public address, to which nothing is sent: no job runs.
URL = "https://93.184.215.14/hook"


def new_webhook(world: World, city: City) -> str:
    """Return the id of a new subscription of the administrator of a city."""
    owner = world.person("admin", city)
    for item in owner.get("/webhooks").json["items"]:
        owner.call("DELETE", f"/webhooks/{item['id']}")
    answer = owner.post("/webhooks", {"url": URL})
    assert answer.status_code == 201, answer.json
    result: str = answer.json["id"]
    return result


@endpoint("GET /webhooks")
def list_webhooks(world, role, city, inside):
    return Request("/webhooks", target=new_webhook(world, city))


@endpoint("POST /webhooks")
def create_webhook(world, role, city, inside):
    new_webhook(world, city)
    area = str(city.areas["s"])
    return Request(
        "/webhooks", {"url": URL, "types": ["case.closed"], "categories": ["0101"], "area_id": area}
    )


@endpoint("GET /webhooks/<uuid:webhook_id>")
def read_webhook(world, role, city, inside):
    return Request(f"/webhooks/{new_webhook(world, city)}")


@endpoint("PATCH /webhooks/<uuid:webhook_id>")
def change_webhook(world, role, city, inside):
    return Request(f"/webhooks/{new_webhook(world, city)}", {"types": ["case.reported"], "state": "paused"})


@endpoint("DELETE /webhooks/<uuid:webhook_id>")
def delete_webhook(world, role, city, inside):
    return Request(f"/webhooks/{new_webhook(world, city)}")


@endpoint("POST /webhooks/<uuid:webhook_id>/secret")
def rotate_webhook_secret(world, role, city, inside):
    return Request(f"/webhooks/{new_webhook(world, city)}/secret")


@endpoint("POST /webhooks/<uuid:webhook_id>/test")
def send_webhook_test(world, role, city, inside):
    return Request(f"/webhooks/{new_webhook(world, city)}/test")


@endpoint("GET /webhooks/<uuid:webhook_id>/deliveries")
def list_webhook_deliveries(world, role, city, inside):
    webhook_id = new_webhook(world, city)
    owner = world.person("admin", city)
    event_id = owner.post(f"/webhooks/{webhook_id}/test").json["id"]
    return Request(f"/webhooks/{webhook_id}/deliveries?state=waiting", target=event_id)


@endpoint("POST /webhooks/<uuid:webhook_id>/replay")
def replay_webhook(world, role, city, inside):
    return Request(f"/webhooks/{new_webhook(world, city)}/replay", {})


@endpoint("GET /incidents/events")
def list_case_events(world, role, city, inside):
    after = world.person("admin", city).get("/incidents/events").json["next"]
    case = world.case(city, "0101" if role == "handler" else "E0102")
    return Request(f"/incidents/events?after={after}", target=case["id"])
