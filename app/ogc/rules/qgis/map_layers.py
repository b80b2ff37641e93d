"""Layers of a QGIS project: the element of any layer, and of a layer of vector tiles."""

from urllib.parse import quote
from xml.etree.ElementTree import Element, SubElement

import pyproj

from app.ogc.rules.descriptions import Link
from app.ogc.rules.tiling import MATRIX_SET


def append_crs(parent: Element, authid: str) -> None:
    """Append a CRS as WKT, because QGIS does not resolve a CRS that has only a name."""
    element = SubElement(parent, "spatialrefsys", nativeFormat="Wkt")
    SubElement(element, "wkt").text = pyproj.CRS(authid).to_wkt()
    SubElement(element, "authid").text = authid


def map_layer(id: str, title: str, source: str, provider: str, crs: str, **attributes: str) -> Element:
    """Return a layer without a renderer."""
    element = Element("maplayer", dict(attributes))
    SubElement(element, "id").text = id
    SubElement(element, "datasource").text = source
    SubElement(element, "layername").text = title
    append_crs(SubElement(element, "srs"), crs)
    SubElement(element, "provider", encoding="UTF-8").text = provider
    return element


def tile_layer(id: str, title: str, path: str, link: Link, authcfg: str, *, max_zoom: int) -> Element:
    """Return a layer of vector tiles without a renderer.

    Args:
        path: Path of the tileset below `/ogc`.
        max_zoom: Deepest zoom of the tiles; QGIS enlarges them beyond it.
    """
    # Braces stay out of the address: QGIS puts z, y and x in for what it finds when it has decoded it.
    url = quote(link(f"{path}/{MATRIX_SET}/{{z}}/{{y}}/{{x}}", ""), safe=":/")
    source = f"type=xyz&url={url}&zmin=0&zmax={max_zoom}"
    if authcfg:
        source += f"&authcfg={authcfg}"
    return map_layer(
        id,
        title,
        source,
        "xyzvectortiles",
        "EPSG:3857",
        type="vector-tile",
        labelsEnabled="0",
        styleCategories="AllStyleCategories",
    )
