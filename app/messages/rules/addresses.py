"""E-mail addresses and telephone numbers to which messages are sent. Pure."""

import re
from collections.abc import Sequence

from app.message_settings import MAIL_ADDRESS

EMAIL_LENGTH = 200
_ASCII_FORMS = str.maketrans("０１２３４５６７８９＋－　（）．", "0123456789+- ().")
_SEPARATORS = re.compile(r"[ \-().]")
# In its own country a Chinese mobile number has no zero in front; other countries put one there.
_NATIONAL = re.compile(r"0?([1-9][0-9]{5,13})")
_INTERNATIONAL = re.compile(r"\+([1-9][0-9]{6,14})")


def email_of(text: str) -> str | None:
    """Return the e-mail address in its stored form, or None if messages cannot be sent to it.

    Only ASCII addresses are accepted: each mail server takes them. The domain is stored in lower case.
    """
    address = text.strip()
    if len(address) > EMAIL_LENGTH or not MAIL_ADDRESS.fullmatch(address):
        return None
    local, _, domain = address.rpartition("@")
    if local.startswith(".") or local.endswith(".") or ".." in local:
        return None
    labels = domain.lower().split(".")
    if any(not label or len(label) > 63 or label.startswith("-") or label.endswith("-") for label in labels):
        return None
    return f"{local}@{'.'.join(labels)}"


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
