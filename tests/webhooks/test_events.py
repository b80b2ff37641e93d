"""GET /incidents/events: the events that webhooks send, by a cursor that skips no transaction."""

import threading

import orjson
import pytest
from sqlalchemy import text

from app.accounts import service as accounts
from app.core import clock, db
from app.core.actor import SYSTEM, Role
from app.core.changes import rotate_epoch
from app.core.paging import encode_cursor
from app.webhooks.queries.log import Filters
from app.webhooks.rules.cursors import parse_cursor
from app.webhooks.service import log as service
from tests.statements import recorded_with_binds
from tests.waits import eventually


def read(person, after: str | None, **query: object):
    parts = "&".join(f"{k}={v}" for k, v in {"after": after, **query}.items() if v is not None)
    answer = person.get(f"/incidents/events?{parts}")
    assert answer.status_code == 200, answer.json
    return answer.json


def read_all(person, after: str, limit: int = 100) -> tuple[list[dict], str]:
    """Return all events after a cursor, page by page, and the last cursor."""
    items: list[dict] = []
    while True:
        page = read(person, after, limit=limit)
        items += page["items"]
        after = page["next"]
        if not page["has_more"]:
            return items, after


def test_events_have_the_ids_that_webhooks_have(city, report, subscribed, send_due, receiver, step):
    admin, supervisor = city.person(Role.ADMIN, area="s"), city.supervisor()
    webhook = subscribed(admin)
    case = report(supervisor, city.in_grid("g1"))
    step(supervisor, case, "force_close", note="done by others")
    send_due()
    items, _ = read_all(admin, webhook["cursor"])
    assert [i["id"] for i in items] == [m.id for m in receiver.messages]
    assert [i["type"] for i in items] == receiver.types and items[-1]["type"] == "case.force_closed"
    for item, message in zip(items, receiver.messages, strict=True):
        assert item == message.content | {"id": item["id"]}


@pytest.mark.parametrize("limit", [1, 2, 500])
def test_pages_of_any_size_return_each_event_once_in_order(city, report, limit, rows):
    admin, supervisor = city.person(Role.ADMIN, area="s"), city.supervisor()
    start = read(admin, None)
    assert (start["items"], start["has_more"]) == ([], False)
    cases = [report(supervisor, city.in_grid("g1"))["id"] for _ in range(3)]
    items, after = read_all(admin, start["next"], limit)
    seqs = rows("select incident_id::text case_id, action from incident_event where incident_id = any(cast(:ids as uuid[])) "
                "order by seq", ids=cases)  # fmt: skip
    assert [(i["data"]["case"]["id"], i["data"]["action"]) for i in items] == [tuple(r) for r in seqs]
    assert len({i["id"] for i in items}) == len(items)
    assert read_all(admin, after)[0] == []


def test_event_of_a_transaction_that_commits_late_is_not_skipped(app, city, report):
    """A later event is read while an earlier one, with a lower number, is not committed yet."""
    admin, supervisor = city.person(Role.ADMIN, area="s"), city.supervisor()
    late = report(supervisor, city.in_grid("g1"))
    after = read_all(admin, read(admin, None)["next"])[1]
    inserted, release = threading.Event(), threading.Event()

    def write_slowly() -> None:
        with db.transaction(SYSTEM) as session:
            note(session, late["id"])
            inserted.set()
            release.wait(20)

    writer = threading.Thread(target=write_slowly)
    writer.start()
    assert inserted.wait(20)
    try:
        quick = report(supervisor, city.in_grid("g2"))
        first, after = read_all(admin, after)
        assert {i["data"]["case"]["id"] for i in first} == {quick["id"]}
    finally:
        release.set()
        writer.join()
    second, after = read_all(admin, after)
    assert [(i["type"], i["data"]["case"]["id"]) for i in second] == [("case.noted", late["id"])]
    assert read_all(admin, after)[0] == []


def note(session, case_id: str) -> None:
    """Add an event to a case as the life cycle does: the case is locked and changed, too."""
    session.execute(
        text("update incident set updated_at = clock_timestamp() where id = cast(:id as uuid)"),
        {"id": case_id},
    )
    session.execute(
        text("""insert into incident_event (incident_id, action, from_status, to_status, actor_kind, actor_id, occurred_at)
                select id, 'note', status, status, 'system', '00000000-0000-0000-0000-000000000000', clock_timestamp()
                from incident where id = cast(:id as uuid)"""),
        {"id": case_id},
    )  # fmt: skip


def test_reader_gets_only_cases_of_the_own_scope(city, report):
    worker, supervisor = city.worker("g1", on_duty=False), city.supervisor()
    admin = city.person(Role.ADMIN, area="s")
    after = read(admin, None)["next"]
    seen, hidden = report(supervisor, city.in_grid("g1")), report(supervisor, city.in_grid("g2"))
    cases = {i["data"]["case"]["id"] for i in read_all(worker, after)[0]}
    assert seen["id"] in cases and hidden["id"] not in cases
    assert {i["data"]["case"]["id"] for i in read_all(admin, after)[0]} == {seen["id"], hidden["id"]}
    names = orjson.dumps(read_all(worker, after)[0]).decode()
    assert "周主任" not in names


def test_oldest_begins_with_all_events_that_are_kept(city, report):
    admin = city.person(Role.ADMIN, area="s")
    case = report(city.supervisor(), city.in_grid("g1"))
    items, _ = read_all(admin, "oldest", 500)
    assert items[0]["type"] == "case.reported" and items[0]["data"]["case"]["id"] == case["id"]


@pytest.mark.parametrize(
    "cursor",
    [
        "x", "!!", "W10", encode_cursor(["a"]), encode_cursor(["00000000", "", "1:2"]),
        encode_cursor(["00000000", "", "2:1:"]), encode_cursor(["00000000", "", "1:5:9"]),
        encode_cursor(["00000000", "", "1:5:3,3"]), encode_cursor(["00000000", "", "0:5:"]),
        encode_cursor(["00000000", "", "1:5:", "1:6:", "5", "4"]),
        encode_cursor(["00000000", "", "1:5:", "1:6:", "x", "4"]),
        encode_cursor(["00000000", "", "1:5:", "1:6:", "4", str(2**63)]),
        encode_cursor(["00000000", "' or true", "1:5:"]),
    ],
)  # fmt: skip
def test_cursor_that_no_server_made_is_422(city, cursor):
    answer = city.person(Role.ADMIN, area="s").get(f"/incidents/events?after={cursor}")
    assert (answer.status_code, answer.json["errors"][0]["field"]) == (422, "after")


def test_cursor_of_another_epoch_or_future_or_too_old_is_410(app, city, report):
    admin = city.person(Role.ADMIN, area="s")
    report(city.supervisor(), city.in_grid("g1"))
    after = read(admin, None)["next"]
    cursor = parse_cursor(after)
    ahead = encode_cursor([cursor.epoch, cursor.life, "900000000:900000000:"])
    with db.transaction(SYSTEM) as session:
        session.execute(text("update sync_epoch set pruned_below = '1000000000'"))
    try:
        old = admin.get(f"/incidents/events?after={after}")
    finally:
        with db.transaction(SYSTEM) as session:
            session.execute(text("update sync_epoch set pruned_below = '0'"))
    with db.transaction(SYSTEM) as session:
        rotate_epoch(session)
    for answer, reason in ((old, "too_old"), (admin.get(f"/incidents/events?after={after}"), "epoch"),
                           (admin.get(f"/incidents/events?after={ahead}"), "epoch")):  # fmt: skip
        assert (answer.status_code, answer.json["code"]) == (410, "event_cursor_expired")
        assert answer.json["reason"] == reason


def test_long_list_of_running_transactions_stays_a_short_cursor(app, city, report, settings):
    """With many transactions under way the cursor goes back to the oldest: events come twice, none is missed."""
    admin, supervisor = city.person(Role.ADMIN, area="s"), city.supervisor()
    report(supervisor, city.in_grid("g1"))
    after = read(admin, None)["next"]
    assert len(after) < 200
    assert eventually(lambda: read(admin, after)["next"], seconds=5)


def test_end_of_a_page_by_page_window_has_more_when_events_came_meanwhile(city, report, rows):
    admin, supervisor = city.person(Role.ADMIN, area="s"), city.supervisor()
    start = read(admin, None)["next"]
    report(supervisor, city.in_grid("g1"))
    page = read(admin, start, limit=1)
    assert page["has_more"]  # the window began here
    late = report(supervisor, city.in_grid("g1"))["id"]
    items, _ = read_all(admin, page["next"], 500)
    assert late in {item["data"]["case"]["id"] for item in items}


def test_page_of_a_long_window_looks_at_no_more_events_than_it_has(city, report):
    admin, supervisor = city.person(Role.ADMIN, area="s"), city.supervisor()
    start = parse_cursor(read(admin, None)["next"])
    case = report(supervisor, city.in_grid("g1"))["id"]
    add_notes(case, 5_000)
    with db.transaction(SYSTEM) as session:
        session.execute(text("analyze incident_event"))
        reader = accounts.actor_of(session, admin.id)
        options = {"filters": Filters(), "limit": 50, "now": clock.now(), "most_scanned": 400}
        with recorded_with_binds("with found as") as statements:
            assert len(service.read_page(session, reader, start, **options).events) == 50
        ((statement, binds),) = statements
        plan = (
            session.connection()
            .exec_driver_sql(f"explain (analyze, format json) {statement}", binds)
            .scalar()
        )
    scanned = sum(
        node["Actual Rows"]
        for node in nodes(orjson.loads(plan)[0]["Plan"])
        if node.get("Relation Name") == "incident_event"
    )
    assert 50 <= scanned < 200


def add_notes(case: str, number: int) -> None:
    sql = """
      insert into incident_event (incident_id, action, from_status, to_status, actor_kind, actor_id, occurred_at)
      select i.id, 'note', i.status, i.status, 'system', '00000000-0000-0000-0000-000000000000', clock_timestamp()
      from generate_series(1, :number), incident i where i.id = cast(:case as uuid)
    """
    with db.transaction(SYSTEM) as session:
        session.execute(text(sql), {"case": case, "number": number})
        session.execute(
            text("update incident set updated_at = clock_timestamp() where id = cast(:case as uuid)"),
            {"case": case},
        )


def nodes(plan: dict) -> list[dict]:
    return [plan, *(node for part in plan.get("Plans", ()) for node in nodes(part))]
