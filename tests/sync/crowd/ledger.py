"""Operations and answers of each phone, stored outside the phones, which may lose their data or be killed."""

import threading
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

FINAL = ("applied", "merged", "duplicate", "conflict", "rejected")


@dataclass
class Entry:
    op: dict[str, Any]
    kind: str
    marker: str
    phone: int
    answers: list[dict[str, Any]] = field(default_factory=list)  # all final ones that reached the phone

    @property
    def first_status(self) -> str | None:
        """Return the first status that is not `duplicate`, else the first one, or None without an answer."""
        statuses = [a["status"] for a in self.answers]
        return next((s for s in statuses if s != "duplicate"), statuses[0] if statuses else None)


@dataclass
class Ledger:
    entries: dict[str, Entry] = field(default_factory=dict)
    tally: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self, what: str, times: int = 1) -> None:
        with self.lock:
            self.tally[what] += times

    def fault(self, what: str) -> None:
        with self.lock:
            self.wrong.append(what)

    def did(self, phone: int, kind: str, marker: str, ops: list[dict[str, Any]]) -> None:
        with self.lock:
            for op in ops:
                self.entries[op["op_id"]] = Entry(op, kind, marker, phone)
                self.tally[f"op {op['entity']} {op['op']}"] += 1

    def answered(self, sent: list[dict[str, Any]], answer: dict[str, Any]) -> None:
        """An answer to a push as it reached a phone."""
        results = answer["results"]
        if [op["op_id"] for op in sent] != [result["op_id"] for result in results]:
            self.fault(
                f"{len(sent)} operations were sent, and the answers are for others: {str(results)[:300]}"
            )
            return
        for result in results:
            status = result["status"]
            self.count(f"answer {status} {result.get('code') or ''}".rstrip())
            if result.get("retryable"):
                continue
            if status not in FINAL:
                self.fault(f"no known status: {result}")
                continue
            with self.lock:
                self.entries[result["op_id"]].answers.append(result)
