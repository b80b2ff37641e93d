"""SQL that reads one plain case as JSON: the short form of the statement in `views`, which says the same for such cases.

A case is plain if it is about nobody and alone (`detail_fields`), lies in present areas, is not pinned, and nobody has asked
for an extension; and if the reader sees it by `PlainRule`. The statement has one row for each case that exists. If `is_plain`
is false, the row has no content.
"""

from functools import lru_cache
from typing import Any

from sqlalchemy import literal_column

from app.core.db import Fragment
from app.dispatch.rules.states import HELD_SQL
from app.incidents.cases.queries.detail_fields import DEADLINES, plain_detail_fields
from app.incidents.cases.queries.fields import (
    JOINED_BY_ME,
    of_visible_cases,
    plain_case_fields,
)
from app.incidents.scope import CASE_I, CASE_T, CaseRule, plain_rule

_PLAIN = """
  select i.version, i.status, false is_pinned, i.locked_at is not null is_locked,
         i.supervised_at is not null is_supervised, false is_extension_asked,
         i.ended_reason, i.profile_version_id,
         case when i.ended_reason is not null then (
           select e.note from incident_event e
           where e.incident_id = i.id and e.to_status in ('not_filed', 'closed', 'force_closed')
             and e.from_status <> e.to_status
           order by e.seq desc limit 1) end ending_words,
         false has_open_parts, coalesce(limits.has_stage, false) has_stage, false is_proposed,
         coalesce(i.contested_order_by = :me, false) is_own_order,
         rel.is_director, own.is_handler, false is_second, own.is_checker, own.is_verifier,
         (i.reported_by is not distinct from :me or rel.has_joined) and i.handled_by is distinct from :me is_reporter,
         rel.is_offered, false is_part_asked, false is_part_holder, cast(null as json) about,
         case when rel.is_plain then json_build_object({case_fields}) end body,
         case when rel.is_plain then json_build_object({detail_fields}) end more,
         rel.is_plain, rel.is_alone
  from {areas} incident i
  cross join lateral (
    select coalesce(bool_or(a.is_mine and a.role = 'handle'), false) is_handler,
           coalesce(bool_or(a.is_mine and a.role = 'check'), false) is_checker,
           coalesce(bool_or(a.is_mine and a.role = 'verify'), false) is_verifier,
           coalesce(bool_or(a.is_queued), false) is_queued,
           coalesce(bool_or(a.role in ('joint', 'second')), false) has_others
    from (select t.role, t.state in {held_states} and t.account_id = :me is_mine,
                 t.state = 'queued' and t.unit_id = any(cast(:my_units as uuid[])) is_queued
          from assignment t where t.incident_id = i.id) a) own
  cross join lateral (
    select {deadlines} deadlines,
           bool_or(d.ends_with = 'done' and d.stopped_at is null) has_stage
    from deadline d where d.incident_id = i.id and d.deleted_at is null) limits
  cross join lateral (
    select r.*, r.is_alone and r.is_visible
        and i.pinned_to is null and i.extension_asked_at is null
        and (i.area_id is null or r.area is not null) and (i.grid_id is null or r.grid is not null)
        and (i.merged_into is null or r.same_as is not null) is_plain
    from (
      select {is_visible} is_visible, {is_director} is_director, {has_joined} has_joined,
        own.is_queued or exists (
          select 1 from offer o where o.incident_id = i.id and o.worker_id = :me and o.state = 'offered') is_offered,
        {area} area, {grid} grid,
        case when i.merged_into is not null then (
          select json_build_object('id', t.id, 'case_no', t.case_no, 'status', t.status, 'closed_at', t.closed_at)
          from incident t where t.id = i.merged_into and (coalesce(i.reported_by = :me, false) or {sees_other})) end same_as,
        i.waiting_reason is distinct from 'proposed' and not own.has_others
          and not exists (select 1 from incident t where t.merged_into = i.id)
          and not exists (select 1 from incident_link l where l.incident_id = i.id)
          and not exists (select 1 from incident_link l where l.other_id = i.id) is_alone
      offset 0) r
    offset 0) rel
  where i.id = :id and i.deleted_at is null
"""
# Compared with an array of one id, which only the index of present areas can look up. For `=` the planner takes the index of
# the exclusion constraint, a GiST, which takes three times as long.
_PRESENT_AREA = """
  (select json_build_object('id', v.area_id, 'code', v.code, 'name', v.name)
   from area_version v where v.area_id = any(array[{area_id}]) and upper_inf(v.valid))
"""


@lru_cache(maxsize=500)
def plain_case(rule: CaseRule, directed: CaseRule) -> Fragment | None:
    """Return the statement that reads a plain case; None: no case is plain for the actor.

    Args:
        rule: Visibility rule of the actor.
        directed: Visibility rule for `incident:direct`. It decides whether the actor directs the case.
    """
    plain = plain_rule(rule, directed)
    if plain is None:
        return None
    paths: Any = literal_column("reach.paths")
    areas = (
        Fragment("")
        if plain.roots is None
        else Fragment("(select {roots} paths offset 0) reach cross join", roots=plain.roots)
    )
    return of_visible_cases(
        Fragment(
            _PLAIN,
            areas=areas,
            case_fields=plain_case_fields(rule),
            detail_fields=plain_detail_fields(),
            deadlines=DEADLINES,
            held_states=Fragment(HELD_SQL),
            is_visible=plain.condition(CASE_I, paths),
            is_director=plain.is_director(CASE_I, paths),
            has_joined=JOINED_BY_ME,
            area=Fragment(_PRESENT_AREA, area_id=CASE_I.area_id),
            grid=Fragment(_PRESENT_AREA, area_id=CASE_I.grid_id),
            sees_other=plain.condition(CASE_T, paths),
        )
    )
