"""Route of the redraw of areas."""

from typing import Any

from app.core.actor import Permission
from app.core.db import Session
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
@blp.problem(403, "outside_own_areas")
@blp.problem(404, "not_found")
@blp.problem(422, "findings")
@blp.writes
def redraw_areas(query: dict[str, Any], body: dict[str, Any], *, session: Session) -> dict[str, Any]:
    """Redraw areas under one parent

    Replaces areas of one parent by new parts in one transaction: a split, a merge or a moved
    border. A part with the id of a replaced area is its next version; every other part is a new
    area, and replaced areas without a part are retired. Households, components, open cases,
    responsibilities, roles and units move to the area that covers them.

    With `dry_run=true` everything is computed and counted and nothing is stored: do this first. A
    finding that is an error is 422 `findings`; in a dry run it is in the answer, with `is_possible`
    false. The redraw and its reason are in the audit trail. With an `Idempotency-Key` a repeated
    request returns the first answer.
    """
    actor = authenticated_actor()
    return service.redraw(session, actor, **query, **body)
