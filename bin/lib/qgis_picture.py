"""A picture of QGIS with the project that a server makes: qgis_picture.py ADDRESS FILE.

QGIS runs with a profile of its own on a virtual screen (xvfb). It needs nothing but the standard library, so that it
also runs where only QGIS is installed.
"""

import json
import os
import subprocess
import sys
import tempfile
import urllib.request
from base64 import b64encode
from pathlib import Path
from typing import Any

ENTRY = "gridwd1"
SCREEN = "1280x800x24"
# The middle of the demo city's street, longitude and latitude (EPSG:4326).
CENTRE = "120.114,30.2787"
# QGIS runs this inside its window: the entry of the password store first, then the project, then the picture.
STARTUP = """
import os
from qgis.core import (
    QgsApplication,
    QgsAuthMethodConfig,
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsPointXY,
    QgsProject,
    QgsRectangle,
)
from qgis.PyQt.QtCore import QTimer
from qgis.PyQt.QtWidgets import QDockWidget
from qgis.utils import iface

WIDTH_M = 4_000

entry = QgsAuthMethodConfig("Basic")
entry.setId(os.environ["ENTRY"])
entry.setName("Gridward")
entry.setConfig("username", "me")
entry.setConfig("password", os.environ["TOKEN"])
QgsApplication.authManager().setMasterPassword("a master password", True)
QgsApplication.authManager().storeAuthenticationConfig(entry)


def open_project():
    window = iface.mainWindow()
    window.setGeometry(0, 0, 1280, 800)
    for panel in window.findChildren(QDockWidget):
        panel.setVisible(panel.objectName() == "Layers")
    iface.addProject(os.environ["PROJECT"])
    QTimer.singleShot(20_000, take_picture)


def take_picture():
    iface.messageBar().clearWidgets()
    project = QgsProject.instance()
    for node in project.layerTreeRoot().findLayers():
        # The findings of the audit cover the grids.
        if "finding" in node.layer().source():
            node.setItemVisibilityChecked(False)
        node.setExpanded("incidents" in node.layer().source())
    to_map = QgsCoordinateTransform(QgsCoordinateReferenceSystem("EPSG:4326"), project.crs(), project)
    centre = to_map.transform(QgsPointXY(*map(float, os.environ["CENTRE"].split(","))))
    iface.mapCanvas().setExtent(QgsRectangle.fromCenterAndSize(centre, WIDTH_M, WIDTH_M))
    iface.mapCanvas().refresh()
    QTimer.singleShot(30_000, lambda: (iface.mainWindow().grab().save(os.environ["PICTURE"]), os._exit(0)))


QTimer.singleShot(3_000, open_project)
"""


def ask(url: str, token: str | None = None, body: dict[str, Any] | None = None) -> Any:
    headers = {"Content-Type": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    data = json.dumps(body).encode() if body else None
    with urllib.request.urlopen(urllib.request.Request(url, data, headers), timeout=60) as answer:
        return json.load(answer)


def project_of(address: str, folder: Path) -> tuple[Path, str]:
    """Return the file of the project and the token that it is opened with."""
    password = os.environ.get("GRIDWARD_DEMO_PASSWORD", "gridward-demo")
    sign_in = {"username": "demo-gis", "password": password, "device_id": "picture"}
    session = ask(f"{address}/api/v1/auth/token", body=sign_in)["access_token"]
    wish = {"label": "Picture of QGIS", "password": password}
    token = ask(f"{address}/api/v1/tokens", session, wish)["token"]
    basic = b64encode(f"me:{token}".encode()).decode()
    request = urllib.request.Request(
        f"{address}/ogc/qgis/project.qgs?authcfg={ENTRY}", headers={"Authorization": f"Basic {basic}"}
    )
    path = folder / "project.qgs"
    with urllib.request.urlopen(request, timeout=60) as answer:
        path.write_bytes(answer.read())
    return path, token


def main() -> int:
    address, picture = sys.argv[1].rstrip("/"), Path(sys.argv[2]).absolute()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        project, token = project_of(address, folder)
        (folder / "startup.py").write_text(STARTUP)
        environment = os.environ | {
            "ENTRY": ENTRY,
            "TOKEN": token,
            "PROJECT": str(project),
            "PICTURE": str(picture),
            "CENTRE": CENTRE,
            "HOME": name,
        }
        command = ["xvfb-run", "-a", "-s", f"-screen 0 {SCREEN}", "qgis", "--nologo", "--noversioncheck"]
        command += ["--profiles-path", name, "--code", str(folder / "startup.py")]
        subprocess.run(command, env=environment, timeout=240, check=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
