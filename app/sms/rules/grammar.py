"""The grammar of SMS that come in (`docs/how-to/messages.md`). Pure."""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

WORDS_MAX = 1_000


class Kind(StrEnum):
    """Kinds of SMS."""

    REPORT = "report"
    ACCEPT = "accept"
    DONE = "done"
    STOP = "stop"
    CONFIRM = "confirm"
    WORDS = "words"


@dataclass(frozen=True, slots=True)
class Command:
    """An SMS that was understood.

    Attributes:
        category, place: Of a report, in words.
        code: Number of a case, or the secret of a link.
        words: The rest.
    """

    kind: Kind
    category: str = ""
    place: str = ""
    code: str = ""
    words: str = ""


_STOP = frozenset({"T", "TD", "STOP", "N", "退订", "取消"})
_CONFIRM = frozenset({"Y", "YES", "确认", "是"})
_VERB = re.compile(
    r"(R|A|D|上报|接单|办结)(?:[\s:：,，]+|(?<=[\u4e00-\u9fff]))(.*)", re.IGNORECASE | re.DOTALL
)
_KINDS = {
    "R": Kind.REPORT,
    "上报": Kind.REPORT,
    "A": Kind.ACCEPT,
    "接单": Kind.ACCEPT,
    "D": Kind.DONE,
    "办结": Kind.DONE,
}
_CASE_NO = re.compile(r"([0-9]{6})[\s-]?([0-9]{6})[\s-]?([0-9])(?![0-9])")
_SECRET = re.compile(r"[A-Za-z0-9_-]{16}(?:[A-Za-z0-9_-]{16})?(?=\s|$)")

# A plain word of 16 letters is no secret.
_LOOKS_SECRET = re.compile(r"[0-9_-]|[a-z][A-Z]")


def parse(text: str) -> Command | None:
    """Return what an SMS asks for, or None if it is not understood."""
    plain = text.strip()
    short = unicodedata.normalize("NFKC", plain).strip(" .。!！").upper()
    if short in _STOP:
        return Command(Kind.STOP)
    if short in _CONFIRM:
        return Command(Kind.CONFIRM)
    verb = _VERB.fullmatch(unicodedata.normalize("NFKC", plain[:2]) + plain[2:])
    if verb:
        kind, rest = _KINDS[verb[1].upper()], verb[2].strip()
        return _report(rest) if kind is Kind.REPORT else _about_task(kind, rest)
    return _addition(plain)


def _report(rest: str) -> Command | None:
    """Read `<category> <place>: <text>`. A comma ends a category of several words."""
    head, mark, words = _split(rest, ":：")
    if not mark:
        return None
    category, comma, place = _split(head, ",，")
    if not comma:
        category, _, place = head.strip().partition(" ")
    if not category.strip() or not place.strip():
        return None
    return Command(Kind.REPORT, category=category.strip(), place=place.strip(), words=words.strip())


def _split(text: str, marks: str) -> tuple[str, str, str]:
    """Split a text at the first of several marks."""
    places = [place for place in map(text.find, marks) if place >= 0]
    if not places:
        return text, "", ""
    at = min(places)
    return text[:at], text[at], text[at + 1 :]


def _about_task(kind: Kind, rest: str) -> Command | None:
    number = case_no_of(rest)
    if number is None:
        return None
    return Command(kind, code=number[0], words=number[1])


def _addition(plain: str) -> Command | None:
    number = case_no_of(plain)
    if number is not None:
        return Command(Kind.WORDS, code=number[0], words=number[1]) if number[1] else None
    secret = _SECRET.match(plain)
    if secret and _LOOKS_SECRET.search(secret[0]):
        words = plain[secret.end() :].strip()
        return Command(Kind.WORDS, code=secret[0], words=words) if words else None
    return None


_UNDERSTOOD = (
    frozenset({"1", "OK", "UNDERSTOOD", "知道", "知道了", "知晓", "已知晓", "收到", "明白"}) | _CONFIRM
)
_NEEDS_HELP = frozenset({"2", "HELP", "NEED HELP", "I NEED HELP", "求助", "需要帮助", "我需要帮助", "帮助"})
# A code as it is printed, with or without its hyphen.
_SHEET_CODE = re.compile(r"[0-9A-Za-z]{5}-?[0-9A-Za-z]{5}(?=[\s:：,，。.]|$)")
_AFTER_CODE = " :：,，。.\n"


def answer_of(words: str) -> str | None:
    """Return the state of a household that an answer to a notice means, or None: it is a question."""
    short = unicodedata.normalize("NFKC", words.strip()).strip(" .。!！").upper()
    return "understood" if short in _UNDERSTOOD else "needs_help" if short in _NEEDS_HELP else None


def notice_code_of(text: str) -> tuple[str, str] | None:
    """Return the code of a sheet or link of a notice at the beginning of a text, and the rest; None: there is none.

    A plain word of ten letters is no code: one without hyphen and digits is in capitals, as it is printed.
    """
    plain = unicodedata.normalize("NFKC", text.strip()[:40]) + text.strip()[40:]
    sheet = _SHEET_CODE.match(plain)
    if sheet and (re.search(r"[0-9-]", sheet[0]) or sheet[0].isupper()):
        return sheet[0], plain[sheet.end() :].strip(_AFTER_CODE)
    secret = _SECRET.match(plain)
    if secret and _LOOKS_SECRET.search(secret[0]):
        return secret[0], plain[secret.end() :].strip(_AFTER_CODE)
    return None


def case_no_of(text: str) -> tuple[str, str] | None:
    """Return the number of a case at the beginning of a text, and the rest; None: there is none. Hyphens may lack."""
    number = _CASE_NO.match(unicodedata.normalize("NFKC", text[:20]) + text[20:])
    if number is None:
        return None
    return "-".join(number.groups()), text[number.end() :].strip(" :：,，")
