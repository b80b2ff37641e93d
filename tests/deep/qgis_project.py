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
    result: dict = {"connections": take_in(connections, tiles)}
    canvas = QgsMapCanvas()
    canvas.setObjectName("theMapCanvas")
    opened = QgsProject.instance()
    opened.readProject.connect(canvas.readProject)
    result["is_read"] = opened.read(project)
    result["error"] = opened.error()
    result["title"], result["crs"] = opened.title(), opened.crs().authid()
    extent = canvas.extent()
    result["extent"] = [extent.xMinimum(), extent.yMinimum(), extent.xMaximum(), extent.yMaximum()]
    result["layers"] = [
        description_of(node.layer(), node.isVisible()) for node in opened.layerTreeRoot().findLayers()
    ]
    shown = [node.layer() for node in opened.layerTreeRoot().findLayers() if node.isVisible()]
    result["features"] = draw(shown, opened, extent, picture)
    tiles_only = [node.layer() for node in opened.layerTreeRoot().findLayers() if not node.isVisible()]
    draw(
        [layer for layer in tiles_only if layer.providerType() != "OAPIF"],
        opened,
        extent,
        picture + ".tiles.png",
    )
    return result


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


def description_of(layer, is_visible: bool) -> dict:
    description = {
        "id": layer.id(),
        "name": layer.name(),
        "is_valid": layer.isValid(),
        "is_visible": is_visible,
        "provider": layer.providerType(),
        "source": layer.source(),
        "error": layer.error().summary(),
    }
    if description["provider"] == "OAPIF" and layer.isValid():
        description["count"] = sum(1 for _ in layer.getFeatures())
        # A layer in which this reader sees nothing is a table for QGIS: it takes the kind of geometry from features.
        description["renderer"] = layer.renderer().type() if layer.isSpatial() else None
        description["wkb"] = (
            layer.wkbType().name if hasattr(layer.wkbType(), "name") else int(layer.wkbType())
        )
        if description["renderer"] == "categorizedSymbol":
            description["categories"] = [category.value() for category in layer.renderer().categories()]
        description["min_scale"] = layer.minimumScale() if layer.hasScaleBasedVisibility() else 0
    return description


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
