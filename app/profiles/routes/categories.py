"""Route of the categories in force."""

from typing import Any

from flask import Response

from app.core.actor import Permission
from app.core.db import Session
from app.http.responses import json_bytes
from app.http.smorest import Blueprint, authenticated_actor
from app.profiles import service
from app.profiles.schemas import CategoryFilter, CategoryList

blp = Blueprint("categories", __name__, url_prefix="/api/v1/categories", tag="Report")


@blp.route("")
@blp.guard(Permission.AREA_READ)
@blp.arguments(CategoryFilter, location="query")
@blp.response(200, CategoryList)
@blp.alt_response(304, "NOT_MODIFIED", success=True)
@blp.problem(404, "not_found")
@blp.reads
def list_categories(query: dict[str, Any], *, session: Session) -> Response:
    """List categories of the profile in force

    Lists the categories with which cases can be reported now, of the named jurisdiction or else of
    the caller's own. The list has no pages. The `ETag` changes when another version of the profile
    comes into force; `If-None-Match` gives 304 until then.
    """
    document, profile_id = service.categories(session, authenticated_actor(), **query)
    # Not the number: which jurisdiction is the default one may change, and numbers are per jurisdiction.
    return json_bytes(document, version=profile_id.int)
