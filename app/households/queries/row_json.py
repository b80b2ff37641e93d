"""SQL expressions that make the JSON of rows of the register.

Names, telephone numbers and e-mail addresses of residents are always masked.
"""

from functools import lru_cache
from typing import Any

from sqlalchemy import Date, and_, bindparam

from app.accounts.rules.masking import masked_email, masked_name, masked_phone
from app.core.db import Fragment
from app.households.models import CareTag, Resident, Visit
from app.households.queries.attachments import media_of_visit
from app.households.queries.shown_fields import masked

# The grid that `grid_join` joins; null without one.
GRID = Fragment("""case when present_grid.area_id is not null then
  json_build_object('id', present_grid.area_id, 'code', present_grid.code, 'name', present_grid.name) end""")


@lru_cache
def grid_join(grid_id: Any) -> Fragment:
    """Return an SQL join that adds the present version of a grid to a statement.

    The expression `GRID` makes the JSON of this grid.

    Args:
        grid_id: Column with the id of the grid.
    """
    return Fragment(
        """left join area_version present_grid
             on present_grid.area_id = {grid_id} and upper_inf(present_grid.valid)""",
        grid_id=grid_id,
    )


# A tag is active until its last day is over; needs :today.
IS_ACTIVE_CARE = and_(CareTag.deleted_at.is_(None), CareTag.ends_on >= bindparam("today", None, Date()))

CARE_TAG = Fragment("""json_build_object('id', care_tag.id, 'kind', care_tag.kind, 'purpose', care_tag.purpose,
  'ends_on', care_tag.ends_on, 'cycle_days', care_tag.cycle_days, 'next_due', care_tag.next_due,
  'version', care_tag.version)""")

# A resident with the active care tags; needs :today.
RESIDENT = Fragment(
    """json_build_object('id', resident.id, 'household_id', resident.household_id, 'name', {name}, 'phone', {phone},
      'email', {email}, 'is_registered_here', resident.is_registered_here, 'lives_here', resident.lives_here,
      'care', (select coalesce(json_agg({care_tag} order by care_tag.kind, care_tag.id), '[]') from care_tag
               where care_tag.resident_id = resident.id and {is_active_care}),
      'version', resident.version)""",
    name=masked(masked_name, Resident.name),
    phone=masked(masked_phone, Resident.phone),
    email=masked(masked_email, Resident.email),
    care_tag=CARE_TAG,
    is_active_care=IS_ACTIVE_CARE,
)

CONSENT = Fragment("""json_build_object('id', consent.id, 'resident_id', consent.resident_id, 'purpose', consent.purpose,
  'given_by_way', consent.given_by_way, 'given_at', consent.given_at, 'withdrawn_at', consent.withdrawn_at)""")

VISIT = Fragment(
    """json_build_object('id', visit.id, 'household_id', visit.household_id,
      'visited_by', json_build_object('id', visit.visited_by,
        'name', (select a.name from account a where a.id = visit.visited_by)),
      'visited_at', visit.visited_at, 'outcome', visit.outcome, 'note', visit.note,
      'note_expires_on', visit.note_expires_on, 'care_done', visit.care_done, 'media', {media})""",
    media=media_of_visit(Visit),
)

# A task of a member: a care tag that is due at times; needs :until.
TASK = Fragment(
    """json_build_object('care_tag_id', care_tag.id, 'kind', care_tag.kind, 'purpose', care_tag.purpose,
      'resident', json_build_object('id', resident.id, 'name', {name}), 'due_on', care_tag.next_due,
      'is_due', care_tag.next_due <= cast(:until as date), 'cycle_days', care_tag.cycle_days)""",
    name=masked(masked_name, Resident.name),
)
