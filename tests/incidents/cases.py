"""One case as a person reads it, and the check that no invariant names it."""

from collections.abc import Callable
from typing import Any

from app.core.db import as_sql
from app.integrity.queries.counter_invariants import COUNTER_INVARIANTS
from app.integrity.queries.invariants import CASE_INVARIANTS
from tests.factories import Person


def read_case(person: Person, case: dict[str, Any]) -> Any:
    """Return the case as the person reads it now."""
    answer = person.get(f"/incidents/{case['id']}")
    assert answer.status_code == 200, answer.json
    return answer.json


def assert_consistent(case: dict[str, Any], rows: Callable[..., list[Any]]) -> None:
    """Assert that no invariant of cases or ledgers reports the case. Invariants with binds are left out."""
    checkable = [
        i for i in CASE_INVARIANTS + COUNTER_INVARIANTS if ":" not in as_sql(i.statement).replace("::", "")
    ]
    assert not [i.name for i in checkable if case["id"] in {str(row[0]) for row in rows(as_sql(i.statement))}]
