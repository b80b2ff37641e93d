"""Each error code has one message, in one file."""

from collections import Counter

from app.http.messages import SUBJECTS


def test_every_error_code_has_one_message() -> None:
    codes = Counter(code for subject in SUBJECTS for code in subject)
    assert not [code for code, times in codes.items() if times > 1]
