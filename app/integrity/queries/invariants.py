"""Invariants of cases and of the work on them, each as SQL that selects the violating rows.

An invariant is a condition that all stored rows must meet.
"""

from dataclasses import dataclass

from app.core.db import Fragment

_ACTIVE = "('open', 'offered', 'queued', 'accepted', 'en_route', 'on_scene')"
_HELD = "('accepted', 'en_route', 'on_scene')"
_ASSIGNED = "exists (select 1 from assignment a where a.incident_id = i.id and a.role = {role} and a.state in {states})"


def _assigned(role: str, states: str) -> Fragment:
    """Return the SQL condition that a case `i` has an assignment of a role in one of the states.

    `role`: SQL text, such as `'handle'`. `states`: list of states as SQL text.
    """
    return Fragment(_ASSIGNED, role=Fragment(role), states=Fragment(states))


# What fills the holes in the SQL of invariants. Cases are `i`.
PARTS: dict[str, Fragment] = {
    "is_open": Fragment("i.deleted_at is null and i.status not in ('not_filed', 'closed', 'force_closed')"),
    # A case about a person or unit lies one level above its subject, not where its place is.
    "is_conduct": Fragment("""(i.about_kind is not null or exists (
      select 1 from profile_version p where p.id = i.profile_version_id and jsonb_path_exists(p.data,
        '$.taxonomy.categories[*] ? (@.conduct == true && @.code == $code)', jsonb_build_object('code', i.category))))"""),
    "active_states": Fragment(_ACTIVE),
    "held_states": Fragment(_HELD),
    # Reasons for which a case waits while it is worked on, and states in which parts of it may be open.
    "beside_reasons": Fragment("('no_second', 'part_returned', 'supervision_due')"),
    "states_in_parts": Fragment(
        "('filed', 'dispatched', 'accepted', 'handling', 'returned', 'rework', 'deferred')"
    ),
    "has_checker": _assigned("'check'", _ACTIVE),
    "has_handling": _assigned("'handle'", _ACTIVE),
    "has_joint_part": _assigned("'joint'", _ACTIVE),
    "has_second": _assigned("'second'", _ACTIVE),
    "has_verification": _assigned("'verify'", _ACTIVE),
    "is_held": _assigned("'handle'", _HELD),
    "is_offered": _assigned("'handle'", "('open', 'offered')"),
    "is_asked": _assigned("'handle'", "('open', 'offered', 'queued')"),
}


@dataclass(frozen=True, slots=True)
class Invariant:
    """A condition that all rows must meet, with the SQL that selects the violating rows.

    Attributes:
        sentence: The condition as a sentence.
        sql: SELECT of one column, the ids of the violating rows. Placeholders `{name}` are filled from `PARTS`.
        is_warning: True: a violating row is reported as a warning and not as an error.
    """

    name: str
    sentence: str
    sql: str
    is_warning: bool = False

    @property
    def statement(self) -> Fragment:
        return Fragment(self.sql, **{name: part for name, part in PARTS.items() if f"{{{name}}}" in self.sql})


CASE_INVARIANTS = (
    Invariant(
        "case_in_its_grid",
        "An open case with a grid is inside the present shape of that grid.",
        """select i.id from incident i where {is_open} and i.grid_id is not null and not exists (
              select 1 from area_version v where v.area_id = i.grid_id and upper_inf(v.valid)
                and v.geom && i.location and ST_Covers(v.geom, i.location))""",
    ),
    Invariant(
        "case_scope_is_its_area",
        "The scope of an open case is its area; the scope of a case about a person or unit is its area "
        "or one above.",
        """select i.id from incident i
            left join area_version v on v.area_id = i.area_id and upper_inf(v.valid)
            where {is_open} and i.area_id is not null and not coalesce(v.path = i.scope_path, false)
              and not {is_conduct}""",
    ),
    Invariant(
        "case_scope_exists",
        "The scope of an open case is an area that exists now.",
        """select i.id from incident i where {is_open} and i.scope_path is not null and not exists (
              select 1 from area_version v where v.path = i.scope_path and upper_inf(v.valid))""",
    ),
    Invariant(
        "case_has_its_story",
        "Every case has a report, a reporter and at least one dispatch run.",
        """select i.id from incident i where not exists (
             select 1 from report r join reporter p on p.id = r.reporter_id where r.incident_id = i.id)
           or not exists (select 1 from dispatch_run d where d.incident_id = i.id)""",
    ),
    Invariant(
        "reports_are_counted",
        "A case says how many reports it has.",
        """select i.id from incident i join (select incident_id, count(*) n from report group by incident_id) r
             on r.incident_id = i.id where r.n <> i.report_count""",
    ),
    Invariant(
        "joined_is_said_later",
        "The first report of a case opened it, and every other report joined it.",
        "select r.id from report r where (r.id = r.incident_id) <> (r.joined_by is null)",
    ),
    Invariant(
        "linked_are_read_together",
        "Linked cases belong to one city, and have the same subject or none.",
        """select l.id from incident_link l join incident i on i.id = l.incident_id join incident o on o.id = l.other_id
           where l.unlinked_at is null and (i.jurisdiction_id, i.about_kind, i.about_id)
             is distinct from (o.jurisdiction_id, o.about_kind, o.about_id)""",
    ),
    Invariant(
        "figures_are_recorded",
        "The newest recorded state of a case, which figures count, equals the case.",
        """select i.id from incident i
           left join lateral (
             select d.due_at, d.outcome from deadline d where d.incident_id = i.id and d.stage = 'handle'
               and d.deleted_at is null and d.outcome is distinct from 'replaced'
             order by d.started_at desc, d.id desc limit 1) d on true
           left join lateral (
             select * from incident_history h where h.incident_id = i.id order by h.seq desc limit 1) h on true
           where (h.jurisdiction_id, h.profile_version_id, h.category, h.status, h.scope_path, h.owner_unit_id,
                  h.about_kind, h.about_id, h.reported_at, h.due_at, h.outcome, h.is_handled, h.rework_count, h.is_deleted,
                  h.filed_at, h.accepted_at, h.handled_at, h.is_returned, h.is_merged, h.handling_unit_id,
                  h.extended_count, h.recurrence, h.reporter_answers)
             is distinct from
                 (i.jurisdiction_id, i.profile_version_id, i.category, i.status, i.scope_path, i.owner_unit_id,
                  i.about_kind, i.about_id, i.reported_at, d.due_at, d.outcome, i.handled_by is not null, i.rework_count,
                  i.deleted_at is not null, i.filed_at, i.accepted_at, i.handled_at, i.is_returned,
                  i.merged_into is not null, i.handling_unit_id, i.extended_count, i.recurrence,
                  i.reporter_answers)""",
    ),
    Invariant(
        "history_begins_with_report",
        "The first event of every case is its report.",
        """select i.id from incident i where coalesce((
             select e.action from incident_event e where e.incident_id = i.id order by e.seq limit 1), '') <> 'report'""",
    ),
    Invariant(
        "waiting_has_a_reason",
        "A waiting case has a reason and no handler, except while it waits for a second worker, a joint "
        "part or a review; no other case has a reason.",
        """select i.id from incident i where i.deleted_at is null and (
              (i.waiting_since is null) <> (i.waiting_reason is null)
              or i.waiting_since is not null and (
                not ({is_open}) or i.waiting_reason not in {beside_reasons} and i.waiting_reason <> 'review_due' and exists (
                select 1 from assignment a where a.incident_id = i.id and a.role not in ('second', 'joint')
                  and a.state in {active_states})))""",
    ),
    Invariant(
        "filed_or_returned_waits",
        "A case that is filed, returned or has feedback waits in the queue.",
        """select i.id from incident i where i.deleted_at is null
           and i.status in ('collected', 'filed', 'returned', 'fed_back') and i.waiting_since is null""",
    ),
    Invariant(
        "dispatched_is_asked",
        "A dispatched case has an offer, is in a unit's queue, or waits with a reason.",
        """select i.id from incident i where i.deleted_at is null and i.status = 'dispatched'
            and (i.waiting_since is null or i.waiting_reason in {beside_reasons})
            and not {is_asked}""",
    ),
    Invariant(
        "taken_has_a_handler",
        "A case that is accepted, handled or in rework has a worker who accepted it.",
        """select i.id from incident i where i.deleted_at is null
            and i.status in ('accepted', 'handling', 'rework') and not {is_held}""",
    ),
    Invariant(
        "checking_has_a_check",
        "A case in checking has a live check, and only such a case has one.",
        """select i.id from incident i where i.deleted_at is null
            and (i.status = 'checking') <> {has_checker}""",
    ),
    Invariant(
        "verifying_has_a_verifier",
        "A case that is being verified has an offer or a verifier, and no other case has one.",
        """select i.id from incident i where i.deleted_at is null
            and (i.status = 'verifying') <> {has_verification}""",
    ),
    Invariant(
        "unfiled_has_no_clock",
        "No deadline of handling runs before a case is filed, and none of verification after it.",
        """select i.id from incident i where i.deleted_at is null and (
             i.status in ('collected', 'verifying') and (i.due_at is not null or exists (
               select 1 from deadline d where d.incident_id = i.id and d.stage = 'handle' and d.deleted_at is null))
             or i.status not in ('collected', 'verifying') and exists (
               select 1 from deadline d where d.incident_id = i.id and d.stage = 'verify' and d.stopped_at is null
                 and d.deleted_at is null))""",
    ),
    Invariant(
        "nobody_verifies_own_report",
        "The verifier of a case did not report or handle it, and does not check it.",
        """select e.incident_id from incident_event e join incident i on i.id = e.incident_id
           where e.action in ('verify_exists', 'verify_not_exist') and (e.actor_id = i.reported_by or exists (
             select 1 from incident_event c where c.incident_id = e.incident_id and c.actor_id = e.actor_id
               and (c.action in ('check_pass', 'check_fail')
                    or c.action in ('start', 'feed_back', 'fix_on_spot', 'part_done') and c.seq < e.seq)))""",
    ),
    Invariant(
        "deferred_is_not_offered",
        "A deferred case has no offer, and waits only to be resumed or reviewed.",
        """select i.id from incident i where i.deleted_at is null and i.status = 'deferred'
            and (i.waiting_since is not null and i.waiting_reason <> 'review_due'
                 or {is_offered})""",
    ),
    Invariant(
        "ended_has_ended",
        "An ended case has an end time and no active assignment; an open case has no end time.",
        """select i.id from incident i where i.deleted_at is null
            and (({is_open}) = (i.closed_at is not null)
                 or not ({is_open}) and ({has_handling} or {has_checker}
                      or {has_second} or {has_verification}
                      or {has_joint_part}))""",
    ),
    Invariant(
        "second_is_somebody_else",
        "The lead worker of a case is not its second worker, and the second worker does not check it.",
        """select s.incident_id from assignment s
           join assignment o on o.incident_id = s.incident_id and o.worker_id = s.worker_id
           where s.role = 'second' and (
             s.state in {active_states} and o.role = 'handle' and o.state in {active_states}
             or s.state = 'done' and o.role = 'check' and o.created_at >= s.ended_at
               and (o.state = 'done' or o.state in {active_states}))""",
    ),
    Invariant(
        "waits_for_a_second",
        "A case that waits for a second worker has a lead worker or an offer to one, and no second worker.",
        """select i.id from incident i where i.deleted_at is null and i.waiting_reason = 'no_second'
            and (not {has_handling} or {has_second})""",
    ),
    Invariant(
        "proposed_waits_for_a_supervisor",
        "A case that waits for a confirmation is filed, and has a proposed worker and an end of the "
        "waiting time.",
        """select i.id from incident i where i.deleted_at is null and i.waiting_reason = 'proposed'
           and (i.status <> 'filed' or not exists (
             select 1 from dispatch_run r where r.incident_id = i.id and r.outcome = 'proposed'
               and r.worker_id is not null and r.assignment_id is null and r.demand ? 'until'))""",
    ),
    Invariant(
        "parts_are_of_open_work",
        "A joint part has a unit other than the lead unit, and is open only while the case is open.",
        """select i.id from incident i join assignment p on p.incident_id = i.id and p.role = 'joint'
            where i.deleted_at is null and (p.unit_id is null or p.worker_id is not null or p.state in {active_states} and (
              i.status not in {states_in_parts} or p.unit_id = i.about_id and i.about_kind = 'unit' or exists (
                select 1 from assignment h where h.incident_id = i.id and h.role = 'handle'
                  and h.state in {active_states} and h.unit_id = p.unit_id)))""",
    ),
    Invariant(
        "waits_about_a_part",
        "A case that waits for a decision about a joint part has a returned part without a decision.",
        """select i.id from incident i where i.deleted_at is null and i.waiting_reason = 'part_returned'
            and not exists (select 1 from assignment p where p.incident_id = i.id and p.role = 'joint'
                              and p.state = 'failed' and p.ended_because = 'part_returned')""",
    ),
    Invariant(
        "whoever_had_a_part_does_not_check",
        "No worker of a joint part of a case checks that case.",
        """select c.incident_id from assignment c
            join assignment p on p.incident_id = c.incident_id and p.account_id in (c.worker_id, c.account_id)
            where c.role = 'check' and p.role = 'joint' and p.created_at <= c.created_at
              and (c.state = 'done' or c.state in {active_states})""",
    ),
    Invariant(
        "due_is_the_deadlines",
        "A case is due when its running deadline on the whole is, or else the last one; what was replaced counts for nothing.",
        """select i.id from incident i where i.deleted_at is null and i.due_at is distinct from (
             select d.due_at from deadline d where d.incident_id = i.id and d.stage = 'handle' and d.deleted_at is null
               and d.outcome is distinct from 'replaced'
             order by (d.stopped_at is null) desc, d.stopped_at desc, d.id desc limit 1)""",
    ),
    Invariant(
        "one_deadline_runs",
        "At most one deadline of a stage of a case runs or is paused.",
        """select incident_id from deadline where stopped_at is null and deleted_at is null
           group by incident_id, stage having count(*) > 1""",
    ),
    Invariant(
        "clocks_stand_with_the_case",
        "No deadline runs for a case that is deferred, on long-term hold or ended, and none is paused for an "
        "ended case.",
        """select distinct i.id from incident i join deadline d on d.incident_id = i.id and d.deleted_at is null
           where i.deleted_at is null and (
             i.status in ('deferred', 'on_books') and d.stopped_at is null and d.paused_at is null
             or not ({is_open}) and d.stopped_at is null)""",
    ),
    Invariant(
        "deadline_is_in_one_state",
        "A deadline runs, is paused or is stopped; stopped, it says what came of it.",
        """select incident_id from deadline where deleted_at is null and (
             (stopped_at is null and paused_at is null) <> (running_since is not null)
             or stopped_at is not null and outcome is null)""",
    ),
    Invariant(
        "stage_done_is_a_step",
        "A stage that its handler finished has a step that says so, and what counts from there has begun.",
        """select d.incident_id from deadline d
           join incident i on i.id = d.incident_id and i.deleted_at is null
           where d.ends_with = 'done' and d.deleted_at is null and d.stopped_at is not null and d.outcome <> 'replaced'
             and not exists (
               select 1 from incident_event e where e.incident_id = d.incident_id and e.occurred_at <= d.stopped_at
                 and (e.action = 'stage_done' and e.detail ->> 'stage' = d.stage
                      or e.to_status in ('fed_back', 'closed', 'force_closed', 'not_filed')))
           union select e.incident_id from incident_event e
           where e.action = 'stage_done' and not exists (
             select 1 from deadline d where d.incident_id = e.incident_id and d.stage = e.detail ->> 'stage'
               and d.stopped_at is not null)""",
    ),
    Invariant(
        "told_is_in_the_history",
        "Every warning, overdue deadline and escalation has an event; only an overdue deadline is escalated.",
        """select d.incident_id from deadline d
           where d.deleted_at is null and (
             d.warned_at is not null and not exists (
               select 1 from incident_event e where e.incident_id = d.incident_id and e.action = 'warn'
                 and e.detail ->> 'stage' = d.stage)
             or d.escalated > 0 and d.outcome is null
             or (d.escalated > 0) <> (d.escalated_to is not null)
             or d.escalated > (select count(*) from incident_event e where e.incident_id = d.incident_id
                 and e.action = 'escalate' and e.detail ->> 'stage' = d.stage))""",
    ),
    Invariant(
        "nobody_checks_own_work",
        "The checker of a case did not submit the feedback.",
        """select e.incident_id from incident_event e where e.action in ('check_pass', 'check_fail') and e.actor_id = (
             select f.actor_id from incident_event f where f.incident_id = e.incident_id and f.seq < e.seq
               and f.action in ('feed_back', 'fix_on_spot') order by f.seq desc limit 1)""",
    ),
    Invariant(
        "subject_is_never_asked",
        "A case about a worker is never offered or given to that worker.",
        """select i.id from incident i where i.about_kind in ('worker', 'account') and (
             exists (select 1 from offer o where o.incident_id = i.id and o.worker_id = i.about_id and o.state = 'offered')
             or exists (select 1 from assignment a where a.incident_id = i.id and i.about_id in (a.worker_id, a.account_id)
                        and a.state in {active_states}))""",
    ),
    Invariant(
        "merged_leads_to_a_case",
        "A merged case has ended, and its target is not merged and has the same subject or none.",
        """select i.id from incident i join incident t on t.id = i.merged_into
           where i.status <> 'not_filed' or t.merged_into is not null
             or (i.jurisdiction_id, i.about_kind, i.about_id) is distinct from (t.jurisdiction_id, t.about_kind, t.about_id)""",
    ),
    Invariant(
        "steps_are_audited",
        "Every step of a person is in the audit trail, with that person, in the same transaction.",
        """select distinct e.incident_id from incident_event e where e.actor_kind = 'account' and not exists (
             select 1 from audit_event t
             where t.entity = 'incident' and t.entity_id = e.incident_id and t.actor_id = e.actor_id and t.xid = e.xid
               and (t.action = 'incident.' || e.action
                    or e.action in ('recategorise', 'relocate', 'link_component', 'change_owner')
                       and t.action = 'incident.correct'
                    or e.action in ('accept', 'fix_on_spot', 'note') and t.action = 'incident.report'))""",
    ),
    Invariant(
        "reports_are_audited",
        "Every report is in the audit trail.",
        """select r.incident_id from report r where not exists (
             select 1 from audit_event t where t.entity = 'incident' and t.entity_id = r.incident_id
               and t.action = 'incident.report')""",
    ),
)
