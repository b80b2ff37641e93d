"""Use case "report" for several reports of one actor, as a device pushes them after a day without a network."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from app.core import clock
from app.core.actor import Actor
from app.incidents.reporting.queries import new_case
from app.incidents.reporting.service import first_dispatch
from app.incidents.reporting.service.new_case import NewCase
from app.incidents.reporting.service.reports import (
    ReportResult,
    SentReport,
    decide,
    finish,
    operation_of,
    repeat,
)


def report_each_within(
    session: Session, actor: Actor, payloads: Sequence[dict[str, Any]]
) -> list[ReportResult]:
    """Open a case for each report like `report_within`, inside the transaction of the caller.

    The outcome is the same as of one call for each report in this order. One statement claims all operations. Cases in grids
    for which the actor is responsible are the actor's own work: successive ones are written by one statement, because no
    choice of a worker depends on the load that another one adds.

    Args:
        payloads: The arguments of `report_within`, each with another `id`.

    Raises:
        DomainError: An error of one report. Nothing is stored then.
    """
    now = clock.now()
    # Each has its own instant, as if they came one after the other: recurrences are counted by it.
    reports = [
        SentReport(
            actor,
            payload["id"],
            operation_of(actor, str(payload["id"]), payload),
            payload,
            now + timedelta(microseconds=n),
        )
        for n, payload in enumerate(payloads)
    ]
    situations = new_case.claim_each(
        session,
        actor,
        [(report.incident_id, report.operation, report.expected, report.point) for report in reports],
        now=now,
    )
    cases: dict[int, NewCase] = {}
    own: list[NewCase] = []
    for n, (report, situation) in enumerate(zip(reports, situations, strict=True)):
        if not situation["is_claimed"]:
            continue
        cases[n] = case = decide(session, report, situation)
        if first_dispatch.is_own_work(case):
            own.append(case)
        else:
            first_dispatch.write_own(session, own)
            own = []
            first_dispatch.place_and_write(session, case, new_case.Expected(report.expected.category))
    first_dispatch.write_own(session, own)
    return [
        finish(session, report, cases[n]) if n in cases else repeat(session, report.operation)
        for n, report in enumerate(reports)
    ]
