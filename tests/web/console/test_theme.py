"""Light and dark: chosen on this device or by the device, from the first paint on, also on maps; print is light."""

import io

from PIL import Image
from playwright.sync_api import expect

from tests.waits import eventually
from tests.web.console.desk import turn_to
from tests.web.pictures import DESK, take_pictures
from tests.web.themes import show_theme

GROUND = "getComputedStyle(document.documentElement).backgroundColor"
DARK, LIGHT = "rgb(18, 22, 25)", "rgb(241, 243, 244)"
LAND = {"light": (244, 244, 240), "dark": (24, 29, 33)}


def commonest_colour(picture):
    """Return the colour that most of an element has on the screen."""
    image = Image.open(io.BytesIO(picture.screenshot())).convert("RGB")
    return max(image.getcolors(image.width * image.height))[1]


def test_theme_follows_device_until_it_is_chosen(console):
    page = console(language="en")
    show_theme(page, "dark")
    assert page.evaluate(GROUND) == DARK
    page.get_by_test_id("me").click()
    choice = page.get_by_test_id("choose-theme")
    expect(choice).to_have_value("device")
    choice.select_option("light")
    assert page.evaluate(GROUND) == LIGHT
    page.reload()
    expect(choice).to_have_value("light")
    assert page.evaluate(GROUND) == LIGHT
    choice.select_option("dark")
    page.emulate_media(color_scheme="light")
    assert page.evaluate(GROUND) == DARK
    # Another tab of this browser follows.
    other = page.context.new_page()
    other.goto(page.url)
    expect(other.locator("html")).to_have_attribute("data-theme", "dark")
    choice.select_option("device")
    expect(other.locator("html")).to_have_attribute("data-theme", "light")
    other.close()


def test_chosen_theme_is_there_before_the_first_script_of_the_page_runs(console):
    page = console()
    page.evaluate("localStorage.setItem('gridward-theme', 'dark')")
    # Without the bundle there is nothing but the head: what the browser paints while it waits.
    page.route("**/assets/index-*.js", lambda route: route.fulfill(content_type="text/javascript", body=""))
    page.reload(wait_until="commit")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.wait_for_function(f"{GROUND} === '{DARK}'")
    assert page.evaluate("document.getElementById('app').childElementCount") == 0


def test_print_is_light_whatever_the_theme(console, street):
    page = console()
    show_theme(page, "dark")
    turn_to(page, f"case/{street.overdue['id']}")
    page.get_by_test_id("case").get_by_test_id("lead").wait_for()
    page.emulate_media(media="print", color_scheme="dark")
    ink = page.get_by_test_id("lead").locator("b").evaluate("text => getComputedStyle(text).color")
    assert (page.evaluate(GROUND), ink) == ("rgb(255, 255, 255)", "rgb(20, 24, 27)")
    # Canvases are drawn again for paper.
    page.emulate_media(media="screen", color_scheme="dark")
    themes = page.evaluate("""() => {
        const root = document.documentElement, seen = [];
        for (const event of ["beforeprint", "afterprint"]) {
            window.dispatchEvent(new Event(event));
            seen.push(root.dataset.theme);
        }
        return seen;
    }""")
    assert themes == ["light", "dark"]


def test_map_is_drawn_again_in_the_colours_of_the_theme(console, street):
    page = console()
    turn_to(page, "map")
    drawn = page.locator("[data-testid=picture][data-drawn]")
    drawn.wait_for()
    symbol = page.locator(".legend .sign path").first
    fill = "path => getComputedStyle(path).fill"
    light = symbol.evaluate(fill)
    eventually(lambda: commonest_colour(drawn) == LAND["light"])
    count = drawn.get_attribute("data-drawn")
    take_pictures(page, "console-map-light", DESK)
    show_theme(page, "dark")
    eventually(lambda: commonest_colour(drawn) == LAND["dark"])
    assert symbol.evaluate(fill) != light
    # What was drawn stays there.
    expect(drawn).to_have_attribute("data-drawn", count)
    assert count != "0"
    take_pictures(page, "console-map-dark", DESK)
