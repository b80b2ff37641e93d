"""Plural forms, lists, days and instants within sentences."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from app.core.sentences_sql import with_singular
from app.core.wording import counted, fields_of, fill, in_words, listed


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (0, "0 cases"),
        (1, "1 case"),
        (2, "2 cases"),
        (1.0, "1 case"),
        (1.5, "1.5 cases"),
        (20000, "20,000 cases"),
    ],
)
def test_counted_noun_has_plural_form_unless_number_is_one(number, expected):
    assert counted(number, "case", "cases") == expected


@pytest.mark.parametrize(
    ("items", "english", "chinese"),
    [
        ([], "", ""),
        (["A"], "A", "A"),
        (["A", "B"], "A and B", "A、B"),
        (["A", "B", "C"], "A, B and C", "A、B、C"),
    ],
)
def test_list_has_the_separators_of_its_language(items, english, chinese):
    assert (listed(items, "en"), listed(items, "zh")) == (english, chinese)


def test_template_takes_names_lists_and_numbers_in_its_language():
    values = {"units": [{"en": "Roads", "zh": "道路"}, {"en": "Trees", "zh": "绿化"}], "days": 1}
    assert fill("{units}: {days:day|days}", "en", **values) == "Roads and Trees: 1 day"
    assert fill("{units}：{days} 天", "zh", **values) == "道路、绿化：1 天"
    assert fields_of("{units}: {days:day|days}") == ["units", "days"]


def test_name_without_translation_is_shown_in_the_other_language():
    assert in_words({"zh": "道路"}, "en") == "道路"


def test_days_and_instants_are_unambiguous_in_both_languages():
    instant = datetime(2026, 10, 1, 8, 5, tzinfo=ZoneInfo("Asia/Shanghai"))
    assert (in_words(date(2026, 10, 1), "en"), in_words(date(2026, 10, 1), "zh")) == (
        "1 Oct 2026",
        "2026年10月1日",
    )
    assert in_words(instant, "en") == "1 Oct 2026 08:05 CST"
    assert in_words(instant.astimezone(UTC), "zh") == "2026年10月1日 00:05 UTC"


def test_template_without_its_value_is_an_error():
    with pytest.raises(KeyError):
        fill("{days:day|days}", "en")


def test_sql_sentence_has_singular_only_where_the_number_is_one(rows):
    plural = "'1 cases, 21 cases, 1.1 days, 1 open cases and 1 reports'"
    assert (
        rows(f"select {with_singular(plural)}")[0][0]
        == "1 case, 21 cases, 1.1 days, 1 open case and 1 report"
    )
