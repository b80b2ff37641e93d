"""The audit trail: nobody changes it, and everybody sees only what is theirs to see."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.accounts import service
from app.accounts.schemas import AuditEventOut
from app.core import clock, db
from app.core.actor import SYSTEM, Actor, ActorKind, Role
from app.core.errors import Invalid
from app.core.ids import uuid7


def events(person, query=""):
    answer = person.get(f"/audit?limit=500{query}")
    assert answer.status_code == 200, answer.json
    return answer.json["items"]


def acted(person, action="test.act", entity="incident", entity_id=None, purpose=None):
    """Something that this person did."""
    entity_id = entity_id or uuid7()
    actor = Actor(id=person.id, kind=ActorKind.ACCOUNT)
    with db.transaction(actor) as session:
        service.record(session, actor, action=action, entity=entity, entity_id=entity_id, purpose=purpose)
    return str(entity_id)


def seen(person):
    return {e["entity_id"] for e in events(person)}


def test_an_event_says_who_what_when_and_why(admin, worker):
    at = clock.now().replace(microsecond=0) - timedelta(days=3)
    with clock.at(at):
        entity = acted(worker, purpose="because")
    [event] = events(admin, f"&entity_id={entity}")
    assert set(event) == set(AuditEventOut().fields)
    assert event["actor"] == {"kind": "account", "id": str(worker.id), "name": "张三"}
    assert (event["action"], event["entity"], event["purpose"]) == ("test.act", "incident", "because")
    assert event["occurred_at"] == at.isoformat()


def test_nobody_changes_or_removes_an_event(worker, app):
    acted(worker)
    for statement in (
        "update audit_event set action = 'nothing' where actor_id = :id",
        "delete from audit_event where actor_id = :id",
    ):
        with pytest.raises(DBAPIError), db.transaction(SYSTEM) as session:
            session.execute(text(statement), {"id": worker.id})


def test_an_event_goes_when_its_transaction_goes(worker, sql):
    actor = Actor(id=worker.id)
    with pytest.raises(RuntimeError), db.transaction(actor) as session:
        service.record(session, actor, action="test.undone", entity="incident")
        raise RuntimeError
    assert not sql("select 1 from audit_event where actor_id = :id and action = 'test.undone'", id=worker.id)


def test_reading_needs_the_permission(worker):
    answer = worker.get("/audit")
    assert (answer.status_code, answer.json["code"]) == (403, "permission_missing")


def test_a_supervisor_sees_acts_of_and_upon_the_accounts_of_their_areas(supervisor, admin, worker):
    mine = acted(supervisor)
    of_worker = acted(worker)
    acted(admin, action="test.upon", entity="account", entity_id=worker.id)
    assert {mine, of_worker, str(worker.id)} <= seen(supervisor)


def test_what_happens_elsewhere_is_hidden(supervisor, admin, someone, city):
    other = someone(Role.WORKER, city.elsewhere)
    hidden = {
        acted(other),
        acted(admin),
        acted(someone(Role.SUPERVISOR, city.district)),
        acted(someone()),
        acted(admin, entity="account", entity_id=other.id),
    }
    both = someone(Role.WORKER, city.grid)
    with db.transaction(SYSTEM) as session:
        service.add_grant(session, SYSTEM, account_id=both.id, role=Role.WORKER, area_id=city.elsewhere)
    hidden.add(acted(both))
    assert not hidden & seen(supervisor)
    assert hidden <= seen(admin)


def test_an_inquiry_is_not_for_its_subject(supervisor, admin):
    acted(admin, action="test.inquiry", entity="account", entity_id=supervisor.id, purpose="suspicion")
    assert "test.inquiry" not in {e["action"] for e in events(supervisor)}


def test_events_are_filtered(admin, worker):
    start = clock.now() - timedelta(days=30)
    with clock.at(start):
        early = acted(worker, action="test.early", entity="household")
    late = acted(worker, action="test.late")
    of = f"&actor={worker.id}"

    def found(query):
        return [e["entity_id"] for e in events(admin, of + query)]

    assert found("") == [late, early]
    assert found("&entity=household") == [early]
    assert found(f"&entity_id={late}") == [late]
    assert found("&action=test.late") == [late]
    middle = (start + timedelta(days=1)).isoformat().replace("+", "%2B")
    assert found(f"&since={middle}") == [late]
    assert found(f"&until={middle}") == [early]


def test_events_come_in_pages(admin, worker):
    expected = [acted(worker) for _ in range(5)][::-1]
    found, cursor = [], ""
    while True:
        page = admin.get(f"/audit?limit=2&actor={worker.id}{cursor}").json
        found += [e["entity_id"] for e in page["items"]]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert found == expected


@pytest.mark.parametrize(
    "query",
    ["cursor=WyJhIl0", "cursor=WyIxMTExMTExMTExMTExMTExMTExMTExIl0", "since=2026-01-01T00:00:00", "x=1"],
)
def test_a_wrong_query_is_not_valid(admin, query):
    answer = admin.get(f"/audit?{query}")
    assert (answer.status_code, answer.json["code"]) == (422, "validation_failed")


# Disclosure

ROW, OTHER = uuid7(), uuid7()
ROWS = {
    ROW: {"name": "张三丰", "phone": "13812345678"},
    OTHER: {"name": "李四", "phone": None},
}


def test_disclosure_gives_what_was_asked_for_and_records_all_but_the_values(supervisor, sql):
    actor = Actor(id=supervisor.id)
    with db.transaction(actor) as session:
        shown = service.disclose(
            session, actor, purpose="call back", fields=["phone"], entity="reporter", rows=ROWS
        )
    assert shown == {ROW: {"phone": "13812345678"}, OTHER: {"phone": None}}
    [event] = sql(
        "select purpose, entity, detail, audit_event::text as whole from audit_event"
        " where actor_id = :id and action = 'personal.disclose'",
        id=supervisor.id,
    )
    assert (event.purpose, event.entity) == ("call back", "reporter")
    assert event.detail == {"fields": ["phone"], "rows": sorted(map(str, (ROW, OTHER)))}
    assert "13812345678" not in event.whole and "张" not in event.whole


@pytest.mark.parametrize(
    ("purpose", "fields", "field"),
    [
        ("", ["phone"], "purpose"),
        ("  x  ", ["phone"], "purpose"),
        ("call back", [], "fields"),
        ("call back", ["height"], "fields"),
    ],
)
def test_disclosure_without_purpose_or_of_unknown_fields_is_refused(supervisor, sql, purpose, fields, field):
    actor = Actor(id=supervisor.id)
    with pytest.raises(Invalid) as caught, db.transaction(actor) as session:
        service.disclose(session, actor, purpose=purpose, fields=fields, entity="reporter", rows=ROWS)
    assert caught.value.extra["errors"][0]["field"] == field
    assert not sql("select 1 from audit_event where actor_id = :id and purpose is not null", id=supervisor.id)
