"""Many random days: each phone ends with what a phone that begins then is given."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fieldapp.converging import STEPS, live

pytestmark = pytest.mark.deep


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True)
@given(data=st.data())
def test_phones_hold_same_rows_as_new_phone(app, settings, data):
    live(app, settings, data.draw(STEPS))
