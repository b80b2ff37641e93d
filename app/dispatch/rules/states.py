"""States of assignments and offers, and the table of all allowed transitions between them.

An assignment is one attempt to get work done. Its state is `open` (offered to several workers), `offered` (to one),
`queued` (for a unit), `accepted`, `en_route` or `on_scene`; at the end `done`, `withdrawn` or `failed`. An offer is
`offered`; at the end `accepted`, `declined`, `expired`, `undelivered` (it never reached the device) or `withdrawn`. The
delivery of an offer to the device is not a state but a row of table `offer_delivery`, because a change of state would
make the device pull the offer again. The API shows a delivered live offer as `delivered`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from app.core.enumerations import Enumeration
from app.profiles.rules.redispatch import BECAUSE


@dataclass(frozen=True, slots=True)
class Transition:
    """An allowed change of state: from one of `sources` to the state `to`."""

    sources: tuple[str, ...]
    to: str


@dataclass(frozen=True, slots=True)
class StateTable:
    """The allowed transitions of assignments or of offers, by name.

    A state from which no transition leads is final.
    """

    transitions: Mapping[str, Transition]

    def __getitem__(self, name: str) -> Transition:
        return self.transitions[name]

    @property
    def states(self) -> tuple[str, ...]:
        """Return all states of offers or assignments in a transition table, the final ones last."""
        sources = [state for transition in self.transitions.values() for state in transition.sources]
        return tuple(dict.fromkeys([*sources, *(transition.to for transition in self.transitions.values())]))

    @property
    def live(self) -> tuple[str, ...]:
        """Return the states that are not final: at least one transition leads from them."""
        return tuple(state for state in self.states if not self.is_final(state))

    def is_final(self, state: str) -> bool:
        """Return True if no transition leads from `state`."""
        return all(state not in transition.sources for transition in self.transitions.values())

    def to(self, state: str) -> Transition:
        """Return the transition whose target is `state`.

        Raises:
            ValueError: None or several transitions lead to the state.
        """
        leading = [transition for transition in self.transitions.values() if transition.to == state]
        if len(leading) != 1:
            raise ValueError(f"{len(leading)} transitions lead to the state {state!r}")
        return leading[0]


# The worker has accepted.
HELD = ("accepted", "en_route", "on_scene")
# The work has not begun, so the rules may give it to another worker.
NOT_BEGUN = ("offered", "accepted", "en_route")
# The assignment has a worker, who was asked or has accepted.
WITH_WORKER = ("offered", *HELD)
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

OFFERS = StateTable(
    {
        "accept": Transition(("offered",), "accepted"),
        "decline": Transition(("offered",), "declined"),
        "expire": Transition(("offered",), "expired"),  # the device had received it
        "miss": Transition(("offered",), "undelivered"),  # the device had not
        "withdraw": Transition(("offered",), "withdrawn"),
    }
)
ASSIGNMENTS = StateTable(
    {
        "accept_offer": Transition(("open", "offered"), "accepted"),
        "accept_queued": Transition(("queued",), "accepted"),
        "set_out": Transition(("accepted",), "en_route"),
        "arrive": Transition(("accepted", "en_route"), "on_scene"),
        "finish": Transition(tuple(ACTIVE), "done"),
        "withdraw": Transition(tuple(ACTIVE), "withdrawn"),
        "fail": Transition(tuple(ACTIVE), "failed"),
    }
)
# The worker was asked and did not accept.
UNSUCCESSFUL_OFFER = ("declined", "expired", "undelivered")


def sql_list(states: Iterable[str]) -> str:
    """Return the states as SQL text for `in (...)`."""
    return "(" + ", ".join(f"'{state}'" for state in states) + ")"


HELD_SQL, ACTIVE_SQL, NOT_BEGUN_SQL = sql_list(HELD), sql_list(ACTIVE), sql_list(NOT_BEGUN)

# An assignment of a unit: its members see the case, and still do when their part is done.
TASKED_SQL = f"state in {sql_list(('queued', *HELD))} or role = 'joint' and state = 'done'"

# The instant since which an assignment `a` has its state.
STATE_SINCE_SQL = """case when a.state = 'queued' then a.created_at when a.state = 'accepted' then a.accepted_at
  when a.state = 'en_route' then a.en_route_at when a.state = 'on_scene' then a.on_scene_at
  else coalesce(a.ended_at, a.created_at) end"""

# The state of an offer `o` as the API shows it.
OFFER_STATE_SQL = """case when o.state = 'offered' and exists (
  select 1 from offer_delivery x where x.offer_id = o.id) then 'delivered' else o.state end"""

# Reasons to decline. To declare a conflict of interest is a duty, so it is not counted as declined.
DECLINED_BECAUSE = Enumeration(
    "DeclineReason",
    {
        "conflict_of_interest": "the worker may not have the case; it is not counted as declined",
        "other": "any other reason",
    },
)
# Reasons to give back an accepted assignment.
FAILED_BECAUSE = Enumeration(
    "FailureReason",
    {
        "could_not_get_there": "the worker could not reach the place",
        "not_mine_to_do": "the case is not the worker's responsibility",
    },
)
# Reasons for which the rules withdraw work that has not begun. A worker who calls for help is shown as `unavailable` only.
_MOVED = {
    "shift_ended": "the worker is off duty now",
    "unavailable": "the worker is not available now",
    "moved_away": "the worker has moved too far from the place, and another one is nearer",
    "eta_slipped": "the worker would arrive too late, and another one is nearer",
    "upgraded": "the case became more urgent, and another worker is nearer",
}
MOVED_BECAUSE = Enumeration("MoveReason", {because: _MOVED[because] for because in BECAUSE})

# Reasons for which the part of a unit ended: the unit returned it, a supervisor withdrew it or went on without it, the unit
# became the lead, or another unit replaced it.
PART_RETURNED, PART_WITHDRAWN, PART_WAIVED, PART_LEADS, PART_REPLACED = (
    "part_returned",
    "part_withdrawn",
    "part_waived",
    "part_leads",
    "part_replaced",
)
