"""Households to tell at the door, and sheets with codes: what a worker gets, limited tries, answers by code."""

import re
from datetime import datetime
from zoneinfo import ZoneInfo

from app.core import clock
from app.notices import jobs
from app.notices.routes import tasks as routes
from app.notices.rules import codes
from app.notices.rules.notices import APPROVAL_WINDOW
from tests.factories import in_days, make_city
from tests.live.processes import as_job_worker
from tests.nonempty import nonempty
from tests.notices.conftest import DOOR
from tests.notices.test_links import submit, visit
from tests.notices.test_states import receipt, state_of
from tests.notices.world import NoticeWorld, audited, pages, sql

CODE = re.compile(r'class="code">([0-9A-Z]{5}-[0-9A-Z]{5})<')


def print_sheets(world, notice, grid="g1", **body):
    return world.author.post(
        f"/notices/{notice['id']}/paper", {"grid_id": str(world.city.areas[grid])} | body
    )


def test_worker_gets_households_of_own_grids_until_they_are_told(world):
    first, second, quiet = world.settle("g1", 3)
    (elsewhere,) = world.settle("g3")
    notice = world.published()
    paper = world.published(channels=["paper"])
    later = world.published(valid_from=in_days(1))
    worker = world.city.worker("g1")
    items = worker.get("/notices/tasks").json["items"]
    assert {item["notice"]["id"] for item in items} == {notice["id"]}
    assert pages(worker, "/notices/tasks") == sorted(map(str, (first, second, quiet)))
    assert pages(world.city.worker("g3"), "/notices/tasks") == [str(elsewhere)]
    assert items[0]["notice"]["texts"]["zh"]["title"] == "停水通知"
    receipt(worker, notice, first, "told")
    receipt(worker, notice, second, "needs_help")
    assert pages(worker, "/notices/tasks") == [str(quiet)]
    wish = {"items": [{"purpose": None, "channel": "visit"}]}
    assert worker.call("PUT", f"/households/{quiet}/notice-opt-outs", wish).status_code == 200
    assert pages(worker, "/notices/tasks") == []
    assert state_of(world, notice, quiet)["state"] == "not_reached"  # link and paper are still open
    assert {paper["state"], later["state"]} == {"published"}


def test_tasks_of_withdrawn_or_ended_notice_are_gone(world, monkeypatch):
    world.settle("g1")
    first, _ = world.published(), world.published()
    worker = world.city.worker("g1")
    assert len(pages(worker, "/notices/tasks")) == 2
    world.author.post(f"/notices/{first['id']}/withdraw", {"reason": "wrong day"})
    assert len(pages(worker, "/notices/tasks")) == 1
    later = clock.now() + APPROVAL_WINDOW * 15
    monkeypatch.setattr(clock, "now", lambda: later)
    sql("update responsibility set valid = tstzrange(lower(valid), null) where worker_id = :id", id=worker.id)
    worker.token = None
    assert pages(worker, "/notices/tasks") == []


def test_sheets_have_a_code_for_each_household_and_only_digests_are_stored(world):
    homes = world.settle("g1", 3)
    world.settle("g3")
    notice = world.published()
    first = print_sheets(world, notice, limit=2)
    assert first.status_code == 200, first.json
    rest = print_sheets(world, notice, limit=2, cursor=first.headers["X-Next-Cursor"])
    printed = CODE.findall(first.get_data(as_text=True)) + CODE.findall(rest.get_data(as_text=True))
    assert (len(set(printed)), "X-Next-Cursor" in rest.headers) == (3, False)
    assert {state_of(world, notice, home)["state"] for home in homes} == {"sent"}
    stored = sql("select cast(d as text) row from notice_delivery d where notice_id = :id", id=notice["id"])
    for code in printed:
        plain = code.replace("-", "")
        assert not any(plain in row.row or plain.encode().hex() in row.row for row in stored)
    assert audited(notice)[-1] == "notice.print"
    assert print_sheets(world, notice, "g2").status_code == 404


def test_sheet_has_sender_end_and_a_qr_code_for_each_household(app, settings, monkeypatch):
    world = NoticeWorld(make_city(app, settings, profile=DOOR | {"timezone": "Asia/Shanghai"}))
    world.settle("g1", 2)
    notice = world.published()
    images = []
    monkeypatch.setattr(routes, "qr_code", lambda address: images.append(address) or "")
    page = print_sheets(world, notice).get_data(as_text=True)
    ends = datetime.fromisoformat(notice["valid_until"]).astimezone(ZoneInfo("Asia/Shanghai"))
    assert page.count(f"区s Area s · 有效期至 Valid until {ends:%Y-%m-%d %H:%M}<") == 2
    assert "附件" not in page
    for address, code in zip(images, nonempty(CODE.findall(page)), strict=True):
        assert address == f"http://localhost/public/h/{code}"
        led = world.city.app.test_client().get(address.removeprefix("http://localhost"))
        assert visit(world, led.headers["Location"].split(f"/{world.city.code}/")[1]).status_code == 200


def test_qr_codes_of_sheets_are_pictures_within_the_page(world):
    world.settle("g1", 2)
    printed = print_sheets(world, world.published())
    page = printed.get_data(as_text=True)
    assert page.count("<svg") == 2 and "style=" not in page and "<img" not in page


def test_household_answers_by_the_code_of_its_sheet(world):
    (home,) = world.settle("g1")
    notice = world.published()
    (code,) = CODE.findall(print_sheets(world, notice).get_data(as_text=True))
    entered = submit(world, "zh/notices", {"code": f" {code.lower()} "})
    assert (entered.status_code, entered.location.endswith(f"/zh/notices/{code.replace('-', '')}")) == (
        303,
        True,
    )
    plain = code.replace("-", "")
    assert visit(world, f"zh/notices/{plain}").status_code == 200
    assert submit(world, f"zh/notices/{plain}/answer", {"answer": "needs_help"}).status_code == 303
    after = state_of(world, notice, home)
    assert (after["state"], after["history"][-1]["channel"]) == ("needs_help", "paper")
    (newer,) = CODE.findall(print_sheets(world, notice).get_data(as_text=True))
    assert state_of(world, notice, home)["state"] == "needs_help"
    assert visit(world, f"zh/notices/{plain}").status_code == 404
    assert visit(world, f"zh/notices/{newer.replace('-', '')}").status_code == 200
    assert submit(world, "zh/notices", {"code": "no code"}).status_code == 422


def test_wrong_codes_of_an_address_are_limited(world, monkeypatch):
    world.settle("g1")
    notice = world.published()
    (code,) = CODE.findall(print_sheets(world, notice).get_data(as_text=True))
    plain = code.replace("-", "")
    origin = {"REMOTE_ADDR": "203.0.113.9"}
    for _ in range(codes.FAILURES_MAX):
        assert visit(world, f"zh/notices/{codes.new_code()}", environ_overrides=origin).status_code == 404
    blocked = visit(world, f"zh/notices/{plain}", environ_overrides=origin)
    assert (blocked.status_code, blocked.headers["Retry-After"]) == (429, "3600")
    for form in ("answer", "question", "end"):
        path = f"zh/notices/{plain}/{form}"
        assert submit(world, path, {"answer": "understood"}, environ_overrides=origin).status_code == 429
    short = world.city.app.test_client().get(f"/public/notices/{plain}", environ_overrides=origin)
    assert short.status_code == 429
    other = visit(world, f"zh/notices/{plain}", environ_overrides={"REMOTE_ADDR": "203.0.113.10"})
    assert other.status_code == 200
    later = clock.now() + APPROVAL_WINDOW * 3
    monkeypatch.setattr(clock, "now", lambda: later)
    with as_job_worker(world.city.settings):
        jobs.tick(0)
    assert (
        sql("select 1 from notice_code_failure where failed_at < :at", at=later - APPROVAL_WINDOW * 2) == []
    )


def test_typed_code_is_forgiving_and_strict():
    assert codes.typed_code("o1il2 - abcde") == "01112ABCDE"
    assert [codes.typed_code(text) for text in ("", "x" * 32, "ABCDE-FGHJ", "ABCDE-FGHJU")] == [None] * 4
    drawn = {codes.new_code() for _ in range(1_000)}
    assert len(drawn) == 1_000
    assert all(codes.typed_code(codes.written(code)) == code for code in drawn)
