"""A slow phone on a slow network: time until the first use, and a report that arrives once."""

import time

import pytest
from playwright.sync_api import expect

from tests.web.field.test_worker_days import WASTE, report, soon

LIMIT_BYTES, LIMIT_S = 300_000, 60


@pytest.mark.deep
def test_slow_phone_loads_within_limits_and_sends_report_once(city, owner, phone, case):
    me = city.worker("g1")
    device = phone(slow=True)
    page = device.page
    began = time.monotonic()
    page.goto(f"http://127.0.0.1:{device.gate.port}/field/")
    expect(page.locator("input[name=username]")).to_be_visible()
    usable = time.monotonic() - began
    loaded = sum(device.loaded)
    print(f"first load: {loaded / 1000:.0f} kB over the wire, {usable:.1f} s until the worker can type")
    assert 0 < loaded < LIMIT_BYTES
    assert usable < LIMIT_S
    device.sign_in(me)
    report(page, "水管漏水", WASTE)
    device.sync()
    assert soon(lambda: case("水管漏水"))
    reports_sql = "select count(*) from report where words = %s"
    assert owner.execute(reports_sql, ("水管漏水",)).fetchone() == (1,)
