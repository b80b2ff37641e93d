"""Supervision queue: waiting cases with their reason, longest wait first."""

from datetime import timedelta

from app.boards.rules.sentences import WAITING_SENTENCES
from app.core import clock
from tests.factories import in_days


def test_queue_lists_longest_waiting_first_with_bilingual_reason(city, report, accept, step):
    worker = city.worker("g1")
    reporter = city.worker("g3", on_duty=False)
    supervisor = city.supervisor()
    start = clock.now()
    with clock.at(start):
        nowhere = report(reporter, city.in_no_grid())
    with clock.at(start + timedelta(seconds=1)):
        conduct = report(
            reporter, city.in_grid("g1"), category="E0690", about={"kind": "worker", "id": str(worker.id)}
        )
    with clock.at(start + timedelta(seconds=2)):
        unchecked = report(reporter, city.in_grid("g1"))
        accept(worker, unchecked)
        fed_back = step(worker, unchecked, "feed_back", note="done").json
        assert fed_back["waiting"]["reason"] == "no_checker"
    with clock.at(start + timedelta(seconds=3)):
        returned = report(reporter, city.in_grid("g1"))
        accept(worker, returned)
        step(worker, returned, "return", note="not ours")
        offered = report(reporter, city.in_grid("g1"))

    items = supervisor.get("/supervision/queue").json["items"]

    assert [(item["incident"]["id"], item["reason"]) for item in items] == [
        (nowhere["id"], "no_grid"),
        (conduct["id"], "conduct"),
        (unchecked["id"], "no_checker"),
        (returned["id"], "returned"),
    ]
    assert offered["assignment"]
    for item in items:
        assert item["sentence"] == WAITING_SENTENCES[item["reason"]]
        assert item["act"] == f"/api/v1/incidents/{item['incident']['id']}/transitions"
    acted = supervisor.post(items[0]["act"].removeprefix("/api/v1"), {"action": "urge", "note": "look here"})
    assert acted.status_code == 200


def test_queue_pages_contain_each_case_once(city, report):
    reporter, supervisor = city.worker("g3", on_duty=False), city.supervisor()
    start, made = clock.now(), []
    for second in (0, 1, 1, 1, 2):  # in the same instant the id decides
        with clock.at(start + timedelta(seconds=second)):
            made.append(report(reporter, city.in_no_grid())["id"])
    seen, cursor = [], ""
    while cursor is not None:
        page = supervisor.get(f"/supervision/queue?limit=2{cursor and '&cursor=' + cursor}").json
        seen += [item["incident"]["id"] for item in page["items"]]
        cursor = page["next"]
    assert seen == [made[0], *sorted(made[1:4]), made[4]]


def test_queue_filters_by_reason_and_area(city, report):
    reporter, supervisor = city.worker("g3", on_duty=False), city.supervisor()
    nowhere = report(reporter, city.in_no_grid())["id"]
    nobody = report(reporter, city.in_grid("g1"))
    assert nobody["waiting"]["reason"] == "nobody_on_duty"
    for query, expected in (
        ("", {nowhere, nobody["id"]}),
        ("reason=no_grid", {nowhere}),
        (f"area_id={city.areas['c1']}", {nobody["id"]}),
        (f"area_id={city.areas['c2']}&reason=nobody_on_duty", set()),
    ):
        items = supervisor.get(f"/supervision/queue?{query}").json["items"]
        assert {item["incident"]["id"] for item in items} == expected, query
    unknown = supervisor.get("/supervision/queue?reason=laziness")
    assert (unknown.status_code, unknown.json["errors"][0]["field"]) == (422, "reason")


def test_deferred_case_is_not_dispatched_before_it_is_resumed(city, report, step):
    """Stop the job that places waiting cases, which would dispatch the case while the clock of the test is stopped."""
    from uuid import UUID

    from app.incidents import jobs

    first = city.worker("g1")
    case = report(city.worker("g3", on_duty=False), city.in_grid("g1"))
    first.post(f"/assignments/{case['assignment']['id']}/decline", {"reason": "in a cellar"})
    supervisor = city.supervisor()
    assert step(supervisor, case, "defer", until=in_days(9), note="next week").json["waiting"] is None
    city.worker("g2")
    jobs.run_case(UUID(case["id"]), clock.now() + timedelta(minutes=2))
    assert supervisor.get(f"/incidents/{case['id']}").json["status"] == "deferred"
    resumed = step(supervisor, case, "resume").json
    assert (resumed["status"], resumed["assignment"]["state"]) == ("dispatched", "offered")


def test_deferred_case_cannot_be_accepted_from_unit_queue(city, report, accept, step):
    handler, supervisor = city.handler("roads"), city.supervisor()
    case = report(city.worker("g3"), city.in_grid("g1"), category="0101")
    assert step(supervisor, case, "defer", until=in_days(9), note="frost").status_code == 200
    early = accept(handler, case)
    assert (early.status_code, early.json["code"]) == (409, "transition_illegal")
    assert step(supervisor, case, "resume").json["status"] == "dispatched"
    assert accept(handler, case).json["status"] == "accepted"
