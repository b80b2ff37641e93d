"""What must hold of what happens to cases beside being handled: more time, supervision, the books, contests, reasons."""

from app.dispatch.rules.states import ACTIVE_SQL
from app.integrity.queries.invariants import OPEN, Invariant

LIFECYCLE_INVARIANTS: tuple[Invariant, ...] = (
    Invariant(
        "more_time_is_its_handlers",
        "More time waits for a decision only while somebody has the case.",
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
        "Who asked for more time does not decide on it.",
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
        "What is under supervision has not ended, and says how high.",
        f"""select i.id from incident i where i.supervised_at is not null and (not ({OPEN}) or i.supervised_level is null)""",
    ),
    Invariant(
        "books_have_a_date",
        "What is on the books has a date for its review, nobody who works on it, and a clock that stands still; what is neither"
        " there nor put off has no date.",
        f"""select i.id from incident i where i.deleted_at is null and (
              i.review_at is not null and i.status not in ('deferred', 'on_books')
              or i.status = 'on_books' and i.review_at is null
              or i.status = 'on_books' and (
                exists (select 1 from assignment a where a.incident_id = i.id and a.state in {ACTIVE_SQL})
                or exists (select 1 from deadline d where d.incident_id = i.id and d.running_since is not null
                           and d.deleted_at is null)))""",
    ),
    Invariant(
        "ended_by_order_says_why",
        "What was not filed, or was closed by order, has a reason; nothing else has one.",
        """select id from incident where deleted_at is null
           and (status in ('not_filed', 'force_closed')) <> (ended_reason is not null)""",
    ),
    Invariant(
        "contested_is_checked_anew",
        "What its reporter contested is not found done again by whoever found it done before.",
        """select c.incident_id from incident_event c join incident_event before on before.incident_id = c.incident_id
             and before.action = 'check_pass' and before.seq < c.seq
           join incident_event after on after.incident_id = c.incident_id and after.action = 'check_pass'
             and after.seq > c.seq and after.actor_id = before.actor_id
           where c.action = 'contest'""",
    ),
    Invariant(
        "own_order_is_not_judged",
        "Whoever ended a case by order does not decide on what its reporter says against it.",
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
        "Who verified a case does not work on it, unless its rules let her.",
        f"""select a.incident_id from assignment v
           join assignment a on a.incident_id = v.incident_id and v.worker_id in (a.worker_id, a.account_id)
           join incident i on i.id = a.incident_id join profile_version p on p.id = i.profile_version_id
           where v.role = 'verify' and v.state = 'done' and a.role in ('handle', 'second', 'joint')
             and a.state in {ACTIVE_SQL}
             and not coalesce(cast(p.data #>> '{{lifecycle,verify,verifier_may_handle}}' as boolean), false)""",
        is_warning=True,  # what was given to her by rules of before stays hers until it ends
    ),
    Invariant(
        "undecided_waits_for_others",
        "Whose order is contested is noted while nothing is decided, and no longer.",
        """select id from incident where contested_order_by is not null
           and status not in ('collected', 'verifying', 'returned')""",
    ),
)
