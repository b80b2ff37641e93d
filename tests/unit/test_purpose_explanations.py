"""Which words count as an explanation of a purpose."""

import pytest

from app.accounts.rules.purposes import is_explained


@pytest.mark.parametrize(
    ("words", "is_enough"),
    [
        ("aaaa", False),
        ("aaaa bbbb cccc", False),
        ("test test test", False),
        ("call back", False),
        ("call him back", True),
        ("回访核实", False),
        ("回访回访回访", False),
        ("上门前联系", True),
        ("回访 the reporter", True),
        ("12345 67890 !!!", False),
        ("", False),
    ],
)
def test_explanation_needs_enough_different_words(words, is_enough):
    assert is_explained(words) is is_enough
