"""Hostile pictures: the job worker's memory does not grow, and the next picture is processed."""

import io
import os
import re
import signal
import tempfile
import threading
import time
from pathlib import Path

import pytest
from PIL import Image

from app.media.rules.file_types import JPEG, PNG, THUMBNAILS
from app.media.service import decoder
from app.media.service.decoder import DECODERS, Cleaned, Refused, decode


def bomb(width: int, height: int) -> bytes:
    """Return a picture of one colour: millions of pixels in some kB."""
    out = io.BytesIO()
    Image.new("1", (width, height)).save(out, "PNG")
    return out.getvalue()


def decoded(content: bytes, type_: str, folder: Path, megapixels: int = 40) -> dict[str, object]:
    with tempfile.TemporaryFile(dir=folder) as sent, Cleaned(folder, THUMBNAILS) as cleaned:
        sent.write(content)
        decode(sent, cleaned, type=type_, size=len(content), megapixels=megapixels)
        return cleaned.facts


def high_water() -> int:
    """Return the peak memory of this process in bytes since the last call."""
    status = Path("/proc/self/status").read_text()
    peak = re.search(r"VmHWM:\s+(\d+) kB", status)
    assert peak is not None
    Path("/proc/self/clear_refs").write_text("5")
    return int(peak[1]) * 1024


def test_decoding_ten_megapixels_leaves_parent_memory_unchanged(tmp_path):
    content = bomb(4_000, 2_500)
    assert len(content) < 2_500
    high_water()
    before = high_water()
    assert decoded(content, PNG, tmp_path)["width"] == 4_000
    assert high_water() - before < 20_000_000


@pytest.mark.parametrize(
    "limits",
    [
        {"MEMORY": 60_000_000, "MEMORY_A_PIXEL": 0},
        {"WAIT_S": 0.01, "CPU_S": 0, "CPU_S_A_MEGAPIXEL": 0},
    ],
)
def test_decoding_is_refused_when_picture_exceeds_cost_limits(tmp_path, monkeypatch, limits):
    for name, value in limits.items():
        monkeypatch.setattr(decoder, name, value)
    with pytest.raises(Refused) as refused:
        decoded(bomb(4_000, 2_500), PNG, tmp_path)
    assert refused.value.args == ("too_costly",)


def test_killed_decoder_is_replaced_and_picture_is_decoded(tmp_path):
    small = io.BytesIO()
    Image.new("RGB", (64, 64)).save(small, "JPEG")
    assert decoded(small.getvalue(), JPEG, tmp_path)["width"] == 64
    process = DECODERS.idle[-1].process
    assert process is not None
    killer = threading.Timer(0.1, os.kill, (process.pid, signal.SIGKILL))
    killer.start()
    assert decoded(bomb(4_000, 2_500), PNG, tmp_path)["width"] == 4_000
    killer.join()
    deadline = time.monotonic() + 5
    while process.poll() is None:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert decoded(small.getvalue(), JPEG, tmp_path)["width"] == 64
