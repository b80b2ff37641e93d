"""Acts of the demo's residents over the public door, and the replies to them, by the services of the product.

A secret link is known only to the resident who made it. A link that was made before an interruption is lost, so that the
resident makes a new one.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.core import clock, db
from app.core.actor import Actor
from app.core.errors import DomainError
from app.demo import followers, queries
from app.demo.case_acts import Case
from app.demo.divisions import JURISDICTION
from app.demo.followers import HOTLINE, Rating, Support
from app.demo.operators import hotline_id
from app.demo.people import City
from app.demo.reports import PlannedReport
from app.demo.roster import Roster
from app.incidents import service as incidents
from app.incidents.cases.rules.lifecycle import ENDED, Status
from app.profiles.rules.profile import Profile
from app.profiles.rules.publicity import Publicity
from app.public import service as public
from app.public.rules.door import door_actor
from app.settings import Settings

log = logging.getLogger("gridward.demo")

Act = Callable[[], None]
Push = Callable[[datetime, Act], None]


class PublicDoor:
    """Acts of residents on the cases of the story.

    Args:
        push: Puts an act into the queue of simulated events.
        plan: Plans the next act of a person on a case.
    """

    def __init__(
        self,
        city: City,
        roster: Roster,
        profile: Profile,
        settings: Settings,
        *,
        push: Push,
        plan: Callable[[Case, datetime], None],
    ) -> None:
        self._city = city
        self._roster = roster
        self._profile = profile
        self._settings = settings
        self._push = push
        self._plan = plan
        self._secrets: dict[UUID, str] = {}
        # Ends of cases (id, number of contests) whose reporters were asked.
        self._asked: set[tuple[UUID, int]] = set()
        self._communities = {area_id: code[:12] for code, area_id in city.area_ids.items() if len(code) == 15}

    def file(self, session: Session, report: PlannedReport) -> None:
        """Store the report of a resident, in the open transaction."""
        city = public.open_city(session, JURISDICTION)
        payload = report.payload
        is_of_hotline = report.channel == HOTLINE
        new = public.NewPublicReport(
            category=payload["category"],
            words=payload["description"],
            channel=report.channel or followers.PAGE,
            language="en" if payload["description"].isascii() else "zh",
            lon=payload["lon"],
            lat=payload["lat"],
            contact=_contact(payload["contact"]),
            client_id=f"12345-{report.id}" if is_of_hotline else None,
            id=report.id,
        )
        caller = door_actor(city.id, hotline_id(self._city)) if is_of_hotline else None
        receipt = public.file_public_report(session, city, new, settings=self._settings, caller=caller)
        self._secrets[report.id] = receipt.secret

    def follow(self, report: PlannedReport, case: Case) -> None:
        """Put into the queue who else supports a new case, and the reply to its reporters."""
        category = self._profile.category(case.category)
        if category.publicity is Publicity.NOT_PUBLIC or report.target or report.theme:
            return
        supports = list(
            followers.supports(self._city, case.id, report.at, is_of_resident=report.channel is not None)
        )
        for support in supports:
            self._push(support.at, self._support_of(case.id, support))
        heard_at = report.at if report.channel else supports[0].at if supports else None
        if heard_at is not None:
            self._reply_later(case, heard_at)

    def ask(self, case: Case) -> None:
        """Put into the queue what the followers of a case say of its end. Do nothing for an open case."""
        if Status(case.status) not in ENDED or (case.id, case.contested_count) in self._asked:
            return
        self._asked.add((case.id, case.contested_count))
        now = clock.now()
        with db.read_session() as session:
            report_ids = queries.followers(session, case.id)
        for report_id in report_ids:
            rating = followers.rating(
                self._city,
                report_id,
                status=Status(case.status),
                category=case.category,
                community=self._community(case),
                contested_count=case.contested_count,
                ended_at=now,
                is_after_change=self._is_after_change(now),
            )
            if rating is not None:
                self._push(rating.at, self._rating_of(case.id, report_id, rating))

    def _reply_later(self, case: Case, at: datetime) -> None:
        limit = timedelta(minutes=self._profile.evaluation.respond_minutes)
        reply_at = followers.reply_at(
            self._city,
            case.id,
            at,
            self._community(case),
            is_after_change=self._is_after_change(at),
            limit=limit,
        )
        if reply_at is not None:
            self._push(reply_at, self._reply_of(case))

    def _support_of(self, case_id: UUID, support: Support) -> Act:
        def support_case(session: Session, city: public.PublicCity) -> None:
            receipt = public.support_case(
                session,
                city,
                case_id,
                words=support.words,
                contact=_contact(support.contact),
                source=None,
                id=support.id,
            )
            self._secrets[support.id] = receipt.secret

        return self._act(support_case, f"support of {case_id}")

    def _reply_of(self, case: Case) -> Act:
        number = case.id.int % len(self._city.supervisors)
        actor = self._city.actor(self._city.supervisors[number])
        words = followers.reply_words(case.id, case.category)

        def reply(session: Session, city: public.PublicCity) -> None:
            incidents.reply(session, actor, incident_ids=[case.id], words=words)

        return self._act(reply, f"reply to {case.id}", actor)

    def _rating_of(self, case_id: UUID, report_id: UUID, rating: Rating) -> Act:
        def rate(session: Session, city: public.PublicCity) -> None:
            secret = self._secret(session, report_id)
            public.rate(session, city, secret, solved=rating.solved, score=rating.score, words=rating.words)
            if rating.contested_at is not None:
                self._push(rating.contested_at, self._contest_of(case_id, report_id, rating.words))

        return self._act(rate, f"rating of {case_id}")

    def _contest_of(self, case_id: UUID, report_id: UUID, words: str) -> Act:
        def contest(session: Session, city: public.PublicCity) -> None:
            secret = self._secret(session, report_id)
            public.contest(session, city, secret, words=words or "问题没有解决，请再来看看")
            self._plan(queries.case(session, case_id), clock.now())

        return self._act(contest, f"contest of {case_id}")

    def _secret(self, session: Session, report_id: UUID) -> str:
        secret = self._secrets.get(report_id)
        if secret is None:
            secret = self._secrets[report_id] = public.make_link(session, report_id)
        return secret

    def _act(
        self, act: Callable[[Session, public.PublicCity], None], name: str, actor: Actor | None = None
    ) -> Act:
        """Return an act in a transaction of its own. An act that is refused does not happen."""

        def carry_out() -> None:
            try:
                with db.transaction(actor) as session:
                    act(session, public.open_city(session, JURISDICTION))
            except DomainError as error:
                log.debug("%s: %s", name, error)

        return carry_out

    def _community(self, case: Case) -> str | None:
        return self._communities.get(case.grid_id) if case.grid_id else None

    def _is_after_change(self, at: datetime) -> bool:
        return followers.is_after_change(self._roster.origin, at)


def _contact(given: dict[str, Any] | None) -> public.Contact:
    return public.Contact(name=given["name"], phone=given["phone"]) if given else public.Contact()
