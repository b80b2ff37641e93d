"""A worker whose device holds a row of every entity, cases in many states among them."""

from typing import Any

from sqlalchemy import text

from app.core import clock, db
from app.core.actor import SYSTEM
from app.core.ids import uuid7
from app.notices import jobs
from tests.endpoints.components import new_component
from tests.factories import City, Person, in_days
from tests.notices.world import NoticeWorld
from tests.sync.push_client import PushClient
from tests.sync.scenes import settle, tag, visit

NOTE = {"note": "下雨"}


class RowScene:
    """One city with a worker of g1, another worker and a supervisor, in which everything has happened once."""

    def __init__(self, city: City) -> None:
        self.city, self.boss = city, city.supervisor()
        self.worker = city.worker("g1", capacity=100)
        self.other = city.worker("g2", capacity=100)
        self.fill_register()
        self.fill_own_records()
        self.fill_cases()
        self.fill_notices()

    def fill_register(self) -> None:
        worker = self.worker
        home = settle(self.city, self.city.in_grid("g1"))
        self.household_id = str(home.household_id)
        sql = "select cast(id as text) from resident where household_id = :id"
        (resident,) = read(sql, id=home.household_id)
        care = tag(worker, resident)
        visit(worker, home, note="一切正常", care_done=[care["id"]])
        visit(worker, home, outcome="nobody_home")
        for fields in ({}, {"resident_id": resident}):
            body = {"id": str(uuid7()), "purpose": "上门走访", "given_by_way": "spoken", **fields}
            sent(worker.post(f"/households/{home.household_id}/consents", body))
        self.component_id = new_component(self.city)
        shop = {"id": str(uuid7()), "kind": "shop", "name": "便民超市", "address": "幸福路3号"}
        sent(worker.post("/premises", shop | self.city.in_grid("g1")))

    def fill_own_records(self) -> None:
        worker, boss = self.worker, self.boss
        hours = {"since": in_days(1), "until": in_days(1.3)}
        sent(boss.post("/shifts", {"worker_id": str(worker.id), "note": "早班"} | hours))
        absence = {"substitute_id": str(worker.id), "until": in_days(1), "reason": "flu"}
        sent(boss.post(f"/workers/{self.other.id}/substitute", absence))
        sent(worker.post("/me/figures/load/contest", {"words": "不是我的"}))
        phone = PushClient(worker)
        phone.push(phone.op("household", "patch", uuid7(), patch={"label": "西间"}))
        (letter,) = phone.push(phone.op("household", "patch", self.household_id, patch={"planet": 1}))
        discard = {"action": "discard", "note": "误操作"}
        sent(worker.post(f"/sync/dead-letters/{letter['dead_letter']}/resolve", discard))
        for place in ({}, self.city.in_grid("g1") | {"accuracy_m": 9.5}):
            call = sent(worker.post("/sos", {"id": str(uuid7()), "note": "有人落水", **place}))
            sent(boss.post(f"/sos/{call['id']}/acknowledge"))
            sent(boss.post(f"/sos/{call['id']}/close", {"outcome": "helped", "note": "已脱险"}))

    def fill_cases(self) -> None:
        worker, boss = self.worker, self.boss
        self.case(worker)
        mine = self.taken(self.case(worker))
        self.step(worker, mine, "start")
        note = {"id": str(uuid7()), "words": "已到现场"}
        sent(worker.post(f"/incidents/{mine['id']}/notes", note))
        self.step(boss, mine, "supervise", level=2, until=in_days(2), **NOTE)
        self.step(worker, mine, "ask_extension", amount=0.5, **NOTE)
        target = self.case(self.other)
        for action, body in (("merge", {"into_id": target["id"]}), ("link", {"to_id": target["id"]})):
            path = f"/incidents/{self.case(worker)['id']}/{action}"
            sent(boss.post(path, body | {"reason": "同一处"}))
        self.step(boss, self.case(worker), "defer", until=in_days(9), **NOTE)
        roads = self.case(worker, category="0101", component_id=self.component_id)
        self.step(boss, roads, "add_unit", unit_id=str(self.city.units["cleaning"]), **NOTE)
        self.step(worker, self.taken(self.case(worker)), "feed_back", **NOTE)
        nowhere = {"id": str(uuid7()), "category": "E0102", **self.city.in_no_grid()}
        sent(worker.post("/incidents", nowhere))
        withdrawn = self.case(worker)
        sent(worker.post(f"/workers/{worker.id}/plan", {}))
        with db.transaction(SYSTEM) as session:
            sql = """update offer set state = 'withdrawn', because = 'shift_ended', answered_at = :now
                     where incident_id = :id and state = 'offered'"""
            session.execute(text(sql), {"now": clock.now(), "id": withdrawn["id"]})

    def fill_notices(self) -> None:
        NoticeWorld(self.city).published()
        jobs.put_all_tasks()

    def case(self, person: Person, **fields: Any) -> dict[str, Any]:
        body = {"id": str(uuid7()), "category": "E0102", "description": "垃圾堆积", **fields}
        case: dict[str, Any] = sent(person.post("/incidents", body | self.city.in_grid("g1")))
        return case

    def taken(self, case: dict[str, Any]) -> dict[str, Any]:
        taken: dict[str, Any] = sent(self.worker.post(f"/assignments/{case['assignment']['id']}/accept", {}))
        return taken

    def step(self, person: Person, case: dict[str, Any], action: str, **fields: Any) -> None:
        sent(person.post(f"/incidents/{case['id']}/transitions", {"action": action, **fields}))


def read(sql: str, **binds: Any) -> list[Any]:
    with db.read_session() as session:
        return list(session.scalars(text(sql), binds))


def sent(answer: Any) -> Any:
    assert answer.status_code < 300, answer.json
    return answer.json
