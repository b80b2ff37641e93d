"""The OpenAPI document of /ogc, written out the way QGIS and GDAL read it."""

from collections.abc import Iterable
from typing import Any

from app.ogc.rules.collections import COLLECTIONS, Collection
from app.ogc.rules.describing import GEOJSON, NAME, OPENAPI, SCHEMA, schema_of, told
from app.ogc.rules.editing import ACTS, MERGE_PATCH
from app.ogc.rules.parameters import FORMS, LIMIT_DEFAULT, LIMIT_MAX, OFFSET_MAX
from app.ogc.rules.qgis.project import MAP_CRS, PROJECT
from app.ogc.rules.styles import MAPLIBRE
from app.ogc.rules.tiling import LAYERS, MATRIX_SET, MVT, TOGETHER

_TEXT = {"type": "string"}
_OBJECT = {"type": "object"}


def _query(name: str, schema: dict[str, Any], description: str) -> dict[str, Any]:
    # QGIS takes a parameter for a filter only if all of this stands there.
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
_OF_ITEMS = tuple(name for name in _PARAMETERS)
_OF_ITEM = ("f", "crs")
# What programs read only has no page.
_JSON = _query("f", {"type": "string", "enum": ["json"]}, "The form of the answer")
_CHOSEN = _query(
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


def document(url: str, lang: str) -> dict[str, Any]:
    """OpenAPI 3.0, its paths counted from `url`."""
    paths: dict[str, Any] = {
        "/": _get("getLandingPage", "Where everything starts", "application/json", _OBJECT, ("f",)),
        "/conformance": _get("getConformance", "Conformance classes", "application/json", _OBJECT, ("f",)),
        "/api": _get("getApi", "This document", OPENAPI, _OBJECT, (), extra=[_JSON]),
        "/collections": _get("getCollections", "Collections", "application/json", _OBJECT, ("f",)),
        "/tileMatrixSets": _get(
            "getTileMatrixSets", "How tiles are cut", "application/json", _OBJECT, (), extra=[_JSON]
        ),
        f"/tileMatrixSets/{MATRIX_SET}": _get(
            "getTileMatrixSet", "How tiles are cut: the set", "application/json", _OBJECT, (), extra=[_JSON]
        ),
        "/styles": _get("getStyles", "Styles", "application/json", _OBJECT, (), extra=[_JSON]),
        "/styles/gridward": _get("getStyle", "The style of the map", MAPLIBRE, _OBJECT, (), extra=[_JSON]),
    }
    paths |= _tiles("", "all", told(NAME, lang))
    paths |= _qgis()
    for one in COLLECTIONS.values():
        paths |= _paths_of(one, lang)
        if one.id in LAYERS:
            paths |= _tiles(f"/collections/{one.id}", one.id, told(one.title, lang))
    return {
        "openapi": "3.0.3",
        "info": {"title": told(NAME, lang), "version": "1"},
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


def _paths_of(one: Collection, lang: str) -> dict[str, Any]:
    path, title = f"/collections/{one.id}", told(one.title, lang)
    equal = [
        _query(p.name, {k: v for k, v in schema_of(p, lang).items() if k != "title"}, told(p.title, lang))
        for p in one.properties
        if p.is_filterable
    ]
    item = _get(f"get_{one.id}_item", f"{title}: one", GEOJSON, _OBJECT, _OF_ITEM)
    item["get"]["parameters"].insert(0, _FEATURE_ID)
    items = _get(f"get_{one.id}_items", title, GEOJSON, _OBJECT, _OF_ITEMS, extra=equal)
    acts = ACTS[one.edits]
    if acts.create:
        items |= _act("post", f"create_{one.id}", f"{title}: make one", GEOJSON, "201")
    if acts.change:
        item |= _act("put", f"replace_{one.id}", f"{title}: replace one", GEOJSON, "200", is_one=True)
        item |= _act("patch", f"update_{one.id}", f"{title}: change one", MERGE_PATCH, "200", is_one=True)
    if acts.remove:
        item |= _act("delete", f"remove_{one.id}", f"{title}: take one away", None, "204", is_one=True)
    return {
        f"{path}/queryables": _get(
            f"get_{one.id}_queryables", f"{title}: queryables", SCHEMA, _OBJECT, ("f",)
        ),
        f"{path}/schema": _get(f"get_{one.id}_schema", f"{title}: schema", SCHEMA, _OBJECT, ("f",)),
        path: _get(f"get_{one.id}", f"{title}: about", "application/json", _OBJECT, ("f",)),
        f"{path}/items": items,
        f"{path}/items/{{featureId}}": item,
    }


def _qgis() -> dict[str, Any]:
    """Files for QGIS."""
    authcfg = _query("authcfg", _TEXT, "The id of an entry in QGIS's store of passwords")
    crs = _query("crs", {"type": "string", "enum": list(MAP_CRS)}, "The reference system of the map")
    files = (
        ("project.qgs", "get_qgis_project", "A project with the reader's layers", PROJECT, (authcfg, crs)),
        ("connections.xml", "get_qgis_connections", "A connection to the collections", "text/xml", ()),
        ("vector-tiles.xml", "get_qgis_tiles", "A connection to the vector tiles", "text/xml", (authcfg,)),
    )
    found = {}
    for name, operation, summary, media, parameters in files:
        one = _get(operation, summary, media, _TEXT, (), extra=parameters)
        found[f"/qgis/{name}"] = one
    return found


def _tiles(path: str, name: str, title: str) -> dict[str, Any]:
    """Tiles of a collection or of everything."""
    base = f"{path}/tiles/{MATRIX_SET}"
    one = _get(f"get_{name}_tile", f"{title}: a tile", MVT, {"type": "string", "format": "binary"}, ())
    one["get"]["parameters"] = [
        {"name": part, "in": "path", "required": True, "schema": {"type": "integer", "minimum": 0}}
        for part in ("tileMatrix", "tileRow", "tileCol")
    ]
    less = _PARAMETERS["properties"] if path else _CHOSEN
    one["get"]["parameters"].append(less)
    answers = one["get"]["responses"]
    answers |= {
        "204": {"description": "Nothing is there"},
        "206": {"description": "The part that was asked for"},
        "304": {"description": "The caller has it"},
    }
    told_of = {
        f"{path}/tiles": ("tilesets", "sets of tiles"),
        base: ("tileset", "the set of tiles"),
        f"{base}/tilejson": ("tilejson", "TileJSON"),
    }
    return {
        at: _get(
            *(f"get_{name}_{part}", f"{title}: {words}", "application/json", _OBJECT, ()),
            extra=[_JSON] if part == "tilesets" else [_JSON, less],
        )
        for at, (part, words) in told_of.items()
    } | {f"{base}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}": one}


def _act(
    method: str, operation: str, summary: str, media: str | None, status: str, *, is_one: bool = False
) -> dict[str, Any]:
    """A write: a feature goes in, and comes back unless it was taken away."""
    fault = {"$ref": "#/components/responses/Exception"}
    body = {"requestBody": {"required": True, "content": {media: {"schema": _OBJECT}}}} if media else {}
    answer: dict[str, Any] = {"description": summary}
    if status != "204":
        answer["content"] = {GEOJSON: {"schema": _OBJECT}}
    return {
        method: {
            "operationId": operation,
            "summary": summary,
            "parameters": [_FEATURE_ID] if is_one else [],
            **body,
            "responses": {
                status: answer,
                **dict.fromkeys(("400", "401", "403", "404", "405", "409", "412", "415", "default"), fault),
            },
        }
    }


def _get(
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
