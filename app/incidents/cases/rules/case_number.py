"""Case numbers that can be read over the phone: 261124-000042-4.

The parts are the local day the case was opened (YYMMDD, years 2000 to 2099), a number that goes on from day to
day (six digits or more: one counter, so that no report waits for another) and a Luhn check digit (ISO/IEC
7812-1, annex B) over all digits before it. Luhn finds every single wrong digit and every swap of neighbours but
09 for 90.
"""

import re
import unicodedata
from datetime import date

_SEPARATORS = re.compile(r"[\s\-\u2010-\u2015\u2212_.·・、ー]+")
_SHAPE = re.compile(r"(\d{6})(0\d{5}|[1-9]\d{5,})(\d)", re.ASCII)


def case_number(day: date, sequence: int) -> str:
    """Return the number of the `sequence`th case (from 1), opened on a local day."""
    if not 2000 <= day.year <= 2099:
        raise ValueError(f"a case number has no room for the year {day.year}")
    if sequence < 1:
        raise ValueError("cases are counted from 1")
    body = f"{day:%y%m%d}{sequence:06d}"
    return f"{body[:6]}-{body[6:]}-{_check_digit(body)}"


def normalise_case_number(text: str) -> str | None:
    """Return a typed text in the form of a case number; None if it cannot be one.

    Full-width digits, blanks and dashes of any kind, or none at all, are accepted. The check digit is left as
    typed, so that `is_valid_case_number` distinguishes a slip from a text that is no case number.
    """
    digits = _SEPARATORS.sub("", unicodedata.normalize("NFKC", text))
    parts = _SHAPE.fullmatch(digits)
    return "-".join(parts.groups()) if parts else None


def is_valid_case_number(text: str) -> bool:
    """Return True if a typed text is a case number with a real day and the right check digit."""
    normal = normalise_case_number(text)
    if normal is None:
        return False
    day, sequence, check = normal.split("-")
    return _is_day(day) and int(sequence) > 0 and check == _check_digit(day + sequence)


def _is_day(yymmdd: str) -> bool:
    try:
        date(2000 + int(yymmdd[:2]), int(yymmdd[2:4]), int(yymmdd[4:]))
    except ValueError:
        return False
    return True


def _check_digit(body: str) -> str:
    doubled = [int(digit) * 2 for digit in body[::-2]]
    total = sum(value // 10 + value % 10 for value in doubled) + sum(int(digit) for digit in body[-2::-2])
    return str(-total % 10)
