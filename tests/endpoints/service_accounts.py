"""Requests for service accounts, their credentials, and the token endpoint of OAuth 2.0."""

from app.accounts import service
from app.core import db
from app.core.actor import SYSTEM, Permission
from app.core.ids import uuid7
from tests.endpoints.world import Request, endpoint

REPORTING = [Permission.INCIDENT_READ, Permission.INCIDENT_REPORT]


def new_service_account(city):
    """Create a service account of the street, and return its client id and id."""
    client_id, account_id = f"u{uuid7().hex[:16]}", uuid7()
    new = service.NewServiceAccount(
        client_id, "12345 热线", "system", REPORTING, "Files cases of the hotline"
    )
    with db.transaction(SYSTEM) as session:
        service.create_service_account(session, SYSTEM, new, id=account_id, area_ids=[city.areas["s"]])
    return client_id, str(account_id)


def new_credential(account_id, form="api_key"):
    with db.transaction(SYSTEM) as session:
        return service.create_credential(
            session, SYSTEM, account_id=account_id, form=form, label="gateway of the hotline"
        )


@endpoint("POST /oauth/token")
def create_client_token(world, role, city, inside):
    client_id, account_id = new_service_account(city)
    form = {
        "grant_type": "client_credentials",
        "client_id": client_id,
        "client_secret": new_credential(account_id, "client_secret")["secret"],
    }
    return Request("/oauth/token", form=form, headers={"Authorization": ""})


@endpoint("GET /service-accounts")
def list_service_accounts(world, role, city, inside):
    return Request("/service-accounts?kind=system&limit=100", target=new_service_account(city)[1])


@endpoint("POST /service-accounts")
def create_service_account(world, role, city, inside):
    body = {
        "client_id": f"u{uuid7().hex[:16]}",
        "name": "12345 热线",
        "kind": "system",
        "purpose": "Files cases of the hotline; hotline centre, Ms Wu",
        "permissions": ["incident:read", "incident:report"],
        "area_ids": [str(city.areas["s"])],
    }
    return Request("/service-accounts", body)


@endpoint("GET /service-accounts/<uuid:account_id>")
def read_service_account(world, role, city, inside):
    return Request(f"/service-accounts/{new_service_account(city)[1]}")


@endpoint("PATCH /service-accounts/<uuid:account_id>")
def change_service_account(world, role, city, inside):
    body = {"permissions": ["incident:read", "incident:report", "media:add"]}
    return Request(f"/service-accounts/{new_service_account(city)[1]}", body, headers={"If-Match": "*"})


@endpoint("POST /service-accounts/<uuid:account_id>/disable")
def disable_service_account(world, role, city, inside):
    return Request(f"/service-accounts/{new_service_account(city)[1]}/disable")


@endpoint("POST /service-accounts/<uuid:account_id>/enable")
def enable_service_account(world, role, city, inside):
    return Request(f"/service-accounts/{new_service_account(city)[1]}/enable")


@endpoint("GET /service-accounts/<uuid:account_id>/credentials")
def list_service_credentials(world, role, city, inside):
    account_id = new_service_account(city)[1]
    made = new_credential(account_id)
    return Request(f"/service-accounts/{account_id}/credentials", target=str(made["id"]) if inside else None)


@endpoint("POST /service-accounts/<uuid:account_id>/credentials")
def create_service_credential(world, role, city, inside):
    body = {"form": "api_key", "label": "gateway of the hotline", "expires_in_days": 180}
    return Request(f"/service-accounts/{new_service_account(city)[1]}/credentials", body)


@endpoint("POST /service-accounts/<uuid:account_id>/credentials/<uuid:credential_id>/rotate")
def rotate_service_credential(world, role, city, inside):
    account_id = new_service_account(city)[1]
    made = new_credential(account_id)
    return Request(f"/service-accounts/{account_id}/credentials/{made['id']}/rotate", {"overlap_days": 7})


@endpoint("DELETE /service-accounts/<uuid:account_id>/credentials/<uuid:credential_id>")
def revoke_service_credential(world, role, city, inside):
    account_id = new_service_account(city)[1]
    made = new_credential(account_id)
    return Request(f"/service-accounts/{account_id}/credentials/{made['id']}")
