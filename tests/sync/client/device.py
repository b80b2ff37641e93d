"""One phone: what the worker does goes into the queue, `sync` sends it and fetches what others did.

    phone = Device(folder, "https://gridward.example")
    phone.sign_in("worker", "password")
    phone.sync()
    phone.do("household", "patch", id=home, patch={"label": "2"})    # works without a network
    phone.view("household")                                          # shows it at once
    phone.sync()

Nothing here waits for a network but `sign_in`, `sync`, `pull`, `push`, `call_once` and `sign_out`; they raise
`NoAnswer` or `TryLater` when it is to be tried again, and `SignedOut` when the rows have been wiped because
the session has ended.
"""

import contextlib
import hashlib
import json
import os
import random
import secrets
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.sync.client.api import Api, NoAnswer, Refused, Session, SignedOut, TryLater
from tests.sync.client.overlay import shown
from tests.sync.client.store import Store

BATCH = 500  # operations that one push may bring
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 300.0  # seconds between attempts
NOT_UNDERSTOOD = (400, 413, 422)  # of a whole request: one of its operations is at fault


class UnsentWork(Exception):
    """Somebody's work has not reached the server yet: send it first, or say that it is to be discarded."""


def uuid7(at: datetime) -> str:
    """Return an id for a new row: 48 bits of milliseconds, then random bits (RFC 9562)."""
    number = int(at.timestamp() * 1000) << 80 | int.from_bytes(os.urandom(10))
    number = number & ~(0xF << 76) & ~(0x3 << 62) | 0x7 << 76 | 0x2 << 62
    text = f"{number:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


class Device:
    """`clock` is the phone's, right or wrong. `step` is called between steps with a name: tests crash there."""

    def __init__(
        self,
        folder: Path,
        base_url: str,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        step: Callable[[str], None] = lambda name: None,
        read_seconds: float = 30.0,
        batch: int = BATCH,
        page: int | None = None,
    ) -> None:
        self.store = Store(folder / "gridward.sqlite3", step)
        self.api = Api(base_url, read_seconds=read_seconds)
        self.api.keep, self.api.load = self._keep_session, self._load_session
        self._clock, self._step, self._batch, self._page = clock, step, batch, page
        self._size = batch  # so many operations go with the next push
        self.api.session = self._load_session()

    def close(self) -> None:
        self.api.close()
        self.store.close()

    # Who is signed in

    def sign_in(self, username: str, password: str) -> None:
        """Sign in. The queue of somebody else is neither sent nor shown: it has to be gone before."""
        owner = self.store.get("username")
        is_other = owner not in (None, username)
        if is_other and self.store.unsent():
            raise UnsentWork(owner)
        # One key for each installation: the server numbers operations by it.
        key = (None if is_other else self.store.get("device_key")) or secrets.token_hex(16)
        if not is_other:
            self.store.put(device_key=key)
        session = self.api.sign_in(username, password, key)
        if is_other:
            self.store.wipe()  # not before: a wrong password removes nothing
        self.store.put(username=username, device_key=key)
        self.api.session = session
        self._keep_session(self.api.session)

    def _keep_session(self, session: Session) -> None:
        self.store.put(session={"access_token": session.access_token, "refresh_token": session.refresh_token})

    def _load_session(self) -> Session | None:
        stored = self.store.get("session")  # a real app keeps it in the system's key store
        return Session(**stored) if stored else None

    def sign_out(self, *, discard: bool = False) -> None:
        """Send what waits, sign out, wipe everything. Without an answer nothing is wiped."""
        if self.store.unsent() and not discard:
            self.push()
            if self.store.unsent():
                raise UnsentWork(self.store.get("username"))
        with contextlib.suppress(SignedOut):  # ended already
            self.api.sign_out()
        self.api.session = None
        self.store.wipe()

    def _lock(self) -> None:
        """The server has ended the session: no row of anybody stays on the phone.

        What the worker wrote and nobody has acknowledged stays, and is sent after the next sign-in. A real app
        encrypts it with a key that is available only while the phone is unlocked.
        """
        self.api.session = None
        self.store.forget_rows(and_session=True)

    # What the worker does

    def do(
        self,
        entity: str,
        op: str,
        *,
        id: str | None = None,
        patch: dict[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Queue one operation; returns it. Its effect is in `view` at once."""
        return self.do_together([(entity, op, id, patch)], group=False)[0]

    def do_together(
        self, acts: list[tuple[str, str, str | None, dict[str, Any] | None]], *, group: bool = True
    ) -> list[dict[str, Any]]:
        """Queue operations that take effect together or not at all: (entity, op, id, patch) each."""
        now = self._clock()
        name = uuid7(now) if group else None
        ops = []
        for entity, op, row_id, patch in acts:
            operation: dict[str, Any] = {
                "op_id": uuid7(now),
                "entity": entity,
                "op": op,
                "id": row_id or uuid7(now),
                "client_at": now.isoformat(),
            }
            if patch is not None:
                operation["patch"] = patch
            held = self.store.row(entity, operation["id"])
            if held is not None:
                operation["base_version"] = held["version"]
            if op == "patch" and patch is not None:
                # What the worker saw when writing: including own changes that are not sent yet.
                seen = self.view(entity).get(operation["id"], {})
                operation["base"] = {name: seen[name] for name in patch if name in seen}
            if name is not None:
                operation["group"] = name
            ops.append(operation)
        return self.store.enqueue(ops)

    def view(self, entity: str) -> dict[str, dict[str, Any]]:
        """Return the data that the worker sees, by id: the rows with the changes of the queue applied."""
        return shown(entity, self.store.rows(entity, at=self.server_now()), self.store.queued())

    def server_now(self) -> datetime:
        """The server's time, as far as it is known: the phone's clock, and how wrong it was at the last answer.

        Only for showing: a clock that has jumped since hides rows or shows them too long until the next pull.
        """
        return self._clock() + timedelta(seconds=self.store.get("skew") or 0.0)

    # Talking to the server

    def sync(self) -> None:
        """One round: send what waits, then fetch one checkpoint."""
        self.push()
        self.pull()

    def sync_until_quiet(self, *, attempts: int = 20, sleep: Callable[[float], None] = time.sleep) -> None:
        """Rounds until nothing waits, with longer and longer pauses of random length when it does not work."""
        pause = FIRST_PAUSE
        for _ in range(attempts):
            wanted = None
            try:
                self.sync()
                if not self.store.unsent():
                    return
            except NoAnswer:
                pass
            except TryLater as later:
                wanted = later.seconds
            sleep(max(wanted or 0.0, random.uniform(pause / 2, pause)))  # pause: longer each time
            pause = min(pause * 2, LONGEST_PAUSE)
        raise NoAnswer("gave up for now")

    def pull(self) -> None:
        """Fetch one checkpoint and make it the truth."""
        while True:
            asked_with = self.store.next_token()
            try:
                page = self._call("GET", "/sync", token=asked_with, limit=self._page)
            except Refused as refused:
                self._begin_again(refused, asked_with)
                continue
            self._step("page fetched")
            skew = datetime.fromisoformat(page["server_time"]) - self._clock()
            self.store.put(skew=skew.total_seconds())
            if not self.store.stage(asked_with, page):
                return  # another sync worker of this phone is further
            self._step("page put aside")
            if page["complete"]:
                self.store.apply_pages()
                self._step("checkpoint applied")
                return

    def verify(self) -> list[str]:
        """Compare what is held with the server's sums, and fetch anew what differs; the names of those buckets.

        For now and then, as once a day after a pull: the server reads all that the phone holds.
        """
        token = self.store.get("token")
        if token is None:
            return []
        try:
            checksums = self._call("GET", "/sync/checksum", token=token)
        except Refused as refused:
            self._begin_again(refused, token)
            return []
        held = self.store.sums(datetime.fromisoformat(checksums["server_time"]))
        differing = [
            bucket_sum["bucket"]
            for bucket_sum in checksums["buckets"]
            if held.get(bucket_sum["bucket"]) != (bucket_sum["rows"], bucket_sum["sha256"])
        ]
        for bucket in differing:
            self.store.replace(token, self._call("GET", f"/sync/buckets/{bucket}"))
        return differing

    def _begin_again(self, refused: Refused, asked_with: str | None) -> None:
        """The server does not go on from this token: go on from the last checkpoint, or from nothing."""
        if asked_with is None or refused.code not in ("sync_token_invalid", "resync_required"):
            raise refused
        if asked_with != self.store.get("token"):
            self.store.forget_pages()
        else:
            self.store.forget_rows()

    def push(self) -> None:
        """Send what waits, oldest first, until nothing waits or nothing moves.

        Without an answer half as many go at the next attempt: what never gets through whole does in parts.
        """
        while ops := self.store.waiting(self._size):
            self._step("before push")
            body = {"sent_at": self._clock().isoformat(), "ops": ops}
            try:
                answer = self._call("POST", "/sync/push", body)
            except NoAnswer:
                self._size = max(1, min(self._size, len(ops)) // 2)
                raise
            except Refused as refused:
                if refused.status not in NOT_UNDERSTOOD:
                    raise  # a fault of the session or of the moment: the queue stays
                # The request as a whole was not understood. Halve it until the one that is at fault stands alone.
                if self._size > 1:
                    self._size = max(1, min(self._size, len(ops)) // 2)
                    continue
                self.store.settle([_refused(op, refused) for op in ops])
                self._size = self._batch
                continue
            self._size = min(2 * self._size, self._batch)
            self._step("pushed")
            before = self.store.unsent()
            self.store.settle(answer["results"])
            self._step("answers kept")
            if self.store.unsent() == before:
                raise TryLater(200, "nothing_settled", None)

    def call_once(self, method: str, path: str, body: Any) -> Any:
        """Something that only works online (an alarm, a search): repeated by the caller, it is done once.

        The key is kept until there is an answer, so that the same call after a crash is still the same call.
        """
        request = json.dumps([method, path, body], sort_keys=True).encode()
        name = f"call {hashlib.sha256(request).hexdigest()}"
        key = self.store.get(name) or uuid7(self._clock())
        self.store.put(**{name: key})
        self._step("before call")
        try:
            response = self._call(method, path, body, {"Idempotency-Key": key})
        except Refused:
            self.store.put(**{name: None})
            raise
        self._step("called")
        self.store.put(**{name: None})
        return response

    def renew(self) -> None:
        """Renew the session before it has to be: a phone that knows it will be offline for long."""
        try:
            self.api.renew()
        except SignedOut:
            self._lock()
            raise

    def _call(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None, **query: Any
    ) -> Any:
        try:
            return self.api.call(method, path, body, headers, **query)
        except SignedOut:
            self._lock()
            raise


def _refused(op: dict[str, Any], refused: Refused) -> dict[str, Any]:
    """An operation that the server did not even read, as an answer: it is shown to the worker, not lost."""
    return {
        "op_id": op["op_id"],
        "device_seq": op["device_seq"],
        "status": "rejected",
        "code": refused.code,
        "detail": str(refused.problem.get("detail", "")),
        "retryable": False,
    }
