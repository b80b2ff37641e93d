"""Telephone numbers to which messages are sent; `app/core/mail_addresses.py` has e-mail addresses. Pure."""

import re
from collections.abc import Sequence

_ASCII_FORMS = str.maketrans("０１２３４５６７８９＋－　（）．", "0123456789+- ().")
_SEPARATORS = re.compile(r"[ \-().]")
# In its own country a Chinese mobile number has no zero in front; other countries put one there.
_NATIONAL = re.compile(r"0?([1-9][0-9]{5,13})")
_INTERNATIONAL = re.compile(r"\+([1-9][0-9]{6,14})")


def phone_pattern(countries: Sequence[str]) -> str:
    """Return a pattern (POSIX) of the numbers that `phone_of` accepts, once spaces, hyphens, dots and brackets are gone."""
    mobile = "1[3-9][0-9]{9}"
    first = countries[0]
    forms = [f"0?{mobile}" if first == "86" else f"0?[1-9][0-9]{{5,{14 - len(first)}}}"]
    for code in countries:
        rest = mobile if code == "86" else f"[0-9]{{{7 - len(code)},{15 - len(code)}}}"
        forms.append(rf"(\+|00){code}{rest}")
    return f"^({'|'.join(forms)})$"


def phone_of(text: str, countries: Sequence[str]) -> str | None:
    """Return a telephone number in the form of E.164, or None if SMS are not sent to it.

    Args:
        countries: Country codes to which SMS are sent. A number without a country code is one of the first.
    """
    number = _SEPARATORS.sub("", text.translate(_ASCII_FORMS).strip())
    if number.startswith("00"):
        number = f"+{number[2:]}"
    if not number.startswith("+"):
        national = _NATIONAL.fullmatch(number)
        if national is None:
            return None
        number = f"+{countries[0]}{national[1]}"
    if not _INTERNATIONAL.fullmatch(number):
        return None
    if not any(number.startswith(f"+{code}") for code in countries):
        return None
    # Mobile numbers of mainland China are known by their form: an SMS to another number is paid for and never read.
    if number.startswith("+86") and not re.fullmatch(r"\+861[3-9][0-9]{9}", number):
        return None
    return number
