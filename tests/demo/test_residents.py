"""What residents left in the demo: reports, support, ratings, answers to notices, and the rules that changed for them."""

from datetime import UTC, datetime, timedelta

import orjson
import pytest
from sqlalchemy import text

from app.core import db
from app.demo.followers import UNHEARD
from app.notices.queries import previews
from app.notices.rules.notices import HOUSEHOLD_STATES, STATES, MessageRoutes
from app.profiles.rules.measures import RATES
from tests.nonempty import nonempty

RULES = "jurisdictions/330106/profile/versions/2"


def days_ago(count: int) -> str:
    return str((datetime.now(UTC) - timedelta(days=count)).date())


def test_reports_come_by_page_and_hotline_in_each_community_and_week(ask):
    ((reports, channels, communities, weeks),) = ask("""
      select count(*), count(distinct p.channel), count(distinct subpath(i.scope_path, 0, -1)),
             count(distinct date_trunc('week', p.received_at))
      from public_report p join incident i on i.id = p.incident_id where i.grid_id is not null""")
    assert reports > 200
    assert (channels, communities) == (2, 10)
    assert weeks >= 12


def test_some_adults_have_addresses_that_nobody_owns_and_most_consented(ask):
    ((adults, addresses, owned, children),) = ask("""
      select count(*) filter (where birth_year <= 2005), count(email),
             count(*) filter (where email not like '%%.invalid'), count(email) filter (where birth_year > 2005)
      from resident where deleted_at is null""")
    assert 0.2 * adults < addresses < 0.5 * adults
    assert (owned, children) == (0, 0)
    ((consents, homes, grids),) = ask("""
      select count(*), count(distinct c.household_id), count(distinct c.grid_id) from consent c
      join resident r on r.id = c.resident_id
      where c.purpose = '邮件通知' and r.email is not null and c.withdrawn_at is null""")
    assert 0.5 * addresses < consents < addresses
    assert homes > 60 and grids > 20


@pytest.mark.usefixtures("sign_in")
def test_preview_of_a_notice_counts_households_with_addresses():
    with db.read_session() as session:
        query = "select * from notice where households is not null order by households desc limit 1"
        notice = session.execute(text(query)).mappings().one()
        numbers: dict[bool, int] = {}
        options = {"version": 1, "channels": ["email", "visit"], "has_within": notice["within"] is not None}
        for has_mail in (True, False):
            routes = MessageRoutes(phone_pattern=None, has_mail=has_mail)
            reach = previews.summary(
                session,
                {**notice, **options},
                today=notice["published_at"].date(),
                routes=routes,
                grids=1,
                approval_from=200,
            )
            numbers[has_mail] = orjson.loads(reach["item"])["channels"]["email"]
    assert 5 < numbers[True] < notice["households"]
    assert numbers[False] == 0


def test_residents_support_cases_of_others(ask):
    ((supports, most),) = ask("""
      select count(*), max(n) from (
        select count(*) n from public_report p where p.report_id <> p.incident_id group by p.incident_id) s""")
    assert supports > 40 and most >= 2


def test_ratings_have_each_answer_and_score_with_words_and_without(ask):
    assert {solved for (solved,) in ask("select distinct solved from public_rating")} == {
        "yes",
        "partly",
        "no",
    }
    assert {score for (score,) in ask("select distinct score from public_rating")} == {None, 1, 2, 3, 4, 5}
    ((with_words, all_ratings),) = ask(
        "select count(*) filter (where words <> ''), count(*) from public_rating"
    )
    assert 0.3 * all_ratings < with_words < 0.9 * all_ratings


def test_reporters_contest_ends_that_solved_nothing(ask):
    ((contested,),) = ask("""
      select count(*) from incident_event e where e.action = 'contest'
        and e.actor_id in (select caller_id from public_report)""")
    assert contested > 0


@pytest.mark.parametrize("rate", ["response_rate", "answer_rate", "solution_rate", "satisfaction_rate"])
def test_rates_of_reporters_have_members_and_some_who_did_not_answer(supervisor, rate):
    figures = supervisor("figures", **{"from": days_ago(80), "to": days_ago(10)})
    value = figures["rates"][rate]
    assert 0 < value["numerator"]["count"] < value["denominator"]["count"]
    unanswered = RATES[rate].unanswered
    assert unanswered is None or figures["measures"][unanswered]["count"] > 0


@pytest.mark.parametrize("rate", ["response_rate", "solution_rate", "satisfaction_rate"])
def test_one_community_answers_worse_than_the_street(supervisor, rate):
    areas = supervisor("areas", level="community", limit=500)["features"]
    (unheard,) = [area["id"] for area in areas if area["properties"]["code"] == UNHEARD]
    days = {"from": days_ago(90), "to": days_ago(10)}
    street, community = (
        supervisor("figures", **days, **at)["rates"][rate] for at in ({}, {"area_id": unheard})
    )
    assert community["denominator"]["count"] >= 5
    assert community["value"] < street["value"] - 0.15


def test_notices_exist_in_each_state(supervisor):
    states = {notice["state"] for notice in nonempty(supervisor("notices", limit=100)["items"])}
    assert states == set(STATES) - {"publishing"}


def test_running_notice_has_households_in_each_state_and_replies(supervisor):
    (running,) = supervisor("notices", state="published", limit=100)["items"]
    coverage = supervisor(f"notices/{running['id']}/coverage")
    assert {state for state, count in coverage["states"].items() if count} == set(HOUSEHOLD_STATES)
    shares = [grid["reached"] / grid["households"] for grid in nonempty(coverage["grids"])]
    assert min(shares) < max(shares) - 0.1
    for state in nonempty(HOUSEHOLD_STATES):
        assert supervisor(f"notices/{running['id']}/households", state=state, limit=5)["items"], state
    assert supervisor(f"notices/{running['id']}/replies", limit=5)["items"]


def test_worker_has_households_to_tell(sign_in):
    assert sign_in("demo-worker-2")("notices/tasks", limit=5)["items"]


def test_rules_changed_with_evidence_and_figure_before_and_after(supervisor):
    evidence = supervisor(f"{RULES}/evidence")
    assert {item["kind"] for item in evidence["items"]} == {"rating", "case"} and not evidence["hidden"]
    assert {item["solved"] for item in evidence["items"] if item["kind"] == "rating"} == {"no"}
    effect = supervisor(f"{RULES}/effect", weeks=4)
    assert effect["measure"] == evidence["measure"] == "solution_rate" and effect["is_complete"]
    before, after = effect["before"], effect["after"]
    assert before["records"] == after["records"] == "whole"
    assert before["denominator"]["count"] >= 10 and before["value"] < after["value"]


def test_operator_sees_the_hotline_without_credential_and_a_paused_webhook(sign_in, ask):
    admin = sign_in("demo-admin")
    (hotline,) = admin("service-accounts", limit=10)["items"]
    assert hotline["kind"] == "system"
    assert ask("select count(*) from service_credential") == [(0,)]
    (webhook,) = admin("webhooks")["items"]
    assert webhook["state"] == "paused" and webhook["url"].endswith(".invalid/events")
