"""The smallest client of the pull: it holds rows with their buckets, and the token of its last checkpoint."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from app.core import clock
from tests.factories import Person

Key = tuple[str, str]


@dataclass
class PullClient:
    """State of one device. `rows` and `until`: by (entity, id); `refs`: (entity, id) -> buckets; `pages`: of the last pull."""

    person: Person
    token: str | None = None
    rows: dict[Key, dict[str, Any]] = field(default_factory=dict)
    until: dict[Key, str | None] = field(default_factory=dict)
    refs: dict[Key, set[str]] = field(default_factory=dict)
    buckets: set[str] = field(default_factory=set)
    pages: list[dict[str, Any]] = field(default_factory=list)

    def ask(self, token: str | None, **query: Any) -> Any:
        query = {"token": token, **query}
        parameters = urlencode({k: v for k, v in query.items() if v is not None}, doseq=True)
        return self.person.get(f"/sync?{parameters}")

    def page(self, token: str | None, **query: Any) -> dict[str, Any]:
        answer = self.ask(token, **query)
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json
        return body

    def fetch(self, **query: Any) -> Iterator[dict[str, Any]]:
        """Yield the pages up to one checkpoint."""
        token = self.token
        while True:
            page = self.page(token, **query)
            yield page
            if page["complete"]:
                return
            token = page["token"]

    def pull(self, **query: Any) -> "PullClient":
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
        """Return the rows of the last pull."""
        return [row for page in self.pages for row in page["rows"]]

    def ids(self, entity: str) -> set[str]:
        return {row_id for name, row_id in self.rows if name == entity}

    def state(self) -> dict[Key, tuple[dict[str, Any], frozenset[str]]]:
        """Return the rows held now, without rows whose `until` has passed."""
        now = clock.now()
        return {
            key: (data, frozenset(self.refs[key]))
            for key, data in self.rows.items()
            if self.until[key] is None or datetime.fromisoformat(str(self.until[key])) > now
        }


def fresh(person: Person) -> PullClient:
    """Pull everything to a new device of the person."""
    return PullClient(person).pull()
