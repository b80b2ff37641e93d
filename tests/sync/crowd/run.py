"""One seed from beginning to end: make the town, let everything happen, wait until it is quiet, judge."""

import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import psycopg

from app.conformance.faults import KINDS
from app.conformance.proxy import FaultyProxy
from app.settings import Settings
from tests.live.databases import plain
from tests.live.processes import app_on, environment, free_port
from tests.live.warm import SERVE, Nursery, WarmServer
from tests.sync.crowd import verdict
from tests.sync.crowd.director import Director
from tests.sync.crowd.ledger import Ledger
from tests.sync.crowd.phones import Phone
from tests.sync.crowd.plan import KILLS, OFFICE, Plan
from tests.sync.crowd.town import make_town

# A phone waits when it is so far ahead of what is to happen to the server: kills shall befall phones at work.
AHEAD = 0.02
PHONES_OF_ONE = 10  # every tenth worker has two phones


@dataclass
class Outcome:
    seed: int
    wrong: list[str]
    counts: dict[str, int]
    tally: Counter[str]
    seconds: dict[str, float] = field(default_factory=dict)


class Progress:
    """Return the share of all rounds that is done."""

    def __init__(self, total: int) -> None:
        self._total, self._done, self._lock = total, 0, threading.Lock()

    def step(self) -> None:
        with self._lock:
            self._done += 1

    def __call__(self) -> float:
        return self._done / self._total


def run(
    plan: Plan,
    settings: Settings,
    folder: Path,
    *,
    cluster: Any = None,
    entry: str = SERVE,
    say: Callable[[str], None] = print,
) -> Outcome:
    """Run one seed on a migrated, empty database. `entry`: how the server is started."""
    began = time.monotonic()
    ledger = Ledger()
    folder.mkdir(parents=True, exist_ok=True)
    env = environment(settings, folder) | {"GRIDWARD_LOG_LEVEL": "warning", "GRIDWARD_THREADS": "2"}
    port = free_port()

    if cluster is not None:
        # What a killed process has written is safe with the operating system: only a machine that fails loses it.
        with psycopg.connect(plain(settings.database_url), autocommit=True) as owner:
            owner.execute("alter system set fsync = off")
            # Loading PostGIS is most of what a new connection costs, and each kill makes all of them new.
            owner.execute("alter system set shared_preload_libraries = 'postgis-3'")
            owner.execute("select pg_reload_conf()")
    with ExitStack() as ends:
        nursery = Nursery(folder / "server.log", env, entry=entry)
        ends.callback(nursery.close)

        def begin_server() -> WarmServer:
            return nursery.begin(port)

        app = ends.enter_context(app_on(settings))
        town = make_town(app, settings)
        dice = plan._dice("people")
        director = Director(
            plan, town, ledger, cluster, settings.database_url, begin_server().wait_ready(), begin_server
        )
        ends.callback(lambda: director.server.kill())
        phones = []
        for number in range(plan.size.phones):
            has_own = number % PHONES_OF_ONE != 1
            person = town.hire(dice) if has_own else town.people[-1]
            proxy = FaultyProxy(f"http://127.0.0.1:{port}", partial(plan.fault, number))
            ends.callback(proxy.close)
            phone = Phone(
                number,
                plan,
                person,
                folder / f"phone-{number}",
                proxy,
                ledger,
                town,
                lambda who: who in director.disabled,
            )
            phones.append(phone)
        for phone in phones:
            phone.sign_in()
        ready = time.monotonic()

        progress = Progress(sum(len(rounds) for rounds in plan.rounds))

        def may_go_on() -> None:
            while progress() > director.reached + AHEAD and not director.is_over:
                time.sleep(0.01)  # pause: phones wait for the director, however long it takes

        def tell() -> None:
            while not director.is_over:
                time.sleep(30)  # pause: a line of progress each half minute
                say(f"  {time.monotonic() - ready:4.0f} s  {progress():4.0%}  {dict(director.done)}")

        workers = [
            threading.Thread(target=phone.work, args=(progress.step, may_go_on), daemon=True)
            for phone in phones
        ]
        for thread in (*workers, threading.Thread(target=tell, daemon=True)):
            thread.start()
        # In this thread: processes that are begun anew end with the thread that began them.
        director.run(progress)
        for thread in workers:
            thread.join()
        if not ledger.wrong:
            top_up(phones, plan.size.faults, ledger)
        busy = time.monotonic()

        quiesce(phones, director, ledger)
        quiet = time.monotonic()
        if not ledger.wrong:
            verdict.judge(settings, town, phones, ledger, folder)
        for phone in phones:
            phone.device.close()
        if ledger.wrong:
            say(f"{dict(ledger.tally)}\n{director.server.log_text()[-3000:]}")
        code = director.server.stop()
        if code:
            ledger.fault(f"the server ended with {code}: {director.server.log_text()[-1500:]}")
    met: Counter[str] = sum((phone.proxy.done for phone in phones), Counter())
    counts = {kind: met[kind] for kind in KINDS}
    counts |= {kind: director.done[kind] for kind in (*KILLS, *OFFICE)}
    for name in ("crash", "two sync workers", "clock jump", "session renewed", "signed out by the server"):
        counts[f"phone: {name}"] = ledger.tally[f"phone: {name}"]
    return Outcome(
        plan.seed,
        ledger.wrong,
        counts,
        ledger.tally,
        {
            "made": ready - began,
            "busy": busy - ready,
            "quiet": quiet - busy,
            "judged": time.monotonic() - quiet,
            **{f"in {kind}": spent for kind, spent in sorted(director.seconds.items())},
        },
    )


def top_up(phones: list[Phone], wanted: int, ledger: Ledger) -> None:
    """Go on asking until each kind of fault has come as often as it should."""
    give_up = time.monotonic() + 60
    number = 0
    while not ledger.wrong and time.monotonic() < give_up:
        done: Counter[str] = sum((phone.proxy.done for phone in phones), Counter())
        if all(done[kind] >= wanted for kind in KINDS):
            return
        phone = phones[number % len(phones)]
        phone.until_it_works(lambda phone=phone: phone.device.sync())  # type: ignore[misc]
        number += 1


def quiesce(phones: list[Phone], director: Director, ledger: Ledger) -> None:
    """No more faults; everybody sends what waits and fetches until nothing changes."""
    for phone in phones:
        phone.proxy.calm()
        phone._crash_in = None
    if ledger.wrong:
        return
    for person in director.town.people:
        if person.id in director.disabled:
            director.town.enable(person)
            director.disabled.discard(person.id)
    for _ in range(2):  # what the first phone sends, the others fetch in the second round
        for phone in phones:
            phone.until_it_works(lambda phone=phone: phone.device.sync())  # type: ignore[misc]
    for phone in phones:
        if phone.device.store.unsent():
            ledger.fault(f"phone {phone.number}: {phone.device.store.unsent()} operations wait for ever")
