"""Scanner that divides the text of a filter into tokens."""

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
    """A token of a filter's text.

    `kind` is `string`, `property`, `number`, `name` (a function), `sign`, `end`, or a keyword in capitals. `position` is the
    index of its first character.
    """

    kind: str
    text: str
    position: int


def tokens(source: str) -> list[Token]:
    """Return all tokens of a filter's text, and a token of kind `end`.

    Raises:
        Fault: A character begins no token.
    """
    token_list: list[Token] = []
    position = 0
    while position < len(source):
        match = _TOKEN.match(source, position)
        if match is None:
            raise syntax(position, source[position : position + 20])
        kind, text = str(match.lastgroup), match.group()
        if kind == "string":
            token_list.append(Token("string", _ESCAPED.sub(_unescape, text[1:-1]), position))
        elif kind == "quoted":
            token_list.append(Token("property", text[1:-1].replace('""', '"'), position))
        elif kind == "name":
            keyword = text.upper()
            token_list.append(Token(keyword if keyword in KEYWORDS else "name", text, position))
        elif kind == "sign":
            token_list.append(Token(text, text, position))
        elif kind == "number":
            token_list.append(Token("number", text, position))
        position = match.end()
    token_list.append(Token("end", "", len(source)))
    return token_list


def _unescape(pair: re.Match[str]) -> str:
    """Return the character of an escape sequence.

    Other backslashes stay, because LIKE patterns need them.
    """
    last = pair.group()[1]
    return "'" if last == "'" else _CONTROLS.get(last, pair.group())
