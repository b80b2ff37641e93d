"""Composers: each kind of message has one, in the package that knows what the message is about."""

from typing import Protocol

from sqlalchemy.orm import Session

from app.messages.rules.outbox import Content, Waiting
from app.settings import Settings


class Composer(Protocol):
    """Makes the words of one kind of message, and learns that it was sent."""

    def compose(self, session: Session, message: Waiting, *, settings: Settings) -> Content | str:
        """Return the words, or the reason why the message is of no use any more."""
        ...

    def note_sent(self, session: Session, message: Waiting, content: Content) -> None:
        """Store what the person knows now."""
        ...


_COMPOSERS: dict[str, Composer] = {}


def register(kind: str, composer: Composer) -> None:
    """Let a composer make the words of a kind of message. The module `jobs` of its package does this."""
    _COMPOSERS[kind] = composer


def composer_of(kind: str) -> Composer | None:
    """Return the composer of a kind, or None."""
    return _COMPOSERS.get(kind)
