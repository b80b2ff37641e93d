"""Use cases that read cases, their history, and the explanation of their dispatch."""

from collections.abc import Callable, Collection, Mapping
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.areas import service as areas
from app.core import clock
from app.core.actor import Actor, Permission
from app.core.db import read_session
from app.core.errors import Forbidden, NotFound, invalid_field
from app.core.paging import key_after, page_body_of, typed_key
from app.dispatch import service as dispatch
from app.dispatch.rules.states import ACTIVE
from app.incidents.cases.queries import by_ids, directed_work, history, views
from app.incidents.cases.queries.fields import feature, item
from app.incidents.cases.queries.lists import page
from app.incidents.cases.queries.own_work import my_assignments
from app.incidents.cases.queries.sorted_lists import counts, sorted_page
from app.incidents.cases.rules.case_number import normalise_case_number
from app.incidents.cases.rules.lifecycle import Relation, Status
from app.incidents.cases.rules.list_order import KEY_TYPES, NEWEST_FIRST, is_of_open_cases, key_of
from app.incidents.cases.rules.orders import order_sentences
from app.incidents.cases.rules.parts import part_sentences
from app.incidents.cases.rules.wire_actions import forms_of
from app.incidents.cases.service.allowed_actions import allowed_actions_of, relations_of
from app.profiles import service as profiles
from app.settings import Settings


def listing(actor: Actor, *, as_features: bool = False, **filters: Any) -> bytes:
    """Return one page of the cases that the actor sees as JSON, the newest first or in the order `sort`.

    Raises:
        Invalid: The cursor is not of this order, or another order than the newest first is asked for cases that ended.
    """
    limit = filters.pop("limit")
    cursor = filters.pop("cursor", None)
    sort = filters.pop("sort", NEWEST_FIRST)
    with_counts = filters.pop("counts", False) and not as_features
    if filters.get("case_no"):
        filters["case_no"] = normalise_case_number(filters["case_no"]) or filters["case_no"]
    form = feature if as_features else item
    now = clock.now()
    if sort == NEWEST_FIRST:
        after = {"after": typed_key(cursor, datetime.fromisoformat, UUID)} if cursor else {}
        row = page(actor, form=form, filters=filters | after, now=now, limit=limit)
    else:
        row = _sorted_row(actor, form, filters, sort, cursor, now, limit)
    body = page_body_of(row, limit, as_features=as_features)
    if not with_counts:
        return body
    counted = orjson.dumps(counts(actor, filters=filters, now=now))
    return b"".join((body[:-1], b',"counts":', counted, b"}"))


def _sorted_row(
    actor: Actor, form: Any, filters: dict[str, Any], sort: str, cursor: str | None, now: datetime, limit: int
) -> dict[str, Any]:
    """Return a page of open cases in another order than the newest first, as `page_body_of` takes it."""
    if not is_of_open_cases(filters.get("status")):
        raise invalid_field("sort", "sort_of_open_cases")
    # The cursor of another order is refused: it begins with the name of its order.
    after = typed_key(cursor, _equal_to(sort), KEY_TYPES[key_of(sort)[0]], UUID) if cursor else None
    row = sorted_page(
        actor, form=form, filters=filters, sort=sort, after=after and after[1:], now=now, limit=limit
    )
    return row | {"last_key": row["last_key"] and [sort, *row["last_key"]]}


def _equal_to(sort: str) -> Callable[[str], object]:
    """Return a function that raises ValueError for any other text than `sort`."""

    def check(text: str) -> None:
        if text != sort:
            raise ValueError(text)

    return check


def detail(actor: Actor, *, incident_id: UUID) -> tuple[bytes, int]:
    """Return a case as JSON, with the actions that the actor may take, and its version.

    Raises:
        NotFound: The actor does not see the case.
    """
    now = clock.now()
    row = views.detail(actor, incident_id=incident_id, now=now)
    if row is None:
        raise NotFound("not_found")
    status, relations = Status(row["status"]), relations_of(row)
    allowed = allowed_actions_of(status, relations, row)
    body = b"".join(
        (
            row["body"].rstrip()[:-1],
            b",",
            row["more"].strip()[1:-1],
            b',"about":',
            (row["about"] if row["is_director"] else None) or b"null",
            _actions(tuple(allowed), status, relations),
            b',"ended":',
            orjson.dumps(_ended(row)),
            b"}",
        )
    )
    return body, row["version"]


@lru_cache(maxsize=2_000)
def _actions(allowed: tuple[str, ...], status: Status, relations: frozenset[Relation]) -> bytes:
    """Return the members `allowed` and `actions` of a case as JSON. Cached: cases of one state have the same ones."""
    forms = orjson.dumps(forms_of(allowed, status, relations))
    return b"".join((b',"allowed":', orjson.dumps(allowed), b',"actions":', forms))


def _ended(row: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return reason and note of the end of a case; None: the case is open or ended as closed."""
    if row["ended_reason"] is None:
        return None
    with read_session() as session:
        profile = profiles.profile_by_id(session, row["profile_version_id"]).profile
    name = profile.lifecycle.reasons(row["status"]).get(row["ended_reason"])
    return {"reason": row["ended_reason"], "name": name, "words": row["ending_words"]}


def receipt(session: Session, actor: Actor, *, incident_id: UUID) -> tuple[bytes, int]:
    """Return a case as JSON after a write of the actor, and its version.

    The actor gets the case even if they do not see it any more after the write.
    """
    row = views.receipt(session, actor, incident_id=incident_id, now=clock.now())
    return row["body"], row["version"]


def visible_cases(session: Session, actor: Actor, *, ids: Collection[UUID]) -> dict[UUID, bytes]:
    """Return those of the cases that the actor sees now, as JSON by id."""
    return by_ids.visible_cases(session, actor, ids=ids, now=clock.now())


def events(session: Session, actor: Actor, *, incident_id: UUID) -> bytes:
    """Return the history of a case as JSON, oldest event first.

    Raises:
        NotFound: The actor does not see the case.
    """
    now = clock.now()
    facts = views.relation_facts(session, actor, incident_id=incident_id, now=now)
    if facts is None:
        raise NotFound("not_found")
    items = history.events(
        session,
        incident_id=incident_id,
        actor=actor,
        facts=facts,
        now=now,
    )
    return b'{"items":' + items + b"}"


def explanation(session: Session, actor: Actor, *, incident_id: UUID) -> dict[str, Any]:
    """Return an explanation of how a case was dispatched.

    It has the dispatch runs, the orders of supervisors, and the parts of the units in joint handling, each with a sentence.

    Raises:
        NotFound: The actor does not see the case.
    """
    facts = views.relation_facts(session, actor, incident_id=incident_id, now=clock.now())
    if facts is None:
        raise NotFound("not_found")
    result = dispatch.explain(
        session, incident_id, reader_id=actor.id, shows_whereabouts=bool(facts["is_director"])
    )
    if not facts["is_director"]:
        result["runs"] = [run for run in result["runs"] if run["outcome"] != dispatch.PROPOSED]
    orders = [dict(order) for order in history.orders(session, incident_id)]
    for order in orders:
        order["sentence"] = order_sentences(order["kind"], order["worker_name"], order["note"])
    parts = views.parts(session, actor, incident_id=incident_id)
    for part in parts:
        part["sentence"] = part_sentences(part)
    return result | {"orders": orders, "parts": parts}


def replay(session: Session, actor: Actor, *, incident_id: UUID, run_id: UUID) -> dict[str, Any]:
    """Compute the decision of an earlier dispatch run again, from its stored input.

    Nothing is stored.

    Raises:
        NotFound: The actor does not direct the case.
    """
    facts = views.relation_facts(session, actor, incident_id=incident_id, now=clock.now())
    if facts is None or not facts["is_director"]:
        raise NotFound("not_found")
    return dispatch.replay(session, incident_id=incident_id, run_id=run_id)


def what_if(
    session: Session, actor: Actor, *, area_id: UUID, day: date, weights: dict[str, float]
) -> dict[str, Any]:
    """Compute the dispatch decisions of a day in an area again with other weights.

    The weights are those of the ranking of workers. Only decisions about cases that the actor directs are computed. Nothing is
    stored.
    """
    now = clock.now()
    area_position = areas.tree_position_of(session, area_id)
    profile = profiles.profile_at(session, area_position.jurisdiction_id, now)
    since = datetime.combine(day, time(), tzinfo=profile.profile.calendar.zone)
    until = since + timedelta(days=1)
    decided = dispatch.incidents_decided_between(session, since=since, until=until)
    directed_ids = directed_work.among(session, actor, path=area_position.path, incident_ids=decided, now=now)
    return dispatch.what_if(session, directed_ids, since=since, until=until, changes=weights)


def assignments_of_mine(
    actor: Actor,
    *,
    limit: int,
    role: str | None = None,
    state: list[str] | None = None,
    cursor: str | None = None,
) -> bytes:
    """Return one page of the actor's active assignments, and of their units' queues, as JSON."""
    row = my_assignments(
        actor,
        role=role,
        states=state or list(ACTIVE),
        after=key_after(cursor, datetime.fromisoformat, UUID),
        limit=limit,
        now=clock.now(),
    )
    return page_body_of(row, limit)


def reveal_reporter(
    session: Session,
    actor: Actor,
    *,
    incident_id: UUID,
    purpose: str,
    explanation: str,
    settings: Settings,
    report_id: UUID | None = None,
) -> dict[str, Any]:
    """Return name, phone number and e-mail of the reporter of a case. The disclosure is audited.

    Raises:
        NotFound: The actor does not see the case, or there is no such report.
        Forbidden: The actor neither directs the case with `reporter:reveal`, nor handles it with the reporter's consent.
        Throttled: The actor made too many disclosures within the time window of the settings.
    """
    now = clock.now()
    facts = views.relation_facts(session, actor, incident_id=incident_id, now=now)
    if facts is None:
        raise NotFound("not_found")
    row = views.reporter(session, incident_id, report_id)
    if row is None:
        raise NotFound("not_found")
    is_allowed = facts["is_director"] and actor.may(Permission.REPORTER_REVEAL)
    is_open = facts["is_handler"] and row["may_be_shown_to_handlers"]
    if not (is_allowed or is_open):
        raise Forbidden("permission_missing", permission=Permission.REPORTER_REVEAL.value)
    accounts.require_disclosures_left(session, actor, settings)
    shown = accounts.disclose(
        session,
        actor,
        purpose=purpose,
        explanation=explanation,
        fields=["name", "phone", "email"],
        entity="reporter",
        rows={row["id"]: {field: row[field] for field in ("name", "phone", "email")}},
    )
    return {"kind": row["kind"], **shown[row["id"]]}
