"""Drawn requests at every door under /public, near to ones that succeed: no server error, and no drawn script in a page.

The doors are those of tests/public/test_doors.py. Each is seen to let a right request in. In the others, fields and
parameters are left out, given twice or replaced by drawn text, and at times the secret or id of the path, too.
"""

import dataclasses
import itertools
import re
from collections import Counter
from typing import Any
from urllib.parse import urlsplit

import hypothesis
import pytest
from hypothesis import HealthCheck
from hypothesis import strategies as st
from sqlalchemy import text
from werkzeug.datastructures import MultiDict

from app.core import db
from app.core.ids import uuid7
from app.notices.rules.codes import new_code
from app.public.service.contacts import link_secret
from tests.notices.test_links import make_link
from tests.notices.world import NoticeWorld
from tests.places.conftest import register
from tests.public.conftest import file_report
from tests.public.test_doors import DOORS, FOLLOW, NOTICE, PAGE
from tests.public.test_following import handled_and_closed
from tests.public.test_thing_codes import labels_of
from tests.sample_sizes import drawn_share, examples
from tests.seeds import SEED

IN_MAKE_TEST, IN_CHECK_DEEP = 20, 200
# 308: a drawn part of the path begins or ends with a slash, and the server names the path with single slashes.
ALLOWED = {200, 204, 302, 303, 308, 400, 403, 404, 405, 409, 413, 415, 422, 429}
# The test client's host, and GRIDWARD_PUBLIC_URL of fixture `mail`.
OWN_HOSTS = {"", "localhost", "grid.example"}
SCRIPT = "<script>alert(1)</script>"
NASTY = (
    *(
        "",
        " ",
        "\0",
        "-1",
        "0",
        "1e400",
        "nan",
        "9" * 40,
        "x" * 5_000,
        "\r\nSet-Cookie: a=b",
        "%00",
        "%ff",
        "../..",
        "'; --",
    ),
    *(
        SCRIPT,
        f'"{SCRIPT}',
        "{{7*7}}",
        "00000000-0000-0000-0000-000000000000",
        "1,2,3,4",
        "180,90,180,90",
        "zh",
        "en",
        "😀" * 200,
    ),
    *("open", "E0102", "a@b.example", "13800000000", "9999-12-31T23:59:59Z|x"),
)
VALUES = st.one_of(st.sampled_from(NASTY), st.text(max_size=40))
# They answer with bytes of a photo or document, which tests/public/test_views.py and tests/notices/test_attachments.py read.
OF_FILES = {door for door in DOORS if door.endswith(("/photos/<uuid:media_id>", "/files/<uuid:media_id>"))}
OF_ENDED_CASES = {f"POST {FOLLOW}/contest", f"POST {FOLLOW}/rating"}
# Fields of a right request, as its parameters or its form.
FIELDS: dict[str, dict[str, str]] = {
    "GET /public/<city_code>/cases.geojson": {"bbox": "100,20,130,40", "limit": "10", "state": "open", "category": "E0102"},
    f"GET {PAGE}/report": {"what": "垃圾", "place": "", "lang": "zh", "city": "x", "path": "x"},
    f"GET {PAGE}/report/<code>": {"where": "古荡路", "lon": "{lon}", "lat": "{lat}"},
    f"POST {PAGE}/report/<code>": {
        "lon": "{lon}", "lat": "{lat}", "words": "垃圾堆积", "name": "李明", "phone": "13800000000", "client_id": "{id}",
    },
    f"GET {PAGE}/cases": {"near": "古荡路", "category": "E0102", "state": "open", "after": ""},
    f"POST {PAGE}/cases/<uuid:case_id>/support": {"words": "me too", "name": "", "phone": "", "client_id": "{id}"},
    f"POST {FOLLOW}/words": {"words": "still there"},
    f"POST {FOLLOW}/contest": {"words": "it is not done"},
    f"POST {FOLLOW}/rating": {"solved": "yes", "score": "4", "words": "good"},
    f"POST {FOLLOW}/messages": {"channel": "email", "address": "li{id}@mail.example"},
    f"POST {PAGE}/notices": {"code": new_code()},
    f"POST {NOTICE}/answer": {"answer": "understood"},
    f"POST {NOTICE}/question": {"words": "几点恢复？"},
    f"POST {NOTICE}/opt-out": {"scope": "purpose"},
}  # fmt: skip
_ADDRESSES = itertools.count(1)


@pytest.fixture
def mail(app, monkeypatch):
    """An operator who sends e-mail; nothing is sent here."""
    changes = {"mail_server": "smtp-plain://127.0.0.1:2", "mail_from": "grid@city.example"}
    settings = dataclasses.replace(app.extensions["settings"], public_url="https://grid.example", **changes)
    monkeypatch.setitem(app.extensions, "settings", settings)
    return settings


class Rows:
    """What the paths of right requests name: made anew when a request has used it up."""

    def __init__(self, city: Any, settings: Any, door: str) -> None:
        world = NoticeWorld(city)
        # The rows of one test are of one place, which has a limit of reports.
        receipt = file_report(city, is_invited=True)
        if door in OF_ENDED_CASES:
            handled_and_closed(city, receipt)
        self.values = {
            "case_id": receipt.case.id,
            "media_id": uuid7(),
            "report_id": uuid7(),
            "contact_id": uuid7(),
        }
        self.values |= {
            "city_code": city.code,
            "name": "public.css",
            "zoom": 12,
            "column": 3_400,
            "row": 1_680,
        }
        self.values["code"] = "E0102" if "/report/" in door else labels_of(city, "doors")[0].code
        self.values["secret"] = receipt.secret
        if "/notices/" in door or "/h/" in door:
            home = world.settle("g1")[0]
            self.values["secret"] = make_link(world, world.published(area_ids=[str(city.areas["g1"])]), home)
            if "<uuid:report_id>" in door:
                self.values["report_id"] = self.reply(city)
        elif "<uuid:contact_id>" in door or "/y/" in door or "/n/" in door:
            contact_id = self.contact(city, receipt)
            self.values["contact_id"] = contact_id
            purpose = {"y": "confirm", "n": "stop"}.get(door.split("/")[2])
            if purpose:
                self.values["secret"] = link_secret(settings, purpose, contact_id)

    def reply(self, city: Any) -> Any:
        path = f"/public/{city.code}/zh/notices/{self.values['secret']}/question"
        assert city.app.test_client().post(path, data={"words": "几点恢复？"}).status_code == 303
        with db.read_session() as session:
            query = "select report_id from notice_reply order by report_id desc limit 1"
            return session.execute(text(query)).scalar_one()

    def contact(self, city: Any, receipt: Any) -> Any:
        path = f"/public/{city.code}/zh/follow/{receipt.secret}/messages"
        data = {"channel": "email", "address": f"li{next(_ADDRESSES)}@mail.example"}
        answer = city.app.test_client().post(path, data=data, environ_base=new_source())
        assert answer.status_code == 303, answer.text
        with db.read_session() as session:
            return session.execute(
                text("select id from follow_contact order by id desc limit 1")
            ).scalar_one()


def new_source() -> dict[str, str]:
    """Return the environment of a request from a network address of its own, as addresses have limits."""
    number = next(_ADDRESSES)
    return {"REMOTE_ADDR": f"2001:db8:{number >> 16:x}:{number & 0xFFFF:x}::1"}


def path_of(rule: str, rows: Rows, lang: str, drawn: dict[str, str]) -> str:
    """Return the path of a door with its values, of which `drawn` replaces some."""
    path = rule.replace("<any(zh, en):lang>", lang)
    return re.sub(r"<(?:\w+:)?(\w+)>", lambda match: str(drawn.get(match[1], rows.values[match[1]])), path)


def is_redirected_within(answer: Any) -> bool:
    """Return True if the answer has no Location, or one on a host of this server."""
    return urlsplit(answer.headers.get("Location", "")).netloc in OWN_HOSTS


@pytest.mark.parametrize("secret", ["/a", "//other.example", "/\\other.example"])
def test_doubled_slashes_redirect_within_this_server(city, secret):
    answer = city.app.test_client().get(f"/public/{city.code}/zh/notices/{secret}")
    assert answer.status_code == 308
    assert is_redirected_within(answer) and "//" not in urlsplit(answer.location).path


@pytest.mark.wide
@pytest.mark.parametrize("door", drawn_share(sorted(DOORS), one_in=5, name="doors"))
def test_drawn_requests_break_no_door(city, mail, door):
    register(city, address="古荡路12号", kind="shop", name="平安超市")
    method, rule = door.split(" ", 1)
    rows = [Rows(city, mail, door)]
    point = {name: str(value) for name, value in city.in_grid("g1").items()}
    counts: Counter[int] = Counter()
    client = city.app.test_client()

    @hypothesis.seed(SEED)
    @hypothesis.settings(
        max_examples=examples(IN_MAKE_TEST, IN_CHECK_DEEP),
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[hypothesis.Phase.generate],
    )
    @hypothesis.given(
        others=st.dictionaries(
            st.sampled_from(sorted(FIELDS.get(door, {})) or ["words"]), VALUES, max_size=2
        ),
        further=st.dictionaries(st.text(max_size=10), VALUES, max_size=1),
        value=VALUES,
        luck=st.randoms(use_true_random=True),
    )
    def attempt(others: dict[str, str], further: dict[str, str], value: str, luck: Any) -> None:
        is_right = not counts
        if not is_right and luck.random() < 0.1:
            rows[0] = Rows(city, mail, door)
        fields = MultiDict(FIELDS.get(door, {}))
        for name, template in FIELDS.get(door, {}).items():
            fields[name] = template.format(**point, id=next(_ADDRESSES)) if "{" in template else template
        drawn = {}
        if not is_right:
            fields.update(further)
            for name, other in others.items():
                luck.choice((fields.add, fields.__setitem__))(name, other)
            if fields and luck.random() < 0.2:
                fields.poplist(luck.choice(sorted(fields)))
            if luck.random() < 0.1:
                drawn = dict.fromkeys(("secret", "code", "case_id", "contact_id", "name", "row"), value)
        path = path_of(rule, rows[0], luck.choice(("zh", "en")), drawn)
        given = {"query_string" if method == "GET" else "data": fields}
        answer = client.open(path, method=method, environ_base=new_source(), **given)
        counts[answer.status_code] += 1
        assert answer.status_code in ALLOWED, (path, fields, answer.text)
        assert SCRIPT not in answer.text or answer.mimetype != "text/html", (path, fields)
        assert "Set-Cookie" not in answer.headers
        assert is_redirected_within(answer), (path, fields, answer.location)
        if is_right:
            assert answer.status_code < 400 or door in OF_FILES, (path, fields, answer.text)

    attempt()
    assert counts.total() >= examples(IN_MAKE_TEST, IN_CHECK_DEEP)
    print(door, dict(counts.most_common()))
