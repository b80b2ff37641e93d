"""Evidence of a version of a profile, the statement of its author, published changes.

Cases, ratings and signals belong to packages above this one. `app.evidence` checks that they exist and who may see them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.core import clock
from app.core.actor import Actor, Permission
from app.core.errors import Forbidden, NotFound
from app.profiles.queries import evidence as queries
from app.profiles.service.jurisdictions import jurisdiction_id_of
from app.profiles.service.profiles import has_permission_over_all
from app.profiles.service.versions import MAX_NUMBER

CITATIONS_MAX = 50
CHANGES_MAX = 20


@dataclass(frozen=True, slots=True)
class Statement:
    """The statement of the author of a version.

    Attributes:
        items: The evidence, each with `kind`, `id` and `note`.
        measure: Name of the measure or rate by which the effect is judged. None: none.
        category: Only cases of this category are counted. None: all.
        summary: Plain summary by language (`zh`, `en`).
        publish_summary: Show the summary on the public page of changes.
    """

    items: Sequence[dict[str, Any]] = ()
    measure: str | None = None
    category: str | None = None
    summary: dict[str, str] | None = None
    publish_summary: bool = False


def version_facts(session: Session, actor: Actor, *, code: str, number: int) -> RowMapping:
    """Return `id`, `jurisdiction_id`, `code`, `number`, `in_force_from`, `in_force_until` and `created_by` of a version.

    Raises:
        NotFound: There is no such version.
    """
    jurisdiction_id = jurisdiction_id_of(session, actor, code)
    row = None
    if number <= MAX_NUMBER:
        row = queries.version(session, jurisdiction_id=jurisdiction_id, number=number)
    if row is None:
        raise NotFound("not_found")
    return row


def state_evidence(
    session: Session,
    actor: Actor,
    version: RowMapping,
    statement: Statement,
) -> None:
    """Replace the statement and the evidence of a version. The caller has checked the items.

    Raises:
        Forbidden: The actor neither published the version nor may edit the whole profile.
    """
    if not can_state(session, actor, version):
        raise Forbidden("permission_missing", permission=Permission.PROFILE_EDIT.value)
    values = {
        "measure": statement.measure,
        "category": statement.category,
        "summary": orjson.dumps(statement.summary).decode() if statement.summary else None,
        "is_published": statement.publish_summary,
        "me": actor.id,
        "now": clock.now(),
    }
    queries.store(session, version["id"], values, statement.items)
    accounts.record(
        session,
        actor,
        action="profile.state_evidence",
        entity="jurisdiction",
        entity_id=version["jurisdiction_id"],
        detail={
            "number": version["number"],
            "evidence": len(statement.items),
            "is_published": statement.publish_summary,
        },
    )


def can_state(session: Session, actor: Actor, version: RowMapping) -> bool:
    """Return True if the actor published the version, or may edit the whole profile."""
    if version["created_by"] == actor.id and actor.may(Permission.PROFILE_EXTEND):
        return True
    return has_permission_over_all(session, actor, Permission.PROFILE_EDIT, version["jurisdiction_id"])


def statement_of(session: Session, version_id: UUID) -> RowMapping | None:
    """Return what the author says of a version, or None."""
    return queries.statement(session, version_id)


def evidence_of(session: Session, version_id: UUID) -> Sequence[RowMapping]:
    """Return the evidence of a version in the order of its author: `kind`, `subject_id`, `note`."""
    return queries.evidence(session, version_id)


def citations_of(
    session: Session, case_id: UUID, *, report_ids: Sequence[UUID], reply_ids: Sequence[UUID]
) -> Sequence[RowMapping]:
    """Return up to 50 citations of a case, of the ratings of these reports and of these replies to notices.

    Those of the newest versions come first.
    """
    return queries.citing(session, case_id, report_ids=report_ids, reply_ids=reply_ids, limit=CITATIONS_MAX)


def published_changes(session: Session, jurisdiction_id: UUID) -> Sequence[RowMapping]:
    """Return up to 20 versions that came into force and whose summary is published, the newest first."""
    return queries.published(session, jurisdiction_id, now=clock.now(), limit=CHANGES_MAX)
