"""Landing page, collections and the API document, made from the registry."""

from collections.abc import Callable, Sequence
from typing import Any

from app.ogc.rules.collections import Collection, Property
from app.ogc.rules.collections.shape import SCHEMAS, Titles, Written
from app.ogc.rules.conformance import CONFORMS_TO
from app.ogc.rules.cql2 import GEOMETRY
from app.ogc.rules.crs import CRS84, URIS
from app.ogc.rules.tiling import LAYERS

# (path below /ogc, query) -> the address of it
Link = Callable[[str, str], str]
OPENAPI = "application/vnd.oai.openapi+json;version=3.0"
GEOJSON = "application/geo+json"
NAME: Titles = ("Gridward", "网格管理")
ABOUT: Titles = (
    "Areas, components, premises and cases of grid management, as the reader may see them",
    "网格化管理的区划、部件、处所与案卷，按读者权限显示",
)
SCHEMA = "application/schema+json"
_REL = "http://www.opengis.net/def/rel/ogc/1.0/"
_DRAFT = "https://json-schema.org/draft/2020-12/schema"
_ONCE: Titles = (
    "Written with a new feature; PUT and PATCH may repeat it and not change it",
    "仅在新建要素时填写；PUT 与 PATCH 可原样重复，不能更改",
)
_GREGORIAN = "http://www.opengis.net/def/uom/ISO-8601/0/Gregorian"


def told(titles: Titles, lang: str) -> str:
    """A title in the language asked for."""
    return titles[1] if lang == "zh-CN" else titles[0]


def linked(rel: str, href: str, media: str, title: str) -> dict[str, str]:
    return {"rel": rel, "href": href, "type": media, "title": title}


def landing(link: Link, lang: str) -> dict[str, Any]:
    return {
        "title": told(NAME, lang),
        "description": told(ABOUT, lang),
        "links": [
            linked("self", link("/", "f=json"), "application/json", "This document"),
            linked("alternate", link("/", "f=html"), "text/html", "This page"),
            linked("service-desc", link("/api", ""), OPENAPI, "API definition"),
            linked("conformance", link("/conformance", ""), "application/json", "Conformance classes"),
            linked("data", link("/collections", ""), "application/json", "Collections"),
            linked(f"{_REL}tilesets-vector", link("/tiles", ""), "application/json", "Tiles"),
            linked(
                f"{_REL}tiling-schemes", link("/tileMatrixSets", ""), "application/json", "How tiles are cut"
            ),
            linked(f"{_REL}styles", link("/styles", ""), "application/json", "Styles"),
            linked(
                "related", link("/qgis/project.qgs", ""), "application/x-qgis-project", "Project for QGIS"
            ),
            linked("related", link("/qgis/connections.xml", ""), "text/xml", "Connection for QGIS"),
            linked(
                "related", link("/qgis/vector-tiles.xml", ""), "text/xml", "Connection to the tiles for QGIS"
            ),
        ],
    }


def conformance(link: Link) -> dict[str, Any]:
    return {
        "conformsTo": list(CONFORMS_TO),
        "links": [
            linked("self", link("/conformance", "f=json"), "application/json", "This document"),
            linked("alternate", link("/conformance", "f=html"), "text/html", "This page"),
        ],
    }


def collection(
    one: Collection, link: Link, lang: str, *, extent: Sequence[float] | None, self_rel: str = "self"
) -> dict[str, Any]:
    """A collection, with everything that leads on from it."""
    path = f"/collections/{one.id}"
    title = told(one.title, lang)
    bbox = list(extent) if extent is not None else [-180.0, -90.0, 180.0, 90.0]
    return {
        "id": one.id,
        "title": title,
        "description": told(one.description, lang),
        "itemType": "feature",
        "extent": {
            "spatial": {"bbox": [bbox], "crs": CRS84},
            "temporal": {"interval": [[None, None]], "trs": _GREGORIAN},
        },
        "crs": list(URIS),
        "storageCrs": CRS84,
        "links": [
            linked(self_rel, link(path, "f=json"), "application/json", title),
            linked("alternate", link(path, "f=html"), "text/html", title),
            linked("items", link(f"{path}/items", "f=json"), GEOJSON, title),
            linked("items", link(f"{path}/items", "f=html"), "text/html", title),
            linked(f"{_REL}queryables", link(f"{path}/queryables", ""), SCHEMA, "What filters may name"),
            linked(f"{_REL}schema", link(f"{path}/schema", ""), SCHEMA, "What a feature has"),
            *(
                [linked(f"{_REL}tilesets-vector", link(f"{path}/tiles", ""), "application/json", "Tiles")]
                if one.id in LAYERS
                else []
            ),
        ],
    }


def collections(found: list[dict[str, Any]], link: Link) -> dict[str, Any]:
    return {
        "links": [
            linked("self", link("/collections", "f=json"), "application/json", "This document"),
            linked("alternate", link("/collections", "f=html"), "text/html", "This page"),
        ],
        "crs": list(URIS),
        "collections": found,
    }


def schema_of(prop: Property, lang: str) -> dict[str, Any]:
    """A property as JSON schema says it."""
    found: dict[str, Any] = {"title": told(prop.title, lang), **SCHEMAS[prop.kind]}
    if prop.values:
        found["enum"] = list(prop.values)
    if prop.unit:
        found["x-ogc-unit"] = prop.unit
    return found


def queryables(one: Collection, known: Sequence[Property], link: Link, lang: str) -> dict[str, Any]:
    """What filters may name, as a JSON schema; nothing else may be named."""
    properties = {p.name: schema_of(p, lang) for p in known if p.is_filterable}
    return {
        "$schema": _DRAFT,
        "$id": link(f"/collections/{one.id}/queryables", ""),
        "type": "object",
        "title": told(one.title, lang),
        "properties": {GEOMETRY: _geometry(one, lang), **properties},
        "additionalProperties": False,
    }


def schema(one: Collection, known: Sequence[Property], link: Link, lang: str) -> dict[str, Any]:
    """What a feature has, as a JSON schema: what is read only, what has to be said of a new one."""
    properties: dict[str, Any] = {GEOMETRY: _geometry(one, lang) | {"x-ogc-role": "primary-geometry"}}
    for n, prop in enumerate(known):
        properties[prop.name] = schema_of(prop, lang) | {"x-ogc-propertySeq": n + 1}
        if prop.written is Written.NEVER:
            properties[prop.name]["readOnly"] = True
        elif prop.written is Written.ONCE:
            properties[prop.name] |= {"x-gridward-written": "once", "description": told(_ONCE, lang)}
        if prop.default is not None:
            properties[prop.name]["default"] = prop.default
    return {
        "$schema": _DRAFT,
        "$id": link(f"/collections/{one.id}/schema", ""),
        "type": "object",
        "title": told(one.title, lang),
        "properties": properties,
        "required": [GEOMETRY, *(p.name for p in known if p.is_required)],
        "additionalProperties": False,
    }


def _geometry(one: Collection, lang: str) -> dict[str, Any]:
    return {
        "title": told(("Geometry", "几何"), lang),
        "format": f"geometry-{one.geometry_kind.lower()}",
    }
