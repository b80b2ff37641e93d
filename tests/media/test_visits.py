"""Photos of visits: visible with the visit, also on devices; only the visitor adds any."""

import pytest

from app.core.actor import Role
from app.core.ids import uuid7
from tests.endpoints import flat
from tests.media.sending import send, sent
from tests.sync.pull_client import fresh


@pytest.fixture
def home(city):
    return flat(city)


@pytest.fixture
def worker(city):
    return city.worker("g1")


def make_visit(worker, home):
    body = {"id": str(uuid7()), "outcome": "done"}
    answer = worker.post(f"/households/{home['household']}/visits", body)
    assert answer.status_code == 201, answer.json
    return body["id"]


def test_visit_photos_are_visible_exactly_to_readers_of_visit(city, home, worker):
    visit = make_visit(worker, home)
    photo = sent(city, worker, visit=visit, lon=120.1, lat=30.27)
    shown = [{"id": photo, "kind": "near", "state": "ready", "content_type": "image/jpeg"}]
    for person in (worker, city.supervisor("s"), city.worker("g1")):
        (item,) = person.get(f"/households/{home['household']}/visits").json["items"]
        assert [medium | {"kind": "near"} for medium in item["media"]] == shown
        assert person.get(f"/media/{photo}").json["visit_id"] == visit
        for path in ("content", "thumbnail?size=small"):
            assert person.get(f"/media/{photo}/{path}").status_code == 200
    # Claims of place and time are for the sender only.
    assert worker.get(f"/media/{photo}").json["claims"]
    assert city.supervisor("s").get(f"/media/{photo}").json["claims"] is None
    for person in (city.worker("g3"), city.supervisor("c2"), city.person(Role.GIS, area="d")):
        assert person.get(f"/media/{photo}").status_code == 404
        assert person.get(f"/media/{photo}/content").status_code == 404


def test_photo_of_colleague_is_not_attached_to_visit(city, home, worker):
    visit, supervisor, colleague = make_visit(worker, home), city.supervisor("s"), city.worker("g1")
    theirs = sent(city, colleague, visit=visit)
    (item,) = supervisor.get(f"/households/{home['household']}/visits").json["items"]
    assert item["media"] == []
    assert supervisor.get(f"/media/{theirs}").status_code == 404
    assert colleague.get(f"/media/{theirs}").status_code == 200


def test_phone_receives_photos_uploaded_before_and_after_visit(city, home, worker):
    colleague = fresh(city.worker("g1"))
    later, visit = uuid7(), uuid7()
    sent(city, worker, id=later, visit=visit)
    colleague.pull()
    assert colleague.pulled_rows == []
    body = {"id": str(visit), "outcome": "done"}
    assert worker.post(f"/households/{home['household']}/visits", body).status_code == 201
    colleague.pull()
    assert [medium["id"] for medium in colleague.rows["visit", str(visit)]["media"]] == [str(later)]
    second = send(worker, b"not yet looked at", visit=visit)
    colleague.pull()
    media = colleague.rows["visit", str(visit)]["media"]
    assert [(medium["id"], medium["state"]) for medium in media] == [
        (str(later), "ready"),
        (second, "received"),
    ]
    assert colleague.state() == fresh(colleague.person).state()
    assert worker.call("DELETE", f"/media/{later}").status_code == 204
    colleague.pull()
    assert [medium["id"] for medium in colleague.rows["visit", str(visit)]["media"]] == [second]


def test_visit_photo_is_removed_by_supervisor_but_not_by_colleague(city, home, worker):
    visit = make_visit(worker, home)
    photo = sent(city, worker, visit=visit)
    refused = city.worker("g1").call("DELETE", f"/media/{photo}")
    assert (refused.status_code, refused.json["code"]) == (403, "media_not_yours_to_remove")
    assert city.supervisor("s").call("DELETE", f"/media/{photo}").status_code == 204
    assert worker.get(f"/media/{photo}").status_code == 404


def test_visit_photos_are_erased_with_resident(city, home, worker, rows):
    visit = make_visit(worker, home)
    photo = sent(city, worker, visit=visit)
    answer = city.supervisor("s").call(
        "DELETE", f"/residents/{home['resident']}", json={"reason": "本人要求删除"}
    )
    assert answer.status_code == 204, answer.data
    assert worker.get(f"/media/{photo}/content").status_code == 404
    assert rows("select deleted_at is not null gone from media where id = :id", id=photo) == [(True,)]
    jobs = rows(
        "select status from jobs.procrastinate_jobs where task_name = 'media.erase' and args ->> 'media_id' = :id",
        id=photo,
    )
    assert len(jobs) == 1
