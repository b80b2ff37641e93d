"""Landing page, descriptions of collections and the list of conformance classes.

They are generated from the definitions of the collections.
"""

from collections.abc import Callable, Sequence
from typing import Any

from app.ogc.rules.collections import Collection, Property
from app.ogc.rules.collections.definition import SCHEMAS, Titles, Written
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


def localized(titles: Titles, lang: str) -> str:
    """Return the Chinese title for `zh-CN`, else the English one."""
    return titles[1] if lang == "zh-CN" else titles[0]


def link_object(rel: str, href: str, media: str, title: str) -> dict[str, str]:
    """Return a link object as OGC API responses contain it."""
    return {"rel": rel, "href": href, "type": media, "title": title}


def landing(link: Link, lang: str) -> dict[str, Any]:
    """Return the landing page as an OGC API JSON object."""
    return {
        "title": localized(NAME, lang),
        "description": localized(ABOUT, lang),
        "links": [
            link_object("self", link("/", "f=json"), "application/json", "This document"),
            link_object("alternate", link("/", "f=html"), "text/html", "This page"),
            link_object("service-desc", link("/api", ""), OPENAPI, "API definition"),
            link_object("conformance", link("/conformance", ""), "application/json", "Conformance classes"),
            link_object("data", link("/collections", ""), "application/json", "Collections"),
            link_object(f"{_REL}tilesets-vector", link("/tiles", ""), "application/json", "Tiles"),
            link_object(
                f"{_REL}tiling-schemes", link("/tileMatrixSets", ""), "application/json", "How tiles are cut"
            ),
            link_object(f"{_REL}styles", link("/styles", ""), "application/json", "Styles"),
            link_object(
                "related", link("/qgis/project.qgs", ""), "application/x-qgis-project", "Project for QGIS"
            ),
            link_object("related", link("/qgis/connections.xml", ""), "text/xml", "Connection for QGIS"),
            link_object(
                "related", link("/qgis/vector-tiles.xml", ""), "text/xml", "Connection to the tiles for QGIS"
            ),
        ],
    }


def conformance(link: Link) -> dict[str, Any]:
    """Return the list of conformance classes as an OGC API JSON object."""
    return {
        "conformsTo": list(CONFORMS_TO),
        "links": [
            link_object("self", link("/conformance", "f=json"), "application/json", "This document"),
            link_object("alternate", link("/conformance", "f=html"), "text/html", "This page"),
        ],
    }


def collection(
    described: Collection, link: Link, lang: str, *, extent: Sequence[float] | None, self_rel: str = "self"
) -> dict[str, Any]:
    """Return the description of a collection with its links."""
    path = f"/collections/{described.id}"
    title = localized(described.title, lang)
    bbox = list(extent) if extent is not None else [-180.0, -90.0, 180.0, 90.0]
    return {
        "id": described.id,
        "title": title,
        "description": localized(described.description, lang),
        "itemType": "feature",
        "extent": {
            "spatial": {"bbox": [bbox], "crs": CRS84},
            "temporal": {"interval": [[None, None]], "trs": _GREGORIAN},
        },
        "crs": list(URIS),
        "storageCrs": CRS84,
        "links": [
            link_object(self_rel, link(path, "f=json"), "application/json", title),
            link_object("alternate", link(path, "f=html"), "text/html", title),
            link_object("items", link(f"{path}/items", "f=json"), GEOJSON, title),
            link_object("items", link(f"{path}/items", "f=html"), "text/html", title),
            link_object(f"{_REL}queryables", link(f"{path}/queryables", ""), SCHEMA, "What filters may name"),
            link_object(f"{_REL}schema", link(f"{path}/schema", ""), SCHEMA, "What a feature has"),
            *(
                [
                    link_object(
                        f"{_REL}tilesets-vector", link(f"{path}/tiles", ""), "application/json", "Tiles"
                    )
                ]
                if described.id in LAYERS
                else []
            ),
        ],
    }


def collections(descriptions: list[dict[str, Any]], link: Link) -> dict[str, Any]:
    """Return the list of collections."""
    return {
        "links": [
            link_object("self", link("/collections", "f=json"), "application/json", "This document"),
            link_object("alternate", link("/collections", "f=html"), "text/html", "This page"),
        ],
        "crs": list(URIS),
        "collections": descriptions,
    }


def schema_of(prop: Property, lang: str) -> dict[str, Any]:
    """Return the JSON Schema of a property."""
    json_schema: dict[str, Any] = {"title": localized(prop.title, lang), **SCHEMAS[prop.kind]}
    if prop.values:
        json_schema["enum"] = list(prop.values)
    if prop.unit:
        json_schema["x-ogc-unit"] = prop.unit
    return json_schema


def queryables(described: Collection, visible: Sequence[Property], link: Link, lang: str) -> dict[str, Any]:
    """Return the JSON Schema of the properties that filters may use."""
    properties = {p.name: schema_of(p, lang) for p in visible if p.is_filterable}
    return {
        "$schema": _DRAFT,
        "$id": link(f"/collections/{described.id}/queryables", ""),
        "type": "object",
        "title": localized(described.title, lang),
        "properties": {GEOMETRY: _geometry(described, lang), **properties},
        "additionalProperties": False,
    }


def schema(described: Collection, visible: Sequence[Property], link: Link, lang: str) -> dict[str, Any]:
    """Return the JSON Schema of a feature, with read-only and required properties."""
    properties: dict[str, Any] = {GEOMETRY: _geometry(described, lang) | {"x-ogc-role": "primary-geometry"}}
    for n, prop in enumerate(visible):
        properties[prop.name] = schema_of(prop, lang) | {"x-ogc-propertySeq": n + 1}
        if prop.written is Written.NEVER:
            properties[prop.name]["readOnly"] = True
        elif prop.written is Written.ONCE:
            properties[prop.name] |= {"x-gridward-written": "once", "description": localized(_ONCE, lang)}
        if prop.default is not None:
            properties[prop.name]["default"] = prop.default
    return {
        "$schema": _DRAFT,
        "$id": link(f"/collections/{described.id}/schema", ""),
        "type": "object",
        "title": localized(described.title, lang),
        "properties": properties,
        "required": [GEOMETRY, *(p.name for p in visible if p.is_required)],
        "additionalProperties": False,
    }


def _geometry(described: Collection, lang: str) -> dict[str, Any]:
    return {
        "title": localized(("Geometry", "几何"), lang),
        "format": f"geometry-{described.geometry_kind.lower()}",
    }
