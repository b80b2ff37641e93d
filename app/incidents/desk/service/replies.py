"""Replies to the reporters of cases. A reply with the same text is sent once to each case."""

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

# The number of cases locked at once. Repeating the request continues with the next cases.
BATCH_SIZE = 500


@dataclass(frozen=True, slots=True)
class Replied:
    """Numbers of cases by the outcome of a reply.

    Attributes:
        told: A reporter with an account or a secret link can read the reply.
        passed_on: Only an account that reported for another person can read the reply.
        told_before: The case has a reply with this text already.
        left: Not processed, because the request had more cases than a batch.
        unheard: The cases (`id`, `case_no`) where no reporter has an account or a secret link. They get no reply.
    """

    told: int
    passed_on: int
    told_before: int
    left: int
    unheard: list[dict[str, Any]] = field(default_factory=list)


def reply(session: Session, actor: Actor, *, incident_ids: Sequence[UUID], words: str) -> Replied:
    """Send a reply to the reporters of these cases and of the cases merged into them.

    The reply is stored in the history of each case, which its reporters read. The state stays. Idempotent for each case and
    text. Cases that are confidential, about a person or unit, or not directed by the actor are left out.
    """
    now = clock.now()
    concerned = queries.concerned(session, actor, incident_ids, words, now=now)
    new_ids = [row["id"] for row in concerned if not row["is_told"]]
    batch_ids = new_ids[:BATCH_SIZE]
    writes.lock_cases(session, batch_ids)
    # Read again under the lock: another request may have sent the same words since.
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
