"""Files for QGIS: layers and extent of the reader, in the language of the reader, without secrets."""

from urllib.parse import unquote
from xml.etree import ElementTree

import pytest
from pyproj import Transformer

from app.core.actor import Role
from app.ogc.rules.collections import COLLECTIONS
from tests.ogc.conftest import Map

ALL = [
    *("incidents", "grid-findings", "signals", "components", "premises"),
    *("grids", "communities", "streets", "districts", "unit-areas"),
]


def project(reader: Map, **options: str) -> ElementTree.Element:
    answer = reader.get("/qgis/project.qgs", **options)
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Disposition"] == 'attachment; filename="gridward.qgs"'
    assert reader.person.token not in answer.text
    return ElementTree.fromstring(answer.text.partition("\n")[2])


def sources(root: ElementTree.Element) -> dict[str, str]:
    return {str(layer.findtext("id")): str(layer.findtext("datasource")) for layer in root.iter("maplayer")}


def test_project_has_layers_readable_by_its_reader(app, city, gis):
    root = project(gis)
    named = sources(root)
    assert list(named) == [f"gridward_{name.replace('-', '_')}" for name in ALL] + ["gridward_tiles"]
    for name in ALL:
        source = named[f"gridward_{name.replace('-', '_')}"]
        assert f"url='http://localhost/ogc' typename='{name}'" in source and "authcfg" not in source
    # The tree has what the list has, and the same sources.
    tree = {layer.get("id"): layer.get("source") for layer in root.iter("layer-tree-layer")}
    assert tree == named
    handler = sources(project(Map(city.handler())))
    assert "gridward_premises" not in handler and "gridward_grids" in handler


def test_project_layer_urls_are_served(gis):
    named = sources(project(gis))
    for name in ALL:
        url = named[f"gridward_{name.replace('-', '_')}"].partition("url='")[2].partition("'")[0]
        answer = gis.follow(f"{url}/collections/{name}?f=json")
        assert (answer.status_code, answer.json["id"]) == (200, name)
    facts = dict(part.partition("=")[::2] for part in named["gridward_tiles"].split("&"))
    tile = unquote(facts["url"]).format(z=0, y=0, x=0)
    assert gis.follow(f"{tile}?").status_code in (200, 204)


def test_project_titles_follow_accept_language(gis):
    for lang, n in (("zh-CN", 1), ("en", 0)):
        root = project(gis, headers={"Accept-Language": lang})
        names = [layer.findtext("layername") for layer in root.iter("maplayer")]
        assert names[:-1] == [COLLECTIONS[name].title[n] for name in ALL]
        states = {category.get("label") for category in root.iter("category")}
        assert ("处置中", "Being handled")[1 - n] in states


@pytest.mark.parametrize("crs", ["EPSG:3857", "EPSG:4490", "EPSG:4549"])
def test_project_extent_covers_reader_areas(city, crs):
    root = project(Map(city.person(Role.GIS, area="c1")), crs=crs)
    assert root.findtext("projectCrs/spatialrefsys/authid") == crs
    extent = [
        float(root.findtext(f"mapcanvas/extent/{name}") or "nan") for name in ("xmin", "ymin", "xmax", "ymax")
    ]
    back = Transformer.from_crs(crs, 4326, always_xy=True)
    middle = back.transform((extent[0] + extent[2]) / 2, (extent[1] + extent[3]) / 2)
    assert middle == pytest.approx(tuple(city.at(0.5, 1).values()), abs=0.002)


def test_project_accepts_authcfg_only(gis):
    named = sources(project(gis, authcfg="abc1234"))
    assert all(source.endswith("authcfg=abc1234") for source in named.values())
    for wrong in ("abc", "abc12345", "abc 123", "a'b1234"):
        answer = gis.get("/qgis/project.qgs", authcfg=wrong)
        assert (answer.status_code, answer.json["errors"][0]["field"]) == (400, "authcfg")
    assert gis.get("/qgis/project.qgs", crs="EPSG:27700").status_code == 400
    assert gis.get("/qgis/project.qgs", token="x").status_code == 400


def test_connection_files_have_qgis_format(gis):
    answer = gis.get("/qgis/connections.xml")
    root = ElementTree.fromstring(answer.text.partition("\n")[2])
    assert answer.text.startswith("<!DOCTYPE connections>\n")
    assert (root.tag, root.get("version"), [element.tag for element in root]) == (
        "qgsWFSConnections",
        "1.1",
        ["wfs"],
    )
    assert (root[0].get("url"), root[0].get("version")) == ("http://localhost/ogc/", "OGC_API_FEATURES")
    answer = gis.get("/qgis/vector-tiles.xml", authcfg="abc1234")
    root = ElementTree.fromstring(answer.text.partition("\n")[2])
    assert (root.tag, [element.tag for element in root]) == ("qgsVectorTileConnections", ["vectortile"])
    assert root[0].get("url") == "http://localhost/ogc/tiles/WebMercatorQuad/{z}/{y}/{x}"
    assert root[0].get("authcfg") == "abc1234"
    for part in (
        root[0],
        ElementTree.fromstring(gis.get("/qgis/connections.xml").text.partition("\n")[2])[0],
    ):
        assert not part.get("username") and not part.get("password")


def test_landing_page_links_to_qgis_files(gis):
    links = {entry["href"] for entry in gis.get("/").json["links"] if entry["rel"] == "related"}
    assert links == {
        f"http://localhost/ogc/qgis/{name}" for name in ("project.qgs", "connections.xml", "vector-tiles.xml")
    }
    assert all(gis.follow(f"{href}?").status_code == 200 for href in links)
