"""The phones at work: each thread is one worker with one phone who does what the plan says."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from app.conformance.proxy import FaultyProxy
from tests.factories import PASSWORD, Person
from tests.sync.client import Device, NoAnswer, Refused, SignedOut, TryLater
from tests.sync.crowd import deeds
from tests.sync.crowd.ledger import Ledger
from tests.sync.crowd.plan import Plan, Round

LONGEST = 300.0  # seconds that one sync may need while everything fails around it
READ_SECONDS = 15.0  # a machine that is busy is no fault of the network


class Crash(BaseException):
    """The phone dies here: nothing that comes after is done, not even cleaning up."""


class Watched(Device):
    """The reference client, with the ledger looking on."""

    ledger: Ledger

    def _call(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None, **query: Any
    ) -> Any:
        response = super()._call(method, path, body, headers, **query)
        if path == "/sync/push":
            self.ledger.answered(body["ops"], response)
        return response

    def pull(self) -> None:
        before = self.store.versions()
        super().pull()
        for key, version in self.store.versions().items():
            if None not in (before.get(key), version) and version < before[key]:
                self.ledger.fault(f"went backwards: {key} from {before[key]} to {version}")


class Phone:
    def __init__(
        self,
        number: int,
        plan: Plan,
        person: Person,
        folder: Path,
        proxy: FaultyProxy,
        ledger: Ledger,
        town: Any,
        is_disabled: Callable[[Any], bool],
    ) -> None:
        self.number, self.plan, self.person, self.town = number, plan, person, town
        self.folder, self.proxy, self.ledger = folder, proxy, ledger
        self.is_disabled = is_disabled
        self._ahead = timedelta()
        self._crash_in: int | None = None
        self._lock = threading.Lock()
        self.device = self._boot()

    def clock(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    def _boot(self) -> Watched:
        self.folder.mkdir(exist_ok=True)
        device = Watched(
            self.folder,
            f"http://127.0.0.1:{self.proxy.port}",
            clock=self.clock,
            step=self._step,
            read_seconds=READ_SECONDS,
            page=100,
        )
        device.ledger = self.ledger
        return device

    def _step(self, name: str) -> None:
        """Dies here if the plan says so. The second sync worker may be the one."""
        with self._lock:
            if self._crash_in is None:
                return
            if self._crash_in:
                self._crash_in -= 1
                return
            self._crash_in = None
        self.ledger.count("phone: crash")
        self.ledger.count(f"crash at: {name}")
        raise Crash

    def work(self, done: Callable[[], None], may_go_on: Callable[[], None]) -> None:
        """All rounds. Faults of the harness itself are written down too."""
        try:
            self.until_it_works(lambda: self.device.sync())
            for planned in self.plan.rounds[self.number]:
                may_go_on()
                self.round(planned)
                done()
        except Exception as error:
            self.ledger.fault(f"phone {self.number}: {error!r}"[:600])

    def round(self, planned: Round) -> None:
        if planned.clock_years is not None:
            self._ahead = timedelta(days=365 * planned.clock_years)
            self.ledger.count("phone: clock jump")
        for deed in planned.deeds:
            ops = deeds.do(self.device, deed, self.town)
            self.ledger.did(self.number, deed.kind, deed.marker, ops)
        if planned.renews:
            self.until_it_works(self._renew)
        if planned.crash_in is not None:
            self._crash_in = planned.crash_in
        if planned.is_double:
            self.ledger.count("phone: two sync workers")
            other = threading.Thread(target=self._second_worker, daemon=True)
            other.start()
            self.until_it_works(lambda: self.device.sync())
            other.join(LONGEST + READ_SECONDS)
            assert not other.is_alive()
        else:
            self.until_it_works(lambda: self.device.sync())

    def _renew(self) -> None:
        self.device.renew()
        self.ledger.count("phone: session renewed")

    def _second_worker(self) -> None:
        """Another process of the same app on the same file, as phones start them by mistake. It gives up easily."""
        second = self._boot()
        try:
            second.sync()
        except (NoAnswer, TryLater, SignedOut, Crash) as why:
            self.ledger.count(f"second worker: {type(why).__name__}")
        except Exception as error:
            self.ledger.fault(f"phone {self.number}, second sync worker: {error!r}"[:600])
        finally:
            second.close()

    def until_it_works(self, act: Callable[[], None]) -> None:
        """Again and again, with short pauses: nobody here has minutes."""
        give_up = time.monotonic() + LONGEST
        pause = 0.02
        while True:
            try:
                act()
                return
            except Crash:
                self.device.close()
                self.device = self._boot()
            except SignedOut:
                self.ledger.count("phone: signed out by the server")
                self._sign_in_again()
            except (NoAnswer, TryLater) as why:
                self.ledger.count(f"again: {why}")
                if time.monotonic() > give_up:
                    raise
                time.sleep(pause)  # pause: a phone waits longer each time
                pause = min(pause * 2, 0.25)
            except Refused as refused:
                raise AssertionError(f"refused: {refused}") from refused

    def sign_in(self) -> None:
        self.until_it_works(lambda: self.device.sign_in(self.person.username, PASSWORD))

    def _sign_in_again(self) -> None:
        assert not self.device.store.rows(), "rows on a phone that is signed out"
        give_up = time.monotonic() + LONGEST
        while time.monotonic() < give_up:
            if not self.is_disabled(self.person.id):
                try:
                    self.device.sign_in(self.person.username, PASSWORD)
                    return
                except (NoAnswer, TryLater):
                    pass
                except Refused as refused:
                    # Disabled between the look and the call.
                    if refused.code != "sign_in_failed":
                        raise
            time.sleep(0.05)  # pause: before another attempt to sign in
        raise AssertionError("never enabled again")
