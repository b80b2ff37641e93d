"""SQL expressions that mask personal fields, and the search for citizen numbers in texts.

A masked field is only shown in full for a stated purpose (`service.disclosure`). The masking functions take the SQL of a
column and return SQL. Never pass user input to them.
"""

import re
import unicodedata
from enum import StrEnum


class FieldClass(StrEnum):
    """Kind of a personal field. Each kind has its own mask."""

    NAME = "name"
    PHONE = "phone"
    EMAIL = "email"
    ADDRESS = "address"
    CONTACT = "contact"


def masked(kind: FieldClass, expression: str) -> str:
    """Return the SQL expression that masks a personal field of this kind. NULL stays NULL."""
    return _MASKS[kind].format(f"({expression})")


def masked_name(expression: str) -> str:
    """Return the SQL expression that masks a name: 张三丰 -> 张**.

    The mask always has two stars, so that it does not show the length of the name.
    """
    return masked(FieldClass.NAME, expression)


def masked_label(expression: str) -> str:
    """Return the SQL expression that masks a label which may contain a name: 王小丽 138 -> 王**.

    An empty label stays empty.
    """
    return f"(case when btrim({expression}) = '' then {expression} else {masked_name(expression)} end)"


def without_long_numbers(expression: str) -> str:
    """Return the SQL expression that removes telephone numbers from a text for the public.

    Example: 张三13800009999理发店 -> 张三****理发店.
    """
    return f"regexp_replace({expression}, '[0-9０-９][0-9０-９ \\-－]{{5,}}[0-9０-９]', '****', 'g')"


def masked_phone(expression: str) -> str:
    """Return the SQL expression that masks a telephone number: 13812345678 -> 138****5678.

    A shorter number shows its last two digits only.
    """
    return masked(FieldClass.PHONE, expression)


def masked_email(expression: str) -> str:
    """Return the SQL expression that masks an e-mail address: zhang.san@mail.example -> z***@mail.example."""
    return masked(FieldClass.EMAIL, expression)


def masked_address(expression: str) -> str:
    """Return the SQL expression that masks an address: 幸福路12号3单元501 -> 幸福路****.

    The visible part ends before the first number and is at most half of the address.
    """
    return masked(FieldClass.ADDRESS, expression)


_NUMBER = "[0-9０-９一二三四五六七八九十百]"

_MASKS = {
    FieldClass.NAME: "(left(btrim({0}), 1) || '**')",
    FieldClass.PHONE: (
        "(case when length({0}) >= 11 then left({0}, length({0}) - 8) || '****' || right({0}, 4)"
        " when length({0}) >= 7 then '****' || right({0}, 2)"
        " when {0} is not null then '****' end)"
    ),
    FieldClass.EMAIL: "(left({0}, 1) || '***@' || split_part({0}, '@', 2))",
    FieldClass.ADDRESS: (f"(left(regexp_replace({{0}}, '{_NUMBER}.*$', ''), length({{0}}) / 2) || '****')"),
    FieldClass.CONTACT: "(case when {0} is not null then '****' end)",
}


_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
# Six digits of place, the day of birth, three of sequence, the check digit.
_NATIONAL_ID = re.compile(
    r"(?<![0-9])([1-9][0-9]{5}(?:18|19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9]{3})([0-9X])(?![0-9])"
)
_UUID = re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_BETWEEN_DIGITS = re.compile(r"(?<=[0-9])[\s\-_.·]+(?=[0-9X])")


def looks_like_national_id(text: str | None) -> bool:
    """Return True if a text contains a valid Chinese citizen number (18 digits).

    A UUID is none, though one in a million has such digits between its letters.

    Source: GB 11643, check digit by ISO 7064 MOD 11-2.
    """
    if not text or _UUID.fullmatch(text):
        return False
    normalized = unicodedata.normalize("NFKC", text).upper()
    candidates = (normalized, _BETWEEN_DIGITS.sub("", normalized))
    return any(
        _has_valid_check_digit(body, last)
        for candidate in candidates
        for body, last in _NATIONAL_ID.findall(candidate)
    )


def _has_valid_check_digit(body: str, check_digit: str) -> bool:
    total = sum(int(digit) * weight for digit, weight in zip(body, _ID_WEIGHTS, strict=True))
    return "10X98765432"[total % 11] == check_digit
