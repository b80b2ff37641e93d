"""The clock of simulations: each event runs once, in order, and never in the past."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.simulation.rules.events import Events

SECONDS = st.integers(0, 50)


@given(
    planned=st.lists(st.tuples(SECONDS, st.lists(st.integers(0, 20), max_size=3)), max_size=30),
    until=st.integers(0, 80),
)
def test_simulated_events_run_once_in_order_of_time_and_insertion(planned, until):
    events, put, seen = Events(), [], []

    def plan(at, followers):
        number = len(put)
        put.append(at)

        def act():
            assert events.now == at
            seen.append(number)
            for after in followers:  # what happens makes other things happen, at once or later
                plan(at + after, [])

        events.put(at, act)

    for at, later_events in planned:
        plan(at, later_events)
    assert events.run(until) == len(seen)
    assert sorted(seen) == [n for n, at in enumerate(put) if at < until]
    assert [(put[n], n) for n in seen] == sorted((put[n], n) for n in seen)
    assert events.now == until


def test_simulated_event_in_the_past_is_rejected():
    events = Events()
    events.run(10)
    with pytest.raises(ValueError, match="is over"):
        events.put(9, lambda: None)
    events.put(10, lambda: None)
    assert events.run(11) == 1
