"""Citations of a case, or of the ratings of its reporters, by versions of the rules; and these ratings."""

from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.core import clock
from app.core.actor import Actor
from app.core.errors import NotFound
from app.core.links import link
from app.evidence.queries import subjects as queries
from app.evidence.service.evidence import path_of
from app.notices import service as notices
from app.profiles import service as profiles

RATINGS_MAX = 100


def rule_changes(session: Session, actor: Actor, *, case_id: UUID) -> dict[str, Any]:
    """Return the citations of a case, its ratings and the replies to notices that opened it, newest versions first.

    Raises:
        NotFound: There is no such case, or the actor does not see it.
    """
    now = clock.now()
    if not queries.visible_cases(session, actor, [case_id], now=now):
        raise NotFound("not_found")
    report_ids = queries.report_ids(session, actor, case_id, now=now)
    seen = queries.visible_ratings(session, actor, report_ids, now=now) if report_ids else {}
    replies = notices.visible_replies(session, actor, report_ids) if report_ids else {}
    cited = profiles.citations_of(session, case_id, report_ids=list(seen), reply_ids=list(replies))
    return {
        "items": [
            {
                "jurisdiction": row["code"],
                "number": row["number"],
                "in_force_from": row["in_force_from"],
                "kind": row["kind"],
                "note": row["note"],
                "href": link(f"{path_of(row)}/evidence"),
            }
            for row in cited
        ]
    }


def ratings_of_case(session: Session, actor: Actor, *, case_id: UUID) -> dict[str, Any]:
    """Return what the reporters of a case said of its end, the newest first, at most 100.

    Raises:
        NotFound: There is no such case, or the actor does not see it.
    """
    now = clock.now()
    if not queries.visible_cases(session, actor, [case_id], now=now):
        raise NotFound("not_found")
    rows = queries.ratings_of_case(session, actor, case_id, now=now, limit=RATINGS_MAX)
    return {"items": [dict(row) for row in rows]}
