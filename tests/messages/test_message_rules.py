"""Rules without a database: length and shortening of SMS, addresses, words of each state in each language."""

import pytest

from app.core.mail_addresses import email_of
from app.messages.rules.addresses import phone_of
from app.messages.rules.sms_text import fits, length, shortened
from app.public.rules import news
from app.public.rules.states import STATES

LINK = "https://grid.example/public/f/" + "x" * 16


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a" * 160, 160),
        ("a" * 158 + "€", 160),  # of the extension table: two septets
        ("[]{}", 8),
        ("Ä ö ü ñ £ Δ", 11),
        ("中" * 70, 70),
        ("ç", 1),  # small c with cedilla is not in the alphabet; the capital is
        ("😀", 2),  # a surrogate pair
    ],
)
def test_sms_is_counted_in_septets_or_utf_16_units(text, expected):
    assert length(text) == expected


def test_sms_has_160_septets_or_70_units_at_most():
    assert fits("a" * 160)
    assert not fits("a" * 161)
    assert not fits("a" * 159 + "€")
    assert fits("中" * 70)
    assert not fits("中" * 71)
    assert not fits("a" * 70 + "中")
    assert not fits("中" * 69 + "😀")


@pytest.mark.parametrize("words", ["a" * 200, "中" * 100, "a" * 60 + "中" * 60, "€" * 100, "😀" * 50, "x"])
@pytest.mark.parametrize("link", ["", LINK, LINK + "y" * 40])
def test_shortened_sms_fits_and_keeps_the_whole_link(words, link):
    text = shortened(words, link)
    assert fits(text)
    assert text.endswith(link)
    assert text != link or len(link) > 60


def test_brief_words_are_used_before_words_are_cut():
    assert shortened("中" * 30, LINK, brief="完成") == f"完成 {LINK}"
    assert shortened("中" * 10, LINK, brief="完成") == f"{'中' * 10} {LINK}"
    assert shortened("中" * 99, LINK, brief="文" * 99).startswith("文文")


def test_link_that_fills_an_sms_in_chinese_is_sent_alone():
    link = LINK + "y" * 60
    assert shortened("处理中", link) == link


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("state", STATES, ids=lambda state: state.code)
def test_sms_of_each_state_has_its_title_whole(state, language):
    content = news.news_of_state(
        "sms",
        language,
        state=state,
        reason=None,
        case_no="261129-000005-0",
        city="",
        follow_url=LINK,
        stop_url="",
    )
    assert state.title[language] in content.text
    assert content.text.endswith(LINK)
    assert fits(content.text)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_question_by_sms_is_one_part(language):
    question = news.confirmation(
        "sms", language, case_no="261129-000005-0", city="", confirm_url=LINK.replace("/f/", "/y/")
    )
    assert fits(question.text)
    assert "261129-000005-0" in question.text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (" Li.Ming+1@Mail.Example ", "Li.Ming+1@mail.example"),
        ("li@mail", None),
        ("li@mail.example\nBcc: x@y.example", None),
        ("li@-mail.example", None),
        (f"{'x' * 65}@mail.example", None),
        ("li@mail.example'", None),
    ],
)
def test_mail_address_is_stored_in_one_form(text, expected):
    assert email_of(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("138 0000-1111", "+8613800001111"),
        ("１３８００００１１１１", "+8613800001111"),
        ("0086 13800001111", "+8613800001111"),
        ("+86 138 0000 1111", "+8613800001111"),
        ("+852 5123 4567", "+85251234567"),
        ("+1 202 555 0100", None),
        ("0571-87772222", None),
        ("12345", None),
        ("1380000111a", None),
    ],
)
def test_telephone_number_is_stored_in_one_form(text, expected):
    assert phone_of(text, ("86", "852")) == expected
