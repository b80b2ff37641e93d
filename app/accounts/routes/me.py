"""One's own account."""

from typing import Any
from uuid import UUID

from flask import Response, current_app, request

from app.accounts import service
from app.accounts.schemas import ChangePassword, DevicePage, MeOut, Page, SessionPage
from app.accounts.schemas.audit import SeenPage
from app.core.db import read_session, transaction
from app.http.responses import json_bytes, no_content
from app.http.smorest import Blueprint, authenticated_actor

blp = Blueprint("me", __name__, url_prefix="/api/v1/me", tag="Sign in")


@blp.route("")
@blp.guard(before_password_change=True)
@blp.response(200, MeOut)
def read_me() -> Response:
    """Say who I am and what I may do"""
    actor = authenticated_actor()
    with read_session() as session:
        return json_bytes(service.describe_me(session, actor))


@blp.route("/password", methods=["POST"])
@blp.guard(before_password_change=True)
@blp.arguments(ChangePassword)
@blp.response(204)
@blp.problem(429)
def change_own_password(body: dict[str, Any]) -> Response:
    """Change my password; my other sessions end, and my tokens for programs unless I keep them"""
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
def list_own_audit_events(query: dict[str, Any]) -> Response:
    """List who saw where I was, or personal fields of mine"""
    with read_session() as session:
        return json_bytes(service.list_accesses_to_me(session, authenticated_actor(), **query))


@blp.route("/sessions")
@blp.guard()
@blp.arguments(Page, location="query")
@blp.response(200, SessionPage)
def list_own_sessions(query: dict[str, Any]) -> Response:
    """List my sessions of the last 60 days: from where each was used, and whether a refresh token came twice"""
    with read_session() as session:
        return json_bytes(service.list_sessions(session, authenticated_actor(), **query))


@blp.route("/devices")
@blp.guard()
@blp.arguments(Page, location="query")
@blp.response(200, DevicePage)
def list_own_devices(query: dict[str, Any]) -> Response:
    """List my devices"""
    actor = authenticated_actor()
    with read_session() as session:
        return json_bytes(service.list_devices(session, actor, account_id=actor.id, **query))


@blp.route("/devices/<uuid:device_id>", methods=["DELETE"])
@blp.guard()
@blp.response(204)
@blp.problem(404)
def block_own_device(device_id: UUID) -> Response:
    """Cut off one of my devices"""
    actor = authenticated_actor()
    with transaction(actor) as session:
        service.revoke_device(session, actor, account_id=actor.id, device_id=device_id)
    return no_content()


@blp.route("/devices/<uuid:device_id>/allow", methods=["POST"])
@blp.guard()
@blp.response(204)
@blp.problem(404)
def allow_own_device(device_id: UUID) -> Response:
    """Let a device that I cut off myself sign in again"""
    actor = authenticated_actor()
    with transaction(actor) as session:
        service.allow_device(session, actor, account_id=actor.id, device_id=device_id)
    return no_content()
