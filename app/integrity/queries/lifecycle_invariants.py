"""Invariants of extensions, supervision, postponed cases, contests and reasons.

A case *on long-term hold* is postponed to a review date.
"""

from app.integrity.queries.invariants import Invariant

LIFECYCLE_INVARIANTS: tuple[Invariant, ...] = (
    Invariant(
        "more_time_is_its_handlers",
        "A requested extension waits for a decision only while a worker has the case.",
        """select id from incident where deleted_at is null and extension_asked_at is not null
           and (status not in ('accepted', 'handling', 'rework') or extension_asked_by is null or extension_amount is null)""",
    ),
    Invariant(
        "more_time_is_on_the_clock",
        "A case was given more time as often as its events say in the unit of its limit, which has what it was given.",
        """select i.id from incident i
           left join lateral (
             select d.* from deadline d
             where d.incident_id = i.id and d.stage = 'handle' and d.outcome is distinct from 'replaced'
               and d.deleted_at is null order by d.started_at desc, d.id desc limit 1) d on true
           where i.extended_count > 0 and not coalesce(d.extended > 0 and d.first_due_at < d.due_at, false)
             or i.extended_count = 0 and d.extended > 0
             or i.extended_count <> (
               select count(*) from incident_event e
               where e.incident_id = i.id and e.action = 'grant_extension' and d.unit = coalesce(e.detail ->> 'unit', (
                 select a.detail ->> 'unit' from incident_event a
                 where a.incident_id = e.incident_id and a.action = 'ask_extension' and a.seq < e.seq
                 order by a.seq desc limit 1)))""",
    ),
    Invariant(
        "nobody_grants_own_extension",
        "The worker who requested an extension does not decide on it.",
        """select incident_id from incident_event where action in ('grant_extension', 'refuse_extension')
           and detail ->> 'asked_by' = actor_id::text""",
    ),
    Invariant(
        "counts_are_the_events",
        "A case was urged, returned and contested as often as its events say.",
        """select i.id from incident i left join (
             select incident_id, count(*) filter (where action = 'urge') urged,
                    count(*) filter (where action = 'return') returned,
                    count(*) filter (where action = 'contest') contested
             from incident_event where action in ('urge', 'return', 'contest') group by incident_id) e on e.incident_id = i.id
           where (i.urged_count, i.returned_count, i.contested_count)
             <> (coalesce(e.urged, 0), coalesce(e.returned, 0), coalesce(e.contested, 0))""",
    ),
    Invariant(
        "supervised_is_open",
        "A case under supervision is open and has a level of supervision.",
        """select i.id from incident i where i.supervised_at is not null and (not ({is_open}) or i.supervised_level is null)""",
    ),
    Invariant(
        "books_have_a_date",
        "A case on long-term hold has a review date, no active assignment and no running deadline; a case "
        "that is neither on long-term hold nor deferred has no review date.",
        """select i.id from incident i where i.deleted_at is null and (
              i.review_at is not null and i.status not in ('deferred', 'on_books')
              or i.status = 'on_books' and i.review_at is null
              or i.status = 'on_books' and (
                exists (select 1 from assignment a where a.incident_id = i.id and a.state in {active_states})
                or exists (select 1 from deadline d where d.incident_id = i.id and d.running_since is not null
                           and d.deleted_at is null)))""",
    ),
    Invariant(
        "ended_by_order_says_why",
        "A case that was not filed or was force-closed has a reason; no other case has one.",
        """select id from incident where deleted_at is null
           and (status in ('not_filed', 'force_closed')) <> (ended_reason is not null)""",
    ),
    Invariant(
        "contested_is_checked_anew",
        "The checker of a contested check does not check the case again.",
        """select c.incident_id from incident_event c join incident_event before on before.incident_id = c.incident_id
             and before.action = 'check_pass' and before.seq < c.seq
           join incident_event after on after.incident_id = c.incident_id and after.action = 'check_pass'
             and after.seq > c.seq and after.actor_id = before.actor_id
           where c.action = 'contest'""",
    ),
    Invariant(
        "own_order_is_not_judged",
        "The supervisor who force-closed a case does not decide on its contest.",
        """select c.incident_id from incident_event c
           cross join lateral (
             select coalesce(cast(e.detail ->> 'by' as uuid), e.actor_id) who from incident_event e
             where e.incident_id = c.incident_id and e.seq < c.seq and e.to_status in ('not_filed', 'closed', 'force_closed')
               and (e.from_status <> e.to_status or e.action = 'merge') order by e.seq desc limit 1) ended
           cross join lateral (
             select e.actor_id from incident_event e where e.incident_id = c.incident_id and e.seq > c.seq
               and e.from_status <> e.to_status order by e.seq limit 1) decided
           where c.action = 'contest' and c.from_status in ('not_filed', 'force_closed') and c.from_status <> c.to_status
             and decided.actor_id = ended.who""",
    ),
    Invariant(
        "who_verified_does_not_handle",
        "The verifier of a case does not handle it, unless the profile allows it.",
        """select a.incident_id from assignment v
           join assignment a on a.incident_id = v.incident_id and v.worker_id in (a.worker_id, a.account_id)
           join incident i on i.id = a.incident_id join profile_version p on p.id = i.profile_version_id
           where v.role = 'verify' and v.state = 'done' and a.role in ('handle', 'second', 'joint')
             and a.state in {active_states}
             and not coalesce(cast(p.data #>> '{lifecycle,verify,verifier_may_handle}' as boolean), false)""",
        is_warning=True,  # an assignment by earlier rules stays with its worker until it ends
    ),
    Invariant(
        "undecided_waits_for_others",
        "The author of a contested decision is stored while the contest is open, and only then.",
        """select id from incident where contested_order_by is not null
           and status not in ('collected', 'verifying', 'returned')""",
    ),
)
