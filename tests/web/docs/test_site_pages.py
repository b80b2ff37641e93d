"""The documentation site at /docs in a browser: search in English and Chinese, and pages under their own policy."""

import re
import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.live.processes import Server
from tests.sample_sizes import drawn_share
from tests.web.axe import serious_violations
from tests.web.pictures import DESK, PHONE, take_pictures

pytestmark = pytest.mark.deep

ROOT = Path(__file__).parents[3]


@pytest.fixture
def site(browser: Browser, server: Server):
    """A page at /docs/ whose browser complains of nothing."""
    done = subprocess.run([ROOT / "bin" / "docs"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    page = browser.new_page()
    complaints: list[str] = []
    page.on(
        "console",
        lambda message: complaints.append(message.text) if message.type in ("error", "warning") else None,
    )
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(f"http://127.0.0.1:{server.port}/docs/")
    yield page
    page.close()
    assert complaints == []


@pytest.mark.parametrize(
    ("words", "page", "title"),
    [
        ("GRIDWARD_WORKERS", "reference/settings.html", "Settings"),
        ("transition_illegal", "reference/errors.html", "Error codes"),
        ("责任网格", "reference/errors.html", "Error codes"),
        ("overdue", "reference/deadlines.html", "Deadlines"),
        ("how is a deadline computed", "reference/deadlines.html", "Deadlines"),
    ],
)
def test_search_finds_page(site, words, page, title):
    site.get_by_role("textbox", name="Search").first.fill(words)
    site.keyboard.press("Enter")
    result = site.locator(f'#search-results a[href*="{page}"]').first
    expect(result).to_contain_text(title)
    result.click()
    expect(site).to_have_url(re.compile(re.escape(page)))


@pytest.mark.parametrize(
    "page", ["", "reference/lifecycle.html", "reference/settings.html", "how-to/gis.html"]
)
@pytest.mark.wide
@pytest.mark.parametrize("scheme", drawn_share(["light", "dark"], one_in=2, name="scheme of the site"))
def test_pages_fit_phone_and_desk_without_serious_faults(site, server, page, scheme):
    site.emulate_media(color_scheme=scheme)
    site.goto(f"http://127.0.0.1:{server.port}/docs/{page}")
    for width, height in (PHONE, DESK):
        site.set_viewport_size({"width": width, "height": height})
        assert site.evaluate("document.documentElement.scrollWidth") <= width
    assert serious_violations(site) == []
    take_pictures(
        site,
        f"docs-{page.partition('.')[0].replace('/', '-') or 'index'}-{scheme}",
        PHONE,
        DESK,
        is_whole=False,
    )
