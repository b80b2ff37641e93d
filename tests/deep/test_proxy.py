"""Behind a real nginx with the lines of docs/how-to/proxy.md, over TLS, under a path. Left out where there is no nginx."""

import http.client
import json
import re
import shutil
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from app.core import db
from app.core.ids import uuid7
from app.settings import Settings
from tests.factories import PASSWORD, make_city
from tests.live.own_servers import own_settings
from tests.live.processes import ROOT, Server, app_on, environment, free_port
from tests.waits import eventually

NGINX = shutil.which("nginx") or (
    "/usr/sbin/nginx" if Path("/usr/sbin/nginx").exists() else None
)  # Debian keeps it out of people's PATH
CALLER = "127.0.0.2"
pytestmark = [pytest.mark.deep, pytest.mark.skipif(NGINX is None, reason="there is no nginx here")]


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[Settings]:
    with own_settings(tmp_path, threads_per_worker=8) as settings:
        yield settings


@pytest.fixture
def own_app(settings: Settings) -> Iterator[Any]:
    with app_on(settings) as app:
        yield app


def certificate(folder: Path) -> tuple[Path, Path]:
    key, cert = folder / "key.pem", folder / "cert.pem"
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost"
    options = ["-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", cert]
    subprocess.run([*command.split(), *options], check=True, capture_output=True)
    return key, cert


class Proxy:
    """nginx on a port of its own, with what the manual says."""

    def __init__(self, folder: Path, upstream: int) -> None:
        self.port = free_port()
        self.folder = folder
        key, cert = certificate(folder)
        manual = (ROOT / "docs" / "how-to" / "proxy.md").read_text()
        locations = re.findall(r"```nginx\n(.*?)```", manual, re.S)[0].replace(":8000", f":{upstream}")
        self.config = folder / "nginx.conf"
        self.config.write_text(f"""
            daemon off; master_process off; pid {folder}/pid; error_log stderr warn;
            events {{ worker_connections 256; }}
            http {{
              access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
              fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
              server {{
                listen 127.0.0.1:{self.port} ssl; server_name localhost;
                ssl_certificate {cert}; ssl_certificate_key {key};
                {locations}
              }}
            }}""")
        self.context = ssl.create_default_context(cafile=str(cert))
        with (folder / "log").open("wb") as log:
            self.child = subprocess.Popen(
                [NGINX, "-e", "stderr", "-c", self.config, "-p", folder], stderr=log
            )

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any, bytes]:
        # From another address than nginx's own, which is trusted and might say anything.
        connection = http.client.HTTPSConnection(
            "localhost", self.port, context=self.context, timeout=15, source_address=(CALLER, 0)
        )
        try:
            sent = {name.replace("_", "-"): value for name, value in headers.items()}
            data = None
            if body is not None:
                data, sent["Content-Type"] = json.dumps(body), "application/json"
            connection.request(method, path, data, sent)
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()

    def is_up(self) -> bool:
        try:
            return self.ask("GET", "/gridward/livez")[0] == 200
        except OSError:
            return False


def paths_in(value: Any) -> Iterator[str]:
    if isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from paths_in(part)
    elif isinstance(value, str) and "/api/" in value:
        yield value


def test_links_and_metrics_are_correct_behind_nginx(own_app: Any, settings: Settings, tmp_path: Path) -> None:
    city = make_city(own_app, settings)
    boss, worker = city.supervisor("d"), city.worker("g1")
    server = Server(
        tmp_path / "server.log", environment(settings, tmp_path, TRUSTED_PROXIES="127.0.0.1")
    ).wait_ready()
    proxy = Proxy(tmp_path, server.port)
    try:
        eventually(proxy.is_up)
        body = {"username": boss.username, "password": PASSWORD}
        status, _, data = proxy.ask("POST", "/gridward/api/v1/auth/token", body)
        assert status == 200, data
        bearer = f"Bearer {json.loads(data)['access_token']}"

        incident = {"id": str(uuid7()), **city.in_no_grid(), "category": "E0102"}
        status, headers, data = proxy.ask(
            "POST", "/gridward/api/v1/incidents", incident, Authorization=bearer
        )
        assert status == 201, data
        links = [headers["Location"]]
        for path in ("board", "queue", "workers"):
            _, _, data = proxy.ask("GET", f"/gridward/api/v1/supervision/{path}", Authorization=bearer)
            links += paths_in(json.loads(data))
        assert len(links) > 5
        for link in links[:3] + links[-3:]:
            assert link.startswith("/gridward/api/v1/")
            assert proxy.ask("GET", link, Authorization=bearer)[0] in (200, 405), link

        page = proxy.ask("GET", "/gridward/api/docs")[2].decode()
        for asset in re.findall(r'(?:href|src)="(/[^"]+)"', page):
            assert proxy.ask("GET", asset)[0] == 200, asset
        _, _, document = proxy.ask("GET", "/gridward/api/v1/openapi.json")
        assert json.loads(document)["servers"] == [{"url": "/gridward"}]

        # Forged by the caller: nginx appends or overwrites, and what it wrote counts.
        forged = {"X_Forwarded_For": "6.6.6.6", "X_Forwarded_Prefix": "/evil", "Forwarded": "for=6.6.6.6"}
        status, headers, _ = proxy.ask(
            "POST", "/gridward/api/v1/incidents", incident, Authorization=bearer, **forged
        )
        assert (status, headers["Location"]) == (200, f"/gridward/api/v1/incidents/{incident['id']}")
        wrong = {"username": worker.username, "password": "wrong"}
        assert proxy.ask("POST", "/gridward/api/v1/auth/token", wrong, **forged)[0] == 401
        assert proxy.ask("GET", "/gridward/metrics")[0] == 403

        with db.read_session() as session:
            addresses = session.scalars(text("select distinct address from sign_in_attempt")).all()
        assert addresses == [CALLER]
        assert server.stop() == 0, server.log_text()
    finally:
        proxy.child.terminate()
        proxy.child.wait(10)
        server.kill()
