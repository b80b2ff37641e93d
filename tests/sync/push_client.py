"""A client of the push: it numbers its operations and returns the results of the server."""

import itertools
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from app.core import clock
from app.core.ids import uuid7
from app.sync.rules.answer_codes import FLAGS, RESULT_CODES, WARNING_CODES
from tests.factories import Person


@dataclass
class PushClient:
    """One device of a person. `ahead`: by how much its clock is fast."""

    person: Person
    ahead: timedelta = timedelta(0)
    numbers: Any = field(default_factory=lambda: itertools.count(1))

    def now(self) -> datetime:
        return clock.now() + self.ahead

    def op(self, entity: str, op: str, id: Any = None, **fields: Any) -> dict[str, Any]:
        """An operation as the queue holds it; `patch` and the rest by keyword."""
        made = {
            "op_id": str(uuid7()),
            "device_seq": next(self.numbers),
            "entity": entity,
            "op": op,
            "client_at": self.now().isoformat(),
        }
        if id is not None:
            made["id"] = str(id)
        return made | fields

    def send(self, *ops: Any, **options: Any) -> Any:
        """Push operations; return the HTTP answer."""
        return self.person.post("/sync/push", {"sent_at": self.now().isoformat(), "ops": ops}, **options)

    def push(self, *ops: Any) -> list[dict[str, Any]]:
        """Push operations until each has a final result; send retryable ones again. Returns the results in order."""
        results: dict[int, dict[str, Any]] = {}
        while True:
            left = [place for place in range(len(ops)) if place not in results]
            answer = self.send(*(ops[place] for place in left))
            assert answer.status_code == 200, answer.json
            results_sent = zip(left, answer.json["results"], strict=True)
            final = {place: result for place, result in results_sent if not result["retryable"]}
            assert final or not left, answer.json
            assert unlisted_codes(answer.json["results"]) == set(), "not in app/sync/rules/answer_codes.py"
            results |= final
            if len(results) == len(ops):
                return [results[place] for place in range(len(ops))]

    def report(self, place: dict[str, float], **fields: Any) -> dict[str, Any]:
        patch = {"category": "E0102", "description": "垃圾堆积", **place, **fields}
        return self.op("incident", "report", uuid7(), patch=patch)


def codes(results: list[dict[str, Any]]) -> list[str]:
    """Return `status` or `status:code` of each result."""
    return [r["status"] + (f":{r['code']}" if r["code"] else "") for r in results]


def unlisted_codes(results: list[dict[str, Any]]) -> set[str]:
    """Return the codes, warnings and flags of results that the list for makers of apps lacks."""
    codes = {result["code"] for result in results} - RESULT_CODES.keys() - {None}
    warnings = {warning["code"] for result in results for warning in result["warnings"]} - {*WARNING_CODES}
    return codes | warnings | ({flag for result in results for flag in result["flags"]} - FLAGS.keys())
