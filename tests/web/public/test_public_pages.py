"""The public pages in a browser: WCAG 2.2 AA, with and without scripts, and the map on which a place is chosen."""

import re

import pytest
from PIL import Image
from playwright.sync_api import expect

from app.core import db
from app.core.actor import SYSTEM
from app.public import service as public
from tests.nonempty import nonempty
from tests.notices.test_links import make_link, submit
from tests.notices.world import TEXTS, NoticeWorld
from tests.places.conftest import register
from tests.public.conftest import file_report, list_cases
from tests.public.test_following import handled_and_closed
from tests.web.axe import serious_violations, structure_violations
from tests.web.pictures import DESK, PHONE, take_pictures


@pytest.fixture(scope="module")
def addresses(city):
    register(city, address="古荡路12号", kind="dwelling")
    register(city, address="古荡路14号", kind="shop", name="平安超市")
    city.supervisor()
    open_case = file_report(city, words="路边有垃圾 13800001111")
    file_report(city, category="0106", words="路灯不亮")
    case = open_case.case
    ended = file_report(city, words="井盖破了")
    handled_and_closed(city, ended)
    world = NoticeWorld(city)
    (home,) = world.settle("g1")
    arabic = {"title": "قطع المياه", "text": "لا ماء يوم الجمعة."}
    secret = make_link(world, world.published(texts=TEXTS | {"ar": arabic}), home)
    submit(world, f"zh/notices/{secret}/question", {"words": "几点恢复供水？"})
    return {
        "ended": f"follow/{ended.secret}",
        "notice": f"notices/{secret}",
        "notice-code": "notices",
        "home": "",
        "what": "report?what=垃圾",
        "where": "report/E0102?where=古荡",
        "details": f"report/E0102?lon={case.lon}&lat={case.lat}",
        "cases": "cases",
        "case": f"cases/{case.id}",
        "promises": "promises",
        "changes": "changes",
        "privacy": "privacy",
        "follow": f"follow/{open_case.secret}?new=1&hidden=1",
        "missing": "cases/0192f0c1-0000-7000-8000-000000000000",
    }


NAMES = [
    *(
        "home",
        "what",
        "where",
        "details",
        "cases",
        "case",
        "promises",
        "changes",
        "privacy",
        "follow",
        "missing",
    ),
    *("ended", "notice", "notice-code"),
]


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("name", NAMES)
def test_public_page_has_no_accessibility_violation(visitor, city, addresses, name, lang):
    visitor.goto(f"/public/{city.code}/{lang}/{addresses[name]}")
    assert structure_violations(visitor) == []
    for scheme in ("light", "dark"):
        visitor.emulate_media(color_scheme=scheme)
        assert serious_violations(visitor) == [], scheme
    visitor.emulate_media(color_scheme="light")
    for width in (320, 360, 1280):
        visitor.set_viewport_size({"width": width, "height": 800})
        overflow = visitor.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert overflow <= 0, width
    take_pictures(visitor, f"public-{name}-{lang}", PHONE, DESK)


@pytest.fixture(scope="module")
def message_links(city, addresses):
    """The paths of the links in messages by language: to confirm, to stop, and to the case."""
    links = {}
    for lang in ("zh", "en"):
        receipt = file_report(city, words=f"路边有垃圾 {lang}")
        with db.transaction(SYSTEM) as session:
            door = public.open_city(session, city.code)
            public.ask_for_messages(
                session,
                door,
                receipt.secret,
                channel="sms",
                address="13800001111",
                language=lang,
                source=None,
                settings=city.settings,
            )
            (contact,) = public.contacts_of(session, door, receipt.secret)
        links[lang] = {
            "confirm": f"/public/y/{public.link_secret(city.settings, 'confirm', contact.id)}",
            "stop": f"/public/n/{public.link_secret(city.settings, 'stop', contact.id)}",
            "follow": f"/public/{city.code}/{lang}/follow/{receipt.secret}",
        }
    return links


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("name", ["follow", "confirm", "stop"])
def test_page_of_message_link_has_no_accessibility_violation(visitor, message_links, name, lang):
    visitor.goto(message_links[lang][name])
    for _ in range(1 if name == "follow" else 2):
        assert structure_violations(visitor) == []
        for scheme in ("light", "dark"):
            visitor.emulate_media(color_scheme=scheme)
            assert serious_violations(visitor) == [], scheme
        for width in (320, 1280):
            visitor.set_viewport_size({"width": width, "height": 800})
            overflow = visitor.evaluate("document.documentElement.scrollWidth - window.innerWidth")
            assert overflow <= 0, width
        if visitor.get_by_role("button").count() == 1:
            visitor.get_by_role("button").click()
            expect(visitor.get_by_role("status")).to_be_visible()


def test_place_is_chosen_on_map_by_keyboard(visitor, city, addresses):
    visitor.goto(f"/public/{city.code}/en/report/E0102")
    canvas = visitor.locator("#picker canvas")
    expect(canvas).to_be_visible()
    before = canvas.get_attribute("data-place")
    canvas.focus()
    visitor.keyboard.press("ArrowRight")
    visitor.keyboard.press("+")
    after = canvas.get_attribute("data-place")
    assert float(after.split(",")[0]) > float(before.split(",")[0])
    visitor.wait_for_function(
        "() => performance.getEntriesByType('resource').some(entry => entry.name.includes('/public/tiles/'))"
    )
    visitor.get_by_role("button", name="It is here").click()
    expect(visitor).to_have_url(re.compile(r"lon=[\d.]+&lat=[\d.]+"))
    assert after.split(",")[0] in visitor.url
    expect(visitor.get_by_role("heading", level=1)).to_have_text("What do you see?")


def test_listed_cases_are_drawn_at_their_public_cells(visitor, city, addresses):
    visitor.goto(f"/public/{city.code}/en/cases")
    canvas = visitor.locator("#picker canvas")
    expect(canvas).to_be_visible()
    listed = list_cases(city)[:20]
    links = visitor.locator(".cases > li")
    assert [row.inner_text().split()[0] for row in nonempty(links.all())] == [
        f"{number}." for number in range(1, len(listed) + 1)
    ]
    marks = visitor.locator("#picker").get_attribute("data-marks")
    assert marks == " ".join(f"{case.lon},{case.lat}" for case in listed)
    expect(visitor.get_by_role("button", name="It is here")).to_have_count(0)
    # The cell in the middle of the map has the colour of marks.
    assert len({(case.lon, case.lat) for case in listed}) == 1
    pixel = canvas.evaluate(
        """canvas => [...canvas.getContext("2d").getImageData(canvas.width / 2 - 8, canvas.height / 2 - 8, 1, 1).data]"""
    )
    assert pixel == [179, 38, 30, 255]


def test_report_is_sent_by_browser_without_script(browser, server, city, addresses, tmp_path):
    context = browser.new_context(base_url=f"http://127.0.0.1:{server.port}", java_script_enabled=False)
    page = context.new_page()
    page.goto(f"/public/{city.code}/en/")
    page.get_by_role("link", name="Report", exact=True).last.click()
    page.get_by_label("Say it in a few words").fill("broken lamp")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("link", name="Street lamp").first.click()
    expect(page.locator("#picker")).to_be_hidden()
    page.get_by_label("Street or landmark").fill("Pingan")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("link", name=re.compile("Pingan Supermarket")).click()
    page.get_by_label("In your words").fill("The lamp is out")
    # Larger than the bodies that the server takes elsewhere without a token.
    photo = tmp_path / "lamp.png"
    Image.effect_noise((2_000, 1_500), 80).save(photo)
    assert photo.stat().st_size > 2_000_000
    page.locator("input[type=file]").set_input_files(photo)
    page.get_by_role("button", name="Send the report").click()
    expect(page.get_by_role("status")).to_contain_text("Your report has arrived")
    expect(page.get_by_role("img", name="QR code of your link")).to_be_visible()
    context.close()
