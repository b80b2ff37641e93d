"""Routes of the caller's own account: password, sessions, devices and accesses."""

from typing import Any
from uuid import UUID

from flask import Response, current_app, request

from app.accounts import service
from app.accounts.schemas import ChangePassword, DevicePage, MeOut, Page, SessionPage
from app.accounts.schemas.audit import SeenPage
from app.core.db import Session
from app.http.responses import json_bytes, no_content
from app.http.smorest import Blueprint, authenticated_actor

blp = Blueprint("me", __name__, url_prefix="/api/v1/me", tag="Sign in")


@blp.route("")
@blp.guard(before_password_change=True)
@blp.response(200, MeOut)
@blp.reads
def read_me(*, session: Session) -> Response:
    """Read the account of the caller

    Returns the account of the caller with its roles, areas, units, jurisdiction and permissions. It
    also works before a one-time password is changed. `password_reset` is null if nobody else ever
    replaced the password.
    """
    actor = authenticated_actor()
    return json_bytes(service.describe_me(session, actor))


@blp.route("/password", methods=["POST"])
@blp.guard(before_password_change=True)
@blp.arguments(ChangePassword)
@blp.response(204)
@blp.problem(429, "sign_in_throttled")
def change_own_password(body: dict[str, Any]) -> Response:
    """Change the password of the caller

    Replaces the password after the current one is verified. All other sessions of the account end;
    access tokens of programs end too, unless `keep_tokens` is true. The session of this request
    continues.

    The new password must have at least 10 characters and must not be common, a pattern or made of
    the owner's own words. A wrong current password counts as a failed sign-in.
    """
    service.change_password(
        authenticated_actor(),
        settings=current_app.extensions["settings"],
        address=request.remote_addr or "",
        **body,
    )
    return no_content()


@blp.route("/audit")
@blp.guard()
@blp.arguments(Page, location="query")
@blp.response(200, SeenPage)
@blp.reads
def list_own_audit_events(query: dict[str, Any], *, session: Session) -> Response:
    """List accesses to data of the caller

    Lists, newest first, who read the position or personal fields of the caller, reset the password,
    or revoked a token or device. `purpose` is what they gave as their purpose; null: the access
    needs none.
    """
    return json_bytes(service.list_accesses_to_me(session, authenticated_actor(), **query))


@blp.route("/sessions")
@blp.guard()
@blp.arguments(Page, location="query")
@blp.response(200, SessionPage)
@blp.reads
def list_own_sessions(query: dict[str, Any], *, session: Session) -> Response:
    """List sessions of the caller

    Lists the sessions of the last 60 days, newest first, with the ended ones. Each has its device,
    its last use, and the refresh tokens that came twice: a lost answer, or a copied token.
    """
    return json_bytes(service.list_sessions(session, authenticated_actor(), **query))


@blp.route("/sessions/<uuid:session_id>", methods=["DELETE"])
@blp.guard()
@blp.response(204)
@blp.problem(404, "not_found")
@blp.writes
def end_own_session(session_id: UUID, *, session: Session) -> Response:
    """Sign out of a session of the caller

    Ends a session at once, for example one that was left open at another desk. Its device can sign
    in again; to keep a lost device out, block the device. A session that was ended before is 404.
    """
    service.end_session(session, authenticated_actor(), session_id=session_id)
    return no_content()


@blp.route("/devices")
@blp.guard()
@blp.arguments(Page, location="query")
@blp.response(200, DevicePage)
@blp.reads
def list_own_devices(query: dict[str, Any], *, session: Session) -> Response:
    """List devices of the caller

    Lists the devices from which the caller signed in, newest first, with the blocked ones. Sign-ins
    without a device id share one entry.
    """
    actor = authenticated_actor()
    return json_bytes(service.list_devices(session, actor, account_id=actor.id, **query))


@blp.route("/devices/<uuid:device_id>", methods=["DELETE"])
@blp.guard()
@blp.response(204)
@blp.problem(404, "not_found")
@blp.writes
def block_own_device(device_id: UUID, *, session: Session) -> Response:
    """Block a device of the caller

    Blocks a device, for example a lost phone: its sessions end at once, and it cannot sign in until
    it is allowed again. This includes the device of this request.
    """
    actor = authenticated_actor()
    service.revoke_device(session, actor, account_id=actor.id, device_id=device_id)
    return no_content()


@blp.route("/devices/<uuid:device_id>/allow", methods=["POST"])
@blp.guard()
@blp.response(204)
@blp.problem(403, "device_cut_off_by_manager")
@blp.problem(404, "not_found")
@blp.writes
def allow_own_device(device_id: UUID, *, session: Session) -> Response:
    """Allow a blocked device of the caller

    Allows a device to sign in again that the caller blocked. A device that a manager blocked is
    refused with 403. Idempotent: a device that is not blocked stays as it is.
    """
    actor = authenticated_actor()
    service.allow_device(session, actor, account_id=actor.id, device_id=device_id)
    return no_content()
