"""Guessable passwords: rejected with a reason; others are accepted."""

import pytest

from app.accounts.rules.password_strength import COMMON_PASSWORDS_FILE, guessable

OWN = ("demo-worker", "Zhang San", "330106", "Xihu District, Hangzhou", "杭州市西湖区", "文三路街道")


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("1234567890", "password_common"),
        ("password123", "password_common"),
        ("Password2026!", "password_common"),
        ("p@ssw0rd123", "password_common"),
        ("qwertyuiop", "password_common"),
        ("1QAZ2wsx3edc", "password_common"),
        ("！dragon！20", "password_common"),
        ("aaaaaaaaaa", "password_pattern"),
        ("1212121221", "password_pattern"),
        ("passwordpassword", "password_pattern"),
        ("woaini woaini woaini", "password_pattern"),
        ("abcdefghij", "password_pattern"),
        ("zyxwvutsrqp", "password_pattern"),
        ("demo-workerdemo-worker", "password_of_own_words"),
        ("Worker-2026-11", "password_of_own_words"),
        ("gridward-demo", "password_of_own_words"),
        ("gridward-password", "password_of_own_words"),
        ("zhangsan@2026", "password_of_own_words"),
        ("hangzhou12345678", "password_of_own_words"),
        ("Hangzhou330106", "password_of_own_words"),
        ("西湖文三路张三2026", "password_of_own_words"),
    ],
)
def test_guessable_password_is_rejected_with_reason(password, reason):
    assert guessable(password, [*OWN, "张三"]) == reason


@pytest.mark.parametrize(
    "password",
    [
        "a long enough password",
        "correct horse battery staple",
        "blue-otter-rides-tram",
        "杭州的夜景真美丽啊今天",
        "gridward tulips in the snow",
        "x7Kp-29fm-qLs8",
        "q" * 5 + "ZebraCrossingAtNoon",
    ],
)
def test_strong_password_is_accepted(password):
    assert guessable(password, [*OWN, "张三"]) is None


def test_password_may_contain_words_of_another_account():
    assert guessable("zhangsan-rides-a-tram", ["li.si"]) is None
    assert guessable("zhangsan-2026", ["li.si"]) is None
    assert guessable("zhangsan-2026", ["zhangsan"]) == "password_of_own_words"


def test_common_password_list_is_packaged_sorted_and_unique():
    listed = COMMON_PASSWORDS_FILE.read_text(encoding="utf-8").splitlines()
    assert len(listed) > 50_000 and listed == sorted(set(listed))
    assert COMMON_PASSWORDS_FILE.stat().st_size < 500_000
    assert (
        COMMON_PASSWORDS_FILE.with_suffix(".LICENSE").read_text().count("Permission is hereby granted") == 1
    )
