"""A device that writes down what it sends and what the server answers."""

import json
import textwrap
from typing import Any
from urllib.parse import urlencode

from app.core.ids import uuid7
from tests.factories import City, Person
from tests.sync.push_client import PushClient
from tests.sync.readable_json import Readable

WIDTH = 110


class Recorder:
    """`text` holds the conversation in Markdown; ids, instants and tokens are replaced."""

    def __init__(self, city: City, person: Person) -> None:
        self.person, self.client = person, PushClient(person)
        named = {city.code: "city", person.username: "wangfang"}
        self.readable = Readable(named)
        # Ids that a page lists in an order of its own get their replacements before.
        for fixed_id in (person.id, *city.areas.values()):
            self.readable.id(str(fixed_id))
        self.token: str | None = None
        self.parts: list[str] = []

    def say(self, text: str) -> None:
        self.parts.append(textwrap.fill(text, 120, break_long_words=False, break_on_hyphens=False))

    def op(self, entity: str, op: str, id: Any, **members: Any) -> dict[str, Any]:
        return self.client.op(entity, op, id, **members)

    def push(self, *ops: dict[str, Any], is_lost: bool = False) -> Any:
        """Push operations. `is_lost`: the answer does not arrive."""
        body = {"sent_at": self.client.now().isoformat(), "ops": list(ops)}
        answer = self.person.post("/sync/push", body)
        self._record("POST /api/v1/sync/push", body, answer, is_lost=is_lost)
        return answer.json

    def pull(self, **query: Any) -> Any:
        """Pull one page from the token of the last one."""
        parameters = {**({"token": self.token} if self.token else {}), **query}
        path = "/sync" + (f"?{urlencode(parameters)}" if parameters else "")
        shown = {**({"token": "T1"} if self.token else {}), **query}
        answer = self.person.get(path)
        self._record("GET /api/v1/sync" + (f"?{urlencode(shown)}" if shown else ""), None, answer)
        if answer.status_code == 200:
            self.token = answer.json["token"]
        return answer.json

    def pull_quietly(self) -> None:
        """Pull until the checkpoint is complete, off the record."""
        while True:
            page = self.person.get("/sync" + (f"?token={self.token}" if self.token else "")).json
            self.token = page["token"]
            if page["complete"]:
                return

    def post(self, path: str, body: dict[str, Any], *, is_signed_in: bool = True) -> Any:
        headers = self.person.bearer() if is_signed_in else {}
        answer = self.person.client.post(f"/api/v1{path}", json=body, headers=headers)
        self._record(f"POST /api/v1{self.readable.text(path)}", body, answer)
        return answer.json

    def _record(self, request: str, body: Any, answer: Any, *, is_lost: bool = False) -> None:
        sent = request if body is None else f"{request}\n{compact(self.readable(body))}"
        self.parts.append(f"```http\n{sent}\n```")
        if is_lost:
            self.parts.append("The connection breaks. No answer arrives.")
            return
        self.parts.append(f"```json\n{answer.status_code}\n{compact(self._answer(answer.json))}\n```")

    def _answer(self, body: Any) -> Any:
        if "request_id" in body:
            body = body | {"request_id": "7b0c.."}
        if "rows" in body:
            for row in body["rows"]:
                if row["entity"] == "profile":
                    row["data"] |= {"data": {}, "transitions": []}
            body = body | {"rows": sorted(body["rows"], key=lambda row: (row["entity"], row["bucket"][:4]))}
        readable = self.readable(body)
        for name in ("buckets", "drop_buckets"):
            if name in readable:
                readable[name].sort()
        return readable

    @property
    def text(self) -> str:
        return "\n\n".join(self.parts) + "\n"


def compact(value: Any, indent: int = 0) -> str:
    """Return JSON that puts on one line what fits there."""
    flat = json.dumps(value, ensure_ascii=False)
    if not isinstance(value, dict | list) or not value or indent + len(flat) <= WIDTH:
        return flat
    space = " " * (indent + 2)
    if isinstance(value, dict):
        members = [f"{space}{json.dumps(key)}: {compact(part, indent + 2)}" for key, part in value.items()]
        return "{\n" + ",\n".join(members) + "\n" + " " * indent + "}"
    return "[\n" + ",\n".join(space + compact(part, indent + 2) for part in value) + "\n" + " " * indent + "]"


def new_id() -> str:
    return str(uuid7())
