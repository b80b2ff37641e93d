"""Synchronised entities: running notices, and the households to tell at the door.

A household to tell is a delivery through the channel `visit` with a `task_id`. Its text is in the row of its notice, which is
sent once for each grid. The database functions `log_notice...` log their changes.
"""

from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, and_, literal_column

from app.core.actor import Permission
from app.core.db import Fragment
from app.households.models import Household
from app.notices.models import Notice, NoticeDelivery
from app.notices.scope import FILES, IS_TO_TELL
from app.sync.queries.registry.entity import (
    Bucket,
    Clause,
    Entity,
    Reader,
    json_object,
    same_for_all,
    visible_within,
)

_GRID_ID: Any = literal_column("addressed.grid_id")
_GRID_PATH: Any = literal_column("addressed_grid.path")
_VALID_UNTIL: Any = Notice.valid_until
# A notice is read for each grid in which a household is to be told by it, whether it was told or not. The households of the
# wanted grids are read first, because a condition on `grid_id` moves into the DISTINCT.
_ADDRESSED_GRIDS = Fragment(
    """(select distinct h.grid_id, d.notice_id
         from household h join notice_delivery d on d.household_id = h.id and d.task_id is not null) addressed
       join notice on notice.id = addressed.notice_id
       join area_version addressed_grid
         on addressed_grid.area_id = addressed.grid_id and upper_inf(addressed_grid.valid)"""
)

NOTICE = Entity(
    name="notice",
    source=_ADDRESSED_GRIDS,
    id=Notice.id,
    buckets={"grid": Bucket(_GRID_ID)},
    permission=Permission.NOTICE_READ,
    visible=visible_within(Permission.NOTICE_READ, _GRID_PATH),
    live=Fragment("notice.state = 'published'"),
    until=_VALID_UNTIL,
    version=Notice.revision,
    unscoped={
        "notice": "it addresses a household of a grid in which the reader may read notices",
        "household": "only whether a household of the grid is to be told",
    },
    item=same_for_all(
        json_object(
            id=Notice.id,
            purpose=Notice.purpose,
            texts=Notice.texts,
            files=FILES,
            sender_area_id=Notice.area_id,
            unit_id=Notice.unit_id,
            valid_from=Notice.valid_from,
            valid_until=Notice.valid_until,
        )
    ),
)

_TO_TELL = Fragment(
    """notice_delivery
         join notice_household addressee on addressee.notice_id = notice_delivery.notice_id
           and addressee.household_id = notice_delivery.household_id
         join notice on notice.id = notice_delivery.notice_id
         join household on household.id = notice_delivery.household_id"""
)
_STATE: Any = literal_column("addressee.state")
_sees_notices = visible_within(Permission.NOTICE_READ, Household.scope_path)
_edits_households = visible_within(Permission.HOUSEHOLD_EDIT, Household.scope_path)


def _may_tell(reader: Reader) -> Clause:
    """Return the condition that the reader may read notices, and edit the household, as the routes demand."""
    sees, edits = _sees_notices(reader), _edits_households(reader)
    return Clause(_both(sees.element, edits.element), sees.binds | edits.binds)


@lru_cache(maxsize=100)
def _both(sees: ColumnElement[bool], edits: ColumnElement[bool]) -> ColumnElement[bool]:
    return and_(sees, edits)


NOTICE_TASK = Entity(
    name="notice_task",
    source=_TO_TELL,
    id=NoticeDelivery.task_id,
    buckets={"grid": Bucket(Household.grid_id)},
    permission=Permission.NOTICE_READ,
    visible=_may_tell,
    live=Fragment("notice_delivery.task_id is not null and {is_to_tell}", is_to_tell=IS_TO_TELL),
    until=_VALID_UNTIL,
    # A state of a household that is to be told is only replaced by one of a higher rank.
    version=Fragment("case {state} when 'opened' then 3 when 'sent' then 2 else 1 end", state=_STATE),
    unscoped={"notice": "the notice of a household that the reader may tell"},
    item=same_for_all(
        json_object(
            id=NoticeDelivery.task_id,
            notice_id=NoticeDelivery.notice_id,
            household_id=NoticeDelivery.household_id,
            state=_STATE,
        )
    ),
)
