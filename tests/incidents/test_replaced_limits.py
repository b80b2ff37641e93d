"""A category corrected at any time gets the limits that it would have had from the start."""

import random
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from app.core import clock, db
from app.core.actor import SYSTEM, Actor, Grant, Role
from app.incidents import service as incidents
from tests.factories import make_city
from tests.incidents.test_stages import stage
from tests.incidents.test_verification import is_sound
from tests.sample_sizes import examples

NAME = {"zh": "一般", "en": "Standard"}


def limited(*limits):
    conditions = [{"code": "standard", "name": NAME, "limits": list(limits)}]
    return {"conditions": conditions, "handled_by": "worker", "on_the_spot": True}


# The same unit with another amount, and another unit; stages that one has and the others do not.
CATEGORIES = {
    "E0102": limited(
        stage("take", "filed", "accepted", "urgent_hour", 2),
        stage("stop", "accepted", "done", "work_hour", 5),
        stage("look", "fed_back", "closed", "natural_day", 2),
        stage("handle", "filed", "fed_back", "work_hour", 14),
    ),
    "E0103": limited(
        stage("stop", "accepted", "fed_back", "work_hour", 3),
        stage("handle", "filed", "fed_back", "work_hour", 3),
    ),
    "E0104": limited(stage("handle", "filed", "fed_back", "natural_day", 4)),
}
TRUE = "E0102"
PROFILE = {
    "checks": {"sample_rate_on_the_spot": 1},
    "lifecycle": {
        "extension": {"times_most": 10, "most": {"work_hour": 999, "natural_day": 999}},
        "books": {"needs_extension": False},
        "contest": {"days": 365},
    },
}
UNTAKEN = ["take", "take", "books", "force_close"]
OPTIONS = {
    **dict.fromkeys(("filed", "dispatched", "returned"), UNTAKEN),
    "accepted": ["start", "feed_back", "defer", "books", "more", "more", "force_close"],
    "handling": ["feed_back", "feed_back", "defer", "books", "more"],
    "rework": ["start", "feed_back", "defer", "more", "more"],
    "fed_back": ["fail"],
    "checking": ["fail"],
    "deferred": ["resume", "resume", "books"],
    "on_books": ["take_from_books"],
    "force_closed": ["contest"],
}


class Story:
    """Two cases of one matter that get the same transitions at the same instants."""

    def __init__(self, city, rows, seed):
        self.city, self.rows, self.random = city, rows, random.Random(seed)
        self.people = [city.worker("g1" if n else "g2", capacity=50) for n in range(4)]
        self.boss, self.judge = (
            Actor.of(id=city.supervisor().id, grants=(Grant(Role.SUPERVISOR, city.areas["s"]),)) for _ in "ab"
        )
        self.now = clock.now()

    def move(self, actor, case, action, **fields):
        with clock.at(self.now), db.transaction(actor) as session:
            incidents.apply_transition(session, actor, incident_id=case, action=action, **fields)

    def correct(self, case, category):
        (own,) = self.rows("select contested_order_by from incident where id = :i", i=case)[0]
        who = self.boss if own == self.judge.id else self.judge
        with clock.at(self.now), db.transaction(who) as session:
            incidents.correct(session, who, incident_id=case, expected=None, category=category)

    def status(self, case):
        return self.rows("select status from incident where id = :i", i=case)[0][0]

    def worker(self, id):
        return Actor.of(id=id, grants=(Grant(Role.WORKER),))

    def assignee(self, case, role, states):
        assigned = self.rows(
            "select worker_id from assignment where incident_id = :i and role = :r and state = any(:s)",
            i=case,
            r=role,
            s=list(states),
        )
        return self.worker(assigned[0][0]) if assigned else None

    def act(self, case, action):
        until = self.now + timedelta(days=9)
        # The author of a contested order decides nothing until another director has.
        (own,) = self.rows("select contested_order_by from incident where id = :i", i=case)[0]
        boss, judge = self.boss, self.judge
        if own in (boss.id, judge.id):
            boss = judge = next(boss_or_judge for boss_or_judge in (boss, judge) if boss_or_judge.id != own)
        if action == "take":
            offered_to = self.assignee(case, "handle", ["offered"])  # for some minutes only
            taker = next(
                person.id for person in self.people if offered_to is None or person.id != offered_to.id
            )
            self.move(judge, case, "override", note="?", worker_id=taker)
            self.move(self.worker(taker), case, "accept")
        elif action in ("start", "feed_back"):
            note = {"note": "好了"} if action == "feed_back" else {}
            self.move(
                self.assignee(case, "handle", ["accepted", "en_route", "on_scene"]), case, action, **note
            )
        elif action in ("defer", "books"):
            self.move(judge, case, "put_on_books" if action == "books" else action, note="?", until=until)
        elif action in ("resume", "take_from_books"):
            self.move(judge, case, action, note="?")
        elif action == "force_close":
            self.move(boss, case, action, note="?")
        elif action == "contest":
            reporter = self.rows("select reported_by from incident where id = :i", i=case)[0][0]
            self.move(self.worker(reporter), case, action, note="还在")
        elif action == "more":
            handler = self.assignee(case, "handle", ["accepted", "en_route", "on_scene"])
            self.move(handler, case, "ask_extension", note="?", amount=2.5)
            self.move(judge, case, "grant_extension", note="?")
        else:
            did = {
                row[0]
                for row in self.rows("select actor_id from incident_event where incident_id = :i", i=case)
            }
            checker = next(person.id for person in self.people if person.id not in did)
            self.move(judge, case, "assign_check", worker_id=checker)
            self.move(self.worker(checker), case, "accept")
            self.move(self.worker(checker), case, "check", result="not_pass", note="没好")

    def can_be_extended(self, pair, category):
        due = [self.rows("select due_at from incident where id = :i", i=case)[0][0] for case in pair]
        return category != "E0104" and all(at > self.now for at in due)

    def limits(self, case):
        deadlines = self.rows(
            """select stage, unit, amount, extended, started_at, due_at, first_due_at, running_since, paused_at, spent,
                      stopped_at, case when stopped_at is not null then outcome end outcome
               from deadline where incident_id = :i and outcome is distinct from 'replaced' order by stage""",
            i=case,
        )
        counted = self.rows("select due_at, extended_count from incident where id = :i", i=case)
        return [row._asdict() for row in deadlines], tuple(counted[0])


# Whether it was fixed on the spot, and the seed of the actions that follow. These extend, hand in, fail a check and
# correct in between; GRIDWARD_EXAMPLES tries so many others of each.
ROWS = [(True, 4), (True, 7), (False, 3)]
MORE = [(is_put_right, seed) for is_put_right in (True, False) for seed in range(100, 100 + examples(0))]


@pytest.mark.parametrize(("is_put_right", "seed"), ROWS + MORE)
def test_recategorised_limits_equal_limits_from_start(app, settings, report, rows, is_put_right, seed):
    city = make_city(app, settings, profile=PROFILE, **CATEGORIES)
    story = Story(city, rows, f"{is_put_right} {seed}")
    reporter = city.worker("g1" if is_put_right else "g3", on_duty=is_put_right)
    fields = {"handled_on_the_spot": {"note": "扫了"}} if is_put_right else {}
    # In working hours, whenever the test runs.
    monday = clock.now() + timedelta(days=7 - clock.now().weekday())
    story.now = monday.replace(hour=9, minute=30, second=0, microsecond=0)
    with clock.at(story.now):
        pair = right, wrong = [
            report(reporter, city.in_grid("g1"), category=category, **fields)["id"]
            for category in (TRUE, "E0103")
        ]
    category, steps = "E0103", []
    for _ in range(story.random.randrange(3, 10)):
        story.now += timedelta(hours=story.random.choice([0.02, 0.5, 0.5, 3, 26, 70]))
        action = story.random.choice(OPTIONS[story.status(right)])
        if action == "contest" and is_put_right:  # its reporter handled it
            return
        if action != "more" or story.can_be_extended(pair, category):
            steps.append((action, str(story.now)))
            for case in pair:
                story.act(case, action)
        if story.random.random() < 0.4 and story.status(wrong) != "force_closed":
            story.now += timedelta(hours=story.random.choice([0.02, 5]))
            category = story.random.choice(list(CATEGORIES))
            steps.append((category, str(story.now)))
            story.correct(wrong, category)
            if category == TRUE:
                assert story.limits(wrong) == story.limits(right), steps
    if story.status(wrong) == "force_closed":
        if is_put_right:
            return
        for case in pair:
            story.act(case, "contest")
    story.correct(wrong, TRUE)
    assert story.limits(wrong) == story.limits(right), steps
    is_sound({"id": wrong, "status": story.status(wrong)}, rows)


COPY_OF_LIMIT = text("""
  insert into deadline (id, incident_id, stage, condition, unit, amount, profile_version_id, started_at, due_at, spent,
                        outcome)
  select gen_random_uuid(), incident_id, stage, condition, unit, amount, profile_version_id, now(), now(), spent, :outcome
  from deadline where incident_id = :id and stage = 'handle'""")


@pytest.mark.parametrize("outcome", [None, "met"])
def test_second_handling_limit_is_refused_unless_it_was_replaced(city, report, outcome):
    city.worker("g1")
    case = {"id": report(city.worker("g3", on_duty=False), city.in_grid("g1"))["id"]}
    with db.transaction(SYSTEM) as session:
        session.execute(COPY_OF_LIMIT, case | {"outcome": "replaced"})
    with pytest.raises(IntegrityError, match="uq_deadline_handling_limit"), db.transaction(SYSTEM) as session:
        session.execute(COPY_OF_LIMIT, case | {"outcome": outcome})
