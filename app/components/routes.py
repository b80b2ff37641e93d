"""Routes of /components: the register of municipal components."""

from typing import Any
from uuid import UUID

from flask import Response

from app.components import schemas, service
from app.core.actor import Permission
from app.core.db import Session
from app.http.responses import GEOJSON, json_bytes, no_content, wants_geojson
from app.http.smorest import Blueprint, authenticated_actor

blp = Blueprint("components", __name__, url_prefix="/api/v1/components", tag="Register")
BLUEPRINTS = (blp,)


@blp.route("")
@blp.guard(Permission.COMPONENT_READ)
@blp.arguments(schemas.ComponentFilter, location="query")
@blp.alt_response(200, schema=schemas.ComponentFeatures, content_type=GEOJSON, success=True)
@blp.response(200, schemas.ComponentPage)
@blp.reads
def list_components(query: dict[str, Any], *, session: Session) -> Response:
    """List components

    Returns a page of the components within the caller's reach, in the order of their ids. Retired components
    are left out unless `state` names `retired`.

    `Accept: application/geo+json` returns the same page as a GeoJSON FeatureCollection.
    """
    as_features = wants_geojson()
    body = service.listing(session, authenticated_actor(), as_features=as_features, **query)
    return json_bytes(body, media=GEOJSON if as_features else None)


@blp.route("", methods=["POST"])
@blp.guard(Permission.COMPONENT_EDIT)
@blp.keyed
@blp.arguments(schemas.RegisterComponent)
@blp.response(201, schemas.ComponentOut)
@blp.problem(403, "outside_own_areas")
@blp.problem(409, "code_taken", "id_reused")
@blp.writes
def create_component(body: dict[str, Any], *, session: Session) -> Response:
    """Register a component

    Stores a component and assigns it to the grid that contains its point; the point must lie in an area that
    the caller may edit. The category follows from the digits of class and subclass in `code`. The code must
    not belong to another component of the jurisdiction that is in use.

    Units must belong to the jurisdiction.
    """
    actor = authenticated_actor()
    created, version = service.register(session, actor, **body)
    return json_bytes(created, 201, version=version)


@blp.route("/<uuid:component_id>")
@blp.guard(Permission.COMPONENT_READ)
@blp.alt_response(304, description="Not modified", success=True)
@blp.alt_response(200, schema=schemas.ComponentFeature, content_type=GEOJSON, success=True)
@blp.response(200, schemas.ComponentOut)
@blp.problem(404, "not_found")
@blp.reads
def read_component(component_id: UUID, *, session: Session) -> Response:
    """Read a component

    Returns the component; a retired one too, so that references to it stay valid. The `ETag` is the version
    that `PATCH` and `DELETE` take as `If-Match`; `If-None-Match` with that version answers 304.

    `Accept: application/geo+json` returns a GeoJSON Feature.
    """
    as_feature = wants_geojson()
    component, version = service.component(
        session, authenticated_actor(), component_id=component_id, as_feature=as_feature
    )
    return json_bytes(component, version=version, media=GEOJSON if as_feature else None)


@blp.route("/<uuid:component_id>", methods=["PATCH"])
@blp.guard(Permission.COMPONENT_EDIT)
@blp.patch_arguments(schemas.ComponentPatch, answer=schemas.ComponentOut, read=service.component)
@blp.response(200, schemas.ComponentOut)
@blp.problem(403, "outside_own_areas")
@blp.problem(404, "not_found")
@blp.problem(409, "component_retired")
@blp.if_match(required=True)
@blp.writes
def update_component(
    body: dict[str, Any], component_id: UUID, *, expected: int | None, session: Session
) -> Response:
    """Change a component

    Changes the members that are sent. With a new point the component is assigned to the grid that contains
    it; its code stays. The caller must be allowed to edit at the old and the new place. A retired component
    cannot be changed.
    """
    actor = authenticated_actor()
    changed, version = service.change(
        session, actor, component_id=component_id, expected=expected, changes=body
    )
    return json_bytes(changed, version=version)


@blp.route("/<uuid:component_id>", methods=["DELETE"])
@blp.guard(Permission.COMPONENT_EDIT)
@blp.response(204)
@blp.problem(403, "outside_own_areas")
@blp.problem(404, "not_found")
@blp.problem(409, "component_retired")
@blp.if_match(required=False)
@blp.writes
def retire_component(component_id: UUID, *, expected: int | None, session: Session) -> Response:
    """Retire a component

    Retires the component: lists leave it out, its row stays readable, and its code may be given to another
    component. It cannot be undone, and a second call is refused. `If-Match` is optional.
    """
    actor = authenticated_actor()
    service.retire(session, actor, component_id=component_id, expected=expected)
    return no_content()
