"""SQL expressions: the JSON members that only the answer for a single case has."""

from sqlalchemy import and_, not_, or_

from app.core.db import Fragment
from app.incidents.cases.queries.fields import (
    ACTIVE_STATES,
    JOINED_BY_ME,
    REPORTED_OR_JOINED_BY_ME,
    assignment_fields,
)
from app.incidents.cases.queries.open_proposals import PROPOSAL
from app.incidents.cases.queries.parts import parts_of_case
from app.incidents.cases.queries.related_cases import linked, merged
from app.incidents.scope import CASE_I, CASE_T, CaseRule, is_open, is_ordinary

# A person who only reported or joined a case does not read what others said when they joined it, or in cases merged into it.
_HAS_PART = Fragment(
    """(rel.is_director or rel.is_handler or rel.is_checker or rel.is_verifier or rel.is_offered
      or rel.is_part_asked or rel.is_part_holder)"""
)
HAS_REPORTED = Fragment("(i.reported_by is not distinct from :me or {joined})", joined=JOINED_BY_ME)

# The JSON list of the deadlines `d` of a case.
DEADLINES = Fragment(
    """coalesce(json_agg(json_build_object('stage', d.stage, 'name', d.name,
      'condition', d.condition, 'ends_with', d.ends_with, 'unit', d.unit, 'amount', d.amount,
      'started_at', d.started_at, 'due_at', d.due_at,
      'paused_at', d.paused_at, 'stopped_at', d.stopped_at, 'outcome', d.outcome,
      'warned_at', d.warned_at, 'escalated_to', d.escalated_to,
      'extended', d.extended, 'first_due_at', d.first_due_at)
      order by d.started_at, d.stage <> 'handle', d.outcome is distinct from 'replaced', d.due_at, d.id), '[]')"""
)
_DEADLINES_OF_CASE = Fragment(
    "(select {deadlines} from deadline d where d.incident_id = i.id and d.deleted_at is null)",
    deadlines=DEADLINES,
)
_DETAIL_FIELDS = """
  'reports', (select json_agg(json_build_object('id', r.id, 'incident_id', r.incident_id,
      'channel', r.channel, 'occurred_at', r.occurred_at,
      'received_at', r.received_at, 'words', r.words, 'category', r.category,
      'sent', json_build_object('lon', r.lon_sent, 'lat', r.lat_sent, 'coord_sys', r.coord_sys),
      'accuracy_m', r.accuracy_m, 'attributes', r.attributes,
      'reporter_kind', (select p.kind from reporter p where p.id = r.reporter_id)) order by r.received_at, r.id)
    from report r where r.incident_id = {reported_cases}
      and (r.joined_by is null or r.joined_by = :me or {reads_all_reports})),
  'merged', {merged}, 'linked', {linked},
  'second', {second}, 'proposal', {proposal}, 'parts', {parts},
  'deadlines', {deadlines}
"""


# Nearly all cases are alone: none was merged into them, they were never linked, one unit and one person handle them, and no
# worker is proposed. PostgreSQL prepares each part of a statement at each execution, also those that it does not execute, so
# that cases are first read without these parts.
IS_ALONE = """
  i.waiting_reason is distinct from 'proposed'
  and not exists (select 1 from incident t where t.merged_into = i.id)
  and not exists (select 1 from incident_link l where l.incident_id = i.id or l.other_id = i.id)
  and not exists (select 1 from assignment t where t.incident_id = i.id and t.role in ('joint', 'second')) is_alone
"""
_READS_ALL_REPORTS = Fragment(
    """(rel.is_director or own.is_handler or own.is_checker or own.is_verifier or rel.is_offered
      or not (i.reported_by is not distinct from :me or rel.has_joined))"""
)
_NONE, _NULL = Fragment("cast('[]' as json)"), Fragment("cast(null as json)")
# The members of a case that has no relations to others.
_ALONE = {
    "reported_cases": Fragment("i.id"),
    "merged": _NONE,
    "linked": _NONE,
    "second": _NULL,
    "proposal": _NULL,
    "parts": _NONE,
}
_SECOND = """
  case when {is_open} then (
    select json_build_object({assignment_fields}) from assignment a
    where a.incident_id = i.id and a.role = 'second' and a.state in {active_states} limit 1) end
"""


def detail_fields(rule: CaseRule, *, is_alone: bool) -> Fragment:
    """Return the JSON members that only the answer for a single case has, as SQL arguments.

    The arguments are for `json_build_object`.

    Args:
        rule: Visibility rule of the actor.
        is_alone: The members are right for cases for which `IS_ALONE` is true.
    """
    reads_all_reports = or_(_HAS_PART, not_(HAS_REPORTED))
    if is_alone:
        return Fragment(
            _DETAIL_FIELDS, reads_all_reports=reads_all_reports, deadlines=_DEADLINES_OF_CASE, **_ALONE
        )
    sees_other, shows_staff = rule.condition(CASE_T), rule.shows_staff(CASE_I)
    return Fragment(
        _DETAIL_FIELDS,
        reported_cases=Fragment(
            """any(array(
              select i.id union all
              select t.id from incident t where t.merged_into = i.id and {reads_merged}))""",
            reads_merged=or_(_HAS_PART, and_(not_(HAS_REPORTED), sees_other)),
        ),
        reads_all_reports=reads_all_reports,
        merged=merged(sees_other),
        linked=linked(or_(and_(REPORTED_OR_JOINED_BY_ME, is_ordinary(CASE_T)), sees_other)),
        second=Fragment(
            _SECOND,
            is_open=is_open(CASE_I),
            assignment_fields=assignment_fields(shows_staff),
            active_states=ACTIVE_STATES,
        ),
        proposal=Fragment("case when rel.is_director then {proposal} end", proposal=PROPOSAL),
        parts=parts_of_case(shows_staff),
        deadlines=_DEADLINES_OF_CASE,
    )


def plain_detail_fields() -> Fragment:
    """Return the members of `detail_fields` for a case that `plain_case` reads, whose row `rel` has some of them already."""
    return Fragment(
        _DETAIL_FIELDS,
        reads_all_reports=_READS_ALL_REPORTS,
        deadlines=Fragment("limits.deadlines"),
        **_ALONE,
    )
