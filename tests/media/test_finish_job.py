"""Processing of received files: cleaned, or refused with a reason."""

import hashlib
import io
import zipfile
from datetime import timedelta
from uuid import UUID

import pytest
from PIL import Image
from sqlalchemy.exc import DBAPIError

from app.core import clock
from app.core.ids import uuid7
from app.media import service as media
from tests.media.sending import SECRET, as_job, begin, finish, patch, photo, send, sent


@pytest.fixture
def worker(city):
    return city.worker("g1")


@pytest.fixture
def objects(city):
    store = city.app.extensions["media_store"]
    return lambda media_id: sorted(
        key.rpartition("/")[2]
        for beginning in (f"media/{media_id}", f"uploads/{media_id}")
        for key in store.under(beginning)
    )


def content_of(person, media_id):
    answer = person.get(f"/media/{media_id}/content")
    assert answer.status_code == 200, answer.data
    return answer.data


def test_photo_is_stored_without_exif_xmp_icc_and_comments(city, worker, objects):
    original = photo()
    assert SECRET in original and b"adobe" in original
    media_id = sent(city, worker, original, filetype="image/jpeg", kind="near")
    stored = content_of(worker, media_id)
    with Image.open(io.BytesIO(stored)) as picture:
        assert (picture.format, picture.size) == ("JPEG", (200, 320))  # turned upright
        assert not picture.getexif() and set(picture.info) <= {
            "jfif",
            "jfif_version",
            "jfif_unit",
            "jfif_density",
        }
        assert (
            picture.getpixel((190, 10))[0] > 180 and picture.getpixel((190, 10))[2] < 80
        )  # red went to the right
    for sign in (SECRET, b"Exif", b"adobe", b"ICC_PROFILE", b"2026:11:20"):
        assert sign not in stored
    record = worker.get(f"/media/{media_id}").json
    assert record["state"] == "ready"
    assert record["stripped"] == ["exif", "xmp", "icc", "comment"]
    assert (record["size"], record["sha256"]) == (len(stored), hashlib.sha256(stored).hexdigest())
    # The parts and the original are erased.
    assert objects(media_id) == ["content", "large", "small"]


def test_photo_claims_hold_place_and_time_from_metadata_and_exif(city, worker):
    details = {"taken_at": "2026-11-20T08:31:00+08:00", "lon": "120.2", "lat": "30.3"}
    media_id = sent(city, worker, **details)
    assert worker.get(f"/media/{media_id}").json["claims"] == {
        "said": {"taken_at": "2026-11-20T00:31:00+00:00", "lon": 120.2, "lat": 30.3},
        "exif": {"taken_at": "2026-11-20T00:30:00+00:00", "lon": 120.114, "lat": 30.2786944},
    }


def test_thumbnail_is_returned_in_two_sizes(city, worker):
    media_id = sent(city, worker, photo((3000, 1500), with_exif=False))
    for size, longer in (("small", 256), ("large", 1024)):
        answer = worker.get(f"/media/{media_id}/thumbnail?size={size}")
        assert answer.content_type == "image/jpeg"
        with Image.open(io.BytesIO(answer.data)) as picture:
            assert picture.size == (longer, longer // 2)
    assert worker.get(f"/media/{media_id}/thumbnail?size=huge").status_code == 422


@pytest.mark.parametrize(
    ("form", "type_", "stored_form"), [("PNG", "image/png", "PNG"), ("WEBP", "image/webp", "JPEG")]
)
def test_png_and_webp_photos_are_stored_in_expected_format(city, worker, form, type_, stored_form):
    media_id = sent(city, worker, photo(form=form), filetype=type_)
    with Image.open(io.BytesIO(content_of(worker, media_id))) as picture:
        assert picture.format == stored_form


def test_upload_is_refused_and_erased_when_digest_differs(city, worker, objects):
    media_id = send(worker, photo(), sha256=hashlib.sha256(b"another").hexdigest())
    assert finish(city, media_id) == "checksum_mismatch"
    record = worker.get(f"/media/{media_id}").json
    assert (record["state"], record["refusal"]) == ("refused", "checksum_mismatch")
    assert worker.get(f"/media/{media_id}/content").status_code == 409
    assert objects(media_id) == []


def _zip_after(content: bytes) -> bytes:
    out = io.BytesIO(content)
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr("run.js", "alert(1)")
    return out.getvalue()


def _refused(name: str) -> tuple[bytes, dict[str, str]]:
    match name:
        case "type_not_taken":
            return b"GIF89a" + bytes(100), {}
        case "type_mismatch":
            return photo(form="PNG"), {"filetype": "image/jpeg"}
        case "picture_broken":
            whole = photo(with_exif=False)
            return whole[: len(whole) // 2], {}
        case "too_many_pixels":
            out = io.BytesIO()
            Image.new("1", (8000, 5001)).save(out, "PNG")
            return out.getvalue(), {}
    raise AssertionError(name)


@pytest.mark.parametrize("code", ["type_not_taken", "type_mismatch", "picture_broken", "too_many_pixels"])
def test_upload_is_refused_with_code_when_content_is_no_accepted_picture(city, worker, objects, code):
    content, details = _refused(code)
    media_id = send(worker, content, **details)
    assert finish(city, media_id) == code
    assert objects(media_id) == []


@pytest.mark.parametrize(
    "make",
    [
        lambda: _zip_after(photo()),
        lambda: photo()[:2] + b"\xff\xfe\x00\x0a%PDF-1.7" + photo()[2:],
        lambda: photo()[:2] + b"\xff\xfe\x00\x12<script>alert(1)" + photo()[2:],
    ],
)
def test_upload_is_refused_when_picture_contains_second_format(city, worker, make):
    media_id = send(worker, make())
    assert finish(city, media_id) == "two_things_at_once"


def test_voice_upload_is_refused_when_content_is_picture(city, worker):
    media_id = send(worker, photo(), kind="voice")
    assert finish(city, media_id) == "type_mismatch"


def test_ready_media_row_rejects_updates(city, worker, rows):
    media_id = sent(city, worker)
    for change in (
        "sha256 = 'x'",
        "kind = 'far'",
        "state = 'received'",
        "claims = '{\"exif\": {}}'",
        "width = 1",
    ):
        with pytest.raises(DBAPIError) as refused, as_job(city)() as session:
            session.execute(
                __import__("sqlalchemy").text(f"update media set {change} where id = '{media_id}'")
            )
        assert refused.value.orig.sqlstate == "23001", change


def test_finish_job_is_enqueued_by_last_bytes_and_runs_once(city, worker, rows):
    content, media_id = photo(), uuid7()
    begin(worker, len(content), id=media_id)
    patch(worker, media_id, 0, content[:-1])
    jobs = "select count(*) from jobs.procrastinate_jobs where task_name = 'media.finish' and args ->> 'media_id' = :id"
    assert rows(jobs, id=str(media_id))[0][0] == 0
    patch(worker, media_id, len(content) - 1, content[-1:])
    assert rows(jobs, id=str(media_id))[0][0] == 1
    assert [finish(city, str(media_id)), finish(city, str(media_id))] == ["ready", None]


def test_due_media_are_expired_erased_or_finished(city, worker, objects):
    """Expired uploads, unlinked photos and files whose job was lost are cleaned up."""
    unfinished, loose, attached = uuid7(), sent(city, worker), None
    begin(worker, 10, id=unfinished)
    patch(worker, unfinished, 0, b"a" * 5)
    attached = sent(city, worker, incident=uuid7())
    lost = send(worker, photo())
    settings, now = city.settings, clock.now()

    def due(at):
        with as_job(city)() as session:
            return media.run_due(session, at, settings=settings, limit=10_000)

    due(now)
    assert worker.get(f"/media/{loose}").status_code == 200
    later = now + timedelta(days=settings.media_upload_days, minutes=1)
    assert due(later)["expired"] >= 1
    assert due(now + timedelta(days=settings.media_loose_days, minutes=1))["loose"] >= 1
    assert worker.get(f"/media/{loose}").status_code == 404
    store = city.app.extensions["media_store"]
    for media_id in (str(unfinished), loose):
        media.erase(as_job(city), store, media_id=UUID(media_id))
        assert objects(media_id) == []
    assert objects(attached) == ["content", "large", "small"]
    assert due(now + timedelta(minutes=11))["unfinished"] >= 1
    assert finish(city, lost) == "ready"
