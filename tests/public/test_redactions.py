"""Photos with black boxes, and the list of cases that wait for a release."""

import io
from datetime import timedelta

import pytest
from PIL import Image
from sqlalchemy import text

from app.core import clock, db
from app.core.actor import SYSTEM
from app.core.ids import uuid7
from tests.media.sending import SECRET, photo, sent
from tests.public.conftest import file_report

WIDTH, HEIGHT = 640, 400
# The red quarter of `photo` without metadata, and a little of the white one beside it.
RED_BOX = {"left": 0, "top": 0, "width": 0.6, "height": 0.5}


def case_with_photo(city, *, content=None):
    """Report a case of a public category with a processed photo; return the ids of both."""
    worker = city.worker("g1", on_duty=False)
    body = {"id": str(uuid7()), **city.in_grid("g1"), "category": "E0102", "description": "垃圾堆积"}
    assert worker.post("/incidents", body).status_code == 201
    content = content or photo((WIDTH, HEIGHT), with_exif=False)
    return body["id"], sent(city, worker, content, kind="near", incident=body["id"])


def blacken(supervisor, case_id, media_id, boxes):
    path = f"/incidents/{case_id}/publication/photos/{media_id}"
    return supervisor.call("PUT", path, {"boxes": boxes})


def public_photo(city, case_id, media_id):
    return city.app.test_client().get(f"/public/{city.code}/en/cases/{case_id}/photos/{media_id}")


def pixels(answer):
    assert (answer.status_code, answer.mimetype) == (200, "image/jpeg")
    return Image.open(io.BytesIO(answer.data)).convert("RGB")


def is_black(pixel):
    return max(pixel) < 24


def test_public_sees_black_boxes_and_nothing_of_the_photo_below(city):
    case_id, media_id = case_with_photo(city, content=photo((WIDTH, HEIGHT)))
    supervisor = city.supervisor()
    path = f"/incidents/{case_id}/publication"
    assert supervisor.call("PUT", path, {"photo_ids": [media_id]}).status_code == 200
    before = public_photo(city, case_id, media_id)
    # The photo stands upright, as its metadata say: it is 400 pixels wide and 640 high.
    shown = pixels(before)
    assert shown.size == (HEIGHT, WIDTH)
    box = {"left": 0.25, "top": 0.125, "width": 0.5, "height": 0.25}
    answer = blacken(supervisor, case_id, media_id, [box])
    assert answer.status_code == 200, answer.json
    assert answer.json["photos"][0]["boxes"] == [box]
    after = public_photo(city, case_id, media_id)
    redacted = pixels(after)
    assert redacted.size == (HEIGHT, WIDTH)
    left, top, right, bottom = 100, 80, 300, 240
    for x in range(left, right, 3):
        for y in range(top, bottom, 3):
            assert is_black(redacted.getpixel((x, y))), (x, y)
    assert not any(is_black(redacted.getpixel((x, y))) for x in (20, 380) for y in range(20, 620, 20))
    # Neither the photo nor its thumbnails are in the answer, and no metadata.
    original = supervisor.get(f"/media/{media_id}/content").data
    for size in ("small", "large"):
        thumbnail = supervisor.get(f"/media/{media_id}/thumbnail?size={size}").data
        assert after.data != thumbnail
        assert thumbnail[700:900] not in after.data
    assert original[700:900] not in after.data
    assert SECRET not in after.data
    assert not Image.open(io.BytesIO(after.data)).getexif()


def test_photo_itself_stays_as_it_was_for_staff(city):
    case_id, media_id = case_with_photo(city)
    supervisor = city.supervisor()
    original = supervisor.get(f"/media/{media_id}/content").data
    assert blacken(supervisor, case_id, media_id, [RED_BOX]).status_code == 200
    assert supervisor.get(f"/media/{media_id}/content").data == original
    preview = pixels(supervisor.get(f"/incidents/{case_id}/publication/photos/{media_id}"))
    assert is_black(preview.getpixel((100, 100)))
    # It is not public by its boxes alone.
    assert public_photo(city, case_id, media_id).status_code == 404


def test_new_boxes_replace_former_ones_and_none_removes_them(city):
    case_id, media_id = case_with_photo(city)
    supervisor = city.supervisor()
    store = city.app.extensions["media_store"]
    supervisor.call("PUT", f"/incidents/{case_id}/publication", {"photo_ids": [media_id]})
    blacken(supervisor, case_id, media_id, [RED_BOX])
    blacken(supervisor, case_id, media_id, [RED_BOX | {"left": 0.7, "width": 0.3}])
    shown = pixels(public_photo(city, case_id, media_id))
    assert not is_black(shown.getpixel((100, 100)))
    assert is_black(shown.getpixel((600, 100)))
    copies = [key for key in store.under(f"media/{media_id}") if "redacted" in key]
    assert len(copies) == 1
    assert blacken(supervisor, case_id, media_id, []).json["photos"][0]["boxes"] == []
    shown = pixels(public_photo(city, case_id, media_id))
    assert not is_black(shown.getpixel((600, 100)))
    assert not [key for key in store.under(f"media/{media_id}") if "redacted" in key]
    audit = supervisor.post("/audit/search", {"action": "public.redact"}).json["items"]
    assert [event["detail"]["boxes"] for event in audit] == [0, 1, 1]


def test_release_after_boxes_shows_the_copy_only(city):
    case_id, media_id = case_with_photo(city)
    supervisor = city.supervisor()
    blacken(supervisor, case_id, media_id, [{"left": 0, "top": 0, "width": 1, "height": 1}])
    supervisor.call("PUT", f"/incidents/{case_id}/publication", {"photo_ids": [media_id]})
    shown = pixels(public_photo(city, case_id, media_id))
    assert {is_black(shown.getpixel((x, y))) for x in range(WIDTH) for y in (0, 200, HEIGHT - 1)} == {True}


@pytest.mark.parametrize(
    "boxes",
    [
        [RED_BOX] * 41,
        [RED_BOX | {"width": 0}],
        [RED_BOX | {"left": -0.1}],
        [RED_BOX | {"top": 1.5}],
        [{"left": 0, "top": 0, "width": 1}],
    ],
)
def test_boxes_are_refused_when_too_many_or_outside(city, boxes):
    case_id, media_id = case_with_photo(city)
    answer = blacken(city.supervisor(), case_id, media_id, boxes)
    assert (answer.status_code, answer.json["code"]) == (422, "validation_failed")


def test_forty_boxes_and_boxes_over_the_edge_are_drawn(city):
    case_id, media_id = case_with_photo(city)
    supervisor = city.supervisor()
    boxes = [{"left": n / 40, "top": 0.9, "width": 1, "height": 1} for n in range(40)]
    assert blacken(supervisor, case_id, media_id, boxes).status_code == 200
    preview = pixels(supervisor.get(f"/incidents/{case_id}/publication/photos/{media_id}"))
    assert all(is_black(preview.getpixel((x, HEIGHT - 5))) for x in range(WIDTH))


def test_photo_of_another_case_or_area_is_not_found(city):
    case_id, media_id = case_with_photo(city)
    other_case, _ = case_with_photo(city)
    assert blacken(city.supervisor(), other_case, media_id, [RED_BOX]).status_code == 404
    assert blacken(city.supervisor("c2"), case_id, media_id, [RED_BOX]).status_code == 404
    path = f"/incidents/{case_id}/publication/photos/{media_id}"
    assert city.supervisor("c2").get(path).status_code == 404
    assert city.worker("g1").call("PUT", path, {"boxes": []}).status_code == 403


def test_release_names_reported_words_and_pages_of_case(city):
    body = {"id": str(uuid7()), **city.in_grid("g1"), "category": "E0102", "description": "垃圾 13800001111"}
    assert city.worker("g1").post("/incidents", body).status_code == 201
    path = f"/incidents/{body['id']}/publication"
    shown = city.supervisor().get(path).json
    assert (shown["reported_words"], shown["proposed_words"]) == ("垃圾 13800001111", "垃圾 ●●●")
    assert shown["pages"]["en"] == f"/public/{city.code}/en/cases/{body['id']}"
    assert city.app.test_client().get(shown["pages"]["zh"]).status_code == 200
    assert city.supervisor().call("PUT", path, {"is_hidden": True}).json["pages"] is None


def waiting(person, **query):
    answer = person.get("/incidents/to-release", query_string=query)
    assert answer.status_code == 200, answer.json
    return [(item["id"], item["has_words"], item["photos"]) for item in answer.json["items"]], answer.json[
        "next"
    ]


def test_case_waits_until_decision_and_again_for_a_new_photo(city):
    case_id, _ = case_with_photo(city)
    supervisor = city.supervisor()
    assert waiting(supervisor)[0] == [(case_id, True, 1)]
    assert waiting(city.supervisor("c2"))[0] == []
    supervisor.call("PUT", f"/incidents/{case_id}/publication", {})
    assert waiting(supervisor)[0] == []
    sent(city, supervisor, kind="after", incident=case_id)
    assert waiting(supervisor)[0] == [(case_id, False, 1)]
    supervisor.call("PUT", f"/incidents/{case_id}/publication", {"is_hidden": True})
    sent(city, supervisor, kind="after", incident=case_id)
    assert waiting(supervisor)[0] == []


def test_waiting_cases_are_public_ones_of_90_days_in_pages(city):
    supervisor = city.supervisor()
    ids = [
        str(file_report(city, words=f"垃圾 {n} 处", **place).case.id) for n, place in enumerate(({}, {}, {}))
    ]
    file_report(city, category="E0603", words="not public")
    file_report(city, words="")
    with db.transaction(SYSTEM) as session:
        session.execute(
            text("update incident set reported_at = :at where id = cast(:id as uuid)"),
            {"at": clock.now() - timedelta(days=91), "id": ids[0]},
        )
    rows, cursor = waiting(supervisor, limit=1)
    assert [case_id for case_id, _, _ in rows] == [ids[2]]
    rows, cursor = waiting(supervisor, limit=1, cursor=cursor)
    assert ([case_id for case_id, _, _ in rows], cursor) == ([ids[1]], None)
    assert supervisor.get("/incidents/to-release?cursor=x").status_code == 422
