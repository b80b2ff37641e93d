"""Asking for an export, and reading how far it is."""

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
from app.core.paging import id_after, page
from app.exchange.queries import exports as queries
from app.exchange.queries import runs
from app.exchange.rules import exports as rules
from app.ogc.service import rows

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
    """Ask for a file that a job writes; the run. Many homes wait for a second person."""
    now = clock.now()
    question = question_of(actor, collection, query, now)
    most = rules.FORMATS[format].rows_most
    if most is not None and rows.count_up_to(session, question, most) > most:
        raise Invalid("export_too_long", most=most)
    homes = 0
    needs_approval = False
    if question.collection.is_homes:
        homes, taken = homes_with_others(session, actor, question, now, homes_alone)
        needs_approval = rules.needs_approval(homes=homes, taken_lately=taken, alone=homes_alone)
    if needs_approval and len((purpose or "").strip()) < PURPOSE_MIN:
        raise invalid_field("purpose", "export_purpose_needed", most=homes_alone)
    run_id = insert(
        session,
        actor,
        question,
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


def question_of(actor: Actor, collection: str, query: Mapping[str, Any], now: datetime) -> rows.Question:
    """What is asked for. A collection that there is not is a fault of the body, not of the address."""
    try:
        return rows.ask(actor, collection, rules.parameters_of(query), now=now)
    except NotFound:
        raise invalid_field("collection", "not_one_of") from None


def homes_with_others(
    session: Session, actor: Actor, question: rows.Question, now: datetime, alone: int
) -> tuple[int, int]:
    """How many homes are asked for (no further than one over what is allowed), and how many were lately."""
    queries.hold(session, actor.id)
    taken = queries.homes_taken(session, actor.id, since=now - rules.TOGETHER)
    return rows.count_up_to(session, question, alone), taken


def insert(
    session: Session,
    actor: Actor,
    question: rows.Question,
    *,
    format: str,
    query: Mapping[str, Any],
    purpose: str | None,
    now: datetime,
    needs_approval: bool = False,
    is_at_once: bool = False,
    rows_expected: int | None = None,
) -> UUID:
    """Note that somebody asks."""
    run_id = uuid7()
    values = {
        "id": run_id,
        "collection": question.collection.id,
        "format": format,
        "query": rules.parameters_of(query),
        "purpose": purpose,
        "is_homes": question.collection.is_homes,
        "is_at_once": is_at_once,
        "needs_approval": needs_approval,
        "state": "running" if is_at_once else "awaiting_approval" if needs_approval else "waiting",
        "now": now,
        "rows_expected": rows_expected,
    }
    queries.insert_run(session, actor, question.collection.needs, values)
    return run_id


def list_exports(
    session: Session, actor: Actor, *, state: str | None = None, limit: int, cursor: str | None = None
) -> bytes:
    """A page of the actor's exports and of those about which she may decide."""
    after = id_after(cursor)
    found = queries.runs(session, actor, now=clock.now(), state=state, after=after, limit=limit)
    return page(found["items"], found["next_key"])


def describe_export(session: Session, actor: Actor, *, run_id: UUID) -> bytes:
    """One export: how far it is, or what came of it."""
    found = queries.run(session, actor, run_id, now=clock.now())
    if found is None:
        raise NotFound("not_found")
    return found
