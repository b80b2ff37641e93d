"""Detection of telephone numbers in free text: Chinese mobiles, and landlines with their area code."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

# One letter for one letter, so that places in the text stay what they are.
_ASCII_FORMS = str.maketrans("０１２３４５６７８９－＋（）　", "0123456789-+() ")
_BETWEEN = r"[ \-]?"
_NUMBER = re.compile(
    # Not within a longer number, nor behind a point: that is a coordinate or an amount.
    rf"(?<![0-9.])(?:\+?86{_BETWEEN})?1[3-9][0-9](?:{_BETWEEN}[0-9]){{8}}(?![0-9])"
    # An area code begins with 0, a number there does not with 0 or 1; a date or a file number goes on before it.
    rf"|(?<![0-9.])(?<![0-9][ \-])\(?0[0-9]{{2,3}}\)?{_BETWEEN}[2-9](?:{_BETWEEN}[0-9]){{6,7}}(?![0-9])"
)
HOLDS_PHONE = "holds_phone"


def numbers_in(text: str) -> Iterator[tuple[int, int]]:
    """Yield the begin and end of each telephone number, as positions of characters in the text."""
    return (match.span() for match in _NUMBER.finditer(text.translate(_ASCII_FORMS)))


def phone_faults(texts: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return a validation fault for each telephone number in free texts.

    A fault has `field`, `code`, and `begin` and `end` in characters of the text.
    """
    return [
        {"field": field, "code": HOLDS_PHONE, "begin": begin, "end": end}
        for field, value in texts.items()
        if isinstance(value, str)
        for begin, end in numbers_in(value)
    ]
