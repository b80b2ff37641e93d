"""Audit trail: immutable events, search limited by area, export, disclosure of personal data."""

import csv
import io
import re
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qsl

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.accounts import service
from app.accounts.rules import acts
from app.accounts.schemas.audit import AuditEventOut
from app.core import clock, db
from app.core.actor import SYSTEM, Actor, ActorKind, Role
from app.core.errors import Invalid
from app.core.ids import uuid7
from app.incidents.cases.rules import lifecycle

ROOT = Path(__file__).parents[2]


def search(person, query=""):
    filters = dict(parse_qsl(query))
    numbers = {"limit": int(filters["limit"])} if "limit" in filters else {}
    return person.post("/audit/search", filters | numbers)


def events(person, query=""):
    answer = search(person, f"limit=500{query}")
    assert answer.status_code == 200, answer.json
    return answer.json["items"]


EXPLANATION = "asked to be called back tonight"


def record_act(person, action="test.act", entity="incident", entity_id=None, purpose=None):
    """Store an act of this person."""
    entity_id = entity_id or uuid7()
    actor = Actor(id=person.id, kind=ActorKind.ACCOUNT)
    with db.transaction(actor) as session:
        service.record(session, actor, action=action, entity=entity, entity_id=entity_id, purpose=purpose)
    return str(entity_id)


def visible_ids(person):
    return {e["entity_id"] for e in events(person)}


def test_audit_event_has_actor_action_time_and_purpose(admin, worker):
    at = clock.now().replace(microsecond=0) - timedelta(days=3)
    with clock.at(at):
        entity = record_act(worker, purpose="because")
    [event] = events(admin, f"&entity_id={entity}")
    assert set(event) == set(AuditEventOut().fields)
    assert event["actor"] == {"kind": "account", "id": str(worker.id), "name": "张三"}
    assert (event["action"], event["entity"], event["purpose"]) == ("test.act", "incident", "because")
    assert event["occurred_at"] == at.isoformat()


def test_audit_event_update_and_delete_are_rejected(worker, app):
    record_act(worker)
    for statement in (
        "update audit_event set action = 'nothing' where actor_id = :id",
        "delete from audit_event where actor_id = :id",
    ):
        with pytest.raises(DBAPIError), db.transaction(SYSTEM) as session:
            session.execute(text(statement), {"id": worker.id})


def test_audit_event_is_rolled_back_with_its_transaction(worker, sql):
    actor = Actor(id=worker.id)
    with pytest.raises(RuntimeError), db.transaction(actor) as session:
        service.record(session, actor, action="test.undone", entity="incident")
        raise RuntimeError
    assert not sql("select 1 from audit_event where actor_id = :id and action = 'test.undone'", id=worker.id)


def test_audit_search_returns_403_without_permission(worker):
    answer = search(worker)
    assert (answer.status_code, answer.json["code"]) == (403, "permission_missing")


def test_audit_search_returns_acts_of_and_on_accounts_of_supervised_areas(supervisor, admin, worker):
    mine = record_act(supervisor)
    of_worker = record_act(worker)
    record_act(admin, action="test.upon", entity="account", entity_id=worker.id)
    assert {mine, of_worker, str(worker.id)} <= visible_ids(supervisor)


def test_audit_search_hides_events_outside_supervised_areas(supervisor, admin, someone, accounts_city):
    other = someone(Role.WORKER, accounts_city.elsewhere)
    hidden = {
        record_act(other),
        record_act(admin),
        record_act(someone(Role.SUPERVISOR, accounts_city.district)),
        record_act(someone()),
        record_act(admin, entity="account", entity_id=other.id),
    }
    both = someone(Role.WORKER, accounts_city.grid)
    with db.transaction(SYSTEM) as session:
        service.add_grant(
            session, SYSTEM, account_id=both.id, role=Role.WORKER, area_id=accounts_city.elsewhere
        )
    hidden.add(record_act(both))
    assert not hidden & visible_ids(supervisor)
    assert hidden <= visible_ids(admin)


def test_audit_search_hides_inquiry_from_its_subject(supervisor, admin):
    record_act(admin, action="test.inquiry", entity="account", entity_id=supervisor.id, purpose="suspicion")
    assert "test.inquiry" not in {e["action"] for e in events(supervisor)}


def test_audit_search_is_limited_to_area_of_auditor_and_recorded(someone, admin, worker, accounts_city):
    auditor, everywhere = someone(Role.AUDITOR, accounts_city.street), someone(Role.AUDITOR)
    mine, elsewhere = record_act(worker), record_act(someone(Role.WORKER, accounts_city.elsewhere))
    assert (mine in visible_ids(auditor), elsewhere in visible_ids(auditor)) == (True, False)
    assert {mine, elsewhere} <= {
        *visible_ids_by_actor(everywhere, worker),
        *visible_ids_of_entity(everywhere, elsewhere),
    }
    assert auditor.get("/accounts").status_code == auditor.get("/incidents").status_code == 403
    assert search(auditor, f"entity=incident&entity_id={mine}").status_code == 200
    read = events(admin, f"&actor_id={auditor.id}&action=audit.read")
    assert read[0]["detail"] == {"filters": {"entity": "incident", "entity_id": mine}}
    assert read[0]["sentence"]["zh"].endswith("查阅了审计记录。")
    # The text that was searched for is not stored: it may be a name.
    assert search(auditor, "purpose=李奶奶").status_code == 200
    assert "李奶奶" not in str(events(admin, f"&actor_id={auditor.id}"))


def visible_ids_by_actor(person, actor):
    return {e["entity_id"] for e in events(person, f"&actor_id={actor.id}")}


def visible_ids_of_entity(person, entity_id):
    return {e["entity_id"] for e in events(person, f"&entity_id={entity_id}")}


def test_audit_search_applies_filters(admin, worker):
    start = clock.now() - timedelta(days=30)
    with clock.at(start):
        early = record_act(worker, action="test.early", entity="household")
    late = record_act(worker, action="test.late")
    of = f"&actor_id={worker.id}"

    def matching_ids(query):
        return [e["entity_id"] for e in events(admin, of + query)]

    assert matching_ids("") == [late, early]
    assert matching_ids("&entity=household") == [early]
    assert matching_ids(f"&entity_id={late}") == [late]
    assert matching_ids("&action=test.late") == [late]
    middle = (start + timedelta(days=1)).isoformat().replace("+", "%2B")
    assert matching_ids(f"&since={middle}") == [late]
    assert matching_ids(f"&until={middle}") == [early]


def test_audit_search_pages_return_every_event_once(admin, worker):
    expected = [record_act(worker) for _ in range(5)][::-1]
    listed, cursor = [], ""
    while True:
        page = search(admin, f"limit=2&actor_id={worker.id}{cursor}").json
        listed += [e["entity_id"] for e in page["items"]]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert listed == expected


@pytest.mark.parametrize(
    "query",
    ["cursor=WyJhIl0", "cursor=WyIxMTExMTExMTExMTExMTExMTExMTExIl0", "since=2026-01-01T00:00:00", "x=1"],
)
def test_audit_search_returns_422_for_invalid_query(admin, query):
    answer = search(admin, query)
    assert (answer.status_code, answer.json["code"]) == (422, "validation_failed")


# Sentences


def test_audit_event_sentence_uses_current_names(admin, worker, someone, accounts_city):
    boss = someone(Role.SUPERVISOR, accounts_city.street)
    assert boss.patch(f"/accounts/{worker.id}", {"name": "王小明"}, "*").status_code == 200
    record_act(boss, action="account.disable", entity="account", entity_id=worker.id)
    assert admin.patch(f"/accounts/{boss.id}", {"name": "周主任"}, "*").status_code == 200
    event = events(admin, f"&actor_id={boss.id}&action=account.disable")[0]
    assert (event["actor"]["name"], event["label"]) == ("周主任", "王小明")
    assert event["sentence"] == {
        "en": "周主任 disabled the account of 王小明.",
        "zh": "周主任停用了王小明的账号。",
    }
    other = record_act(boss, action="test.{who}", entity="nothing")
    [event] = events(admin, f"&entity_id={other}")
    assert event["sentence"]["en"] == "周主任: test.{who} …"


def test_audit_sentences_exist_in_both_languages_for_every_action():
    """The actions are those of all packages and all transitions of a case."""
    actions = {f"incident.{move.action}" for move in lifecycle.TRANSITIONS if move.action != "check"}
    for path in (ROOT / "app").rglob("*.py"):
        for call in re.findall(r"(?:action=|_(?:record|note)\(session, actor, )(.+)", path.read_text()):
            actions |= set(re.findall(r'"([a-z_]+\.[a-z_]+)"', call))
    assert len(actions) > 60
    assert sorted(actions - acts.ACTS.keys()) == []
    for action, (english, chinese) in acts.ACTS.items():
        # Sentences of acts without a known account have no actor.
        is_of_nobody = action.endswith(".unknown")
        assert english.isascii()
        assert is_of_nobody or all(
            "{who}" in sentence or "{what}" in sentence for sentence in (english, chinese)
        )
        assert ("{what}" in english) == ("{what}" in chinese)


def test_audit_search_returns_worker_and_shift_events_of_supervised_areas(
    supervisor, admin, worker, accounts_city, someone
):
    away = someone(Role.WORKER, accounts_city.elsewhere)
    upon = record_act(admin, action="worker.change", entity="worker", entity_id=worker.id)
    hidden = record_act(admin, action="worker.change", entity="worker", entity_id=away.id)
    for person in (worker, away):
        with db.transaction(SYSTEM) as session:
            actor = Actor(id=admin.id)
            detail = {"worker_id": person.id}
            service.record(
                session, actor, action="shift.plan", entity="shift", entity_id=person.id, detail=detail
            )
    visible_events = events(supervisor)
    changed = {e["entity_id"] for e in visible_events if e["action"] == "worker.change"}
    assert upon in changed and hidden not in changed
    assert [e["entity_id"] for e in visible_events if e["action"] == "shift.plan"] == [str(worker.id)]


def test_audit_search_matches_words_in_purpose(admin, worker):
    entity = record_act(worker, purpose="A complaint, 100% sure_ly")
    record_act(worker, purpose="something else")
    for words in ("COMPLAINT", "100%25", "sure_"):
        matches = events(admin, f"&actor_id={worker.id}&purpose={words}")
        assert [e["entity_id"] for e in matches] == [entity], words
    assert events(admin, f"&actor_id={worker.id}&purpose=100_") == []


def export(person, **body):
    return person.post("/audit/export", {"reason": "yearly audit", **body})


def test_audit_export_escapes_formulas_and_is_recorded(admin, supervisor, worker):
    entity = record_act(worker, purpose='=cmd|"x"')
    answer = export(admin, actor_id=str(worker.id))
    assert answer.content_type == "text/csv; charset=utf-8"
    exported = [
        row
        for row in csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig")))
        if row["entity_id"] == entity
    ]
    assert [(row["actor_name"], row["purpose"]) for row in exported] == [("张三", '\'=cmd|"x"')]
    [event] = events(admin, f"&actor_id={admin.id}&action=audit.export")
    assert (event["purpose"], event["detail"]["filters"]) == ("yearly audit", ["actor_id"])
    assert entity in export(supervisor, actor_id=str(worker.id)).text
    assert str(admin.id) not in export(supervisor, actor_id=str(admin.id)).text
    assert admin.post("/audit/export", {}).status_code == 422


def test_audit_export_is_refused_and_not_recorded_when_too_long(admin, worker, monkeypatch):
    monkeypatch.setattr("app.accounts.service.audit.EXPORT_MAX", 2)
    for _ in range(3):
        record_act(worker, action="test.many")
    assert export(admin, actor_id=str(worker.id), action="test.many").json["code"] == "sheet_too_long"
    assert events(admin, f"&actor_id={admin.id}&action=audit.export") == []


def test_me_audit_returns_lookups_of_own_data_with_purpose(admin, supervisor, worker, someone, accounts_city):
    other = someone(Role.WORKER, accounts_city.grid)
    actor = Actor(id=supervisor.id)
    with db.transaction(actor) as session:
        for action, entity_id, detail in (
            ("worker.locate", None, {"worker_ids": [worker.id, other.id]}),
            ("worker.track", worker.id, {}),
            ("worker.locate", None, {"worker_ids": [other.id]}),
        ):
            service.record(
                session,
                actor,
                action=action,
                entity="worker",
                entity_id=entity_id,
                purpose="a fire",
                detail=detail,
            )
        service.disclose(
            session,
            actor,
            purpose="call_back",
            explanation=EXPLANATION,
            fields=["phone"],
            entity="account",
            rows={worker.id: {"phone": "1"}},
        )
        service.record(session, actor, action="worker.change", entity="worker", entity_id=worker.id)
    with db.transaction(SYSTEM) as session:
        service.record(
            session, Actor(id=worker.id), action="worker.track", entity="worker", entity_id=worker.id
        )
    mine = worker.get("/me/audit").json["items"]
    assert [e["action"] for e in mine] == ["personal.disclose", "worker.track", "worker.locate"]
    assert {e["actor"]["id"] for e in mine} == {str(supervisor.id)}
    assert [e["purpose"] for e in mine] == [EXPLANATION, "a fire", "a fire"]
    assert mine[1]["sentence"]["zh"] == "张三查看了张三的轨迹。"
    assert str(other.id) not in worker.get("/me/audit").text
    assert len(other.get("/me/audit").json["items"]) == 2
    assert admin.get("/me/audit").json["items"] == []
    page = worker.get("/me/audit?limit=2").json
    rest = worker.get(f"/me/audit?limit=2&cursor={page['next']}").json
    assert page["items"] + rest["items"] == mine and rest["next"] is None


# Disclosure

ROW, OTHER = uuid7(), uuid7()
ROWS = {
    ROW: {"name": "张三丰", "phone": "13812345678"},
    OTHER: {"name": "李四", "phone": None},
}


def test_disclosure_returns_requested_fields_and_records_no_values(supervisor, sql):
    actor = Actor(id=supervisor.id)
    with db.transaction(actor) as session:
        shown = service.disclose(
            session,
            actor,
            purpose="call_back",
            explanation=EXPLANATION,
            fields=["phone"],
            entity="reporter",
            rows=ROWS,
        )
    assert shown == {ROW: {"phone": "13812345678"}, OTHER: {"phone": None}}
    [event] = sql(
        "select purpose, entity, detail, audit_event::text as whole from audit_event"
        " where actor_id = :id and action = 'personal.disclose'",
        id=supervisor.id,
    )
    assert (event.purpose, event.entity) == (EXPLANATION, "reporter")
    assert event.detail == {
        "purpose": "call_back",
        "fields": ["phone"],
        "rows": sorted(map(str, (ROW, OTHER))),
    }
    assert "13812345678" not in event.whole and "张" not in event.whole


@pytest.mark.parametrize(
    ("purpose", "words", "fields", "field"),
    [
        ("", EXPLANATION, ["phone"], "purpose"),
        ("call back", EXPLANATION, ["phone"], "purpose"),
        ("call_back", " x ", ["phone"], "explanation"),
        ("call_back", EXPLANATION, [], "fields"),
        ("call_back", EXPLANATION, ["height"], "fields"),
    ],
)
def test_disclosure_is_refused_without_reason_or_with_unknown_fields(
    supervisor, sql, purpose, words, fields, field
):
    actor = Actor(id=supervisor.id)
    with pytest.raises(Invalid) as caught, db.transaction(actor) as session:
        service.disclose(
            session, actor, purpose=purpose, explanation=words, fields=fields, entity="reporter", rows=ROWS
        )
    assert caught.value.extra["errors"][0]["field"] == field
    assert not sql("select 1 from audit_event where actor_id = :id and purpose is not null", id=supervisor.id)
