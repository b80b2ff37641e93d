"""List of workers for supervisors: load and age of the newest position, but no position."""

from app.core import clock
from tests.boards.test_board import figures_in, list_case_ids


def test_worker_load_links_to_its_cases(city, report, accept):
    worker = city.worker("g1", name="甲", capacity=4)
    idle = city.worker("g2", name="乙", on_duty=False)
    reporter = city.worker("g3", name="丙")
    taken, offered = report(reporter, city.in_grid("g1")), report(reporter, city.in_grid("g1"))
    accept(worker, taken)
    supervisor = city.supervisor()
    items = {item["id"]: item for item in supervisor.get("/supervision/workers").json["items"]}
    mine = items[str(worker.id)]
    assert (mine["open_work"], mine["capacity"]) == (2, 4)
    assert list_case_ids(supervisor, mine["accepted"]) == {taken["id"]}
    assert list_case_ids(supervisor, mine["offered"]) == {offered["id"]}
    assert mine["on_duty_since"]
    assert [grid["id"] for grid in mine["grids"]] == [str(city.areas["g1"])]
    assert items[str(idle.id)]["on_duty"] is False
    for _, figure in figures_in(list(items.values())):
        assert len(list_case_ids(supervisor, figure)) == figure["count"]


def test_worker_list_filters_by_area_and_duty(city):
    there, off = city.worker("g1"), city.worker("g2", on_duty=False)
    city.worker("g3")
    supervisor = city.supervisor()
    for query, expected in (
        (f"area_id={city.areas['c1']}", {there.id, off.id}),
        (f"area_id={city.areas['c1']}&on_duty=true", {there.id}),
        (f"area_id={city.areas['c1']}&on_duty=false", {off.id}),
    ):
        items = supervisor.get(f"/supervision/workers?{query}").json["items"]
        assert {item["id"] for item in items} == {str(id) for id in expected}


def test_worker_list_shows_position_age_without_place(city):
    worker, supervisor = city.worker("g1"), city.supervisor()
    now = clock.now().isoformat()
    place = city.in_grid("g1")
    sent = worker.post("/positions", {"sent_at": now, "positions": [{"at": now, **place, "accuracy_m": 5}]})
    assert sent.status_code == 202, sent.json
    assert sent.json["accepted"] == 1
    answer = supervisor.get("/supervision/workers")
    item = next(item for item in answer.json["items"] if item["id"] == str(worker.id))
    assert 0 <= item["position_age_s"] < 60
    assert str(place["lon"])[:7] not in answer.text
    assert "lat" not in {key for item in answer.json["items"] for key in item}
    reason = {"purpose": "dispatch", "explanation": "send help that is near"}
    located = supervisor.post(answer.json["locate"].removeprefix("/api/v1"), reason)
    assert located.status_code == 200, located.json
    worker.post(f"/workers/{worker.id}/duty", {"on_duty": False})
    item = next(i for i in supervisor.get("/supervision/workers").json["items"] if i["id"] == str(worker.id))
    assert item["position_age_s"] is None


def test_worker_list_pages_contain_each_worker_once(city):
    made = {str(city.worker("g1", name=f"员{n}").id) for n in range(5)}
    supervisor = city.supervisor()
    seen, cursor = [], ""
    while cursor is not None:
        page = supervisor.get(f"/supervision/workers?limit=2{cursor and '&cursor=' + cursor}").json
        seen += [item["id"] for item in page["items"]]
        cursor = page["next"]
    assert set(seen) == made
    assert len(seen) == len(made)
