"""The smallest phone that keeps the contract of the pull: rows with their buckets, and the token."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from app.core import clock
from tests.factories import Person

Key = tuple[str, str]


@dataclass
class Phone:
    """`rows`: (entity, id) -> (data, until); `refs`: (entity, id) -> buckets. `pages` keeps what the last pull brought."""

    person: Person
    token: str | None = None
    rows: dict[Key, dict[str, Any]] = field(default_factory=dict)
    until: dict[Key, str | None] = field(default_factory=dict)
    refs: dict[Key, set[str]] = field(default_factory=dict)
    buckets: set[str] = field(default_factory=set)
    pages: list[dict[str, Any]] = field(default_factory=list)

    def ask(self, token: str | None, **query: Any) -> Any:
        given = {"token": token, **query}
        query_string = urlencode({k: v for k, v in given.items() if v is not None}, doseq=True)
        return self.person.get(f"/sync?{query_string}")

    def page(self, token: str | None, **query: Any) -> dict[str, Any]:
        answer = self.ask(token, **query)
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json
        return body

    def fetch(self, **query: Any) -> Iterator[dict[str, Any]]:
        """The pages of one checkpoint."""
        token = self.token
        while True:
            page = self.page(token, **query)
            yield page
            if page["complete"]:
                return
            token = page["token"]

    def pull(self, **query: Any) -> "Phone":
        self.apply(list(self.fetch(**query)))
        return self

    def apply(self, pages: list[dict[str, Any]]) -> None:
        assert pages[-1]["complete"]
        self.pages = pages
        for bucket in pages[0]["drop_buckets"]:
            self.drop(bucket)
        for page in pages:
            for row in page["rows"]:
                self.put(row)
        self.buckets = set(pages[-1]["buckets"])
        self.token = pages[-1]["token"]

    def put(self, row: dict[str, Any]) -> None:
        key = (row["entity"], row["id"])
        if row["op"] == "P":
            self.rows[key], self.until[key] = row["data"], row["until"]
            self.refs.setdefault(key, set()).add(row["bucket"])
        elif key in self.refs:
            self.refs[key].discard(row["bucket"])
            self._forget_unheld(key)

    def drop(self, bucket: str) -> None:
        for key in list(self.refs):
            self.refs[key].discard(bucket)
            self._forget_unheld(key)

    def _forget_unheld(self, key: Key) -> None:
        if not self.refs[key]:
            for store in (self.rows, self.until, self.refs):
                del store[key]

    def begin_anew(self) -> None:
        self.token = None
        for store in (self.rows, self.until, self.refs, self.buckets):
            store.clear()

    @property
    def pulled_rows(self) -> list[dict[str, Any]]:
        """The rows that the last pull brought."""
        return [row for page in self.pages for row in page["rows"]]

    def ids(self, entity: str) -> set[str]:
        return {row_id for name, row_id in self.rows if name == entity}

    def state(self) -> dict[Key, tuple[dict[str, Any], frozenset[str]]]:
        """What it holds now, without what it has to have deleted by itself."""
        now = clock.now()
        return {
            key: (data, frozenset(self.refs[key]))
            for key, data in self.rows.items()
            if self.until[key] is None or datetime.fromisoformat(str(self.until[key])) > now
        }


def fresh(person: Person) -> Phone:
    """What a phone that begins now holds."""
    return Phone(person).pull()
