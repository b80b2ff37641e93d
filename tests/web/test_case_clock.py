"""The console's rule for late cases has the states of the server's rule."""

import re
from pathlib import Path

from app.incidents.scope import conditions

SOURCE = Path(__file__).parents[2] / "web" / "console" / "src" / "ui" / "lateness.ts"


def test_states_of_late_cases_in_console_equal_those_of_server():
    lists = {
        name: set(re.findall(r'"(\w+)"', values))
        for name, values in re.findall(
            r"const (\w+): readonly string\[\] = \[(.*?)\]", SOURCE.read_text(), re.S
        )
    }
    assert lists == {
        "ENDED_STATUSES": set(conditions.ENDED_STATES),
        "CLOCK_STOPPED": set(conditions._STOPPED_STATES),
    }
