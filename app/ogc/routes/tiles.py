"""Views of tiles, tile matrix sets, tilesets and styles."""

from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache, partial
from typing import Any

from flask import Response, current_app, request

from app.core.actor import Actor
from app.core.db import read_session
from app.core.errors import invalid_field
from app.http.content_coding import response_coding
from app.http.direct_reads import Tagged, usual_tags
from app.http.messages import language
from app.http.responses import client_tags
from app.http.usual_queries import usual_pairs
from app.ogc import service
from app.ogc.routes.blueprint import (
    absolute_url,
    blp,
    json_answer,
    query_args,
    served_base_map,
    signed_in,
    with_tag,
)
from app.ogc.rules import styles, tilesets
from app.ogc.rules.parameters import unique_parameters
from app.ogc.rules.tiling import (
    LAYERS,
    MATRIX_SET,
    MVT,
    TOGETHER,
    Layer,
    combined_layers,
    layer_of,
    require_matrix_set,
    tile_at,
)
from app.ogc.service import tiles
from app.ogc.service.base_map import BaseMapTiles

_TILE = "<matrix_set>/<int:zoom>/<int:row>/<int:column>"


@blp.get("/tileMatrixSets")
@signed_in
def matrix_sets(actor: Actor) -> Response:
    """List how tiles are cut"""
    unique_parameters(query_args(), ("f",), forms=("json",))
    return json_answer(tilesets.matrix_sets(absolute_url))


@blp.get("/tileMatrixSets/<matrix_set>")
@signed_in
def matrix_set(actor: Actor, matrix_set: str) -> Response:
    """Say how tiles are cut"""
    unique_parameters(query_args(), ("f",), forms=("json",))
    require_matrix_set(matrix_set)
    return json_answer(tilesets.matrix_set(absolute_url))


@blp.get("/tiles")
@signed_in
def tilesets_of_all(actor: Actor) -> Response:
    """List the sets of tiles with everything in them"""
    unique_parameters(query_args(), ("f",), forms=("json",))
    listed = tilesets.tileset_list(absolute_url, language())
    if (base_map := served_base_map()) is not None:
        listed["tilesets"].append(BaseMapTiles(base_map, absolute_url, language()).tileset_item())
    return json_answer(listed)


@blp.get("/tiles/<matrix_set>")
@signed_in
def tileset_of_all(actor: Actor, matrix_set: str) -> Response:
    """Describe the tiles with everything in them"""
    layers, query = _layers_of_query(
        actor, unique_parameters(query_args(), ("f", "collections"), forms=("json",))
    )
    require_matrix_set(matrix_set)
    with read_session() as session:
        box = service.extent(session, actor)
    return json_answer(tilesets.tileset(None, layers, actor, absolute_url, language(), box, query))


@blp.get("/tiles/<matrix_set>/tilejson")
@signed_in
def tilejson_of_all(actor: Actor, matrix_set: str) -> Response:
    """Describe the tiles with everything in them, as TileJSON"""
    layers, query = _layers_of_query(
        actor, unique_parameters(query_args(), ("f", "collections"), forms=("json",))
    )
    require_matrix_set(matrix_set)
    with read_session() as session:
        box = service.extent(session, actor)
    return json_answer(tilesets.tilejson(None, layers, actor, absolute_url, language(), box, query))


def _usual_tile(environ: dict[str, Any], extensions: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the arguments of a tile that are not in its path; None: only Flask can read them."""
    args, known_tags = usual_pairs(environ), usual_tags(environ)
    if args is None or known_tags is None:
        return None
    return {"args": args, "known_tags": known_tags, "cache": extensions["tile_cache"]}


def _read_tile_of_all(actor: Actor, *, args: list[tuple[str, str]], matrix_set: str, **place: Any) -> Tagged:
    parameters = unique_parameters(args, ("f", "collections"), forms=("mvt",))
    return _tagged(actor, _layers_of_query(actor, parameters)[0], matrix_set, **place)


def _read_tile_of(
    actor: Actor, *, args: list[tuple[str, str]], collection_id: str, matrix_set: str, **place: Any
) -> Tagged:
    parameters = unique_parameters(args, ("f", "properties"), forms=("mvt",))
    return _tagged(actor, [_layer_of_collection(actor, collection_id, parameters)[0]], matrix_set, **place)


def _tagged(
    actor: Actor,
    layers: Sequence[Layer],
    matrix_set: str,
    *,
    zoom: int,
    row: int,
    column: int,
    known_tags: Collection[str],
    cache: tiles.Cache,
) -> Tagged:
    tile = tile_at(matrix_set, zoom, row, column)
    tag, body = tiles.read_tile(cache, actor, layers, tile, known_tags)
    return Tagged(tag, body, partial(tiles.encoded, cache, tag, body or b""))


_MATRIX_SETS = {"matrix_set": (MATRIX_SET,)}


@blp.get(f"/tiles/{_TILE}")
@signed_in
@blp.answers_directly(_read_tile_of_all, _usual_tile, media=MVT, values=_MATRIX_SETS, reads_tags=True)
def tile_of_all(actor: Actor, matrix_set: str, zoom: int, row: int, column: int) -> Response:
    """Read a tile with everything in it, or with the collections that are named"""
    args = unique_parameters(query_args(), ("f", "collections"), forms=("mvt",))
    return _tile(actor, _layers_of_query(actor, args)[0], matrix_set, zoom, row, column)


@blp.get("/collections/<collection_id>/tiles")
@signed_in
def tilesets_of(actor: Actor, collection_id: str) -> Response:
    """List the sets of tiles of a collection"""
    unique_parameters(query_args(), ("f",), forms=("json",))
    collection = layer_of(service.readable_collection(actor, collection_id)).collection
    return json_answer(tilesets.tileset_list(absolute_url, language(), collection))


@blp.get("/collections/<collection_id>/tiles/<matrix_set>")
@signed_in
def tileset_of(actor: Actor, collection_id: str, matrix_set: str) -> Response:
    """Describe the tiles of a collection"""
    args = unique_parameters(query_args(), ("f", "properties"), forms=("json",))
    require_matrix_set(matrix_set)
    layer, query = _layer_of_collection(actor, collection_id, args)
    with read_session() as session:
        box = service.extent(session, actor)
    return json_answer(
        tilesets.tileset(layer.collection, [layer], actor, absolute_url, language(), box, query)
    )


@blp.get("/collections/<collection_id>/tiles/<matrix_set>/tilejson")
@signed_in
def tilejson_of(actor: Actor, collection_id: str, matrix_set: str) -> Response:
    """Describe the tiles of a collection, as TileJSON"""
    args = unique_parameters(query_args(), ("f", "properties"), forms=("json",))
    require_matrix_set(matrix_set)
    layer, query = _layer_of_collection(actor, collection_id, args)
    with read_session() as session:
        box = service.extent(session, actor)
    return json_answer(
        tilesets.tilejson(layer.collection, [layer], actor, absolute_url, language(), box, query)
    )


@blp.get(f"/collections/<collection_id>/tiles/{_TILE}")
@signed_in
@blp.answers_directly(
    _read_tile_of,
    _usual_tile,
    media=MVT,
    values=_MATRIX_SETS | {"collection_id": tuple(LAYERS)},
    reads_tags=True,
)
def tile_of(actor: Actor, collection_id: str, matrix_set: str, zoom: int, row: int, column: int) -> Response:
    """Read a tile of a collection, with all of its properties or those that are named"""
    layer, _ = _layer_of_collection(
        actor, collection_id, unique_parameters(query_args(), ("f", "properties"), forms=("mvt",))
    )
    return _tile(actor, [layer], matrix_set, zoom, row, column)


@blp.get("/styles")
@signed_in
def list_styles(actor: Actor) -> Response:
    """List the styles of maps"""
    unique_parameters(query_args(), ("f",), forms=("json",))
    return json_answer(styles.style_list(absolute_url, language()))


@blp.get("/styles/gridward")
@signed_in
def style(actor: Actor) -> Response:
    """Read the style of the tiles with everything in them, as MapLibre does"""
    unique_parameters(query_args(), ("f",), forms=("json",))
    return json_answer(styles.style(combined_layers(actor), absolute_url, language()), styles.MAPLIBRE)


def _layers_of_query(actor: Actor, args: dict[str, str]) -> tuple[Sequence[Layer], str]:
    """Return the layers that `collections` names, or all; and the query string that selects them."""
    if "collections" not in args:
        return combined_layers(actor), ""
    names = args["collections"].split(",")
    if not set(names) <= set(TOGETHER):
        raise invalid_field("collections", "not_one_of")
    # Layers that the reader may not read are left out, as in the list of collections.
    layers = combined_layers(actor, [n for n in TOGETHER if n in names])
    return layers, f"collections={args['collections']}"


def _layer_of_collection(actor: Actor, collection_id: str, args: dict[str, str]) -> tuple[Layer, str]:
    """Return the layer of a collection with the named `properties`, or all; and the query string that selects it."""
    layer = layer_of(service.readable_collection(actor, collection_id))
    return _named_layer(layer, actor, args["properties"]) if "properties" in args else (layer, "")


@lru_cache(maxsize=1_000)
def _named_layer(layer: Layer, actor: Actor, properties: str) -> tuple[Layer, str]:
    names = [name for name in properties.split(",") if name]
    return layer.restricted_to(names, actor), f"properties={','.join(names)}"


def _tile(
    actor: Actor, layers: Sequence[Layer], matrix_set: str, zoom: int, row: int, column: int
) -> Response:
    cache = current_app.extensions["tile_cache"]
    tag, body, encoded = _tagged(
        actor,
        layers,
        matrix_set,
        zoom=zoom,
        row=row,
        column=column,
        known_tags=client_tags(),
        cache=cache,
    )
    if body is None:
        return with_tag(Response(status=304), tag)
    if not body:
        return with_tag(Response(status=204), tag)
    coding = response_coding(len(body))
    if coding is None:
        response = with_tag(Response(body, content_type=MVT), tag)
        # GDAL reads a tile as any file: in parts.
        response.make_conditional(request.environ, accept_ranges=True, complete_length=len(body))
        return response
    response = with_tag(Response(encoded(coding), content_type=MVT), tag)
    response.headers["Content-Encoding"] = coding
    return response
