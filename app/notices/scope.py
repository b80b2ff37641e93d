"""The rule of visibility of notices, the condition that a household is to be told, files and sender of a notice.

An actor sees the notices that are sent in the name of an area in their reach, in each state, and the published notices that
address a household in their reach.
"""

from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, literal_column, true

from app.core.actor import Actor, Permission
from app.core.db import Fragment, RowRule
from app.households.models import Household
from app.notices.models import Notice
from app.workforce.scope import area_reach

_SENDER_PATH: ColumnElement[Any] = literal_column("sender_version.path")
# Of the row `notice` of a statement: its files in their order, as they are in the media store.
FILES = Fragment("""
  (select coalesce(json_agg(json_build_object('media_id', m.id, 'titles', given.item->'titles', 'state', m.state,
      'refusal', m.refusal, 'content_type', m.content_type, 'size', m.size) order by given.place), '[]')
   from jsonb_array_elements(notice.attachments) with ordinality given(item, place)
   join media m on m.id = (given.item->>'media_id')::uuid and m.deleted_at is null)""")
# Of the row `notice`: the name of its sender by language, that of the unit, else of the area.
SENDER = Fragment("""
  coalesce((select unit.name from unit where unit.id = notice.unit_id),
    (select sender.name from area_version sender where sender.area_id = notice.area_id
     order by lower(sender.valid) desc limit 1))
""")
# Of the rows `notice`, `addressee` and `household`: the notice is published, the household was neither told nor answered,
# lives there, takes visits, and has no later wish. The validity of the notice is another condition.
IS_TO_TELL = Fragment("""
  notice.state = 'published' and addressee.state in ('not_reached', 'sent', 'opened')
  and household.deleted_at is null and household.moved_away_at is null and household.declined_at is null
  and not exists (
    select from notice_opt_out o where o.household_id = addressee.household_id and o.withdrawn_at is null
      and (o.purpose is null or o.purpose = notice.purpose) and (o.channel is null or o.channel = 'visit'))""")


class NoticeVisibility(NamedTuple):
    """A condition on the row `notice` of a statement, and its binds."""

    condition: ColumnElement[bool]
    binds: dict[str, Any]


def notice_visibility(
    actor: Actor, now: datetime, permission: Permission = Permission.NOTICE_READ
) -> NoticeVisibility:
    """Return the SQL condition that the actor sees the row `notice`."""
    reach = area_reach(actor, permission, now)
    if reach.is_everywhere:
        return NoticeVisibility(_everywhere(), {})
    return NoticeVisibility(
        _in_reach(reach.condition(_SENDER_PATH), reach.condition(Household.scope_path)), reach.binds
    )


def sender_visibility(actor: Actor, now: datetime, permission: Permission) -> NoticeVisibility:
    """Return the SQL condition that the actor holds `permission` in the whole area in whose name `notice` is sent."""
    reach = area_reach(actor, permission, now)
    if reach.is_everywhere:
        return NoticeVisibility(_everywhere(), {})
    return NoticeVisibility(_of_sender(reach.condition(_SENDER_PATH)), reach.binds)


@lru_cache
def _everywhere() -> ColumnElement[bool]:
    return RowRule(true(), "notice")


@lru_cache(maxsize=100)
def _of_sender(sees_sender: ColumnElement[bool]) -> ColumnElement[bool]:
    condition = Fragment(
        """exists (select from area_version sender_version where sender_version.area_id = {area_id}
             and upper_inf(sender_version.valid) and {sees_sender})""",
        area_id=Notice.area_id,
        sees_sender=sees_sender,
    )
    return RowRule(condition, "notice")


@lru_cache(maxsize=100)
def _in_reach(sees_sender: ColumnElement[bool], sees_household: ColumnElement[bool]) -> ColumnElement[bool]:
    condition = Fragment(
        """({of_sender} or exists (
             select from notice_household addressee join household on household.id = addressee.household_id
             where addressee.notice_id = {notice_id} and {sees_household}))""",
        notice_id=Notice.id,
        of_sender=_of_sender(sees_sender),
        sees_household=sees_household,
    )
    return RowRule(condition, "notice", "household")
