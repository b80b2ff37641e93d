"""After random days every phone holds the same rows as a new phone."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.sample_sizes import examples
from tests.sync.converging import ACTS, PULLS, STEPS, Day, live

LOOSE = settings(
    max_examples=examples(4, 10),
    deadline=None,
    suppress_health_check=list(HealthCheck),
    derandomize=False,
    print_blob=True,
)


@pytest.mark.wide
@LOOSE
@given(data=st.data())
def test_phones_converge_to_state_of_new_phone(app, settings, data):
    live(app, settings, data.draw(STEPS))


def test_convergence_actions_all_have_effects(app, settings):
    """Check that the test above has rounds in which something happens."""
    day = Day.begin(app, settings)
    for n in range(3):
        day.settle(n, n * 5)
    for turn, act in enumerate([*ACTS, *PULLS] * 2):
        act(day, turn, turn // 2)
    day.compare()
    held = {name for phone in day.phones for name, _ in phone.rows}
    assert held >= {"household", "resident", "visit", "care_tag", "incident", "assignment", "profile", "area"}
