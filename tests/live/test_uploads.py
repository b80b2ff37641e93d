"""Uploads to the server as it really runs, by a client that others wrote, over connections that break (case 27)."""

import contextlib
import hashlib
import os
import socket
import threading
import time
from pathlib import Path

import pytest
import requests
from tusclient.client import TusClient
from tusclient.exceptions import TusCommunicationError, TusUploadFailed

from app.core.actor import Role
from app.core.ids import uuid7
from tests.live.cutting_proxy import CuttingProxy
from tests.live.processes import Server, environment
from tests.media.sending import TUS, metadata, photo
from tests.seeds import dice
from tests.waits import eventually


@pytest.fixture
def worker(city, online):
    person = online(city.worker("g1"))
    person.get("/me")
    return person


NOISE = dice("content of uploads")


def noise(size: int) -> bytes:
    return NOISE.randbytes(size)


def client_of(port: int, person) -> TusClient:
    return TusClient(
        f"http://127.0.0.1:{port}/api/v1/media/uploads", headers={"Authorization": f"Bearer {person.token}"}
    )


def stored_content(media_id, folder: Path, owner) -> bytes:
    """The parts that the books count, as the store holds them."""
    keys = owner.execute(
        "select key from media_part where media_id = %s order by start", [str(media_id)]
    ).fetchall()
    return b"".join((folder / "media" / key[0]).read_bytes() for key in keys)


@pytest.mark.deep
def test_upload_case_27_sends_50_mb_through_cut_connections(server, worker, tmp_path, folder, owner):
    content = noise(50_000_000)
    file, media_id = tmp_path / "voice.wav", uuid7()
    file.write_bytes(content)
    proxy = CuttingProxy(server.port, after=65_536)
    details = {"id": str(media_id), "sha256": hashlib.sha256(content).hexdigest(), "kind": "other"}
    began = time.monotonic()
    with file.open("rb") as stream:
        uploader = client_of(proxy.port, worker).uploader(
            file_stream=stream, metadata=details, chunk_size=10_000_000, retries=0
        )
        while uploader.offset < len(content):
            try:
                uploader.upload()
            except (TusUploadFailed, TusCommunicationError):
                uploader.offset = uploader.get_offset()
    print(f"{proxy.cuts} cuts, {proxy.passed} bytes sent, {time.monotonic() - began:.1f} s")
    assert proxy.cuts > 700
    # What came before each cut counted: next to nothing was sent twice.
    assert proxy.passed < len(content) * 1.1
    assert (
        hashlib.sha256(stored_content(media_id, folder, owner)).digest() == hashlib.sha256(content).digest()
    )


def test_large_patch_is_not_held_in_memory(server, worker, tmp_path):
    """50 MB in one body: the processes do not grow by it."""
    content = noise(50_000_000)
    before = {pid: _peak(pid) for pid in server.workers()}
    url = _begin(server, worker, len(content))
    answer = requests.patch(url, data=content, headers=_headers(worker, 0), timeout=60)
    assert (answer.status_code, answer.headers["Upload-Offset"]) == (204, str(len(content)))
    grown = {pid: _peak(pid) - before[pid] for pid in server.workers()}
    assert max(grown.values()) < 40_000, grown


def _peak(pid: int) -> int:
    """The most memory that a process has had, in kB."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0])


def _headers(person, offset: int) -> dict[str, str]:
    return TUS | {
        "Authorization": f"Bearer {person.token}",
        "Upload-Offset": str(offset),
        "Content-Type": "application/offset+octet-stream",
    }


def _begin(server, person, length: int, **details) -> str:
    headers = TUS | {"Authorization": f"Bearer {person.token}", "Upload-Length": str(length)}
    if details:
        headers["Upload-Metadata"] = metadata(**details)
    base = f"http://127.0.0.1:{server.port}"
    made = requests.post(f"{base}/api/v1/media/uploads", headers=headers, timeout=10)
    assert made.status_code == 201, made.text
    return base + made.headers["Location"]


def _cut_patch(server, person, url: str, offset: int, content: bytes, promised: int) -> None:
    """A PATCH that promises more than it sends before the line goes dead."""
    lines = [f"PATCH {url.partition(str(server.port))[2]} HTTP/1.1", "Host: x", f"Content-Length: {promised}"]
    lines += [f"{name}: {value}" for name, value in _headers(person, offset).items()]
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + content)


def _offset(person, url: str) -> int:
    return int(requests.head(url, headers=_headers(person, 0), timeout=10).headers["Upload-Offset"])


def test_upload_case_27_counts_bytes_before_connection_cut(server, worker):
    url = _begin(server, worker, 100_000)
    _cut_patch(server, worker, url, 0, b"a" * 70_001, 100_000)
    eventually(lambda: _offset(worker, url) == 70_001)


def test_truncated_import_body_returns_400(server, city, online):
    """A CSV that lost its end is still a CSV: nobody may import the half of it."""
    supervisor = online(city.supervisor())
    supervisor.get("/me")
    half = b"code,name_zh,name_en,level,parent\n"
    head = [
        f"POST /api/v1/imports?kind=units&jurisdiction={city.code} HTTP/1.1",
        "Host: x",
        f"Authorization: Bearer {supervisor.token}",
        "Content-Type: application/octet-stream",
        f"Content-Length: {len(half) + 50}",
    ]
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.sendall("\r\n".join(head).encode() + b"\r\n\r\n" + half)
        connection.shutdown(socket.SHUT_WR)
        assert b" 400 " in connection.recv(10_000).split(b"\r\n")[0]
    assert supervisor.get("/imports").json["items"] == []


def test_upload_case_27_resumes_after_server_is_killed(app, settings, city, online, worker, folder, owner):
    content, media_id = noise(3_000_000), uuid7()
    own = folder / "killed"
    own.mkdir()
    env = environment(settings, own, MEDIA_STORE=(folder / "media").as_uri())
    first = Server(folder / "killed.log", env).wait_ready()
    try:
        url = _begin(first, worker, len(content), id=media_id)
        assert requests.patch(url, data=content[:1_000_000], headers=_headers(worker, 0), timeout=10).ok
        body = Trickle(content[1_000_000:])

        def trickle():
            with contextlib.suppress(OSError, requests.RequestException):
                requests.patch(url, data=body, headers=_headers(worker, 1_000_000), timeout=30)

        sender = threading.Thread(target=trickle)
        sender.start()
        assert body.is_under_way.wait(20)
        first.kill()
        body.stop.set()
        sender.join()
    finally:
        first.kill()
    second = Server(folder / "killed.log", env, port=first.port).wait_ready()
    try:
        assert _offset(worker, url) == 1_000_000
        rest = content[1_000_000:]
        assert (
            requests.patch(url, data=rest, headers=_headers(worker, 1_000_000), timeout=10).status_code == 204
        )
        assert stored_content(media_id, folder, owner) == content
        assert second.stop() == 0
    finally:
        second.kill()


class Trickle:
    """A body that is read slowly until `stop` is set; `is_under_way` is set once 300,000 bytes have been taken.

    It has a length: a body without one is sent in chunks, which the server refuses before it reads any.
    """

    def __init__(self, content: bytes) -> None:
        self.content, self.taken = content, 0
        self.stop, self.is_under_way = threading.Event(), threading.Event()

    def __len__(self) -> int:
        return len(self.content)

    def read(self, size: int) -> bytes:
        if self.stop.wait(0.05):
            raise ConnectionAbortedError
        part = self.content[self.taken : self.taken + size]
        self.taken += len(part)
        if self.taken > 300_000:
            self.is_under_way.set()
        return part


@pytest.mark.deep
def test_upload_case_27_returns_507_on_full_disk_and_recovers(
    app, settings, online, worker, folder, tmp_path
):
    """The store, and the place where bodies are written down, on a disk of 2 MB."""
    small = tmp_path / "small"
    small.mkdir()
    if os.system(f"mount -t tmpfs -o size=2m tmpfs {small} 2>/dev/null") != 0:
        pytest.skip("a small disk needs the right to mount")
    own = folder / "full"
    own.mkdir()
    try:
        for name, where in (
            ("MEDIA_STORE", (small / "media").as_uri()),
            ("GRIDWARD_MEDIA_SPOOL", str(small / "spool")),
        ):
            env = environment(settings, own, **{"MEDIA_STORE": (folder / "media").as_uri(), name: where})
            server = Server(folder / "full.log", env).wait_ready()
            try:
                url = _begin(server, worker, 4_000_000)
                answer = requests.patch(url, data=b"a" * 3_000_000, headers=_headers(worker, 0), timeout=30)
                assert (answer.status_code, answer.json()["code"]) == (507, "storage_full"), answer.text
                assert _offset(worker, url) == 0
                answer = requests.patch(url, data=b"a" * 1_000_000, headers=_headers(worker, 0), timeout=30)
                assert (answer.status_code, _offset(worker, url)) == (204, 1_000_000)
                assert server.stop() == 0
            finally:
                server.kill()
    finally:
        os.system(f"umount {small}")


def test_job_worker_makes_uploaded_photo_ready(server, jobs, worker):
    content, media_id = photo(), str(uuid7())
    url = _begin(server, worker, len(content), id=media_id, sha256=hashlib.sha256(content).hexdigest())
    assert requests.patch(url, data=content, headers=_headers(worker, 0), timeout=10).status_code == 204
    eventually(lambda: worker.get(f"/media/{media_id}").json["state"] == "ready", seconds=20)
    assert worker.get(f"/media/{media_id}/content").headers["Content-Type"] == "image/jpeg"


def test_tuspy_handles_415_and_checksums(server, worker, tmp_path):
    file = tmp_path / "a.jpg"
    file.write_bytes(photo())
    with file.open("rb") as stream, pytest.raises(TusCommunicationError) as met:
        pdf = {"filetype": "application/pdf"}
        client_of(server.port, worker).uploader(file_stream=stream, metadata=pdf).upload()
    assert met.value.status_code == 415
    with file.open("rb") as stream:
        uploader = client_of(server.port, worker).uploader(
            file_stream=stream, chunk_size=500, upload_checksum=True
        )
        uploader.upload()
    assert uploader.offset == file.stat().st_size


def test_import_of_more_bytes_than_other_bodies_is_accepted(server, settings, city, online):
    admin = online(city.person(Role.ADMIN))
    admin.get("/me")
    sheet = b"code,name_zh,name_en,level,parent\n" + b" " * settings.body_limit_bytes
    for path, media, status in (
        ("/imports?kind=units&name=units.csv", "application/octet-stream", 202),
        ("/incidents", "application/json", 413),
    ):
        answer = requests.post(
            f"http://127.0.0.1:{server.port}/api/v1{path}",
            data=sheet,
            headers={"Authorization": f"Bearer {admin.token}", "Content-Type": media},
            timeout=30,
        )
        assert answer.status_code == status, answer.text
