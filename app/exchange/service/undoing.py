"""Taking back what an import made."""

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
# So many things at once over HTTP; the command line has no limit.
MADE_MOST = 20_000
_LISTED = 1_000
Reasons = Mapping[tuple[str, UUID], str | None]


@dataclass(frozen=True, slots=True)
class Undone:
    """What was, or in a dry run would be, taken back of a run, by entity, and what stays, with the reason of each."""

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
    made_most: int | None = None,
) -> Undone:
    """Take back what an import made and nothing depends on.

    What the import changed of things that were there before stays as it is.

    Args:
        is_whole: Take back nothing if anything has to stay.
        made_most: Refuse a run that made more.

    Raises:
        NotFound: The actor has no such run.
        Conflict: `import_running`, `import_not_undoable` (areas, units, workers), `import_too_large`.
    """
    everywhere = actor.everywhere_with(Permission.IMPORT_RUN)
    run = queries.undoable_run(session, run_id, me=actor.id, everywhere=everywhere)
    if run is None:
        raise NotFound("not_found")
    if run["finished_at"] is None:
        raise Conflict("import_running")
    if run["kind"] not in UNDOABLE:
        raise Conflict("import_not_undoable")
    queries.hold_imports(session, run["jurisdiction_id"])
    made = queries.made_by(session, run_id)
    if made_most is not None and sum(map(len, made.values())) > made_most:
        raise Conflict("import_too_large")
    reasons = _reasons(session, made, since=run["created_at"])
    free = [thing for thing, reason in reasons.items() if reason is None]
    kept = {thing: reason for thing, reason in reasons.items() if reason is not None}
    if is_whole and kept:
        free = []
    if free and not is_dry:
        _take_back(session, actor, free)
        queries.undo_run(session, run_id, free, now=clock.now())
        detail = {"taken_back": len(free), "kept": len(kept)}
        accounts.record(
            session, actor, action="import.undo", entity="import_run", entity_id=run_id, detail=detail
        )
    counts = {entity: sum(one == entity for one, _ in free) for entity in made}
    told = [_told(*thing, str(reason)) for thing, reason in list(kept.items())[:_LISTED]]
    return Undone(run_id, run["kind"], is_dry, counts, told, len(kept))


def _reasons(session: Session, made: Mapping[str, list[UUID]], *, since: datetime) -> Reasons:
    found = dict(households.reasons_to_stay(session, made, since=since))
    cases = incidents.reasons_to_stay(session, made.get("incident", ()))
    things = components.undo_blockers(session, made.get("component", ()), since=since)
    found |= {("incident", id): reason for id, reason in cases.items()}
    return found | {("component", id): reason for id, reason in things.items()}


def _take_back(session: Session, actor: Actor, free: Sequence[tuple[str, UUID]]) -> None:
    gone: dict[str, list[UUID]] = {}
    for entity, id in free:
        gone.setdefault(entity, []).append(id)
    if cases := gone.pop("incident", None):
        incidents.take_back_imported(session, actor, cases)
    if things := gone.pop("component", None):
        components.undo_import(session, actor, things)
    if gone:
        households.take_back_made(session, actor, gone)


def _told(entity: str, id: UUID, reason: str) -> dict[str, Any]:
    fault = Fault(f"kept_{reason}")
    return {
        "entity": entity,
        "id": id,
        "reason": reason,
        "sentence": {language: sentence(fault, language) for language in ("zh", "en")},
    }
