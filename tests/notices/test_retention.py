"""States of households are deleted some time after a notice ended; its texts, the numbers by state and its cases stay."""

import dataclasses
from datetime import timedelta

import pytest
from sqlalchemy.exc import DBAPIError

from app.core import clock
from app.notices import service
from tests.media.sending import as_job, photo, sent
from tests.notices.test_attachments import TITLES
from tests.notices.test_links import make_link, submit, visit
from tests.notices.world import sql

DAYS = 366
TABLES = ("notice_household", "notice_delivery", "notice_event", "notice_reply")


@pytest.fixture
def forget(world):
    """Return a function that runs the nightly job, with batches of two households."""

    def run(most: int = 2) -> int:
        batches = 0
        settings = dataclasses.replace(world.city.settings, notice_days=DAYS)
        while True:
            with as_job(world.city)() as session:
                if not service.forget_states(session, settings=settings, most=most):
                    return batches
            batches += 1

    return run


def end(notice, days):
    """Let a notice have ended `days` ago."""
    ended_at = clock.now() - timedelta(days=days)
    sql(
        "update notice set valid_until = :until, valid_from = :start where id = :id",
        until=ended_at,
        start=ended_at - timedelta(days=14),
        id=notice["id"],
    )


def left(notice):
    return {
        table: sql(f"select count(*) n from {table} where notice_id = :id", id=notice["id"])[0].n
        for table in TABLES
    }


def test_states_deliveries_replies_and_files_are_deleted_and_numbers_stay(world, forget):
    homes = world.settle("g1", 5)
    world.opt_out(homes[4])
    picture = sent(world.city, world.author, photo())
    notice = world.publish(world.draft(attachments=[{"media_id": picture, "titles": TITLES}]))
    secret = make_link(world, notice, homes[0])
    submit(world, f"zh/notices/{secret}/question", {"words": "几点恢复？"})
    submit(world, f"zh/notices/{secret}/answer", {"answer": "understood"})
    (reply,) = world.author.get(f"/notices/{notice['id']}/replies").json["items"]
    end(notice, DAYS + 1)
    assert all(left(notice).values())
    assert forget() == 3
    assert left(notice) == dict.fromkeys(TABLES, 0)
    after = world.author.get(f"/notices/{notice['id']}").json
    assert after["final_states"] == {"understood": 1, "not_reached": 3, "opted_out": 1}
    assert (after["states_erased_at"] is not None, after["households"], after["files"]) == (True, 4, [])
    assert after["texts"] == notice["texts"]
    assert visit(world, f"zh/notices/{secret}").status_code == 404
    assert world.author.get(f"/incidents/{reply['incident']['id']}").status_code == 200
    assert world.author.get(f"/media/{picture}").status_code == 404
    assert forget() == 0


def test_running_and_lately_ended_notices_keep_their_states(world, forget):
    world.settle("g1", 3)
    notices = [world.published() for _ in range(2)]
    end(notices[1], DAYS - 1)
    before = [left(notice) for notice in notices]
    assert forget() == 0
    assert [left(notice) for notice in notices] == before
    read = world.author.get(f"/notices/{notices[1]['id']}").json
    assert (read["states_erased_at"], read["final_states"]) == (None, None)


def test_interrupted_deletion_goes_on_with_the_numbers_of_its_beginning(world, forget):
    world.settle("g1", 4)
    notice = world.published()
    end(notice, DAYS + 1)
    settings = dataclasses.replace(world.city.settings, notice_days=DAYS)
    with as_job(world.city)() as session:
        assert service.forget_states(session, settings=settings, most=2) == 1
    assert left(notice)["notice_household"] == 2
    assert world.author.get(f"/notices/{notice['id']}").json["final_states"] is None
    forget()
    assert world.author.get(f"/notices/{notice['id']}").json["final_states"] == {"not_reached": 4}


def test_files_of_old_draft_are_erased(world, forget):
    picture = sent(world.city, world.author, photo())
    draft = world.draft(attachments=[{"media_id": picture, "titles": TITLES}])
    end(draft, DAYS + 1)
    assert forget() == 1
    assert world.author.get(f"/media/{picture}").status_code == 404
    assert world.author.get(f"/notices/{draft['id']}").json["attachments"] == []


def test_step_of_a_notice_is_changed_by_nobody(world):
    world.tell()
    with pytest.raises(DBAPIError):
        sql("update notice_event set state = 'declined'")
