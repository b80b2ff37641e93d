"""Cases that may duplicate a report just pushed. Returned beside the result; they refuse nothing."""

import logging
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.exc import SQLAlchemyError

from app.core import db
from app.core.actor import Actor
from app.incidents import service as incidents
from app.sync.rules.operations import Operation

log = logging.getLogger("gridward.fieldapp.push")


def duplicate_candidates(
    actor: Actor, operations: Sequence[Operation], results: Mapping[int, Mapping[str, Any]]
) -> dict[int, list[dict[str, Any]]]:
    """Return candidates by index for reports applied now. Runs no statement without such reports.

    The reports are committed already: on a database error no candidates are returned.
    """
    case_ids: dict[int, UUID] = {
        operation.index: operation.id
        for operation in operations
        if (operation.entity, operation.op) == ("incident", "report")
        and operation.id is not None
        and results.get(operation.index, {}).get("status") == "applied"
    }
    if not case_ids:
        return {}
    try:
        with db.read_session() as session:
            candidates = incidents.duplicates_of_each(session, actor, list(case_ids.values()))
    except SQLAlchemyError as error:
        log.warning("candidates could not be looked for: %s", type(error).__name__)
        return {}
    return {place: candidates[case_id] for place, case_id in case_ids.items() if case_id in candidates}
