"""Orders of the list of cases. Pure.

Without `sort` the list has the newest reports first. Every other order is of open cases only: there are few of them, and
they have an index.
"""

from collections.abc import Callable
from datetime import datetime

from app.core.enumerations import Enumeration
from app.incidents.cases.rules.lifecycle import ENDED, Status

NEWEST_FIRST = "-reported_at"
NO_DEADLINE = "infinity"

SORTS = Enumeration(
    "IncidentSort",
    {
        NEWEST_FIRST: "newest report first",
        "reported_at": "oldest report first",
        "due_at": "earliest deadline of the whole case first, cases without a deadline last",
        "-due_at": "the reverse of `due_at`",
        "priority": "most urgent first",
        "-priority": "least urgent first",
        "category": "by the code of the category",
        "-category": "the reverse of `category`",
        "status": "by state, in the order of the life cycle",
        "-status": "the reverse of `status`",
    },
)


def _deadline(text: str) -> object:
    return text if text == NO_DEADLINE else datetime.fromisoformat(text)


# Functions that check the text of a key in a cursor; they raise ValueError.
KEY_TYPES: dict[str, Callable[[str], object]] = {
    "reported_at": datetime.fromisoformat,
    "due_at": _deadline,
    "priority": int,
    "category": str,
    "status": int,
}


def key_of(sort: str) -> tuple[str, bool]:
    """Return (name of the sort key, whether the order is descending)."""
    return sort.removeprefix("-"), sort.startswith("-")


def is_of_open_cases(statuses: list[str] | None) -> bool:
    """Return True if the values of the filter `status` leave open cases only.

    Args:
        statuses: States and `open`. None or empty: no filter.
    """
    return bool(statuses) and ENDED.isdisjoint(
        Status(status) for status in statuses or [] if status != "open"
    )
