"""What reporters say, on the public page of promises: only of public cases, and only if enough were rated."""

import pytest

from app.core import db
from app.core.actor import SYSTEM
from app.public import service as public
from tests.public.conftest import file_report
from tests.public.test_pages import MOST_BYTES, visit

END = {"action": "force_close", "note": "cannot be solved", "reason": "unsolvable"}


def ended(city, solved=None, score=None, **fields):
    receipt = file_report(city, words=f"垃圾 {fields} {solved} {score}", **fields)
    answer = city.supervisor().post(f"/incidents/{receipt.case.id}/transitions", END)
    assert answer.status_code == 200, answer.json
    if solved:
        with db.transaction(SYSTEM) as session:
            door = public.open_city(session, city.code)
            public.rate(session, door, receipt.secret, solved=solved, score=score)
    return receipt


@pytest.fixture
def rated(city):
    """A city with four rated cases, and one whose reporter did not answer."""
    for solved, score in (("yes", 5), ("yes", 4), ("no", 1), ("partly", 3)):
        ended(city, solved, score)
    ended(city)
    return city


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_page_has_no_rates_when_fewer_than_five_were_rated(rated, lang):
    response, page = visit(rated, f"{lang}/promises")
    assert ("评价不足 5 件" if lang == "zh" else "Fewer than 5 cases were rated.") in page.text
    assert len(response.data) < MOST_BYTES


def test_page_shows_rates_and_who_did_not_answer(rated):
    ended(rated, "yes")
    _, page = visit(rated, "en/promises")
    assert "the reporters of 6 could rate the end. 5 were rated, 1 were not." in page.text
    assert "Solved, as the reporters say 60 %" in page.text
    assert "Satisfied (4 or 5 of 5) fewer than 5 scores" in page.text
    ended(rated, "no", 2)
    _, page = visit(rated, "en/promises")
    assert "Solved, as the reporters say 50 %" in page.text
    assert "Satisfied (4 or 5 of 5) 40 %" in page.text


@pytest.mark.parametrize("category", ["E0603", "E0690"])
def test_ratings_of_cases_that_are_not_public_change_nothing(rated, category):
    before = visit(rated, "en/promises")[1].text
    ended(rated, "yes", 5, category=category)
    assert visit(rated, "en/promises")[1].text == before
