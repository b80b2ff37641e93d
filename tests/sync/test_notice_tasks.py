"""Households to tell on phones: which rows come, when they leave, the limit of a grid, the convergence with the list."""

from typing import Any

import pytest

from app.core import clock, db
from app.core.actor import SYSTEM
from app.notices import jobs
from app.notices import service as notices
from tests.factories import City, in_days, make_city
from tests.notices.test_states import receipt
from tests.notices.world import NoticeWorld, pages, sql
from tests.seeds import dice, seeds
from tests.sync.pull_client import PullClient, fresh

ANSWERS = ("told", "understood", "declined")
MOVE = """update household set grid_id = :grid, scope_path = (
  select path from area_version where area_id = :grid and upper_inf(valid)) where id = :id"""


@pytest.fixture
def city(app, settings) -> City:
    return make_city(app, settings)


@pytest.fixture
def world(city) -> NoticeWorld:
    return NoticeWorld(city)


def told_on(phone: PullClient) -> list[str]:
    """Return the households to tell that a phone holds, in order."""
    return sorted(row["household_id"] for key, row in phone.rows.items() if key[0] == "notice_task")


def published(world: NoticeWorld, **members):
    """Publish a notice, and put its households on phones, as the job does."""
    notice = world.published(**members)
    jobs.put_all_tasks()
    return notice


def on_later_pull(phone: PullClient) -> list[str]:
    """Return the households that a phone holds after a pull of changes; a new phone holds the same rows."""
    phone.pull()
    assert phone.state() == fresh(phone.person).state()
    return told_on(phone)


def test_phone_gets_households_of_own_grid_and_their_notice_once(world):
    homes = world.settle("g1", 3)
    world.settle("g3", 2)
    phone = fresh(world.city.worker("g1"))
    assert told_on(phone) == []
    notice = published(world)
    assert on_later_pull(phone) == sorted(map(str, homes))
    texts = [row for row in phone.pulled_rows if row["entity"] == "notice"]
    assert [row["data"]["texts"] for row in texts] == [notice["texts"]]
    assert texts[0]["data"]["valid_until"] == texts[0]["until"]
    row = next(row for key, row in phone.rows.items() if key[0] == "notice_task")
    assert row.keys() == {"id", "notice_id", "household_id", "state"}
    assert (row["notice_id"], row["state"]) == (notice["id"], "not_reached")
    assert told_on(phone) == pages(phone.person, "/notices/tasks")
    phone.pull()
    assert phone.pulled_rows == []


def test_row_leaves_when_somebody_else_told_the_household(world):
    first, second, third = world.settle("g1", 3)
    notice = published(world)
    phone = fresh(world.city.worker("g1"))
    receipt(world.city.worker("g1"), notice, first, "told")
    assert on_later_pull(phone) == sorted(map(str, (second, third)))
    receipt(world.city.worker("g1"), notice, second, "declined")
    assert on_later_pull(phone) == [str(third)]
    assert [row["op"] for row in phone.pulled_rows if row["entity"] == "notice_task"] == ["R"]


def test_rows_and_notice_leave_when_the_notice_is_withdrawn(world):
    world.settle("g1", 2)
    notice, other = published(world), published(world, purpose="health")
    phone = fresh(world.city.worker("g1"))
    assert len(told_on(phone)) == 4
    answer = world.author.post(f"/notices/{notice['id']}/withdraw", {"reason": "wrong day"})
    assert answer.status_code == 200, answer.json
    assert len(on_later_pull(phone)) == 2
    assert phone.ids("notice") == {other["id"]}


def test_rows_end_with_the_validity_of_the_notice(world):
    world.settle("g1", 2)
    notice = published(world)
    phone = fresh(world.city.worker("g1"))
    ends = {until for key, until in phone.until.items() if key[0] in ("notice", "notice_task")}
    (valid_until,) = sql("select valid_until from notice where id = :id", id=notice["id"])[0]
    assert {str(end)[:19] for end in ends} == {valid_until.isoformat()[:19]}
    sql("update notice set valid_until = :now where id = :id", now=clock.now(), id=notice["id"])
    assert told_on(fresh(phone.person)) == []


@pytest.mark.parametrize(
    "change",
    [
        "update household set declined_at = now() where id = :id",
        "update household set moved_away_at = now() where id = :id",
        "update household set deleted_at = now() where id = :id",
    ],
)
def test_row_leaves_and_comes_back_with_the_household(world, change):
    home, other = world.settle("g1", 2)
    published(world)
    phone = fresh(world.city.worker("g1"))
    sql(change, id=home)
    assert on_later_pull(phone) == [str(other)]
    sql(change.replace("now()", "null"), id=home)
    assert on_later_pull(phone) == sorted(map(str, (home, other)))


def test_row_leaves_with_an_opt_out_and_comes_back_without_it(world):
    home, other = world.settle("g1", 2)
    published(world)
    worker = world.city.worker("g1")
    phone = fresh(worker)
    path = f"/households/{home}/notice-opt-outs"
    assert worker.call("PUT", path, {"items": [{"purpose": None, "channel": "visit"}]}).status_code == 200
    assert on_later_pull(phone) == [str(other)]
    assert worker.call("PUT", path, {"items": []}).status_code == 200
    assert on_later_pull(phone) == sorted(map(str, (home, other)))


def test_row_and_notice_follow_the_household_to_another_grid(world):
    home, other = world.settle("g1", 2)
    published(world)
    phones = {grid: fresh(world.city.worker(grid)) for grid in ("g1", "g2")}
    assert (len(told_on(phones["g1"])), told_on(phones["g2"])) == (2, [])
    sql(MOVE, grid=world.city.areas["g2"], id=home)
    assert on_later_pull(phones["g1"]) == [str(other)]
    assert on_later_pull(phones["g2"]) == [str(home)]
    assert len(phones["g2"].ids("notice")) == 1


def test_notice_that_begins_later_comes_when_it_begins(world):
    world.settle("g1", 2)
    notice = published(world, valid_from=in_days(1))
    published(world, channels=["paper"])
    phone = fresh(world.city.worker("g1"))
    assert told_on(phone) == [] and phone.ids("notice") == set()
    sql("update notice set valid_from = now() where id = :id", id=notice["id"])
    jobs.put_all_tasks()
    assert len(on_later_pull(phone)) == 2


def test_grid_has_a_limited_number_on_phones_and_told_ones_make_room(world):
    homes = [str(home) for home in world.settle("g1", 5)]
    near = world.settle("g2", 2)
    first = world.published()
    second = world.published(purpose="health")

    def put():
        """Put households on phones in pages of 2, at most 3 of a grid."""
        after: Any = notices.FIRST
        while after is not None:
            with db.transaction(SYSTEM) as session:
                after = notices.put_tasks(session, after=after, page_size=2, most=3)

    put()
    phone = fresh(world.city.worker("g1"))
    assert len(told_on(phone)) == 3
    assert len(told_on(fresh(world.city.worker("g2")))) == 3
    put()
    assert len(on_later_pull(phone)) == 3
    count = 0
    while rows := [row for key, row in phone.rows.items() if key[0] == "notice_task"]:
        for row in rows:
            answer = receipt(phone.person, {"id": row["notice_id"]}, row["household_id"], "told")
            assert answer.status_code == 201, answer.json
            count += 1
        put()
        assert len(on_later_pull(phone)) <= 3
    assert count == 2 * len(homes)
    assert len(pages(world.city.worker("g2"), "/notices/tasks")) == 2 * len(near)
    assert {first["state"], second["state"]} == {"published"}


def test_publication_adds_the_job_that_puts_households_on_phones(world):
    world.settle("g1")
    count = "select count(*) from jobs.procrastinate_jobs where task_name = 'notices.put_tasks'"
    ((before,),) = sql(count)
    world.published(channels=["paper"])
    world.published()
    ((after,),) = sql(count)
    assert after == before + 1


def test_worker_of_other_grid_and_reader_without_permission_get_no_row(world):
    world.settle("g1", 2)
    published(world)
    boss = fresh(world.author)
    assert len(told_on(boss)) == 2
    for person in (world.city.worker("g3"), world.city.handler("roads")):
        phone = fresh(person)
        assert (told_on(phone), phone.ids("notice")) == ([], set())


@pytest.mark.parametrize("seed", seeds())
def test_phones_hold_what_the_lists_have_after_random_days(world, seed):
    rng = dice("notice tasks", seed)
    homes = world.settle("g1", 4) + world.settle("g2", 3)
    workers = {grid: world.city.worker(grid) for grid in ("g1", "g2")}
    running = [published(world) for _ in range(2)]
    phones = {grid: fresh(worker) for grid, worker in workers.items()}

    def move(home):
        grid = world.city.areas[rng.choice(["g1", "g2"])]
        sql(MOVE, grid=grid, id=home)

    def withdraw():
        if len(running) > 1:
            notice = running.pop(rng.randrange(len(running)))
            world.author.post(f"/notices/{notice['id']}/withdraw", {"reason": "wrong day"})

    deeds = {
        "tell": lambda home: receipt(world.author, rng.choice(running), home, rng.choice(ANSWERS)),
        "wish": lambda home: world.author.call(
            "PUT",
            f"/households/{home}/notice-opt-outs",
            {"items": rng.choice([[], [{"purpose": None, "channel": "visit"}]])},
        ),
        "decline": lambda home: sql(
            "update household set declined_at = case when declined_at is null then now() end where id = :id",
            id=home,
        ),
        "move": move,
        "withdraw": lambda home: withdraw(),
        "publish": lambda home: running.append(published(world)),
    }
    for _ in range(25):
        deeds[rng.choice(list(deeds))](rng.choice(homes))
        grid = rng.choice(list(phones))
        assert on_later_pull(phones[grid]) == pages(workers[grid], "/notices/tasks")
    assert len(running) >= 1
