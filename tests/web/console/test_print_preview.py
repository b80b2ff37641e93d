"""Pages of the API that the console displays for printing: the monthly evaluation, on the paper that it sets."""

import re

import pytest
from playwright.sync_api import expect

from app.core import clock
from tests.sample_sizes import drawn_share
from tests.web.console.desk import turn_to
from tests.web.pictures import DESK, PHONE, take_pictures

LONG_SIDE, SHORT_SIDE = 842, 595  # A4, in points
MONTHS = "近十二个月的案卷数 Cases of the last 12 months"


def paper_size(page):
    """Return width and height of the printed page in points."""
    (box,) = set(re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", page.pdf(prefer_css_page_size=True)))
    return tuple(round(float(side)) for side in box)


@pytest.mark.wide
@pytest.mark.parametrize("language", drawn_share(["zh-CN", "en"], one_in=2, name="language of print"))
def test_printed_evaluation_has_its_pictures_links_and_paper(console, language):
    page = console(language=language)
    turn_to(page, f"evaluation?month={clock.now():%Y-%m}")
    page.get_by_test_id("printed").click()
    sheet = page.get_by_test_id("sheet")
    expect(sheet.get_by_role("group", name=MONTHS)).to_be_visible()
    # Marks lead to pages of the console, as numbers do.
    links = sheet.locator("svg a.mark")
    assert links.count() > 5
    assert all(link.get_attribute("href").startswith("#/") for link in links.all())
    take_pictures(page, f"console-{language}-printed-evaluation", DESK, PHONE, on_paper=True)
    assert paper_size(page) == (LONG_SIDE, SHORT_SIDE)
    links.first.press("Enter")  # the mark of another series may lie upon it
    expect(page.get_by_test_id("counted")).to_be_visible()
    # Other pages have the paper of the printer again.
    assert page.evaluate("document.adoptedStyleSheets.length") == 0
