"""The public pages without a script: every step by links and forms, in both languages, small, with their own policy."""

import io
import re
from html.parser import HTMLParser

import pytest
from PIL import Image

from app.core.ids import uuid7
from tests.factories import make_city
from tests.nonempty import nonempty
from tests.places.conftest import register
from tests.public.conftest import file_report, list_cases
from tests.public.test_following import handled_and_closed

SECRET = re.compile(r"/follow/([\w-]{32})")
MOST_BYTES = 50_000


class Page(HTMLParser):
    """Links, forms and the text of a page."""

    def __init__(self, answer):
        super().__init__()
        self.links, self.fields, self.words, self.ids, self.labels = [], {}, [], [], set()
        self.html = answer.get_data(as_text=True)
        self.feed(self.html)

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        if values.get("id"):
            self.ids.append(values["id"])
        if tag == "a":
            self.links.append(values["href"])
        if tag == "label":
            self.labels.add(values.get("for"))
        if tag == "input" and values.get("type") == "hidden":
            self.fields[values["name"]] = values.get("value", "")

    def handle_data(self, data):
        self.words.append(data)

    @property
    def text(self):
        return " ".join("".join(self.words).split())


def visit(city, path, **options):
    answer = city.app.test_client().get(f"/public/{city.code}/{path}", **options)
    return answer, Page(answer)


def submit(city, path, data, **options):
    return city.app.test_client().post(
        f"/public/{city.code}/{path}", data=data, content_type="multipart/form-data", **options
    )


def photo():
    content = io.BytesIO()
    Image.new("RGB", (64, 48), "green").save(content, "JPEG")
    content.seek(0)
    return content, "photo.jpg"


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_resident_reports_by_links_and_forms_alone(city, lang):
    register(city, address="古荡路12号", kind="dwelling")
    register(city, address="古荡路14号", kind="shop", name="平安超市")
    _, what = visit(city, f"{lang}/report?what=垃圾")
    chosen = next(href for href in what.links if href.endswith("/report/E0102"))
    where = Page(city.app.test_client().get(f"{chosen}?where=古荡"))
    place = next(href for href in where.links if "place=" in href)
    details = Page(city.app.test_client().get(place))
    data = details.fields | {"words": "路边有垃圾", "photos": photo(), "name": "李明"}
    answer = submit(city, f"{lang}/report/E0102", data)
    assert answer.status_code == 303, answer.get_data(as_text=True)
    secret = SECRET.search(answer.headers["Location"])[1]
    _, followed = visit(city, f"{lang}/follow/{secret}?new=1")
    assert "路边有垃圾" in followed.text
    assert "<svg" in followed.html
    (case,) = list_cases(city)
    shown, public_page = visit(city, f"{lang}/cases/{case.id}")
    assert shown.status_code == 200
    assert "路边有垃圾" not in public_page.html
    assert "李明" not in public_page.html


def all_pages(city):
    case = file_report(city, words="words")
    return [
        *("", "report", "report?what=rubbish", "report/E0102", "report/E0102?where=xx", "cases"),
        *(
            "cases?near=xx&state=open&category=E0102",
            f"cases/{case.case.id}",
            "promises",
            "changes",
            "privacy",
        ),
        *(f"follow/{case.secret}?new=1&hidden=1", f"report/E0102?lon={case.case.lon}&lat={case.case.lat}"),
    ]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_page_is_small_labelled_and_has_own_policy(city, lang):
    for path in nonempty(all_pages(city)):
        answer, page = visit(city, f"{lang}/{path}")
        assert answer.status_code == 200, path
        assert len(answer.data) < MOST_BYTES, path
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "<style" not in page.html
        assert " style=" not in page.html
        assert "Set-Cookie" not in answer.headers
        assert page.html.startswith(f'<!doctype html>\n<html lang="{"zh-CN" if lang == "zh" else "en"}"')
        assert len(page.ids) == len(set(page.ids)), path
        assert page.html.count("<h1>") == 1, path


def test_chinese_pages_have_no_english_and_english_no_chinese_sentences(city):
    for path in nonempty(all_pages(city)):
        _, page = visit(city, f"zh/{path}")
        assert not re.search(r"\b(?:the|your|report|case)\b", page.text.replace("http", "").lower()), path
        _, page = visit(city, f"en/{path}")
        assert len(re.findall(r"[\u3400-\u9fff]", page.text)) <= 20, path


def test_static_files_are_small_and_cached(city):
    client = city.app.test_client()
    for name, kind in (("public.css", "text/css"), ("public.js", "text/javascript")):
        answer = client.get(f"/public/static/{name}")
        assert (answer.status_code, answer.mimetype) == (200, kind)
        assert len(answer.data) < 16_000
        assert "immutable" in answer.headers["Cache-Control"]
    assert client.get("/public/static/page.py").status_code == 404


def test_start_leads_to_language_of_browser(city):
    client = city.app.test_client()
    for spoken, lang in (("en-GB,en", "en"), ("zh-CN,zh;q=0.9", "zh"), ("", "zh")):
        answer = client.get(f"/public/{city.code}/", headers={"Accept-Language": spoken})
        assert (answer.status_code, answer.headers["Location"]) == (302, f"/public/{city.code}/{lang}/")


def test_pages_of_closed_city_are_not_found(app, settings):
    closed = make_city(app, settings)
    for path in ("zh/", "zh/report", "zh/cases", "en/privacy"):
        answer, page = visit(closed, path)
        assert answer.status_code == 404
        assert closed.code not in page.text


def test_hidden_and_missing_case_have_the_same_answer(city):
    receipt = file_report(city)
    hidden = receipt.case.id
    city.supervisor().call("PUT", f"/incidents/{hidden}/publication", {"is_hidden": True})
    missing = uuid7()
    answers = [visit(city, f"en/cases/{case_id}") for case_id in (hidden, missing)]
    bodies = [
        page.html.replace(str(case_id), "")
        for case_id, (_, page) in zip((hidden, missing), answers, strict=True)
    ]
    assert [answer.status_code for answer, _ in answers] == [404, 404]
    assert bodies[0] == bodies[1]
    headers = [
        {name: value for name, value in answer.headers if name not in ("X-Request-Id", "Date")}
        for answer, _ in answers
    ]
    assert headers[0] == headers[1]


def merge(city, child, into):
    answer = city.supervisor().post(
        f"/incidents/{child}/merge", {"into_id": str(into), "reason": "the same heap"}
    )
    assert answer.status_code == 200, answer.json


def test_merged_case_leads_to_the_public_case_that_has_it(city):
    child, into = (file_report(city).case.id for _ in range(2))
    merge(city, child, into)
    answer, _ = visit(city, f"en/cases/{child}")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/public/{city.code}/en/cases/{into}")
    supported = submit(city, f"en/cases/{child}/support", {"words": "me too"})
    assert supported.headers["Location"].endswith(f"/en/cases/{into}")
    assert [case.id for case in list_cases(city)] == [into]


@pytest.mark.parametrize("hidden", ["child", "into"])
def test_merged_case_leads_nowhere_when_one_of_both_is_hidden(city, hidden):
    cases = {name: file_report(city).case.id for name in ("child", "into")}
    merge(city, **cases)
    city.supervisor().call("PUT", f"/incidents/{cases[hidden]}/publication", {"is_hidden": True})
    answer, page = visit(city, f"en/cases/{cases['child']}")
    _, missing = visit(city, f"en/cases/{uuid7()}")
    assert (answer.status_code, page.text) == (404, missing.text)


def test_list_keeps_its_etag_when_a_hidden_case_is_added(city):
    file_report(city)
    first, _ = visit(city, "en/cases")
    hidden = file_report(city)
    city.supervisor().call("PUT", f"/incidents/{hidden.case.id}/publication", {"is_hidden": True})
    file_report(city, category="E0603")
    second, _ = visit(city, "en/cases", headers={"If-None-Match": first.headers["ETag"]})
    assert second.status_code == 304


def test_form_keeps_words_when_report_is_refused(city):
    outside = submit(city, "zh/report/E0102", {"lon": 1, "lat": 80, "words": "我写了很多"})
    assert (outside.status_code, "我写了很多" in Page(outside).html) == (422, True)
    data = {**city.in_grid("g1"), "words": "我写了很多", "name": "李明"}
    for _ in range(3):
        assert submit(city, "zh/report/E0102", data | {"client_id": ""}).status_code == 303
    refused = submit(city, "zh/report/E0102", data | {"client_id": ""})
    assert refused.status_code == 429
    page = Page(refused)
    assert "我写了很多" in page.html
    assert "李明" in page.html
    assert 'role="alert"' in page.html


def test_contact_of_child_is_not_stored(city, rows):
    data = {**city.in_grid("g1"), "words": "w", "name": "小明", "phone": "13800001111", "is_child": "1"}
    answer = submit(city, "zh/report/E0102", data)
    assert answer.status_code == 303
    stored = rows(
        "select p.kind, p.name, p.phone from reporter p join report r on r.reporter_id = p.id"
        " join incident i on i.id = r.incident_id where i.jurisdiction_id = :id",
        id=city.jurisdiction_id,
    )
    assert [tuple(row) for row in stored] == [("anonymous", None, None)]


def test_details_offer_open_cases_of_the_category_near_by(city):
    case = file_report(city, words="").case
    place = f"lon={case.lon}&lat={case.lat}"
    for category, is_offered in (("E0102", True), ("E0105", False), ("unclassified", True)):
        _, page = visit(city, f"en/report/{category}?{place}")
        assert any(str(case.id) in href for href in page.links) == is_offered, category
    _, page = visit(city, f"en/report/unclassified?lon={case.lon + 0.01}&lat={case.lat}")
    assert "Is it one of these?" not in page.text


def test_forms_of_an_ended_case_keep_words_when_they_are_refused(city):
    receipt = file_report(city)
    handled_and_closed(city, receipt)
    for form, data in (("rating", {"solved": "none", "score": "4"}), ("contest", {})):
        words = f"{form}: " + "x" * 4000
        answer = submit(city, f"en/follow/{receipt.secret}/{form}", data | {"words": words})
        page = Page(answer)
        assert (answer.status_code, page.html.count(words), 'role="alert"' in page.html) == (422, 1, True), (
            form
        )
        assert ('value="4" selected' in page.html) == (form == "rating")


def reporters_of(city, rows):
    return [
        tuple(row)
        for row in rows(
            "select p.kind, p.phone, p.email, d.language from public_report d join report r on r.id = d.report_id"
            " join reporter p on p.id = r.reporter_id join incident i on i.id = r.incident_id"
            " where i.jurisdiction_id = :id order by r.received_at",
            id=city.jurisdiction_id,
        )
    ]


WITH_CONTACT = "请打13800001111，或 li@mail.example"


def test_contact_in_words_of_child_is_hidden_and_not_stored(city, rows):
    data = {"words": WITH_CONTACT, "is_child": "1"}
    answer = submit(city, "en/report/E0102", {**city.in_grid("g1"), **data})
    (case,) = list_cases(city)
    supported = submit(city, f"en/cases/{case.id}/support", data)
    assert reporters_of(city, rows) == [("anonymous", None, None, "en")] * 2
    for led in (answer, supported):
        _, page = visit(city, led.headers["Location"].split(f"/{city.code}/")[1])
        assert "13800001111" not in page.text
        assert "in your words was hidden" in page.text
        assert "stored as your contact data" not in page.text


def test_contact_in_words_of_supporter_is_stored_as_of_reporter(city, rows):
    (case,) = [file_report(city).case]
    answer = submit(city, f"en/cases/{case.id}/support", {"words": WITH_CONTACT})
    assert reporters_of(city, rows)[1] == ("resident", "13800001111", "li@mail.example", "en")
    _, page = visit(city, answer.headers["Location"].split(f"/{city.code}/")[1])
    assert "It was stored as your contact data." in page.text


def test_words_of_resident_are_escaped(city):
    receipt = file_report(city, words="<script>alert(1)</script>")
    city.supervisor().call("PUT", f"/incidents/{receipt.case.id}/publication", {"words": "<b>x</b>"})
    for path in (f"en/follow/{receipt.secret}", f"en/cases/{receipt.case.id}"):
        _, page = visit(city, path)
        assert "<script>alert" not in page.html
        assert "<b>x" not in page.html


def test_supporter_gets_link_of_their_own(city):
    receipt = file_report(city)
    answer = submit(city, f"en/cases/{receipt.case.id}/support", {"words": "me too"})
    secret = SECRET.search(answer.headers["Location"])[1]
    assert secret != receipt.secret
    _, page = visit(city, f"en/follow/{secret}")
    assert "me too" in page.text
    _, case = visit(city, f"en/cases/{receipt.case.id}")
    assert re.search(r"Residents who reported it\s*2\b", case.text)


def test_link_is_ended_by_its_holder(city):
    receipt = file_report(city)
    assert submit(city, f"en/follow/{receipt.secret}/end", {}).status_code == 200
    answer, _ = visit(city, f"en/follow/{receipt.secret}")
    assert answer.status_code == 404


def test_page_of_link_is_never_cached(city):
    receipt = file_report(city)
    answer, _ = visit(city, f"en/follow/{receipt.secret}")
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
