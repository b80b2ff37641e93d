"""Notes beside a case, for the desk or for its handlers; reporters read none."""

from app.core.ids import uuid7


def words(person, case):
    answer = person.get(f"/incidents/{case['id']}/notes")
    assert answer.status_code == 200, answer.json
    return [item["words"] for item in answer.json["items"]]


def test_notes_are_shown_to_desk_and_handlers_by_audience(city, report, accept, boss):
    reporter, worker = city.worker("g3"), city.worker("g1")
    case = report(reporter, city.in_grid("g1"))
    for text, audience in (("he calls daily", "desk"), ("key at the gate", "handlers")):
        answer = boss.post(f"/incidents/{case['id']}/notes", {"words": text, "audience": audience})
        assert answer.status_code == 201, answer.json
        assert (answer.json["author"]["id"], answer.json["case_no"]) == (str(boss.id), case["case_no"])
    assert words(boss, case) == ["he calls daily", "key at the gate"]
    assert words(worker, case) == ["key at the gate"]  # the case is offered to the worker
    assert accept(worker, case).status_code == 200
    assert words(worker, case) == ["key at the gate"]
    # The reporter sees the case without notes. Events and detail have no notes either.
    assert words(reporter, case) == []
    for path in ("", "/events", "/notes"):
        assert "key at the gate" not in reporter.get(f"/incidents/{case['id']}{path}").text


def test_handler_writes_notes_for_handlers_only(city, report, boss):
    city.worker("g1")
    handler = city.handler("roads")
    case = report(boss, city.in_grid("g1"), category="0101")
    path = f"/incidents/{case['id']}/notes"
    assert handler.post(path, {"words": "pump is out"}).status_code == 201
    refused = handler.post(path, {"words": "pump is out", "audience": "desk"})
    assert (refused.status_code, refused.json["code"]) == (403, "permission_missing")
    onlooker = city.worker("g1")
    refused = onlooker.post(path, {"words": "I saw it"})
    assert (refused.status_code, refused.json["code"]) == (403, "note_not_open")
    assert city.worker("g3").get(path).status_code == 404


def test_note_refusal_names_reason_for_reporter_and_former_handler(city, report, accept, step):
    """The refusal does not name a missing permission."""
    reporter, worker = city.worker("g3"), city.worker("g1")
    case = report(reporter, city.in_grid("g1"))
    assert accept(worker, case).status_code == 200

    def refused(person):
        answer = person.post(f"/incidents/{case['id']}/notes", {"words": "the lid is loose"})
        assert (answer.status_code, answer.json.get("code")) == (403, "note_not_open"), answer.json
        assert "incident:direct" not in answer.json["detail"]

    refused(reporter)  # now, since the reporter may be asked to check it later
    assert step(worker, case, "feed_back", note="cleared").status_code == 200
    refused(worker)


def test_note_creation_is_idempotent_by_id(city, report, boss, rows):
    case = report(boss, city.in_grid("g1"), category="0101")
    path, body = f"/incidents/{case['id']}/notes", {"id": str(uuid7()), "words": "once"}
    first, again = boss.post(path, body), boss.post(path, body)
    assert first.json == again.json
    assert boss.post(path, body | {"words": "twice"}).json["code"] == "id_reused"
    assert words(boss, case) == ["once"]
    assert rows(
        "select count(*) from audit_event where action = 'incident.annotate' and entity_id = :id",
        id=case["id"],
    ) == [(1,)]


def test_note_raises_incident_version(city, report, boss):
    case = report(boss, city.in_grid("g1"), category="0101")
    boss.post(f"/incidents/{case['id']}/notes", {"words": "x"})
    assert boss.get(f"/incidents/{case['id']}").json["version"] > case["version"]
