"""The check that the database schema is complete and that all rows meet the invariants."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import Session

from app.core import catalogue, clock
from app.core.erasures import NO_LEDGER, Ledger
from app.incidents.cases.rules import lifecycle
from app.integrity.queries import counter_invariants
from app.integrity.queries.invariants import CASE_INVARIANTS, Invariant
from app.integrity.queries.lifecycle_invariants import LIFECYCLE_INVARIANTS
from app.integrity.queries.notice_invariants import NOTICE_INVARIANTS

_REPLAY = Invariant("history_replays", "The events of every case lead step by step to its present state.", "")

_ERASED = Invariant(
    "erasures_hold",
    "No person in the ledger of erasures is in the database (gridward erasures replay), and the "
    "ledger is readable.",
    "",
)
_SCHEMA = Invariant(
    "schema_is_as_migrated",
    "Tables, columns, constraints, indexes, triggers, functions and rights are those that the migrations make.",
    "",
)


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of the check of one invariant: the number and first ids of the violating rows."""

    name: str
    sentence: str
    count: int
    ids: tuple[str, ...]
    is_warning: bool

    @property
    def is_violation(self) -> bool:
        return self.count > 0 and not self.is_warning


def check(session: Session, ledger: Ledger = NO_LEDGER) -> Iterator[Finding]:
    """Check the schema, every invariant and the ledger of erasures. Yield one finding for each.

    The ledger (a file with the ids of erased persons) is checked only if there is one. Nothing is written. All checks see
    the snapshot of the caller's transaction.

    If the database cannot evaluate an invariant because a table or a right is missing, a finding with the error is yielded.
    """
    now = clock.now()
    lacking = catalogue.missing_objects(session)
    yield _finding(_SCHEMA, len(lacking), tuple(lacking))
    for invariant in (
        *CASE_INVARIANTS,
        *LIFECYCLE_INVARIANTS,
        *NOTICE_INVARIANTS,
        *counter_invariants.COUNTER_INVARIANTS,
        counter_invariants.versions(session),
    ):
        try:
            with session.begin_nested():
                count, ids = counter_invariants.offenders(session, invariant, now=now)
        except ProgrammingError as error:
            count, ids = 1, [_unanswered(error)]
        yield _finding(invariant, count, tuple(ids))
    try:
        yield _replayed(session)
    except ProgrammingError as error:
        yield _finding(_REPLAY, 1, (_unanswered(error),))
    if ledger.is_kept:
        # What is just being erased is in the ledger, and not yet in the snapshot.
        yield _erased(session, ledger, before=now - timedelta(minutes=1))


def _unanswered(error: ProgrammingError) -> str:
    """Return the first line of a database error, to be listed in place of a row id.

    This line names tables, columns and functions, but contains no stored values.
    """
    return f"(not evaluated: {str(error.orig).partition(chr(10))[0]})"


def _erased(session: Session, ledger: Ledger, *, before: datetime) -> Finding:
    """Find persons in the ledger of erasures whose data are still in the database.

    Entries of the ledger that cannot be read are part of the finding, too.
    """
    try:
        named = ledger.read(before=before)
    except OSError as error:
        return _finding(_ERASED, 1, (f"(not read: {error.strerror})",))
    violations = [*named.damaged, *map(str, counter_invariants.not_erased(session, named.ids))]
    return _finding(_ERASED, len(violations), tuple(violations[: counter_invariants.LISTED]))


def _replayed(session: Session) -> Finding:
    count = 0
    ids: list[str] = []
    for incident_id, status, steps in counter_invariants.histories(session):
        if _leads_to(status, steps):
            continue
        count += 1
        if len(ids) < counter_invariants.LISTED:
            ids.append(str(incident_id))
    return _finding(_REPLAY, count, tuple(ids))


def _leads_to(status: str, steps: list[tuple[str, str | None, str]]) -> bool:
    try:
        return lifecycle.replay(steps) == status
    except ValueError:
        return False


def _finding(invariant: Invariant, count: int, ids: tuple[str, ...]) -> Finding:
    return Finding(invariant.name, invariant.sentence, count, ids, invariant.is_warning)
