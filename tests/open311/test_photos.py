"""Photos of service requests: sent as files, or named by a URL that only the guarded client opens, if at all."""

import dataclasses
import io
from uuid import UUID

import pytest
from sqlalchemy import text

from app.core import db
from app.core.actor import SYSTEM
from app.core.outgoing import Allowed, OutgoingClient, OutgoingFailed
from app.open311 import service
from tests.media.sending import finish, photo
from tests.open311.cases import publish
from tests.unit.test_outgoing import LOOPBACK, plain, server

URL = "https://photos.example/1.jpeg"


@pytest.fixture
def media_of(rows):
    """Return a function that returns the ids of the photos of a case."""

    def read(request_id):
        result = rows(
            "select id from media where incident_id = cast(:id as uuid) order by created_at", id=request_id
        )
        return [str(media_id) for (media_id,) in result]

    return read


@pytest.fixture
def jobs_of(rows):
    """Return a function that returns the arguments of the jobs that fetch photos of a case."""

    def read(request_id):
        result = rows(
            """select args from jobs.procrastinate_jobs
               where task_name = 'open311.fetch_photo' and args ->> 'incident_id' = :id""",
            id=request_id,
        )
        return [args for (args,) in result]

    return read


def test_photos_of_a_form_are_photos_of_the_case(portal, media_of):
    files = {f"media{n}": (io.BytesIO(photo()), f"{n}.jpg") for n in (1, 2)}
    request_id = portal.report(**files)
    media_ids = media_of(request_id)
    assert len(media_ids) == 2
    assert finish(portal.city, media_ids[0]) == "ready"


def test_photo_is_returned_only_when_a_person_released_it(portal, media_of):
    request_id = portal.report(media=(io.BytesIO(photo()), "a.jpg"))
    [media_id] = media_of(request_id)
    assert finish(portal.city, media_id) == "ready"
    assert portal.json(f"/v2/requests/{request_id}")[0]["media_url"] is None
    publish(portal.city, request_id, photo_ids=[media_id])
    url = portal.json(f"/v2/requests/{request_id}")[0]["media_url"]
    assert url.startswith("http://localhost/public/")
    assert url.endswith(f"/photos/{media_id}")
    picture = portal.city.app.test_client().get(url.removeprefix("http://localhost"))
    assert picture.status_code == 200
    assert picture.mimetype.startswith("image/")


def test_category_that_is_public_without_photo_returns_none(portal, media_of):
    request_id = portal.report(service_code="E0501", media=(io.BytesIO(photo()), "a.jpg"))
    [media_id] = media_of(request_id)
    assert finish(portal.city, media_id) == "ready"
    with db.transaction(SYSTEM) as session:
        session.execute(
            text(
                "insert into public_release (incident_id, photo_ids, updated_at) values (:id, array[cast(:m as uuid)], now())"
            ),
            {"id": UUID(request_id), "m": media_id},
        )
    assert portal.json(f"/v2/requests/{request_id}")[0]["media_url"] is None


def test_file_that_is_no_photo_is_400_and_nothing_is_stored(portal, rows):
    place = portal.city.in_grid("g1")
    form = {"service_code": "E0102", "lat": place["lat"], "long": place["lon"]}
    answer = portal.post("/v2/requests.json", form | {"media": (io.BytesIO(b"#!/bin/sh"), "a.jpg")})
    assert answer.status_code == 400
    many = {f"m{n}": (io.BytesIO(photo()), "a.jpg") for n in range(6)}
    assert portal.post("/v2/requests.json", form | many).status_code == 400
    count = "select count(*) from incident where jurisdiction_id = :id"
    assert rows(count, id=portal.city.jurisdiction_id) == [(0,)]


def test_photo_of_an_update_is_a_photo_of_the_case(portal, media_of):
    request_id = portal.report()
    form = {
        "service_request_id": request_id,
        "update_id": "1",
        "status": "OPEN",
        "media": (io.BytesIO(photo()), "a.jpg"),
    }
    assert portal.post("/v2/servicerequestupdates.xml", form).status_code == 200
    assert len(media_of(request_id)) == 1


def test_media_url_is_stored_and_not_opened_by_default(portal, jobs_of, rows):
    request_id = portal.report(media_url=URL)
    assert jobs_of(request_id) == []
    [(attributes,)] = rows(
        "select attributes from report where incident_id = cast(:id as uuid)", id=request_id
    )
    assert attributes == {"media_url": [URL]}


def test_media_url_is_fetched_by_a_job_when_the_operator_allows_it(portal, settings, jobs_of, monkeypatch):
    allowing = dataclasses.replace(settings, open311_media_urls=True)
    monkeypatch.setitem(portal.city.app.extensions, "settings", allowing)
    request_id = portal.report(media_url=URL)
    [args] = jobs_of(request_id)
    assert args["url"] == URL
    assert args["incident_id"] == request_id


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "ftp://a.example/b", "//a.example", "javascript:1", "x" * 9]
)
def test_media_url_of_another_scheme_is_400(portal, url):
    place = portal.city.in_grid("g1")
    form = {"service_code": "E0102", "lat": place["lat"], "long": place["lon"], "media_url": url}
    answer = portal.post("/v2/requests.json", form)
    assert answer.status_code == 400
    assert answer.json[0]["description"] == "media_url is not a URL of http or https"


def fetch(portal, request_id, url, client):
    with db.read_session() as session:
        account_id = session.scalar(
            text("select caller_id from public_report where incident_id = :id"), {"id": UUID(request_id)}
        )
    return service.fetch_photo(
        portal.city.app.extensions["media_store"],
        client,
        portal.city.settings,
        incident_id=UUID(request_id),
        account_id=account_id,
        url=url,
    )


def test_photo_of_a_url_is_added_once_to_its_case(portal, media_of):
    request_id = portal.report()
    with server(plain(photo())) as local:
        url, client = f"http://127.0.0.1:{local.port}/a.jpg", OutgoingClient(LOOPBACK)
        assert [fetch(portal, request_id, url, client) for _ in range(2)] == ["added", "added_before"]
    [media_id] = media_of(request_id)
    assert finish(portal.city, media_id) == "ready"


@pytest.mark.parametrize(
    "url",
    [
        *("http://127.0.0.1/a.jpg", "https://127.0.0.1/a.jpg", "https://169.254.169.254/latest/meta-data/"),
        *(
            "https://[::1]/a.jpg",
            "https://10.0.0.7/a.jpg",
            "https://2130706433/a.jpg",
            "https://0x7f.1/a.jpg",
        ),
        *("https://user@127.0.0.1/", "http://public.example/a.jpg", "https://public.example:5432/"),
    ],
)
def test_photo_of_a_url_inside_of_the_network_is_refused(portal, media_of, url):
    """Seen red with a client that connects to every address."""
    request_id = portal.report()
    client = OutgoingClient(Allowed(), resolve=lambda host, port: ["93.184.215.14"])
    assert fetch(portal, request_id, url, client) == "refused"
    assert media_of(request_id) == []


def test_answer_that_is_no_photo_or_a_redirect_is_refused(portal, media_of):
    request_id = portal.report()
    for answer in (
        plain(b"<html>"),
        plain(b"", status="302 Found", header="Location: /b\r\n"),
        plain(status="404 No"),
    ):
        with server(answer) as local:
            client = OutgoingClient(LOOPBACK)
            assert fetch(portal, request_id, f"http://127.0.0.1:{local.port}/", client) == "refused"
    assert media_of(request_id) == []


def test_busy_host_is_asked_again_later(portal):
    request_id = portal.report()
    with server(plain(status="503 Busy")) as local, pytest.raises(OutgoingFailed):
        fetch(portal, request_id, f"http://127.0.0.1:{local.port}/", OutgoingClient(LOOPBACK))


def test_job_sends_nothing_when_the_operator_has_withdrawn_the_setting(portal, monkeypatch):
    from app.open311 import jobs

    sent = []
    monkeypatch.setattr(jobs.service, "fetch_photo", lambda *args, **kwargs: sent.append(kwargs))
    monkeypatch.setattr(jobs.media, "configured", lambda: (portal.city.settings, None))
    jobs.fetch_photo.func(incident_id=portal.report(), account_id=str(SYSTEM.id), url=URL)
    assert sent == []
