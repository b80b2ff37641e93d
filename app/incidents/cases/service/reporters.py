"""All reports of one person, for an export of personal data to that person."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.core import clock
from app.core.actor import Actor
from app.core.errors import Conflict, NotFound
from app.incidents.cases.queries import erasure, views
from app.incidents.cases.queries import reporters as queries

# A number with more reports is that of a call centre, which reports for its callers.
MAX_REPORTS = 500


@dataclass(frozen=True, slots=True)
class ReportsOfReporter:
    """The reports of one person from areas where the actor may export personal data.

    Attributes:
        elsewhere: Number of reports in other areas, which are left out.
    """

    reports: list[dict[str, Any]]
    reporter_ids: list[UUID]
    incident_ids: list[UUID]
    elsewhere: int


def identified_reporter(
    session: Session, actor: Actor, *, incident_id: UUID, report_id: UUID | None
) -> dict[str, Any]:
    """Return the reporter of a case that the actor directs, without masks.

    The keys are `id`, `kind`, `name`, `phone`, `email` and `may_be_shown_to_handlers`.

    Raises:
        NotFound: The actor does not direct the case, or there is no such report.
        Conflict: `reporter_is_staff` or `reporter_erased`.
    """
    facts = views.relation_facts(session, actor, incident_id=incident_id, now=clock.now())
    if facts is None or not facts["is_director"]:
        raise NotFound("not_found")
    reporter = erasure.reporter_of(session, incident_id, report_id)
    if reporter is None:
        raise NotFound("not_found")
    if reporter["account_id"] is not None:
        raise Conflict("reporter_is_staff")
    if reporter["erased_at"] is not None:
        raise Conflict("reporter_erased")
    return dict(queries.facts(session, reporter["id"]))


def reports_of_reporter(
    session: Session, actor: Actor, *, name: str | None, phone: str | None, reporter_id: UUID | None = None
) -> ReportsOfReporter:
    """Return the reports of a reporter, and of other reporters with the same name and number."""
    same_named = queries.named_alike(session, name=name, phone=phone, limit=MAX_REPORTS)
    ids = [*dict.fromkeys([*([reporter_id] if reporter_id else []), *same_named])]
    rows = queries.reports(session, actor, ids, now=clock.now())
    exportable = [row for row in rows if row["item"] is not None]
    return ReportsOfReporter(
        [row["item"] for row in exportable],
        [row["reporter_id"] for row in exportable],
        [row["incident_id"] for row in exportable],
        len(rows) - len(exportable),
    )
