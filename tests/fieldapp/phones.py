"""A phone that pushes: its queue, numbered, and what the server said."""

import itertools
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text

from app.core import clock
from app.core.ids import uuid7
from tests.factories import Person


@dataclass
class Phone:
    """One device of somebody. `ahead`: by how much its clock is wrong."""

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
        """The raw answer."""
        return self.person.post("/sync/push", {"sent_at": self.now().isoformat(), "ops": ops}, **options)

    def push(self, *ops: Any) -> list[dict[str, Any]]:
        """The results; what a busy server has put off is sent again."""
        results: dict[int, dict[str, Any]] = {}
        while True:
            left = [place for place in range(len(ops)) if place not in results]
            answer = self.send(*(ops[place] for place in left))
            assert answer.status_code == 200, answer.json
            answered = zip(left, answer.json["results"], strict=True)
            final = {place: result for place, result in answered if not result["retryable"]}
            assert final or not left, answer.json
            results |= final
            if len(results) == len(ops):
                return [results[place] for place in range(len(ops))]

    def report(self, place: dict[str, float], **fields: Any) -> dict[str, Any]:
        patch = {"category": "E0102", "description": "垃圾堆积", **place, **fields}
        return self.op("incident", "report", uuid7(), patch=patch)


def codes(results: list[dict[str, Any]]) -> list[str]:
    """Each status, with its code if it has one."""
    return [r["status"] + (f":{r['code']}" if r["code"] else "") for r in results]


def await_waiter(session: Any) -> None:
    """Until somebody waits for a lock that this transaction holds."""
    blocked = text(
        "select count(*) from pg_locks l where not l.granted and pg_backend_pid() = any(pg_blocking_pids(l.pid))"
    )
    ends = time.monotonic() + 20
    while not session.scalar(blocked):
        assert time.monotonic() < ends, "nobody waits"
        time.sleep(0.01)
