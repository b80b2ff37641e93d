"""Undo of an import: removal of the entities that it created."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.components import service as components
from app.core import clock
from app.core.actor import Actor, Permission
from app.core.errors import Conflict, NotFound
from app.exchange.queries import imports as queries
from app.exchange.rules.faults import Fault, sentence
from app.households import service as households
from app.incidents import service as incidents

UNDOABLE = ("households", "incidents", "components")
# Most entities that a request over HTTP may undo; the command line has no limit.
UNDO_LIMIT = 20_000
_LISTED_MAX = 1_000
Blockers = Mapping[tuple[str, UUID], str | None]


@dataclass(frozen=True, slots=True)
class UndoResult:
    """The result of an undo, or of a dry run of an undo.

    Attributes:
        taken_back: Number of removed entities by type.
        kept: Entities that were not removed, each with the reason.
    """

    run_id: UUID
    kind: str
    is_dry: bool
    taken_back: Mapping[str, int]
    kept: Sequence[Mapping[str, Any]]
    kept_total: int


def undo_import(
    session: Session,
    actor: Actor,
    *,
    run_id: UUID,
    is_dry: bool = False,
    is_whole: bool = False,
    made_limit: int | None = None,
) -> UndoResult:
    """Remove the entities that an import created, unless something depends on them.

    Changes that the import made to existing entities stay.

    Args:
        is_dry: Remove nothing, and return what would be removed.
        is_whole: Remove nothing if one entity cannot be removed.
        made_limit: Refuse to undo a run that created more entities than this number.

    Raises:
        NotFound: The actor has no such run.
        Conflict: `import_running`, `import_not_undoable` (areas, units, workers), `import_too_large`.
    """
    everywhere = actor.everywhere_with(Permission.IMPORT_RUN)
    run = queries.lock_run(session, run_id, me=actor.id, everywhere=everywhere)
    if run is None:
        raise NotFound("not_found")
    if run["finished_at"] is None:
        raise Conflict("import_running")
    if run["kind"] not in UNDOABLE:
        raise Conflict("import_not_undoable")
    queries.lock_imports(session, run["jurisdiction_id"])
    made = queries.made_by_run(session, run_id)
    if made_limit is not None and sum(map(len, made.values())) > made_limit:
        raise Conflict("import_too_large")
    blockers = _blockers(session, made, since=run["created_at"])
    removable = [key for key, reason in blockers.items() if reason is None]
    blocked = {key: reason for key, reason in blockers.items() if reason is not None}
    if is_whole and blocked:
        removable = []
    if removable and not is_dry:
        _remove(session, actor, removable)
        queries.undo_run(session, run_id, removable, now=clock.now())
        detail = {"taken_back": len(removable), "kept": len(blocked)}
        accounts.record(
            session, actor, action="import.undo", entity="import_run", entity_id=run_id, detail=detail
        )
    counts = {entity: sum(removed_entity == entity for removed_entity, _ in removable) for entity in made}
    listed = [_blocked_entry(*key, str(reason)) for key, reason in list(blocked.items())[:_LISTED_MAX]]
    return UndoResult(run_id, run["kind"], is_dry, counts, listed, len(blocked))


def _blockers(session: Session, made: Mapping[str, list[UUID]], *, since: datetime) -> Blockers:
    blockers = dict(households.reasons_to_stay(session, made, since=since))
    case_blockers = incidents.undo_blockers(session, made.get("incident", ()))
    component_blockers = components.undo_blockers(session, made.get("component", ()), since=since)
    blockers |= {("incident", id): reason for id, reason in case_blockers.items()}
    return blockers | {("component", id): reason for id, reason in component_blockers.items()}


def _remove(session: Session, actor: Actor, removable: Sequence[tuple[str, UUID]]) -> None:
    ids_by_entity: dict[str, list[UUID]] = {}
    for entity, id in removable:
        ids_by_entity.setdefault(entity, []).append(id)
    if case_ids := ids_by_entity.pop("incident", None):
        incidents.undo_import(session, actor, case_ids)
    if component_ids := ids_by_entity.pop("component", None):
        components.undo_import(session, actor, component_ids)
    if ids_by_entity:
        households.take_back_made(session, actor, ids_by_entity)


def _blocked_entry(entity: str, id: UUID, reason: str) -> dict[str, Any]:
    fault = Fault(f"kept_{reason}")
    return {
        "entity": entity,
        "id": id,
        "reason": reason,
        "sentence": {language: sentence(fault, language) for language in ("zh", "en")},
    }
