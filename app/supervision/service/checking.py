"""The check of all books: every invariant asked in one snapshot."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.core import clock
from app.incidents.rules import lifecycle
from app.supervision.queries import ledgers
from app.supervision.queries.invariants import CASES, Invariant
from app.supervision.queries.lives import LIVES

_REPLAY = Invariant(
    "history_replays", "The steps of every case lead, link by link, to its present state.", ""
)


@dataclass(frozen=True, slots=True)
class Finding:
    """What one invariant came to: how many rows break it, and the ids of the first."""

    name: str
    sentence: str
    count: int
    ids: tuple[str, ...]
    is_warning: bool

    @property
    def is_violation(self) -> bool:
        return self.count > 0 and not self.is_warning


def check(session: Session) -> Iterator[Finding]:
    """Ask every invariant, one after the other. Reads only; the caller's transaction is the snapshot."""
    now = clock.now()
    for invariant in (*CASES, *LIVES, *ledgers.LEDGERS, ledgers.versions(session)):
        count, ids = ledgers.offenders(session, invariant, now=now)
        yield _finding(invariant, count, tuple(ids))
    yield _replayed(session)


def _replayed(session: Session) -> Finding:
    count = 0
    ids: list[str] = []
    for incident_id, status, steps in ledgers.histories(session):
        if _leads_to(status, steps):
            continue
        count += 1
        if len(ids) < ledgers.LISTED:
            ids.append(str(incident_id))
    return _finding(_REPLAY, count, tuple(ids))


def _leads_to(status: str, steps: list[tuple[str, str | None, str]]) -> bool:
    try:
        return lifecycle.replay(steps) == status
    except ValueError:
        return False


def _finding(invariant: Invariant, count: int, ids: tuple[str, ...]) -> Finding:
    return Finding(invariant.name, invariant.sentence, count, ids, invariant.is_warning)
