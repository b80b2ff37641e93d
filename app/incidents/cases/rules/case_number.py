"""Case numbers that people can read aloud, such as 261124-000042-4. Pure functions.

The parts are the local day on which the case was opened (YYMMDD, years 2000 to 2099), a serial number of six or more digits,
and a check digit. The serial number does not restart each day: it is from one sequence, so that no report waits for another.
The check digit is the Luhn digit (ISO/IEC 7812-1, annex B) of all digits before it. It detects every wrong single digit, and
every swap of two neighbours except 09 and 90.
"""

import re
import unicodedata
from datetime import date

_SEPARATORS = re.compile(r"[\s\-\u2010-\u2015\u2212_.·・、ー]+")
_SHAPE = re.compile(r"(\d{6})(0\d{5}|[1-9]\d{5,})(\d)", re.ASCII)


def case_number(day: date, sequence: int) -> str:
    """Return the case number for a local day and a serial number (from 1).

    Raises:
        ValueError: The year is not in 2000 to 2099, or the serial number is less than 1.
    """
    if not 2000 <= day.year <= 2099:
        raise ValueError(f"a case number has no room for the year {day.year}")
    if sequence < 1:
        raise ValueError("cases are counted from 1")
    body = f"{day:%y%m%d}{sequence:06d}"
    return f"{body[:6]}-{body[6:]}-{_check_digit(body)}"


def normalise_case_number(text: str) -> str | None:
    """Convert typed text to the form of a case number; return None if that is impossible.

    Full-width digits, and blanks and dashes of any kind, are accepted. A wrong check digit is not corrected:
    `is_valid_case_number` detects it as a typing error.
    """
    digits = _SEPARATORS.sub("", unicodedata.normalize("NFKC", text))
    parts = _SHAPE.fullmatch(digits)
    return "-".join(parts.groups()) if parts else None


def is_valid_case_number(text: str) -> bool:
    """Return True if typed text is a case number with a real day and a correct check digit."""
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
