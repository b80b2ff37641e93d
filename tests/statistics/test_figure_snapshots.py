"""Past figures: a snapshot or instant reproduces them from history; live figures equal the history."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import text

from app.core import clock, db
from app.core.actor import SYSTEM, Role
from tests.factories import in_days
from tests.statistics.test_figures import DECEMBER, counts, figures_in, list_members, read_figures


def period():
    today = clock.now().date()
    return f"from={today - timedelta(days=40)}&to={today + timedelta(days=40)}"


def untimed(value):
    """Return an answer without its moment."""
    if isinstance(value, dict):
        return {k: untimed(v) for k, v in value.items() if k not in ("at", "snapshot", "members")}
    return [untimed(part) for part in value] if isinstance(value, list) else value


@pytest.fixture
def worked(city, report, accept, step):
    """Report three cases over HTTP: one with feedback, one accepted, one in the queue of a unit."""
    first = city.worker("g1", name="甲", capacity=20)
    city.worker("g2", name="乙", capacity=20)
    reporter = city.worker("g3", name="丙", capacity=20)
    cases = {name: report(reporter, city.in_grid("g1")) for name in ("handed_in", "accepted")}
    cases["queued"] = report(reporter, city.in_grid("g2"), category="0101")
    for name in ("handed_in", "accepted"):
        assert accept(first, cases[name]).status_code == 200
    assert step(first, cases["handed_in"], "feed_back", note="done").status_code == 200
    return city, cases, city.supervisor("d"), step


def test_figure_members_are_listed_as_counted_after_changes(worked):
    _, cases, supervisor, step = worked
    answer = read_figures(supervisor, f"{period()}&group_by=area:grid")
    assert counts(answer) | {"handled": 1, "accepted": 3, "due": 3, "filed": 3} == counts(answer)
    before = {path: figure["count"] for path, figure in figures_in(answer)}
    assert step(supervisor, cases["accepted"], "defer", until=in_days(9), note="later").status_code == 200
    assert step(supervisor, cases["queued"], "not_file", note="not ours").status_code == 200
    assert counts(read_figures(supervisor, period())) != counts(answer)
    listed = {path: list_members(supervisor, figure, limit=2) for path, figure in figures_in(answer)}
    after = {path: len(members) for path, members in listed.items()}
    assert {p: (n, after[p]) for p, n in before.items() if n != after[p]} == {}
    # Members have the state in which they were counted.
    assert {case["status"] for case in listed[".measures.due"]} == {"checking", "accepted", "dispatched"}


def test_figures_are_reproduced_by_snapshot_and_by_instant(worked):
    _, cases, supervisor, step = worked
    query = f"{period()}&group_by=class"
    answers = [read_figures(supervisor, query)]
    acts = (
        lambda: step(supervisor, cases["accepted"], "defer", until=in_days(9), note="later"),
        lambda: step(supervisor, cases["queued"], "force_close", note="twice"),
        lambda: step(
            supervisor, cases["handed_in"], "not_file", note="x"
        ),  # refused: the case is being checked
        lambda: step(supervisor, cases["accepted"], "resume"),
    )
    for act in acts:
        act()
        answers.append(read_figures(supervisor, query))
    assert len({str(untimed(answer)) for answer in answers}) == 4
    for answer in answers:
        again = read_figures(supervisor, f"{query}&snapshot={answer['snapshot']}")
        assert again == answer
        instant = answer["at"].replace("+00:00", "Z")
        assert untimed(read_figures(supervisor, f"{query}&as_of={instant}")) == untimed(answer)
    now = clock.now().isoformat().replace("+00:00", "Z")
    then = read_figures(supervisor, f"{query}&as_of={now}")
    assert untimed(then) == untimed(read_figures(supervisor, query))
    assert [len(list_members(supervisor, figure)) for _, figure in figures_in(then)] == [
        figure["count"] for _, figure in figures_in(then)
    ]


def test_overdue_case_stays_overdue_when_deferred(worked, rows):
    _, cases, supervisor, step = worked
    case = cases["accepted"]
    sql = "select due_at from incident where id = :i"
    with clock.at(rows(sql, i=case["id"])[0][0] + timedelta(minutes=1)):
        supervisor.token = None
        before = read_figures(supervisor, period())
        assert counts(before)["overdue"] >= 1
        assert step(supervisor, case, "defer", until=in_days(9), note="later").status_code == 200
        after = read_figures(supervisor, period())
        for section in ("measures", "rates"):
            assert untimed(after[section]) == untimed(before[section])
        assert [case["id"] for case in after["tail"]] == [case["id"] for case in before["tail"]]
        late = list_members(supervisor, dict(figures_in(after))[".measures.overdue"])
        assert case["id"] in {case["id"] for case in late}
        # The case is overdue once, from before it was deferred.
        events = supervisor.get(f"/incidents/{case['id']}/events").json["items"]
        assert [event["action"] for event in events][-2:] == ["overdue", "defer"]
        assert step(supervisor, cases["queued"], "defer", until=in_days(9), note="later").status_code == 200
        in_time = rows(
            "select due_at > :now from incident where id = :i", i=cases["queued"]["id"], now=clock.now()
        )
        assert counts(read_figures(supervisor, period()))["deferred"] == int(in_time[0][0])


def test_history_gets_one_row_for_each_relevant_transaction(worked, rows):
    _, cases, supervisor, step = worked
    sql = "select status, xid from incident_history where incident_id = :id order by seq"
    states = rows(sql, id=cases["handed_in"]["id"])
    assert [row.status for row in states] == ["dispatched", "accepted", "checking"]
    assert len({row.xid for row in states}) == 3
    before = rows(sql, id=cases["accepted"]["id"])
    assert step(supervisor, cases["accepted"], "urge").status_code == 200
    assert rows(sql, id=cases["accepted"]["id"]) == before


def test_figures_exclude_case_about_the_reader(city, report):
    subject = city.worker("g1", name="甲")
    reporter = city.worker("g3", name="丙")
    report(reporter, city.in_grid("g1"))
    report(reporter, city.in_grid("g1"), category="E0690", about={"kind": "worker", "id": str(subject.id)})
    everybody = read_figures(city.supervisor("d"), period())
    community = read_figures(city.supervisor("c1"), period())
    assert (counts(everybody)["accepted"], counts(community)["accepted"]) == (2, 1 + 1)
    city.grant(subject, Role.SUPERVISOR, area="d")
    subject.token = None
    assert counts(read_figures(subject, period()))["accepted"] == 1
    now = clock.now().isoformat().replace("+00:00", "Z")
    assert counts(read_figures(subject, f"{period()}&as_of={now}"))["accepted"] == 1


def test_old_figures_exclude_case_that_became_about_the_reader(city, report):
    subject, peer, above = city.supervisor("d"), city.supervisor("d"), city.person(Role.SUPERVISOR)
    case = report(city.worker("g3", name="丙"), city.in_grid("g1"))
    answer = read_figures(subject, period())
    with db.transaction(SYSTEM) as session:
        about = "update incident set about_kind = 'worker', about_id = :about where id = :id"
        session.execute(text(about), {"about": subject.id, "id": case["id"]})
    again = f"{period()}&snapshot={answer['snapshot']}"
    everywhere = f"{again}&area_id={city.areas['d']}"
    assert counts(answer)["accepted"] == counts(read_figures(above, everywhere))["accepted"] == 1
    # A peer could derive from the difference that there is such a case.
    assert (
        counts(read_figures(subject, again))["accepted"] == counts(read_figures(peer, again))["accepted"] == 0
    )
    assert list_members(subject, answer["measures"]["accepted"]) == []


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
def test_figures_return_422_for_invalid_query(worked, query, field):
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
def test_figures_return_422_when_count_times_out(city, monkeypatch, counting, path):
    def slow(session, *_, **__):
        session.execute(text("set local statement_timeout = '20ms'"))
        session.execute(text("select pg_sleep(60)"))

    monkeypatch.setattr(f"app.statistics.service.{counting}", slow)
    answer = city.supervisor("d").get(path, headers={"Accept-Language": "zh-CN"})
    assert (answer.status_code, answer.json["code"]) == (422, "too_much_to_count")
    assert "缩短时段" in answer.json["detail"]


def test_figures_return_403_for_area_of_others(worked, city):
    _, _, _, _ = worked
    other = city.supervisor("c2")
    assert other.get(f"/figures?{period()}&area_id={city.areas['c1']}").status_code == 403
    assert counts(read_figures(other, period()))["accepted"] == 0
    assert datetime.fromisoformat(read_figures(other, period())["at"]).tzinfo is not None


def test_figures_count_timings_and_returned_cases(worked):
    """One case has feedback of its assignee, another one is returned, a third one is merged into the first one."""
    _, cases, supervisor, step = worked
    first = read_figures(supervisor, period())
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
        assert len(list_members(supervisor, average["of"])) == average["of"]["count"]
    assert step(supervisor, cases["accepted"], "return", note="not theirs").status_code == 200
    answer = supervisor.post(
        f"/incidents/{cases['queued']['id']}/merge",
        {"into_id": cases["accepted"]["id"], "reason": "the same"},
    )
    assert answer.status_code == 200, answer.json
    then = read_figures(supervisor, period())
    assert counts(then) | {"accurate": 1, "due": 2, "repeated": 1} == counts(then)
    assert then["rates"]["accurate_dispatch_rate"]["value"] == 0.5
    again = read_figures(supervisor, f"{period()}&snapshot={first['snapshot']}")
    assert again == first


def test_figures_count_recurring_and_extended_cases_as_of_then(city, report, accept, step, rows):
    """Three cases of a category in a grid within a month; the third one gets another category and an extension."""
    worker, reporter, supervisor = city.worker("g1"), city.worker("g3"), city.supervisor("d")
    turned_down = report(reporter, city.in_grid("g1"))
    assert step(supervisor, turned_down, "not_file", note="nothing there").status_code == 200
    cases = [report(reporter, city.in_grid("g1")) for _ in range(3)]
    report(reporter, city.in_grid("g2"))
    report(reporter, city.in_grid("g1"), category="E0103")
    before = read_figures(supervisor, f"{period()}&group_by=priority")
    assert counts(before) | {"recurrence_known": 6, "frequent": 1, "extended": 0} == counts(before)
    assert before["rates"]["frequent_rate"]["value"] == round(1 / 6, 6)
    assert [case["id"] for case in list_members(supervisor, before["measures"]["frequent"])] == [
        cases[2]["id"]
    ]
    urgent = {group["group"]["value"]: counts(group)["accepted"] for group in before["groups"]}
    assert sum(urgent.values()) == 6
    for priority, count in urgent.items():
        assert counts(read_figures(supervisor, f"{period()}&priority={priority}"))["accepted"] == count
    assert accept(worker, cases[2]).status_code == 200
    assert step(worker, cases[2], "ask_extension", amount=1, note="parts").status_code == 200
    assert step(supervisor, cases[2], "grant_extension", note="yes").status_code == 200
    body = {"category": "E0103", "note": "bulky waste"}
    version = supervisor.get(f"/incidents/{cases[2]['id']}").json["version"]
    assert supervisor.patch(f"/incidents/{cases[2]['id']}", body, version).status_code == 200
    then = read_figures(supervisor, period())
    assert counts(then) | {"recurrence_known": 6, "frequent": 0, "extended": 1} == counts(then)
    assert then["rates"]["extension_rate"]["value"] == 0.2
    assert [case["id"] for case in list_members(supervisor, then["measures"]["extended"])] == [cases[2]["id"]]
    assert read_figures(supervisor, f"{period()}&group_by=priority&snapshot={before['snapshot']}") == before


def test_figures_of_retired_area_are_readable_as_of_then(worked):
    city, _, supervisor, _ = worked
    query = f"{period()}&area_id={city.areas['g1']}"
    before = read_figures(supervisor, query)
    assert counts(before)["accepted"] == 2
    monthly = supervisor.get(f"/evaluation?month={clock.now():%Y-%m}&area_id={city.areas['g1']}")
    report = monthly.json
    with db.transaction(SYSTEM) as session:
        retire = """update area_version set valid = tstzrange(lower(valid), cast(:now as timestamptz))
                    where area_id = :id and upper_inf(valid)"""
        session.execute(text(retire), {"id": city.areas["g1"], "now": clock.now()})
    assert supervisor.get(f"/figures?{query}").status_code == 404
    instant = before["at"].replace("+00:00", "Z")
    then = read_figures(supervisor, f"{query}&as_of={instant}")
    assert counts(then) == counts(before)
    assert len(list_members(supervisor, then["measures"]["accepted"])) == 2
    for form, link in report["again"].items():
        again = supervisor.get(link.removeprefix("/api/v1"))
        assert again.status_code == 200, (form, again.json)
        if form == "json":
            assert again.json["measures"] == report["measures"]
    assert city.supervisor("c2").get(f"/figures?{query}&as_of={instant}").status_code == 403


def test_case_closed_by_order_unhandled_counts_as_not_on_time(worked, accept):
    """A case that was returned after feedback, and a case without feedback, are both force-closed before their deadline."""
    city, cases, supervisor, step = worked
    checker, case = city.worker("g4", name="丁"), cases["handed_in"]
    acts = (
        lambda: step(supervisor, case, "assign_check", worker_id=str(checker.id), note="look"),
        lambda: accept(checker, supervisor.get(f"/incidents/{case['id']}").json),
        lambda: step(checker, case, "check", result="not_pass", note="half of it is still there"),
        lambda: step(supervisor, case, "force_close", note="twice"),
        lambda: step(supervisor, cases["queued"], "force_close", note="twice"),
    )
    before = counts(read_figures(supervisor, period()))
    assert (before["handled"], before["handled_on_time"], before["archived"]) == (1, 1, 0)
    for act in acts:
        done = act()
        assert done.status_code == 200, done.json
    before = counts(read_figures(supervisor, period()))
    assert before | {"archived": 2, "archived_on_time": 0, "handled": 1, "handled_on_time": 0} == before
    (limit,) = supervisor.get(f"/incidents/{case['id']}").json["deadlines"]
    assert limit["stopped_at"] and limit["outcome"] == "cancelled"
    with db.transaction(SYSTEM) as session:  # as earlier versions stored it
        met = "update deadline set outcome = 'met' where incident_id = :id"
        session.execute(text(met), {"id": cases["queued"]["id"]})
    assert counts(read_figures(supervisor, period())) == before


def test_figures_of_snapshot_before_restore_are_refused(worked):
    city, _, supervisor, _ = worked
    answer_before = read_figures(supervisor, period())
    report = supervisor.get(f"/evaluation?month={clock.now():%Y-%m}&area_id={city.areas['d']}").json["again"]
    links = [answer_before["measures"]["accepted"]["members"], *report.values()]
    paths = [
        f"/figures?{period()}&snapshot={answer_before['snapshot']}",
        *(p.removeprefix("/api/v1") for p in links),
    ]
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
