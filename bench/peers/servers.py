"""The peers: installed into environments of their own, started on the bench's database, stopped again."""

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict

FOLDER = Path(__file__).parent
INSTALL_FOLDER = FOLDER.parents[1] / ".run" / "peers"
NAMES = ("tipg", "pygeoapi")


class Missing(Exception):
    """A peer cannot be installed or does not start here: why."""


@dataclass(frozen=True, slots=True)
class Peer:
    name: str
    base: str


def install(name: str) -> Path:
    """Install a peer in the versions of its list, once. Return its programs. Raises Missing."""
    requirements = FOLDER / f"{name}.txt"
    home = INSTALL_FOLDER / name
    mark = home / "installed.txt"
    if mark.exists() and mark.read_bytes() == requirements.read_bytes():
        return home / "bin"
    INSTALL_FOLDER.mkdir(parents=True, exist_ok=True)
    for command in (
        [sys.executable, "-m", "venv", "--clear", str(home)],
        [str(home / "bin" / "pip"), "install", "--quiet", "--only-binary", ":all:", "-r", str(requirements)],
    ):
        process = subprocess.run(command, capture_output=True, text=True)
        if process.returncode:
            raise Missing(f"it cannot be installed: {process.stderr.strip().splitlines()[-1][:200]}")
    mark.write_bytes(requirements.read_bytes())
    return home / "bin"


def _connection_parts(url: str) -> dict[str, str]:
    parts = {key: str(value) for key, value in conninfo_to_dict(url).items()}
    return {"host": "localhost", "port": "5432", "user": "postgres", "password": "none"} | parts


def _tipg(programs: Path, url: str, port: int, _: Path) -> tuple[list[str], dict[str, str]]:
    parts = _connection_parts(url)
    env = {
        "POSTGRES_USER": parts["user"],
        "POSTGRES_PASS": parts["password"],
        "POSTGRES_HOST": parts["host"].replace("/", "%2F"),
        "POSTGRES_PORT": parts["port"],
        "POSTGRES_DBNAME": parts["dbname"],
        "TIPG_DB_SCHEMAS": '["peers"]',
        "TIPG_DB_TABLES": '["peers.incident"]',
        "TIPG_DB_SPATIAL_EXTENT": "false",
        "TIPG_DB_DATETIME_EXTENT": "false",
        "TIPG_CATALOG_TTL": "0",
        "TIPG_ADD_TILES_VIEWER": "false",
    }
    command = ["uvicorn", "tipg.main:app", "--port", str(port), "--workers", "2"]
    return [str(programs / command[0]), *command[1:], "--log-level", "error", "--no-access-log"], env


def _pygeoapi(programs: Path, url: str, port: int, state: Path) -> tuple[list[str], dict[str, str]]:
    parts = _connection_parts(url) | {"dbport": _connection_parts(url)["port"], "port": str(port)}
    text = (FOLDER / "pygeoapi.yml").read_text()
    for name, value in parts.items():
        text = text.replace("{" + name + "}", value)
    config, document = state / "pygeoapi.yml", state / "pygeoapi-openapi.yml"
    config.write_text(text)
    env = {"PYGEOAPI_CONFIG": str(config), "PYGEOAPI_OPENAPI": str(document)}
    process = subprocess.run(
        [
            str(programs / "pygeoapi"),
            "openapi",
            "generate",
            str(config),
            "--output-file",
            str(document),
        ],
        env=os.environ | env,
        capture_output=True,
        text=True,
    )
    if process.returncode:
        raise Missing(f"its document cannot be made: {process.stderr.strip()[-200:]}")
    command = ["gunicorn", "-w", "2", "-k", "gthread", "--threads", "4", "-b", f"127.0.0.1:{port}"]
    return [str(programs / command[0]), *command[1:], "pygeoapi.flask_app:APP"], env


_COMMANDS = {"tipg": _tipg, "pygeoapi": _pygeoapi}


@contextmanager
def started_peer(name: str, url: str, port: int, state: Path) -> Iterator[Peer]:
    """Run a peer with two processes, as ours. Raises Missing."""
    command, env = _COMMANDS[name](install(name), url, port, state)
    base = f"http://127.0.0.1:{port}"
    with (state / f"{name}.log").open("wb") as log:
        child = subprocess.Popen(
            command, cwd=state, env=os.environ | env, stdout=log, stderr=log, start_new_session=True
        )
        try:
            _wait(child, base, state / f"{name}.log")
            yield Peer(name, base)
        finally:
            child.send_signal(signal.SIGTERM)
            try:
                child.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(child.pid, signal.SIGKILL)


def _wait(child: subprocess.Popen[bytes], base: str, log: Path) -> None:
    for _ in range(600):
        try:
            urllib.request.urlopen(f"{base}/collections?f=json", timeout=10).close()
            return
        except urllib.error.HTTPError as error:
            raise Missing(f"it answers {error.code}: see {log}") from None
        except OSError:
            if child.poll() is not None:
                raise Missing(f"it does not start: {log.read_text()[-300:]}") from None
            time.sleep(0.1)
    raise Missing("it does not answer within a minute")
