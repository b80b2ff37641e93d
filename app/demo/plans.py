"""Choice of the next action of a person on a demo case, and of its time. Pure.

The choice depends only on the present state of the case and on a random number generator seeded by it. An interrupted
load therefore continues as if it had not been interrupted.
"""

from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from app.core import calendar as clocks
from app.core.actor import Role
from app.core.calendar import Limit, LimitUnit
from app.demo import words
from app.demo.case_acts import Act, Case
from app.demo.people import ROADS, SANITATION, SUPERVISION, City, Person
from app.demo.roster import Roster
from app.demo.set_pieces import ALIKE, BOUNCE
from app.demo.things import GREENERY
from app.dispatch.rules.batch import UNPLACED
from app.profiles.rules.profile import Profile

_SHELVED_SHARE = 0.4
# Units that hand a case on to each other.
_UNWILLING = (GREENERY, ROADS, SANITATION)


class Planner:
    def __init__(self, city: City, roster: Roster, profile: Profile) -> None:
        self._city = city
        self._roster = roster
        self._profile = profile
        self._admins = [p for p in city.people.values() if p.role is Role.ADMIN]
        self._slow_unit = city.units[ROADS].id

    def next_act(self, case: Case, now: datetime, theme: str | None = None) -> Act | None:
        """Return the next action of a person on the case, or None if no person acts.

        A case on which no person acts changes only when a deadline or an offer expires.
        """
        random = Random(f"{self._city.seed}:{case.id}:{case.version}")
        if theme == ALIKE:
            return None
        if theme == BOUNCE:
            return self._hand_on(case, now, random)
        plan = {
            "collected": self._unverified,
            "verifying": self._verifying,
            "filed": self._waiting,
            "dispatched": self._dispatched,
            "accepted": self._accepted,
            "handling": self._handling,
            "fed_back": self._unchecked,
            "checking": self._checking,
            "returned": self._returned,
            "deferred": self._deferred,
            "rework": self._accepted,
            "closed": self._closed,
        }.get(case.status)
        if case.asked_for_time is not None:
            return self._decide_extension(case, now, random)
        return plan(case, now, random) if plan else None

    def hasten(self, case: Case, now: datetime, target: str) -> Act | None:
        """Return the next action on the shortest way to a target state.

        It is used for the cases that show each state. Return None if the case is in the target state, or if nobody can act.
        """
        random = Random(f"{self._city.seed}:{case.id}:{case.version}")
        at = now + timedelta(minutes=random.uniform(2, 4))
        if case.status == target and (target != "checking" or case.state == "accepted"):
            return None
        holder = self._holder(case, random)
        if case.state == "queued" and case.unit_id is not None:
            members = self._city.members.get(case.unit_id, [])
            holder = next((member for member in members if member.is_sign_in), holder)
        supervisor = self._director(case, random)
        if target == "deferred" and case.status in ("accepted", "handling"):
            return Act(at, supervisor, "defer", _deferral(at, random))
        if target == "returned" and case.status == "accepted" and holder:
            return Act(at, holder, "return", {"note": words.note("returned", random)})
        if holder is None:
            return None
        if case.state in ("offered", "queued"):
            return Act(at, holder, "accept")
        if case.status == "accepted":
            return Act(at, holder, "start")
        if case.status == "handling":
            return Act(at, holder, "feed_back", {"note": words.note("done", random)})
        if case.status == "checking" and target == "rework":
            return Act(at, holder, "check", {"result": "not_pass", "note": words.note("not_done", random)})
        return None

    def _hand_on(self, case: Case, now: datetime, random: Random) -> Act | None:
        """Return the next action on a case that each unit gives back; the third one leaves it."""
        if case.moves >= len(_UNWILLING):
            return None
        if case.status in ("returned", "filed"):
            unit = self._city.units[_UNWILLING[case.moves % len(_UNWILLING)]]
            return self._reassign(case, self._in_office_hours(now, random, 10, 40), random, unit_id=unit.id)
        holder = self._holder(case, random)
        if case.state == "queued" and holder is not None:
            return Act(self._in_office_hours(now, random, 5, 30), holder, "accept")
        if case.status == "accepted" and holder is not None:
            note = {"note": words.note("returned", random)}
            return Act(self._in_office_hours(now, random, 5, 40), holder, "return", note)
        return None

    def _unverified(self, case: Case, now: datetime, random: Random) -> Act | None:
        """Return the action of a supervisor who files a case that no worker was free to verify."""
        at = self._in_office_hours(now, random, 20, 120)
        return Act(at, self._director(case, random), "file", {"note": words.note("filed", random)})

    def _verifying(self, case: Case, now: datetime, random: Random) -> Act | None:
        if case.state == "offered":
            return self._answer(case, now, random)
        verifier = self._holder(case, random)
        if verifier is None:
            return None
        at = self._when_working(case, verifier, now, random, 8, 90)
        chance = random.random()
        if chance < 0.15:
            return Act(
                at, verifier, "verify", {"result": "not_exist", "note": words.note("not_found", random)}
            )
        if chance < 0.2:
            return Act(at, verifier, "verify", {"result": "unable", "note": words.note("unable", random)})
        return Act(at, verifier, "verify", {"result": "exists"})

    def _waiting(self, case: Case, now: datetime, random: Random) -> Act | None:
        if case.waiting_reason == "conduct":
            unit = self._city.units[SUPERVISION].id
            return self._reassign(case, self._in_office_hours(now, random, 30, 240), random, unit_id=unit)
        if case.waiting_reason == "no_grid":
            at, director = self._in_office_hours(now, random, 20, 200), self._director(case, random)
            if random.random() < 0.5 or case.owner_unit_id not in self._city.members:
                return Act(at, director, "not_file", {"note": words.note("not_filed", random)})
            return self._reassign(case, at, random, unit_id=case.owner_unit_id)
        if case.waiting_reason in ("nobody_eligible", *UNPLACED):
            at = self._in_office_hours(now, random, 45, 180)
            return self._reassign(case, at, random, unit_id=self._unit_of(case))
        return None

    def _dispatched(self, case: Case, now: datetime, random: Random) -> Act | None:
        director = self._director(case, random)
        if case.category == "unclassified" and random.random() < 0.7:
            codes = ("E0102", "E0504", "E0505", "E0105", "E0302")
            return Act(
                now + timedelta(minutes=random.uniform(1, 4)),
                director,
                "correct",
                {
                    "category": random.choice([c for c in codes if c in self._profile.taxonomy.categories]),
                    "note": words.CLASSIFIED,
                },
            )
        if random.random() < 0.012:
            note = {"note": words.note("not_filed", random)}
            return Act(now + timedelta(minutes=random.uniform(1, 3)), director, "not_file", note)
        return self._answer(case, now, random)

    def _answer(self, case: Case, now: datetime, random: Random) -> Act | None:
        """Return the action that answers an offer or accepts a case from the queue of a unit.

        Return None if nobody answers; the offer will expire. A unit answers more slowly than a worker.
        """
        if case.state == "queued" and case.unit_id in self._city.members:
            members = self._city.members[case.unit_id]
            if not members:
                return None
            slowness = 5.0 if case.unit_id == self._slow_unit else 1.0
            at = now + timedelta(minutes=random.uniform(5, 35))
            if case.priority > 1:
                at = self._in_office_hours(now, random, 10 * slowness, 80 * slowness)
            return Act(at, random.choice(members), "accept")
        if case.state != "offered" or case.expires_at is None or case.worker_id is None:
            return None
        worker = self._city.people[case.worker_id]
        chance = random.random()
        at = now + (case.expires_at - now) * random.uniform(0.05, 0.8)
        if (chance < 0.06 and not worker.is_sign_in) or not self._roster.is_on_duty(worker.id, at):
            return None
        if chance < 0.11 and not worker.is_sign_in:
            return Act(at, worker, "decline", {"reason": words.note("declined", random)})
        return Act(at, worker, "accept")

    def _accepted(self, case: Case, now: datetime, random: Random) -> Act | None:
        holder = self._holder(case, random)
        if holder is None:
            return self._answer(case, now, random)
        chance = random.random()
        director = self._director(case, random)
        if not holder.is_sign_in:
            if chance < 0.018:
                return Act(
                    self._when_working(case, holder, now, random, 10, 90),
                    holder,
                    "return",
                    {"note": words.note("returned", random)},
                )
            if chance < 0.034:
                at = self._in_office_hours(now, random, 10, 120)
                return Act(at, director, "defer", _deferral(at, random))
            if chance < 0.037:
                at = self._in_office_hours(now, random, 30, 300)
                return Act(at, director, "force_close", {"note": words.note("forced", random)})
        return Act(self._when_working(case, holder, now, random, 3, 25), holder, "start")

    def _handling(self, case: Case, now: datetime, random: Random) -> Act | None:
        holder = self._holder(case, random)
        if holder is None:
            return self._answer(case, now, random)
        is_late = case.due_at is not None and case.due_at < now
        if is_late and case.urged_at is None and random.random() < 0.5:
            at = self._in_office_hours(now, random, 5, 60)
            return Act(at, self._director(case, random), "urge", {"note": words.note("urged", random)})
        if self._is_stuck(case):
            shelving = self._shelve(case, holder, now, random, is_late=is_late)
            if shelving is not None or case.is_supervised:
                return shelving
            at = self._in_office_hours(now, random, 600, 3000)
            return Act(
                at,
                self._director(case, random),
                "supervise",
                {"level": 1, "note": words.note("supervised", random)},
            )
        if case.extended_count == 0 and not is_late and random.random() < 0.03:
            at = self._when_working(case, holder, now, random, 5, 40)
            return Act(at, holder, "ask_extension", {"amount": 1, "note": words.note("deferred", random)})
        if case.stage is not None and case.stage_due_at is not None:
            minutes = max((case.stage_due_at - now).total_seconds() / 60, 60) * random.uniform(0.2, 1.05)
            at = self._when_working(case, holder, now, random, minutes, minutes + 5)
            return Act(at, holder, "stage_done", {"stage": case.stage})
        minutes = random.uniform(20, 200)
        if case.due_at is not None and not is_late and not holder.is_sign_in:
            minutes_left = (case.due_at - now).total_seconds() / 60
            late_share = 0.2 if case.unit_id == self._slow_unit else 0.06
            share = random.uniform(1.05, 1.6) if random.random() < late_share else random.uniform(0.1, 0.7)
            minutes = min(minutes_left, 5 * 1440) * share
        at = self._when_working(case, holder, now, random, minutes, minutes + 5)
        return Act(at, holder, "feed_back", {"note": words.note("done", random)})

    def _shelve(
        self, case: Case, holder: Person, now: datetime, random: Random, *, is_late: bool
    ) -> Act | None:
        """Return the next action on the way of an insoluble case to the books, or None.

        Only a case whose deadline was extended can be put on the books.
        """
        if Random(f"{self._city.seed}:shelved:{case.id}").random() >= _SHELVED_SHARE:
            return None
        if case.extended_count == 0:
            at = self._when_working(case, holder, now, random, 5, 60)
            args = {"amount": 1, "note": words.note("deferred", random)}
            return None if is_late else Act(at, holder, "ask_extension", args)
        at = self._in_office_hours(now, random, 300, 2400)
        note = {"note": words.note("deferred", random), "until": at + timedelta(days=60)}
        return Act(at, self._director(case, random), "put_on_books", note)

    def _decide_extension(self, case: Case, now: datetime, random: Random) -> Act | None:
        """Return the action that decides about a requested extension of the deadline.

        The person who requested the extension does not decide about it.
        """
        deciders = [p for p in (*self._city.supervisors, *self._admins) if p.id != case.asked_for_time]
        verb = "grant_extension" if random.random() < 0.75 else "refuse_extension"
        at = self._in_office_hours(now, random, 5, 45)
        return Act(at, random.choice(deciders), verb, {"note": words.note("decided", random)})

    def _closed(self, case: Case, now: datetime, random: Random) -> Act | None:
        """Return an action in which the reporter contests the closed case, or None.

        This happens for 2 % of the closed cases.
        """
        reporter = self._city.people.get(case.reported_by) if case.reported_by else None
        if reporter is None or case.contested_count or random.random() >= 0.02:
            return None
        at = self._when_working(case, reporter, now, random, 60, 2000)
        return Act(at, reporter, "contest", {"note": words.note("not_done", random)})

    def _is_stuck(self, case: Case) -> bool:
        """Return True if the unit is to leave this case unfinished, so that it becomes overdue."""
        is_units = case.worker_id is None and case.category != "E0690"
        return is_units and Random(f"{self._city.seed}:stuck:{case.id}").random() < 0.06

    def _unchecked(self, case: Case, now: datetime, random: Random) -> Act | None:
        """Return the action of a supervisor who assigns a worker to check how the case was handled.

        It is needed because no worker was available before.
        """
        at = self._in_office_hours(now, random, 60, 200)
        candidates = [
            p for p in self._city.workers if self._roster.is_on_duty(p.id, at) and p.id != case.handled_by
        ]
        if not candidates:
            return None
        worker = random.choice(candidates)
        return Act(at, self._director(case, random), "assign_check", {"worker_id": worker.id})

    def _checking(self, case: Case, now: datetime, random: Random) -> Act | None:
        if case.state == "offered":
            return self._answer(case, now, random)
        checker = self._holder(case, random)
        if checker is None:
            return None
        at = self._when_working(case, checker, now, random, 10, 110)
        chance = random.random()
        if chance < 0.07 and case.rework_count < 2:
            return Act(at, checker, "check", {"result": "not_pass", "note": words.note("not_done", random)})
        if chance < 0.085:
            return Act(at, checker, "check", {"result": "unable", "note": words.note("unable", random)})
        return Act(at, checker, "check", {"result": "pass"})

    def _returned(self, case: Case, now: datetime, random: Random) -> Act | None:
        at, director = self._in_office_hours(now, random, 15, 150), self._director(case, random)
        chance = random.random()
        if chance < 0.2:
            return Act(at, director, "not_file", {"note": words.note("not_filed", random)})
        if chance < 0.5:
            return Act(at, director, "redispatch")
        return self._reassign(case, at, random, unit_id=self._unit_of(case))

    def _deferred(self, case: Case, now: datetime, random: Random) -> Act | None:
        at = self._in_office_hours(now + timedelta(days=random.uniform(1, 6)), random, 5, 200)
        return Act(at, self._director(case, random), "resume")

    def _reassign(self, case: Case, at: datetime, random: Random, *, unit_id: UUID | None) -> Act | None:
        if unit_id is None:
            return None
        args = {"unit_id": unit_id, "note": words.note("chosen", random)}
        return Act(at, self._director(case, random), "reassign", args)

    def _unit_of(self, case: Case) -> UUID | None:
        return case.owner_unit_id if self._city.members.get(case.owner_unit_id or case.id) else None

    def _holder(self, case: Case, random: Random) -> Person | None:
        """Return the person who has accepted the case. If nobody has, return one who may accept it."""
        account_id = case.account_id or case.worker_id
        if account_id is None and case.unit_id is not None:
            members = self._city.members.get(case.unit_id)
            return random.choice(members) if members else None
        return self._city.people.get(account_id) if account_id else None

    def _director(self, case: Case, random: Random) -> Person:
        """Return a supervisor who decides about the case.

        For cases about a worker or unit (conduct) and cases outside Gudang Street, it is an administrator of the district.
        """
        if case.about_kind is not None or case.category == "E0690" or case.grid_id is None:
            return random.choice(self._admins)
        return random.choice(self._city.supervisors)

    def _in_office_hours(
        self, now: datetime, random: Random, least_minutes: float, most_minutes: float
    ) -> datetime:
        """Return the instant a random number of minutes after `now`; only office hours count."""
        limit = Limit(LimitUnit.WORK_MINUTE, random.uniform(least_minutes, most_minutes))
        return clocks.due_at(now, limit, self._profile.calendar)

    def _when_working(
        self,
        case: Case,
        person: Person,
        now: datetime,
        random: Random,
        least_minutes: float,
        most_minutes: float,
    ) -> datetime:
        """Return an instant at which the person works, at least a random number of minutes later.

        A worker works while on duty, another person within office hours, but on cases of priority 1 at any time.
        """
        later = now + timedelta(minutes=random.uniform(least_minutes, most_minutes))
        if person.is_worker:
            return self._roster.next_on_duty(person.id, later, random)
        if case.priority == 1:
            return later
        return clocks.due_at(later, Limit(LimitUnit.WORK_MINUTE, 1), self._profile.calendar)


def _deferral(at: datetime, random: Random) -> dict[str, Any]:
    """Return the arguments of an action that postpones a case by 14 days.

    `_deferred` resumes the case earlier.
    """
    return {"note": words.note("deferred", random), "until": at + timedelta(days=14)}
