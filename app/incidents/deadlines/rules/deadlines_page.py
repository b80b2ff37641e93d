"""Generator of docs/reference/deadlines.md, the page on limits and their clocks. Pure."""

from app.core.calendar import LimitUnit
from app.core.markdown import table_rows
from app.incidents.cases.rules.lifecycle import Status
from app.incidents.deadlines.rules.stages import PAUSED_STATES, STEP_OF_STATUS
from app.profiles.rules.stages import DONE_BY_HANDLER, END_STEPS, START_STEPS, STEPS

_CLOCKS = {
    LimitUnit.URGENT_MINUTE: "runs always",
    LimitUnit.URGENT_HOUR: "runs always",
    LimitUnit.WORK_MINUTE: "runs inside the work intervals of work days",
    LimitUnit.WORK_HOUR: "runs inside the work intervals of work days",
    LimitUnit.WORK_DAY: "runs through the whole local day of each work day",
    LimitUnit.NATURAL_DAY: "runs always, by the local time of the city",
}
_OUTCOMES = {
    "met": "the stage ended at its due time or before",
    "overdue": "the stage ended after its due time",
    "cancelled": "the stage was cut off before its due time: the case ended, or was handed in",
}
_INTRODUCTION = """\
# Deadlines

How a deadline is computed: when a limit is due, what pauses its clock, and how it ends. For administrators of profiles
and developers of clients.

Printed by `gridward docs deadlines` from the rules in `app/incidents/deadlines/rules` and `app/core/calendar.py`; a
test compares. `docs/reference/rules.md` shows how a profile defines limits.

A filing condition of a profile has a limit on the handling of a case (the stage `handle`), or limits on several stages.
Each limit is an amount in a unit. A case is overdue by the stage `handle` alone.
"""
_DUE = """\
A work day is a day that is neither in the `weekend` nor in the `holidays` of the profile's calendar, or that is in its
`workdays`. A limit of n work days that begins at 10:00 on a work day is due at 10:00. A limit of one work day that
begins on a rest day is due at the midnight that ends the next work day.

## Due time

`due(t, a)` is the first instant at which the clock of the unit has run for `a` since `t`.

| when | due time |
|---|---|
| the stage begins at `t` with the limit `a` | `due(t, a)` |
| the clock is paused after it has run for `s` | none; `due_at` keeps the due time before the pause |
| the clock runs again at `u` | `due(u, a - s)`; unchanged if the due time had passed before the pause |
| an extension by `e` is granted | `due(start of the clock's present run, a + e - s)`; also for running stages |
| a failed check or a contest reopens the stage at `u` | as after a pause since its end |
| the category is corrected | counted again from the history of the case, with the limits of the new category |

An open case keeps the version of the profile under which it was filed, with its calendar.
"""
_NOTICES = """\
## Notices

| event | when, on the clock of the limit |
|---|---|
| `warn` | a share of the limit has been used (`warn.share`), or `warn.hours` are left |
| `overdue` | the limit has been used up |
| `escalate` | a share of the limit or a number of hours after that, for each level in `escalate` |

Each is sent once for a stage. No notice of a limit in work hours is sent outside of work hours.
"""


def deadlines_page() -> str:
    """Return the page docs/reference/deadlines.md in Markdown."""
    states = {step: status.value for status, step in STEP_OF_STATUS.items()}
    steps = [
        (
            *(f"`{step}`", f"`{states[step]}`" if step in states else "the report arrives"),
            *("yes" if step in START_STEPS else "", "yes" if step in END_STEPS else ""),
        )
        for step in STEPS
    ]
    steps.append((f"`{DONE_BY_HANDLER}`", "the handler sends the action `stage_done`", "", "yes"))
    paused = " and ".join(f"`{status}`" for status in Status if status in PAUSED_STATES)
    return (
        "\n".join(
            (
                _INTRODUCTION,
                "## Units\n",
                *table_rows(("unit", "its clock"), [(f"`{unit}`", _CLOCKS[unit]) for unit in LimitUnit]),
                f"\n{_DUE}",
                "## Steps\n",
                "A stage begins once, at a step or at the end of another stage, and ends at its step or at a later one.\n",
                *table_rows(
                    ("step", "the case reaches the state", "may begin a stage", "may end a stage"), steps
                ),
                "\n## Pauses\n",
                f"The clocks of all stages are paused while the case is {paused}.",
                "\n## Outcome of a stage\n",
                *table_rows(
                    ("outcome", "meaning"), [(f"`{code}`", text) for code, text in _OUTCOMES.items()]
                ),
                f"\n{_NOTICES}",
            )
        ).rstrip()
        + "\n"
    )
