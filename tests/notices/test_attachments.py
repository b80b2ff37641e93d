"""Files of notices: pictures and PDF documents, checked, shown on the page of the household, erased with the notice."""

import io
import zlib
from datetime import timedelta
from uuid import UUID

import pytest
from PIL import Image

from app.accounts import service as accounts
from app.core import clock, db
from app.core.actor import SYSTEM
from app.core.errors import Invalid
from app.core.ids import uuid7
from app.media import service as media
from app.media.rules import documents
from app.media.rules.documents import Refused
from app.notices.rules import notices as rules
from app.notices.service.attachments import attach as attach_files
from tests.factories import make_city
from tests.media.sending import as_job, begin, finish, photo, send, sent
from tests.notices.conftest import DOOR
from tests.notices.test_links import make_link, visit
from tests.notices.world import NoticeWorld, sql

TITLES = {"zh": "停水范围图", "en": "Map of the outage"}


def pdf(*objects: bytes, trailer: bytes = b"") -> bytes:
    """Return a document of one empty page with further objects."""
    given = (
        b"<< /Type /Catalog /Pages 2 0 R /OpenAction [3 0 R /Fit] >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] >>",
        *objects,
    )
    body = b"".join(b"%d 0 obj\n%s\nendobj\n" % (place + 1, each) for place, each in enumerate(given))
    return b"%PDF-1.7\n" + body + b"trailer << /Root 1 0 R" + trailer + b" >>\nstartxref\n0\n%%EOF\n"


def stream(content: bytes, entries: bytes = b"/Filter /FlateDecode", *, is_packed: bool = True) -> bytes:
    packed = zlib.compress(content) if is_packed else content
    return b"<< %s /Length %d >>\nstream\n%s\nendstream" % (entries, len(packed), packed)


def attach(world: NoticeWorld, notice, *media_ids, titles=TITLES):
    items = [{"media_id": str(media_id), "titles": titles} for media_id in media_ids]
    return world.author.patch(f"/notices/{notice['id']}", {"attachments": items}, version=notice["version"])


def page_of(world: NoticeWorld, notice, home, lang="en"):
    secret = make_link(world, notice, home)
    return secret, visit(world, f"{lang}/notices/{secret}").get_data(as_text=True)


@pytest.fixture
def home(world):
    return world.settle("g1")[0]


def test_picture_and_document_are_on_page_of_household_without_script(world, home):
    city, author = world.city, world.author
    picture = sent(city, author, photo(), filetype="image/jpeg")
    document = sent(city, author, pdf(), kind="document", filetype="application/pdf")
    notice = world.draft(
        attachments=[
            {"media_id": picture, "titles": TITLES},
            {"media_id": document, "titles": {"zh": "须知"}},
        ]
    )
    assert [(file["state"], file["content_type"]) for file in notice["files"]] == [
        ("ready", "image/jpeg"),
        ("ready", "application/pdf"),
    ]
    secret, page = page_of(world, world.publish(notice), home)
    assert "Map of the outage" in page and "须知" in page and "<script" not in page
    for media_id, kind, way in (
        (picture, "image/jpeg", "inline"),
        (document, "application/pdf", "attachment"),
    ):
        path = f"en/notices/{secret}/files/{media_id}"
        assert path in page
        answer = visit(world, path)
        assert (answer.status_code, answer.content_type) == (200, kind)
        assert answer.headers["Content-Disposition"].startswith(way)
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "no-store" in answer.headers["Cache-Control"]
    with Image.open(io.BytesIO(visit(world, f"en/notices/{secret}/files/{picture}").data)) as shown:
        assert not shown.getexif()
    assert visit(world, f"en/notices/{secret}/files/{document}").data == pdf()
    sheet = author.post(f"/notices/{notice['id']}/paper", {"grid_id": str(city.areas["g1"])})
    assert "附件见网页 The attachments are on the page" in sheet.get_data(as_text=True)


def test_file_is_found_by_its_own_notice_and_city_only(world, home, app, settings):
    picture = sent(world.city, world.author, photo())
    notice = world.publish(world.draft(attachments=[{"media_id": picture, "titles": TITLES}]))
    secret = make_link(world, notice, home)
    other = make_link(world, world.published(), home)
    assert visit(world, f"en/notices/{secret}/files/{picture}").status_code == 200
    assert visit(world, f"en/notices/{other}/files/{picture}").status_code == 404
    assert visit(world, f"en/notices/{secret}/files/{uuid7()}").status_code == 404
    strange = make_city(app, settings, profile=DOOR)
    path = f"/public/{strange.code}/en/notices/{secret}/files/{picture}"
    assert app.test_client().get(path).status_code == 404


def test_worker_who_tells_the_household_opens_the_files(world, home):
    document = sent(world.city, world.author, pdf(), kind="document")
    world.publish(world.draft(attachments=[{"media_id": document, "titles": TITLES}]))
    worker = world.city.worker("g1")
    (task,) = worker.get("/notices/tasks").json["items"]
    (file,) = task["notice"]["files"]
    assert (file["media_id"], file["titles"], file["size"]) == (document, TITLES, len(pdf()))
    assert worker.get(f"/media/{document}/content").data == pdf()
    assert world.city.worker("g3").get(f"/media/{document}").status_code == 404
    assert worker.call("DELETE", f"/media/{document}").status_code == 403


def test_attachments_are_limited_and_owned(world):
    draft, author = world.draft(), world.author
    ids = [sent(world.city, author, photo((8, 8))) for _ in range(rules.ATTACHMENTS_MAX + 1)]
    assert attach(world, draft, *ids).status_code == 422
    faults = {
        "repeated": attach(world, draft, ids[0], ids[0]),
        "reference_unknown": attach(world, draft, sent(world.city, world.second, photo((8, 8)))),
        "notice_language_missing": attach(world, draft, ids[0], titles={"ja": "図"}),
    }
    for code, answer in faults.items():
        assert (answer.status_code, answer.json["errors"][0]["code"]) == (422, code), answer.json
    changed = attach(world, draft, *ids[:2])
    assert changed.status_code == 200, changed.json
    elsewhere = attach(world, world.draft(), ids[0])
    assert elsewhere.json["errors"][0]["code"] == "reference_unknown"
    again = author.patch(f"/notices/{draft['id']}", changed.json, version=changed.json["version"])
    assert again.status_code == 200, again.json


def test_files_are_limited_together(world):
    notice, media_id = world.draft(), sent(world.city, world.author, photo())
    items = [{"media_id": UUID(media_id), "titles": TITLES}]
    with db.transaction(SYSTEM) as session, pytest.raises(Invalid) as refused:
        actor = accounts.actor_of(session, world.author.id)
        attach_files(session, actor, notice_id=UUID(notice["id"]), items=items, bytes_max=1_000)
    assert refused.value.extra["errors"][0]["code"] == "notice_files_large"


def test_notice_with_unchecked_or_refused_file_is_not_published(world, home):
    late = send(world.author, photo())
    notice = attach(world, world.draft(), late).json
    path, body = f"/notices/{notice['id']}/publish", {"confirmed_households": 1}
    refused = world.author.post(path, body)
    assert (refused.status_code, refused.json["code"]) == (409, "media_pending")
    active = send(world.author, pdf(b"<< /S /JavaScript /JS (app.alert(1)) >>"), kind="document")
    notice = attach(world, notice, active).json
    assert finish(world.city, active) == "document_active"
    refused = world.author.post(path, body)
    assert (refused.status_code, refused.json["code"]) == (409, "notice_file_refused")
    again = attach(world, notice, active)
    assert again.json["errors"][0]["code"] == "notice_file_not_taken"
    assert world.author.post(path, body).status_code == 409
    notice = attach(world, notice, sent(world.city, world.author, photo())).json
    assert world.author.post(path, body).status_code == 200


def test_removed_and_withdrawn_files_are_erased(world, home):
    first, second = (sent(world.city, world.author, photo()) for _ in range(2))
    notice = attach(world, world.draft(), first, second).json
    notice = attach(world, notice, second).json
    gone = sql("select id from media where deleted_at is not null and id = any(:ids)", ids=[first, second])
    assert [str(row.id) for row in gone] == [first]
    withdrawn = world.author.post(f"/notices/{notice['id']}/withdraw", {"reason": "wrong day"})
    assert (withdrawn.json["files"], withdrawn.json["attachments"]) == ([], [])
    assert world.author.get(f"/media/{second}").status_code == 404


def test_withdrawn_notice_shows_no_file(world, home):
    picture = sent(world.city, world.author, photo())
    notice = world.publish(world.draft(attachments=[{"media_id": picture, "titles": TITLES}]))
    secret = make_link(world, notice, home)
    world.author.post(f"/notices/{notice['id']}/withdraw", {"reason": "wrong day"})
    assert TITLES["en"] not in visit(world, f"en/notices/{secret}").get_data(as_text=True)
    assert visit(world, f"en/notices/{secret}/files/{picture}").status_code == 404


def test_attached_file_is_not_cleaned_up_as_unlinked(world):
    picture, loose = (sent(world.city, world.author, photo()) for _ in range(2))
    attach(world, world.draft(), picture)
    with as_job(world.city)() as session:
        media.run_due(session, clock.now() + timedelta(days=400), settings=world.city.settings, limit=10_000)
    rows = sql("select id from media where deleted_at is null and id = any(:ids)", ids=[picture, loose])
    assert [str(row.id) for row in rows] == [picture]


def test_document_is_attached_to_no_case(world):
    refused = begin(world.author, 10, id=uuid7(), kind="document", incident=uuid7())
    assert (refused.status_code, refused.json["code"]) == (400, "upload_header_invalid")
    document = sent(world.city, world.author, pdf(), kind="document")
    case = world.city.worker("g1").post(
        "/incidents", {**world.city.in_grid("g1"), "category": "E0102", "description": "x"}
    )
    hung = world.author.post(f"/incidents/{case.json['id']}/media", {"media_id": document})
    assert (hung.status_code, hung.json["code"]) == (409, "media_hangs_elsewhere")


@pytest.mark.parametrize(
    ("document", "code"),
    [
        (pdf(b"<< /S /JavaScript /JS (x) >>"), "document_active"),
        (pdf(b"<< /S /J#61vaScript /JS (x) >>"), "document_active"),
        (pdf(b"<< /S/Launch/F(cmd.exe)>>"), "document_active"),
        (pdf(b"<< /S /SubmitForm /F (https://x.example) >>"), "document_active"),
        (pdf(stream(b"x" * 100, b"/Type /EmbeddedFile /Filter /FlateDecode")), "document_active"),
        (pdf(stream(b"4 0 << /S /JavaScript >>", b"/Type /ObjStm /Filter /FlateDecode")), "document_active"),
        (
            pdf(stream(b"4 0 << /S /J#61vaScript >>", b"/Type /ObjStm /Filter [/FlateDecode]")),
            "document_active",
        ),
        (pdf(stream(b" " * 3_000_000 + b"/Launch ")), "document_active"),
        (pdf(stream(b" " * ((1 << 20) - 3) + b"/Launch ")), "document_active"),
        (pdf(stream(b"abc~>", b"/Type /ObjStm /Filter /ASCII85Decode", is_packed=False)), "document_broken"),
        (pdf(stream(b"abc", b"/Type /ObjStm /Filter [/AHx /Fl]", is_packed=False)), "document_broken"),
        (pdf(trailer=b" /Encrypt 9 0 R"), "document_encrypted"),
        (pdf()[:-10], "document_broken"),
        (b"%PDF-1.7\n", "document_broken"),
        (b" " + pdf(), "document_broken"),
    ],
)
def test_document_with_program_password_or_hidden_objects_is_refused(document, code):
    with pytest.raises(Refused) as refused:
        documents.check(document)
    assert refused.value.args[0] == code


def test_document_that_inflates_without_end_is_refused():
    document = pdf(*(stream(b"\0" * 3_000_000) for _ in range(2)))
    documents.check(document)
    with pytest.raises(Refused) as refused:
        documents.check(document, inflated_max=5_000_000)
    assert refused.value.args[0] == "too_costly"


def test_plain_document_is_accepted():
    documents.check(
        pdf(stream(b"BT (Javascript is a word) Tj ET"), b"<< /S /URI /URI (https://x.example) >>")
    )
    documents.check(pdf(stream(b"\xff\xd8\xff no deflate", b"/Filter /DCTDecode", is_packed=False)))


@pytest.mark.parametrize(
    ("content", "kind", "code"),
    [
        (photo(), "document", "type_mismatch"),
        (pdf(), "near", "type_mismatch"),
        (pdf() + b"PK\x05\x06" + b"\0" * 18, "document", "two_things_at_once"),
        (pdf(b"<< /X (<script>) >>"), "document", "two_things_at_once"),
    ],
)
def test_document_is_what_it_is_said_to_be(world, content, kind, code):
    assert finish(world.city, send(world.author, content, kind=kind)) == code
