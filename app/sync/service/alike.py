"""What may be the same matter as what a phone has just reported. It is told beside the answer, and refuses nothing."""

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


def alike(
    actor: Actor, operations: Sequence[Operation], results: Mapping[int, Mapping[str, Any]]
) -> dict[int, list[dict[str, Any]]]:
    """For operations by place: the candidates of reports that took effect now. No statement where there is none.

    The reports are kept already: if the database cannot answer now, the phone is told of none.
    """
    made: dict[int, UUID] = {
        one.place: one.id
        for one in operations
        if (one.entity, one.op) == ("incident", "report")
        and one.id is not None
        and results.get(one.place, {}).get("status") == "applied"
    }
    if not made:
        return {}
    try:
        with db.read_session() as session:
            found = incidents.alike_to_each(session, actor, list(made.values()))
    except SQLAlchemyError as error:
        log.warning("candidates could not be looked for: %s", type(error).__name__)
        return {}
    return {place: found[case_id] for place, case_id in made.items() if case_id in found}
