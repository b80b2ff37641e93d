"""The command `gridward db rebuild-history`: add missing states to `incident_history`.

This table is read to count cases as they were at a past moment.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from uuid import UUID

import orjson

from app.accounts import service as accounts
from app.core import db
from app.core.actor import SYSTEM
from app.incidents import service as incidents
from app.statistics import service as statistics


def rebuild_history(*, is_dry: bool, as_json: bool) -> Iterator[str | bytes]:
    """Add the states that `incident_history` lacks, and yield one line for each repaired case.

    Further lines name the months whose stored counts of open cases may be wrong because of the missing states. The stored
    counts are not changed. The process has to be connected as the owner of the tables.

    Args:
        is_dry: Report the missing states without storing them.
        as_json: Yield JSON instead of text.
    """
    with db.read_session() as session:
        batches = list(incidents.cases_to_repair(session))
    repairs: list[incidents.Repair] = []
    for ids in batches:
        batch_repairs = _repaired(ids, is_dry=is_dry)
        repairs += batch_repairs
        for repair in batch_repairs:
            yield orjson.dumps(asdict(repair)) if as_json else _repair_line(repair)
    since = min((repair.since for repair in repairs), default=None)
    if since is not None:
        with db.read_session() as session:
            months = statistics.months_stored_since(session, since)
        for month in months:
            message = f"month {month:%Y-%m}: its open cases by grid were kept meanwhile and stay as they were counted"
            yield orjson.dumps({"month": month, "open_cases": "kept"}) if as_json else message
    if not as_json:
        states = sum(repair.missing for repair in repairs)
        yield f"{'would be stored' if is_dry else 'stored'}: {states} (states), of cases: {len(repairs)}"


class _DryRun(Exception):
    """Exception that rolls back the transaction of a dry run."""


def _repaired(ids: Sequence[UUID], *, is_dry: bool) -> list[incidents.Repair]:
    """Add the missing states of the cases `ids` in one transaction. Return one repair per case.

    A dry run returns the same repairs, but rolls the transaction back.
    """
    repairs: list[incidents.Repair] = []
    try:
        with db.transaction(SYSTEM) as session:
            repairs = incidents.repair_record(session, ids)
            if is_dry:
                raise _DryRun
            if repairs:
                detail = {"cases": len(repairs), "states": sum(repair.missing for repair in repairs)}
                accounts.record(
                    session, SYSTEM, action="figures.rebuild_history", entity="figures", detail=detail
                )
    except _DryRun:
        pass
    return repairs


def _repair_line(repair: incidents.Repair) -> str:
    text = (
        f"{repair.incident_id}: states missing: {repair.missing}, from {repair.since:%Y-%m-%d %H:%M} UTC on"
    )
    if repair.untold:
        text += f"; not told by events, taken from the next known state: {', '.join(repair.untold)}"
    if repair.is_recounted:
        text += "; recurrence counted as cases stand now"
    return text
