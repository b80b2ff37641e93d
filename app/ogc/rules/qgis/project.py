"""A project for QGIS with the layers that the reader may read, over her own places."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote
from xml.etree.ElementTree import Element, SubElement

import pyproj

from app.core.actor import Actor
from app.core.errors import invalid_field
from app.ogc.rules.collections import COLLECTIONS
from app.ogc.rules.collections.shape import Titles
from app.ogc.rules.crs import URIS
from app.ogc.rules.describing import NAME, Link, told
from app.ogc.rules.looks import STATES
from app.ogc.rules.qgis import symbols
from app.ogc.rules.qgis.connections import written
from app.ogc.rules.qgis.symbols import Class, Look
from app.ogc.rules.tiling import MATRIX_SET, ZOOM_USEFUL, together

_HEAD = "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"
# Written for this one; later ones read it, and turn it into their own form when they save it.
VERSION = "3.40.6-Bratislava"
PROJECT = "application/x-qgis-project"
_AUTHCFG = re.compile(r"[A-Za-z0-9]{7}")
MAP_CRS = tuple(f"EPSG:{uri.rpartition('/')[2]}" for uri in URIS if "/EPSG/" in uri)
_SEVERITIES: tuple[tuple[str, Titles, str], ...] = (
    ("error", ("Errors", "错误"), "#dc2626"),
    ("warning", ("Warnings", "警告"), "#d97706"),
    ("info", ("To know of", "提示"), "#0284c7"),
)
_OTHERS = ("Others", "其他")


@dataclass(frozen=True, slots=True)
class Drawn:
    """A collection as a layer. `scale`: the denominator from which it is drawn; 0 is always. `label`: what is written on it."""

    collection: str
    look: Look
    scale: int = 0
    by: tuple[str, tuple[tuple[str, Titles, str], ...]] | None = None
    label: str | None = None
    is_shown: bool = True


# From top to bottom.
_LAYERS = (
    Drawn("incidents", Look("#6b7280", 2.6), 100_000, ("status", STATES)),
    Drawn("grid-findings", Look("#6b7280", 0.6, 0.25), 0, ("severity", _SEVERITIES)),
    Drawn("signals", Look("#b45309", 0.8, 0.2)),
    Drawn("components", Look("#2a7f62", 1.4), 10_000),
    Drawn("premises", Look("#8c6d31", 1.2), 10_000),
    Drawn("grids", Look("#64748b", 0.3), 50_000, label="name_zh"),
    Drawn("communities", Look("#7a6f9b", 0.5), 200_000),
    Drawn("streets", Look("#5b5b8a", 0.7)),
    Drawn("districts", Look("#404040", 1.0)),
    Drawn("unit-areas", Look("#0f766e", 0.4), is_shown=False),
)
_IN_TILES = {one.collection: one.look for one in _LAYERS} | {"households": Look("#8c6d31", 1.2)}
# Things of which a map shows a part: asked for as the map is looked at, never all at once.
_BY_PLACE = ("incidents", "components", "premises")


def authcfg_parameter(said: str | None) -> str:
    """The id of an entry in QGIS's store of passwords, which is none itself; empty: QGIS asks."""
    if said and not _AUTHCFG.fullmatch(said):
        raise invalid_field("authcfg", "invalid")
    return said or ""


def map_crs_parameter(said: str | None) -> str:
    if said and said not in MAP_CRS:
        raise invalid_field("crs", "crs_unknown")
    return said or MAP_CRS[1]


def project(actor: Actor, link: Link, lang: str, *, box: Sequence[float], crs: str, authcfg: str) -> bytes:
    """The project as XML, its map in `crs` over `box` (degrees: west, south, east, north)."""
    title = told(NAME, lang)
    root = Element("qgis", projectname=title, version=VERSION)
    SubElement(root, "title").text = title
    _put_crs(SubElement(root, "projectCrs"), crs)
    tree, kept = SubElement(root, "layer-tree-group"), Element("projectlayers")
    for one in _LAYERS:
        if actor.may(COLLECTIONS[one.collection].needs):
            layer = _features(one, link, lang, authcfg)
            _put_in_tree(tree, layer, one.is_shown)
            kept.append(layer)
    group = SubElement(
        tree, "layer-tree-group", name=_tiles_title(lang), checked="Qt::Unchecked", expanded="0"
    )
    tiles = _tiles(actor, link, lang, authcfg)
    _put_in_tree(group, tiles, is_shown=False)
    kept.append(tiles)
    canvas = SubElement(root, "mapcanvas", name="theMapCanvas", annotationsVisible="1")
    SubElement(canvas, "units").text = "degrees" if pyproj.CRS(crs).is_geographic else "meters"
    extent = SubElement(canvas, "extent")
    for name, value in zip(("xmin", "ymin", "xmax", "ymax"), _on_map(box, crs), strict=True):
        SubElement(extent, name).text = repr(value)
    SubElement(canvas, "rotation").text = "0"
    _put_crs(SubElement(canvas, "destinationsrs"), crs)
    root.append(kept)
    # Without it QGIS takes the map for one that has no reference system.
    uses_crs = SubElement(SubElement(root, "properties"), "SpatialRefSys")
    SubElement(uses_crs, "ProjectionsEnabled", type="int").text = "1"
    return written(_HEAD, root)


def _on_map(box: Sequence[float], crs: str) -> tuple[float, float, float, float]:
    west, south, east, north = box
    margin = max(east - west, north - south, 0.001) * 0.05
    turn = pyproj.Transformer.from_crs(4326, crs, always_xy=True)
    found = turn.transform_bounds(
        max(west - margin, -180), max(south - margin, -85), min(east + margin, 180), min(north + margin, 85)
    )
    return tuple(float(value) for value in found)  # type: ignore[return-value]


def _put_crs(parent: Element, authid: str) -> None:
    """QGIS believes the text; the name alone it does not look up."""
    said = SubElement(parent, "spatialrefsys", nativeFormat="Wkt")
    SubElement(said, "wkt").text = pyproj.CRS(authid).to_wkt()
    SubElement(said, "authid").text = authid


def _put_in_tree(tree: Element, layer: Element, is_shown: bool) -> None:
    SubElement(
        tree,
        "layer-tree-layer",
        id=_text(layer, "id"),
        name=_text(layer, "layername"),
        providerKey=_text(layer, "provider"),
        source=_text(layer, "datasource"),
        checked="Qt::Checked" if is_shown else "Qt::Unchecked",
        expanded="0",
    )


def _text(layer: Element, name: str) -> str:
    return layer.findtext(name) or ""


def _layer(id: str, title: str, source: str, provider: str, crs: str, **more: str) -> Element:
    made = Element("maplayer", dict(more))
    SubElement(made, "id").text = id
    SubElement(made, "datasource").text = source
    SubElement(made, "layername").text = title
    _put_crs(SubElement(made, "srs"), crs)
    SubElement(made, "provider", encoding="UTF-8").text = provider
    return made


def _features(one: Drawn, link: Link, lang: str, authcfg: str) -> Element:
    """Everything quoted as QGIS quotes it: a quote or a backslash in a value has a backslash before it."""
    collection = COLLECTIONS[one.collection]
    facts = {"url": link("", ""), "typename": one.collection, "pagingEnabled": "true"}
    if one.collection in _BY_PLACE:
        facts["restrictToRequestBBOX"] = "1"
    source = " ".join(f"{name}='{_quoted(value)}'" for name, value in facts.items())
    if authcfg:
        source += f" authcfg={authcfg}"
    is_point = collection.geometry_kind == "Point"
    made = _layer(
        f"gridward_{one.collection.replace('-', '_')}",
        told(collection.title, lang),
        source,
        "OAPIF",
        "OGC:CRS84",
        type="vector",
        geometry="Point" if is_point else "Polygon",
        wkbType="Point" if is_point else "MultiPolygon",
        hasScaleBasedVisibilityFlag="1" if one.scale else "0",
        minScale=str(one.scale),
        maxScale="0",
        labelsEnabled="1" if one.label else "0",
        styleCategories="AllStyleCategories",
    )
    kind = "Point" if is_point else "Polygon"
    if one.by is None:
        made.append(symbols.single(kind, one.look))
    else:
        attribute, values = one.by
        classes = [
            Class(value, told(label, lang), Look(colour, one.look.size, one.look.fill))
            for value, label, colour in values
        ]
        made.append(symbols.by_value(kind, attribute, classes, Class("", told(_OTHERS, lang), one.look)))
    if one.label:
        made.append(symbols.labels(one.label, one.look.colour, one.scale))
    return made


def _quoted(value: str) -> str:
    return value.replace("\\", "\\\\").replace("'", "\\'")


def _tiles_title(lang: str) -> str:
    return told(("Vector tiles", "矢量瓦片"), lang)


def _tiles(actor: Actor, link: Link, lang: str, authcfg: str) -> Element:
    # Braces stay out of the address: QGIS puts z, y and x in for what it finds when it has decoded it.
    url = quote(link(f"/tiles/{MATRIX_SET}/{{z}}/{{y}}/{{x}}", ""), safe=":/")
    source = f"type=xyz&url={url}&zmin=0&zmax={ZOOM_USEFUL}"
    if authcfg:
        source += f"&authcfg={authcfg}"
    made = _layer(
        "gridward_tiles",
        _tiles_title(lang),
        source,
        "xyzvectortiles",
        "EPSG:3857",
        type="vector-tile",
        labelsEnabled="0",
        styleCategories="AllStyleCategories",
    )
    looks = [
        (
            layer.collection.id,
            told(layer.collection.title, lang),
            "Point" if layer.is_points else "Polygon",
            _IN_TILES[layer.collection.id],
            layer.zoom_min,
        )
        for layer in together(actor)
    ]
    made.append(symbols.tile_styles(looks))
    return made
