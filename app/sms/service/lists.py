"""The list of SMS that came in, for the person who reads what was not understood."""

from typing import Any

from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.paging import encode_cursor, number_after
from app.public.rules.free_words import clean_words
from app.sms.queries import incoming as queries
from app.sms.rules.answers import OUTCOMES


def list_incoming(
    session: Session,
    actor: Actor,
    *,
    outcome: str | None = None,
    cursor: str | None = None,
    limit: int = 100,
) -> dict[str, Any]:
    """Return a page of the SMS of the actor's jurisdictions, newest first. Numbers in the words are hidden."""
    rows = queries.page(
        session,
        actor,
        outcomes=[outcome] if outcome else list(OUTCOMES),
        before=number_after(cursor),
        limit=limit + 1,
    )
    names = ("phone", "outcome", "code", "incident_id", "received_at")
    items = [
        {name: row[name] for name in names}
        | {
            "id": row["message_id"],
            "words": clean_words(row["words"]).words if row["words"] is not None else None,
            "reply": row["reply"],
        }
        for row in rows[:limit]
    ]
    next_cursor = encode_cursor([str(rows[limit - 1]["id"])]) if len(rows) > limit else None
    return {"items": items, "next": next_cursor}
