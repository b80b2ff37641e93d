"""Our files for QGIS, opened by QGIS itself behind nginx: connections, and a project whose every layer loads and is drawn."""

import base64
import json
import os
import subprocess
import urllib.request
from pathlib import Path
from typing import Any

import pyproj

from app.core import clock, db
from app.core.actor import SYSTEM
from app.core.ids import uuid7
from app.grids import jobs as grids
from app.households import service as households
from tests.deep.test_qgis import PYTHON, proxied, pytestmark
from tests.live.processes import as_job_worker
from tests.ogc.test_clients import MANY, Site, site

__all__ = ["proxied", "pytestmark", "site"]
AUTHCFG = "gridwd1"
CASES = 40


def download(url: str, token: str, target: Path, lang: str = "zh-CN") -> str:
    credentials = base64.b64encode(f"me:{token}".encode()).decode()
    headers = {"Authorization": f"Basic {credentials}", "Accept-Language": lang}
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=30) as answer:
        target.write_bytes(answer.read())
    return target.read_text()


def furnish(city: Any) -> None:
    """Cases in several states, premises in and out of grids, and an audit of the shapes."""
    worker = city.worker("g1", capacity=CASES)
    boss = city.supervisor()
    for n in range(CASES):
        place = city.at(0.1 + 0.8 * (n % 8) / 8, 1.1 + 0.8 * (n // 8) / 8)
        body = {"id": str(uuid7()), **place, "category": "E0102", "description": "垃圾堆积"}
        made = worker.post("/incidents", body).json
        if n % 4 == 0:
            step = {"action": "force_close", "note": "twice"}
            assert boss.post(f"/incidents/{made['id']}/transitions", step).status_code == 200
    rows = [
        {"id": uuid7(), "jurisdiction_id": city.jurisdiction_id, "address": f"文三路 {n} 号", **place}
        for n, place in enumerate([city.in_grid("g2"), city.in_no_grid(), city.at(1.7, 0.2)])
    ]
    with db.transaction(SYSTEM) as session:
        households.insert_many(session, SYSTEM, rows=rows)
    with as_job_worker(city.settings):
        grids.run_due(clock.now())


def opened(*arguments: Any) -> dict[str, Any]:
    """What QGIS says of the files, with a profile of its own."""
    home = arguments[0].parent / "home"
    home.mkdir()
    script = Path(__file__).with_name("qgis_project.py")
    env = {"PATH": os.environ["PATH"], "QT_QPA_PLATFORM": "offscreen", "HOME": str(home)}
    outcome = subprocess.run(
        [PYTHON, str(script), *map(str, arguments)], capture_output=True, text=True, timeout=300, env=env
    )
    assert outcome.returncode == 0, outcome.stderr
    result: dict[str, Any] = json.loads(outcome.stdout)
    return result


def test_qgis_opens_project_and_draws_every_layer(site: Site, proxied: str, tmp_path: Path) -> None:
    furnish(site.city)
    project, connections, tiles = (tmp_path / name for name in ("gridward.qgs", "wfs.xml", "tiles.xml"))
    texts = [
        download(f"{proxied}/qgis/project.qgs?authcfg={AUTHCFG}", site.reader, project),
        download(f"{proxied}/qgis/connections.xml", site.reader, connections),
        download(f"{proxied}/qgis/vector-tiles.xml?authcfg={AUTHCFG}", site.reader, tiles),
    ]
    assert not any(site.reader in text for text in texts)
    picture = Path(os.environ.get("GRIDWARD_TEST_PICTURES", str(tmp_path))) / "project.png"
    result = opened(project, connections, tiles, AUTHCFG, site.reader, picture)
    assert result["is_read"] and not result["error"], result
    assert (result["title"], result["crs"]) == ("网格管理", "EPSG:3857")
    connections_read = result["connections"]
    assert connections_read["names"] == ["网格管理"]
    assert {value for key, value in connections_read.items() if key.endswith("/url")} == {
        f"{proxied}/",
        f"{proxied}/tiles/WebMercatorQuad/{{z}}/{{y}}/{{x}}",
    }
    assert "OGC_API_FEATURES" in connections_read.values() and AUTHCFG in connections_read.values()
    layers = {layer["id"].removeprefix("gridward_"): layer for layer in result["layers"]}
    assert all(layer["is_valid"] for layer in layers.values()), result["layers"]
    assert {name: layer.get("count") for name, layer in layers.items() if name != "grid_findings"} == {
        "incidents": CASES,
        "components": MANY,
        "premises": 3,
        "grids": 4,
        "communities": 2,
        "streets": 1,
        "districts": 1,
        "unit_areas": 2,
        "signals": 0,  # shown to directors of areas only
        "tiles": None,
    }
    # Three grids without a worker, the gap, the premises in it.
    assert layers["grid_findings"]["count"] == 5
    assert layers["incidents"]["renderer"] == layers["grid_findings"]["renderer"] == "categorizedSymbol"
    assert {"dispatched", "accepted", "closed"} <= set(layers["incidents"]["categories"])
    assert layers["grids"]["name"] == "网格" and layers["tiles"]["name"] == "矢量瓦片"
    # The map is the reader's street, with little around it.
    west, south, east, north = result["extent"]
    turn = pyproj.Transformer.from_crs(4326, 3857, always_xy=True)
    low, high = (turn.transform(*site.city.at(n, n).values()) for n in (0, 2))
    assert west < low[0] < high[0] < east and south < low[1] < high[1] < north
    assert min((east - west) / (high[0] - low[0]), (north - south) / (high[1] - low[1])) < 1.2
    assert result["features"] > 2_000  # pixels of the picture that are not white
    assert picture.stat().st_size > 10_000 and Path(f"{picture}.tiles.png").stat().st_size > 10_000
