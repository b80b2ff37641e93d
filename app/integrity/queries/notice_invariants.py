"""Invariants of notices to households."""

from app.integrity.queries.invariants import Invariant

NOTICE_INVARIANTS: tuple[Invariant, ...] = (
    Invariant(
        "notice_states_are_the_steps",
        "The state of a notice at a household is its newest step of the highest rank; without steps nothing went out.",
        """select a.household_id id from notice_household a left join lateral (
             select e.state from notice_event e where e.notice_id = a.notice_id and e.household_id = a.household_id
             order by case e.state when 'sent' then 1 when 'opened' then 2 when 'told' then 3 when 'understood' then 4
               when 'needs_help' then 4 when 'declined' then 4 else 0 end desc, e.occurred_at desc, e.id desc limit 1) s on true
           where a.state <> coalesce(s.state, case when a.state = 'opted_out' then 'opted_out' else 'not_reached' end)""",
    ),
    Invariant(
        "notice_reaches_the_confirmed",
        "A published notice has deliveries, now or in batches of a job, to as many households as a person confirmed.",
        """select n.id from notice n left join (
             select notice_id, count(distinct household_id) reached from notice_delivery group by notice_id) d
             on d.notice_id = n.id
           where n.published_at is not null and n.final_states is null
             and n.households is distinct from coalesce(d.reached, 0)
               + (select coalesce(sum(b.households), 0) from notice_batch b where b.notice_id = n.id)""",
    ),
    Invariant(
        "notice_batches_wait_for_a_job",
        "Batches of addressees belong to a notice that is publishing or was withdrawn then, and a publishing one has some.",
        """select n.id from notice n
           where (n.state = 'publishing') <> exists (select from notice_batch b where b.notice_id = n.id)
             and not (n.state = 'withdrawn' and n.published_at is not null)""",
    ),
    Invariant(
        "notice_batches_have_no_rows_yet",
        "No addressee of a batch has a row already.",
        """select b.notice_id id from notice_batch b join notice_household a
             on a.notice_id = b.notice_id and a.household_id = any(b.household_ids)""",
    ),
)
