"""The states of attempts and offers, as SQL lists where statements ask for them.

An attempt is open (offered to several, nobody has it), offered (to one), queued (with a unit), accepted, en_route,
on_scene; then done, withdrawn or failed. An offer is offered, or delivered once its phone has it; then accepted,
declined, expired, undelivered (it never reached the phone) or withdrawn. Delivery is a row of its own (`offer_delivery`):
an offer that a phone has fetched is no change that it would have to fetch again.
"""

from app.core.enumerations import Enumeration
from app.profiles.rules.redispatch import BECAUSE

HELD = ("accepted", "en_route", "on_scene")
# Asked for or held, the work not begun: what may still go to somebody else.
NOT_BEGUN = ("offered", "accepted", "en_route")
ACTIVE = Enumeration(
    "ActiveAssignmentState",
    {
        "open": "offered to several workers; nobody has accepted",
        "offered": "offered to one worker who has not answered",
        "queued": "in the queue of a unit; no member has accepted",
        "accepted": "accepted; the worker has not set out",
        "en_route": "the worker is on the way",
        "on_scene": "the worker has arrived",
    },
)


def sql_list(states: tuple[str, ...]) -> str:
    return "(" + ", ".join(f"'{state}'" for state in states) + ")"


HELD_SQL, ACTIVE_SQL, NOT_BEGUN_SQL = sql_list(HELD), sql_list(ACTIVE), sql_list(NOT_BEGUN)

# Of an attempt that stands with a unit: its members see the case; a part that is done is a part they had in it.
TASKED_SQL = f"state in {sql_list(('queued', *HELD))} or role = 'joint' and state = 'done'"

# Of an attempt `a`: since when it is as it is.
STATE_SINCE_SQL = """case when a.state = 'queued' then a.created_at when a.state = 'accepted' then a.accepted_at
  when a.state = 'en_route' then a.en_route_at when a.state = 'on_scene' then a.on_scene_at
  else coalesce(a.ended_at, a.created_at) end"""

# Of an offer `o`: as it is shown.
OFFER_STATE_SQL = """case when o.state = 'offered' and exists (
  select 1 from offer_delivery x where x.offer_id = o.id) then 'delivered' else o.state end"""

# Why a worker declines. A conflict of interest is a duty, not an unwillingness: it counts for nothing.
DECLINED_BECAUSE = Enumeration(
    "DeclineReason",
    {
        "conflict_of_interest": "the worker may not have the case; it is not counted as declined",
        "other": "any other reason",
    },
)
# Why a worker gives back an accepted assignment.
FAILED_BECAUSE = Enumeration(
    "FailureReason",
    {
        "could_not_get_there": "the worker could not reach the place",
        "not_mine_to_do": "the case is not the worker's responsibility",
    },
)
# Why the rules withdrew work that was not begun. A worker who calls for help is `unavailable`: no other detail is shown.
_MOVED = {
    "shift_ended": "the worker is off duty now",
    "unavailable": "the worker is not available now",
    "moved_away": "the worker has moved too far from the place, and another one is nearer",
    "eta_slipped": "the worker would arrive too late, and another one is nearer",
    "upgraded": "the case became more urgent, and another worker is nearer",
}
MOVED_BECAUSE = Enumeration("MoveReason", {because: _MOVED[because] for because in BECAUSE})

# Why a unit has its part no more: returned by it, withdrawn by who directs, gone on without, or it leads now.
PART_RETURNED, PART_WITHDRAWN, PART_WAIVED, PART_LEADS, PART_REPLACED = (
    "part_returned",
    "part_withdrawn",
    "part_waived",
    "part_leads",
    "part_replaced",
)
