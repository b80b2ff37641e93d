"""The page at /api/docs: sign-in, calls and answers, axe, time to open; the fixture refuses other origins."""

import json
import subprocess
import time
from uuid import UUID

import pytest
from playwright.sync_api import expect

from app.http.docs_page import FILES
from tests.web.axe import serious_violations
from tests.web.pictures import DESK, PHONE, take_pictures

OPEN_WITHIN_S = 2.0
OPEN_OPERATIONS = """() => {
    for (const group of document.querySelectorAll(".group")) group.open = true;
    for (const operation of document.querySelectorAll(".operation")) operation.fill();
    return document.querySelectorAll(".operation form").length;
}"""
OPEN_SCHEMAS = """() => {
    for (const part of document.querySelectorAll(".deeper")) part.fill();
    return document.querySelectorAll(".schema").length;
}"""
REPEATED_IDS = """() => {
    const ids = [...document.querySelectorAll("[id]")].map((element) => element.id);
    return ids.filter((id, index) => ids.indexOf(id) !== index);
}"""


def test_demo_account_signs_in_with_one_click_and_calls(docs):
    docs.open()
    docs.sign_in()
    operation = docs.operation("get", "/me")
    operation.get_by_role("button", name="Send").click()
    expect(operation.get_by_role("status")).to_contain_text("Answer: 200")
    expect(operation.locator("pre.answer")).to_contain_text('"username": "demo-supervisor"')
    expect(operation.locator("pre.curl")).to_contain_text("Bearer $TOKEN")
    stored = docs.page.evaluate("[localStorage.length, sessionStorage.length, document.cookie]")
    assert stored == [0, 0, ""] and docs.page.context.cookies() == []


def test_form_tells_refusal_and_signs_in_and_out(docs):
    docs.open()
    docs.page.fill("#username", "demo-supervisor")
    docs.page.fill("#password", "not the password")
    docs.page.press("#password", "Enter")
    message = docs.page.locator("#sign-in-message")
    expect(message).to_contain_text("password")
    docs.page.fill("#password", "gridward-demo")
    docs.page.press("#password", "Enter")
    docs.page.get_by_text("Signed in as demo-supervisor").wait_for()
    docs.page.click("#sign-out")
    expect(message).to_have_text("You are signed out.")
    operation = docs.operation("get", "/me")
    operation.get_by_role("button", name="Send").click()
    expect(operation.get_by_role("status")).to_contain_text("Answer: 401")


def test_parameters_and_body_reach_the_server(docs):
    docs.open()
    docs.sign_in()
    listing = docs.operation("get", "/incidents")
    listing.get_by_text("optional parameters").click()
    listing.get_by_label("limit", exact=True).fill("1")
    listing.get_by_role("button", name="Send").click()
    expect(listing.get_by_role("status")).to_contain_text("Answer: 200")
    assert docs.requests[-1].endswith("/api/v1/incidents?limit=1")
    report = docs.operation("post", "/incidents")
    report.locator("textarea").fill('{"lon": 200, "lat": 30}')
    report.get_by_role("button", name="Send").click()
    expect(report.get_by_role("status")).to_contain_text("Answer: 422")
    expect(report.locator("pre.answer")).to_contain_text('"field": "lon"')


def test_body_of_a_request_has_a_new_uuid7_when_the_client_makes_the_id(docs):
    docs.document["paths"]["/api/v1/incidents"]["post"]["requestBody"]["content"]["application/json"][
        "example"
    ] = {"id": "019caa00-0000-7000-8000-000000000001", "lon": 120.1, "lat": 30.3}
    docs.page.route("**/openapi.json", lambda route: route.fulfill(json=docs.document))
    docs.open()
    body = json.loads(docs.operation("post", "/incidents").locator("textarea").input_value())
    made = UUID(body.pop("id"))
    assert body == {"lon": 120.1, "lat": 30.3}
    assert made.version == 7 and abs((made.int >> 80) / 1000 - time.time()) < 600


def test_token_is_renewed_before_a_call_when_it_is_about_to_expire(docs):
    docs.page.clock.install()
    docs.open()
    docs.sign_in()
    docs.page.clock.fast_forward("09:45")
    operation = docs.operation("get", "/me")
    operation.get_by_role("button", name="Send").click()
    expect(operation.get_by_role("status")).to_contain_text("Answer: 200")
    assert sum(url.endswith("/auth/refresh") for url in docs.requests) == 1


def test_page_tells_when_the_session_has_expired(docs):
    docs.page.clock.install()
    docs.open()
    docs.sign_in()
    docs.page.route("**/auth/refresh", lambda route: route.fulfill(status=401, json={"detail": "gone"}))
    docs.page.clock.fast_forward("11:00")
    docs.operation("get", "/me").get_by_role("button", name="Send").click()
    expect(docs.page.locator("#sign-in-message")).to_have_text("The session has expired. Sign in again.")
    expect(docs.page.locator("#sign-in")).to_be_visible()


def test_filter_shows_matching_operations_only(docs):
    docs.open()
    docs.page.fill("#filter", "post duplicates")
    expect(docs.page.locator("#filter-result")).to_have_text("1 operation found")
    shown = docs.page.locator(".operation:visible")
    expect(shown).to_have_count(1)
    assert shown.get_attribute("id") == docs.operation_id("post", "/incidents/duplicates")


@pytest.mark.parametrize("width", [DESK, PHONE], ids=["desk", "phone"])
def test_page_passes_axe_closed_opened_and_answered(docs, width):
    docs.page.set_viewport_size({"width": width[0], "height": width[1]})
    docs.open()
    wrong = [("closed", *violation) for violation in serious_violations(docs.page)]
    take_pictures(docs.page, "docs-closed", width, is_whole=False)
    docs.sign_in()
    operation = docs.operation("post", "/incidents")
    operation.get_by_text("Members of the body").click()
    wrong += [("opened", *violation) for violation in serious_violations(docs.page)]
    operation.get_by_role("button", name="Send").click()
    expect(operation.get_by_role("status")).to_contain_text("Answer: ")
    wrong += [("answered", *violation) for violation in serious_violations(docs.page)]
    take_pictures(docs.page, "docs-answered", width, is_whole=False)
    assert wrong == []
    over = docs.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert over <= 0


def test_every_operation_opens_and_passes_axe(docs):
    docs.open()
    count = sum(len(item.keys() - {"parameters"}) for item in docs.document["paths"].values())
    assert docs.page.evaluate(OPEN_OPERATIONS) == count > 200
    assert docs.page.evaluate(REPEATED_IDS) == []
    assert serious_violations(docs.page) == []
    assert docs.page.evaluate(OPEN_SCHEMAS) > count


def test_page_opens_within_two_seconds(docs):
    seconds = []
    for _ in range(3):
        started_at = time.monotonic()
        docs.open()
        seconds.append(time.monotonic() - started_at)
    assert min(seconds) < OPEN_WITHIN_S, seconds


def test_scripts_of_the_page_have_no_type_errors(dist):
    options = ["--noEmit", "--allowJs", "--checkJs", "--strict", "--noImplicitAny", "false"]
    options += ["--target", "ES2022", "--module", "ESNext", "--moduleResolution", "Bundler"]
    options += ["--lib", "ES2023,DOM,DOM.Iterable"]
    compiler = dist.parent / "node_modules" / "typescript" / "bin" / "tsc"
    done = subprocess.run(
        ["node", compiler, *options, *sorted(FILES.glob("*.js"))], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout
