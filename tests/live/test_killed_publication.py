"""The job worker is killed while it publishes a notice to many households; another one goes on."""

import subprocess
import sys
import time
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from tests.live.processes import JOBS, ROOT, Process, environment
from tests.notices.world import NoticeWorld, sql
from tests.sample_sizes import IS_WIDE
from tests.seeds import dice
from tests.waits import eventually

HOMES, BATCH = 6_000, 200
KILLS = 6 if IS_WIDE else 2
# More households in the premises of a registered one.
COPIES = """
  insert into household
  select (jsonb_populate_record(h, jsonb_build_object('id', gen_random_uuid(), 'label', 'Room ' || n))).*
  from household h, generate_series(cast(:first as int), cast(:last as int)) n where h.id = :id
"""


def left(notice: dict[str, Any]) -> int:
    number: int = sql("select count(*) n from notice_batch where notice_id = :id", id=notice["id"])[0].n
    return number


def is_less_left(notice: dict[str, Any], before: int) -> bool:
    return left(notice) < before


def require_sound(env: dict[str, str]) -> None:
    """Run `gridward check` as an operator does."""
    command = [sys.executable, "-c", "from app.cli import main; main()", "check"]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.wide
def test_killed_publication_goes_on_and_reaches_exactly_the_preview(app, settings, folder, city, monkeypatch):
    monkeypatch.setitem(app.extensions, "settings", replace(settings, notice_batch_addressees=BATCH))
    world = NoticeWorld(city)
    env = environment(settings, folder)
    (home,) = world.settle("g1")
    for first in range(2, HOMES + 1, 500):
        sql(COPIES, id=home, first=first, last=min(first + 499, HOMES))
    notice = world.draft(channels=["visit", "link"])
    assert world.publish(notice)["state"] == "awaiting_approval"
    approved = world.second.post(f"/notices/{notice['id']}/approve", {"confirmed_households": HOMES})
    assert (approved.json["state"], approved.json["households_stored"]) == ("publishing", 0)
    assert left(notice) == HOMES / BATCH
    moment = dice("killed publication")
    for kill in range(KILLS):
        before = left(notice)
        worker = Process(folder / f"killed-{kill}.log", env, *JOBS)
        try:
            eventually(partial(is_less_left, notice, before), seconds=60, every=0.005)
            time.sleep(moment.random() / 20)  # pause: another moment of the kill each time
        finally:
            worker.kill()
        assert 0 < left(notice) < before, "the kill came after the end"
        shown = world.author.get(f"/notices/{notice['id']}").json
        assert shown["state"] == "publishing"
        assert 0 < shown["households_stored"] < HOMES
        require_sound(env)
    worker = Process(folder / "last.log", env, *JOBS)
    try:
        eventually(
            lambda: world.author.get(f"/notices/{notice['id']}").json["state"] == "published", seconds=90
        )
    finally:
        worker.kill()
    (counts,) = sql(
        """select
             (select count(*) from notice_household where notice_id = :id) addressees,
             (select count(*) from notice_household a join household h on h.id = a.household_id
              where a.notice_id = :id and a.state = 'not_reached' and h.jurisdiction_id = :city) of_city,
             (select count(*) from notice_delivery where notice_id = :id) deliveries""",
        id=notice["id"],
        city=world.city.jurisdiction_id,
    )
    assert tuple(counts) == (HOMES, HOMES, 2 * HOMES)
    require_sound(env)
