"""Use cases of workers: the households to tell, and sheets on paper with a code for each household."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.core import clock
from app.core.actor import Actor
from app.core.errors import NotFound
from app.core.paging import encode_cursor, id_after, key_after, page_body
from app.notices.queries import tasks as queries
from app.notices.rules.codes import new_code, written
from app.notices.service.links import require_open_city, require_running
from app.notices.service.residents import digest_of
from app.settings import Settings


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page of paper for one household: its address and label as the actor may read them, and its code."""

    household: dict[str, Any]
    code: str


@dataclass(frozen=True, slots=True)
class Sheets:
    """Sheets of one grid.

    Attributes:
        texts: `{language: {"title", "text"}}`.
        sender: Name of the unit or area that sends it, by language.
        has_files: The page of the household has files.
        valid_until: In the time zone of the city.
        city_code: City whose public pages take the codes.
        next: Cursor of the next sheets; None: these are the last.
    """

    texts: dict[str, dict[str, str]]
    sender: dict[str, str]
    has_files: bool
    valid_until: datetime
    city_code: str
    sheets: list[Sheet]
    next: str | None


def tasks(
    session: Session, actor: Actor, *, grid_id: UUID | None = None, limit: int, cursor: str | None = None
) -> bytes:
    """Return one page of the households that the actor is to tell (JSON), each with its notice."""
    key = key_after(cursor, UUID, UUID)
    binds = {
        "grid_id": grid_id,
        "after_household": key[0] if key else None,
        "after_notice": key[1] if key else None,
        "limit": limit,
    }
    row = queries.tasks(session, actor, binds, now=clock.now())
    return page_body(row["items"], row["next_key"])


def print_sheets(
    session: Session,
    actor: Actor,
    *,
    notice_id: UUID,
    grid_id: UUID,
    settings: Settings,
    limit: int,
    cursor: str | None = None,
) -> Sheets:
    """Make a sheet with a new code for addressees of a grid that have not answered, in order of their ids.

    A new code replaces the earlier one of the household. Only digests are stored.

    Raises:
        NotFound: The actor sees no such notice, or there is nobody left in the grid.
        Conflict: The notice is not running, or the public pages of the city are closed.
    """
    notice = require_running(session, actor, notice_id)
    city = require_open_city(session, notice)
    now = clock.now()
    after = id_after(cursor)
    rows = queries.households_of_sheet(
        session, actor, notice_id, grid_id=grid_id, after=after, limit=limit + 1, now=now
    )
    shown = rows[:limit]
    if not shown:
        raise NotFound("not_found")
    codes = {row["household_id"]: new_code() for row in shown}
    digests = {household_id: digest_of(code, settings) for household_id, code in codes.items()}
    queries.set_codes(session, notice_id, digests, actor_id=actor.id, now=now)
    detail = {"grid_id": grid_id, "households": len(shown)}
    accounts.record(
        session, actor, action="notice.print", entity="notice", entity_id=notice_id, detail=detail
    )
    head = queries.head_of_sheet(session, notice_id)
    return Sheets(
        texts=notice["texts"],
        sender=head["sender"],
        has_files=head["has_files"],
        valid_until=notice["valid_until"].astimezone(city.profile.calendar.zone),
        city_code=city.code,
        sheets=[Sheet(orjson.loads(row["household"]), written(codes[row["household_id"]])) for row in shown],
        next=encode_cursor([str(shown[-1]["household_id"])]) if len(rows) > limit else None,
    )
