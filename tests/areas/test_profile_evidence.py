"""From information to rules: what a version of a profile cites, who sees it, and the figure before and after."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text

from app.core import clock, db
from app.core.actor import SYSTEM, Role
from app.profiles import service as profiles
from app.public import service as public
from tests.factories import make_city
from tests.nonempty import nonempty
from tests.public.conftest import DOOR, file_report

END = {"action": "force_close", "note": "cannot be solved", "reason": "unsolvable"}
SUMMARY = {"zh": "垃圾清运时限缩短", "en": "Rubbish is cleared sooner"}


@pytest.fixture
def city(app, settings):
    return make_city(app, settings, profile=DOOR)


def publish(city, **later):
    """Publish the profile again as version 2, and return its path."""
    with db.transaction(SYSTEM) as session:
        body, _ = profiles.profile_document(session, SYSTEM, code=city.code)
        data = profiles.profile_data(session, SYSTEM, code=city.code, number=1)
        assert body
        at = clock.now() + timedelta(**later) if later else None
        _, number = profiles.publish_profile(session, SYSTEM, code=city.code, data=data, in_force_from=at)
    return f"/jurisdictions/{city.code}/profile/versions/{number}"


def publish_before(city, days):
    """Insert version 2 of the profile as if it had come into force days ago, and return its path."""
    with db.transaction(SYSTEM) as session:
        session.execute(
            text("""insert into profile_version (id, jurisdiction_id, number, data, in_force_from)
                    select gen_random_uuid(), jurisdiction_id, 2, data, :at from profile_version
                    where jurisdiction_id = :id and number = 1"""),
            {"at": clock.now() - timedelta(days=days), "id": city.jurisdiction_id},
        )
    return f"/jurisdictions/{city.code}/profile/versions/2"


def administrator(city):
    return city.person(Role.ADMIN)


def ended_case(city, solved=None, score=None, *, days_ago=0, grid="g1", **fields):
    receipt = file_report(city, grid, words=f"垃圾 {uuid4()}", **fields)
    answer = city.supervisor().post(f"/incidents/{receipt.case.id}/transitions", END)
    assert answer.status_code == 200, answer.json
    if solved:
        with db.transaction(SYSTEM) as session:
            door = public.open_city(session, city.code)
            public.rate(session, door, receipt.secret, solved=solved, score=score)
    with db.transaction(SYSTEM) as session:
        session.execute(
            text("update incident set reported_at = :at where id = :id"),
            {"at": clock.now() - timedelta(days=days_ago), "id": receipt.case.id},
        )
    return receipt


def rating_of(city, receipt):
    (rating,) = city.supervisor().get(f"/incidents/{receipt.case.id}/ratings").json["items"]
    return rating


def item(kind, id, note=""):
    return {"kind": kind, "id": str(id), "note": note}


def state(person, path, items, **statement):
    answer = person.call("PUT", f"{path}/evidence", {"items": items, **statement})
    assert answer.status_code == 200, answer.json
    return answer.json


def test_version_shows_cited_case_and_rating_with_notes(city):
    path, admin = publish(city), administrator(city)
    receipt = ended_case(city, "no", 2)
    rating = rating_of(city, receipt)
    assert (rating["solved"], rating["score"]) == ("no", 2)
    stated = state(
        admin,
        path,
        [item("rating", rating["id"], "still there"), item("case", receipt.case.id, "slow")],
        measure="solution_rate",
        category="E0102",
        summary=SUMMARY,
    )
    assert admin.get(f"{path}/evidence").json == stated
    assert [(each["kind"], each["note"]) for each in stated["items"]] == [
        ("rating", "still there"),
        ("case", "slow"),
    ]
    assert (stated["items"][0]["solved"], stated["items"][0]["score"]) == ("no", 2)
    assert {each["case_no"] for each in stated["items"]} == {
        admin.get(f"/incidents/{receipt.case.id}").json["case_no"]
    }
    assert (stated["measure"], stated["category"], stated["publish_summary"]) == (
        *("solution_rate", "E0102"),
        False,
    )
    left = state(admin, path, [])
    assert (left["items"], left["summary"], left["measure"]) == ([], None, None)


def test_version_without_statement_has_no_evidence(city):
    shown = city.supervisor().get(f"/jurisdictions/{city.code}/profile/versions/1/evidence").json
    assert (shown["items"], shown["hidden"], shown["stated_at"]) == ([], 0, None)


def test_evidence_that_does_not_exist_or_is_listed_twice_is_refused(city):
    path, admin = publish(city), administrator(city)
    receipt = ended_case(city)
    case = item("case", receipt.case.id)
    # The reporter has not rated, so there is no rating.
    wrong = [case, case, item("case", uuid4()), item("rating", receipt.case.id), item("signal", uuid4())]
    answer = admin.call("PUT", f"{path}/evidence", {"items": wrong})
    assert answer.status_code == 422
    assert {(fault["field"], fault["code"]) for fault in answer.json["errors"]} == {
        ("items.1.id", "repeated"),
        *((f"items.{place}.id", "reference_unknown") for place in (2, 3, 4)),
    }
    assert admin.get(f"{path}/evidence").json["items"] == []


def test_case_of_another_city_cannot_be_cited(city, app, settings):
    other = make_city(app, settings, profile=DOOR)
    foreign = file_report(other)
    answer = administrator(city).call(
        "PUT", f"{publish(city)}/evidence", {"items": [item("case", foreign.case.id)]}
    )
    assert answer.json["errors"][0]["code"] == "reference_unknown"


def test_more_than_fifty_items_and_telephone_numbers_are_refused(city):
    path, admin = publish(city), administrator(city)
    answer = admin.call("PUT", f"{path}/evidence", {"items": [item("case", uuid4()) for _ in range(51)]})
    assert answer.status_code == 422
    case = file_report(city).case.id
    answer = admin.call("PUT", f"{path}/evidence", {"items": [item("case", case, "电话13800001111")]})
    assert answer.json["errors"][0]["code"] == "holds_phone"
    answer = admin.call(
        "PUT", f"{path}/evidence", {"items": [], "summary": SUMMARY | {"en": "call 13800001111"}}
    )
    assert answer.json["errors"][0]["field"] == "summary.en"


def test_reader_who_does_not_see_a_case_sees_only_that_there_is_one(city):
    path, admin = publish(city), administrator(city)
    near, far = file_report(city, "g1"), file_report(city, "g3", words="路灯不亮")
    state(admin, path, [item("case", near.case.id, "here"), item("case", far.case.id, "there")])
    shown = city.supervisor("c1").get(f"{path}/evidence").json
    assert [each["note"] for each in shown["items"]] == ["here"]
    assert shown["hidden"] == 1
    assert str(far.case.id) not in str(shown)


@pytest.mark.parametrize("scope", ["d", "c1"])
def test_only_the_author_or_an_administrator_states_evidence(city, scope):
    path = publish(city)
    other = city.supervisor(scope)
    answer = other.call("PUT", f"{path}/evidence", {"items": []})
    assert (answer.status_code, answer.json["code"]) == (403, "permission_missing")
    assert not other.get(f"{path}/evidence").json["can_state"]


def test_supervisor_who_added_a_category_states_its_evidence(city):
    author = city.supervisor("d")
    profile = author.get(f"/jurisdictions/{city.code}/profile").json
    categories = profile["data"]["taxonomy"]["categories"]
    (like,) = (each for each in categories if each["code"] == "E0102")
    categories.append(like | {"code": "E0199", "name": {"zh": "单车", "en": "Bicycles"}})
    answer = author.post(f"/jurisdictions/{city.code}/profile", profile)
    assert answer.status_code == 201, answer.json
    path = f"/jurisdictions/{city.code}/profile/versions/{answer.json['number']}"
    case = file_report(city)
    assert state(author, path, [item("case", case.case.id, "no category")])["can_state"]


def test_statement_is_in_the_audit_trail(city):
    path, admin = publish(city), administrator(city)
    state(admin, path, [item("case", file_report(city).case.id)])
    with db.read_session() as session:
        detail = session.scalar(
            text(
                "select detail from audit_event where action = 'profile.state_evidence' order by occurred_at desc limit 1"
            )
        )
    assert (detail["number"], detail["evidence"]) == (2, 1)


def test_case_lists_rule_changes_that_cite_it_or_its_rating(city):
    path, admin = publish(city), administrator(city)
    receipt, other = ended_case(city, "no"), file_report(city, words="路灯不亮")
    rating = rating_of(city, receipt)
    state(admin, path, [item("case", receipt.case.id, "slow"), item("rating", rating["id"], "unsolved")])
    listed = city.supervisor().get(f"/incidents/{receipt.case.id}/rule-changes").json["items"]
    assert {(each["kind"], each["note"], each["number"]) for each in listed} == {
        ("case", "slow", 2),
        ("rating", "unsolved", 2),
    }
    for each in nonempty(listed):
        assert admin.get(each["href"].removeprefix("/api/v1")).json["number"] == 2
    assert city.supervisor().get(f"/incidents/{other.case.id}/rule-changes").json == {"items": []}
    assert city.supervisor("c2").get(f"/incidents/{receipt.case.id}/rule-changes").status_code == 404


def test_worker_sees_rule_changes_and_no_ratings(city):
    path, worker = publish(city), city.worker("g1")
    receipt = ended_case(city, "no")
    rating = rating_of(city, receipt)
    state(administrator(city), path, [item("case", receipt.case.id), item("rating", rating["id"])])
    listed = worker.get(f"/incidents/{receipt.case.id}/rule-changes").json["items"]
    assert [each["kind"] for each in listed] == ["case"]
    assert worker.get(f"/incidents/{receipt.case.id}/ratings").status_code == 403


# --- effect ------------------------------------------------------------------------------------


def effect(person, path, query=""):
    answer = person.get(f"{path}/effect{query}")
    assert answer.status_code == 200, answer.json
    return answer.json


def test_effect_compares_weeks_before_and_after_with_members(city):
    path, supervisor = publish_before(city, 40), city.supervisor()
    for solved, days_ago in (("no", 45), ("yes", 50), (None, 60), ("yes", 30), ("yes", 20), ("no", 5)):
        ended_case(city, solved, days_ago=days_ago)
    shown = effect(supervisor, path, "?measure=solution_rate&weeks=4")
    before, after = shown["before"], shown["after"]
    assert (before["numerator"]["count"], before["denominator"]["count"], before["unanswered"]["count"]) == (
        *(1, 2),
        1,
    )
    assert (after["numerator"]["count"], after["denominator"]["count"], after["value"]) == (2, 2, 1)
    assert shown["is_complete"]
    for part in (before["unanswered"], after["numerator"], after["denominator"]):
        members = supervisor.get(part["members"].removeprefix("/api/v1")).json["items"]
        assert len(members) == part["count"]
    assert shown["sentence"]["en"] == (
        "Solution rate: 50.0 % (1 of 2, 1 did not answer) in the 4 weeks before version 2, "
        "100.0 % (2 of 2, 0 did not answer) in the 4 weeks after."
    )
    assert "生效后 4 周为 100.0 %" in shown["sentence"]["zh"]
    counted = effect(supervisor, path, "?measure=accepted&weeks=1")
    assert (counted["before"]["count"]["count"], counted["after"]["count"]["count"]) == (1, 0)
    assert counted["before"]["numerator"] is None


def test_effect_counts_neither_the_day_itself_nor_cases_of_other_areas(city):
    path = publish_before(city, 10)
    for days_ago in (9, 10, 11):
        ended_case(city, days_ago=days_ago)
    ended_case(city, days_ago=9, grid="g3")
    everywhere = effect(city.supervisor(), path, "?measure=accepted&weeks=1")
    assert (everywhere["before"]["count"]["count"], everywhere["after"]["count"]["count"]) == (1, 2)
    own = effect(city.supervisor("c1"), path, "?measure=accepted&weeks=1")
    assert (own["before"]["count"]["count"], own["after"]["count"]["count"]) == (1, 1)


def test_effect_says_when_the_weeks_after_are_not_over(city):
    path = publish_before(city, 3)
    ended_case(city, days_ago=1)
    shown = effect(city.supervisor(), path, "?measure=accepted")
    assert not shown["is_complete"]
    assert "The 4 weeks after are not over before the end of" in shown["sentence"]["en"]
    assert "1 case in the first 3 of 28 days." in shown["sentence"]["en"]
    assert "28 天中的前 3 天为 1 件" in shown["sentence"]["zh"]


def test_effect_of_a_scheduled_version_has_no_weeks_after(city):
    path = publish(city, days=2)
    shown = effect(city.supervisor(), path, "?measure=accepted")
    assert shown["after"] is None
    assert "are counted from" in shown["sentence"]["en"]


def test_effect_uses_the_figure_of_the_author_and_names_it_when_missing(city):
    path = publish(city)
    answer = city.supervisor().get(f"{path}/effect")
    assert (answer.status_code, answer.json["errors"][0]["field"]) == (422, "measure")
    state(administrator(city), path, [], measure="on_time_rate", category="E0102")
    shown = effect(city.supervisor(), path)
    assert (shown["measure"], shown["category"]) == ("on_time_rate", "E0102")
    assert "category=E0102" in shown["before"]["denominator"]["members"]


# --- the public page -----------------------------------------------------------------------------


def page_text(city, lang="en"):
    answer = city.app.test_client().get(f"/public/{city.code}/{lang}/changes")
    assert answer.status_code == 200
    assert len(answer.data) < 50_000
    assert b"<script" not in answer.data
    return answer.get_data(as_text=True)


def published(city, receipts, **statement):
    path = publish_before(city, 40)
    items = [item("case", receipt.case.id, "secret note") for receipt in receipts]
    state(administrator(city), path, items, summary=SUMMARY, **{"publish_summary": True, **statement})
    return path


def test_public_page_has_only_published_summaries(city):
    published(city, [], publish_summary=False)
    assert "No change was published yet." in page_text(city)
    state(
        administrator(city),
        f"/jurisdictions/{city.code}/profile/versions/2",
        [],
        summary=SUMMARY,
        publish_summary=True,
    )
    assert SUMMARY["en"] in page_text(city)
    assert SUMMARY["zh"] in page_text(city, "zh")


def test_summary_is_required_to_publish(city):
    answer = administrator(city).call(
        "PUT", f"{publish(city)}/evidence", {"items": [], "publish_summary": True}
    )
    assert (answer.status_code, answer.json["errors"][0]["field"]) == (422, "summary")


def test_public_page_shows_number_of_public_cases_and_no_id_or_note(city):
    receipts = [ended_case(city, "no", days_ago=60) for _ in range(4)]
    receipts += [ended_case(city, days_ago=60, category="E0603") for _ in range(2)]
    published(city, receipts)
    assert "It cites fewer than 5 public cases." in page_text(city)
    all_receipts = [*receipts, ended_case(city, "yes", days_ago=60)]
    items = [item("case", receipt.case.id, "secret note") for receipt in all_receipts]
    path = f"/jurisdictions/{city.code}/profile/versions/2"
    state(administrator(city), path, items, summary=SUMMARY, publish_summary=True)
    html = page_text(city)
    assert "It cites 5 public cases." in html
    assert "secret note" not in html
    assert not any(str(receipt.case.id) in html for receipt in all_receipts)


def test_public_figure_counts_public_cases_from_five_on(city):
    for days_ago in (45, 50, 55, 60, 65, 30, 28, 25, 20):
        ended_case(city, "yes" if days_ago < 40 else "no", days_ago=days_ago)
    published(city, [], measure="solution_rate")
    assert "Too few public cases count" in page_text(city)
    ended_case(city, "no", days_ago=15)
    shown = (
        "Solution rate: 0.0 % (0 of 5, 0 did not answer) in the 4 weeks before version 2, "
        "80.0 % (4 of 5, 0 did not answer) in the 4 weeks after."
    )
    assert shown in page_text(city)
    # A case that is not public, and one that a person has hidden, change nothing.
    ended_case(city, "yes", days_ago=15, category="E0603")
    hidden = ended_case(city, "no", days_ago=15)
    answer = city.supervisor().call("PUT", f"/incidents/{hidden.case.id}/publication", {"is_hidden": True})
    assert answer.status_code == 200, answer.json
    assert shown in page_text(city)


def test_version_that_never_came_into_force_is_not_on_the_public_page(city):
    path = publish(city, days=2)
    state(administrator(city), path, [], summary=SUMMARY, publish_summary=True)
    assert SUMMARY["en"] not in page_text(city)
