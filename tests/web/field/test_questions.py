"""Questions of a category in a report of the field app, also without a network."""

from playwright.sync_api import expect

from tests.factories import make_city
from tests.open311.conftest import QUESTIONS
from tests.web.axe import serious_violations
from tests.web.field.test_worker_days import soon
from tests.web.pictures import PHONE, take_pictures


def sent(owner, person):
    """Words and attributes of the person's newest report."""
    return owner.execute(
        """select r.words, r.attributes from incident i join report r on r.id = i.id
           where i.reported_by = %s order by i.reported_at desc limit 1""",
        (person.id,),
    ).fetchone()


def test_report_asks_questions_and_sends_answers_after_the_network_is_back(app, settings, owner, phone):
    city = make_city(app, settings, **{"0106": {"questions": QUESTIONS}})
    me = city.worker("g1")
    device = phone()
    device.sign_in(me)
    page = device.page
    device.tab("report")
    page.get_by_test_id("search-category").fill("路灯")
    page.get_by_test_id("category-0106").click()
    send = page.get_by_test_id("send-report")
    send.click()
    expect(page.get_by_role("alert")).to_have_text("请回答：路灯怎么了？")
    device.gate.shut()
    page.get_by_test_id("question-FAULT").locator("select").select_option("dark")
    page.get_by_test_id("question-WHERE").get_by_label("path").check()
    assert serious_violations(page) == []
    take_pictures(page, "field-zh-questions", PHONE)
    # What was answered survives the end of the page.
    page.reload()
    device.tab("report")
    expect(page.get_by_test_id("question-FAULT").locator("select")).to_have_value("dark")
    expect(page.get_by_test_id("question-WHERE").get_by_label("path")).to_be_checked()
    expect(page.get_by_test_id("where")).to_contain_text("±8")
    send.click()
    expect(page.get_by_test_id("report-kept")).to_be_visible()
    device.gate.open()
    soon(
        lambda: sent(owner, me) == ("路灯怎么了？ 不亮\n在哪里？ path", {"FAULT": "dark", "WHERE": ["path"]})
    )
    expect(page.get_by_test_id("question-FAULT")).to_have_count(0)
