"""Routes of jurisdictions: list and create."""

from typing import Any

from flask import Response

from app.areas import service
from app.areas.schemas import CreateJurisdiction
from app.core.actor import Permission
from app.core.db import Session
from app.http.responses import json_bytes
from app.http.smorest import Blueprint, authenticated_actor
from app.profiles import service as profiles
from app.profiles.schemas import JurisdictionList, JurisdictionOut

blp = Blueprint("jurisdictions", __name__, url_prefix="/api/v1/jurisdictions", tag="Areas and rules")


@blp.route("")
@blp.guard(Permission.AREA_READ)
@blp.response(200, JurisdictionList)
@blp.reads
def list_jurisdictions(*, session: Session) -> Response:
    """List jurisdictions

    Lists the jurisdictions that the caller reaches, each with its profile in force. The list has no
    pages.
    """
    return json_bytes(profiles.list_jurisdictions(session, authenticated_actor()))


@blp.route("", methods=["POST"])
@blp.guard(Permission.PROFILE_EDIT)
@blp.keyed
@blp.arguments(CreateJurisdiction)
@blp.response(201, JurisdictionOut)
@blp.problem(409, "code_taken")
@blp.problem(422, "profile_invalid")
@blp.writes
def create_jurisdiction(body: dict[str, Any], *, session: Session) -> Response:
    """Create a jurisdiction

    Creates a jurisdiction with version 1 of its profile, and a root unit that owns every case
    without another owner. The caller needs the permission for the whole installation. `timezone`
    replaces the time zone of the profile. With an `Idempotency-Key` a repeated request returns the
    first answer; without one the same code is 409 `code_taken`.
    """
    actor = authenticated_actor()
    jurisdiction, version = service.open_jurisdiction(session, actor, **body)
    return json_bytes(jurisdiction, 201, version=version)
