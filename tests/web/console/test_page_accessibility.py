"""Every console page in both languages and themes: no axe violation, not wider than a phone, first load within its limit."""

import re

import pytest
from playwright.sync_api import expect

from app.core import clock
from tests.statistics.stored_months import store_month
from tests.web.axe import serious_violations
from tests.web.pictures import DESK, FOLDER, PHONE, take_pictures
from tests.web.themes import show_theme

PICTURES = FOLDER
# What is printed, as a whole or as paper that the API makes.
ON_PAPER = {"board", "case", "figures", "evaluation", "paper"}
PAGES = {
    "board": "board",
    "cases": "cases",
    "case": "case/{case}",
    "decisions": "decisions",
    "signals": "signals",
    "rules": "rules",
    "files": "files",
    "audit": "audit",
    "map": "map?case={case}",
    "figures": "figures",
    "evaluation": "evaluation?month={month}",
    "kept-members": "kept?from={month}&to={month}&measure=visits_due",
    "my-account": "my-account",
    "my-work": "my-work",
    "to-release": "to-release",
    "households": "households",
    "notices": "notices",
    "unknown-page": "no-such-page",
    "workers": "workers",
    "roster": "roster",
    "accounts": "accounts",
    "account": "account/{account}",
    "units": "units",
    "care": "care",
    "pick-areas": "areas",
    "areas": "areas?parent={area}",
    "paper": "paper?path=%2Fapi%2Fv1%2Fincidents%2F{case}%2Fprint",
}


def check_page(page, name):
    return [(name, *violation) for violation in serious_violations(page)]


@pytest.mark.deep
@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_every_page_passes_axe_and_fits_a_phone(console, street, language):
    page = console(language=language)
    base = re.sub("#.*", "", page.url)
    month = f"{clock.now():%Y-%m}"
    ids = {"case": street.overdue["id"], "account": street.wang.id, "area": street.city.areas["c1"]}
    store_month(
        street.city, "g1", {"visits_due": 3, "visits_made": 2}, month=clock.now().date().replace(day=1)
    )
    wrong = []
    for name, path in PAGES.items():
        page.set_viewport_size({"width": 1280, "height": 800})
        page.goto(f"{base}#/{path.format(**ids, month=month)}")
        page.get_by_test_id(name).wait_for()
        page.wait_for_load_state("networkidle")
        take_pictures(page, f"console-{language}-{name}", DESK, PHONE, on_paper=name in ON_PAPER)
        wrong += check_page(page, name)
        show_theme(page, "dark")
        take_pictures(page, f"console-{language}-{name}-dark", DESK, PHONE)
        wrong += check_page(page, f"{name}, dark")
        show_theme(page, "light")
        page.set_viewport_size({"width": 360, "height": 640})
        over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if over > 0:
            wrong.append((name, "wider than a phone", over))
    assert wrong == []
    # What was kept of a month leads to what it counted.
    page.goto(f"{base}#/evaluation?month={month}")
    page.get_by_test_id("kept").locator(".figure").first.click()
    expect(page.get_by_test_id("counted").locator("tbody tr")).to_have_count(3)
