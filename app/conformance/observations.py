"""Record of the traffic of one account: operations with answers, and pages of pulls."""

import base64
import binascii
import threading
from dataclasses import dataclass, field
from typing import Any

import orjson

from app.conformance.holdings import Holdings
from app.conformance.messages import Message

PUSH_PATH, PULL_PATH = "/api/v1/sync/push", "/api/v1/sync"
FINAL_STATUSES = ("applied", "merged", "duplicate", "conflict", "rejected")
TOOK_EFFECT = ("applied", "merged", "duplicate")


@dataclass
class SentOperation:
    """One operation that the client sent once or several times.

    Attributes:
        content: The operation as first sent.
        is_changed: True if the client sent it again with other content.
        statuses: The status of each final answer of the server, also of answers that the client did not receive.
        answer: The first final answer that the client received. None: the client received no final answer.
    """

    content: dict[str, Any]
    is_changed: bool = False
    statuses: list[str] = field(default_factory=list)
    answer: dict[str, Any] | None = None


@dataclass(frozen=True)
class ReceivedPage:
    """A page of a pull that the client received.

    Attributes:
        previous: The page whose token the client sent to get this one. None: unknown, or the first page.
        is_linked: This page or an earlier one contained links. The client fetches buckets from these links, which the proxy
            does not record.
        is_first: The client requested the page without a token.
    """

    body: dict[str, Any]
    previous: "ReceivedPage | None"
    is_linked: bool
    is_first: bool


class Observations:
    """Record of the requests and responses of one account.

    If `account_id` is None, the traffic of all accounts is recorded.
    """

    def __init__(self, account_id: str | None = None) -> None:
        self.account_id = account_id
        self.operations: dict[str, SentOperation] = {}
        self.authorization: str | None = None
        self._pages: dict[str, ReceivedPage] = {}
        self._lock = threading.Lock()

    def sent(self, request: Message) -> None:
        """Record the operations of a push request."""
        if not request.path.endswith(PUSH_PATH) or not self._is_ours(request):
            return
        with self._lock:
            for operation in _operations_of(request):
                recorded = self.operations.setdefault(str(operation.get("op_id")), SentOperation(operation))
                recorded.is_changed = recorded.is_changed or recorded.content != operation

    def answered(self, request: Message, answer: Message, *, is_delivered: bool) -> None:
        """Record the results of a push, or the page of a pull that the client received.

        `is_delivered`: the client received the whole answer.
        """
        if answer.status != 200 or not self._is_ours(request):
            return
        body = answer.json()
        if not isinstance(body, dict):
            return
        with self._lock:
            if is_delivered:
                self.authorization = request.headers["authorization"]
            if request.path.endswith(PUSH_PATH):
                self._record_results(body.get("results") or [], is_delivered)
            elif request.path.endswith(PULL_PATH) and is_delivered:
                self._record_page(request.query.get("token"), body)

    def page(self, token: str) -> ReceivedPage | None:
        """Return the page that contains this token, or None if the client received no such page."""
        with self._lock:
            return self._pages.get(token)

    def _is_ours(self, request: Message) -> bool:
        account = account_of(request.headers.get("authorization", ""))
        return account is not None and self.account_id in (None, account)

    def _record_results(self, results: list[dict[str, Any]], is_delivered: bool) -> None:
        for result in results:
            recorded = self.operations.get(str(result.get("op_id")))
            status = str(result.get("status"))
            if recorded is None or result.get("retryable") or status not in FINAL_STATUSES:
                continue
            recorded.statuses.append(status)
            if is_delivered and recorded.answer is None:
                recorded.answer = result

    def _record_page(self, requested_with: str | None, body: dict[str, Any]) -> None:
        previous = self._pages.get(requested_with) if requested_with is not None else None
        is_linked = bool(body.get("bootstrap")) or (previous is not None and previous.is_linked)
        self._pages[body["token"]] = ReceivedPage(body, previous, is_linked, requested_with is None)


def holdings_at(page: ReceivedPage) -> Holdings | None:
    """Return what a client stores after it has applied all pulls up to this page.

    Returns None if the proxy did not see all pages, or if the client fetched buckets by links.
    """
    if page.is_linked:
        return None
    pages = [page]
    while not pages[-1].is_first:
        previous = pages[-1].previous
        if previous is None:
            return None
        pages.append(previous)
    holdings, checkpoint = Holdings(), []
    for received in reversed(pages):
        checkpoint.append(received.body)
        if received.body["complete"]:
            holdings.apply(checkpoint)
            checkpoint = []
    return holdings


def account_of(authorization: str) -> str | None:
    """Return the account id in a bearer token, or None without a token.

    The signature is not verified.
    """
    scheme, _, token = authorization.partition(" ")
    parts = token.split(".")
    if scheme.lower() != "bearer" or len(parts) != 3:
        return None
    try:
        claims = orjson.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (binascii.Error, orjson.JSONDecodeError):
        return None
    return str(claims.get("sub")) if isinstance(claims, dict) else None


def _operations_of(request: Message) -> list[dict[str, Any]]:
    body = request.json()
    operations = body.get("ops") if isinstance(body, dict) else None
    return [op for op in operations if isinstance(op, dict)] if isinstance(operations, list) else []
