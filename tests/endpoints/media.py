"""Requests for photos, voice notes and their uploads."""

from app.core.ids import uuid7
from tests.endpoints.world import Request, endpoint
from tests.media import sending


def begun_upload(world, role, city, length=100):
    """Begin an upload as the role, or as a worker where the role may not; return its id."""
    person = world.person(role if role not in ("gis", "anonymous") else "worker", city)
    answer = sending.begin(person, length, id=uuid7())
    assert answer.status_code == 201, answer.text
    result: str = answer.json["id"]
    return result


def stored_photo(world, city, *, incident=None):
    """Store a processed photo of a case in g1; return the ids of photo and case."""
    case = incident or world.case(city)["id"]
    reporter = world.person("reporter", city)
    return sending.sent(city, reporter, sending.photo((64, 48)), kind="near", incident=case), case


@endpoint("POST /media/uploads")
def begin_upload(world, role, city, inside):
    return Request("/media/uploads", headers=sending.TUS | {"Upload-Length": "100"})


@endpoint("PATCH /media/uploads/<uuid:media_id>")
def send_upload_bytes(world, role, city, inside):
    headers = sending.TUS | {"Upload-Offset": "0"}
    return Request(f"/media/uploads/{begun_upload(world, role, city)}", headers=headers, upload=b"x" * 10)


@endpoint("DELETE /media/uploads/<uuid:media_id>")
def cancel_upload(world, role, city, inside):
    return Request(f"/media/uploads/{begun_upload(world, role, city)}", headers=sending.TUS)


@endpoint("GET /media/<uuid:media_id>")
def read_media(world, role, city, inside):
    return Request(f"/media/{stored_photo(world, city)[0]}")


@endpoint("DELETE /media/<uuid:media_id>")
def delete_media(world, role, city, inside):
    return Request(f"/media/{stored_photo(world, city)[0]}")


@endpoint("GET /media/<uuid:media_id>/content")
def read_media_content(world, role, city, inside):
    return Request(f"/media/{stored_photo(world, city)[0]}/content")


@endpoint("GET /media/<uuid:media_id>/thumbnail")
def read_thumbnail(world, role, city, inside):
    return Request(f"/media/{stored_photo(world, city)[0]}/thumbnail")


@endpoint("GET /incidents/<uuid:incident_id>/media")
def list_incident_media(world, role, city, inside):
    media_id, case = stored_photo(world, city)
    return Request(f"/incidents/{case}/media", target=media_id)


@endpoint("POST /incidents/<uuid:incident_id>/media")
def attach_media(world, role, city, inside):
    home = world.person(role if role not in ("gis", "anonymous") else "worker", world.home)
    mine = sending.begin(home, 10, id=uuid7()).json["id"]
    return Request(f"/incidents/{world.case(city)['id']}/media", {"media_id": mine})


@endpoint("DELETE /incidents/<uuid:incident_id>/media/<uuid:media_id>")
def detach_media(world, role, city, inside):
    media_id, case = stored_photo(world, city)
    return Request(f"/incidents/{case}/media/{media_id}")
