"""Routes of profiles: read, publish, compare versions."""

from typing import Any

from flask import Response

from app.core.actor import Permission
from app.core.db import Session
from app.http.responses import json_bytes, json_response
from app.http.smorest import Blueprint, authenticated_actor
from app.profiles import service
from app.profiles.schemas import (
    ProfileDiff,
    ProfileDiffQuery,
    ProfileOut,
    ProfileVersionPage,
    ProfileVersionsQuery,
    PublishProfile,
    WholeProfileVersion,
)

CODE = [{"in": "path", "name": "code", "description": "Code of the jurisdiction"}]

blp = Blueprint("profiles", __name__, url_prefix="/api/v1/jurisdictions", tag="Areas and rules")


@blp.route("/<code>/profile", parameters=CODE)
@blp.guard(Permission.AREA_READ)
@blp.response(200, ProfileOut)
@blp.alt_response(304, "NOT_MODIFIED", success=True)
@blp.problem(404, "not_found")
@blp.reads
def read_profile(code: str, *, session: Session) -> Response:
    """Read the profile in force

    Returns the complete profile of a jurisdiction that applies now: categories, deadlines,
    calendar, dispatch and further rules. The `ETag` is its number. A profile can be changed and
    sent to `publishProfile` as it was answered.
    """
    document, number = service.profile_document(session, authenticated_actor(), code=code)
    return json_bytes(document, version=number)


@blp.route("/<code>/profile", parameters=CODE, methods=["POST"])
@blp.guard(Permission.PROFILE_EXTEND)
@blp.keyed
@blp.arguments(PublishProfile)
@blp.response(201, ProfileOut)
@blp.problem(403, "profile_only_additions")
@blp.problem(404, "not_found")
@blp.problem(422, "profile_invalid")
@blp.if_match(required=False)
@blp.writes
def publish_profile(body: dict[str, Any], code: str, *, expected: int | None, session: Session) -> Response:
    """Publish a new version of the profile

    Stores a complete profile as the next version, which applies at once or from `in_force_from` on.
    Administrators of the whole jurisdiction can change everything; supervisors of the whole
    jurisdiction can only add categories, at once. Cases that exist keep the version under which
    they were filed.

    Read the profile with `readProfile`, change `data`, and send the whole answer back: a member that
    is left out of `data` is gone. `/api/v1/profile.schema.json` is the JSON Schema of `data`, with
    which an editor completes and checks it. With `If-Match` or `number` the request is 412 if a
    newer version exists. The version is in the audit trail, and devices are notified when it comes
    into force. With an `Idempotency-Key` a repeated request returns the
    first answer.
    """
    actor = authenticated_actor()
    read = service.ReadVersion(body.pop("id", None), body.pop("number", None), expected)
    document, number = service.publish_profile(session, actor, code=code, read=read, **body)
    return json_bytes(document, 201, version=number)


@blp.route("/<code>/profile/versions", parameters=CODE)
@blp.guard(Permission.AREA_READ)
@blp.arguments(ProfileVersionsQuery, location="query")
@blp.response(200, ProfileVersionPage)
@blp.problem(404, "not_found")
@blp.reads
def list_profile_versions(query: dict[str, Any], code: str, *, session: Session) -> Response:
    """List versions of the profile

    Lists the versions of the profile of a jurisdiction, newest first, with the scheduled ones. The
    documents themselves are in `readProfileVersion`.
    """
    return json_bytes(service.profile_versions(session, authenticated_actor(), code=code, **query))


@blp.route("/<code>/profile/versions/<int:number>", parameters=CODE)
@blp.guard(Permission.AREA_READ)
@blp.response(200, WholeProfileVersion)
@blp.problem(404, "not_found")
@blp.reads
def read_profile_version(code: str, number: int, *, session: Session) -> Response:
    """Read a version of the profile

    Returns one version with its complete document. Versions never change after they are published.
    """
    return json_bytes(service.profile_version(session, authenticated_actor(), code=code, number=number))


@blp.route("/<code>/profile/versions/<int:number>/diff", parameters=CODE)
@blp.guard(Permission.AREA_READ)
@blp.arguments(ProfileDiffQuery, location="query")
@blp.response(200, ProfileDiff)
@blp.problem(404, "not_found")
@blp.reads
def compare_profile_versions(query: dict[str, Any], code: str, number: int, *, session: Session) -> Response:
    """Compare two versions of the profile

    Returns the changes from version `number` to version `to`, older or newer, each as data and as a
    sentence in both languages. Two equal versions give an empty list. An unknown `to` is 422.
    """
    return json_response(
        service.profile_difference(session, authenticated_actor(), code=code, number=number, to=query["to"])
    )
