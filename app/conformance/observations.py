"""Traffic of one account through the proxy: operations with their answers, and the pages that the client received."""

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
    """One operation that the client sent, perhaps several times.

    Attributes:
        content: The operation as it was sent first.
        is_changed: True if it was sent again with another content.
        statuses: The status of each final answer of the server, also of those that the client never received.
        answer: The first final answer that the client received.
    """

    content: dict[str, Any]
    is_changed: bool = False
    statuses: list[str] = field(default_factory=list)
    answer: dict[str, Any] | None = None


@dataclass(frozen=True)
class ReceivedPage:
    """A page that the client received. `previous`: the page whose token it was requested with; None for a first page."""

    body: dict[str, Any]
    previous: "ReceivedPage | None"
    is_linked: bool
    is_first: bool


class Observations:
    """Records what passes, for the requests of one account. `account_id` None: for all requests."""

    def __init__(self, account_id: str | None = None) -> None:
        self.account_id = account_id
        self.operations: dict[str, SentOperation] = {}
        self.authorization: str | None = None
        self._pages: dict[str, ReceivedPage] = {}
        self._lock = threading.Lock()

    def sent(self, request: Message) -> None:
        """Record the operations of a push."""
        if not request.path.endswith(PUSH_PATH) or not self._is_ours(request):
            return
        with self._lock:
            for operation in _operations_of(request):
                recorded = self.operations.setdefault(str(operation.get("op_id")), SentOperation(operation))
                recorded.is_changed = recorded.is_changed or recorded.content != operation

    def answered(self, request: Message, answer: Message, *, is_delivered: bool) -> None:
        """Record the results of a push, or a page of a pull that the client received."""
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
        """Return the page that the client received with this token."""
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
    """Return what a client holds that applied all checkpoints up to this page.

    Returns None if the proxy did not see all of them, or if buckets were fetched by links.
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
    """Return the account id in a bearer token, or None if there is none. The signature is not verified."""
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
