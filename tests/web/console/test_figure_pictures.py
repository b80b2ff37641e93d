"""Pictures of figures and evaluation: their values are those of the API, and each mark opens what it counts."""

import re
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from app.core.actor import Role
from tests.factories import City, Person, make_city
from tests.nonempty import nonempty
from tests.sample_sizes import drawn_share
from tests.statistics.incident_rows import make_cases
from tests.statistics.test_evaluation import read_evaluation
from tests.waits import eventually
from tests.web.console.desk import assert_accessible, turn_to
from tests.web.pictures import DESK, PHONE, take_pictures

MONTH = "evaluation?month=2016-12"
DECEMBER = "from=2016-12-01&to=2016-12-31"
CATEGORIES = ("E0102", "0101", "E0501", "E0503", "0102", "E0201", "E0301")


def months_of_cases(city: City) -> None:
    """Cases of October to December 2016: more and more of them late, most in the morning of working days."""
    rows = []
    for number in range(420):
        at = datetime.fromisoformat("2016-10-03T00:00:00+00:00") + timedelta(
            days=number * 89 // 420, hours=(number * 7) % 11 + (number % 3) * 4, minutes=number % 60
        )
        kind = number % 10
        late = kind in (3, 7) if number < 250 else kind in (2, 3, 6, 7)
        status = "not_filed" if kind == 0 else "handling" if kind == 9 else "closed"
        rows.append(
            {
                "many": 1,
                "category": CATEGORIES[number % len(CATEGORIES)],
                "status": status,
                "outcome": None if status != "closed" else "overdue" if late else "met",
                "handled": status == "closed",
                "reported_at": at.isoformat(),
                "due_at": None if status == "not_filed" else (at + timedelta(days=3)).isoformat(),
                "area": city.areas[("g1", "g1", "g2", "g3")[number % 4]],
                "unit": city.units[("roads", "cleaning")[number % 2]],
            }
        )
    make_cases(rows)


@pytest.fixture(scope="module")
def boss(app, settings) -> Person:
    """A supervisor of a street with three months of cases."""
    city = make_city(app, settings)
    months_of_cases(city)
    boss = city.supervisor()
    boss.city = city
    return boss


@pytest.fixture(scope="module")
def evaluation(boss) -> dict[str, Any]:
    return read_evaluation(boss, boss.city, at=boss.city.areas["s"])


def look_at(page: Page, testid: str) -> Any:
    """Scroll to a picture, which is made then."""
    picture = page.get_by_test_id(testid)
    picture.scroll_into_view_if_needed()
    return picture


def opens(page: Page, press: Any, count: int) -> None:
    """Press a mark, see as many cases as it counted, and come back."""
    press()
    expect(page.get_by_test_id("members")).to_be_visible()
    if count:
        # A page has 50 cases.
        expect(page.get_by_test_id("counted").locator("tbody tr")).to_have_count(min(count, 50))
    page.go_back()


def percent(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.1f} %"


def test_evaluation_pictures_show_the_values_of_the_api(desks, boss, evaluation):
    page = desks.enter(boss, language="en")
    turn_to(page, MONTH)
    tile = page.get_by_test_id("tile-on_time_rate")
    rate = evaluation["rates"]["on_time_rate"]
    expect(tile.locator(".value")).to_have_text(percent(rate["value"]))
    change = next(tile for tile in evaluation["tiles"] if tile["name"] == "on_time_rate")["change"][
        "previous"
    ]
    assert change < 0
    expect(tile.get_by_test_id("change")).to_contain_text(f"{-100 * change:.1f} points · worse")
    expect(page.get_by_test_id("tile-accepted").locator(".figure")).to_have_text(
        str(evaluation["measures"]["accepted"]["count"])
    )

    findings = evaluation["stands_out"]
    assert len(findings) > 5
    rows = page.get_by_test_id("findings").get_by_test_id("finding")
    expect(rows).to_have_count(5)
    for row, finding in zip(rows.all(), findings, strict=False):
        assert finding["group"]["title"]["en"] in row.inner_text()
        first = finding["rates"][0]
        assert percent(first["value"]) in row.inner_text()
        assert f"overall {percent(first['overall'])}" in row.inner_text()
    weights = [float(cell.get_attribute("data-weight")) for cell in page.get_by_test_id("weight").all()]
    assert len(weights) == len(findings) and all(first >= second for first, second in pairwise(weights))
    denominator = findings[0]["rates"][0]["denominator"]["count"]
    opens(page, rows.first.locator("a.figure").nth(1).click, denominator)
    expect(page.get_by_test_id("more-findings").get_by_test_id("finding")).to_have_count(len(findings) - 5)
    expect(page.get_by_test_id("more-findings").get_by_test_id("finding").first).to_be_hidden()

    for step in page.get_by_test_id("funnel").locator("li").all():
        measure = step.get_attribute("data-testid").removeprefix("step-")
        expect(step.locator(".figure")).to_have_text(str(evaluation["measures"][measure]["count"]))
    solved = page.get_by_test_id("step-solved").locator("a.figure")
    opens(page, solved.click, evaluation["measures"]["solved"]["count"])


def test_trend_is_loaded_when_seen_and_its_table_has_its_values(desks, boss, evaluation):
    page = desks.enter(boss, language="en", size=(1280, 560))
    loaded = []
    page.on("request", lambda request: loaded.append(request.url))
    turn_to(page, MONTH)
    page.get_by_test_id("tiles").wait_for()
    page.wait_for_load_state("networkidle")
    assert not any("trend-plot" in url for url in loaded)
    look_at(page, "trend-day")
    days = next(chapter for chapter in evaluation["chapters"] if chapter["by"] == "day")["groups"]
    assert len(days) == 31
    plot = page.get_by_test_id("trend-day").get_by_test_id("plot")
    expect(plot).to_have_attribute("data-drawn", "31")
    assert any("trend-plot" in url for url in loaded)
    table = page.get_by_test_id("trend-day-values")
    table.locator("summary").click()
    shown = [
        [int(cell) for cell in row.locator("td").all_inner_texts()] for row in table.locator("tbody tr").all()
    ]
    assert shown == [
        [day["measures"][name]["count"] for name in ("accepted", "due", "overdue")] for day in days
    ]
    # The point under the pointer is named, and opens the cases of its line.
    over = plot.locator(".u-over")
    box = over.bounding_box()
    at = (box["width"] * (9 + 0.3) / (30 + 0.6), 4)
    over.hover(position={"x": at[0], "y": at[1]})
    accepted, due, overdue = shown[9]
    expect(page.get_by_test_id("trend-day").get_by_test_id("plot-values")).to_have_text(
        f"2016-12-10: Accepted {accepted} · Due {due} · Overdue {overdue}"
    )
    over.click(position={"x": at[0], "y": at[1]})
    expect(page.get_by_test_id("members")).to_be_visible()
    # The line that is nearest to the upper edge is the one with most cases.
    assert f"measure={'accepted' if accepted >= due else 'due'}&" in page.url + "&"
    assert "from=2016-12-10&to=2016-12-10" in page.url
    page.go_back()
    months = evaluation["months"]["groups"]
    look_at(page, "trend-month")
    expect(page.get_by_test_id("trend-month").get_by_test_id("plot")).to_have_attribute(
        "data-drawn", str(len(months))
    )


def test_map_and_bars_show_the_rates_of_the_api_and_open_cases(desks, boss, evaluation):
    page = desks.enter(boss, language="en")
    turn_to(page, MONTH)
    look_at(page, "areas-map")
    chapters = {chapter["by"]: chapter["groups"] for chapter in evaluation["chapters"]}
    areas = {group["group"]["value"]: group for group in chapters["area:community"]}
    marks = page.get_by_test_id("choropleth").locator("a[data-area]")
    expect(marks).to_have_count(len(areas))
    bands = evaluation["colouring"]["bands"]
    for mark in nonempty(marks.all()):
        rate = areas[mark.get_attribute("data-area")]["rates"]["on_time_rate"]
        assert percent(rate["value"]) in mark.get_attribute("aria-label")
        assert mark.get_attribute("data-band") == str(sum(rate["value"] >= edge for edge in bands))
    # The bars beside the map have the room of a picture.
    assert page.get_by_test_id("bars-area").bounding_box()["width"] > 300
    chosen = marks.first
    rate = areas[chosen.get_attribute("data-area")]["rates"]["on_time_rate"]
    # By the keyboard, as a link.
    opens(page, lambda: (chosen.focus(), page.keyboard.press("Enter")), rate["denominator"]["count"])
    for by in ("category", "unit"):
        look_at(page, f"bars-by-{by}")
        groups = {group["title"]["en"]: group["rates"]["on_time_rate"] for group in chapters[by]}
        rows = page.get_by_test_id(f"bars-{by}").locator("tbody tr")
        expect(rows).to_have_count(len(groups))
        for row in nonempty(rows.all()):
            rate = groups[row.locator("th").inner_text()]
            expect(row.locator("td").nth(1)).to_contain_text(percent(rate["value"]))
            assert [int(text) for text in row.locator("a.figure").all_inner_texts()] == [
                rate["numerator"]["count"],
                rate["denominator"]["count"],
            ]


@pytest.mark.parametrize("path", [MONTH, f"figures?{DECEMBER}&group_by=category"])
def test_heat_map_shows_the_hours_of_the_api_and_moves_by_arrows(desks, boss, evaluation, path):
    page = desks.enter(boss, language="en")
    turn_to(page, path)
    look_at(page, "heat-map")
    cells = page.get_by_test_id("heat").locator("a")
    expect(cells).to_have_count(7 * 24)
    counts = evaluation["hours"]["counts"]
    assert sum(map(sum, counts)) == evaluation["measures"]["accepted"]["count"] > 100
    assert [int(text.replace("·", "0")) for text in cells.all_inner_texts()] == [
        n for day in counts for n in day
    ]
    # One cell is in the order of Tab; arrows lead to the others.
    assert page.get_by_test_id("heat").locator("a[tabindex='0']").count() == 1
    weekday, hour = max(
        ((day, hour) for day in range(7) for hour in range(24)), key=lambda at: counts[at[0]][at[1]]
    )
    page.get_by_test_id("heat").locator("a[tabindex='0']").focus()
    for _ in range(weekday):
        page.keyboard.press("ArrowDown")
    for _ in range((hour - 8) % 24):
        page.keyboard.press("ArrowRight")
    focused = page.locator("a:focus")
    expect(focused).to_have_attribute("data-at", f"{weekday}-{hour}")
    opens(page, lambda: page.keyboard.press("Enter"), counts[weekday][hour])


def test_figures_page_has_tiles_findings_and_pictures_of_its_grouping(desks, boss):
    answer = boss.get(f"/figures?{DECEMBER}&group_by=category").json
    page = desks.enter(boss, language="en")
    turn_to(page, f"figures?{DECEMBER}&group_by=category")
    expect(page.get_by_test_id("tile-due").locator(".figure")).to_have_text(
        str(answer["measures"]["due"]["count"])
    )
    weights = [float(cell.get_attribute("data-weight")) for cell in page.get_by_test_id("weight").all()]
    assert weights and all(first >= second for first, second in pairwise(weights))
    expect(page.get_by_test_id("bars-category").locator("tbody tr")).to_have_count(
        min(10, len(answer["groups"]))
    )
    for grouping, picture in (
        ("day", "trend-day"),
        ("area:community", "areas-map"),
        ("month", "trend-rates"),
    ):
        turn_to(page, f"figures?{DECEMBER}&group_by={grouping}")
        look_at(page, picture)
        expect(page.get_by_test_id(picture)).to_be_visible()
    expect(page.get_by_test_id("trend-rates").get_by_test_id("plot")).to_have_attribute("data-drawn", "1")


def test_skeletons_stand_where_pictures_are_loading(desks, boss):
    page = desks.enter(boss, language="en")
    held: list[Route] = []
    page.route(re.compile(r"/api/v1/evaluation\?"), lambda route: held.append(route))
    turn_to(page, MONTH)
    eventually(lambda: held or page.wait_for_timeout(50), seconds=30)
    expect(page.get_by_test_id("skeleton")).to_be_visible()
    expect(page.get_by_test_id("skeleton").get_by_role("status")).to_have_text("Loading…")
    held[0].continue_()
    expect(page.get_by_test_id("tiles")).to_be_visible()
    expect(page.get_by_test_id("skeleton")).to_have_count(0)


def test_evaluation_of_too_many_cases_is_refused_with_a_way_out(desks, boss):
    page = desks.enter(boss.city.person(Role.ADMIN), language="en")
    requests: list[str] = []
    page.route(
        re.compile(r"/api/v1/evaluation\?"),
        lambda route: (
            requests.append(route.request.url),
            route.fulfill(
                status=422,
                content_type="application/problem+json",
                json={"code": "too_much_to_count", "detail": "compare=none", "status": 422},
            ),
        ),
    )
    turn_to(page, "evaluation")
    refusal = page.get_by_test_id("evaluation").get_by_role("alert")
    expect(refusal).to_contain_text("Choose a smaller area")
    expect(refusal).not_to_contain_text("compare=none")
    # The area that is counted is the one that the form shows, though an administrator has no area of their own.
    assert f"area_id={page.locator('[name=area_id]').input_value()}" in requests[-1]
    expect(page.locator("[name=area_id] option").first).to_have_attribute("value", re.compile(r".{36}"))


@pytest.mark.wide
@pytest.mark.parametrize("language", drawn_share(["zh-CN", "en"], one_in=2, name="language of pictures"))
@pytest.mark.parametrize("path", [MONTH, f"figures?{DECEMBER}&group_by=area:community"])
def test_pictures_keep_nobody_out_and_fit_a_phone_and_paper(desks, boss, language, path):
    page = desks.enter(boss, language=language)
    turn_to(page, path)
    for picture in ("trend-day", "areas-map", "heat-map"):
        if page.get_by_test_id(picture).count() or picture != "trend-day":
            look_at(page, picture)
    expect(page.get_by_test_id("choropleth")).to_be_visible()
    expect(page.get_by_test_id("heat")).to_be_visible()
    page.wait_for_load_state("networkidle")
    name = f"pictures-{language}-{path.partition('?')[0]}"
    assert_accessible(page, name)
    take_pictures(page, name, DESK, PHONE, on_paper=True)
    page.emulate_media(media="print")
    expect(page.get_by_test_id("choropleth")).to_be_visible()
    expect(page.get_by_test_id("heat")).to_be_visible()
