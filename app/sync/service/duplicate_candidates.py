"""Search for existing cases that a pushed report may duplicate.

The found cases are returned beside the result of the report, and do not change this result.
"""

import logging
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.exc import SQLAlchemyError

from app.core import db
from app.core.actor import Actor
from app.incidents import service as incidents
from app.sync.rules.operations import Operation
from app.sync.rules.results import Result

log = logging.getLogger("gridward.fieldapp.push")


def duplicate_candidates(
    actor: Actor, operations: Sequence[Operation], results: Mapping[int, Result]
) -> dict[int, list[dict[str, Any]]]:
    """Return existing cases that the applied reports may duplicate, by index of the report.

    Without applied reports no statement is executed. A database error is logged and leads to an empty result, because the
    reports have been committed already.
    """
    applied = {index for index, result in results.items() if result.status == "applied"}
    case_ids: dict[int, UUID] = {
        operation.index: operation.id
        for operation in operations
        if (operation.entity, operation.op) == ("incident", "report")
        and operation.id is not None
        and operation.index in applied
    }
    if not case_ids:
        return {}
    try:
        with db.read_session() as session:
            candidates = incidents.duplicates_of_each(session, actor, list(case_ids.values()))
    except SQLAlchemyError as error:
        log.warning("candidates could not be looked for: %s", type(error).__name__)
        return {}
    return {index: candidates[case_id] for index, case_id in case_ids.items() if case_id in candidates}
