"""The notices of the demo's past: one that runs, with households in each state, and one in each other state.

They are written, published, delivered and answered by the services of the product. All lie before the origin, so that
they are recorded. Nobody is addressed in the grid of `demo-worker`, where visitors try notices of their own.
"""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from random import Random
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy.orm import Session

from app.core import clock, db
from app.core.actor import Actor
from app.core.errors import DomainError
from app.demo import queries
from app.demo.divisions import GUDANG, JURISDICTION
from app.demo.notice_texts import QUESTIONS, TEXTS
from app.demo.people import City
from app.demo.roster import FLOOD_DAY, ZONE, Roster
from app.notices import jobs as notice_jobs
from app.notices import service as notices
from app.public import service as public
from app.settings import Settings

log = logging.getLogger("gridward.demo")

Push = Callable[[datetime, Callable[[], None]], None]
_RUNNING_DAYS = 75
_INSPECTED, _BY_RIVER = (f"{GUDANG}003002", f"{GUDANG}007001", f"{GUDANG}009001"), f"{GUDANG}006003"
_WISHED = 5
# Of the households of a grid that get a link: shares of those who open it, and then answer or ask.
_LINKS, _OPENED, _ANSWERED = 34, 0.75, 0.6
_SHEETS, _TOLD = 30, 90
_AT_DOOR = ("told",) * 5 + ("understood",) * 6 + ("needs_help", "declined")


@dataclass(frozen=True, slots=True)
class Plan:
    """A notice of the past.

    Attributes:
        day: Day of its publication, counted from the origin.
        ends_after: Duration of its validity.
        step: How far it gets: `draft`, `submit`, `publish` or `withdraw`.
    """

    name: str
    day: int
    at: time
    purpose: str
    channels: tuple[str, ...]
    grids: tuple[str, ...]
    ends_after: timedelta
    step: str = "publish"


_PLANS = (
    Plan("flood", FLOOD_DAY, time(17, 20), "emergency", ("visit", "link"), (_BY_RIVER,), timedelta(hours=20)),
    Plan("water", -20, time(9, 40), "works", ("link",), (f"{GUDANG}002001",), timedelta(days=9), "withdraw"),
    Plan("gas", -9, time(10, 15), "safety", ("visit", "link", "paper"), _INSPECTED, timedelta(days=_RUNNING_DAYS)),
    Plan("bins", -3, time(14, 5), "rules", ("visit",), (f"{GUDANG}010001",), timedelta(days=90), "submit"),
    Plan("lifts", -2, time(16, 30), "consultation", ("link",), (f"{GUDANG}004001",), timedelta(days=90), "draft"),
)  # fmt: skip


class Notices:
    """Events of the notices.

    Args:
        push: Puts an act into the queue of simulated events.
        on_case: Called after a reply that may have opened a case.
    """

    def __init__(
        self, city: City, roster: Roster, settings: Settings, *, push: Push, on_case: Callable[[], None]
    ) -> None:
        self._city = city
        self._roster = roster
        self._settings = settings
        self._push = push
        self._on_case = on_case
        self._author = city.actor(city.named("gudang-supervisor-2"))
        self._second = city.actor(city.named("xihu-admin"))

    def events(self) -> Iterator[tuple[datetime, Callable[[], None]]]:
        """Yield the events of the notices whose days are simulated."""
        for plan in _PLANS:
            day = self._roster.origin + timedelta(days=plan.day)
            if day - timedelta(days=1) < self._roster.first:
                continue
            at = datetime.combine(day, plan.at, ZONE)
            if plan.name == "gas":
                yield at - timedelta(days=1), self._wish
            yield at, lambda plan=plan: self._write(plan)  # type: ignore[misc]

    def _wish(self) -> None:
        """Store that some households want no notices about safety."""
        for number in range(_WISHED):
            grid = _INSPECTED[number % len(_INSPECTED)]
            actor = self._worker(grid)
            household_id = self._city.id_of(f"household:{grid}:{40 * number + 7}")
            with db.transaction(actor) as session:
                notices.set_wishes(
                    session, actor, household_id=household_id, items=[{"purpose": "safety", "channel": None}]
                )

    def _write(self, plan: Plan) -> None:
        """Write a notice, and bring it as far as its plan says."""
        now = clock.now()
        with db.transaction(self._author) as session:
            body, _ = notices.create_notice(
                session,
                self._author,
                sender_area_id=self._city.area_ids[GUDANG],
                purpose=plan.purpose,
                texts=TEXTS[plan.name],
                channels=list(plan.channels),
                area_ids=[self._city.area_ids[grid] for grid in plan.grids],
                valid_until=now + plan.ends_after,
            )
        notice_id = UUID(orjson.loads(body)["id"])
        if plan.step == "draft":
            return
        households = self._decide(notice_id, notices.publish, self._author)
        log.debug("notice %s: %d households", plan.name, households)
        if plan.step != "submit":
            self._push(now + timedelta(minutes=35), lambda: self._approve(plan, notice_id))

    def _decide(self, notice_id: UUID, decide: Callable[..., Any], actor: Actor) -> int:
        with db.transaction(actor) as session:
            preview = orjson.loads(
                notices.preview(session, actor, notice_id=notice_id, settings=self._settings)
            )
            households: int = preview["households"]
            decide(
                session,
                actor,
                notice_id=notice_id,
                confirmed_households=households,
                settings=self._settings,
            )
        notice_jobs.store_addressees()  # no job worker lives the past
        return households

    def _approve(self, plan: Plan, notice_id: UUID) -> None:
        """Let the second person approve a notice, and plan its delivery."""
        with db.read_session() as session:
            is_waiting = queries.is_notice_waiting(session, notice_id)
        if is_waiting:
            self._decide(notice_id, notices.approve, self._second)
        now = clock.now()
        if plan.step == "withdraw":
            self._push(now + timedelta(days=2, hours=3), lambda: self._withdraw(notice_id))
        for grid in plan.grids:
            self._deliver(plan, notice_id, grid, now)

    def _withdraw(self, notice_id: UUID) -> None:
        reason = "停水改期，另行通知"
        with db.transaction(self._author) as session:
            notices.withdraw(session, self._author, notice_id=notice_id, reason=reason)

    def _deliver(self, plan: Plan, notice_id: UUID, grid: str, now: datetime) -> None:
        """Plan what happens to a notice at the households of a grid: links, sheets, visits at the door."""
        random = Random(f"{self._city.seed}:notice:{plan.name}:{grid}")
        with db.read_session() as session:
            homes = queries.addressees(session, notice_id, self._city.area_ids[grid])
        # The first homes by id are those whose sheets are printed.
        sheets, others = homes[:_SHEETS], homes[_SHEETS:]
        random.shuffle(others)
        if "paper" in plan.channels and sheets:
            self._push(now + timedelta(hours=2), lambda: self._print(notice_id, grid))
        if "link" in plan.channels:
            for home in others[:_LINKS]:
                at = now + timedelta(hours=random.uniform(0.3, 5))
                self._push(at, self._link_of(notice_id, grid, home, random.random(), random.random()))
        if "visit" in plan.channels:
            hours = 2.2 if plan.purpose == "emergency" else None
            # The worker of one grid is slow.
            visits = _TOLD if grid != _INSPECTED[1] else _TOLD // 5
            for home in others[_LINKS : _LINKS + visits]:
                at = self._at_door(now, hours, random)
                state = "told" if hours else random.choice(_AT_DOOR)
                self._push(at, self._receipt_of(notice_id, grid, home, state))

    def _at_door(self, now: datetime, hours: float | None, random: Random) -> datetime:
        if hours is not None:
            return now + timedelta(hours=random.uniform(0.1, hours))
        day = now.astimezone(ZONE).date() + timedelta(days=random.randint(1, 7))
        return datetime.combine(day, time(9), ZONE) + timedelta(minutes=random.uniform(0, 520))

    def _print(self, notice_id: UUID, grid: str) -> None:
        actor = self._worker(grid)
        with db.transaction(actor) as session:
            notices.print_sheets(
                session,
                actor,
                notice_id=notice_id,
                grid_id=self._city.area_ids[grid],
                settings=self._settings,
                limit=_SHEETS,
            )

    def _receipt_of(self, notice_id: UUID, grid: str, home: UUID, state: str) -> Callable[[], None]:
        def record() -> None:
            actor, now = self._worker(grid), clock.now()
            receipt_id = self._city.id_of(f"receipt:{grid}:{home}:{state}", now)
            with db.transaction(actor) as session:
                notices.record_receipt(
                    session, actor, notice_id=notice_id, household_id=home, id=receipt_id, state=state
                )

        return self._unless_refused(record)

    def _link_of(
        self, notice_id: UUID, grid: str, home: UUID, opened: float, answered: float
    ) -> Callable[[], None]:
        """Return an event that makes the link of a household and plans what the household does with it.

        Args:
            opened, answered: 0 to 1, compared with the shares of those who open the link, and answer.
        """

        def make() -> None:
            actor = self._worker(grid)
            with db.transaction(actor) as session:
                secret = notices.make_link(session, actor, notice_id=notice_id, household_id=home)
            if opened >= _OPENED:
                return
            at = clock.now() + timedelta(hours=1 + 20 * answered)
            self._push(at, self._household_act(secret, None))
            if answered < _ANSWERED:
                question = QUESTIONS[int(answered * 100) % len(QUESTIONS)] if answered < 0.07 else None
                answer = question or ("needs_help" if answered < 0.13 else "understood")
                self._push(at + timedelta(minutes=3), self._household_act(secret, answer))

        return self._unless_refused(make)

    def _household_act(self, secret: str, answer: str | None) -> Callable[[], None]:
        """Return an event in which a household opens its link (None), answers, or asks a question."""

        def act() -> None:
            with db.transaction() as session:
                self._answer(session, public.open_city(session, JURISDICTION), secret, answer)
            self._on_case()

        return self._unless_refused(act)

    def _answer(self, session: Session, city: public.PublicCity, secret: str, answer: str | None) -> None:
        if answer is None:
            notices.opened_notice(session, city, secret, settings=self._settings)
        elif answer in ("understood", "needs_help"):
            notices.answer(session, city, secret, state=answer, language="zh", settings=self._settings)
        else:
            notices.ask(session, city, secret, words=answer, language="zh", settings=self._settings)

    def _worker(self, grid: str) -> Actor:
        return self._city.actor(self._city.worker_of[grid])

    @staticmethod
    def _unless_refused(act: Callable[[], None]) -> Callable[[], None]:
        def carry_out() -> None:
            try:
                act()
            except DomainError as error:
                log.debug("notice: %s", error)

        return carry_out
