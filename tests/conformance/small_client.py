"""A small sync client of the standard library alone, independent of the server and of the reference client.

    python small_client.py DUMP_FILE

plays a day against CONFORMANCE_URL and writes what it holds. The classes at the end have one fault each.
"""

import http.client
import json
import os
import secrets
import sys
import time
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

FINAL = ("applied", "merged", "duplicate", "conflict", "rejected")
PAGE = 5
ATTEMPTS = 200


class NoAnswer(Exception):
    """The network or somebody else answered, or nobody: the request is repeated."""


class Refused(Exception):
    def __init__(self, status: int, code: str) -> None:
        super().__init__(f"{status} {code}")
        self.status, self.code = status, code


def uuid7() -> str:
    number = int(time.time() * 1000) << 80 | secrets.randbits(80)
    number = number & ~(0xF << 76) & ~(0x3 << 62) | 0x7 << 76 | 0x2 << 62
    return str(uuid.UUID(int=number))


class SmallClient:
    def __init__(self, url: str) -> None:
        address = urlsplit(url)
        self._host, self._port = str(address.hostname), int(address.port or 80)
        self._tokens: dict[str, str] = {}
        self._device = secrets.token_hex(16)
        self._seq = 0
        self.token: str | None = None
        self.pages: list[dict[str, Any]] = []
        self.buckets: list[str] = []
        self.rows: dict[tuple[str, str], dict[str, Any]] = {}
        self.queue: dict[str, dict[str, Any]] = {}  # without a final answer
        self.operations: list[str] = []

    def request(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        headers = {"Authorization": f"Bearer {self._tokens['access_token']}"} if self._tokens else {}
        if body is not None:
            headers["Content-Type"] = "application/json"
        target = f"/api/v1{path}" + (f"?{urlencode(query)}" if query else "")
        connection = http.client.HTTPConnection(self._host, self._port, timeout=20)
        try:
            connection.request(method, target, json.dumps(body) if body is not None else None, headers)
            answer = connection.getresponse()
            payload = json.loads(answer.read())
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise NoAnswer(type(error).__name__) from error
        finally:
            connection.close()
        if answer.status < 300:
            return payload
        is_passing = answer.status >= 500 or answer.status == 429 or answer.headers["Retry-After"]
        if is_passing or "code" not in payload:
            raise NoAnswer(str(answer.status))
        raise Refused(answer.status, payload["code"])

    def until_answered(self, action: Any) -> Any:
        for _ in range(ATTEMPTS):
            try:
                return action()
            except NoAnswer:
                time.sleep(0.01)  # pause: before the request is sent again
        raise NoAnswer("gave up")

    def sign_in(self, username: str, password: str) -> None:
        body = {"username": username, "password": password, "device_id": self._device}
        self._tokens = self.until_answered(lambda: self.request("POST", "/auth/token", body))

    def queue_operation(self, entity: str, op: str, patch: dict[str, Any], row_id: str | None = None) -> None:
        self._seq += 1
        operation = {
            "op_id": uuid7(),
            "device_seq": self._seq,
            "entity": entity,
            "op": op,
            "id": row_id or uuid7(),
            "patch": patch,
            "client_at": datetime.now(UTC).isoformat(),
        }
        row = self.rows.get((entity, str(row_id)))
        if row is not None:
            operation["base_version"] = row["version"]
            operation["base"] = {name: row["data"][name] for name in patch if name in row["data"]}
        self.queue[operation["op_id"]] = operation
        self.operations.append(operation["op_id"])

    def push(self) -> None:
        while self.queue:
            body = {"sent_at": datetime.now(UTC).isoformat(), "ops": list(self.queue.values())}
            self.settle(self.request("POST", "/sync/push", body)["results"])

    def settle(self, results: list[dict[str, Any]]) -> None:
        for result in results:
            if not result["retryable"] and result["status"] in FINAL:
                self.queue.pop(result["op_id"], None)

    def pull(self) -> None:
        is_complete = False
        while not is_complete:
            token = self.pages[-1]["token"] if self.pages else self.token
            page = self.request("GET", "/sync", limit=PAGE, **({"token": token} if token else {}))
            self.receive(page)
            is_complete = page["complete"]

    def receive(self, page: dict[str, Any]) -> None:
        self.pages.append(page)
        if not page["complete"]:
            return
        for staged in self.pages:
            self.apply(staged)
        self.finish(page)

    def apply(self, page: dict[str, Any]) -> None:
        self.drop(page["drop_buckets"])
        for row in page["rows"]:
            key = (row["entity"], row["id"])
            buckets = self.rows.get(key, {}).get("buckets", set())
            if row["op"] == "R":
                buckets.discard(row["bucket"])
            else:
                self.rows[key] = {
                    "version": row["version"],
                    "until": row["until"],
                    "data": row["data"],
                    "buckets": buckets | {row["bucket"]},
                }

    def finish(self, page: dict[str, Any]) -> None:
        self.drop(set(self.buckets) - set(page["buckets"]))
        at = datetime.fromisoformat(page["server_time"])
        for key, row in list(self.rows.items()):
            is_over = row["until"] is not None and datetime.fromisoformat(row["until"]) <= at
            if is_over or not row["buckets"]:
                del self.rows[key]
        self.token, self.buckets, self.pages = page["token"], page["buckets"], []

    def drop(self, buckets: Any) -> None:
        for row in self.rows.values():
            row["buckets"] -= set(buckets)

    def sync(self) -> None:
        self.until_answered(self.push)
        self.until_answered(self.pull)

    def dump(self) -> dict[str, Any]:
        return {
            "token": self.token,
            "buckets": self.buckets,
            "rows": [
                {
                    "entity": entity,
                    "id": row_id,
                    "version": row["version"],
                    "until": row["until"],
                    "data": row["data"],
                }
                for (entity, row_id), row in self.rows.items()
            ],
            "pending": list(self.queue),
            "operations": self.operations,
        }

    def post(self, action: str) -> Any:
        """Post the dump to the control URL of the kit."""
        connection = http.client.HTTPConnection(self._host, self._port, timeout=120)
        try:
            connection.request("POST", f"/_conformance/{action}", json.dumps(self.dump()))
            return json.loads(connection.getresponse().read())
        finally:
            connection.close()


class ForgetsUnanswered(SmallClient):
    """Gives an operation up when its answer is lost."""

    def push(self) -> None:
        try:
            super().push()
        except NoAnswer:
            self.queue.clear()
            raise


class AppliesEarly(SmallClient):
    """Applies the rows of each page before the checkpoint is complete."""

    def receive(self, page: dict[str, Any]) -> None:
        self.pages.append(page)
        self.apply(page)
        if page["complete"]:
            self.finish(page)


class KeepsDroppedBuckets(SmallClient):
    """Keeps the rows of buckets that the server has dropped."""

    def drop(self, buckets: Any) -> None:
        return


class RenamesOperations(SmallClient):
    """Sends an operation again under a new op_id when its answer is lost."""

    def push(self) -> None:
        try:
            super().push()
        except NoAnswer:
            renamed = [operation | {"op_id": uuid7()} for operation in self.queue.values()]
            self.queue = {operation["op_id"]: operation for operation in renamed}
            self.operations = [operation["op_id"] for operation in renamed]
            raise


def play(client: SmallClient, username: str, password: str, *, rounds: int = 12) -> None:
    """Play a day: reports, notes and changes of households, with a sync after each few."""
    client.sign_in(username, password)
    client.sync()
    for number in range(rounds):
        homes = sorted(row_id for entity, row_id in client.rows if entity == "household")
        if homes:
            client.queue_operation(
                "household", "patch", {"label": f"round {number}"}, homes[number % len(homes)]
            )
            client.queue_operation("visit", "create", {"household_id": homes[0], "outcome": "done"})
        client.sync()


def main() -> None:
    client = SmallClient(os.environ["CONFORMANCE_URL"])
    play(client, os.environ["CONFORMANCE_USERNAME"], os.environ["CONFORMANCE_PASSWORD"])
    Path(sys.argv[1]).write_text(json.dumps(client.dump()))


if __name__ == "__main__":
    main()
