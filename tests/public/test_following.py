"""Following a case without an account: see, add, contest, rate, support, and what a link cannot do."""

import contextlib
import io

import pytest
from PIL import Image
from sqlalchemy import text

from app.core import db
from app.core.actor import SYSTEM
from app.core.errors import Conflict, Invalid, NotFound, Unsupported
from app.incidents import service as incidents
from app.public import service as public
from tests.factories import make_city
from tests.media.sending import finish, photo
from tests.public.conftest import DOOR, file_report, list_cases


def with_door(city, call, *args, **fields):
    with db.transaction(SYSTEM) as session:
        return call(session, public.open_city(session, city.code), *args, **fields)


def handled_and_closed(city, receipt):
    """Handle the case of a report and force it closed."""
    answer = city.supervisor().post(
        f"/incidents/{receipt.case.id}/transitions",
        {"action": "force_close", "note": "cannot be solved", "reason": "unsolvable"},
    )
    assert answer.status_code == 200, answer.json


def test_link_shows_course_and_own_words(city):
    worker = city.worker("g1")
    receipt = file_report(city)
    offer = worker.get("/assignments").json["items"][0]
    assert worker.post(f"/assignments/{offer['id']}/accept").status_code == 200
    followed = with_door(city, public.followed_case, receipt.secret)
    assert [moment.state.code for moment in followed.course] == ["received", "in_progress"]
    assert [words for _, words in followed.own_words] == ["垃圾堆积"]
    assert (followed.contest_until, followed.rating) == (None, None)


@pytest.mark.parametrize("category", ["E0603", "E0690"])
def test_link_shows_case_that_is_not_public(city, category):
    receipt = file_report(city, category=category)
    followed = with_door(city, public.followed_case, receipt.secret)
    assert not followed.is_public
    assert followed.case.id == receipt.case.id


def test_link_is_not_found_in_other_city_or_when_changed_or_revoked(city, app, settings):
    receipt = file_report(city)
    other = make_city(app, settings, profile=DOOR)
    for place, secret in ((other, receipt.secret), (city, receipt.secret[:-1]), (city, "")):
        with pytest.raises(NotFound):
            with_door(place, public.followed_case, secret)
    with_door(city, public.revoke, receipt.secret)
    with pytest.raises(NotFound):
        with_door(city, public.followed_case, receipt.secret)


def test_secret_of_link_is_not_stored(city):
    receipt = file_report(city)
    with db.read_session() as session:
        stored = session.execute(text("select cast(f as text) from follow_link f")).scalars().all()
    assert stored
    assert not any(receipt.secret in row or receipt.secret.encode().hex() in row for row in stored)


def test_words_and_photo_are_added_by_link(city):
    receipt = file_report(city)
    picture = io.BytesIO()
    Image.new("RGB", (64, 48), "red").save(picture, "JPEG")
    store = city.app.extensions["media_store"]
    photos = public.store_photos(store, [picture.getvalue()], city.settings)
    with_door(
        city,
        public.add_to_report,
        receipt.secret,
        words="还在，电话13800001111",
        photos=photos,
        settings=city.settings,
    )
    supervisor = city.supervisor()
    case = supervisor.get(f"/incidents/{receipt.case.id}").json
    assert [report["words"] for report in case["reports"]] == ["垃圾堆积", "还在，电话●●●"]
    media = supervisor.get(f"/incidents/{receipt.case.id}/media").json["items"]
    assert [item["id"] for item in media] == [str(photos[0].id)]
    assert list_cases(city)[0].reporters == 1
    with pytest.raises(Invalid):
        with_door(city, public.add_to_report, receipt.secret, words=" ", photos=[], settings=city.settings)


def add_photo(city, receipt, content):
    """Add a photo by the link of a report, and process it; return its id."""
    (stored,) = public.store_photos(city.app.extensions["media_store"], [content], city.settings)
    added = {"words": "", "photos": [stored], "settings": city.settings}
    with_door(city, public.add_to_report, receipt.secret, **added)
    finish(city, str(stored.id))
    return str(stored.id)


def follow_html(city, receipt):
    answer = city.app.test_client().get(f"/public/{city.code}/en/follow/{receipt.secret}")
    assert answer.status_code == 200
    return answer.text


def test_link_counts_photos_and_shows_only_the_released_ones(city):
    receipt = file_report(city)
    assert "Photos that arrived" not in follow_html(city, receipt)
    released, withheld = (add_photo(city, receipt, photo()) for _ in range(2))
    add_photo(city, receipt, photo()[:700])
    supervisor = city.supervisor()
    path = f"/incidents/{receipt.case.id}/publication"

    html = follow_html(city, receipt)
    assert "Photos that arrived with this case: 2." in html
    assert "Files that could not be read as photos: 1." in html
    assert (released in html, withheld in html) == (False, False)
    assert supervisor.call("PUT", path, {"photo_ids": [released]}).status_code == 200
    html = follow_html(city, receipt)
    assert f"cases/{receipt.case.id}/photos/{released}" in html
    assert withheld not in html
    assert supervisor.call("PUT", path, {"photo_ids": [released], "is_hidden": True}).status_code == 200
    html = follow_html(city, receipt)
    assert released not in html
    assert "Photos of this case are not public." in html


@pytest.mark.parametrize(("outcome", "stays"), [("new", True), ("stored before", False), ("broken", False)])
def test_photos_stay_in_the_store_only_with_a_new_report(city, outcome, stays):
    picture = io.BytesIO()
    Image.new("RGB", (64, 48), "red").save(picture, "JPEG")
    store, keys = city.app.extensions["media_store"], []

    def act(photos):
        keys.extend(photo.key for photo in photos)
        assert b"".join(store.stream(keys[0])) == picture.getvalue()
        if outcome == "broken":
            raise ZeroDivisionError
        return "result", outcome == "new"

    with contextlib.suppress(ZeroDivisionError):
        assert public.with_photos(store, [picture.getvalue()], city.settings, act) == "result"
    assert bool(store.under(keys[0].rpartition("/")[0])) == stays


def test_file_that_is_no_photo_is_refused(city):
    with pytest.raises(Unsupported):
        public.store_photos(city.app.extensions["media_store"], [b"%PDF-1.7 ..."], city.settings)


def test_end_is_contested_and_rated_by_link(city):
    city.worker("g1")
    receipt = file_report(city)
    with pytest.raises(Conflict):
        with_door(city, public.rate, receipt.secret, solved="no", score=1)
    handled_and_closed(city, receipt)
    followed = with_door(city, public.followed_case, receipt.secret)
    assert followed.case.state.code == "ended"
    assert followed.case.reason == {"zh": "客观条件无法解决", "en": "Cannot be solved"}
    assert followed.contest_until is not None
    with_door(city, public.rate, receipt.secret, solved="no", score=2, words="still there")
    with_door(city, public.rate, receipt.secret, solved="partly", score=3, words="better")
    rating = with_door(city, public.followed_case, receipt.secret).rating
    assert (rating["solved"], rating["score"], rating["words"]) == ("partly", 3, "better")
    with_door(city, public.contest, receipt.secret, words="还在那里")
    followed = with_door(city, public.followed_case, receipt.secret)
    assert followed.case.is_open
    case = city.supervisor().get(f"/incidents/{receipt.case.id}").json
    assert case["contested_count"] == 1
    with pytest.raises(Conflict):
        with_door(city, public.contest, receipt.secret, words="again")


def test_supporter_joins_public_case_and_follows_it(city):
    worker = city.worker("g1")
    worker.post("/incidents", {**city.in_grid("g1"), "category": "E0102"})
    (case,) = list_cases(city)
    receipt = with_door(
        city,
        public.support_case,
        case.id,
        words="我也看到了",
        contact=public.Contact(email="li@mail.example"),
        source=None,
    )
    assert receipt.case.reporters == 1
    followed = with_door(city, public.followed_case, receipt.secret)
    assert (followed.case.id, [words for _, words in followed.own_words]) == (case.id, ["我也看到了"])
    row = city.supervisor().get(f"/incidents/{case.id}").json
    assert row["report_count"] == 2


def test_case_that_is_not_public_cannot_be_supported(city):
    receipt = file_report(city, category="E0603")
    with pytest.raises(NotFound):
        with_door(city, public.support_case, receipt.case.id, words="", contact=public.Contact(), source=None)


def test_reply_of_supervisor_reaches_follower(city):
    receipt = file_report(city)
    with db.transaction(SYSTEM) as session:
        replied = incidents.reply(session, SYSTEM, incident_ids=[receipt.case.id], words="我们明天处理")
    assert (replied.told, replied.unheard) == (1, [])
    followed = with_door(city, public.followed_case, receipt.secret)
    assert [moment.reply for moment in followed.course if moment.reply] == ["我们明天处理"]
