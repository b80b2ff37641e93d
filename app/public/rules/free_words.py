"""Words of people without an account: telephone numbers and e-mail addresses in them are hidden. Pure."""

import re
from typing import NamedTuple

from app.core.telephones import numbers_in

HIDDEN = "●●●"
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")


class CleanWords(NamedTuple):
    """Words without telephone numbers and e-mail addresses, and what was hidden."""

    words: str
    phones: list[str]
    emails: list[str]


def clean_words(words: str) -> CleanWords:
    """Return the words with telephone numbers and e-mail addresses replaced by three dots."""
    emails = _EMAIL.findall(words)
    rest = _EMAIL.sub(HIDDEN, words)
    spans = list(numbers_in(rest))
    phones = [rest[begin:end] for begin, end in spans]
    for begin, end in reversed(spans):
        rest = rest[:begin] + HIDDEN + rest[end:]
    return CleanWords(rest, phones, emails)
