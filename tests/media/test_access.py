"""Photos: visible with the record they are linked to; download of their bytes."""

import pytest

from app.core.actor import Role
from app.core.ids import uuid7
from tests.media.sending import begin, finish, photo, send, sent
from tests.sync.pull_client import PullClient


@pytest.fixture
def reporter(city):
    return city.worker("g2", name="刘洋")


def listed(person, case):
    answer = person.get(f"/incidents/{case['id']}/media")
    assert answer.status_code == 200, answer.json
    return [item["id"] for item in answer.json["items"]]


def test_photo_can_be_uploaded_before_and_after_its_report(city, reporter, report):
    case_id = str(uuid7())
    before = sent(city, reporter, kind="near", incident=case_id)
    case = report(reporter, city.in_grid("g1"), id=case_id)
    assert listed(reporter, case) == [before]
    after = send(reporter, photo(), kind="far", incident=case_id)
    states = {item["id"]: item["state"] for item in reporter.get(f"/incidents/{case_id}/media").json["items"]}
    assert states == {before: "ready", after: "received"}


def test_photo_is_visible_exactly_to_readers_of_its_incident(city, reporter, report):
    handler = city.worker("g1")
    case = report(reporter, city.in_grid("g1"))
    media_id = sent(city, reporter, kind="near", incident=case["id"])
    for person in (reporter, handler, city.supervisor(), city.person(Role.GIS, area="s")):
        assert listed(person, case) == [media_id]
        for path in ("", "/content", "/thumbnail"):
            assert person.get(f"/media/{media_id}{path}").status_code == 200
    outsiders = (city.worker("g3"), city.supervisor("c2"), city.handler("roads"))
    for person in outsiders:
        assert person.get(f"/incidents/{case['id']}/media").status_code == 404
        for path in ("", "/content", "/thumbnail"):
            assert person.get(f"/media/{media_id}{path}").status_code == 404
    assert handler.get(f"/media/{media_id}").json["mine"] is False


def test_photo_of_conduct_case_is_hidden_from_its_subject(city, reporter, report):
    subject = city.worker("g1")
    case = report(reporter, city.in_grid("g1"), about={"kind": "worker", "id": str(subject.id)})
    media_id = sent(city, reporter, kind="near", incident=case["id"])
    assert subject.get(f"/media/{media_id}/content").status_code == 404
    assert city.supervisor().get(f"/media/{media_id}/content").status_code == 200


def test_photo_is_not_attached_when_uploader_cannot_see_incident(city, reporter, report):
    """A photo of an account without a part in the case is linked by an actor who sees both."""
    worker, stranger = city.worker("g1"), city.worker("g3")
    case = report(reporter, city.in_grid("g1"))
    media_id = sent(city, stranger, kind="near", incident=case["id"])
    for person in (reporter, worker, city.supervisor()):
        assert listed(person, case) == []
        assert person.get(f"/media/{media_id}").status_code == 404
    assert stranger.post(f"/incidents/{case['id']}/media", {"media_id": media_id}).status_code == 404
    supervisor = city.supervisor()
    own = sent(city, supervisor)
    assert supervisor.post(f"/incidents/{case['id']}/media", {"media_id": own}).status_code == 204
    assert listed(reporter, case) == [own]


def test_reference_photo_is_hidden_from_gis_role(city, reporter, report):
    case = report(reporter, city.in_grid("g1"))
    near, reference = (sent(city, reporter, kind=kind, incident=case["id"]) for kind in ("near", "reference"))
    gis = city.person(Role.GIS, area="s")
    assert listed(gis, case) == [near]
    assert gis.get(f"/media/{reference}/content").status_code == 404
    assert set(listed(city.supervisor(), case)) == {near, reference}


def test_media_claims_are_shown_only_to_sender_and_supervisor(city, reporter, report):
    worker, supervisor = city.worker("g1"), city.supervisor()
    case = report(reporter, city.in_grid("g1"))
    media_id = sent(city, reporter, kind="near", incident=case["id"])
    for person, knows in ((reporter, True), (worker, False), (supervisor, True)):
        record = person.get(f"/media/{media_id}")
        assert (record.json["claims"] is not None) is knows
        assert str(reporter.id) not in record.text
        assert str(reporter.id) not in person.get(f"/incidents/{case['id']}/media").text


def test_content_endpoint_serves_whole_ranges_and_304(city, reporter):
    media_id = sent(city, reporter)
    path = f"/media/{media_id}/content"
    whole = reporter.get(path)
    tag = whole.headers["ETag"]
    assert whole.headers["Cache-Control"] == "private, max-age=31536000, immutable"
    assert whole.headers["X-Content-Type-Options"] == "nosniff"
    assert whole.headers["Accept-Ranges"] == "bytes"
    size = len(whole.data)
    for byte_range, (first, last) in {
        "bytes=0-99": (0, 99),
        "bytes=100-": (100, size - 1),
        "bytes=-10": (size - 10, size - 1),
        f"bytes=10-{size + 100}": (10, size - 1),
    }.items():
        part = reporter.get(path, headers={"Range": byte_range})
        assert part.status_code == 206
        assert part.headers["Content-Range"] == f"bytes {first}-{last}/{size}"
        assert part.data == whole.data[first : last + 1]
    beyond = reporter.get(path, headers={"Range": f"bytes={size}-"})
    assert (beyond.status_code, beyond.json["code"]) == (416, "range_invalid")
    for same, status in ((tag, 206), ('"another"', 200)):
        answer = reporter.get(path, headers={"Range": "bytes=0-9", "If-Range": same})
        assert answer.status_code == status
    again = reporter.get(path, headers={"If-None-Match": tag})
    assert (again.status_code, again.data) == (304, b"")


def test_media_has_one_incident_and_is_unlinked_by_supervisor_only(city, reporter, report, rows):
    worker, supervisor = city.worker("g1"), city.supervisor()
    case, other = report(reporter, city.in_grid("g1")), report(reporter, city.in_grid("g1"))
    media_id = sent(city, reporter, incident=case["id"])
    moved = reporter.post(f"/incidents/{other['id']}/media", {"media_id": media_id})
    assert (moved.status_code, moved.json["code"]) == (409, "media_hangs_elsewhere")
    path = f"/incidents/{case['id']}/media/{media_id}"
    assert worker.call("DELETE", path).status_code == 403
    assert supervisor.call("DELETE", path).status_code == 204
    assert listed(supervisor, case) == []
    assert reporter.get(f"/media/{media_id}").json["incident_id"] is None
    acts = rows(
        "select action from audit_event where entity_id = :id and action like 'media.%'", id=case["id"]
    )
    assert [row[0] for row in acts] == ["media.unlink"]


def test_removed_media_return_404_and_lose_claims(city, reporter, report, rows):
    supervisor = city.supervisor()
    case = report(reporter, city.in_grid("g1"))
    media_id = sent(city, reporter, incident=case["id"])
    assert city.worker("g1").call("DELETE", f"/media/{media_id}").status_code == 403
    assert reporter.call("DELETE", f"/media/{media_id}").status_code == 403
    assert supervisor.call("DELETE", f"/media/{media_id}").status_code == 204
    assert listed(supervisor, case) == []
    for person in (reporter, supervisor):
        assert person.get(f"/media/{media_id}").status_code == 404
        assert person.get(f"/media/{media_id}/content").status_code == 404
    stored = rows("select deleted_at is not null, claims from media where id = :id", id=media_id)[0]
    assert tuple(stored) == (True, {})
    loose = sent(city, reporter)
    assert reporter.call("DELETE", f"/media/{loose}").status_code == 204


def test_media_changes_are_synced_inside_their_incident(city, reporter, report, rows):
    worker = city.worker("g1")
    case = report(reporter, city.in_grid("g1"))
    last = "select coalesce(max(seq), 0) from change_log"
    before = rows(last)[0][0]

    def changed_buckets():
        nonlocal before
        sql = "select bucket from change_log where entity = 'incident' and row_id = :id and seq > :seq"
        changes = rows(sql, id=case["id"], seq=before)
        before = rows(last)[0][0]
        return {row[0] for row in changes}

    wherever = {f"grid:{city.areas['g1']}", f"worker:{reporter.id}", f"worker:{worker.id}"}
    phone = PullClient(worker).pull()
    media_id = send(reporter, photo(), kind="near", incident=case["id"])
    assert changed_buckets() == wherever
    assert finish(city, media_id) == "ready"
    assert changed_buckets() == wherever
    held = phone.pull().rows["incident", case["id"]]["media"]
    assert held == [{"id": media_id, "kind": "near", "state": "ready", "content_type": "image/jpeg"}]
    path = f"/incidents/{case['id']}/media/{media_id}"
    assert city.supervisor().call("DELETE", path).status_code == 204
    assert changed_buckets() == wherever
    assert phone.pull().rows["incident", case["id"]]["media"] == []


def test_feed_back_records_ready_and_pending_photos(city, report, step, accept):
    """Case 28: a stored report does not change; a photo that is announced belongs to the case when it arrives."""
    worker, other = city.worker("g1"), city.worker("g2")
    case = report(city.worker("g3"), city.in_grid("g1"))
    assert accept(worker, case).status_code == 200
    ready, coming = sent(city, worker, kind="after"), str(uuid7())
    theirs = sent(city, other, kind="after")
    answer = step(worker, case, "feed_back", note="done", media=[theirs])
    assert (answer.status_code, answer.json["errors"][0]["field"]) == (422, "media.0")
    assert step(worker, case, "start", media=[ready]).status_code == 422
    bad = send(worker, b"GIF89a" + bytes(20), kind="after")
    finish(city, bad)
    assert step(worker, case, "feed_back", note="done", media=[bad]).json["code"] == "media_refused"
    assert step(worker, case, "feed_back", note="done", media=[ready, coming]).status_code == 200
    event = worker.get(f"/incidents/{case['id']}/events").json["items"]
    named = next(e["detail"]["media"] for e in event if e["action"] == "feed_back")
    assert named == [{"id": ready, "state": "ready"}, {"id": coming, "state": "pending"}]
    assert begin(worker, 10, id=coming, kind="after", incident=case["id"]).status_code == 201
    assert listed(city.supervisor(), case) == [ready, coming]
