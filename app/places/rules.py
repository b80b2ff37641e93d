"""Kinds of places, and how the text of a search is read. Pure functions."""

import re
import unicodedata
from typing import NamedTuple

from app.areas.rules.place_kinds import PLACE_KINDS

STORED_KINDS = tuple(kind for kind in PLACE_KINDS if kind != "component")
# Places of these kinds name where people live.
ADDRESS_KINDS = ("address", "compound")
SEARCH_MIN, SEARCH_MAX = 2, 100
NEAR_WITHIN_M = 200

_DIGITS = re.compile(r"[0-9]+")
_CHINESE_NUMBER = re.compile(r"[一二三四五六七八九十]+(?=号|幢|栋|座)")
_TOKENS = {"haolou": "号楼", "hao": "号", "zhuang": "幢", "dong": "栋", "zuo": "座", "nong": "弄"}
_TOKEN = re.compile(r"(?<=[0-9])(haolou|hao|zhuang|dong|zuo|nong)(?![a-z])")
_DIVISIONS = re.compile(
    r"^(?:[^0-9]{2,8}?(?:省|自治区))?(?:[^0-9]{2,6}?市(?:[^0-9]{1,6}?[区县])?)"
    r"(?:[^0-9]{1,8}?(?:街道|镇|乡))?(?:[^0-9]{1,10}?社区)?(?=.{2})"
)
_ROOM = re.compile(r"[0-9一二三四五六七八九十]+单元.*$|(?<=[幢栋座])[0-9-]+室?$")


class SearchText(NamedTuple):
    """The text of a search, as the table of places compares it.

    Attributes:
        words: The whole text.
        pairs: All pairs of letters in it.
        names: Beginnings of the text that may be the name of a street or compound.
        numbers: What follows each of `names`: the beginning of a number.
    """

    words: str
    pairs: list[str]
    names: list[str]
    numbers: list[str]


def letter_pairs(words: str) -> list[str]:
    """Return all pairs of adjacent letters, as the function of the database does."""
    return sorted({words[i : i + 2] for i in range(len(words) - 1)})


def plain_words(text: str) -> str:
    """Return a text in letters of one width, small and without spaces, commas and apostrophes."""
    return re.sub(r"[\s,，'’]+", "", unicodedata.normalize("NFKC", text).lower())


def read_search(text: str) -> SearchText:
    """Return what to look for, for a text in Chinese, in pinyin or of initials.

    A number may follow a name (古荡路12号, gudanglu12). In English it may precede the name (12 Gudang Rd).
    """
    words = plain_words(text)
    words = _DIVISIONS.sub("", _ROOM.sub("", words)) or words
    with_tokens = _TOKEN.sub(lambda match: _TOKENS[match[1]], words)
    starts = [match.start() for match in _DIGITS.finditer(with_tokens)]
    starts += [match.start() for match in _CHINESE_NUMBER.finditer(with_tokens)]
    splits = [(with_tokens[:at], with_tokens[at:]) for at in sorted(starts) if at >= 1]
    if before := re.match(r"([0-9]+[a-z]?)\s+(?=\D)", text.lower()):
        splits.append((plain_words(text)[len(before[1]) :], before[1]))
    splits = [(name, number) for name, number in splits if len(name) > 1]
    return SearchText(words, letter_pairs(words), [s[0] for s in splits], [s[1] for s in splits])
