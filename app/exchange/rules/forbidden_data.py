"""Recognition of data that an import never stores.

These are national ids, ethnicity, religion, politics, petition or criminal record, and biometrics.
"""

import re

from app.accounts.rules.masking import looks_like_national_id

_COLUMN = re.compile(
    r"national.?id|id.?card|id.?(?:number|no)$|identity|passport|ethnic|nationality|\brace\b|religio|faith|politic"
    r"|\bparty\b|petition|crimin|convict|biometr|finger.?print|iris.?(?:scan|code)?$|face.?(?:id|print|scan)|gait"
    r"|身份证|证件号|护照|民族|宗教|信仰|政治|党员|党派|信访|上访|犯罪|前科|刑释|指纹|人脸|虹膜|步态",
    re.IGNORECASE,
)

_DIGITS = re.compile(r"[0-9０-９][0-9０-９Xxｘ\s\-_.·]{14,}[0-9０-９XxＸｘ]")


def is_forbidden_column(name: str) -> bool:
    """Return True if a column, by its name, has data that an import never stores."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).replace("_", " ")
    return bool(_COLUMN.search(name) or _COLUMN.search(spaced))


def masked(text: str) -> str:
    """Return the text; if it may contain a national id, its long numbers are masked."""
    return _DIGITS.sub("******", text) if looks_like_national_id(text) else text
