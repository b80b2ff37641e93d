"""Resumable upload by tus 1.0.0 (case 27: everything that goes wrong on the way)."""

import base64
import hashlib
import threading
from dataclasses import replace
from datetime import timedelta

import pytest

from app.core import clock
from app.core.actor import Role
from app.core.ids import uuid7
from tests.live.processes import app_on
from tests.media.sending import OFFSET, TUS, begin, finish, metadata, offset_of, patch, photo, send


@pytest.fixture
def worker(city):
    return city.worker("g1")


def is_problem(answer, status, code):
    assert (answer.status_code, answer.json["code"]) == (status, code), answer.data
    assert answer.headers["Tus-Resumable"] == "1.0.0"
    assert "content" not in answer.json
    return True


def test_tus_options_are_returned_without_sign_in(app, settings):
    answer = app.test_client().options("/api/v1/media/uploads")
    assert answer.status_code == 204
    assert answer.headers["Tus-Version"] == "1.0.0"
    spoken = set(answer.headers["Tus-Extension"].split(","))
    assert {"creation", "checksum", "expiration", "termination"} <= spoken
    assert "sha1" in answer.headers["Tus-Checksum-Algorithm"].split(",")
    assert int(answer.headers["Tus-Max-Size"]) == settings.media_limit_bytes


def test_photo_uploaded_in_three_parts_becomes_ready(city, worker, rows):
    content = photo()
    media_id = uuid7()
    made = begin(worker, len(content), id=media_id, filetype="image/jpeg", kind="near", filename="李梅.jpg")
    assert made.status_code == 201
    assert made.headers["Location"] == f"/api/v1/media/uploads/{media_id}"
    assert "Upload-Expires" in made.headers
    for start, end in ((0, 1000), (1000, 1001), (1001, len(content))):
        assert offset_of(worker, media_id) == start
        answer = patch(worker, media_id, start, content[start:end])
        assert (answer.status_code, answer.headers["Upload-Offset"]) == (204, str(end))
    assert worker.get(f"/media/{media_id}").json["state"] == "received"
    assert finish(city, str(media_id)) == "ready"
    # The file name is returned while the upload is incomplete, and erased afterwards.
    assert (
        rows(
            "select count(*) from media_upload where media_id = :id and metadata_sent is not null",
            id=media_id,
        )[0][0]
        == 0
    )


def test_upload_without_metadata_is_given_id(worker):
    made = begin(worker, 5)
    assert made.status_code == 201
    assert offset_of(worker, made.headers["Location"].rpartition("/")[2]) == 0


def test_repeated_creation_returns_same_upload_and_offset(worker):
    content, media_id = b"x" * 100, uuid7()
    assert begin(worker, 100, id=media_id, kind="near").status_code == 201
    assert patch(worker, media_id, 0, content[:40]).status_code == 204
    again = begin(worker, 100, id=media_id, kind="near")
    assert (again.status_code, again.headers["Upload-Offset"]) == (201, "40")


def test_upload_id_reuse_returns_409(city, worker):
    media_id = uuid7()
    assert begin(worker, 100, id=media_id).status_code == 201
    assert is_problem(begin(worker, 101, id=media_id), 409, "id_reused")
    assert is_problem(begin(city.worker("g1"), 100, id=media_id), 409, "id_reused")


def test_creation_accepts_first_bytes(worker):
    headers = TUS | {"Upload-Length": "100", "Content-Type": OFFSET, "Upload-Metadata": metadata(id=uuid7())}
    made = worker.call("POST", "/media/uploads", data=b"x" * 30, headers=headers)
    assert (made.status_code, made.headers["Upload-Offset"]) == (201, "30")


def test_upload_case_27_returns_409_for_wrong_offset(worker):
    media_id = uuid7()
    begin(worker, 100, id=media_id)
    assert patch(worker, media_id, 0, b"a" * 50).status_code == 204
    for offset in (0, 49, 51, 100):
        assert is_problem(patch(worker, media_id, offset, b"b" * 10), 409, "upload_offset_wrong")
    assert offset_of(worker, media_id) == 50


def test_upload_case_27_stores_repeated_patch_once(worker, rows):
    media_id = uuid7()
    begin(worker, 100, id=media_id)
    assert patch(worker, media_id, 0, b"a" * 50).status_code == 204
    assert patch(worker, media_id, 0, b"a" * 50).status_code == 409
    assert rows("select sum(size) from media_part where media_id = :id", id=media_id)[0][0] == 50


def test_upload_case_27_stores_concurrent_patches_once(city, worker, rows):
    worker.get("/me")
    for _ in range(10):
        media_id, gate, statuses = uuid7(), threading.Barrier(4), []
        begin(worker, 400, id=media_id)

        def race(media_id=media_id, gate=gate, statuses=statuses, client=None):
            headers = TUS | {"Upload-Offset": "0", "Content-Type": OFFSET}
            gate.wait()
            answer = city.app.test_client().patch(
                f"/api/v1/media/uploads/{media_id}",
                data=b"a" * 100,
                headers=headers | {"Authorization": f"Bearer {worker.token}"},
            )
            statuses.append(answer.status_code)

        racers = [threading.Thread(target=race) for _ in range(4)]
        for racer in racers:
            racer.start()
        for racer in racers:
            racer.join()
        assert sorted(statuses) == [204, 409, 409, 409]
        assert offset_of(worker, media_id) == 100
        assert rows("select count(*) from media_part where media_id = :id", id=media_id)[0][0] == 1


def test_upload_case_27_returns_460_for_wrong_checksum(worker):
    media_id, body = uuid7(), b"a" * 50
    begin(worker, 100, id=media_id)
    for name in ("sha1", "sha256", "md5"):
        wrong = base64.b64encode(hashlib.new(name, b"other").digest()).decode()
        answer = patch(worker, media_id, 0, body, **{"Upload-Checksum": f"{name} {wrong}"})
        assert is_problem(answer, 460, "checksum_wrong")
    assert offset_of(worker, media_id) == 0
    right = base64.b64encode(hashlib.sha1(body).digest()).decode()
    assert patch(worker, media_id, 0, body, **{"Upload-Checksum": f"sha1 {right}"}).status_code == 204
    for header in ("crc32 AAAA", "sha1 ???", "sha1"):
        answer = patch(worker, media_id, 50, body, **{"Upload-Checksum": header})
        assert (answer.status_code, offset_of(worker, media_id)) in {(400, 50), (460, 50)}


def test_upload_case_27_is_refused_when_larger_than_announced(worker, settings):
    media_id = uuid7()
    begin(worker, 10, id=media_id)
    assert is_problem(patch(worker, media_id, 0, b"a" * 11), 413, "upload_too_long")
    assert offset_of(worker, media_id) == 0
    assert is_problem(begin(worker, settings.media_limit_bytes + 1), 413, "media_too_large")


def test_upload_case_27_accepts_empty_patch_and_refuses_empty_file(city, worker):
    media_id = uuid7()
    begin(worker, 10, id=media_id)
    assert patch(worker, media_id, 0, b"").status_code == 204
    assert offset_of(worker, media_id) == 0
    empty = send(worker, b"")
    assert offset_of(worker, empty) == 0
    assert finish(city, empty) == "empty"
    assert worker.get(f"/media/{empty}").json["refusal"] == "empty"


def test_upload_case_27_returns_410_when_expired(city, worker):
    media_id = uuid7()
    begin(worker, 10, id=media_id)
    patch(worker, media_id, 0, b"a" * 5)
    with clock.at(clock.now() + timedelta(days=city.settings.media_upload_days, seconds=1)):
        fresh = city.worker("g1")  # tokens expire by the real clock
        assert begin(fresh, 1).status_code == 201
        worker.token = None
        assert patch(worker, media_id, 5, b"a" * 5).status_code == 410
        assert worker.call("HEAD", f"/media/uploads/{media_id}", headers=TUS).status_code == 410


def test_upload_termination_returns_410_afterwards_and_409_when_finished(city, worker):
    media_id = uuid7()
    begin(worker, 10, id=media_id)
    assert worker.call("DELETE", f"/media/uploads/{media_id}", headers=TUS).status_code == 204
    assert patch(worker, media_id, 0, b"a" * 10).status_code == 410
    assert worker.call("DELETE", f"/media/uploads/{media_id}", headers=TUS).status_code == 410
    whole = send(worker, photo())
    answer = worker.call("DELETE", f"/media/uploads/{whole}", headers=TUS)
    assert is_problem(answer, 409, "upload_finished")


def test_complete_upload_accepts_no_more_bytes(city, worker):
    """Case 28: a complete file does not change; another picture needs another id."""
    content = photo()
    media_id = send(worker, content)
    assert patch(worker, media_id, len(content), b"more").status_code == 413
    assert patch(worker, media_id, 0, content).status_code == 409
    assert finish(city, media_id) == "ready"
    assert patch(worker, media_id, 0, content).status_code == 409
    other = hashlib.sha256(b"edited").hexdigest()
    assert is_problem(begin(worker, len(content), id=media_id, sha256=other), 409, "id_reused")


def test_upload_returns_404_to_other_accounts(city, worker):
    media_id = uuid7()
    begin(worker, 10, id=media_id)
    for other in (city.worker("g1"), city.supervisor(), city.person(Role.ADMIN)):
        assert patch(other, media_id, 0, b"a").status_code == 404
        assert other.call("HEAD", f"/media/uploads/{media_id}", headers=TUS).status_code == 404
        assert other.call("DELETE", f"/media/uploads/{media_id}", headers=TUS).status_code == 404
        assert other.get(f"/media/{media_id}").status_code == 404


@pytest.mark.parametrize(
    "headers",
    [
        {"Upload-Length": "-1"},
        {"Upload-Length": "1e3"},
        {"Upload-Length": "9" * 40},
        {"Upload-Length": "١٢"},
        {},
        {"Upload-Length": "5", "Upload-Defer-Length": "1"},
        {"Upload-Length": "5", "Upload-Metadata": "id !!!"},
        {"Upload-Length": "5", "Upload-Metadata": metadata(id="not-a-uuid")},
        {"Upload-Length": "5", "Upload-Metadata": metadata(id="00000000-0000-4000-8000-000000000000")},
        {"Upload-Length": "5", "Upload-Metadata": metadata(kind="selfie")},
        {"Upload-Length": "5", "Upload-Metadata": metadata(sha256="abc")},
        {"Upload-Length": "5", "Upload-Metadata": metadata(taken_at="yesterday")},
        {"Upload-Length": "5", "Upload-Metadata": metadata(lon="nan", lat="1")},
        {"Upload-Length": "5", "Upload-Metadata": metadata(lon="10")},
        {"Upload-Length": "5", "Upload-Metadata": "kind bmVhcg==,kind bmVhcg=="},
    ],
)
def test_creation_returns_400_when_tus_headers_are_invalid(worker, headers):
    try:
        answer = worker.call("POST", "/media/uploads", headers=TUS | headers)
    except UnicodeEncodeError:
        return  # no client can send it
    assert is_problem(answer, 400, "upload_header_invalid")


def test_upload_returns_412_or_415_for_other_versions_and_types(worker):
    answer = worker.call("POST", "/media/uploads", headers={"Upload-Length": "5"})
    assert is_problem(answer, 412, "tus_version")
    assert answer.headers["Tus-Version"] == "1.0.0"
    assert begin(worker, 5, filetype="application/pdf").status_code == 415
    assert begin(worker, 5, filetype="image/jpeg", kind="voice").status_code == 415
    made = begin(worker, 5).headers["Location"].removeprefix("/api/v1")
    answer = worker.call("PATCH", made, data=b"a", headers=TUS | {"Upload-Offset": "0"})
    assert answer.status_code == 415


def test_upload_returns_403_for_gis_role(city):
    assert begin(city.person(Role.GIS, area="s"), 5).status_code == 403


def test_upload_quota_limits_files_per_hour_and_bytes_per_day(city, worker, settings):
    other = city.worker("g2")
    with app_on(replace(settings, uploads_per_hour=3, upload_bytes_per_day=1_000)) as small:
        worker.client = other.client = small.test_client()
        first = uuid7()
        assert begin(worker, 400, id=first).status_code == 201
        given_up = begin(worker, 500)
        assert (
            worker.call("DELETE", given_up.headers["Location"][len("/api/v1") :], headers=TUS).status_code
            == 204
        )
        assert begin(worker, 400).status_code == 201
        # Bytes: 800 of 1,000 were announced. The same upload begun again does not count twice.
        refused = begin(worker, 300)
        assert is_problem(refused, 429, "upload_quota_reached")
        assert 86_000 < int(refused.headers["Retry-After"]) <= 86_401
        assert begin(worker, 400, id=first).status_code == 201
        assert begin(worker, 100).status_code == 201
        # Files: three in this hour.
        refused = begin(worker, 10)
        assert is_problem(refused, 429, "upload_quota_reached")
        assert 3_500 < int(refused.headers["Retry-After"]) <= 3_601
        assert begin(other, 400).status_code == 201
        with clock.at(clock.now() + timedelta(hours=1, seconds=2)):
            worker.token = None
            assert begin(worker, 100).status_code == 201
