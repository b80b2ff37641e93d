"""Replies to the reporters of cases. A reply with the same text is sent once to each case."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.core import clock
from app.core.actor import Actor, Permission
from app.core.errors import Conflict, NotFound
from app.incidents.cases.queries import views, writes
from app.incidents.desk.queries import replies as queries
from app.incidents.desk.service.merges import require_directs

# The number of cases locked at once. Repeating the request continues with the next cases.
BATCH_SIZE = 500
REPLIES_MAX = 200


@dataclass(frozen=True, slots=True)
class Replied:
    """Numbers of cases by the outcome of a reply.

    Attributes:
        told: A reporter with an account, a secret link or a confirmed address can read the reply.
        passed_on: Only an account that reported for another person can read the reply.
        told_before: The case has a reply with this text already.
        left: Not processed, because the request had more cases than a batch.
        unheard: The cases (`id`, `case_no`) where nobody can read a reply. They get none.
    """

    told: int
    passed_on: int
    told_before: int
    left: int
    unheard: list[dict[str, Any]] = field(default_factory=list)


def reply(
    session: Session, actor: Actor, *, incident_ids: Sequence[UUID], words: str, is_kept: bool = False
) -> Replied:
    """Send a reply to the reporters of these cases and of the cases merged into them.

    The reply is stored in the history of each case, which its reporters read. The state stays. Idempotent for each case and
    text. Cases that are confidential, about a person or unit, or to which the actor may not reply are left out.

    Args:
        is_kept: Store the reply in the history of the given cases also if only reporters of merged cases can read it.
    """
    now = clock.now()
    concerned = queries.concerned(session, actor, incident_ids, words, now=now)
    new_ids = [row["id"] for row in concerned if not row["is_told"]]
    batch_ids = new_ids[:BATCH_SIZE]
    writes.lock_cases(session, batch_ids)
    # Read again under the lock: another request may have sent the same words since.
    rows = [row for row in queries.listeners(session, batch_ids, words) if not row["is_told"]]
    reached_rows = [row for row in rows if row["hears"] or row["passes_on"]]
    kept_ids = set(incident_ids) if is_kept else set()
    ids = [row["id"] for row in rows if row in reached_rows or row["id"] in kept_ids]
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


def reply_to_case(session: Session, actor: Actor, *, incident_id: UUID, words: str) -> dict[str, Any]:
    """Send a reply to the reporters of one case and of the cases merged into it. Idempotent for the same text.

    Returns:
        `reply`: The stored reply. `audience`: Who reads it. `is_repeat`: The case had this text already. `left`: The number of
        merged cases beyond the batch, to which the same request again sends the reply.

    Raises:
        NotFound: The actor does not see the case.
        Forbidden: The actor may not reply in the area of the case.
        Conflict: `reply_of_confidential`, or nobody can read a reply (`reply_reaches_nobody`).
    """
    _require_replies(session, actor, incident_id)
    if not queries.is_open_to_replies(session, incident_id):
        raise Conflict("reply_of_confidential")
    audience = queries.audience(session, incident_id)
    if audience["unreached"] == audience["reporters"]:
        raise Conflict("reply_reaches_nobody")
    replied = reply(session, actor, incident_ids=[incident_id], words=words, is_kept=True)
    (stored,) = queries.replies(session, actor, incident_id, limit=1, words=words)
    return {
        "reply": _described(stored),
        "audience": dict(audience),
        "is_repeat": replied.told + replied.passed_on == 0 and replied.told_before > 0,
        "left": replied.left,
    }


def replies_of_case(session: Session, actor: Actor, *, incident_id: UUID) -> dict[str, Any]:
    """Return the replies to the reporters of a case, and how many people read the next one.

    `audience` is None if the case is confidential, or about a person or unit: it gets no replies.

    Raises:
        NotFound: The actor does not see the case.
        Forbidden: The actor may not reply in the area of the case.
    """
    _require_replies(session, actor, incident_id)
    rows = queries.replies(session, actor, incident_id, limit=REPLIES_MAX)
    is_open = queries.is_open_to_replies(session, incident_id)
    return {
        "items": [_described(row) for row in rows],
        "audience": dict(queries.audience(session, incident_id)) if is_open else None,
    }


def _require_replies(session: Session, actor: Actor, incident_id: UUID) -> None:
    now = clock.now()
    if not views.is_visible(session, actor, incident_id=incident_id, now=now):
        raise NotFound("not_found")
    require_directs(session, actor, incident_id, now, Permission.INCIDENT_REPLY)


def _described(row: RowMapping) -> dict[str, Any]:
    author = {"kind": row["actor_kind"], "id": row["actor_id"], "name": row["actor_name"]}
    return {"words": row["words"], "author": author, "occurred_at": row["occurred_at"]}
