"""Text of a filter as tokens."""

import re
from dataclasses import dataclass

from app.ogc.rules.cql2.faults import syntax

# Strings end with a quote that is neither doubled nor behind a backslash.
_TOKEN = re.compile(
    r"""(?P<space>\s+)
  | (?P<string>'(?:[^'\\]|''|\\.)*')
  | (?P<quoted>"(?:[^"]|"")+")
  | (?P<number>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
  | (?P<name>[^\W\d][\w.:]*)
  | (?P<sign><>|<=|>=|[<>=+\-*/%^(),])""",
    re.VERBOSE | re.DOTALL,
)
KEYWORDS = frozenset(
    {
        *("AND", "OR", "NOT", "LIKE", "BETWEEN", "IN", "IS", "NULL", "TRUE", "FALSE"),
        *("CASEI", "ACCENTI", "DATE", "TIMESTAMP", "INTERVAL", "DIV", "BBOX"),
    }
)
# Pairs, from the left: so the second of two backslashes escapes nothing.
_ESCAPED = re.compile(r"''|\\.", re.DOTALL)
_CONTROLS = dict(zip("abtnvfr", "\a\b\t\n\v\f\r", strict=True))


@dataclass(frozen=True, slots=True)
class Token:
    """`kind` is string, property, number, name (a function), sign, a keyword in capitals, or end."""

    kind: str
    text: str
    at: int


def tokens(given: str) -> list[Token]:
    """All tokens, and one at the end. Raises Fault where none begins."""
    found: list[Token] = []
    at = 0
    while at < len(given):
        match = _TOKEN.match(given, at)
        if match is None:
            raise syntax(at, given[at : at + 20])
        kind, text = str(match.lastgroup), match.group()
        if kind == "string":
            found.append(Token("string", _ESCAPED.sub(_meant, text[1:-1]), at))
        elif kind == "quoted":
            found.append(Token("property", text[1:-1].replace('""', '"'), at))
        elif kind == "name":
            word = text.upper()
            found.append(Token(word if word in KEYWORDS else "name", text, at))
        elif kind == "sign":
            found.append(Token(text, text, at))
        elif kind == "number":
            found.append(Token("number", text, at))
        at = match.end()
    found.append(Token("end", "", len(given)))
    return found


def _meant(pair: re.Match[str]) -> str:
    """A quote, or the control character that is named; before anything else a backslash stays, for LIKE."""
    last = pair.group()[1]
    return "'" if last == "'" else _CONTROLS.get(last, pair.group())
