"""Rules against passwords that are common, regular patterns, or made of the account's words.

`common_passwords.txt` in this folder is read once per process. No external service is called.
Source: NIST SP 800-63B 5.1.1.2, OWASP ASVS 5.0 6.2.4 and 6.2.11.
"""

import re
import string
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

COMMON_PASSWORDS_FILE = Path(__file__).with_name("common_passwords.txt")
PRODUCT = "gridward"

# Guessing programs try common words with up to this many digits and signs around them.
AFFIX_MOST = 6
DISTINCT_LEAST = 5
# A password that repeats a part shorter than this is a pattern. Passwords themselves have at least this length.
PART_LEAST = 10
# Least number of letters and digits that a password has besides the account's own words.
LEFT_LEAST = 8
# Digits and signs that are written in place of letters.
_LOOKALIKES = str.maketrans("@4301!57$", "aaeoiists")
_AFFIXES = string.digits + string.punctuation + " "
_DIVISION = re.compile(r"特别行政区|自治区|自治州|自治县|社区|街道|[省市区县旗乡镇]")


def guessable(password: str, own_words: Iterable[str]) -> str | None:
    """Return the error code of the reason why a password is easy to guess.

    Return None if the password is hard to guess.

    Args:
        own_words: User name, name and places of the account. Parts of these words count, too.
    """
    typed = _folded(password)
    if _is_pattern(typed):
        return "password_pattern"
    if _is_common(typed):
        return "password_common"
    remainder = typed
    for word in sorted(_word_parts(own_words), key=len, reverse=True):
        remainder = remainder.replace(word, "")
    if remainder != typed:
        remainder = "".join(c for c in remainder if c.isalnum())
        if len(remainder) < LEFT_LEAST or _is_pattern(remainder) or _is_common(remainder):
            return "password_of_own_words"
    return None


def _is_pattern(typed: str) -> bool:
    """Return True if a password has few distinct characters, repeats a part, or is a sequence.

    A sequence is a text such as `abcdef`, in which the difference of neighbouring characters is constant.
    """
    if len(set(typed)) < DISTINCT_LEAST:
        return True
    period = next(n for n in range(1, len(typed) + 1) if typed[n:] == typed[: len(typed) - n])
    if period < PART_LEAST and period * 2 <= len(typed):
        return True
    differences = {ord(after) - ord(before) for before, after in pairwise(typed)}
    return len(differences) == 1


def _is_common(typed: str) -> bool:
    core = typed.strip(_AFFIXES)
    forms = {typed, typed.translate(_LOOKALIKES)}
    if core and len(typed) - len(core) <= AFFIX_MOST:
        forms |= {core, core.translate(_LOOKALIKES)}
    return not forms.isdisjoint(_common_passwords())


@lru_cache(maxsize=1)
def _common_passwords() -> frozenset[str]:
    return frozenset(COMMON_PASSWORDS_FILE.read_text(encoding="utf-8").splitlines())


def _word_parts(words: Iterable[str]) -> set[str]:
    """Split words into parts, and return the words together with their parts.

    Examples: `demo` of `demo-worker`, 杭州 and 西湖 of 杭州市西湖区.
    """
    parts = {PRODUCT}
    for word in map(_folded, words):
        candidates = [word, *re.split(r"[\W_]+", word), *_DIVISION.split(word)]
        parts.update(part for part in candidates if len(part) >= (3 if part.isascii() else 2))
    return parts


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()
