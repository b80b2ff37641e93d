"""Managing accounts."""

from typing import Any
from uuid import UUID

from flask import Response, current_app

from app.accounts import service
from app.accounts.schemas import (
    AccessTokenPage,
    AccountFilter,
    AccountOpened,
    AccountOut,
    AccountPage,
    AccountPatch,
    CreateAccount,
    DevicePage,
    GrantOut,
    GrantRole,
    OneTimePasswordOut,
    Page,
)
from app.core.actor import Permission
from app.core.db import read_session, transaction
from app.http.responses import expected_version, json_bytes, no_content
from app.http.smorest import Blueprint, authenticated_actor

blp = Blueprint("accounts", __name__, url_prefix="/api/v1/accounts", tag="Administration")

NO_STORE = {"Cache-Control": "no-store"}


@blp.route("", methods=["POST"])
@blp.guard(Permission.ACCOUNT_MANAGE)
@blp.arguments(CreateAccount)
@blp.response(201, AccountOpened)
@blp.problem(409)
def create_account(body: dict[str, Any]) -> Response:
    """Open an account"""
    actor = authenticated_actor()
    with transaction(actor) as session:
        account = service.open_account(session, actor, settings=current_app.extensions["settings"], **body)
    response = json_bytes(account.body, 201, version=account.version)
    response.headers.update(NO_STORE)
    return response


@blp.route("")
@blp.guard(Permission.ACCOUNT_MANAGE)
@blp.arguments(AccountFilter, location="query")
@blp.response(200, AccountPage)
def list_accounts(query: dict[str, Any]) -> Response:
    """List the accounts in my areas"""
    with read_session() as session:
        return json_bytes(service.list_accounts(session, authenticated_actor(), **query))


@blp.route("/<uuid:account_id>")
@blp.guard(Permission.ACCOUNT_MANAGE)
@blp.response(200, AccountOut)
@blp.problem(404)
def read_account(account_id: UUID) -> Response:
    """Read an account"""
    with read_session() as session:
        account = service.describe_account(session, authenticated_actor(), account_id=account_id)
    return json_bytes(account.body, version=account.version)


@blp.route("/<uuid:account_id>", methods=["PATCH"])
@blp.guard(Permission.ACCOUNT_MANAGE)
@blp.arguments(AccountPatch)
@blp.response(200, AccountOut)
@blp.problem(404)
@blp.problem(412)
@blp.problem(428)
def rename_account(body: dict[str, Any], account_id: UUID) -> Response:
    """Rename an account"""
    actor = authenticated_actor()
    version = expected_version(required=True)
    with transaction(actor) as session:
        account = service.rename_account(
            session, actor, account_id=account_id, expected_version=version, **body
        )
    return json_bytes(account.body, version=account.version)


@blp.route("/<uuid:account_id>/roles", methods=["POST"])
@blp.guard(Permission.ACCOUNT_MANAGE)
@blp.keyed
@blp.arguments(GrantRole)
@blp.response(201, GrantOut)
@blp.problem(404)
@blp.problem(409)
def grant_role(body: dict[str, Any], account_id: UUID) -> dict[str, Any]:
    """Give an account a role"""
    actor = authenticated_actor()
    with transaction(actor) as session:
        return service.grant_role(session, actor, account_id=account_id, **body)


@blp.route("/<uuid:account_id>/roles/<uuid:grant_id>", methods=["DELETE"])
@blp.guard(Permission.ACCOUNT_MANAGE)
@blp.response(204)
@blp.problem(404)
def revoke_role(account_id: UUID, grant_id: UUID) -> Response:
    """Take a role from an account"""
    actor = authenticated_actor()
    with transaction(actor) as session:
        service.revoke_grant(session, actor, account_id=account_id, grant_id=grant_id)
    return no_content()


@blp.route("/<uuid:account_id>/disable", methods=["POST"])
@blp.guard(Permission.ACCOUNT_MANAGE)
@blp.response(200, AccountOut)
@blp.problem(404)
def disable_account(account_id: UUID) -> Response:
    """Disable an account at once"""
    actor = authenticated_actor()
    with transaction(actor) as session:
        account = service.disable_account(session, actor, account_id=account_id)
    return json_bytes(account.body, version=account.version)


@blp.route("/<uuid:account_id>/enable", methods=["POST"])
@blp.guard(Permission.ACCOUNT_MANAGE)
@blp.response(200, AccountOut)
@blp.problem(404)
def enable_account(account_id: UUID) -> Response:
    """Enable a disabled account"""
    actor = authenticated_actor()
    with transaction(actor) as session:
        account = service.enable_account(session, actor, account_id=account_id)
    return json_bytes(account.body, version=account.version)


@blp.route("/<uuid:account_id>/one-time-password", methods=["POST"])
@blp.guard(Permission.ACCOUNT_MANAGE)
@blp.response(200, OneTimePasswordOut)
@blp.problem(404)
def issue_one_time_password(account_id: UUID) -> Any:
    """Replace the password by one that must be changed"""
    actor = authenticated_actor()
    with transaction(actor) as session:
        credentials = service.give_one_time_password(
            session, actor, settings=current_app.extensions["settings"], account_id=account_id
        )
    return credentials, 200, NO_STORE


@blp.route("/<uuid:account_id>/devices")
@blp.guard(Permission.ACCOUNT_MANAGE)
@blp.arguments(Page, location="query")
@blp.response(200, DevicePage)
@blp.problem(404)
def list_account_devices(query: dict[str, Any], account_id: UUID) -> Response:
    """List the devices of an account"""
    with read_session() as session:
        return json_bytes(
            service.list_devices(session, authenticated_actor(), account_id=account_id, **query)
        )


@blp.route("/<uuid:account_id>/devices/<uuid:device_id>", methods=["DELETE"])
@blp.guard(Permission.ACCOUNT_MANAGE)
@blp.response(204)
@blp.problem(404)
def block_account_device(account_id: UUID, device_id: UUID) -> Response:
    """Cut off a device of an account"""
    actor = authenticated_actor()
    with transaction(actor) as session:
        service.revoke_device(session, actor, account_id=account_id, device_id=device_id)
    return no_content()


@blp.route("/<uuid:account_id>/devices/<uuid:device_id>/allow", methods=["POST"])
@blp.guard(Permission.ACCOUNT_MANAGE)
@blp.response(204)
@blp.problem(404)
def allow_account_device(account_id: UUID, device_id: UUID) -> Response:
    """Let a device of an account that was cut off sign in again"""
    actor = authenticated_actor()
    with transaction(actor) as session:
        service.allow_device(session, actor, account_id=account_id, device_id=device_id)
    return no_content()


@blp.route("/<uuid:account_id>/tokens")
@blp.guard(Permission.ACCOUNT_MANAGE)
@blp.arguments(Page, location="query")
@blp.response(200, AccessTokenPage)
@blp.problem(404)
def list_account_tokens(query: dict[str, Any], account_id: UUID) -> Response:
    """List an account's tokens for programs, of every kind"""
    actor = authenticated_actor()
    with read_session() as session:
        return json_bytes(service.list_account_tokens(session, actor, account_id=account_id, **query))


@blp.route("/<uuid:account_id>/tokens/<uuid:token_id>", methods=["DELETE"])
@blp.guard(Permission.ACCOUNT_MANAGE)
@blp.response(204)
@blp.problem(404)
def revoke_account_token(account_id: UUID, token_id: UUID) -> Response:
    """Revoke a token of an account"""
    actor = authenticated_actor()
    with transaction(actor) as session:
        service.revoke_account_token(session, actor, account_id=account_id, token_id=token_id)
    return no_content()
