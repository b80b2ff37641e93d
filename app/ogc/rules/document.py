"""The OpenAPI document of /ogc.

Parameters have the members that QGIS and GDAL require.
"""

from collections.abc import Iterable
from typing import Any

from app.core.release import VERSION
from app.ogc.rules.collections import COLLECTIONS, Collection
from app.ogc.rules.descriptions import GEOJSON, NAME, OPENAPI, SCHEMA, localized, schema_of
from app.ogc.rules.feature_edits import ACTS, MERGE_PATCH
from app.ogc.rules.parameters import FORMS, LIMIT_DEFAULT, LIMIT_MAX, OFFSET_MAX
from app.ogc.rules.qgis.project import MAP_CRS, PROJECT
from app.ogc.rules.styles import MAPLIBRE
from app.ogc.rules.tilesets import BASE_MAP_TITLE
from app.ogc.rules.tiling import LAYERS, MATRIX_SET, MVT, TOGETHER

_TEXT = {"type": "string"}
_OBJECT = {"type": "object"}


def _query(name: str, schema: dict[str, Any], description: str) -> dict[str, Any]:
    # QGIS recognises a parameter as a filter only if all these members are present.
    return {
        "name": name,
        "in": "query",
        "description": description,
        "required": False,
        "schema": schema,
        "style": "form",
        "explode": False,
    }


_PARAMETERS = {
    "f": _query("f", {"type": "string", "enum": list(FORMS)}, "The form of the answer"),
    "limit": _query(
        "limit",
        {"type": "integer", "minimum": 1, "maximum": LIMIT_MAX, "default": LIMIT_DEFAULT},
        "How many features at most; more than the maximum is the maximum",
    ),
    "offset": _query(
        "offset",
        {"type": "integer", "minimum": 0, "maximum": OFFSET_MAX, "default": 0},
        "How many features to leave out first; links of rel next go on for ever",
    ),
    "cursor": _query("cursor", _TEXT, "Where the page before ended, from a link of rel next"),
    "bbox": _query(
        "bbox",
        {"type": "array", "minItems": 4, "maxItems": 6, "items": {"type": "number"}},
        "Features that meet this box: minimum and maximum of each axis, in CRS84 unless bbox-crs says else",
    ),
    "bbox-crs": _query("bbox-crs", {"type": "string", "format": "uri"}, "The reference system of bbox"),
    "crs": _query("crs", {"type": "string", "format": "uri"}, "The reference system of the answer"),
    "datetime": _query("datetime", _TEXT, "Features whose time meets this instant or interval"),
    "properties": _query("properties", {"type": "array", "items": _TEXT}, "Only these properties"),
    "sortby": _query(
        "sortby", {"type": "array", "items": _TEXT}, "Order by these properties; a minus before one turns it"
    ),
    "filter": _query("filter", _TEXT, "Only features for which this is true, in CQL2"),
    "filter-lang": _query(
        "filter-lang",
        {"type": "string", "enum": ["cql2-text", "cql2-json"], "default": "cql2-text"},
        "The encoding of filter",
    ),
    "filter-crs": _query("filter-crs", {"type": "string", "format": "uri"}, "The reference system of filter"),
}
_ITEMS_PARAMETERS = tuple(name for name in _PARAMETERS)
_ITEM_PARAMETERS = ("f", "crs")
# Resources for programs only have no HTML page.
_JSON = _query("f", {"type": "string", "enum": ["json"]}, "The form of the answer")
_COLLECTIONS_PARAMETER = _query(
    "collections",
    {"type": "array", "items": {"type": "string", "enum": list(TOGETHER)}},
    "Only these collections",
)
_FEATURE_ID = {
    "name": "featureId",
    "in": "path",
    "required": True,
    "schema": {"type": "string", "format": "uuid"},
}
_EXCEPTION = {
    "type": "object",
    "required": ["code"],
    "properties": {"code": _TEXT, "description": _TEXT},
}


def document(url: str, lang: str, *, has_base_map: bool = False) -> dict[str, Any]:
    """Return the OpenAPI 3.0 document, with paths relative to `url`.

    Args:
        has_base_map: True if the server has tiles of a base map.
    """
    paths: dict[str, Any] = {
        "/": _read_operation(
            "getLandingPage", "Where everything starts", "application/json", _OBJECT, ("f",)
        ),
        "/conformance": _read_operation(
            "getConformance", "Conformance classes", "application/json", _OBJECT, ("f",)
        ),
        "/api": _read_operation("getApi", "This document", OPENAPI, _OBJECT, (), extra=[_JSON]),
        "/collections": _read_operation("getCollections", "Collections", "application/json", _OBJECT, ("f",)),
        "/tileMatrixSets": _read_operation(
            "getTileMatrixSets", "How tiles are cut", "application/json", _OBJECT, (), extra=[_JSON]
        ),
        f"/tileMatrixSets/{MATRIX_SET}": _read_operation(
            "getTileMatrixSet", "How tiles are cut: the set", "application/json", _OBJECT, (), extra=[_JSON]
        ),
        "/styles": _read_operation("getStyles", "Styles", "application/json", _OBJECT, (), extra=[_JSON]),
        "/styles/gridward": _read_operation(
            "getStyle", "The style of the map", MAPLIBRE, _OBJECT, (), extra=[_JSON]
        ),
    }
    paths |= _tiles("", "all", localized(NAME, lang), _COLLECTIONS_PARAMETER)
    if has_base_map:
        paths |= _tiles("/base-map", "base_map", localized(BASE_MAP_TITLE, lang))
    paths |= _qgis()
    for collection in COLLECTIONS.values():
        paths |= _paths_of(collection, lang)
        if collection.id in LAYERS:
            path, title = f"/collections/{collection.id}", localized(collection.title, lang)
            paths |= _tiles(path, collection.id, title, _PARAMETERS["properties"])
    return {
        "openapi": "3.0.3",
        "info": {
            "title": localized(NAME, lang),
            "version": VERSION,
            "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
        },
        "servers": [{"url": url}],
        "paths": paths,
        "components": {
            "parameters": _PARAMETERS,
            "schemas": {"exception": _EXCEPTION},
            "responses": {
                "Exception": {
                    "description": "What is wrong",
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/exception"}}},
                }
            },
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "basic": {"type": "http", "scheme": "basic"},
            },
        },
        "security": [{"bearer": []}, {"basic": []}],
    }


def _paths_of(collection: Collection, lang: str) -> dict[str, Any]:
    path, title = f"/collections/{collection.id}", localized(collection.title, lang)
    equal = [
        _query(
            p.name, {k: v for k, v in schema_of(p, lang).items() if k != "title"}, localized(p.title, lang)
        )
        for p in collection.properties
        if p.is_filterable
    ]
    item = _read_operation(f"get_{collection.id}_item", f"{title}: one", GEOJSON, _OBJECT, _ITEM_PARAMETERS)
    item["get"]["parameters"].insert(0, _FEATURE_ID)
    items = _read_operation(
        f"get_{collection.id}_items", title, GEOJSON, _OBJECT, _ITEMS_PARAMETERS, extra=equal
    )
    permissions = ACTS[collection.edits]
    if permissions.create:
        items |= _write_operation("post", f"create_{collection.id}", f"{title}: make one", GEOJSON, "201")
    if permissions.change:
        item |= _write_operation(
            "put", f"replace_{collection.id}", f"{title}: replace one", GEOJSON, "200", is_item=True
        )
        item |= _write_operation(
            "patch", f"update_{collection.id}", f"{title}: change one", MERGE_PATCH, "200", is_item=True
        )
    if permissions.remove:
        item |= _write_operation(
            "delete", f"remove_{collection.id}", f"{title}: take one away", None, "204", is_item=True
        )
    return {
        f"{path}/queryables": _read_operation(
            f"get_{collection.id}_queryables", f"{title}: queryables", SCHEMA, _OBJECT, ("f",)
        ),
        f"{path}/schema": _read_operation(
            f"get_{collection.id}_schema", f"{title}: schema", SCHEMA, _OBJECT, ("f",)
        ),
        path: _read_operation(f"get_{collection.id}", f"{title}: about", "application/json", _OBJECT, ("f",)),
        f"{path}/items": items,
        f"{path}/items/{{featureId}}": item,
    }


def _qgis() -> dict[str, Any]:
    """Return the OpenAPI paths of the files for QGIS."""
    authcfg = _query("authcfg", _TEXT, "The id of an entry in QGIS's store of passwords")
    crs = _query("crs", {"type": "string", "enum": list(MAP_CRS)}, "The reference system of the map")
    files = (
        ("project.qgs", "get_qgis_project", "A project with the reader's layers", PROJECT, (authcfg, crs)),
        ("connections.xml", "get_qgis_connections", "A connection to the collections", "text/xml", ()),
        ("vector-tiles.xml", "get_qgis_tiles", "A connection to the vector tiles", "text/xml", (authcfg,)),
    )
    paths = {}
    for name, operation, summary, media, parameters in files:
        path_item = _read_operation(operation, summary, media, _TEXT, (), extra=parameters)
        paths[f"/qgis/{name}"] = path_item
    return paths


def _tiles(path: str, name: str, title: str, *selection: dict[str, Any]) -> dict[str, Any]:
    """Return the OpenAPI paths of the tiles below `path`: of one collection, of all, or of the base map.

    Args:
        selection: Parameters that select a part of the tiles.
    """
    base = f"{path}/tiles/{MATRIX_SET}"
    tile_path = _read_operation(
        f"get_{name}_tile", f"{title}: a tile", MVT, {"type": "string", "format": "binary"}, ()
    )
    tile_path["get"]["parameters"] = [
        {"name": part, "in": "path", "required": True, "schema": {"type": "integer", "minimum": 0}}
        for part in ("tileMatrix", "tileRow", "tileCol")
    ]
    tile_path["get"]["parameters"].extend(selection)
    responses = tile_path["get"]["responses"]
    responses |= {
        "204": {"description": "Nothing is there"},
        "206": {"description": "The part that was asked for"},
        "304": {"description": "The caller has it"},
    }
    descriptions = {
        f"{path}/tiles": ("tilesets", "sets of tiles"),
        base: ("tileset", "the set of tiles"),
        f"{base}/tilejson": ("tilejson", "TileJSON"),
    }
    return {
        tileset_path: _read_operation(
            *(f"get_{name}_{part}", f"{title}: {label}", "application/json", _OBJECT, ()),
            extra=[_JSON] if part == "tilesets" else [_JSON, *selection],
        )
        for tileset_path, (part, label) in descriptions.items()
    } | {f"{base}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}": tile_path}


def _write_operation(
    method: str, operation: str, summary: str, media: str | None, status: str, *, is_item: bool = False
) -> dict[str, Any]:
    """Return the OpenAPI object of a write operation.

    Its response is the feature, except for DELETE.
    """
    fault = {"$ref": "#/components/responses/Exception"}
    body = {"requestBody": {"required": True, "content": {media: {"schema": _OBJECT}}}} if media else {}
    answer: dict[str, Any] = {"description": summary}
    if status != "204":
        answer["content"] = {GEOJSON: {"schema": _OBJECT}}
    return {
        method: {
            "operationId": operation,
            "summary": summary,
            "parameters": [_FEATURE_ID] if is_item else [],
            **body,
            "responses": {
                status: answer,
                **dict.fromkeys(("400", "401", "403", "404", "405", "409", "412", "415", "default"), fault),
            },
        }
    }


def _read_operation(
    operation: str,
    summary: str,
    media: str,
    schema: dict[str, Any],
    parameters: Iterable[str],
    *,
    extra: Iterable[dict[str, Any]] = (),
) -> dict[str, Any]:
    fault = {"$ref": "#/components/responses/Exception"}
    pages = {"text/html": {"schema": _TEXT}} if "f" in parameters else {}
    return {
        "get": {
            "operationId": operation,
            "summary": summary,
            "parameters": [
                *({"$ref": f"#/components/parameters/{name}"} for name in parameters),
                *extra,
            ],
            "responses": {
                "200": {
                    "description": summary,
                    "content": {media: {"schema": schema}} | pages,
                },
                "400": fault,
                "401": fault,
                "403": fault,
                "404": fault,
                "default": fault,
            },
        }
    }
