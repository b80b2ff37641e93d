"""A city in which every action of the life cycle and every system step has happened, through the HTTP API."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from app.accounts import service as accounts
from app.components import service as components
from app.core import clock, db
from app.core.actor import SYSTEM
from app.core.ids import uuid7
from app.households import service as households
from app.incidents import jobs
from app.incidents import service as incidents
from app.profiles import service as profiles
from app.signals import service as signals
from tests.factories import City, in_days
from tests.media.sending import begin, patch, sent

SMALL = "E0102"
IN_TWOS = "0304"
IN_STAGES = "0402"
PROPOSED = "E0103"
_NORMAL = profiles.packaged_profile("generic")["modes"]["normal"]
PROFILE: dict[str, Any] = {
    "lifecycle": {"verify": {"sources": ["video"], "limit": {"unit": "urgent_hour", "amount": 2}}},
    "modes": {"normal": _NORMAL | {"propose": {"categories": [PROPOSED], "minutes": 5}}},
    "deadlines": {"warn": {"share": 0.5}, "escalate": [{"level": "street", "share": 0.5}]},
}
LIMITS = [
    {
        "stage": stage,
        "name": {"zh": stage, "en": stage},
        "unit": "urgent_hour",
        "amount": 4,
        "from": begins,
        "until": ends,
    }
    for stage, begins, ends in (
        ("handle", "filed", "fed_back"),
        ("stop", "accepted", "done"),
        ("punish", "stop", "done"),
        ("check", "fed_back", "closed"),
    )
]
CATEGORIES: dict[str, Any] = {
    IN_TWOS: {"people": 2},
    IN_STAGES: {
        "conditions": [{"code": "standard", "name": {"zh": "一般", "en": "Standard"}, "limits": LIMITS}]
    },
}


class Story:
    """Sends requests as the persons of the city. `cases`: reported cases by name."""

    def __init__(self, city: City) -> None:
        self.city = city
        self.cases: dict[str, dict[str, Any]] = {}
        self.worker = city.worker("g1", name="甲", capacity=60)
        self.other = city.worker("g2", name="乙", capacity=60)
        self.reporter = city.worker("g4", name="丙", on_duty=False)
        self.supervisor = city.supervisor("d")
        self.handler = city.handler("roads")

    def report(self, name: str, person: Any = None, place: Any = None, **fields: Any) -> dict[str, Any]:
        body = {"id": str(uuid7()), "category": SMALL, "description": name}
        body |= (place or self.city.in_grid("g1")) | fields
        answer = (person or self.reporter).post("/incidents", body)
        assert answer.status_code == 201, answer.json
        self.cases[name] = answer.json
        incident: dict[str, Any] = answer.json
        return incident

    def step(self, person: Any, name: str, action: str, **fields: Any) -> dict[str, Any]:
        answer = person.post(f"/incidents/{self.cases[name]['id']}/transitions", {"action": action, **fields})
        assert answer.status_code == 200, (name, action, answer.json)
        self.cases[name] = answer.json
        incident: dict[str, Any] = answer.json
        return incident

    def answer(self, person: Any, name: str, how: str = "accept", **body: Any) -> None:
        answer = person.post(f"/assignments/{self.cases[name]['assignment']['id']}/{how}", body)
        assert answer.status_code == 200, (name, how, answer.json)
        self.cases[name] = answer.json

    def taken(self, name: str, **fields: Any) -> None:
        self.report(name, **fields)
        self.answer(self.worker, name)

    def fed_back(self, name: str) -> None:
        self.taken(name)
        self.step(self.worker, name, "feed_back", note="done")


def run_every_step(city: City, monkeypatch: Any) -> Story:
    """Leave at least one case in each state."""
    story = Story(city)
    worker, other, supervisor = story.worker, story.other, story.supervisor
    story.report("offered")
    story.taken("accepted")
    story.taken("handling")
    story.step(worker, "handling", "start")
    story.step(supervisor, "handling", "urge", note="third call")
    story.step(worker, "handling", "note", note="see the corner")
    story.fed_back("checking")
    story.fed_back("closed")
    story.answer(other, "closed")
    story.step(other, "closed", "check", result="pass")
    story.fed_back("rework")
    story.answer(other, "rework")
    story.step(other, "rework", "check", result="not_pass", note="half")
    story.fed_back("unable")
    story.answer(other, "unable")
    story.step(other, "unable", "check", result="unable", note="gate locked")
    third = city.worker("g3", name="丁", capacity=60)
    story.step(supervisor, "unable", "assign_check", worker_id=str(third.id))
    story.taken("on_scene")
    story.answer(worker, "on_scene", "transitions", action="en_route")
    story.answer(worker, "on_scene", "transitions", action="on_scene")
    story.taken("failed")
    story.answer(worker, "failed", "transitions", action="fail", because="could_not_get_there")
    story.report("overridden")
    for action in ("lock", "unlock"):
        story.step(supervisor, "overridden", action, note="police")
    story.step(supervisor, "overridden", "pin", note="knows it", worker_id=str(worker.id))
    story.step(supervisor, "overridden", "unpin", note="is away")
    story.step(supervisor, "overridden", "override", note="you", worker_id=str(other.id))
    story.taken("returned")
    story.step(worker, "returned", "return", note="not ours")
    story.report("reassigned")
    story.step(supervisor, "reassigned", "reassign", worker_id=str(other.id), note="you")
    story.step(supervisor, "reassigned", "reassign", unit_id=str(city.units["roads"]), note="roads")
    story.report("redispatched")
    story.answer(worker, "redispatched", "decline", reason="in a cellar")
    story.step(supervisor, "redispatched", "redispatch")
    story.report("not_filed")
    story.step(supervisor, "not_filed", "not_file", note="nothing there")
    story.taken("force_closed")
    story.step(supervisor, "force_closed", "force_close", note="twice")
    story.taken("deferred")
    story.step(supervisor, "deferred", "defer", until=in_days(9), note="a part is missing")
    story.taken("resumed")
    story.step(supervisor, "resumed", "defer", until=in_days(9), note="frost")
    story.step(supervisor, "resumed", "resume")
    story.report("queued", category="0101")
    story.report("by_unit", category="0101")
    story.answer(story.handler, "by_unit")
    story.report("nowhere", place=city.in_no_grid())
    story.report("conduct", category="E0690", about={"kind": "worker", "id": str(worker.id)})
    story.report("own", person=worker)
    _in_twos(story)
    _in_stages(story)
    _verified(story)
    _jointly(story)
    _proposed(story)
    _watched(story)
    for name, draw in (("unsampled", 999_999), ("sampled", 0)):
        monkeypatch.setattr("secrets.randbelow", lambda _, draw=draw: draw)
        story.report(name, person=worker, handled_on_the_spot={"note": "picked up"})
    _corrected(story)
    _merged(story)
    _by_time(story)
    _at_home(story)
    _absent(story)
    _brought_over(story)
    _signalled(story)
    return story


def _verified(story: Story) -> None:
    """Verify reports of cameras with each outcome, and file one without verification."""
    for name in ("verifying", "exists", "not_there", "untold", "by_order"):
        story.report(name, source="video")
    for name, result in (("exists", "exists"), ("not_there", "not_exist"), ("untold", "unable")):
        worker_id = story.cases[name]["assignment"]["worker"]["id"]
        person = story.other if worker_id == str(story.other.id) else story.worker
        story.answer(person, name)
        story.step(person, name, "verify", result=result, note="seen")
    story.step(story.supervisor, "by_order", "assign_verify", worker_id=str(story.other.id))
    story.step(story.supervisor, "by_order", "file", note="seen by phone")


def _watched(story: Story) -> None:
    """Grant and refuse extensions, supervise, put on long-term hold until a date that has come, and contest a closed case."""
    worker, other, supervisor = story.worker, story.other, story.supervisor
    ahead = clock.now() + timedelta(days=3)
    for name in ("longer", "no_longer", "on_books", "off_books"):
        story.taken(name)
        story.step(worker, name, "ask_extension", amount=1, note="a part is missing")
        answer = "refuse_extension" if name == "no_longer" else "grant_extension"
        story.step(supervisor, name, answer, note="seen")
    story.step(supervisor, "longer", "supervise", level=2, note="third call", until=ahead.isoformat())
    story.step(supervisor, "no_longer", "supervise", level=1, note="third call")
    story.step(supervisor, "no_longer", "end_supervision", note="it goes on")
    for name in ("on_books", "off_books"):
        story.step(supervisor, name, "put_on_books", note="needs money", until=ahead.isoformat())
    story.step(supervisor, "off_books", "take_from_books", note="there is money")
    with db.transaction(SYSTEM) as session:
        later = ahead + timedelta(days=1)
        (due,) = incidents.due_for_review(session, now=later, limit=10)
        assert incidents.call_for_review(session, incident_id=due, now=later)
        (over,) = incidents.supervisions_due(session, now=later, limit=10)
        assert incidents.call_for_supervision(session, incident_id=over, now=later)
    story.fed_back("contested")
    story.answer(other, "contested")
    story.step(other, "contested", "check", result="pass")
    story.step(story.reporter, "contested", "contest", note="it is still there")
    for name, order in (("not_so", "not_file"), ("not_over", "force_close")):
        story.report(name)
        story.step(supervisor, name, order, note="not ours")
        story.step(story.reporter, name, "contest", note="it is yours")
    above = story.city.supervisor("d")
    story.step(above, "not_so", "reassign", worker_id=str(other.id), note="it is")


def _in_twos(story: Story) -> None:
    """Handle cases that take two workers: the second worker chosen by the rules, and by a supervisor."""
    story.report("in_twos", category=IN_TWOS)
    now = clock.now() + timedelta(minutes=2)
    incident_id = UUID(story.cases["in_twos"]["id"])
    with db.transaction(SYSTEM) as session:
        (district,) = incidents.due_districts(session, now=now, limit=1, incident_id=incident_id)
        incidents.solve_district(session, district, now=now)
    lead = story.cases["in_twos"]["assignment"]["worker"]["id"]
    chosen = story.other if lead != str(story.other.id) else story.worker
    story.step(story.supervisor, "in_twos", "assign_second", worker_id=str(chosen.id))
    story.report("by_both", category=IN_TWOS)
    lead = story.cases["by_both"]["assignment"]["worker"]["id"]
    second = story.other if lead != str(story.other.id) else story.worker
    story.step(story.supervisor, "by_both", "assign_second", worker_id=str(second.id))
    shown = story.supervisor.get(f"/incidents/{story.cases['by_both']['id']}").json
    assert second.post(f"/assignments/{shown['second']['id']}/accept", {}).status_code == 200
    first = story.other if lead == str(story.other.id) else story.worker
    story.answer(first, "by_both")
    story.step(second, "by_both", "second_done", note="held the ladder")


def _proposed(story: Story) -> None:
    """Propose cases to a supervisor first: one confirmed, one run out, one still waiting."""
    for name in ("proposed", "confirmed", "run_out"):
        story.report(name, category=PROPOSED)
    story.step(story.supervisor, "confirmed", "confirm")
    jobs.run_case(UUID(story.cases["run_out"]["id"]), clock.now() + timedelta(minutes=6))


def _jointly(story: Story) -> None:
    """Handle a case by several units: parts done, open, returned, withdrawn and skipped, and a new lead unit."""
    city, boss, cleaning = story.city, story.supervisor, str(story.city.units["cleaning"])
    member, leaver = city.handler("cleaning"), city.handler("cleaning")
    for name in (
        "jointly",
        "part_open",
        "part_returned",
        "part_withdrawn",
        "part_waived",
        "lead_changed",
        "part_left",
    ):
        story.report(name, category="0101")
        story.step(boss, name, "add_unit", unit_id=cleaning, note="water too")
    for name in ("jointly", "part_open"):
        story.answer(story.handler, name)
        story.step(member, name, "accept_part")
    story.step(member, "jointly", "part_done", note="pumped out")
    story.step(story.handler, "jointly", "feed_back", note="done")
    story.step(member, "part_returned", "part_return", note="no water there")
    story.step(boss, "part_withdrawn", "withdraw_unit", unit_id=cleaning, note="dry by now")
    story.step(boss, "part_waived", "waive_parts", note="before the rain")
    story.step(boss, "lead_changed", "make_lead", unit_id=cleaning, note="mostly water")
    story.step(leaver, "part_left", "accept_part")
    with db.transaction(SYSTEM) as session:
        accounts.disable_account(session, SYSTEM, account_id=leaver.id)
    with db.transaction(SYSTEM) as session:
        incident_id = UUID(story.cases["part_left"]["id"])
        assert incidents.withdraw_from_absent(session, incident_id=incident_id, now=clock.now())


def _brought_over(story: Story) -> None:
    """Import an open and a closed case of another system."""
    city, now = story.city, clock.now()
    cases = [
        incidents.ImportedCase(
            id=uuid7(),
            **city.in_grid("g1"),
            lon_sent=0.0,
            lat_sent=0.0,
            coord_sys="wgs84",
            category="E0102",
            words="",
            reported_at=now - timedelta(days=9),
            closed_at=closed_at,
        )
        for closed_at in (None, now - timedelta(days=8))
    ]
    with db.transaction(SYSTEM) as session:
        assert city.jurisdiction_id is not None
        refused = incidents.import_cases(session, SYSTEM, jurisdiction_id=city.jurisdiction_id, cases=cases)
    assert refused == {}


def _corrected(story: Story) -> None:
    for name, change in (
        ("recategorised", {"category": "E0501", "note": "看错了"}),
        ("relocated", story.city.in_grid("g2") | {"note": "挪一下"}),
        ("linked", {"category": "0302", "note": "看错了"}),
        ("owned", {"owner_unit_id": str(story.city.units["roads"]), "note": "their wall"}),
    ):
        case = story.report(name)
        answer = story.supervisor.patch(f"/incidents/{case['id']}", change, case["version"])
        assert answer.status_code == 200, answer.json


def _signalled(story: Story) -> None:
    """Run detectors twice: the first run finds cases without a step, the second one ends some of the signals."""
    for days in (8, 9):
        with db.transaction(SYSTEM) as session:
            at = clock.now() + timedelta(days=days)
            signal_ids = signals.detect_signals(session, story.city.jurisdiction_id, "hourly", at)
            assert signal_ids
    sign = story.supervisor.get("/supervision/signals?kind=unanswered").json["items"][0]
    answer = story.supervisor.post(
        f"/supervision/signals/{sign['id']}/acknowledge", {"done": "reply", "words": "this week"}
    )
    assert answer.status_code == 200 and answer.json["replied"]["told"], answer.json


def _merged(story: Story) -> None:
    target, same, other = (story.report(name)["id"] for name in ("target", "same", "other"))
    for case, tail, fields in (
        (other, "merge", {"into_id": same}),
        (same, "merge", {"into_id": target}),
        (other, "unmerge", {}),
    ):
        answer = story.supervisor.post(f"/incidents/{case}/{tail}", {"reason": "the same heap"} | fields)
        assert answer.status_code == 200, answer.json
    for tail, fields in (("link", {}), ("unlink", {}), ("link", {})):
        answer = story.supervisor.post(
            f"/incidents/{target}/{tail}", {"to_id": other, "reason": "one drain"} | fields
        )
        assert answer.status_code == 200, answer.json
    place = story.city.in_grid("g1")
    answer = story.supervisor.post(f"/incidents/{target}/reports", {**place, "description": "still there"})
    assert answer.status_code == 200, answer.json
    answer = story.supervisor.post(
        f"/incidents/{target}/notes", {"words": "ask the neighbours", "audience": "desk"}
    )
    assert answer.status_code == 201, answer.json


def _in_stages(story: Story) -> None:
    """Leave a case in its second stage after a deadline warning, and a case whose check is due."""
    for name in ("in_stages", "stages_done"):
        story.taken(name, category=IN_STAGES)
        story.step(story.worker, name, "stage_done", stage="stop")
    story.step(story.worker, "stages_done", "feed_back", note="done")
    with db.transaction(SYSTEM) as session:
        soon = clock.now() + timedelta(hours=3)
        notices = incidents.send_due_notices(
            session, incident_id=UUID(story.cases["in_stages"]["id"]), now=soon
        )
        assert notices["warn"] == 2


def _by_time(story: Story) -> None:
    case = story.report("expired")
    jobs.run_case(UUID(case["id"]), clock.now() + timedelta(days=5))
    with db.transaction(SYSTEM) as session:
        later = clock.now() + timedelta(days=400)
        late = incidents.cases_with_due_notices(session, now=later, limit=3)
        assert (
            sum(incidents.send_due_notices(session, incident_id=i, now=later)["overdue"] > 0 for i in late)
            == 3
        )


def _absent(story: Story) -> None:
    city, ahead = story.city, (clock.now() + timedelta(hours=8)).isoformat()
    absent, other = city.worker("g3", name="戊", on_duty=False), city.worker("g4", name="己", on_duty=False)
    body = {"substitute_id": str(other.id), "until": ahead}
    answer = story.supervisor.post(f"/workers/{absent.id}/substitute", body)
    assert answer.status_code == 200, answer.json


def _at_home(story: Story) -> None:
    city, now = story.city, clock.now().isoformat()
    with db.transaction(SYSTEM) as session:
        home = {"id": uuid7(), "jurisdiction_id": city.jurisdiction_id, "address": "幸福路12号"}
        people = [{"name": "张三丰", "phone": "13812345678"}]
        row = home | city.in_grid("g1") | {"kind": "dwelling", "residents": people}
        (made,) = households.register_many(session, SYSTEM, rows=[row])
        thing = {"jurisdiction_id": city.jurisdiction_id, "code": "3301060101000001"}
        thing |= {"name": {"zh": "上水井盖", "en": "Water cover"}, **city.in_grid("g1")}
        assert components.register_many(session, SYSTEM, rows=[thing]).made == 1
    at_home = story.supervisor.get(f"/households/{made.household_id}").json
    resident, done = at_home["members"][0]["id"], {"id": str(uuid7()), "outcome": "done"}
    ends_on = str((clock.now() + timedelta(days=90)).date())
    tag = {"id": str(uuid7()), "kind": "mobility", "purpose": "下楼", "ends_on": ends_on, "cycle_days": 7}
    consent = {"id": str(uuid7()), "purpose": "电话问候", "given_by_way": "spoken"}
    for path, body in (
        (f"/residents/{resident}/care-tags", tag),
        (f"/households/{made.household_id}/consents", consent),
        (f"/households/{made.household_id}/visits", done | {"note": "都好", "care_done": [tag["id"]]}),
    ):
        answer = story.supervisor.post(path, body)
        assert answer.status_code == 201, answer.json
    # A complete photo of a case, a photo of a visit, and a half uploaded photo.
    sent(city, story.worker, incident=next(iter(story.cases.values()))["id"])
    sent(city, story.supervisor, visit=done["id"])
    half = uuid7()
    assert begin(story.worker, 20, id=half).status_code == 201
    assert patch(story.worker, half, 0, b"0123456789").status_code == 204
    fix = {"at": now, "accuracy_m": 5, **city.in_grid("g1")}
    taken = story.worker.post("/positions", {"sent_at": now, "positions": [fix]})
    assert taken.json["accepted"] == 1
