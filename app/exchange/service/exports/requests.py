"""Use cases that request, list and describe exports."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.core import clock, jobs
from app.core.actor import Actor
from app.core.errors import Invalid, NotFound, invalid_field
from app.core.ids import uuid7
from app.core.paging import id_after, page_body
from app.exchange.queries import exports as queries
from app.exchange.queries import runs
from app.exchange.rules import exports as rules
from app.incidents.cases import service as incidents
from app.ogc.service import rows

# The collection of cases; the alias of its table is that of the conditions of the list.
CASES = "incidents"
EXPORT_TASK = "exchange.export_due"
PURPOSE_MIN = 4


def request_export(
    session: Session,
    actor: Actor,
    *,
    collection: str,
    format: str,
    query: Mapping[str, Any],
    purpose: str | None,
    homes_alone: int,
) -> tuple[bytes, UUID]:
    """Request an export file that a job will write. Return the run (JSON) and its id.

    An export of many homes waits for approval.
    """
    now = clock.now()
    row_query = build_row_query(actor, collection, query, now)
    row_limit = rules.FORMATS[format].rows_most
    if row_limit is not None and rows.count_up_to(session, row_query, row_limit) > row_limit:
        raise Invalid("export_too_long", most=row_limit)
    homes = 0
    needs_approval = False
    if row_query.collection.is_homes:
        homes, exported_lately = count_homes(session, actor, row_query, now, homes_alone)
        needs_approval = rules.needs_approval(
            homes=homes, exported_lately=exported_lately, limit_alone=homes_alone
        )
    if needs_approval and len((purpose or "").strip()) < PURPOSE_MIN:
        raise invalid_field("purpose", "export_purpose_needed", most=homes_alone)
    run_id = insert_request(
        session,
        actor,
        row_query,
        format=format,
        query=query,
        purpose=purpose,
        now=now,
        needs_approval=needs_approval,
        rows_expected=homes or None,
    )
    accounts.record(
        session,
        actor,
        action="export.request",
        entity="export_run",
        entity_id=run_id,
        purpose=purpose,
        detail={"collection": collection, "format": format, "needs_approval": needs_approval},
    )
    if not needs_approval:
        runs.enqueue(session, jobs.enqueue_binds(EXPORT_TASK, queue=jobs.FILES))
    return describe_export(session, actor, run_id=run_id), run_id


def build_row_query(actor: Actor, collection: str, query: Mapping[str, Any], now: datetime) -> rows.RowQuery:
    """Return the query for the rows of an export, after validation of its parameters.

    `within_area_id` and `list` are parameters of exports only. The others are those of the items of the collection. If the
    collection is unknown, the error names the field `collection` of the request body.
    """
    pairs = [pair for pair in rules.parameter_pairs(query) if pair[0] not in rules.OWN_PARAMETERS]
    try:
        row_query = rows.build_query(actor, collection, pairs, now=now)
    except NotFound:
        raise invalid_field("collection", "not_one_of") from None
    if rules.WITHIN_AREA in query:
        path = row_query.collection.path
        if path is None:
            raise invalid_field(rules.WITHIN_AREA, "unknown_field")
        area_id = rules.area_id_of(query[rules.WITHIN_AREA])
        row_query.selection.add(queries.within_area(path), within_area_id=area_id)
    if rules.LIST in query:
        if row_query.collection.id != CASES:
            raise invalid_field(rules.LIST, "unknown_field")
        try:
            condition, binds = incidents.list_condition(actor, query[rules.LIST], now)
        except ValueError:
            raise invalid_field(rules.LIST, "invalid") from None
        row_query.selection.add(condition, **binds)
    return row_query


def count_homes(
    session: Session, actor: Actor, row_query: rows.RowQuery, now: datetime, limit_alone: int
) -> tuple[int, int]:
    """Return the number of homes in a requested export, and of homes exported lately.

    Counting of the requested homes stops at one above the limit. The function locks the export requests of the account until
    the transaction ends.
    """
    queries.lock_requests(session, actor.id)
    exported_lately = queries.homes_exported(session, actor.id, since=now - rules.COUNTING_WINDOW)
    return rows.count_up_to(session, row_query, limit_alone), exported_lately


# Each parameter is a column of the run.
def insert_request(  # noqa: PLR0913
    session: Session,
    actor: Actor,
    row_query: rows.RowQuery,
    *,
    format: str,
    query: Mapping[str, Any],
    purpose: str | None,
    now: datetime,
    needs_approval: bool = False,
    is_at_once: bool = False,
    rows_expected: int | None = None,
) -> UUID:
    """Insert the run of an export request; return its id."""
    run_id = uuid7()
    values = {
        "id": run_id,
        "collection": row_query.collection.id,
        "format": format,
        "query": rules.parameter_pairs(query),
        "purpose": purpose,
        "is_homes": row_query.collection.is_homes,
        "is_at_once": is_at_once,
        "needs_approval": needs_approval,
        "state": "running" if is_at_once else "awaiting_approval" if needs_approval else "waiting",
        "now": now,
        "rows_expected": rows_expected,
    }
    queries.insert_run(session, actor, row_query.collection.needs, values)
    return run_id


def list_exports(
    session: Session, actor: Actor, *, state: str | None = None, limit: int, cursor: str | None = None
) -> bytes:
    """Return one page of the export runs that the actor requested or may decide about."""
    after = id_after(cursor)
    row = queries.runs(session, actor, now=clock.now(), state=state, after=after, limit=limit)
    return page_body(row["items"], row["next_key"])


def describe_export(session: Session, actor: Actor, *, run_id: UUID) -> bytes:
    """Return one export run with its progress or outcome, as JSON."""
    run_json = queries.run(session, actor, run_id, now=clock.now())
    if run_json is None:
        raise NotFound("not_found")
    return run_json
