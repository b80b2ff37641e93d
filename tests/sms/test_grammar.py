"""The grammar of SMS that come in, and the length of the answers."""

import pytest

from app.messages.rules.sms_text import fits
from app.sms.rules.answers import OUTCOMES, done_text, help_text, language_of, refused_text
from app.sms.rules.grammar import Command, Kind, parse

NO = "261129-000005-0"


@pytest.mark.parametrize(
    ("text", "command"),
    [
        (
            "R E0102 古荡路12号: 垃圾",
            Command(Kind.REPORT, category="E0102", place="古荡路12号", words="垃圾"),
        ),
        ("r 垃圾 古荡路12号：堆积", Command(Kind.REPORT, category="垃圾", place="古荡路12号", words="堆积")),
        ("Ｒ　垃圾 古荡路:x", Command(Kind.REPORT, category="垃圾", place="古荡路", words="x")),
        (
            "R broken lamp, Gudang Road 12: dark: since Monday",
            Command(Kind.REPORT, category="broken lamp", place="Gudang Road 12", words="dark: since Monday"),
        ),
        ("上报 垃圾 古荡路：堆积", Command(Kind.REPORT, category="垃圾", place="古荡路", words="堆积")),
        (f"A {NO}", Command(Kind.ACCEPT, code=NO)),
        ("a 2611290000050", Command(Kind.ACCEPT, code=NO)),
        (f"接单{NO}", Command(Kind.ACCEPT, code=NO)),
        (f"D {NO} 已清理", Command(Kind.DONE, code=NO, words="已清理")),
        ("D 261129 000005 0:已清理", Command(Kind.DONE, code=NO, words="已清理")),
        (f"{NO} 还在", Command(Kind.WORDS, code=NO, words="还在")),
        ("aB3-_xyzAB3-_xyz 还在", Command(Kind.WORDS, code="aB3-_xyzAB3-_xyz", words="还在")),
        (" stop. ", Command(Kind.STOP)),
        ("Ｔ", Command(Kind.STOP)),
        ("退订", Command(Kind.STOP)),
        ("y", Command(Kind.CONFIRM)),
        ("确认", Command(Kind.CONFIRM)),
    ],
)
def test_sms_of_the_grammar_is_understood(text, command):
    assert parse(text) == command


@pytest.mark.parametrize(
    "text",
    [
        "",
        "你好",
        "R E0102 古荡路 no colon",
        "R E0102: no place",
        "R : x",
        "A",
        "A 12345",
        "D soon",
        NO,
        "Rubbish at the corner: much",
        "Thanks",
        "internationality of words",
        "aB3-_xyzAB3-_xyz",
        "please do not stop",
    ],
)
def test_other_sms_is_not_understood(text):
    assert parse(text) is None


@pytest.mark.parametrize("language", ["zh", "en"])
def test_each_answer_is_one_sms(language):
    for outcome in OUTCOMES:
        if outcome not in ("help", "refused"):
            assert fits(done_text(outcome, language, NO))
    for is_worker in (True, False):
        assert fits(help_text(language, is_worker=is_worker))
        assert not help_text(language, is_worker=is_worker).endswith(("...", "…"))
    assert fits(refused_text(language, "很" * 200))


@pytest.mark.parametrize(
    ("text", "language"), [("A 2611290000050", "zh"), ("hello there you", "en"), ("STOP", "en"), ("T", "zh")]
)
def test_answer_is_in_the_language_of_the_sms(text, language):
    assert language_of(text) == language
