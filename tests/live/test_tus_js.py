"""The same as `test_uploads`, by tus-js-client, which apps in JavaScript use. Needs node, and the package in a folder:

npm install --prefix FOLDER tus-js-client
GRIDWARD_TEST_TUS_JS=FOLDER bin/test --pytest tests/live/test_tus_js.py -s
"""

import hashlib
import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from app.core.ids import uuid7
from tests.live.cutting_proxy import CuttingProxy
from tests.live.test_uploads import noise, stored_content, worker

FOLDER = os.environ.get("GRIDWARD_TEST_TUS_JS")
__all__ = ["worker"]


@pytest.mark.skipif(
    not FOLDER or not shutil.which("node"), reason="GRIDWARD_TEST_TUS_JS is not set, or no node"
)
def test_tus_js_client_uploads_50_mb_through_cut_connections(server, worker, tmp_path, folder, owner):
    content = noise(50_000_000)
    file, media_id = tmp_path / "noise", uuid7()
    file.write_bytes(content)
    proxy = CuttingProxy(server.port, after=65_536)
    endpoint = f"http://127.0.0.1:{proxy.port}/api/v1/media/uploads"
    script = Path(__file__).with_name("tus_upload.cjs")
    metadata = [str(media_id), hashlib.sha256(content).hexdigest()]
    began = time.monotonic()
    done = subprocess.run(
        ["node", script, str(FOLDER), endpoint, worker.token, file, *metadata],
        capture_output=True,
        text=True,
        timeout=600,
    )
    took = time.monotonic() - began
    print(f"{proxy.cuts} cuts, {done.stdout.strip()} retries, {proxy.passed} bytes sent, {took:.1f} s")
    assert done.returncode == 0, done.stderr
    assert proxy.cuts > 700
    assert (
        hashlib.sha256(stored_content(media_id, folder, owner)).digest() == hashlib.sha256(content).digest()
    )
