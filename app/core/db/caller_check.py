"""The check of who calls, made by the statement that reads the data: one journey to the database instead of two.

A request may begin with the actor of an earlier request of the same session. The actor is then *unchecked*: the session may
have ended, or the grants may have changed. `expect_caller` stores what the database has to answer if the actor still holds.
The first statement of `read_one`, or of `fetch_one` in a transaction that leaves the check to it, reads that beside its own
row, in the same snapshot, and compares it. All other ways to the database compare it with a statement of its own before
anything else. So no row reaches a caller who was not checked, and nothing that they write is committed.

`docs/decisions/0062-check-the-caller-beside-the-data.md` has the reasons and what was measured.
"""

import re
from collections.abc import Mapping
from contextvars import ContextVar
from functools import lru_cache
from typing import Any, NamedTuple

from app.core.db.fragments import Fragment


class CallerChanged(Exception):
    """Raised if the database does not answer what the unchecked actor was made of. The actor must be loaded anew."""


class CallerCheck(NamedTuple):
    """The answer of the database by which an unchecked actor still holds.

    Attributes:
        statement: Returns one row with the columns `caller` (text) and `caller_is_live` (boolean), or none. No other statement
            uses the names of its binds.
        binds: The binds of `statement`.
        expected: The value of `caller` from which the actor was made.
    """

    statement: Fragment
    binds: Mapping[str, Any]
    expected: str

    def require_same(self, caller: str | None, *, is_live: bool | None) -> None:
        """Compare the answer of the database with the expected one.

        Raises:
            CallerChanged: They differ, or the caller is no longer valid.
        """
        if not is_live or caller != self.expected:
            raise CallerChanged


_unchecked: ContextVar[CallerCheck | None] = ContextVar("unchecked_caller", default=None)


def unchecked_caller() -> CallerCheck | None:
    """Return the check that is still due in this context, or None."""
    return _unchecked.get()


def expect_caller(check: CallerCheck | None) -> None:
    """Make a check due in this context, until a statement has made it. None: nothing is due any more.

    Whoever makes a check due has to take it back when the request ends, as its thread serves others afterwards.
    """
    _unchecked.set(check)


# The data is a sub-select that PostgreSQL plans as if it were alone (`offset 0`), and does not execute if the caller is no
# longer valid.
_PARTS = (
    "select c.caller as checked_caller, c.caller_is_live, data.*\nfrom (",
    "\n) c left join lateral (select true as has_data, d.* from (",
    "\n) d where c.caller_is_live offset 0) data on true",
)
_NUMBER = re.compile(r"\$(\d+)")
# The place in a statement between its CTEs and its SELECT. PostgreSQL allows a CTE that writes only at the top of a
# statement, so the SELECT alone becomes the sub-select. Such a CTE is executed whoever calls; the transaction is rolled back
# if the caller has changed.
AFTER_WRITES = "/* after writes */"


@lru_cache(maxsize=500)
def numbered_beside(caller: str, data: str, data_binds: int) -> str:
    """Return the SQL of one statement that reads the caller and the row of `data`.

    It has the columns of `data`, `checked_caller`, `caller_is_live`, and `has_data`, which is null if `data` has no row. It has
    no row without a caller. The binds of `data` keep their numbers; those of the caller follow.

    Args:
        data_binds: Number of binds of `data`.
    """
    moved = _NUMBER.sub(lambda number: f"${int(number[1]) + data_binds}", caller)
    return named_beside(moved, data)


def named_beside(caller: str, data: str) -> str:
    """Return the SQL of `numbered_beside` if the binds of both have names."""
    head, middle, tail = _PARTS
    ctes, _, select = data.rpartition(AFTER_WRITES)
    return "".join((ctes, head, caller, middle, select, tail))
