"""What is pressed on a page lies in the lower half of the screen and in view, also with text twice as large."""

import pytest
from playwright.sync_api import expect

from tests.sample_sizes import drawn_share
from tests.web.field.test_header_and_tabs import OVERFLOWING
from tests.web.field.test_task_cards import settle
from tests.web.field.test_tasks import do
from tests.web.field.test_worker_days import send, soon, status
from tests.web.pictures import take_pictures

# A phone of today, upright.
TALL = {"width": 360, "height": 740}
# Whether the thumb reaches an element: below the middle of the screen, above the tabs, and not covered.
REACHED = """element => {
    const box = element.getBoundingClientRect();
    const tabs = document.querySelector("nav").getBoundingClientRect().top;
    const top = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
    return box.top >= innerHeight / 2 && box.bottom <= tabs + 1 && element.contains(top);
}"""


@pytest.mark.wide
@pytest.mark.parametrize("language", drawn_share(["zh-CN", "en"], one_in=2, name="language of one hand"))
def test_main_action_of_each_page_is_near_the_thumb(city, online, owner, phone, language):
    me, other = city.worker("g1"), online(city.worker("g2"))
    settle(city, city.at(0.52, 1.5), "幸福路1号")
    camera = online(city.worker("g3", on_duty=False))
    done = send(camera, city.in_grid("g2"), "路面油污")
    [attempt] = [a for a in other.get("/assignments").json["items"] if a["incident"]["id"] == done["id"]]
    assert other.post(f"/assignments/{attempt['id']}/accept", {}).status_code == 200
    do(other, done, "feed_back", note="已冲洗")
    soon(lambda: status(owner, done["id"]) == "checking")
    send(other, city.in_grid("g1"), "楼道堆物，通道被完全堵住，居民多次反映，物业电话 0571-88881234")
    device = phone(language)
    page = device.page
    page.set_viewport_size(TALL)
    device.sign_in(me)

    def near_thumb(name):
        action = page.get_by_test_id(name)
        expect(action).to_be_visible()
        page.evaluate("scrollTo(0, 0)")
        soon(lambda: action.evaluate(REACHED), so_far=name)
        take_pictures(page, f"field-{language}-thumb-{name}", (360, 740), is_whole=False)
        page.evaluate("document.documentElement.style.fontSize = '34px'")
        page.evaluate("scrollTo(0, 0)")
        assert page.evaluate(OVERFLOWING) == [], name
        soon(lambda: action.evaluate(REACHED), so_far=f"{name}, large")
        take_pictures(page, f"field-{language}-thumb-{name}-large", (360, 740), is_whole=False)
        page.evaluate("document.documentElement.style.fontSize = ''")
        return action

    page.get_by_test_id("offer").filter(has_text="楼道堆物").get_by_test_id("open-offer").click()
    near_thumb("accept").click()
    near_thumb("do-en_route").click()
    near_thumb("do-on_scene").click()
    near_thumb("do-start").click()
    near_thumb("feed-back")
    device.tab("tasks")
    page.get_by_test_id("offer").filter(has_text="路面油污").get_by_test_id("accept").click()
    page.get_by_test_id("mine").filter(has_text="路面油污").click()
    near_thumb("check-pass")
    device.tab("report")
    near_thumb("send-report")
    device.tab("day")
    page.get_by_test_id("to-visits").click()
    page.get_by_test_id("home").first.click()
    near_thumb("visit-save")
