"""Whatever people try with a case, in whatever order: its history replays, and what is refused writes nothing.

`make check-deep ARGS='-k random_actions'` tries far more; a failure prints what to give `reproduce_failure`.
"""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from app.core import clock
from app.core.actor import Role
from app.core.ids import uuid7
from app.incidents.cases.rules import lifecycle
from app.incidents.cases.rules.wire_actions import WIRE_ACTIONS, fields_of
from tests.dispatch.acts import solve
from tests.factories import make_city
from tests.incidents.test_verification import is_sound

TRIES = st.lists(st.tuples(*[st.integers(0, 999)] * 4), min_size=4, max_size=12)
# A failure is told as it was found: making it smaller takes minutes, each trial being some dozens of requests.
LOOSE = {
    "phases": (Phase.generate,),
    "deadline": None,
    "suppress_health_check": list(HealthCheck),
    "print_blob": True,
}
RULES = {
    "verify": {"sources": ["video"], "limit": {"unit": "urgent_hour", "amount": 2}},
    "extension": {"times_most": 9},
    "contest": {"days": 9},
    "returns_most": 3,
}


class Town:
    """One city for all that is tried; each trial is a case of its own."""

    def __init__(self, app, app_settings):
        self.city = city = make_city(app, app_settings, profile={"lifecycle": RULES}, E0102={"people": 2})
        self.workers = [
            city.worker(grid, name=name, capacity=100)
            for grid, name in zip(("g1", "g2", "g3"), "甲乙丁", strict=True)
        ]
        self.reporter = city.worker("g4", on_duty=False, name="丙")
        city.grant(self.workers[2], Role.SUPERVISOR, area="s")
        self.people = [
            *self.workers,
            self.reporter,
            city.supervisor("d"),
            city.handler("roads"),
            city.handler("cleaning"),
        ]

    def begin(self, n):
        fields = [{}, {"source": "video"}, {"category": "0101"}, {"reporter": {"name": "张三"}}][n % 4]
        body = {
            "id": str(uuid7()),
            "category": "E0101" if n % 3 else "E0102",
            **self.city.in_grid("g1"),
        } | fields
        reporter = self.reporter if n % 2 else self.workers[n % 3]
        answer = reporter.post("/incidents", body)
        assert answer.status_code == 201, answer.json
        return answer.json

    def body(self, action, n):
        """All that the move takes, and now and then something that it does not."""
        unit = str(self.city.units["roads" if n % 2 else "cleaning"])
        values = {
            "note": "因为",
            "result": [
                each.result for each in fields_of(action).results[:1] * 2 + fields_of(action).results[1:]
            ],
            "reason": "other",
            "stage": "first",
            "amount": 0.5,
            "level": 1 + n % 3,
            "until": (clock.now() + timedelta(days=1 + n % 5)).isoformat(),
            "worker_id": str(self.workers[n % 3].id),
            "unit_id": unit,
        }
        row = fields_of(action)
        names = [*row.required, *(row.one_of[:1] if n % 3 else row.one_of[1:])]
        names += [name for name in row.optional if name in ("note", "unit_id") and (name == "note" or n % 2)]
        body = {"action": action} | {name: values[name] for name in names}
        if row.results:
            body["result"] = values["result"][n % len(values["result"])]
        return body | ({"level": 1} if n % 41 == 0 else {})


@pytest.fixture(scope="module")
def town(request):
    return Town(request.getfixturevalue("app"), request.getfixturevalue("settings"))


def run_trial(town, tries, rows, seen):
    case = town.begin(sum(tries[0]))
    for who, kind, which, n in tries:
        before = rows(
            "select version, (select max(seq) from incident_event where incident_id = i.id) from incident i where id = :i",
            i=case["id"],
        )
        if kind % 10 == 0:
            solve(town.city)
            continue
        if kind % 10 == 2:
            _merge_or_unmerge(town, case, seen, rows)
            continue
        person = town.people[who % len(town.people)]
        shown = person.get(f"/incidents/{case['id']}")
        if shown.status_code == 404:
            # A body with a field that the action does not take is refused before the case is looked up.
            answer = person.post(f"/incidents/{case['id']}/transitions", town.body("note", 1))
            assert answer.status_code == 404
            continue
        allowed = shown.json["allowed"]
        attempt = shown.json["assignment"]
        if kind % 10 == 1 and attempt:
            answer = person.post(f"/assignments/{attempt['id']}/decline", {"reason": "没空"})
            action = "decline"
        else:
            # Notes are always allowed: something else, if there is anything.
            likely = [a for a in allowed if a not in ("note", "urge", "lock")] or allowed
            action = likely[which % len(likely)] if kind % 10 < 8 else WIRE_ACTIONS[which % len(WIRE_ACTIONS)]
            answer = person.post(f"/incidents/{case['id']}/transitions", town.body(action, n))
        seen[action, answer.status_code] = seen.get((action, answer.status_code), 0) + 1
        assert answer.status_code in (200, 409, 404, 422), (action, answer.json)
        if answer.status_code != 200:
            after = rows(
                "select version, (select max(seq) from incident_event where incident_id = i.id) from incident i where id = :i",
                i=case["id"],
            )
            assert after == before, f"{action} was refused and has written something"
        if action != "decline" and (answer.status_code, answer.json.get("code")) == (
            409,
            "transition_illegal",
        ):
            assert answer.json["allowed"] == allowed
        if action in allowed:
            assert answer.json.get("code") != "transition_illegal", (action, allowed)
        elif action not in ("decline", "lock"):  # locked again, it is locked
            assert answer.status_code in (409, 422), (action, allowed)
    _check_events(case, rows)
    supervisor = town.people[4].get(f"/incidents/{case['id']}").json
    is_sound(supervisor, rows)
    return supervisor["status"]


def _merge_or_unmerge(town, case, seen, rows):
    """The desk finds that it is the same matter as another one, or that it is not after all; both histories replay."""
    boss = town.people[4]
    shown = boss.get(f"/incidents/{case['id']}").json
    into = shown["same_as"]["id"] if shown["same_as"] else town.begin(1)["id"]
    at, body = f"/incidents/{case['id']}/merge", {"into_id": into, "reason": "同一件"}
    action = "unmerge" if shown["same_as"] else "merge"
    if shown["same_as"]:
        at, body = f"/incidents/{case['id']}/unmerge", {"reason": "不是"}
    answer = boss.post(at, body)
    assert answer.status_code in (200, 409), (action, answer.json)
    if action == "merge" and shown["status"] in lifecycle.MERGED_FROM:
        assert answer.status_code == 200 or answer.json["code"] in (
            "own_order_contested",
            "merge_of_other_kind",
        )
    seen[action, answer.status_code] = seen.get((action, answer.status_code), 0) + 1
    is_sound(boss.get(f"/incidents/{into}").json, rows)
    now = boss.get(f"/incidents/{case['id']}").json
    assert (
        bool(now["same_as"]) == (answer.status_code == 200 and action == "merge") or answer.status_code == 409
    )
    is_sound(now, rows)


def _check_events(case, rows):
    """Each step has who, when and where; and why, where the table asks for it."""
    events = rows(
        "select action, actor_id, occurred_at, note, detail from incident_event where incident_id = :i order by seq",
        i=case["id"],
    )
    needs_note = {m.action for m in lifecycle.TRANSITIONS if "note" in m.needs}
    for event in events:
        assert event.actor_id and event.occurred_at
        by_rule = event.actor_id.int == 0
        assert by_rule or event.note or event.action not in needs_note, event
    (area,) = rows("select area_id from incident where id = :i", i=case["id"])[0]
    assert area is not None


@settings(max_examples=6, **LOOSE)
@given(tries=TRIES)
def test_random_actions_replay_and_refusals_write_nothing(town, rows, tries):
    run_trial(town, tries, rows, {})


def test_merge_histories_replay(town, rows):
    """Merged and taken out, as often as not, between whatever else is tried: chance alone brings it too seldom."""
    seen = {}
    for n in range(2):
        tries = [(4 + n, 2 if k % 2 else 3 + n, n + k, 7 * k + n) for k in range(6)]
        run_trial(town, tries, rows, seen)
    assert seen.get(("merge", 200)) and seen.get(("unmerge", 200)), seen


@pytest.mark.deep
@settings(max_examples=100, **LOOSE)
@given(tries=st.lists(st.tuples(*[st.integers(0, 999)] * 4), min_size=10, max_size=40))
def test_long_random_actions_replay_and_refusals_write_nothing(town, rows, tries):
    run_trial(town, tries, rows, {})
