"""QGIS, unmodified, behind nginx: reads, filters and edits. Left out where there is no QGIS or no nginx."""

import json
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.endpoints import component_number
from tests.live.processes import free_port
from tests.ogc.test_clients import MANY, Site, site
from tests.waits import eventually

PYTHON = "/usr/bin/python3"  # QGIS is installed for the system's own
QGIS = Path("/usr/lib/python3/dist-packages/qgis").exists()
NGINX = shutil.which("nginx") or ("/usr/sbin/nginx" if Path("/usr/sbin/nginx").exists() else None)
pytestmark = [
    pytest.mark.deep,
    pytest.mark.skipif(not QGIS or NGINX is None, reason="there is no QGIS or no nginx here"),
]
__all__ = ["site"]


@pytest.fixture
def proxied(site: Site, tmp_path: Path) -> Iterator[str]:
    """The address of /ogc behind nginx, which writes `Location` as QGIS looks for it."""
    port, upstream = free_port(), site.url.removesuffix("/ogc")
    config = tmp_path / "nginx.conf"
    config.write_text(f"""
      daemon off; master_process off; pid {tmp_path}/pid; error_log stderr warn;
      events {{ worker_connections 256; }}
      http {{
        access_log off; client_body_temp_path {tmp_path}/b; proxy_temp_path {tmp_path}/p;
        fastcgi_temp_path {tmp_path}/f; uwsgi_temp_path {tmp_path}/u; scgi_temp_path {tmp_path}/s;
        server {{
          listen 127.0.0.1:{port};
          location / {{
            proxy_pass {upstream}; proxy_set_header Host $http_host;
            proxy_hide_header Location; add_header Location $upstream_http_location always;
          }}
        }}
      }}""")
    child = subprocess.Popen([str(NGINX), "-c", str(config)], stderr=subprocess.DEVNULL)
    try:
        eventually(lambda: _is_open(port))
        yield f"http://127.0.0.1:{port}/ogc"
    finally:
        child.kill()
        child.wait()


def _is_open(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_qgis_reads_filters_and_edits_features(site: Site, proxied: str, tmp_path: Path) -> None:
    place = site.city.in_grid("g1")
    script = Path(__file__).with_name("qgis_client.py")
    arguments = [proxied, site.editor, component_number("0302"), str(place["lon"]), str(place["lat"])]
    env = {"PATH": os.environ["PATH"], "QT_QPA_PLATFORM": "offscreen", "HOME": str(tmp_path)}
    outcome = subprocess.run(
        [PYTHON, str(script), *arguments], capture_output=True, text=True, timeout=300, env=env
    )
    assert outcome.returncode == 0, outcome.stderr
    result: dict[str, Any] = json.loads(outcome.stdout)
    assert result["is_valid"], result
    assert (result["count"], result["filtered"], result["near"], result["grids"]) == (MANY, MANY // 10, 1, 4)
    assert result["dated"] == sum(1 for n in range(MANY) if n % 28 + 1 > 20)
    assert result["fields"]["installed_on"] == "Date"
    steps = {step[0]: step[1] for step in result["edits"]}
    assert steps == {"add": True, "change": True, "move": True, "note": "changed", "take away": True}, result
