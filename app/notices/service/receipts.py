"""Use cases of receipts: what a worker recorded of a notice at a household, at once or offline.

`needs_help` opens a case at the place of the household, as its answer by a link does.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.core import clock
from app.core.actor import Actor, Permission
from app.core.errors import Conflict, NotFound, invalid_field
from app.incidents import service as incidents
from app.notices.queries import receipts as queries
from app.notices.queries import states
from app.notices.rules.notices import AHEAD_AT_MOST, LATE_AT_MOST, RANKS
from app.notices.service.residents import help_words
from app.notices.service.states import addressee, require_seen


def record_receipt(
    session: Session,
    actor: Actor,
    *,
    notice_id: UUID,
    household_id: UUID,
    id: UUID,
    state: str,
    channel: str = "visit",
    happened_at: datetime | None = None,
) -> tuple[bytes, bool]:
    """Record what happened to a notice at a household. Idempotent by `id`.

    Return the addressee (JSON), and True if this call stored the receipt. The newest receipt of the highest rank is the
    state, so receipts of phones without network may arrive in any order.

    Raises:
        NotFound: There is no such addressee, or the actor may not edit the register there.
        Conflict: The id was used for another receipt, the household opted out, or the notice was withdrawn before.
        Invalid: `happened_at` is in the future, too long ago, or before the publication.
    """
    notice = require_seen(session, actor, notice_id)
    before = _lock(session, actor, notice_id, household_id)
    step = _step(actor, id, notice_id, household_id, state) | {"channel": channel}
    if _is_stored(session, step):
        return addressee(session, actor, notice_id=notice_id, household_id=household_id), False
    now = clock.now()
    step["occurred_at"] = happened_at or now
    if step["occurred_at"] < notice["published_at"]:
        raise invalid_field("happened_at", "out_of_range")
    _require_time(step["occurred_at"], now)
    if notice["withdrawn_at"] is not None and step["occurred_at"] >= notice["withdrawn_at"]:
        raise Conflict("notice_withdrawn")
    if before["state"] == "opted_out":
        raise Conflict("notice_opted_out")
    _store(session, actor, notice, before, step)
    return addressee(session, actor, notice_id=notice_id, household_id=household_id), True


def record_offline_receipt(
    session: Session,
    actor: Actor,
    *,
    notice_id: UUID,
    household_id: UUID,
    id: UUID,
    state: str,
    happened_at: datetime | None = None,
) -> tuple[bool, list[dict[str, Any]]]:
    """Record what a worker did at a door without a network. Idempotent by `id`.

    The worker was at the door, so the receipt is stored whatever happened meanwhile, and the state is the newest step of the
    highest rank.

    Returns:
        True if this call stored the receipt.
        Warnings: somebody else was there before, or the notice had ended, or the household had opted out.

    Raises:
        NotFound: There is no such addressee, or the actor may not edit the register there.
        Conflict: The id was used for another receipt.
        Invalid: It happened too long ago.
    """
    notice = require_seen(session, actor, notice_id)
    before = _lock(session, actor, notice_id, household_id)
    step = _step(actor, id, notice_id, household_id, state) | {"channel": "visit"}
    if _is_stored(session, step):
        return False, []
    now = clock.now()
    occurred_at = happened_at or now
    _require_time(occurred_at, now)
    # A notice that a phone holds was published: an earlier time is an error of its clock.
    step["occurred_at"] = max(occurred_at, notice["published_at"])
    warnings = list(_warnings(session, actor, notice, before, step))
    _store(session, actor, notice, before, step)
    return True, warnings


def _lock(session: Session, actor: Actor, notice_id: UUID, household_id: UUID) -> RowMapping:
    permission = Permission.HOUSEHOLD_EDIT
    row = states.lock(session, actor, notice_id, household_id, permission, now=clock.now())
    if row is None:
        raise NotFound("not_found")
    return row


def _step(actor: Actor, id: UUID, notice_id: UUID, household_id: UUID, state: str) -> dict[str, Any]:
    step: dict[str, Any] = {"notice_id": notice_id, "household_id": household_id, "state": state}
    return step | {"actor_id": actor.id, "receipt_id": id}


def _is_stored(session: Session, step: dict[str, Any]) -> bool:
    """Return True if the receipt was stored before.

    Raises:
        Conflict: Its id was used for another receipt.
    """
    earlier = states.event_of_receipt(session, step["receipt_id"])
    if earlier is None:
        return False
    if any(step[name] != value for name, value in earlier.items()):
        raise Conflict("id_reused")
    return True


def _require_time(occurred_at: datetime, now: datetime) -> None:
    if occurred_at > now + AHEAD_AT_MOST:
        raise invalid_field("happened_at", "in_future")
    if occurred_at < now - LATE_AT_MOST:
        raise invalid_field("happened_at", "out_of_range")


def _warnings(
    session: Session, actor: Actor, notice: RowMapping, before: RowMapping, step: dict[str, Any]
) -> list[dict[str, Any]]:
    occurred_at, warnings = step["occurred_at"], []
    if RANKS[before["state"]] >= RANKS["told"]:
        other = queries.step_of_another(session, step["notice_id"], step["household_id"], actor.id)
        if other is not None:
            code = "told_by_another" if other["name"] is not None else "answered_by_household"
            warnings.append({"code": code} | ({"name": other["name"]} if other["name"] is not None else {}))
    if before["state"] == "opted_out":
        warnings.append({"code": "told_after_opt_out"})
    if notice["withdrawn_at"] is not None and occurred_at >= notice["withdrawn_at"]:
        warnings.append({"code": "told_after_withdrawal"})
    elif occurred_at >= notice["valid_until"]:
        warnings.append({"code": "told_after_end"})
    return warnings


def _store(
    session: Session, actor: Actor, notice: RowMapping, before: RowMapping, step: dict[str, Any]
) -> None:
    states.add_event(session, step)
    accounts.record(
        session,
        actor,
        action="notice.receipt",
        entity="notice",
        entity_id=step["notice_id"],
        detail={name: step[name] for name in ("household_id", "state", "channel")},
    )
    if step["state"] == "needs_help":
        _open_case(session, actor, notice, before, step)


def _open_case(
    session: Session, actor: Actor, notice: RowMapping, before: RowMapping, step: dict[str, Any]
) -> None:
    """Open a case for a household that needs help, unless its last answer was the same and has a case.

    The id of the receipt is that of the case, so a receipt never opens two.
    """
    notice_id, household_id = step["notice_id"], step["household_id"]
    if before["state"] == "needs_help" and queries.has_reply(session, notice_id, household_id):
        return
    lon, lat = queries.place_of(session, household_id)
    language = "zh" if "zh" in notice["texts"] else "en"
    result = incidents.report_within(
        session,
        actor,
        id=step["receipt_id"],
        lon=lon,
        lat=lat,
        coord_sys="wgs84",
        category=notice["reply_category"],
        description=help_words(notice["texts"], language),
        attributes={"notice_id": str(notice_id)},
        happened_at=min(step["occurred_at"], clock.now()),
    )
    queries.add_reply(
        session,
        {
            "report_id": step["receipt_id"],
            "notice_id": notice_id,
            "household_id": household_id,
            "incident_id": result.incident_id,
            "now": clock.now(),
        },
    )
