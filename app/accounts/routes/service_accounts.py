"""Routes with which administrators manage service accounts and their credentials."""

from typing import Any
from uuid import UUID

from flask import Response

from app.accounts import service
from app.accounts.schemas import Page
from app.accounts.schemas import service_accounts as schemas
from app.core.actor import Permission
from app.core.db import Session
from app.http.responses import forbid_store, json_bytes, no_content
from app.http.smorest import Blueprint, authenticated_actor

blp = Blueprint("service_accounts", __name__, url_prefix="/api/v1/service-accounts", tag="Administration")
blp.after_request(forbid_store)


@blp.route("", methods=["POST"])
@blp.guard(Permission.SERVICE_MANAGE)
@blp.arguments(schemas.CreateServiceAccount)
@blp.response(201, schemas.ServiceAccountOut)
@blp.problem(403, "grant_exceeds_own")
@blp.problem(409, "id_reused", "username_taken", "reference_unknown")
@blp.writes
def create_service_account(body: dict[str, Any], *, session: Session) -> Response:
    """Create a service account

    Creates the account of a program, with all its permissions and areas. It can call nothing before it has a
    credential (`createServiceCredential`).

    A service account is not a person: it has no password and no session in a browser, goes on no duty and gets no
    offer. Its acts are in the audit trail under its name.
    """
    where = {name: body.pop(name) for name in ("id", "area_ids") if name in body}
    new = service.NewServiceAccount(**body)
    account = service.create_service_account(session, authenticated_actor(), new, **where)
    return json_bytes(account.body, 201, version=account.version)


@blp.route("")
@blp.guard(Permission.SERVICE_MANAGE)
@blp.arguments(schemas.ServiceAccountFilter, location="query")
@blp.response(200, schemas.ServiceAccountPage)
@blp.reads
def list_service_accounts(query: dict[str, Any], *, session: Session) -> Response:
    """List service accounts

    Lists the service accounts in the areas where the caller manages them, by client id, with the disabled ones.
    """
    return json_bytes(service.list_service_accounts(session, authenticated_actor(), **query))


@blp.route("/<uuid:account_id>")
@blp.guard(Permission.SERVICE_MANAGE)
@blp.response(200, schemas.ServiceAccountOut)
@blp.alt_response(304, "NOT_MODIFIED", success=True)
@blp.problem(404, "not_found")
@blp.reads
def read_service_account(account_id: UUID, *, session: Session) -> Response:
    """Read a service account

    Returns one service account with its permissions and areas. The `ETag` is the version that
    `changeServiceAccount` expects in `If-Match`.
    """
    account = service.describe_service_account(session, authenticated_actor(), account_id=account_id)
    return json_bytes(account.body, version=account.version)


@blp.route("/<uuid:account_id>", methods=["PATCH"])
@blp.guard(Permission.SERVICE_MANAGE)
@blp.arguments(schemas.ServiceAccountPatch)
@blp.response(200, schemas.ServiceAccountOut)
@blp.problem(403, "grant_exceeds_own")
@blp.problem(404, "not_found")
@blp.problem(409, "reference_unknown")
@blp.if_match(required=True)
@blp.writes
def change_service_account(
    body: dict[str, Any], account_id: UUID, *, expected: int | None, session: Session
) -> Response:
    """Change a service account

    Changes name, purpose, permissions and areas, from the next request of the service account on. `permissions` and
    `area_ids` replace all permissions and all areas. Client id and kind stay. The change is in the audit trail.
    """
    everywhere = "area_ids" in body and body["area_ids"] is None
    account = service.change_service_account(
        session,
        authenticated_actor(),
        account_id=account_id,
        expected_version=expected,
        everywhere=everywhere,
        **body,
    )
    return json_bytes(account.body, version=account.version)


@blp.route("/<uuid:account_id>/disable", methods=["POST"])
@blp.guard(Permission.SERVICE_MANAGE)
@blp.response(200, schemas.ServiceAccountOut)
@blp.problem(403, "grant_exceeds_own")
@blp.problem(404, "not_found")
@blp.writes
def disable_service_account(account_id: UUID, *, session: Session) -> Response:
    """Disable a service account

    Refuses all requests of the service account at once, and revokes its credentials. Its data stay. Idempotent.
    """
    account = service.disable_service_account(session, authenticated_actor(), account_id=account_id)
    return json_bytes(account.body, version=account.version)


@blp.route("/<uuid:account_id>/enable", methods=["POST"])
@blp.guard(Permission.SERVICE_MANAGE)
@blp.response(200, schemas.ServiceAccountOut)
@blp.problem(403, "grant_exceeds_own")
@blp.problem(404, "not_found")
@blp.writes
def enable_service_account(account_id: UUID, *, session: Session) -> Response:
    """Enable a disabled service account

    Allows new credentials of a disabled service account. Its old credentials stay revoked. Idempotent.
    """
    account = service.enable_service_account(session, authenticated_actor(), account_id=account_id)
    return json_bytes(account.body, version=account.version)


@blp.route("/<uuid:account_id>/credentials")
@blp.guard(Permission.SERVICE_MANAGE)
@blp.arguments(Page, location="query")
@blp.response(200, schemas.CredentialPage)
@blp.problem(404, "not_found")
@blp.reads
def list_service_credentials(query: dict[str, Any], account_id: UUID, *, session: Session) -> Response:
    """List credentials of a service account

    Lists the credentials, newest first, with the revoked and expired ones. The secrets are never returned.
    """
    return json_bytes(
        service.list_credentials(session, authenticated_actor(), account_id=account_id, **query)
    )


@blp.route("/<uuid:account_id>/credentials", methods=["POST"])
@blp.guard(Permission.SERVICE_MANAGE)
@blp.arguments(schemas.CreateCredential)
@blp.response(201, schemas.CredentialMade)
@blp.problem(403, "grant_exceeds_own")
@blp.problem(404, "not_found")
@blp.problem(409, "service_account_disabled")
@blp.problem(422, "tokens_too_many")
@blp.writes
def create_service_credential(body: dict[str, Any], account_id: UUID, *, session: Session) -> Any:
    """Create a credential of a service account

    Creates an API key, a client secret, or stores a public key. The secret is in this answer only; the server stores a
    hash. Every request makes a new credential; a service account can have ten live ones.
    """
    return service.create_credential(session, authenticated_actor(), account_id=account_id, **body), 201


@blp.route("/<uuid:account_id>/credentials/<uuid:credential_id>/rotate", methods=["POST"])
@blp.guard(Permission.SERVICE_MANAGE)
@blp.arguments(schemas.RotateCredential)
@blp.response(201, schemas.CredentialMade)
@blp.problem(403, "grant_exceeds_own")
@blp.problem(404, "not_found")
@blp.problem(409, "credential_replaced")
@blp.problem(422, "tokens_too_many")
@blp.writes
def rotate_service_credential(
    body: dict[str, Any], account_id: UUID, credential_id: UUID, *, session: Session
) -> Any:
    """Rotate a credential of a service account

    Makes a successor with the same form, label and lifetime, and lets the old credential expire after `overlap_days`, so
    that both work while the client changes over. The secret of the successor is in this answer only. A credential can
    be rotated once.
    """
    actor = authenticated_actor()
    successor = service.rotate_credential(
        session, actor, account_id=account_id, credential_id=credential_id, **body
    )
    return successor, 201


@blp.route("/<uuid:account_id>/credentials/<uuid:credential_id>", methods=["DELETE"])
@blp.guard(Permission.SERVICE_MANAGE)
@blp.response(204)
@blp.problem(403, "grant_exceeds_own")
@blp.problem(404, "not_found")
@blp.writes
def revoke_service_credential(account_id: UUID, credential_id: UUID, *, session: Session) -> Response:
    """Revoke a credential of a service account

    Revokes a credential at once, with the access tokens that were issued for it. A credential that was already revoked
    is 404. The change is in the audit trail.
    """
    service.revoke_credential(
        session, authenticated_actor(), account_id=account_id, credential_id=credential_id
    )
    return no_content()
