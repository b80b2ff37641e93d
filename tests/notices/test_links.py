"""Secret links of households: the page without script, answers, questions that become cases, and their results."""

import re

import pytest

from app.core import clock
from app.incidents.cases.rules.lifecycle import Status
from app.notices.rules.notices import APPROVAL_WINDOW, PURPOSE_NAMES, PURPOSES
from tests.factories import make_city
from tests.notices.conftest import DOOR
from tests.notices.test_states import state_of
from tests.notices.world import TEXTS, audited, pages, sql

SECRET = re.compile(r"/public/notices/([\w-]{32})$")


def make_link(world, notice, home):
    answer = world.city.worker("g1").post(f"/notices/{notice['id']}/households/{home}/link")
    assert answer.status_code == 201, answer.json
    assert answer.headers["Cache-Control"] == "no-store"
    (secret,) = SECRET.findall(answer.json["url"])
    return secret


def visit(world, path, **options):
    return world.city.app.test_client().get(f"/public/{world.city.code}/{path}", **options)


def submit(world, path, data=None, **options):
    return world.city.app.test_client().post(f"/public/{world.city.code}/{path}", data=data or {}, **options)


@pytest.fixture
def home(world):
    return world.settle("g1")[0]


@pytest.fixture
def notice(world, home):
    return world.published()


@pytest.fixture
def secret(world, notice, home):
    return make_link(world, notice, home)


def test_link_is_read_in_both_languages_and_marks_opened(world, notice, home, secret):
    assert state_of(world, notice, home)["state"] == "sent"
    short = world.city.app.test_client().get(f"/public/notices/{secret}", headers={"Accept-Language": "en"})
    assert (short.status_code, short.location.endswith(f"/en/notices/{secret}")) == (302, True)
    assert state_of(world, notice, home)["state"] == "sent"
    for lang, other in (("zh", "en"), ("en", "zh")):
        answer = visit(world, f"{lang}/notices/{secret}")
        page = answer.get_data(as_text=True)
        assert (answer.status_code, len(page) < 50_000, "<script" in page) == (200, True, False)
        assert TEXTS[lang]["text"] in page and TEXTS[other]["text"] not in page
        assert answer.headers["Cache-Control"] == "no-store"
        assert "幸福路" not in page and "张三丰" not in page
    after = state_of(world, notice, home)
    assert (after["state"], [step["state"] for step in after["history"]]) == ("opened", ["sent", "opened"])
    assert after["history"][1]["by"] is None
    assert audited(notice)[-1] == "notice.link"


def test_page_names_sender_purpose_and_end_of_notice(world, home):
    own = world.published(purpose="rules")
    of_unit = world.published(unit_id=str(world.city.units["cleaning"]))
    (unit,) = sql("select name from unit where id = :id", id=world.city.units["cleaning"])
    for notice, sender in ((own, {"zh": "区s", "en": "Area s"}), (of_unit, unit.name)):
        secret = make_link(world, notice, home)
        for lang in ("zh", "en"):
            page = visit(world, f"{lang}/notices/{secret}").get_data(as_text=True)
            name, purpose = sender[lang], PURPOSE_NAMES[notice["purpose"]][lang]
            assert f"<dd>{name}</dd>" in page and f"<dd>{purpose}</dd>" in page
            assert f"{purpose}</button>" in page
    world.author.post(f"/notices/{of_unit['id']}/withdraw", {"reason": "wrong day"})
    assert f"<dd>{unit.name['zh']}</dd>" in visit(world, f"zh/notices/{secret}").get_data(as_text=True)


def test_purposes_have_names_for_households():
    assert set(PURPOSE_NAMES) == set(PURPOSES)


def test_text_in_another_language_than_the_page_is_marked(world, home):
    texts = {"en": TEXTS["en"], "ar": {"title": "قطع المياه", "text": "لا ماء يوم الجمعة."}}
    secret = make_link(world, world.published(texts=texts), home)
    page = visit(world, f"zh/notices/{secret}").get_data(as_text=True)
    assert '<h1 lang="en">' in page and '<p class="words" lang="en">' in page
    assert '<section lang="ar" dir="auto">' in page
    assert ' lang="en">Water off' not in visit(world, f"en/notices/{secret}").get_data(as_text=True)


def test_answers_of_household_are_its_state(world, notice, home, secret):
    for answer in ("understood", "needs_help", "understood"):
        result = submit(world, f"zh/notices/{secret}/answer", {"answer": answer})
        assert (result.status_code, f"done={answer}" in result.location) == (303, True)
        assert state_of(world, notice, home)["state"] == answer
    again = len(state_of(world, notice, home)["history"])
    submit(world, f"zh/notices/{secret}/answer", {"answer": "understood"})
    assert len(state_of(world, notice, home)["history"]) == again
    wrong = submit(world, f"zh/notices/{secret}/answer", {"answer": "told"})
    assert wrong.status_code == 422
    replies = world.author.get(f"/notices/{notice['id']}/replies").json["items"]
    assert len(replies) == 1
    case = world.author.get(f"/incidents/{replies[0]['incident']['id']}").json
    assert TEXTS["zh"]["title"] in case["reports"][0]["words"]


def test_only_digest_of_secret_is_stored_and_new_link_ends_the_old(world, notice, home, secret):
    stored = sql("select cast(d as text) row from notice_delivery d")
    assert not any(secret in row.row or secret.encode().hex() in row.row for row in stored)
    newer = make_link(world, notice, home)
    assert visit(world, f"en/notices/{secret}").status_code == 404
    assert visit(world, f"en/notices/{newer}").status_code == 200
    path = f"/notices/{notice['id']}/households/{home}/link"
    assert world.author.call("DELETE", path).status_code == 204
    assert visit(world, f"en/notices/{newer}").status_code == 404
    assert world.author.call("DELETE", path).status_code == 404
    last = make_link(world, notice, home)
    assert submit(world, f"en/notices/{last}/end").status_code == 200
    assert visit(world, f"en/notices/{last}").status_code == 404


def test_link_opens_nothing_in_other_city(world, app, settings, secret):
    other = make_city(app, settings, profile=DOOR)
    assert app.test_client().get(f"/public/{other.code}/en/notices/{secret}").status_code == 404


def test_question_becomes_case_whose_result_is_on_the_page(world, notice, home, secret):
    sent = submit(world, f"en/notices/{secret}/question", {"words": "Until when? 13800001111"})
    assert sent.status_code == 303, sent.get_data(as_text=True)
    (follow,) = re.findall(r"follow=([\w-]{32})", sent.location)
    assert visit(world, f"en/follow/{follow}").status_code == 200
    (reply,) = world.author.get(f"/notices/{notice['id']}/replies").json["items"]
    assert reply["household"]["id"] == str(home)
    assert reply["incident"]["category"] == "unclassified"
    case_id = reply["incident"]["id"]
    case = world.author.get(f"/incidents/{case_id}").json
    assert case["reports"][0]["words"] == "Until when? ●●●"
    assert case["grid"]["id"] == str(world.city.areas["g1"])
    page = visit(world, f"en/notices/{secret}").get_data(as_text=True)
    assert reply["incident"]["case_no"] in page and "In progress" in page and "Until when? ●●●" in page
    closed = world.author.post(
        f"/incidents/{case_id}/transitions",
        {"action": "force_close", "note": "cannot be solved", "reason": "unsolvable"},
    )
    assert closed.status_code == 200, closed.json
    page = visit(world, f"en/notices/{secret}").get_data(as_text=True)
    assert "Cannot be solved" in page
    assert world.author.get(f"/notices/{notice['id']}/replies").json["items"][0]["incident"]["status"] == (
        Status.FORCE_CLOSED
    )
    rated = submit(world, f"en/notices/{secret}/replies/{reply['report_id']}/follow")
    assert rated.status_code == 303
    follow = rated.location.rsplit("/", 1)[1]
    assert submit(world, f"en/follow/{follow}/rating", {"solved": "no", "score": "2"}).status_code == 303
    assert submit(world, f"en/notices/{secret}/replies/{home}/follow").status_code == 404


def test_reply_of_staff_is_on_the_page_of_the_notice_without_another_link(world, notice, secret):
    """The household ends the link of its question. It reads the reply on the page of the notice, until this link ends, too."""
    sent = submit(world, f"en/notices/{secret}/question", {"words": "Until when?"})
    (follow,) = re.findall(r"follow=([\w-]{32})", sent.location)
    assert submit(world, f"en/follow/{follow}/end").status_code == 200
    (question,) = world.author.get(f"/notices/{notice['id']}/replies").json["items"]
    case_id = question["incident"]["id"]
    path = f"/incidents/{case_id}/replies"
    answer = world.author.post(path, {"words": "Until noon on Friday."})
    assert answer.status_code == 201, answer.json
    assert [answer.json["audience"][name] for name in ("reporters", "by_link", "unreached")] == [1, 1, 0]
    assert "Until noon on Friday." in visit(world, f"en/notices/{secret}").get_data(as_text=True)
    assert submit(world, f"en/notices/{secret}/end").status_code == 200
    assert world.author.get(path).json["audience"]["unreached"] == 1


def test_question_sent_twice_is_one_case_and_empty_one_is_refused(world, notice, secret):
    for _ in range(2):
        assert submit(world, f"zh/notices/{secret}/question", {"words": "几点恢复？"}).status_code == 303
    assert len(world.author.get(f"/notices/{notice['id']}/replies").json["items"]) == 1
    assert submit(world, f"zh/notices/{secret}/question", {"words": " "}).status_code == 422
    long = submit(world, f"zh/notices/{secret}/question", {"words": "x" * 4_001})
    assert long.status_code == 422 and "x" * 4_001 in long.get_data(as_text=True)


def test_household_has_limit_of_replies_and_no_limit_of_place(world, notice, secret, monkeypatch):
    for number in range(10):
        sent = submit(world, f"zh/notices/{secret}/question", {"words": f"问题{number}问题问题问题"})
        assert sent.status_code == 303, sent.get_data(as_text=True)
    assert submit(world, f"zh/notices/{secret}/question", {"words": "再问"}).status_code == 429


def test_replies_show_cases_in_own_reach_only(world, notice, secret, app, settings):
    submit(world, f"zh/notices/{secret}/question", {"words": "几点恢复？"})
    path = f"/notices/{notice['id']}/replies"
    assert len(world.city.worker("g1").get(path).json["items"]) == 1
    world.settle("g3")
    other = world.published()
    assert world.city.worker("g3").get(f"/notices/{other['id']}/replies").json["items"] == []
    assert world.city.worker("g3").get(path).status_code == 404
    assert make_city(app, settings).supervisor().get(path).status_code == 404


@pytest.mark.parametrize("how", ["withdrawn", "ended"])
def test_notice_that_is_over_is_shown_and_takes_no_answer(world, notice, home, secret, how, monkeypatch):
    if how == "withdrawn":
        world.author.post(f"/notices/{notice['id']}/withdraw", {"reason": "wrong day"})
    else:
        later = clock.now() + APPROVAL_WINDOW * 15
        monkeypatch.setattr(clock, "now", lambda: later)
        world.author.token = None
    page = visit(world, f"en/notices/{secret}").get_data(as_text=True)
    assert ("wrong day" in page, TEXTS["en"]["text"] in page) == (how == "withdrawn", how == "ended")
    assert "<textarea" not in page
    for form, data in (("answer", {"answer": "understood"}), ("question", {"words": "why?"})):
        assert submit(world, f"en/notices/{secret}/{form}", data).status_code == 409
    made = world.author.post(f"/notices/{notice['id']}/households/{home}/link")
    assert (made.status_code, made.json["code"]) == (409, "notice_not_running")


def test_link_needs_open_channel_and_open_pages(world, home, app, settings):
    world.opt_out(home, channel="link")
    notice = world.published()
    refused = world.author.post(f"/notices/{notice['id']}/households/{home}/link")
    assert (refused.status_code, refused.json["code"]) == (409, "notice_channel_closed")
    closed = type(world)(make_city(app, settings))
    (other,) = closed.settle("g1")
    refused = closed.author.post(f"/notices/{closed.published()['id']}/households/{other}/link")
    assert (refused.status_code, refused.json["code"]) == (409, "notice_pages_closed")


def test_needs_help_is_listed_by_state(world, notice, home, secret):
    submit(world, f"en/notices/{secret}/answer", {"answer": "needs_help"})
    assert pages(world.author, f"/notices/{notice['id']}/households", state="needs_help") == [str(home)]
