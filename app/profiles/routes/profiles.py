"""Read and publish profiles, and compare their versions."""

from typing import Any

from flask import Response

from app.core.actor import Permission
from app.core.db import read_session, transaction
from app.http.responses import expected_version, json_bytes, json_response
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

blp = Blueprint("profiles", __name__, url_prefix="/api/v1/jurisdictions", tag="Areas and rules")


@blp.route("/<code>/profile")
@blp.guard(Permission.AREA_READ)
@blp.response(200, ProfileOut)
@blp.problem(404)
def read_profile(code: str) -> Response:
    """Read the profile in force"""
    with read_session() as session:
        document, number = service.profile_document(session, authenticated_actor(), code=code)
    return json_bytes(document, version=number)


@blp.route("/<code>/profile", methods=["POST"])
@blp.guard(Permission.PROFILE_EXTEND)
@blp.keyed
@blp.arguments(PublishProfile)
@blp.response(201, ProfileOut)
@blp.problem(404)
@blp.problem(412)
def publish_profile(body: dict[str, Any], code: str) -> Response:
    """Publish a new version of the profile

    An administrator of the whole jurisdiction changes everything. Who supervises all of it adds categories.
    """
    actor = authenticated_actor()
    expected = expected_version(required=False)
    with transaction(actor) as session:
        document, number = service.publish_profile(
            session, actor, code=code, expected_number=expected, **body
        )
    return json_bytes(document, 201, version=number)


@blp.route("/<code>/profile/versions")
@blp.guard(Permission.AREA_READ)
@blp.arguments(ProfileVersionsQuery, location="query")
@blp.response(200, ProfileVersionPage)
@blp.problem(404)
def list_profile_versions(query: dict[str, Any], code: str) -> Response:
    """List the versions of the profile, the newest first"""
    with read_session() as session:
        return json_bytes(service.profile_versions(session, authenticated_actor(), code=code, **query))


@blp.route("/<code>/profile/versions/<int:number>")
@blp.guard(Permission.AREA_READ)
@blp.response(200, WholeProfileVersion)
@blp.problem(404)
def read_profile_version(code: str, number: int) -> Response:
    """Read a version of the profile"""
    with read_session() as session:
        return json_bytes(service.profile_version(session, authenticated_actor(), code=code, number=number))


@blp.route("/<code>/profile/versions/<int:number>/diff")
@blp.guard(Permission.AREA_READ)
@blp.arguments(ProfileDiffQuery, location="query")
@blp.response(200, ProfileDiff)
@blp.problem(404)
def compare_profile_versions(query: dict[str, Any], code: str, number: int) -> Response:
    """Tell what has changed between two versions of the profile, in data and in words"""
    with read_session() as session:
        return json_response(
            service.profile_difference(
                session, authenticated_actor(), code=code, number=number, to=query["to"]
            )
        )
