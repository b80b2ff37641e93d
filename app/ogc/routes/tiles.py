"""Tiles, what they are cut by, and what programs read before they ask for them."""

from collections.abc import Sequence

from flask import Response, current_app, request

from app.core.actor import Actor
from app.core.db import read_session
from app.core.errors import invalid_field
from app.http.messages import language
from app.http.responses import GZIP_FROM, GZIP_TAG, VARY, known_tags
from app.ogc import service
from app.ogc.routes.door import address, asked, blp, json_answer, signed_in
from app.ogc.rules import styles, tilesets
from app.ogc.rules.parameters import once
from app.ogc.rules.tiling import (
    MVT,
    TOGETHER,
    Layer,
    layer_of,
    require_matrix_set,
    tile_at,
    together,
)
from app.ogc.service import tiles

_TILE = "<matrix_set>/<int:zoom>/<int:row>/<int:column>"


@blp.get("/tileMatrixSets")
@signed_in
def matrix_sets(actor: Actor) -> Response:
    """List how tiles are cut"""
    once(asked(), ("f",), forms=("json",))
    return json_answer(tilesets.matrix_sets(address))


@blp.get("/tileMatrixSets/<matrix_set>")
@signed_in
def matrix_set(actor: Actor, matrix_set: str) -> Response:
    """Say how tiles are cut"""
    once(asked(), ("f",), forms=("json",))
    require_matrix_set(matrix_set)
    return json_answer(tilesets.matrix_set(address))


@blp.get("/tiles")
@signed_in
def tilesets_of_all(actor: Actor) -> Response:
    """List the sets of tiles with everything in them"""
    once(asked(), ("f",), forms=("json",))
    return json_answer(tilesets.listed(address, language()))


@blp.get("/tiles/<matrix_set>")
@signed_in
def tileset_of_all(actor: Actor, matrix_set: str) -> Response:
    """Describe the tiles with everything in them"""
    layers, query = _chosen(actor, once(asked(), ("f", "collections"), forms=("json",)))
    require_matrix_set(matrix_set)
    with read_session() as session:
        box = service.extent(session, actor)
    return json_answer(tilesets.tileset(None, layers, actor, address, language(), box, query))


@blp.get("/tiles/<matrix_set>/tilejson")
@signed_in
def tilejson_of_all(actor: Actor, matrix_set: str) -> Response:
    """Describe the tiles with everything in them, as TileJSON"""
    layers, query = _chosen(actor, once(asked(), ("f", "collections"), forms=("json",)))
    require_matrix_set(matrix_set)
    with read_session() as session:
        box = service.extent(session, actor)
    return json_answer(tilesets.tilejson(None, layers, actor, address, language(), box, query))


@blp.get(f"/tiles/{_TILE}")
@signed_in
def tile_of_all(actor: Actor, matrix_set: str, zoom: int, row: int, column: int) -> Response:
    """Read a tile with everything in it, or with the collections that are named"""
    said = once(asked(), ("f", "collections"), forms=("mvt",))
    return _tile(actor, _chosen(actor, said)[0], matrix_set, zoom, row, column)


@blp.get("/collections/<collection_id>/tiles")
@signed_in
def tilesets_of(actor: Actor, collection_id: str) -> Response:
    """List the sets of tiles of a collection"""
    once(asked(), ("f",), forms=("json",))
    one = layer_of(service.named(actor, collection_id)).collection
    return json_answer(tilesets.listed(address, language(), one))


@blp.get("/collections/<collection_id>/tiles/<matrix_set>")
@signed_in
def tileset_of(actor: Actor, collection_id: str, matrix_set: str) -> Response:
    """Describe the tiles of a collection"""
    said = once(asked(), ("f", "properties"), forms=("json",))
    require_matrix_set(matrix_set)
    layer, query = _only(actor, collection_id, said)
    with read_session() as session:
        box = service.extent(session, actor)
    return json_answer(tilesets.tileset(layer.collection, [layer], actor, address, language(), box, query))


@blp.get("/collections/<collection_id>/tiles/<matrix_set>/tilejson")
@signed_in
def tilejson_of(actor: Actor, collection_id: str, matrix_set: str) -> Response:
    """Describe the tiles of a collection, as TileJSON"""
    said = once(asked(), ("f", "properties"), forms=("json",))
    require_matrix_set(matrix_set)
    layer, query = _only(actor, collection_id, said)
    with read_session() as session:
        box = service.extent(session, actor)
    return json_answer(tilesets.tilejson(layer.collection, [layer], actor, address, language(), box, query))


@blp.get(f"/collections/<collection_id>/tiles/{_TILE}")
@signed_in
def tile_of(actor: Actor, collection_id: str, matrix_set: str, zoom: int, row: int, column: int) -> Response:
    """Read a tile of a collection, with all of its properties or those that are named"""
    layer, _ = _only(actor, collection_id, once(asked(), ("f", "properties"), forms=("mvt",)))
    return _tile(actor, [layer], matrix_set, zoom, row, column)


@blp.get("/styles")
@signed_in
def list_styles(actor: Actor) -> Response:
    """List the styles of maps"""
    once(asked(), ("f",), forms=("json",))
    return json_answer(styles.listed(address, language()))


@blp.get("/styles/gridward")
@signed_in
def style(actor: Actor) -> Response:
    """Read the style of the tiles with everything in them, as MapLibre does"""
    once(asked(), ("f",), forms=("json",))
    return json_answer(styles.style(together(actor), address, language()), styles.MAPLIBRE)


def _chosen(actor: Actor, said: dict[str, str]) -> tuple[Sequence[Layer], str]:
    """The layers that `collections` names, or all; and the query that names them again."""
    if "collections" not in said:
        return together(actor), ""
    names = said["collections"].split(",")
    if not set(names) <= set(TOGETHER):
        raise invalid_field("collections", "not_one_of")
    # Those that the reader may not read are left out, as in the list of collections.
    layers = together(actor, [n for n in TOGETHER if n in names])
    return layers, f"collections={said['collections']}"


def _only(actor: Actor, collection_id: str, said: dict[str, str]) -> tuple[Layer, str]:
    """The layer of a collection with what `properties` names, or with all; and the query that names it again."""
    layer = layer_of(service.named(actor, collection_id))
    if "properties" not in said:
        return layer, ""
    names = [name for name in said["properties"].split(",") if name]
    return layer.with_only(names, actor), f"properties={','.join(names)}"


def _tile(
    actor: Actor, layers: Sequence[Layer], matrix_set: str, zoom: int, row: int, column: int
) -> Response:
    wanted = tile_at(matrix_set, zoom, row, column)
    tag = tiles.tag_of(actor, layers, wanted)
    if tag in known_tags():
        return _headed(Response(status=304), tag)
    cache = current_app.extensions["tile_cache"]
    body, tag = tiles.tile(cache, actor, layers, wanted, tag)
    if not body:
        return _headed(Response(status=204), tag)
    if "Range" in request.headers or request.accept_encodings["gzip"] <= 0 or len(body) < GZIP_FROM:
        response = _headed(Response(body, content_type=MVT), tag)
        # GDAL reads a tile as any file: in parts.
        response.make_conditional(request.environ, accept_ranges=True, complete_length=len(body))
        return response
    response = _headed(Response(tiles.compressed(cache, tag, body), content_type=MVT), tag + GZIP_TAG)
    response.headers["Content-Encoding"] = "gzip"
    return response


def _headed(response: Response, tag: str) -> Response:
    # Kept by the reader only, and asked about each time: `Cache-Control: private, no-cache` comes from `observe`.
    response.headers["ETag"] = f'"{tag}"'
    response.headers["Vary"] = f"{VARY}, Accept-Encoding"
    return response
