"""SQL of service request updates: the changes of the state of public cases, as residents see states.

Those of a case that was merged into a public one are among them, because the portal that reported it waits for an end.
The time of an update is when the server recorded it, because a phone sends steps hours after they were made, and a portal
asks for what came since its last request.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.core.db import Fragment
from app.public.scope import is_public_or_merged

# The number of an update counts the earlier ones of its case, so that it names no event and counts no other case.
_UPDATES = Fragment(
    """
    with plain as (
      select * from unnest(cast(:statuses as text[]), cast(:plain_states as text[])) listed (status, state)
    ), changed as (
      select e.seq, e.incident_id, e.to_status, e.recorded_at, after_it.state
      from incident_event e
      join plain before_it on before_it.status = e.from_status
      join plain after_it on after_it.status = e.to_status
      where e.from_status is distinct from e.to_status and before_it.state <> after_it.state
        and e.recorded_at >= :start and e.recorded_at < :end
    )
    select c.incident_id, c.state, c.recorded_at,
      case when i.status = c.to_status then i.ended_reason end ended_reason, c.to_status,
      (select count(*) from incident_event e
       join plain before_it on before_it.status = e.from_status
       join plain after_it on after_it.status = e.to_status
       where e.incident_id = c.incident_id and e.seq <= c.seq and e.from_status is distinct from e.to_status
         and before_it.state <> after_it.state) number,
      case when i.status = c.to_status and i.status = 'closed'
             and i.category = any(cast(:photo_categories as text[])) then (
        select m.id from unnest(r.photo_ids) with ordinality released(id, place) join media m on m.id = released.id
        where m.incident_id = i.id and m.kind = 'after' and m.deleted_at is null and m.state = 'ready'
        order by released.place limit 1) end photo_id
    from changed c
    join incident i on i.id = c.incident_id
    left join public_release r on r.incident_id = i.id
    where {is_shown} and (cast(:ids as uuid[]) is null or i.id = any(cast(:ids as uuid[])))
    order by c.recorded_at, c.seq
    offset :skipped limit :limit
    """,
    is_shown=is_public_or_merged(),
)


def updates(
    session: Session,
    visible: Mapping[str, Any],
    plain_states: Mapping[str, str],
    *,
    start: datetime,
    end: datetime,
    ids: Sequence[Any] | None,
    skipped: int,
    limit: int,
) -> Sequence[RowMapping]:
    """Return the changes of the plain state of public cases that were recorded in a range, oldest first.

    Args:
        visible: Binds of the rule of visibility, and `photo_categories`.
        plain_states: The plain state of each state of a case.
    """
    binds = dict(visible) | {
        "statuses": list(plain_states),
        "plain_states": list(plain_states.values()),
        "start": start,
        "end": end,
        "ids": ids,
        "skipped": skipped,
        "limit": limit,
    }
    return session.execute(_UPDATES, binds).mappings().all()
