"""My account: password, sessions, tokens and language."""

from playwright.sync_api import expect

from tests.factories import PASSWORD
from tests.web.console.desk import assert_accessible


def test_account_page_changes_password_language_and_ends_session(console, street):
    me = street.city.supervisor()
    me.bearer()  # a session on another device
    page = console(who=me, language="en")
    page.get_by_test_id("me").click()
    account = page.get_by_test_id("my-account")
    expect(account).to_contain_text("Supervisor Area s")
    sessions = account.get_by_test_id("own-sessions").locator("tbody tr")
    expect(sessions).to_have_count(2)
    expect(sessions.filter(has_text="This session")).to_contain_text("Chrome, Linux")
    account.get_by_test_id("end-session").click()
    expect(sessions).to_have_count(1)
    refused = me.client.get("/api/v1/me", headers={"Authorization": f"Bearer {me.token}"})
    assert (refused.status_code, refused.json["code"]) == (401, "session_revoked")
    assert_accessible(page, "my-account")

    form = account.get_by_test_id("password-form")
    form.locator("[name=current]").fill(PASSWORD)
    form.locator("[name=new]").fill("eleven grey herons")
    form.locator("[name=again]").fill("eleven grey heroes")
    form.get_by_test_id("change-password").click()
    expect(form.get_by_role("alert")).to_contain_text("differ")
    form.locator("[name=again]").fill("eleven grey herons")
    form.get_by_test_id("change-password").click()
    expect(form.get_by_test_id("told")).to_contain_text("The password was changed")
    expect(form.locator("[name=new]")).to_have_value("")

    account.get_by_test_id("choose-language").select_option("zh-CN")
    expect(account.get_by_role("heading", level=1)).to_have_text("我的账号")
    page.reload()
    expect(account.get_by_role("heading", level=1)).to_have_text("我的账号")


def test_token_is_shown_once_opens_ogc_and_is_revoked(console, street, server):
    me = street.city.supervisor()
    page = console(who=me, language="en")
    page.get_by_test_id("me").click()
    form = page.get_by_test_id("token-form")
    form.locator("[name=label]").fill("QGIS of the office")
    form.locator("[name=password]").fill("not the password")
    form.get_by_test_id("create-token").click()
    expect(form.get_by_role("alert")).to_be_visible()
    form.locator("[name=password]").fill(PASSWORD)
    form.get_by_test_id("create-token").click()
    secret = page.get_by_test_id("token-secret").inner_text().strip()
    expect(page.get_by_test_id("new-token")).to_contain_text(f"http://127.0.0.1:{server.port}/ogc")
    row = page.get_by_test_id("tokens").locator("tbody tr")
    expect(row).to_contain_text("QGIS of the office")
    assert secret not in row.inner_text()
    assert_accessible(page, "new-token")

    def read():
        headers = {"Authorization": f"Bearer {secret}"}
        return page.request.get(f"http://127.0.0.1:{server.port}/ogc/collections", headers=headers).status

    assert read() == 200
    page.get_by_test_id("hide-token").click()
    expect(page.get_by_test_id("new-token")).to_have_count(0)
    page.reload()
    expect(row).to_have_count(1)
    expect(page.get_by_test_id("my-account")).not_to_contain_text(secret)
    page.get_by_test_id("revoke-token").click()
    expect(page.get_by_test_id("tokens")).to_have_count(0)
    assert read() == 401
