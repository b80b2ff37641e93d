"""Views of files for QGIS.

They need the same credentials as the layers that are named in the files.
"""

from flask import Response

from app.core.actor import Actor
from app.core.db import read_session
from app.http.messages import language
from app.ogc import service
from app.ogc.routes.blueprint import absolute_url, blp, query_args, served_base_map, signed_in
from app.ogc.rules import qgis
from app.ogc.rules.parameters import unique_parameters
from app.ogc.rules.qgis.project import PROJECT, authcfg_parameter, map_crs_parameter

_CONNECTIONS = "text/xml; charset=utf-8"


@blp.get("/qgis/connections.xml")
@signed_in
def qgis_connections(actor: Actor) -> Response:
    """Download the connection to the collections, as QGIS imports it"""
    unique_parameters(query_args(), ())
    return _file(qgis.feature_connections(absolute_url, language()), "gridward-connections.xml", _CONNECTIONS)


@blp.get("/qgis/vector-tiles.xml")
@signed_in
def qgis_tiles(actor: Actor) -> Response:
    """Download the connection to the vector tiles, as QGIS imports it"""
    args = unique_parameters(query_args(), ("authcfg",))
    authcfg = authcfg_parameter(args.get("authcfg"))
    body = qgis.tile_connections(absolute_url, language(), authcfg, base_zoom=_base_zoom())
    return _file(body, "gridward-vector-tiles.xml", _CONNECTIONS)


@blp.get("/qgis/project.qgs")
@signed_in
def qgis_project(actor: Actor) -> Response:
    """Download a QGIS project with the layers that the reader may read, over their own areas and the base map"""
    args = unique_parameters(query_args(), ("authcfg", "crs"))
    authcfg, crs = authcfg_parameter(args.get("authcfg")), map_crs_parameter(args.get("crs"))
    with read_session() as session:
        box = service.scope_extent(session, actor)
    body = qgis.project(
        actor, absolute_url, language(), box=box, crs=crs, authcfg=authcfg, base_zoom=_base_zoom()
    )
    return _file(body, "gridward.qgs", PROJECT)


def _base_zoom() -> int | None:
    """Return the deepest zoom of the base map; None if there is none."""
    base_map = served_base_map()
    return base_map.max_zoom if base_map else None


def _file(body: bytes, name: str, media: str) -> Response:
    response = Response(body, content_type=media)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
