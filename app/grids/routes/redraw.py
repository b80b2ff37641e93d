"""Redraw grids and other areas together."""

from typing import Any

from app.core.actor import Permission
from app.core.db import transaction
from app.grids import service
from app.grids.schemas.redraw import AreasRedrawn, RedrawAreas, RedrawQuery
from app.http.smorest import Blueprint, authenticated_actor

blp = Blueprint("redraw", __name__, url_prefix="/api/v1/areas/redraw", tag="Areas and rules")


@blp.route("", methods=["POST"])
@blp.guard(Permission.AREA_EDIT)
@blp.keyed
@blp.arguments(RedrawQuery, location="query")
@blp.arguments(RedrawAreas)
@blp.response(200, AreasRedrawn)
@blp.problem(404)
def redraw_areas(query: dict[str, Any], body: dict[str, Any]) -> dict[str, Any]:
    """Redraw siblings together and re-home what is on their land"""
    actor = authenticated_actor()
    with transaction(actor) as session:
        return service.redraw(session, actor, **query, **body)
