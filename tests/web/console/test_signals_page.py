"""Signals page in a browser: reason, significance, members and place; answers, and a new category for a pile."""

import re

import pytest
from playwright.sync_api import expect

from tests.factories import make_city
from tests.signals.test_signals import detect_signals
from tests.web.axe import structure_violations
from tests.web.console.desk import Desk, assert_accessible, turn_to


@pytest.mark.deep
def test_signals_page_shows_classifies_and_answers_signal(console, app, settings):
    city = make_city(app, settings)
    desk = Desk.of(city)
    boss = city.supervisor("d")
    texts = ("共享单车乱停堵住盲道", "盲道上共享单车乱停", "共享单车乱停乱放堵盲道")
    pile = [desk.report(category="unclassified", description=words) for words in texts]
    detect_signals(city, "hourly")
    page = console(who=boss)
    turn_to(page, f"signals?area_id={city.areas['s']}")
    group = page.get_by_test_id("kind-unclassified")
    signal = group.get_by_test_id("signal")
    expect(signal).to_have_count(1)
    expect(signal.locator("meter")).to_be_visible()
    assert_accessible(page, "signals-list")
    signal.get_by_role("link").click()
    signal_card = page.get_by_test_id("one-signal")
    expect(signal_card.get_by_test_id("sentence")).to_contain_text("3")
    expect(signal_card.get_by_test_id("figure")).to_have_text("上报3")
    expect(signal_card.get_by_test_id("outline").locator("path.place")).to_have_count(1)
    signal_card.get_by_test_id("open-members").click()
    members = signal_card.get_by_test_id("signal-members").locator("tbody tr")
    expect(members).to_have_count(3)
    assert {row.locator("a").inner_text() for row in members.all()} == {case["case_no"] for case in pile}
    assert_accessible(page, "signal-whole")
    # A version of the rules with one category more.
    new = signal_card.get_by_test_id("new-category")
    signal_card.locator("summary", has_text="新类别").click()
    for field, value in {"code": "E0199", "zh": "单车堵盲道", "en": "Bicycles on tactile paving"}.items():
        new.locator(f"[name={field}]").fill(value)
    new.locator("[name=like]").select_option("E0102")
    new.get_by_role("button").click()
    expect(new.get_by_test_id("told")).to_contain_text("已发布第 2 版")
    cited = boss.get(f"/jurisdictions/{city.code}/profile/versions/2/evidence").json["items"]
    assert [each["kind"] for each in cited] == ["signal"]
    refile = signal_card.get_by_test_id("refile")
    refile.locator("[name=category]").select_option("E0199")
    refile.locator("[name=note]").fill("归入新类别")
    refile.get_by_role("button").click()
    expect(refile.get_by_test_id("told")).to_have_text("3 件已更改，0 件未更改")
    assert {desk.shown(case)["category"] for case in pile} == {"E0199"}
    assert desk.report(category="E0199", description="单车又堵盲道")["category"] == "E0199"
    answer = signal_card.get_by_test_id("answer")
    answer.locator("[name=done]").select_option("category_version")
    answer.locator("[name=words]").fill("已设单车类别")
    answer.get_by_role("button").click()
    expect(signal_card.get_by_test_id("answers")).to_contain_text("已设单车类别")
    # Those who reported are told by one reply, once.
    answer.locator("[name=done]").select_option("reply")
    for n, before in ((3, 0), (0, 3)):
        answer.locator("[name=words]").fill("单车周五前清走")
        answer.get_by_role("button").click()
        expect(answer.get_by_test_id("replied")).to_contain_text(f"已回复上报人 {n} 件")
        expect(answer.get_by_test_id("replied")).to_contain_text(f"此前已回复 {before} 件")
    assert_accessible(page, "signal-replied")
    steps = boss.get(f"/incidents/{pile[0]['id']}/events").json["items"]
    assert (steps[-1]["action"], steps[-1]["note"]) == ("reply", "单车周五前清走")
    signal_read = boss.get(page.url.rpartition("signal=")[2].join(["/supervision/signals/", ""])).json
    assert [(a["done"], a["by"]["id"], a["told"]) for a in signal_read["answers"]] == [
        ("category_version", str(boss.id), None),
        ("reply", str(boss.id), 3),
        ("reply", str(boss.id), 0),
    ]
    # A count of cases is not compared with the days from which they count.
    detect_signals(city, days=8)
    turn_to(page, "signals?kind=unanswered")
    page.get_by_test_id("signal").first.get_by_role("link").click()
    figure = signal_card.get_by_test_id("figure")
    expect(figure.locator("dt")).to_have_text(["案卷", "每件无进展的天数"])
    expect(figure.locator("dd")).to_have_text([re.compile(r"^\d+$"), "至少 7"])
    assert_accessible(page, "signal-unanswered")
    assert structure_violations(page) == []
