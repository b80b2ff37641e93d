"""A real OSRM on a real extract (data/README.md), and servers that do not do what they should."""

import contextlib
import importlib.util
import json
import shutil
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.live.processes import free_port
from tests.waits import until_no_error

EXTRACT = Path(__file__).parent / "data" / "streets.osm.pbf"
# Of two workers A is nearer as the crow flies (484 and 591 m), B by the streets (1164 and 441 s): a way leads around.
CASE = (26.94569, 60.53381)
NEAR_BY_LINE = (26.94542, 60.52946)
NEAR_BY_STREET = (26.95258, 60.52972)


@contextlib.contextmanager
def osrm(folder: Path) -> Iterator[str]:
    """OSRM's own programs on the extract, on foot; the URL of the server."""
    spec = importlib.util.find_spec("osrm")
    if spec is None or not spec.submodule_search_locations:
        pytest.skip("osrm-bindings has no wheel for this Python")
    home = Path(spec.submodule_search_locations[0])
    shutil.copy(EXTRACT, folder / "streets.osm.pbf")
    for step in (
        ["osrm-extract", "-p", str(home / "share/profiles/foot.lua"), "streets.osm.pbf", "-t", "1"],
        ["osrm-partition", "streets.osrm", "-t", "1"],
        ["osrm-customize", "streets.osrm", "-t", "1"],
    ):
        program = [sys.executable, "-m", "osrm", step[0].removeprefix("osrm-"), *step[1:]]
        subprocess.run(program, cwd=folder, check=True, capture_output=True)
    port = free_port()
    command = [str(home / "bin/osrm-routed"), "--algorithm", "mld", "-i", "127.0.0.1", "-t", "1"]
    server = subprocess.Popen(
        [*command, "-p", str(port), "streets.osrm"],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        url = f"http://127.0.0.1:{port}"
        nearest = f"{url}/nearest/v1/foot/{CASE[0]},{CASE[1]}"
        until_no_error(lambda: urllib.request.urlopen(nearest).close(), OSError, seconds=15)
        yield url
    finally:
        server.kill()
        server.wait()


@contextlib.contextmanager
def server(answer: Callable[[socket.socket, bytes], None]) -> Iterator[tuple[str, list[bytes]]]:
    """Something that listens, reads a request and does as told; the URL and what it was asked."""
    requests: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            while True:
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return
                with connection:
                    requests.append(connection.recv(65_536))
                    with contextlib.suppress(OSError):
                        answer(connection, requests[-1])

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}", requests
        listening.shutdown(socket.SHUT_RDWR)
    thread.join(5)


def tells(connection: socket.socket, request: bytes) -> None:
    """A minute for every way."""
    target = request.split(b" ")[1].decode()
    rows, columns = (
        len(target.split(f"{name}=")[1].split("&")[0].split(";")) for name in ("sources", "destinations")
    )
    table = [[60.0] * columns] * rows
    ends = {"sources": [{"distance": 1}] * rows, "destinations": [{"distance": 1}] * columns}
    body = json.dumps({"code": "Ok", "durations": table, "distances": table, **ends}).encode()
    connection.sendall(f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
