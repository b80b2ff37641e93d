"""What is never taken in, whatever a file offers: national ids, ethnicity, religion, politics, petition or
criminal record, biometrics."""

import re

_COLUMN = re.compile(
    r"national.?id|id.?card|id.?(?:number|no)$|identity|passport|ethnic|nationality|\brace\b|religio|faith|politic"
    r"|\bparty\b|petition|crimin|convict|biometr|finger.?print|iris.?(?:scan|code)?$|face.?(?:id|print|scan)|gait"
    r"|身份证|证件号|护照|民族|宗教|信仰|政治|党员|党派|信访|上访|犯罪|前科|刑释|指纹|人脸|虹膜|步态",
    re.IGNORECASE,
)

# GB 11643-1999: 17 digits and a check character, ISO 7064 MOD 11-2.
_NATIONAL_ID = re.compile(r"(?<![0-9A-Za-z])[1-9]\d{5}(?:18|19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx](?![0-9A-Za-z])", re.ASCII)  # fmt: skip  # noqa: E501
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK = "10X98765432"


def is_forbidden_column(name: str) -> bool:
    """Whether a column's name is of a kind that is never taken in."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).replace("_", " ")
    return bool(_COLUMN.search(name) or _COLUMN.search(spaced))


def national_ids(text: str) -> list[str]:
    """What in a text has the form, the date and the check character of a national id number."""
    if len(text) < 18:
        return []
    return [found for found in _NATIONAL_ID.findall(text) if _has_check(found)]


def masked(text: str) -> str:
    """The text with national id numbers made unreadable."""
    for found in national_ids(text):
        text = text.replace(found, found[:6] + "*" * 8 + "****")
    return text


def _has_check(number: str) -> bool:
    total = sum(int(digit) * weight for digit, weight in zip(number[:17], _WEIGHTS, strict=True))
    return _CHECK[total % 11] == number[17].upper()
