"""An import: judge the rows of a table and store the good ones, all or nothing or batch by batch."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from itertools import islice
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.orm import Session

from app.core import clock
from app.core.actor import Actor
from app.exchange.queries import imports as queries
from app.exchange.rules.contract import CONTENT_DIGEST, Judge, Judged
from app.exchange.rules.faults import Fault
from app.exchange.rules.files.table import Table
from app.exchange.service.kinds import Stored

BATCH = 1_000
_LISTED = 10

Transaction = Callable[[Actor], AbstractContextManager[Session]]
# Stores judged rows through their domain, and says what became of them.
Store = Callable[[Session, Sequence[Judged]], Stored]
Progress = Callable[[int], None]


@dataclass(slots=True)
class Outcome:
    """What came of an import. `stored` rows were new, or `changed` what was here; `refused` are all rows that were not
    taken, with their faults."""

    rows: int = 0
    stored: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: list[Judged] = field(default_factory=list)
    notes: Counter[str] = field(default_factory=Counter)
    noted_rows: dict[str, list[int]] = field(default_factory=dict)
    is_kept: bool = True

    def note(self, judged: Judged) -> None:
        for code in {fault.code for fault in judged.notes}:
            self.notes[code] += 1
            listed = self.noted_rows.setdefault(code, [])
            if len(listed) < _LISTED:
                listed.append(judged.row.number)


class _Undo(Exception):
    """Takes back a transaction that is not to be kept."""


def import_rows(
    transaction: Transaction,
    actor: Actor,
    *,
    table: Table,
    judge: Judge,
    store: Store,
    jurisdiction_id: UUID,
    run_id: UUID,
    may_change: bool = False,
    replace: Callable[[Session, Sequence[UUID]], AbstractSet[UUID]],
    is_partial: bool,
    is_dry: bool,
    progress: Progress,
    batch: int = BATCH,
) -> Outcome:
    """Import the rows of a table.

    Partial: each batch is a transaction of its own; one that was killed is made good by the same import again, which
    finds what was taken. Otherwise, or for a dry run, all is one transaction, and with a bad row nothing is kept.
    """
    outcome = Outcome()
    work = _Work(actor, judge, store, jurisdiction_id, run_id, may_change, replace, outcome)
    if is_partial and not is_dry:
        for rows in _batches(table, batch):
            with transaction(actor) as session:
                taken = work.take(session, [judge.judge(row) for row in rows])
            work.count(taken, len(rows))
            progress(outcome.rows)
        return outcome
    try:
        with transaction(actor) as session:
            for rows in _batches(table, batch):
                taken = work.take(session, [judge.judge(row) for row in rows])
                work.count(taken, len(rows))
                progress(outcome.rows)
            if is_dry or outcome.refused:
                raise _Undo
    except _Undo:
        outcome.is_kept = False
    return outcome


def _batches(table: Table, size: int) -> Iterator[list[Any]]:
    rows = iter(table.rows)
    while batch := list(islice(rows, size)):
        yield batch


@dataclass(slots=True)
class _Taken:
    """What came of one batch, counted when its transaction is through."""

    stored: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: list[Judged] = field(default_factory=list)
    noted: list[Judged] = field(default_factory=list)


@dataclass(slots=True)
class _Work:
    actor: Actor
    judge: Judge
    store: Store
    jurisdiction_id: UUID
    run_id: UUID
    may_change: bool
    replace: Callable[[Session, Sequence[UUID]], AbstractSet[UUID]]
    outcome: Outcome

    def take(self, session: Session, judged: Sequence[Judged]) -> _Taken:
        taken = _Taken()
        good = [one for one in judged if not one.faults]
        queries.hold_imports(session, self.jurisdiction_id)
        before = self._taken(session, good)
        fresh, again = [], []
        for one in good:
            digest = before.get(one.id)
            if one.is_repeat or digest == one.digest:
                taken.unchanged += 1
            elif digest is None or self.may_change:
                fresh.append(one)
            elif digest[:CONTENT_DIGEST] == one.digest[:CONTENT_DIGEST]:
                again.append(one)
            else:
                one.faults.append(Fault("changed_since_import"))
        replaced = self._replaced(session, again)
        fresh += replaced
        stored = self._stored(session, fresh)
        for one in fresh:
            one.faults += stored.refused.get(one.id, ())
        kept = [one for one in fresh if not one.faults]
        if kept:
            queries.insert_taken(session, self.run_id, [(one.id, one.digest) for one in kept], clock.now())
        if stored.made:
            queries.insert_made(session, self.run_id, stored.made)
        taken.stored = sum(one.id not in stored.unchanged for one in kept)
        taken.changed = sum(one.id in stored.changed for one in kept) + sum(
            not one.faults for one in replaced
        )
        taken.unchanged += len(kept) - taken.stored
        taken.refused = [one for one in judged if one.faults]
        taken.noted = [one for one in judged if one.notes and not one.faults]
        return taken

    def _taken(self, session: Session, rows: Sequence[Judged]) -> dict[UUID, bytes]:
        """The digests of rows that were imported before. A row whose import was undone gets the id after that one's."""
        found: dict[UUID, bytes] = {}
        left = list(rows)
        while left:
            before = queries.taken(session, [one.id for one in left])
            found |= {row_id: digest for row_id, (digest, is_undone) in before.items() if not is_undone}
            left = [one for one in left if before.get(one.id, (b"", False))[1]]
            for one in left:
                one.id = uuid5(one.id, "again")
        return found

    def _replaced(self, session: Session, rows: Sequence[Judged]) -> list[Judged]:
        """Take back what was read in another way, where nothing depends on it; those rows are stored anew."""
        if not rows:
            return []
        free = self.replace(session, [one.id for one in rows])
        for one in rows:
            if one.id not in free:
                one.faults.append(Fault("changed_since_import"))
        queries.undo_taken(session, list(free), clock.now())
        anew = [one for one in rows if one.id in free]
        self._taken(session, anew)
        return anew

    def count(self, taken: _Taken, rows: int) -> None:
        self.outcome.rows += rows
        self.outcome.stored += taken.stored
        self.outcome.changed += taken.changed
        self.outcome.unchanged += taken.unchanged
        self.outcome.refused += taken.refused
        for one in taken.noted:
            self.outcome.note(one)

    def _stored(self, session: Session, rows: Sequence[Judged]) -> Stored:
        """Store rows; what the database itself refuses is found by halves, and does not keep the others out."""
        if not rows:
            return Stored()
        try:
            with session.begin_nested():
                return self.store(session, rows)
        except (DataError, IntegrityError):
            if len(rows) == 1:
                return Stored({rows[0].id: [Fault("not_storable")]})
        half = len(rows) // 2
        return self._stored(session, rows[:half]).beside(self._stored(session, rows[half:]))
