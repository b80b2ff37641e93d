"""The story of the tutorial `a-late-case`: a supervisor asks why a case is late. Ten pictures are taken on the way."""

from playwright.sync_api import Browser, Locator, Page, expect

from app.core.ids import uuid7
from tests.docs.first_days import (
    CASE_NO,
    DESK,
    PASSWORD,
    PLACE,
    caller,
    new_context,
    take,
    wait_for_map,
)
from tests.docs.servers import Running
from tests.web.console.desk import choose_action, turn_to
from tests.web.pictures import SETTLED_MS

UNCLASSIFIED = "unclassified"
WORDS = {
    "en": {"why": "You know the place: please see to it today", "danger": "A dog follows me"},
    "zh-CN": {"why": "您熟悉现场，请今天处置", "danger": "有狗追我"},
}


def supervisor_story(browser: Browser, server: Running, language: str) -> None:
    """Live the story in one language."""
    context = new_context(browser, language, DESK)
    page = context.new_page()
    page.goto(f"http://127.0.0.1:{server.port}/console/")
    page.fill("[name=username]", "demo-supervisor")
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    expect(page.get_by_test_id("board")).to_be_visible()
    take(page, "story-1-board", language)
    _late_case(page, language)
    _case_that_nobody_took(page, language)
    _call_for_help(page, server, language)
    _wider_view(page, language)
    context.close()


def _late_case(page: Page, language: str) -> None:
    """Find the case that is late for the longest time, and read why."""
    turn_to(page, "cases?overdue=true")
    table = page.get_by_test_id("case-table")
    expect(table.locator("tbody a").first).to_be_visible()
    take(page, "story-2-late-cases", language)
    table.get_by_role("link", name=CASE_NO).first.click()
    durations = page.get_by_test_id("durations")
    durations.locator("details > summary").click()
    _show(durations, page)
    take(page, "story-3-time-taken", language)


def _case_that_nobody_took(page: Page, language: str) -> None:
    """Read why nobody took a case that waits, and give it to a worker."""
    turn_to(page, f"cases?waiting=true&category={UNCLASSIFIED}")
    page.get_by_test_id("case-table").get_by_role("link", name=CASE_NO).first.click()
    explanation = page.get_by_test_id("explanation")
    explanation.locator("details > summary").last.click()
    _show(explanation.locator("details[open]"), page)
    take(page, "story-4-why-nobody", language)
    _show(page.get_by_test_id("candidates-now"), page)
    take(page, "story-5-who-can-take-it", language)
    choose_action(page, "reassign")
    form = page.get_by_test_id("act-form")
    worker = form.get_by_role("option").filter(has_text="/20").first
    form.get_by_test_id("worker").select_option(worker.get_attribute("value"))
    form.get_by_test_id("note").fill(WORDS[language]["why"])
    take(page, "story-6-reassign", language)
    page.get_by_test_id("act-submit").click()
    expect(form).to_have_count(0)


def _call_for_help(page: Page, server: Running, language: str) -> None:
    """A worker calls for help; the supervisor acknowledges it where it is seen, and closes it."""
    worker = caller(server, "demo-worker-2")
    place = {"lon": PLACE["longitude"], "lat": PLACE["latitude"]}
    call = worker.post("/sos", {"id": str(uuid7()), **place, "note": WORDS[language]["danger"]})
    bar = page.get_by_test_id("emergency-bar")
    expect(bar).to_contain_text(WORDS[language]["danger"])
    bar.get_by_test_id("call-place").click()
    expect(page.get_by_test_id("picture")).to_have_attribute("data-calls", "1")
    wait_for_map(page)
    take(page, "story-7-call-for-help", language)
    page.get_by_test_id("take-care").click()
    expect(bar).to_have_count(0)
    caller(server, "demo-supervisor").post(f"/sos/{call['id']}/close", {"outcome": "false_alarm"})


def _wider_view(page: Page, language: str) -> None:
    """Ask whether the late case is one of many: signals, figures and the evaluation."""
    turn_to(page, "signals")
    expect(page.get_by_test_id("signal").first).to_be_visible()
    take(page, "story-8-signals", language)
    turn_to(page, "figures")
    expect(page.get_by_test_id("tiles")).to_be_visible()
    choropleth = page.get_by_test_id("choropleth")
    while not choropleth.count():  # pictures are drawn when they come into view
        page.mouse.wheel(0, 400)
        page.wait_for_timeout(SETTLED_MS)
    _show(choropleth, page)
    take(page, "story-9-figures", language)
    turn_to(page, "evaluation")
    _show(page.get_by_test_id("findings"), page)
    take(page, "story-10-findings", language)


def _show(part: Locator, page: Page) -> None:
    """Scroll to a part of the page: its head is near the top of the window."""
    expect(part).to_be_visible()
    part.evaluate("element => window.scrollTo(0, element.getBoundingClientRect().top + window.scrollY - 80)")
    page.wait_for_timeout(SETTLED_MS)
