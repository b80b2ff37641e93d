"""Category search by pinyin and by words of both languages; times in the zone of the city."""

import re
from datetime import datetime
from zoneinfo import ZoneInfo

from playwright.sync_api import expect

FOUND = {
    "bllj": "暴露垃圾",  # initials
    "baolulaji": "暴露垃圾",
    "laji": "暴露垃圾",  # a word within
    "垃圾 暴露": "暴露垃圾",  # in any order
    "rubbish exposed": "暴露垃圾",
    "E0102": "暴露垃圾",
}


def test_category_search_accepts_pinyin_and_times_use_city_zone(city, owner, phone):
    me = city.worker("g1")
    device = phone(zone="America/New_York")
    device.sign_in(me)
    page = device.page
    [since, zone] = owner.execute(
        """select lower(d.during), (select p.data ->> 'timezone' from profile_version p where p.jurisdiction_id = %s)
           from duty d where d.worker_id = %s""",
        (city.jurisdiction_id, me.id),
    ).fetchone()
    there = since.astimezone(ZoneInfo(zone))
    assert there.utcoffset() != datetime.now(ZoneInfo("America/New_York")).utcoffset()
    expect(page.get_by_test_id("duty")).to_contain_text(f"{there:%H:%M}")

    device.tab("report")
    for text, name in FOUND.items():
        page.get_by_test_id("search-category").fill(text)
        expect(page.get_by_test_id(re.compile("^category-E")).filter(has_text=name)).to_have_count(1)
    page.get_by_test_id("search-category").fill("zzzz")
    expect(page.get_by_test_id(re.compile("^category-"))).to_have_count(0)
