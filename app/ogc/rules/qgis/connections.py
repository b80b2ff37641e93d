"""XML files of connections to layers and tiles, as QGIS exports and imports them."""

from xml.etree.ElementTree import Element, SubElement, tostring

from app.ogc.rules.descriptions import NAME, Link, localized
from app.ogc.rules.tilesets import BASE_MAP_PATH, BASE_MAP_TITLE
from app.ogc.rules.tiling import MATRIX_SET, ZOOM_USEFUL

_HEAD = "<!DOCTYPE connections>\n"


def xml_bytes(head: str, root: Element) -> bytes:
    """Return the XML document with its prolog, in UTF-8."""
    return f"{head}{tostring(root, encoding='unicode')}\n".encode()


def feature_connections(link: Link, lang: str) -> bytes:
    """Return the connection to OGC API Features in the format of QGIS 3.40.

    The file has no credentials: QGIS asks for user and password.
    """
    root = Element("qgsWFSConnections", version="1.1")
    SubElement(
        root,
        "wfs",
        {
            "name": localized(NAME, lang),
            "url": link("/", ""),
            "version": "OGC_API_FEATURES",
            "maxnumfeatures": "",
            "pagesize": "",
            "pagingenabled": "default",
            "ignoreAxisOrientation": "0",
            "invertAxisOrientation": "0",
            "featureMode": "default",
        },
    )
    return xml_bytes(_HEAD, root)


def tile_connections(link: Link, lang: str, authcfg: str, *, base_zoom: int | None = None) -> bytes:
    """Return the connections to the vector tiles in the format of QGIS 3.40.

    Args:
        base_zoom: Deepest zoom of the base map; None: there is none.
        authcfg: Id of an entry in QGIS's password store, or empty.
    """
    root = Element("qgsVectorTileConnections", version="1.0")
    connections = [(localized(NAME, lang), "/tiles", ZOOM_USEFUL)]
    if base_zoom is not None:
        name = f"{localized(NAME, lang)}: {localized(BASE_MAP_TITLE, lang)}"
        connections.append((name, BASE_MAP_PATH, base_zoom))
    for name, path, zoom in connections:
        SubElement(
            root,
            "vectortile",
            {
                "name": name,
                "url": link(f"{path}/{MATRIX_SET}/{{z}}/{{y}}/{{x}}", ""),
                "zmin": "0",
                "zmax": str(zoom),
                "serviceType": "",
                "authcfg": authcfg,
                "username": "",
                "password": "",
                "styleUrl": "",
            },
        )
    return xml_bytes(_HEAD, root)
