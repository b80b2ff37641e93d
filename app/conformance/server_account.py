"""The kit's own session at the server, which does not use the faulty proxy."""

import secrets
import time
from datetime import UTC, datetime
from typing import Any

import orjson
import urllib3

from app.conformance.holdings import Holdings
from app.conformance.observations import account_of

BATCH = 100  # operations in one replayed push
BUSY_ATTEMPTS, BUSY_PAUSE_S = 5, 0.5


class ServerRefused(Exception):
    """Error: the server did not answer a request of the kit as expected.

    The message has the status and code of the answer.
    """


class ServerAccount:
    """A session of the client's account on a device that belongs to the kit."""

    def __init__(self, server_url: str, username: str, password: str) -> None:
        """Sign in at the server.

        Raises:
            ServerRefused: The server refuses the password, or does not answer.
        """
        self._base = server_url.rstrip("/") + "/api/v1"
        self._http = urllib3.PoolManager(retries=False, timeout=urllib3.Timeout(connect=5, read=60))
        device = f"conformance-{secrets.token_hex(8)}"
        self._tokens = self._call(
            "POST", "/auth/token", {"username": username, "password": password, "device_id": device}
        )

    @property
    def id(self) -> str:
        return str(account_of(self._authorization))

    @property
    def _authorization(self) -> str:
        return f"Bearer {self._tokens['access_token']}"

    def renew(self) -> None:
        """Get new tokens by the refresh token."""
        self._tokens = self._call("POST", "/auth/refresh", {"refresh_token": self._tokens["refresh_token"]})

    def bootstrap(self) -> Holdings:
        """Pull without a token, and return what a new client stores afterwards.

        Raises:
            ServerRefused: The server refuses a pull, or does not answer.
        """
        pages: list[dict[str, Any]] = []
        while not pages or not pages[-1]["complete"]:
            query = f"?token={pages[-1]['token']}" if pages else ""
            pages.append(self._call("GET", f"/sync{query}", authorization=self._authorization))
        holdings = Holdings()
        holdings.apply(pages)
        return holdings

    def replay(self, operations: list[dict[str, Any]], authorization: str) -> dict[str, str]:
        """Send operations again in the session of the client, and return the status of each by id.

        Raises:
            ServerRefused: The session of the client has ended, or the server refuses the push.
        """
        statuses: dict[str, str] = {}
        for batch in _batches(operations):
            body = {"sent_at": datetime.now(UTC).isoformat(), "ops": batch}
            answer = self._call("POST", "/sync/push", body, authorization=authorization)
            statuses |= {str(result["op_id"]): result["status"] for result in answer["results"]}
        return statuses

    def close(self) -> None:
        """End the session."""
        self._call("POST", "/auth/logout", authorization=self._authorization)

    def _call(self, method: str, path: str, body: Any = None, *, authorization: str | None = None) -> Any:
        headers = {"Authorization": authorization} if authorization else {}
        data = None
        if body is not None:
            headers["Content-Type"] = "application/json"
            data = orjson.dumps(body)
        for attempt in range(BUSY_ATTEMPTS):
            try:
                answer = self._http.request(method, self._base + path, body=data, headers=headers)
            except urllib3.exceptions.HTTPError as error:
                raise ServerRefused(f"{method} {path}: no answer ({type(error).__name__})") from None
            if answer.status != 409 or attempt == BUSY_ATTEMPTS - 1:
                break
            time.sleep(BUSY_PAUSE_S)  # another push of the device is under way
        if answer.status >= 300:
            raise ServerRefused(f"{method} {path.partition('?')[0]}: {answer.status} {_code(answer.data)}")
        return orjson.loads(answer.data) if answer.data else None


def _batches(operations: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """Split the operations into batches of `BATCH` operations.

    A batch may be longer, because consecutive operations of one group (member `group`) stay in one batch.
    """
    batches: list[list[dict[str, Any]]] = []
    for operation in operations:
        group = operation.get("group")
        is_same_group = batches and group is not None and batches[-1][-1].get("group") == group
        if batches and (is_same_group or len(batches[-1]) < BATCH):
            batches[-1].append(operation)
        else:
            batches.append([operation])
    return batches


def _code(data: bytes) -> str:
    try:
        problem = orjson.loads(data)
    except orjson.JSONDecodeError:
        return "(not from the API)"
    return str(problem.get("code", "")) if isinstance(problem, dict) else ""
