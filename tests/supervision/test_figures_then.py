"""Past figures come out again as they were told, from what was recorded; and live ones are what the record says."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import text

from app.core import clock, db
from app.core.actor import SYSTEM, Role
from tests.factories import in_days
from tests.supervision.test_figures import DECEMBER, ask, counts, follow, numbers


def period():
    today = clock.now().date()
    return f"from={today - timedelta(days=40)}&to={today + timedelta(days=40)}"


def untimed(value):
    """An answer without its moment."""
    if isinstance(value, dict):
        return {k: untimed(v) for k, v in value.items() if k not in ("at", "snapshot", "members")}
    return [untimed(part) for part in value] if isinstance(value, list) else value


@pytest.fixture
def worked(city, report, accept, step):
    """Three cases by the ordinary ways: one handed in, one accepted, one of a unit."""
    first = city.worker("g1", name="甲", capacity=20)
    city.worker("g2", name="乙", capacity=20)
    reporter = city.worker("g3", name="丙", capacity=20)
    cases = {name: report(reporter, city.in_grid("g1")) for name in ("handed_in", "accepted")}
    cases["queued"] = report(reporter, city.in_grid("g2"), category="0101")
    for name in ("handed_in", "accepted"):
        assert accept(first, cases[name]).status_code == 200
    assert step(first, cases["handed_in"], "feed_back", note="done").status_code == 200
    return city, cases, city.supervisor("d"), step


def test_every_number_opens_exactly_its_members_also_when_they_have_changed_since(worked):
    _, cases, supervisor, step = worked
    answer = ask(supervisor, f"{period()}&group_by=area:grid")
    assert counts(answer) | {"handled": 1, "accepted": 3, "due": 3, "filed": 3} == counts(answer)
    before = {path: figure["count"] for path, figure in numbers(answer)}
    assert step(supervisor, cases["accepted"], "defer", until=in_days(9), note="later").status_code == 200
    assert step(supervisor, cases["queued"], "not_file", note="not ours").status_code == 200
    assert counts(ask(supervisor, period())) != counts(answer)
    found = {path: follow(supervisor, figure, limit=2) for path, figure in numbers(answer)}
    after = {path: len(members) for path, members in found.items()}
    assert {p: (n, after[p]) for p, n in before.items() if n != after[p]} == {}
    # As they stood when they were counted.
    assert {case["status"] for case in found[".measures.due"]} == {"checking", "accepted", "dispatched"}


def test_an_old_answer_comes_out_again_by_its_snapshot_and_by_its_instant(worked):
    _, cases, supervisor, step = worked
    query = f"{period()}&group_by=class"
    told = [ask(supervisor, query)]
    acts = (
        lambda: step(supervisor, cases["accepted"], "defer", until=in_days(9), note="later"),
        lambda: step(supervisor, cases["queued"], "force_close", note="twice"),
        lambda: step(supervisor, cases["handed_in"], "not_file", note="x"),  # refused: it is being checked
        lambda: step(supervisor, cases["accepted"], "resume"),
    )
    for act in acts:
        act()
        told.append(ask(supervisor, query))
    assert len({str(untimed(answer)) for answer in told}) == 4
    for answer in told:
        again = ask(supervisor, f"{query}&snapshot={answer['snapshot']}")
        assert again == answer
        instant = answer["at"].replace("+00:00", "Z")
        assert untimed(ask(supervisor, f"{query}&as_of={instant}")) == untimed(answer)
    now = clock.now().isoformat().replace("+00:00", "Z")
    then = ask(supervisor, f"{query}&as_of={now}")
    assert untimed(then) == untimed(ask(supervisor, query))
    assert [len(follow(supervisor, figure)) for _, figure in numbers(then)] == [
        figure["count"] for _, figure in numbers(then)
    ]


def test_what_was_late_when_it_was_put_off_stays_late(worked, rows):
    _, cases, supervisor, step = worked
    case = cases["accepted"]
    sql = "select due_at from incident where id = :i"
    with clock.at(rows(sql, i=case["id"])[0][0] + timedelta(minutes=1)):
        supervisor.token = None
        before = ask(supervisor, period())
        assert counts(before)["overdue"] >= 1
        assert step(supervisor, case, "defer", until=in_days(9), note="later").status_code == 200
        after = ask(supervisor, period())
        for told in ("measures", "rates"):
            assert untimed(after[told]) == untimed(before[told])
        assert [one["id"] for one in after["tail"]] == [one["id"] for one in before["tail"]]
        late = follow(supervisor, dict(numbers(after))[".measures.overdue"])
        assert case["id"] in {one["id"] for one in late}
        # And it says so: told of once, before it was put off.
        told = supervisor.get(f"/incidents/{case['id']}/events").json["items"]
        assert [one["action"] for one in told][-2:] == ["overdue", "defer"]
        assert step(supervisor, cases["queued"], "defer", until=in_days(9), note="later").status_code == 200
        in_time = rows(
            "select due_at > :now from incident where id = :i", i=cases["queued"]["id"], now=clock.now()
        )
        assert counts(ask(supervisor, period()))["deferred"] == int(in_time[0][0])


def test_a_transaction_leaves_one_row_and_what_does_not_count_none(worked, rows):
    _, cases, supervisor, step = worked
    sql = "select status, xid from incident_history where incident_id = :id order by seq"
    kept = rows(sql, id=cases["handed_in"]["id"])
    assert [row.status for row in kept] == ["dispatched", "accepted", "checking"]
    assert len({row.xid for row in kept}) == 3
    before = rows(sql, id=cases["accepted"]["id"])
    assert step(supervisor, cases["accepted"], "urge").status_code == 200
    assert rows(sql, id=cases["accepted"]["id"]) == before


def test_a_case_about_somebody_is_not_counted_for_her_nor_for_whoever_looks_after_less(city, report):
    subject = city.worker("g1", name="甲")
    reporter = city.worker("g3", name="丙")
    report(reporter, city.in_grid("g1"))
    report(reporter, city.in_grid("g1"), category="E0690", about={"kind": "worker", "id": str(subject.id)})
    everybody = ask(city.supervisor("d"), period())
    community = ask(city.supervisor("c1"), period())
    assert (counts(everybody)["accepted"], counts(community)["accepted"]) == (2, 1 + 1)
    city.grant(subject, Role.SUPERVISOR, area="d")
    subject.token = None
    assert counts(ask(subject, period()))["accepted"] == 1
    now = clock.now().isoformat().replace("+00:00", "Z")
    assert counts(ask(subject, f"{period()}&as_of={now}"))["accepted"] == 1


def test_what_has_come_to_be_about_somebody_is_in_no_old_figure_of_hers(city, report):
    subject, peer, above = city.supervisor("d"), city.supervisor("d"), city.person(Role.SUPERVISOR)
    case = report(city.worker("g3", name="丙"), city.in_grid("g1"))
    answer = ask(subject, period())
    with db.transaction(SYSTEM) as session:
        about = "update incident set about_kind = 'worker', about_id = :about where id = :id"
        session.execute(text(about), {"about": subject.id, "id": case["id"]})
    again = f"{period()}&snapshot={answer['snapshot']}"
    everywhere = f"{again}&area={city.areas['d']}"
    assert counts(answer)["accepted"] == counts(ask(above, everywhere))["accepted"] == 1
    # A peer who counted it would tell by the difference that there is one.
    assert counts(ask(subject, again))["accepted"] == counts(ask(peer, again))["accepted"] == 0
    assert follow(subject, answer["measures"]["accepted"]) == []


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("from=2026-01-02&to=2026-01-01", "to"),
        ("from=2020-01-01&to=2026-01-01", "to"),
        ("from=2026-01-01&to=2026-01-02&as_of=2199-01-01T00:00:00Z", "as_of"),
        ("from=2026-01-01&to=2026-01-02&as_of=2001-01-01T00:00:00Z", "as_of"),
        ("from=2026-01-01&to=2026-01-02&snapshot=nonsense", "snapshot"),
        ("from=2026-01-01&to=2026-01-02&snapshot=WyIyMDI2LTAxLTAxIiwiOTo1OiJd", "snapshot"),
        ("from=2026-01-01&to=2026-01-02&group_by=worker", "group_by"),
    ],
)
def test_what_makes_no_sense_is_refused(worked, query, field):
    _, _, supervisor, _ = worked
    answer = supervisor.get(f"/figures?{query}")
    assert answer.status_code == 422, answer.json
    assert [error["field"] for error in answer.json["errors"]] == [field]


@pytest.mark.parametrize(
    ("counting", "path"),
    [
        ("figures", f"/figures?{DECEMBER}"),
        ("members_of_figure", f"/figures/members?{DECEMBER}&measure=due"),
        ("monthly_statistics", "/figures/cycles?from=2016-12&to=2016-12"),
    ],
)
def test_more_than_can_be_counted_in_time_is_refused_with_how_to_ask_for_less(
    city, monkeypatch, counting, path
):
    def slow(session, *_, **__):
        session.execute(text("set local statement_timeout = '20ms'"))
        session.execute(text("select pg_sleep(60)"))

    monkeypatch.setattr(f"app.statistics.service.{counting}", slow)
    answer = city.supervisor("d").get(path, headers={"Accept-Language": "zh-CN"})
    assert (answer.status_code, answer.json["code"]) == (422, "too_much_to_count")
    assert "缩短时段" in answer.json["detail"]


def test_other_areas_are_nobodys_business(worked, city):
    _, _, _, _ = worked
    other = city.supervisor("c2")
    assert other.get(f"/figures?{period()}&area={city.areas['c1']}").status_code == 403
    assert counts(ask(other, period()))["accepted"] == 0
    assert datetime.fromisoformat(ask(other, period())["at"]).tzinfo is not None


def test_times_and_what_was_sent_back_are_counted(worked):
    """One case was handed in by whom it was given to; another is sent back; a third is merged into the first."""
    _, cases, supervisor, step = worked
    first = ask(supervisor, period())
    assert counts(first) | {
        "registered": 3,
        "filed_on_time": 3,
        "taken": 2,
        "timed": 1,
        "accurate": 3,
    } == counts(first)
    assert first["rates"]["register_on_time_rate"]["value"] == 1
    for name in ("accept_seconds", "handle_seconds"):
        average = first["averages"][name]
        assert 0 <= average["value"] < 60
        assert len(follow(supervisor, average["of"])) == average["of"]["count"]
    assert step(supervisor, cases["accepted"], "return", note="not theirs").status_code == 200
    answer = supervisor.post(
        f"/incidents/{cases['queued']['id']}/merge", {"into": cases["accepted"]["id"], "reason": "the same"}
    )
    assert answer.status_code == 200, answer.json
    then = ask(supervisor, period())
    assert counts(then) | {"accurate": 1, "due": 2, "repeated": 1} == counts(then)
    assert then["rates"]["accurate_dispatch_rate"]["value"] == 0.5
    again = ask(supervisor, f"{period()}&snapshot={first['snapshot']}")
    assert again == first


def test_what_comes_again_and_again_and_what_was_given_more_time_is_counted_as_it_was_known(
    city, report, accept, step, rows
):
    """Three of one category in a grid within a month; the third turns out to be another matter, and gets more time."""
    worker, reporter, supervisor = city.worker("g1"), city.worker("g3"), city.supervisor("d")
    turned_down = report(reporter, city.in_grid("g1"))
    assert step(supervisor, turned_down, "not_file", note="nothing there").status_code == 200
    cases = [report(reporter, city.in_grid("g1")) for _ in range(3)]
    report(reporter, city.in_grid("g2"))
    report(reporter, city.in_grid("g1"), category="E0103")
    told = ask(supervisor, f"{period()}&group_by=priority")
    assert counts(told) | {"recurrence_known": 6, "frequent": 1, "extended": 0} == counts(told)
    assert told["rates"]["frequent_rate"]["value"] == round(1 / 6, 6)
    assert [one["id"] for one in follow(supervisor, told["measures"]["frequent"])] == [cases[2]["id"]]
    urgent = {one["group"]["value"]: counts(one)["accepted"] for one in told["groups"]}
    assert sum(urgent.values()) == 6
    for priority, count in urgent.items():
        assert counts(ask(supervisor, f"{period()}&priority={priority}"))["accepted"] == count
    assert accept(worker, cases[2]).status_code == 200
    assert step(worker, cases[2], "ask_extension", amount=1, note="parts").status_code == 200
    assert step(supervisor, cases[2], "grant_extension", note="yes").status_code == 200
    body = {"category": "E0103", "note": "bulky waste"}
    version = supervisor.get(f"/incidents/{cases[2]['id']}").json["version"]
    assert supervisor.patch(f"/incidents/{cases[2]['id']}", body, version).status_code == 200
    then = ask(supervisor, period())
    assert counts(then) | {"recurrence_known": 6, "frequent": 0, "extended": 1} == counts(then)
    assert then["rates"]["extension_rate"]["value"] == 0.2
    assert [one["id"] for one in follow(supervisor, then["measures"]["extended"])] == [cases[2]["id"]]
    assert ask(supervisor, f"{period()}&group_by=priority&snapshot={told['snapshot']}") == told


def test_an_area_that_was_retired_since_may_be_asked_for_as_of_then(worked):
    city, _, supervisor, _ = worked
    query = f"{period()}&area={city.areas['g1']}"
    told = ask(supervisor, query)
    assert counts(told)["accepted"] == 2
    monthly = supervisor.get(f"/evaluation?month={clock.now():%Y-%m}&area={city.areas['g1']}")
    report = monthly.json
    with db.transaction(SYSTEM) as session:
        retire = """update area_version set valid = tstzrange(lower(valid), cast(:now as timestamptz))
                    where area_id = :id and upper_inf(valid)"""
        session.execute(text(retire), {"id": city.areas["g1"], "now": clock.now()})
    assert supervisor.get(f"/figures?{query}").status_code == 404
    instant = told["at"].replace("+00:00", "Z")
    then = ask(supervisor, f"{query}&as_of={instant}")
    assert counts(then) == counts(told)
    assert len(follow(supervisor, then["measures"]["accepted"])) == 2
    for form, link in report["again"].items():
        again = supervisor.get(link.removeprefix("/api/v1"))
        assert again.status_code == 200, (form, again.json)
        if form == "json":
            assert counts(again.json) == counts(report)
    assert city.supervisor("c2").get(f"/figures?{query}&as_of={instant}").status_code == 403


def test_what_is_closed_by_order_before_it_was_handled_is_in_time_nowhere(worked, accept):
    """One was handed in and is sent back, one nobody handled: within their limits, both are closed by order."""
    city, cases, supervisor, step = worked
    checker, case = city.worker("g4", name="丁"), cases["handed_in"]
    acts = (
        lambda: step(supervisor, case, "assign_check", worker_id=str(checker.id), note="look"),
        lambda: accept(checker, supervisor.get(f"/incidents/{case['id']}").json),
        lambda: step(checker, case, "check", result="not_pass", note="half of it is still there"),
        lambda: step(supervisor, case, "force_close", note="twice"),
        lambda: step(supervisor, cases["queued"], "force_close", note="twice"),
    )
    told = counts(ask(supervisor, period()))
    assert (told["handled"], told["handled_on_time"], told["archived"]) == (1, 1, 0)
    for act in acts:
        done = act()
        assert done.status_code == 200, done.json
    told = counts(ask(supervisor, period()))
    assert told | {"archived": 2, "archived_on_time": 0, "handled": 1, "handled_on_time": 0} == told
    (limit,) = supervisor.get(f"/incidents/{case['id']}").json["deadlines"]
    assert limit["stopped_at"] and limit["outcome"] == "cancelled"
    with db.transaction(SYSTEM) as session:  # as earlier versions kept it
        met = "update deadline set outcome = 'met' where incident_id = :id"
        session.execute(text(met), {"id": cases["queued"]["id"]})
    assert counts(ask(supervisor, period())) == told


def test_an_answer_of_before_a_restore_is_refused_and_not_made_up(worked):
    city, _, supervisor, _ = worked
    told = ask(supervisor, period())
    report = supervisor.get(f"/evaluation?month={clock.now():%Y-%m}&area={city.areas['d']}").json["again"]
    links = [told["measures"]["accepted"]["members"], *report.values()]
    paths = [f"/figures?{period()}&snapshot={told['snapshot']}", *(p.removeprefix("/api/v1") for p in links)]
    assert [supervisor.get(path).status_code for path in paths] == [200] * 5
    with db.transaction(SYSTEM) as session:
        before = session.execute(text("select epoch from sync_epoch")).scalar_one()
        session.execute(text("update sync_epoch set epoch = gen_random_uuid()"))
    try:
        for path in paths:
            answer = supervisor.get(path)
            assert answer.status_code == 422, path
            assert [(e["field"], e["code"]) for e in answer.json["errors"]] == [
                ("snapshot", "before_restore")
            ]
    finally:
        with db.transaction(SYSTEM) as session:
            session.execute(text("update sync_epoch set epoch = :epoch"), {"epoch": before})
