"""A city with an administrator and a service account of a hotline, for tests of service accounts."""

import secrets

from app.core.actor import Role

REPORTING = ["incident:report", "incident:read"]


def new_client_id() -> str:
    return f"hotline-{secrets.token_hex(4)}"


def new_service_account(admin, city, **fields):
    """Create a service account of the street that reports and reads cases, and return it as JSON."""
    body = {
        "client_id": new_client_id(),
        "name": "12345 热线",
        "kind": "system",
        "purpose": "Files cases of the hotline; Ms Wu, hotline centre",
        "permissions": REPORTING,
        "area_ids": [str(city.areas["s"])],
    }
    answer = admin.post("/service-accounts", body | fields)
    assert answer.status_code == 201, answer.json
    return answer.json


def new_credential(admin, account, form="api_key", **fields):
    body = {"form": form, "label": "gateway"} | fields
    answer = admin.post(f"/service-accounts/{account['id']}/credentials", body)
    assert answer.status_code == 201, answer.json
    return answer.json


def call(city, headers, method, path, json=None, **options):
    """Send a request with these headers only, without a session."""
    client = city.app.test_client(use_cookies=False)
    return client.open(f"/api/v1{path}", method=method, json=json, headers=headers, **options)


def new_admin(city):
    return city.person(Role.ADMIN)
