"""Routes with which managers read and change the accounts of other people."""

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
from app.core.db import Session
from app.http.responses import json_bytes, no_content
from app.http.smorest import Blueprint, authenticated_actor

blp = Blueprint("accounts", __name__, url_prefix="/api/v1/accounts", tag="Administration")

NO_STORE = {"Cache-Control": "no-store"}


@blp.route("", methods=["POST"])
@blp.guard(Permission.ACCOUNT_MANAGE)
@blp.arguments(CreateAccount)
@blp.response(201, AccountOpened)
@blp.problem(403, "grant_exceeds_own", "admin_by_operator")
@blp.problem(409, "id_reused", "username_taken", "reference_unknown")
@blp.problem(422, "grant_scope_invalid")
@blp.writes
def create_account(body: dict[str, Any], *, session: Session) -> Response:
    """Create an account

    Creates an account with its roles in one transaction. The owner must change the password at the
    first sign-in.

    Without `password` the server makes a one-time password and returns it in this answer only; it
    expires. The caller can give only roles that they hold themselves, in their own areas. A
    repeated request with the same `id` fails with 409 `id_reused` and changes nothing. The creation
    and every role are in the audit trail.
    """
    actor = authenticated_actor()
    account = service.open_account(session, actor, settings=current_app.extensions["settings"], **body)
    response = json_bytes(account.body, 201, version=account.version)
    response.headers.update(NO_STORE)
    return response


@blp.route("")
@blp.guard(Permission.ACCOUNT_MANAGE)
@blp.arguments(AccountFilter, location="query")
@blp.response(200, AccountPage)
@blp.reads
def list_accounts(query: dict[str, Any], *, session: Session) -> Response:
    """List accounts

    Lists accounts with a role in the areas where the caller manages accounts, by user name. Filters
    combine: an account must meet all of them. The page contains the live roles of each account,
    also disabled accounts.
    """
    return json_bytes(service.list_accounts(session, authenticated_actor(), **query))


@blp.route("/<uuid:account_id>")
@blp.guard(Permission.ACCOUNT_MANAGE)
@blp.response(200, AccountOut)
@blp.alt_response(304, "NOT_MODIFIED", success=True)
@blp.problem(404, "not_found")
@blp.reads
def read_account(account_id: UUID, *, session: Session) -> Response:
    """Read an account

    Returns one account with its live roles. The `ETag` is the version that `renameAccount` expects
    in `If-Match`.
    """
    account = service.describe_account(session, authenticated_actor(), account_id=account_id)
    return json_bytes(account.body, version=account.version)


@blp.route("/<uuid:account_id>", methods=["PATCH"])
@blp.guard(Permission.ACCOUNT_MANAGE)
@blp.arguments(AccountPatch)
@blp.response(200, AccountOut)
@blp.problem(403, "grant_exceeds_own")
@blp.problem(404, "not_found")
@blp.if_match(required=True)
@blp.writes
def rename_account(
    body: dict[str, Any], account_id: UUID, *, expected: int | None, session: Session
) -> Response:
    """Rename an account

    Changes the name that other people read; the user name stays. `If-Match` must have the current
    version. The change is in the audit trail.
    """
    actor = authenticated_actor()
    account = service.rename_account(session, actor, account_id=account_id, expected_version=expected, **body)
    return json_bytes(account.body, version=account.version)


@blp.route("/<uuid:account_id>/roles", methods=["POST"])
@blp.guard(Permission.ACCOUNT_MANAGE)
@blp.keyed
@blp.arguments(GrantRole)
@blp.response(201, GrantOut)
@blp.problem(403, "grant_exceeds_own", "own_account", "admin_by_operator")
@blp.problem(404, "not_found")
@blp.problem(409, "already_exists", "reference_unknown")
@blp.problem(422, "grant_scope_invalid")
@blp.writes
def grant_role(body: dict[str, Any], account_id: UUID, *, session: Session) -> dict[str, Any]:
    """Grant a role to an account

    Gives an account one more role in an area or unit. A handler needs a unit; every other role
    takes an area, or neither for the whole installation. The caller must hold all permissions of
    the role there and cannot grant a role to their own account.

    The role applies from the next request of the account on. With an `Idempotency-Key` a repeated
    request returns the first answer; without one the same role again is 409 `already_exists`.
    """
    actor = authenticated_actor()
    return service.grant_role(session, actor, account_id=account_id, **body)


@blp.route("/<uuid:account_id>/roles/<uuid:grant_id>", methods=["DELETE"])
@blp.guard(Permission.ACCOUNT_MANAGE)
@blp.response(204)
@blp.problem(403, "grant_exceeds_own", "own_account")
@blp.problem(404, "not_found")
@blp.writes
def revoke_role(account_id: UUID, grant_id: UUID, *, session: Session) -> Response:
    """Revoke a role of an account

    Ends one role of an account, from its next request on. The caller cannot revoke a role of their
    own account. A role that was already revoked is 404. The change is in the audit trail.
    """
    actor = authenticated_actor()
    service.revoke_grant(session, actor, account_id=account_id, grant_id=grant_id)
    return no_content()


@blp.route("/<uuid:account_id>/disable", methods=["POST"])
@blp.guard(Permission.ACCOUNT_MANAGE)
@blp.response(200, AccountOut)
@blp.problem(403, "grant_exceeds_own", "own_account")
@blp.problem(404, "not_found")
@blp.writes
def disable_account(account_id: UUID, *, session: Session) -> Response:
    """Disable an account

    Disables an account at once: all its sessions and access tokens end, and nobody can sign in to
    it. Its data stay. The caller cannot disable their own account. Idempotent: a disabled account
    stays as it is.
    """
    actor = authenticated_actor()
    account = service.disable_account(session, actor, account_id=account_id)
    return json_bytes(account.body, version=account.version)


@blp.route("/<uuid:account_id>/enable", methods=["POST"])
@blp.guard(Permission.ACCOUNT_MANAGE)
@blp.response(200, AccountOut)
@blp.problem(403, "grant_exceeds_own")
@blp.problem(404, "not_found")
@blp.writes
def enable_account(account_id: UUID, *, session: Session) -> Response:
    """Enable a disabled account

    Allows an account to sign in again with its old password and roles. Sessions and tokens that
    ended stay ended. Idempotent: an enabled account stays as it is.
    """
    actor = authenticated_actor()
    account = service.enable_account(session, actor, account_id=account_id)
    return json_bytes(account.body, version=account.version)


@blp.route("/<uuid:account_id>/one-time-password", methods=["POST"])
@blp.guard(Permission.ACCOUNT_MANAGE)
@blp.response(200, OneTimePasswordOut)
@blp.problem(403, "grant_exceeds_own", "own_account", "reset_from_above")
@blp.problem(404, "not_found")
@blp.writes
def issue_one_time_password(account_id: UUID, *, session: Session) -> Any:
    """Issue a one-time password

    Replaces the password by a one-time password, which the owner must change at the next sign-in.
    All sessions and access tokens of the account end. The password is in this answer only and
    expires.

    The caller must stand above the account: with a wider area or with more permissions. `GET /me`
    shows the owner who did it and when. Every request makes a new password.
    """
    actor = authenticated_actor()
    credentials = service.give_one_time_password(
        session, actor, settings=current_app.extensions["settings"], account_id=account_id
    )
    return credentials, 200, NO_STORE


@blp.route("/<uuid:account_id>/devices")
@blp.guard(Permission.ACCOUNT_MANAGE)
@blp.arguments(Page, location="query")
@blp.response(200, DevicePage)
@blp.problem(403, "grant_exceeds_own")
@blp.problem(404, "not_found")
@blp.reads
def list_account_devices(query: dict[str, Any], account_id: UUID, *, session: Session) -> Response:
    """List devices of an account

    Lists the devices from which the account signed in, newest first, with the blocked ones.
    Sign-ins without a device id share one entry.
    """
    return json_bytes(service.list_devices(session, authenticated_actor(), account_id=account_id, **query))


@blp.route("/<uuid:account_id>/devices/<uuid:device_id>", methods=["DELETE"])
@blp.guard(Permission.ACCOUNT_MANAGE)
@blp.response(204)
@blp.problem(403, "grant_exceeds_own")
@blp.problem(404, "not_found")
@blp.writes
def block_account_device(account_id: UUID, device_id: UUID, *, session: Session) -> Response:
    """Block a device of an account

    Blocks a device: its sessions end at once, and it cannot sign in until it is allowed again. The
    owner cannot allow it; only a manager can. Access tokens of programs stay valid.
    """
    actor = authenticated_actor()
    service.revoke_device(session, actor, account_id=account_id, device_id=device_id)
    return no_content()


@blp.route("/<uuid:account_id>/devices/<uuid:device_id>/allow", methods=["POST"])
@blp.guard(Permission.ACCOUNT_MANAGE)
@blp.response(204)
@blp.problem(403, "grant_exceeds_own")
@blp.problem(404, "not_found")
@blp.writes
def allow_account_device(account_id: UUID, device_id: UUID, *, session: Session) -> Response:
    """Allow a blocked device of an account

    Allows a blocked device to sign in again. Sessions that ended stay ended. Idempotent: a device
    that is not blocked stays as it is.
    """
    actor = authenticated_actor()
    service.allow_device(session, actor, account_id=account_id, device_id=device_id)
    return no_content()


@blp.route("/<uuid:account_id>/tokens")
@blp.guard(Permission.ACCOUNT_MANAGE)
@blp.arguments(Page, location="query")
@blp.response(200, AccessTokenPage)
@blp.problem(403, "grant_exceeds_own")
@blp.problem(404, "not_found")
@blp.reads
def list_account_tokens(query: dict[str, Any], account_id: UUID, *, session: Session) -> Response:
    """List access tokens of an account

    Lists the access tokens of every kind of an account, newest first, with the revoked and expired
    ones. The secrets are never returned.
    """
    actor = authenticated_actor()
    return json_bytes(service.list_account_tokens(session, actor, account_id=account_id, **query))


@blp.route("/<uuid:account_id>/tokens/<uuid:token_id>", methods=["DELETE"])
@blp.guard(Permission.ACCOUNT_MANAGE)
@blp.response(204)
@blp.problem(403, "grant_exceeds_own")
@blp.problem(404, "not_found")
@blp.writes
def revoke_account_token(account_id: UUID, token_id: UUID, *, session: Session) -> Response:
    """Revoke an access token of an account

    Revokes a token of any kind at once. A token that was already revoked is 404. The change is in
    the audit trail, where the owner sees it too.
    """
    actor = authenticated_actor()
    service.revoke_account_token(session, actor, account_id=account_id, token_id=token_id)
    return no_content()
