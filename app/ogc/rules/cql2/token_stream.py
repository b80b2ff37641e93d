"""The tokens of a filter, consumed from the front by the parsers of expressions and geometries."""

from app.ogc.rules.cql2.faults import syntax
from app.ogc.rules.cql2.scanner import Token


class TokenStream:
    """A list of tokens with a current position; the last token has the kind `end`."""

    def __init__(self, token_list: list[Token]) -> None:
        self._tokens = token_list
        self._index = 0

    @property
    def next(self) -> Token:
        """Return the next token; it stays in the stream."""
        return self._tokens[self._index]

    def take(self, *kinds: str) -> Token | None:
        """Remove and return the next token if it has one of these kinds, else return None."""
        token = self.next
        if token.kind not in kinds:
            return None
        self._index += 1
        return token

    def need(self, *kinds: str) -> Token:
        """Remove and return the next token, which must have one of these kinds.

        Raises:
            Fault: The token has another kind.
        """
        token = self.take(*kinds)
        if token is None:
            raise syntax(self.next.position, self.next.text)
        return token
