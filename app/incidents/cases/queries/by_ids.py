"""SQL that reads several cases by their ids as JSON, under the actor's visibility."""

from collections.abc import Collection
from datetime import datetime
from functools import lru_cache
from uuid import UUID

from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.db import Fragment
from app.incidents.cases.queries.fields import case_fields, of_visible_cases
from app.incidents.scope import CASE_I, CaseRule, case_visibility


@lru_cache(maxsize=500)
def _cases(rule: CaseRule) -> Fragment:
    return of_visible_cases(
        Fragment(
            """select i.id, json_build_object({fields}) body from incident i
               where i.id = any(cast(:ids as uuid[])) and i.deleted_at is null and {is_visible}""",
            fields=case_fields(rule, rule.shows_staff(CASE_I)),
            is_visible=rule.condition(CASE_I),
        )
    )


def visible_cases(
    session: Session, actor: Actor, *, ids: Collection[UUID], now: datetime
) -> dict[UUID, bytes]:
    """Return those of the cases that the actor sees, as JSON by id."""
    visibility = case_visibility(actor, now)
    binds = visibility.binds | {"ids": list(ids), "now": now}
    return {row.id: row.body for row in session.execute(_cases(visibility.rule), binds)}
