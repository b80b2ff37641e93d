"""Validation and storing of the rows of a table, in one transaction or one for each batch."""

from collections import Counter
from collections.abc import Callable, Generator, Sequence
from collections.abc import Set as AbstractSet
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, closing
from contextvars import copy_context
from dataclasses import dataclass, field
from itertools import islice
from uuid import UUID, uuid5

from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.orm import Session

from app.core import clock
from app.core.actor import Actor
from app.exchange.queries import imports as queries
from app.exchange.rules.contract import CONTENT_DIGEST_BYTES, JudgedRow, RowJudge
from app.exchange.rules.faults import Fault
from app.exchange.rules.files.table import Table
from app.exchange.service.kinds import StoreResult

BATCH = 1_000
_ROWS_LISTED = 10

Transaction = Callable[[Actor], AbstractContextManager[Session]]
# Stores judged rows through their domain, and returns the outcome of each.
Store = Callable[[Session, Sequence[JudgedRow]], StoreResult]
Progress = Callable[[int], None]


@dataclass(slots=True)
class Outcome:
    """Counts of an import.

    Attributes:
        stored: Number of rows that created or changed an entity.
        changed: Number of rows that changed an entity.
        refused: The rows with faults.
    """

    rows: int = 0
    stored: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: list[JudgedRow] = field(default_factory=list)
    notes: Counter[str] = field(default_factory=Counter)
    noted_rows: dict[str, list[int]] = field(default_factory=dict)
    is_committed: bool = True

    def note(self, judged: JudgedRow) -> None:
        for code in {fault.code for fault in judged.notes}:
            self.notes[code] += 1
            listed = self.noted_rows.setdefault(code, [])
            if len(listed) < _ROWS_LISTED:
                listed.append(judged.row.number)


class _Rollback(Exception):
    """Raised to roll a transaction back."""


@dataclass(frozen=True, slots=True)
class RowImport:
    """The input of an import of rows: the row validator, functions to store rows, and options.

    Attributes:
        store: Function that stores validated rows through the service of their domain.
        may_change: A row that was imported before may change the entity that it created.
        replace: Function that removes the entities of rows that were imported with other parsing options.
        is_partial: Valid rows are stored even if other rows are refused.
        is_dry: Nothing is stored.
        progress: Function that is called with the number of rows processed so far.
        batch: Number of rows in one batch.
    """

    judge: RowJudge
    store: Store
    jurisdiction_id: UUID
    run_id: UUID
    may_change: bool
    replace: Callable[[Session, Sequence[UUID]], AbstractSet[UUID]]
    is_partial: bool
    is_dry: bool
    progress: Progress
    batch: int = BATCH


def import_rows(transaction: Transaction, actor: Actor, table: Table, row_import: RowImport) -> Outcome:
    """Validate and store the rows of a table. Return the counts.

    With `is_partial` each batch is stored in its own transaction. After an interruption the same import can run again, and
    skips the rows that are stored. Otherwise, or in a dry run, all rows are in one transaction. That transaction is rolled back
    if a row is refused or the run is dry.
    """
    outcome = Outcome()
    importer = _Importer(row_import, outcome)
    with closing(_judged_batches(table, row_import)) as batches:
        if row_import.is_partial and not row_import.is_dry:
            for judged_rows in batches:
                with transaction(actor) as session:
                    batch_result = importer.import_batch(session, judged_rows)
                importer.count(batch_result, len(judged_rows))
            return outcome
        try:
            with transaction(actor) as session:
                for judged_rows in batches:
                    importer.count(importer.import_batch(session, judged_rows), len(judged_rows))
                if row_import.is_dry or outcome.refused:
                    raise _Rollback
        except _Rollback:
            outcome.is_committed = False
    return outcome


def _judged_batches(table: Table, row_import: RowImport) -> Generator[list[JudgedRow]]:
    """Yield the rows of a table in batches, validated in order.

    While the caller stores a batch, a thread validates the next one, because the caller waits for the database meanwhile.
    """
    rows = iter(table.rows)
    context = copy_context()

    def judge_next() -> list[JudgedRow]:
        return [row_import.judge.judge(row) for row in islice(rows, row_import.batch)]

    # Leaving the executor waits for its thread: nobody reads from the table afterwards.
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="import-rows") as executor:
        batch = judge_next()
        while batch:
            following = executor.submit(context.run, judge_next)
            yield batch
            batch = following.result()


@dataclass(slots=True)
class _BatchResult:
    """Counts of one batch. They are added to the outcome after the batch has committed."""

    stored: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: list[JudgedRow] = field(default_factory=list)
    noted: list[JudgedRow] = field(default_factory=list)


@dataclass(slots=True)
class _Importer:
    """The import of the validated rows of one table, which are stored batch by batch."""

    row_import: RowImport
    outcome: Outcome

    def import_batch(self, session: Session, judged_rows: Sequence[JudgedRow]) -> _BatchResult:
        """Store the rows of one batch in this transaction."""
        result = _BatchResult()
        valid = [judged for judged in judged_rows if not judged.faults]
        queries.lock_imports(session, self.row_import.jurisdiction_id)
        digests = self._earlier_digests(session, valid)
        new_rows, reread = [], []
        for judged in valid:
            digest = digests.get(judged.id)
            if judged.is_repeat or digest == judged.digest:
                result.unchanged += 1
            elif digest is None or self.row_import.may_change:
                new_rows.append(judged)
            elif digest[:CONTENT_DIGEST_BYTES] == judged.digest[:CONTENT_DIGEST_BYTES]:
                reread.append(judged)
            else:
                judged.faults.append(Fault("changed_since_import"))
        replaced = self._undo_replaceable(session, reread)
        new_rows += replaced
        stored = self._store(session, new_rows)
        for judged in new_rows:
            judged.faults += stored.refused.get(judged.id, ())
        accepted = [judged for judged in new_rows if not judged.faults]
        # In a dry run nothing is kept to recognise rows by: ids of rows are those of this file, and are told apart before.
        if accepted and not self.row_import.is_dry:
            queries.insert_imported_rows(
                session,
                self.row_import.run_id,
                [(judged.id, judged.digest) for judged in accepted],
                clock.now(),
            )
        if stored.made and not self.row_import.is_dry:
            queries.insert_made(session, self.row_import.run_id, stored.made)
        result.stored = sum(judged.id not in stored.unchanged for judged in accepted)
        result.changed = sum(judged.id in stored.changed for judged in accepted) + sum(
            not judged.faults for judged in replaced
        )
        result.unchanged += len(accepted) - result.stored
        result.refused = [judged for judged in judged_rows if judged.faults]
        result.noted = [judged for judged in judged_rows if judged.notes and not judged.faults]
        return result

    def _earlier_digests(self, session: Session, rows: Sequence[JudgedRow]) -> dict[UUID, bytes]:
        """Return the digests of the given rows that were imported before, by row id.

        A row whose import was undone first gets a new id, derived from the old one.
        """
        digests: dict[UUID, bytes] = {}
        remaining = list(rows)
        while remaining:
            earlier = queries.imported_rows(session, [judged.id for judged in remaining])
            digests |= {row_id: digest for row_id, (digest, is_undone) in earlier.items() if not is_undone}
            remaining = [judged for judged in remaining if earlier.get(judged.id, (b"", False))[1]]
            for judged in remaining:
                judged.id = uuid5(judged.id, "again")
        return digests

    def _undo_replaceable(self, session: Session, rows: Sequence[JudgedRow]) -> list[JudgedRow]:
        """Undo rows that were imported before with other parsing options. Return the undone rows.

        A row is not undone if something depends on the entity that it created. Such a row gets the fault
        `changed_since_import`.
        """
        if not rows:
            return []
        removed = self.row_import.replace(session, [judged.id for judged in rows])
        for judged in rows:
            if judged.id not in removed:
                judged.faults.append(Fault("changed_since_import"))
        queries.mark_undone(session, list(removed), clock.now())
        replaced = [judged for judged in rows if judged.id in removed]
        self._earlier_digests(session, replaced)
        return replaced

    def count(self, result: _BatchResult, rows: int) -> None:
        """Add the counts of a batch to the outcome, and report the progress."""
        self.outcome.rows += rows
        self.outcome.stored += result.stored
        self.outcome.changed += result.changed
        self.outcome.unchanged += result.unchanged
        self.outcome.refused += result.refused
        for judged in result.noted:
            self.outcome.note(judged)
        self.row_import.progress(self.outcome.rows)

    def _store(self, session: Session, rows: Sequence[JudgedRow]) -> StoreResult:
        """Store rows through the service of their domain.

        If the database refuses a row, the list is halved until this row is alone. All other rows are stored.
        """
        if not rows:
            return StoreResult()
        try:
            with session.begin_nested():
                return self.row_import.store(session, rows)
        except (DataError, IntegrityError):
            if len(rows) == 1:
                return StoreResult({rows[0].id: [Fault("not_storable")]})
        half = len(rows) // 2
        return self._store(session, rows[:half]).merged_with(self._store(session, rows[half:]))
