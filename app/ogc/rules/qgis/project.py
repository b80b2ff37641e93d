"""A QGIS project with the layers that the reader may read, zoomed to the reader's areas."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement

import pyproj

from app.core.actor import Actor
from app.core.errors import invalid_field
from app.ogc.rules.collections import COLLECTIONS
from app.ogc.rules.collections.definition import Titles
from app.ogc.rules.crs import URIS
from app.ogc.rules.descriptions import NAME, Link, localized
from app.ogc.rules.legend import STATES
from app.ogc.rules.qgis import symbols
from app.ogc.rules.qgis.base_map import base_map
from app.ogc.rules.qgis.connections import xml_bytes
from app.ogc.rules.qgis.map_layers import append_crs, map_layer, tile_layer
from app.ogc.rules.qgis.symbols import Class, SymbolStyle, TileStyle
from app.ogc.rules.tiling import ZOOM_USEFUL, combined_layers

_HEAD = "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"
# The project has the format of this version; later versions convert it when they save it.
VERSION = "3.40.6-Bratislava"
PROJECT = "application/x-qgis-project"
_AUTHCFG = re.compile(r"[A-Za-z0-9]{7}")
MAP_CRS = tuple(f"EPSG:{uri.rpartition('/')[2]}" for uri in URIS if "/EPSG/" in uri)
_SEVERITIES: tuple[tuple[str, Titles, str], ...] = (
    ("error", ("Errors", "错误"), "#dc2626"),
    ("warning", ("Warnings", "警告"), "#d97706"),
    ("info", ("Information", "提示"), "#0284c7"),
)
_OTHER_CLASS = ("Others", "其他")


@dataclass(frozen=True, slots=True)
class ProjectLayer:
    """A layer of the project.

    Attributes:
        scale: Denominator of the smallest scale at which the layer is drawn; 0: it is always drawn.
        classes: (property, (value, titles, colour) of each of its values that has a colour of its own). None: one colour for
            all features.
        label: The property whose value labels the features; None: no labels.
    """

    collection: str
    style: SymbolStyle
    scale: int = 0
    classes: tuple[str, tuple[tuple[str, Titles, str], ...]] | None = None
    label: str | None = None
    is_shown: bool = True


# From top to bottom.
_LAYERS = (
    ProjectLayer("incidents", SymbolStyle("#6b7280", 2.6), 100_000, ("status", STATES)),
    ProjectLayer("grid-findings", SymbolStyle("#6b7280", 0.6, 0.25), 0, ("severity", _SEVERITIES)),
    ProjectLayer("signals", SymbolStyle("#b45309", 0.8, 0.2)),
    ProjectLayer("components", SymbolStyle("#2a7f62", 1.4), 10_000),
    ProjectLayer("premises", SymbolStyle("#8c6d31", 1.2), 10_000),
    ProjectLayer("grids", SymbolStyle("#64748b", 0.3), 50_000, label="name_zh"),
    ProjectLayer("communities", SymbolStyle("#7a6f9b", 0.5), 200_000),
    ProjectLayer("streets", SymbolStyle("#5b5b8a", 0.7)),
    ProjectLayer("districts", SymbolStyle("#404040", 1.0)),
    ProjectLayer("unit-areas", SymbolStyle("#0f766e", 0.4), is_shown=False),
)
_TILE_SYMBOLS = {project_layer.collection: project_layer.style for project_layer in _LAYERS} | {
    "households": SymbolStyle("#8c6d31", 1.2)
}
# Layers that are requested for the visible extent only.
_BBOX_RESTRICTED = ("incidents", "components", "premises")


def authcfg_parameter(text: str | None) -> str:
    """Return the id of an entry in QGIS's password store. Empty: QGIS asks for the password."""
    if text and not _AUTHCFG.fullmatch(text):
        raise invalid_field("authcfg", "invalid")
    return text or ""


def map_crs_parameter(text: str | None) -> str:
    """Return the CRS of the map that a query parameter names.

    Raises:
        Invalid: The CRS is unknown.
    """
    if text and text not in MAP_CRS:
        raise invalid_field("crs", "crs_unknown")
    return text or MAP_CRS[1]


def project(
    actor: Actor,
    link: Link,
    lang: str,
    *,
    box: Sequence[float],
    crs: str,
    authcfg: str,
    base_zoom: int | None = None,
) -> bytes:
    """Return the QGIS project as XML.

    Args:
        base_zoom: Deepest zoom of the base map, which is drawn below all layers; None: there is none.
        crs: The CRS of the map.
        box: The part of the map that is shown first, in degrees: west, south, east, north.
    """
    title = localized(NAME, lang)
    root = Element("qgis", projectname=title, version=VERSION)
    SubElement(root, "title").text = title
    append_crs(SubElement(root, "projectCrs"), crs)
    tree, project_layers = SubElement(root, "layer-tree-group"), Element("projectlayers")
    for project_layer in _LAYERS:
        if actor.may(COLLECTIONS[project_layer.collection].needs):
            layer = _features(project_layer, link, lang, authcfg)
            _append_to_tree(tree, layer, project_layer.is_shown)
            project_layers.append(layer)
    group = SubElement(
        tree, "layer-tree-group", name=_tiles_title(lang), checked="Qt::Unchecked", expanded="0"
    )
    tiles = _tiles(actor, link, lang, authcfg)
    _append_to_tree(group, tiles, is_shown=False)
    project_layers.append(tiles)
    if base_zoom is not None:
        background = base_map(link, lang, authcfg, max_zoom=base_zoom)
        _append_to_tree(tree, background, is_shown=True)
        project_layers.append(background)
    canvas = SubElement(root, "mapcanvas", name="theMapCanvas", annotationsVisible="1")
    SubElement(canvas, "units").text = "degrees" if pyproj.CRS(crs).is_geographic else "meters"
    extent = SubElement(canvas, "extent")
    for name, value in zip(("xmin", "ymin", "xmax", "ymax"), _map_extent(box, crs), strict=True):
        SubElement(extent, name).text = repr(value)
    SubElement(canvas, "rotation").text = "0"
    append_crs(SubElement(canvas, "destinationsrs"), crs)
    root.append(project_layers)
    # Without it QGIS takes the map for one that has no reference system.
    uses_crs = SubElement(SubElement(root, "properties"), "SpatialRefSys")
    SubElement(uses_crs, "ProjectionsEnabled", type="int").text = "1"
    return xml_bytes(_HEAD, root)


def _map_extent(box: Sequence[float], crs: str) -> tuple[float, float, float, float]:
    west, south, east, north = box
    margin = max(east - west, north - south, 0.001) * 0.05
    transformer = pyproj.Transformer.from_crs(4326, crs, always_xy=True)
    bounds = transformer.transform_bounds(
        max(west - margin, -180), max(south - margin, -85), min(east + margin, 180), min(north + margin, 85)
    )
    return tuple(float(value) for value in bounds)  # type: ignore[return-value]


def _append_to_tree(tree: Element, layer: Element, is_shown: bool) -> None:
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


def _features(project_layer: ProjectLayer, link: Link, lang: str, authcfg: str) -> Element:
    """Return the layer of a collection; values are quoted with backslashes, as in QGIS."""
    collection = COLLECTIONS[project_layer.collection]
    facts = {"url": link("", ""), "typename": project_layer.collection, "pagingEnabled": "true"}
    if project_layer.collection in _BBOX_RESTRICTED:
        facts["restrictToRequestBBOX"] = "1"
    source = " ".join(f"{name}='{_quoted(value)}'" for name, value in facts.items())
    if authcfg:
        source += f" authcfg={authcfg}"
    is_point = collection.geometry_kind == "Point"
    element = map_layer(
        f"gridward_{project_layer.collection.replace('-', '_')}",
        localized(collection.title, lang),
        source,
        "OAPIF",
        "OGC:CRS84",
        type="vector",
        geometry="Point" if is_point else "Polygon",
        wkbType="Point" if is_point else "MultiPolygon",
        hasScaleBasedVisibilityFlag="1" if project_layer.scale else "0",
        minScale=str(project_layer.scale),
        maxScale="0",
        labelsEnabled="1" if project_layer.label else "0",
        styleCategories="AllStyleCategories",
    )
    kind = "Point" if is_point else "Polygon"
    if project_layer.classes is None:
        element.append(symbols.single(kind, project_layer.style))
    else:
        attribute, values = project_layer.classes
        symbol_classes = [
            Class(
                value,
                localized(label, lang),
                SymbolStyle(colour, project_layer.style.size, project_layer.style.fill),
            )
            for value, label, colour in values
        ]
        element.append(
            symbols.by_value(
                kind, attribute, symbol_classes, Class("", localized(_OTHER_CLASS, lang), project_layer.style)
            )
        )
    if project_layer.label:
        element.append(symbols.labels(project_layer.label, project_layer.style.colour, project_layer.scale))
    return element


def _quoted(value: str) -> str:
    return value.replace("\\", "\\\\").replace("'", "\\'")


def _tiles_title(lang: str) -> str:
    return localized(("Vector tiles", "矢量瓦片"), lang)


def _tiles(actor: Actor, link: Link, lang: str, authcfg: str) -> Element:
    title = _tiles_title(lang)
    element = tile_layer("gridward_tiles", title, "/tiles", link, authcfg, max_zoom=ZOOM_USEFUL)
    tile_styles = [
        TileStyle(
            layer.collection.id,
            localized(layer.collection.title, lang),
            "Point" if layer.is_points else "Polygon",
            _TILE_SYMBOLS[layer.collection.id],
            layer.zoom_min,
        )
        for layer in combined_layers(actor)
    ]
    element.append(symbols.tile_styles(tile_styles))
    return element
