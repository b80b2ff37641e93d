"""Views of the tiles of the base map."""

from flask import Response, request

from app.basemap.service.map_file import MapFile
from app.core.actor import Actor
from app.core.errors import NotFound
from app.http.content_coding import response_coding
from app.http.messages import language
from app.http.responses import client_tags
from app.ogc.routes.blueprint import (
    absolute_url,
    blp,
    json_answer,
    query_args,
    served_base_map,
    signed_in,
    with_tag,
)
from app.ogc.rules.parameters import unique_parameters
from app.ogc.rules.tilesets import BASE_MAP_PATH as PATH
from app.ogc.rules.tiling import MVT, require_matrix_set, tile_at
from app.ogc.service.base_map import BaseMapTiles


@blp.get(PATH)
@signed_in
def base_map_tilesets(actor: Actor) -> Response:
    """List the sets of tiles of the base map"""
    unique_parameters(query_args(), ("f",), forms=("json",))
    return json_answer(_tiles().tileset_list())


@blp.get(f"{PATH}/<matrix_set>")
@signed_in
def base_map_tileset(actor: Actor, matrix_set: str) -> Response:
    """Describe the tiles of the base map"""
    unique_parameters(query_args(), ("f",), forms=("json",))
    require_matrix_set(matrix_set)
    return json_answer(_tiles().tileset())


@blp.get(f"{PATH}/<matrix_set>/tilejson")
@signed_in
def base_map_tilejson(actor: Actor, matrix_set: str) -> Response:
    """Describe the tiles of the base map, as TileJSON"""
    unique_parameters(query_args(), ("f",), forms=("json",))
    require_matrix_set(matrix_set)
    return json_answer(_tiles().tilejson())


@blp.get(f"{PATH}/<matrix_set>/<int:zoom>/<int:row>/<int:column>")
@signed_in
def base_map_tile(actor: Actor, matrix_set: str, zoom: int, row: int, column: int) -> Response:
    """Read a tile of the base map"""
    unique_parameters(query_args(), ("f",), forms=("mvt",))
    place = tile_at(matrix_set, zoom, row, column)
    base_map = _base_map()
    if base_map.tag in client_tags():
        return with_tag(Response(status=304), base_map.tag)
    body = base_map.tile(place.z, place.x, place.y)
    if body is None:
        return with_tag(Response(status=204), base_map.tag)
    response = with_tag(Response(body, content_type=MVT), base_map.tag)
    if response_coding(len(body)) is None:
        # GDAL reads a tile as any file: in parts.
        response.make_conditional(request.environ, accept_ranges=True, complete_length=len(body))
    return response


def _tiles() -> BaseMapTiles:
    return BaseMapTiles(_base_map(), absolute_url, language())


def _base_map() -> MapFile:
    """Return the configured base map.

    Raises:
        NotFound: There is none, or its file cannot be used.
    """
    base_map = served_base_map()
    if base_map is None:
        raise NotFound("not_found")
    return base_map
