"""The store: a folder, and a bucket of a real S3 server where GRIDWARD_TEST_MEDIA_STORE names one."""

import dataclasses
import hashlib
import io
import os
import random

import pytest

from app.core.actor import Actor
from app.core.errors import Unavailable
from app.core.ids import uuid7
from app.media.service import Missing, finish, open_store, receive
from app.settings import Settings
from tests.media.sending import as_job, begin, photo

BUCKET = os.environ.get("GRIDWARD_TEST_MEDIA_STORE", "")


@pytest.fixture(params=["folder", "bucket"])
def url(request, tmp_path):
    if request.param == "folder":
        return (tmp_path / "a folder").as_uri()
    if not BUCKET:
        pytest.skip("GRIDWARD_TEST_MEDIA_STORE names no bucket")
    path, _, query = BUCKET.partition("?")
    return f"{path.rstrip('/')}/{uuid7()}?{query}"


@pytest.fixture
def store(url):
    return open_store(Settings(media_store=url))


def test_store_puts_reads_ranges_lists_and_erases_objects(store):
    content = random.Random(7).randbytes(12_000_000)  # more than one part of a large object
    store.put("media/a/content", io.BytesIO(content))
    store.put("media/a/small", b"tiny")
    store.put("media/ab/content", b"another's")
    assert b"".join(store.stream("media/a/content")) == content
    assert store.read("media/a/content", start=5_000_000, length=1000) == content[5_000_000:5_001_000]
    assert store.read("media/a/content", start=0, length=0) == b""
    assert sorted(store.under("media/a")) == ["media/a/content", "media/a/small"]
    store.put("media/a/small", b"replaced")
    assert store.read("media/a/small", start=0, length=8) == b"replaced"
    store.erase(["media/a/content", "media/a/small", "media/a/never-was"])
    assert store.under("media/a") == []
    with pytest.raises(Missing):
        store.read("media/a/content", start=0, length=1)


def test_store_holds_upload_from_parts_to_thumbnails(city, store, url):
    worker, content = city.worker("g1"), photo((900, 700))
    media_id = uuid7()
    begin(worker, len(content), id=media_id, sha256=hashlib.sha256(content).hexdigest())

    actor = Actor(id=worker.id)
    for start in range(0, len(content), 5000):
        piece = io.BytesIO(content[start : start + 5000])
        receive(
            as_job(city), actor, store, media_id=media_id, offset=str(start), checksum=None, content=piece
        )
    settings = dataclasses.replace(city.settings, media_store=url)
    assert finish(as_job(city), store, media_id=media_id, settings=settings) == "ready"
    assert sorted(store.under(f"media/{media_id}")) == [
        f"media/{media_id}/{name}" for name in ("content", "large", "small")
    ]
    assert store.under(f"uploads/{media_id}") == []


def test_unavailable_store_error_hides_its_address(monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "x" * 20)
    away = open_store(Settings(media_store="s3://bucket?endpoint=http://127.0.0.1:9&region=r"))
    with pytest.raises(Unavailable) as raised:
        away.put("a", b"b")
    assert raised.value.code == "media_store_unavailable" and "127.0.0.1" not in str(raised.value)


@pytest.mark.parametrize(
    "url", ["ftp://x/y", "s3://", "s3://b?access_key=x", "file://host/x", "s3://key:secret@bucket", "/folder"]
)
def test_open_store_rejects_unsupported_urls(url):
    with pytest.raises(ValueError, match="MEDIA_STORE"):
        open_store(Settings(media_store=url))
