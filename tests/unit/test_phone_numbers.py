"""Detection of phone numbers in free text."""

import pytest

from app.core.telephones import numbers_in


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("王小丽 13800001111", "13800001111"),
        ("张三13800009999理发店", "13800009999"),
        ("请打 138 0000 1111 找她", "138 0000 1111"),
        ("138-0000-1111", "138-0000-1111"),
        ("+86 13800001111", "+86 13800001111"),
        ("１３８００００１１１１", "１３８００００１１１１"),
        ("电话0571-87772222", "0571-87772222"),
        ("(010) 8777 2222 物业", "(010) 8777 2222"),
        ("02187772222", "02187772222"),
    ],
)
def test_phone_number_is_detected_at_its_position(text, number):
    (span,) = numbers_in(text)
    assert text[slice(*span)] == number


@pytest.mark.parametrize(
    "text",
    [
        "",
        "幸福路12号3单元501",
        "2026-11-28 14:05",
        "案卷 261128-027960-7",
        "120.13859991234",
        "11010519491231002X",
        "6222021380000111122",
        "12800001111",
        "3 楼 138 户",
        "01-02-2026 至 03-04-2026",
    ],
)
def test_text_without_phone_number_has_no_match(text):
    assert list(numbers_in(text)) == []
