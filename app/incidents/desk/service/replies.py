"""Answering those who reported: the same words to each case, once."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.core import clock
from app.core.actor import Actor
from app.incidents.cases.queries import writes
from app.incidents.desk.queries import replies as queries

# So many cases are held at once; saying it again goes on with the next.
BATCH_SIZE = 500


@dataclass(frozen=True, slots=True)
class Replied:
    """What became of a reply, in cases. `told`: whoever reported one reads it; `passed_on`: only who wrote it down for another.

    `told_before`: had these words already; `left`: more than are told at once; `unheard`: nobody has an account there.
    """

    told: int
    passed_on: int
    told_before: int
    left: int
    unheard: list[dict[str, Any]] = field(default_factory=list)


def reply(session: Session, actor: Actor, *, incident_ids: Sequence[UUID], words: str) -> Replied:
    """Tell whoever reported one of these cases, joined it, or reported one that was merged into it.

    It stands in the history of the case, which they read, and moves nothing. A case is told the same words once. What is
    confidential or about somebody is left out, and so is what the actor does not direct.
    """
    now = clock.now()
    concerned = queries.concerned(session, actor, incident_ids, words, now=now)
    new_ids = [row["id"] for row in concerned if not row["is_told"]]
    batch_ids = new_ids[:BATCH_SIZE]
    writes.lock_cases(session, batch_ids)
    # Read after it is locked: somebody may have told them meanwhile.
    rows = [row for row in queries.listeners(session, batch_ids, words) if not row["is_told"]]
    reached_rows = [row for row in rows if row["hears"] or row["passes_on"]]
    ids = [row["id"] for row in reached_rows]
    if ids:
        queries.reply(session, actor, ids, words, now=now)
        accounts.record_each(
            session, actor, action="incident.reply", entity="incident", details=[(id, {}) for id in ids]
        )
    read_count = sum(bool(row["hears"]) for row in reached_rows)
    return Replied(
        told=read_count,
        passed_on=len(reached_rows) - read_count,
        told_before=len(concerned) - len(new_ids) + len(batch_ids) - len(rows),
        left=len(new_ids) - len(batch_ids),
        unheard=[
            {"id": row["id"], "case_no": row["case_no"]}
            for row in rows
            if not (row["hears"] or row["passes_on"])
        ],
    )
