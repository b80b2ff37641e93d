"""What a person does with our files in QGIS, run by the Python that QGIS is installed for; says JSON.

`python3 qgis_project.py PROJECT CONNECTIONS TILES AUTHCFG TOKEN PICTURE`
"""

import json
import os
import sys

from qgis.core import (
    QgsApplication,
    QgsAuthMethodConfig,
    QgsMapRendererParallelJob,
    QgsMapSettings,
    QgsOwsConnection,
    QgsProject,
    QgsSettings,
)
from qgis.gui import QgsManageConnectionsDialog, QgsMapCanvas
from qgis.PyQt.QtCore import QSize
from qgis.PyQt.QtGui import QColor


def main(project: str, connections: str, tiles: str, authcfg: str, token: str, picture: str) -> dict:
    application = QgsApplication([], True)
    application.initQgis()
    keep(authcfg, token)
    said: dict = {"connections": take_in(connections, tiles)}
    canvas = QgsMapCanvas()
    canvas.setObjectName("theMapCanvas")
    opened = QgsProject.instance()
    opened.readProject.connect(canvas.readProject)
    said["is_read"] = opened.read(project)
    said["error"] = opened.error()
    said["title"], said["crs"] = opened.title(), opened.crs().authid()
    extent = canvas.extent()
    said["extent"] = [extent.xMinimum(), extent.yMinimum(), extent.xMaximum(), extent.yMaximum()]
    said["layers"] = [told(one.layer(), one.isVisible()) for one in opened.layerTreeRoot().findLayers()]
    shown = [one.layer() for one in opened.layerTreeRoot().findLayers() if one.isVisible()]
    said["features"] = draw(shown, opened, extent, picture)
    tiles_only = [one.layer() for one in opened.layerTreeRoot().findLayers() if not one.isVisible()]
    draw([one for one in tiles_only if one.providerType() != "OAPIF"], opened, extent, picture + ".tiles.png")
    return said


def keep(authcfg: str, token: str) -> None:
    """Put the token into QGIS's store of passwords, as a person does by hand."""
    store = QgsApplication.authManager()
    assert store.setMasterPassword("a master password", True)
    entry = QgsAuthMethodConfig("Basic")
    entry.setId(authcfg)
    entry.setName("Gridward")
    entry.setConfig("username", "me")
    entry.setConfig("password", token)
    assert store.storeAuthenticationConfig(entry)[0]


def take_in(connections: str, tiles: str) -> dict:
    for kind, path in (
        (QgsManageConnectionsDialog.WFS, connections),
        (QgsManageConnectionsDialog.VectorTile, tiles),
    ):
        dialog = QgsManageConnectionsDialog(None, QgsManageConnectionsDialog.Import, kind, path)
        dialog.selectAll()
        dialog.doExportImport()
    settings = QgsSettings()
    return {
        key: settings.value(key) for key in settings.allKeys() if key.endswith(("url", "version", "authcfg"))
    } | {"names": list(QgsOwsConnection.connectionList("wfs"))}


def told(layer, is_visible: bool) -> dict:
    found = {
        "id": layer.id(),
        "name": layer.name(),
        "is_valid": layer.isValid(),
        "is_visible": is_visible,
        "provider": layer.providerType(),
        "source": layer.source(),
        "error": layer.error().summary(),
    }
    if found["provider"] == "OAPIF" and layer.isValid():
        found["count"] = sum(1 for _ in layer.getFeatures())
        found["renderer"] = layer.renderer().type()
        found["wkb"] = layer.wkbType().name if hasattr(layer.wkbType(), "name") else int(layer.wkbType())
        if found["renderer"] == "categorizedSymbol":
            found["categories"] = [category.value() for category in layer.renderer().categories()]
        found["min_scale"] = layer.minimumScale() if layer.hasScaleBasedVisibility() else 0
    return found


def draw(layers, project, extent, picture: str) -> int:
    """Draw the map at a scale at which all of it shows; how many pixels are not background."""
    settings = QgsMapSettings()
    settings.setLayers(layers)
    settings.setDestinationCrs(project.crs())
    settings.setTransformContext(project.transformContext())
    settings.setBackgroundColor(QColor("white"))
    settings.setOutputSize(QSize(1400, 1400))
    settings.setOutputDpi(96)
    settings.setExtent(extent)
    job = QgsMapRendererParallelJob(settings)
    job.start()
    job.waitForFinished()
    image = job.renderedImage()
    assert image.save(picture)
    white = QColor("white").rgb()
    return sum(image.pixel(x, y) != white for x in range(0, 1400, 2) for y in range(0, 1400, 2))


print(json.dumps(main(*sys.argv[1:])), flush=True)
os._exit(0)  # its own end brings it down now and then
