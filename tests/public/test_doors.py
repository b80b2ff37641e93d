"""Every door under /public: who may open it, and that no sign-in, cookie or token changes an answer."""

import pytest

from app.core.ids import uuid7
from tests.public.conftest import file_report
from tests.public.test_pages import visit

CITY = "/public/<city_code>"
PAGE = f"{CITY}/<any(zh, en):lang>"
NOTICE = f"{PAGE}/notices/<secret>"
FOLLOW = f"{PAGE}/follow/<secret>"
ANYBODY, HOLDER = "anybody", "the holder of a secret link"
DOORS = {
    "GET /public/": ANYBODY,
    "GET /public/static/<name>": ANYBODY,
    "GET /public/tiles/<int:zoom>/<int:column>/<int:row>": ANYBODY,
    "GET /public/t/<code>": ANYBODY,
    f"GET {CITY}/": ANYBODY,
    f"GET {CITY}/cases.geojson": ANYBODY,
    f"GET {PAGE}/": ANYBODY,
    f"GET {PAGE}/report": ANYBODY,
    f"GET {PAGE}/report/<code>": ANYBODY,
    f"POST {PAGE}/report/<code>": ANYBODY,
    f"GET {PAGE}/cases": ANYBODY,
    f"GET {PAGE}/cases/<uuid:case_id>": ANYBODY,
    f"POST {PAGE}/cases/<uuid:case_id>/support": ANYBODY,
    f"GET {PAGE}/cases/<uuid:case_id>/photos/<uuid:media_id>": ANYBODY,
    f"GET {PAGE}/promises": ANYBODY,
    f"GET {PAGE}/changes": ANYBODY,
    f"GET {PAGE}/privacy": ANYBODY,
    f"GET {FOLLOW}": HOLDER,
    f"POST {FOLLOW}/words": HOLDER,
    f"POST {FOLLOW}/contest": HOLDER,
    f"POST {FOLLOW}/rating": HOLDER,
    f"POST {FOLLOW}/end": HOLDER,
    f"GET {PAGE}/notices": ANYBODY,
    f"POST {PAGE}/notices": ANYBODY,
    "GET /public/notices/<secret>": HOLDER,
    f"GET {NOTICE}": HOLDER,
    f"GET {NOTICE}/files/<uuid:media_id>": HOLDER,
    f"POST {NOTICE}/answer": HOLDER,
    f"POST {NOTICE}/question": HOLDER,
    f"POST {NOTICE}/replies/<uuid:report_id>/follow": HOLDER,
    f"POST {NOTICE}/end": HOLDER,
    f"POST {NOTICE}/opt-out": HOLDER,
    "GET /public/h/<secret>": HOLDER,
    "POST /public/h/<secret>": HOLDER,
    f"POST {FOLLOW}/messages": HOLDER,
    f"POST {FOLLOW}/messages/<uuid:contact_id>/stop": HOLDER,
    "GET /public/f/<secret>": HOLDER,
    "GET /public/y/<secret>": HOLDER,
    "POST /public/y/<secret>": HOLDER,
    "GET /public/n/<secret>": HOLDER,
    "POST /public/n/<secret>": HOLDER,
}


def test_table_of_doors_has_every_route_under_public(app):
    routed = {
        f"{method} {rule.rule}"
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/public")
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }
    assert routed == DOORS.keys()


@pytest.mark.parametrize("door", [door for door, who in DOORS.items() if who == HOLDER])
def test_door_of_link_is_not_found_without_its_secret(city, door):
    method, rule = door.split(" ", 1)
    path = rule.replace("<city_code>", city.code).replace("<any(zh, en):lang>", "en")
    path = path.replace("<uuid:contact_id>", str(uuid7()))
    answer = city.app.test_client().open(
        path.replace("<secret>", "x" * 32).replace("<uuid:report_id>", str(uuid7())),
        method=method,
        data={"words": "w", "answer": "understood"},
    )
    assert answer.status_code == 404


def test_supervisor_reads_no_more_on_public_pages_than_anybody(city):
    receipt = file_report(city, words="words", category="E0603")
    supervisor = city.supervisor()
    for path in ("en/cases", f"en/cases/{receipt.case.id}", "cases.geojson"):
        as_anybody, _ = visit(city, path)
        as_supervisor, _ = visit(city, path, headers=supervisor.bearer())
        assert as_anybody.status_code == as_supervisor.status_code
        assert as_anybody.data == as_supervisor.data
