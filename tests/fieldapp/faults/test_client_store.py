"""The store of the reference client: checkpoints, buckets, queue, dead letters."""

from datetime import datetime

import pytest

from tests.fieldapp.client.overlay import shown
from tests.fieldapp.client.store import Store

NOW = "2026-11-25T12:00:00+00:00"


class Died(BaseException):
    pass


@pytest.fixture
def store(tmp_path):
    made = Store(tmp_path / "phone.sqlite3")
    made.put(session={})
    yield made
    made.close()


def page(token, *rows, buckets=("grid:a", "grid:b"), drop=(), complete=True, applied=None, server_time=NOW):
    return {
        "token": token,
        "complete": complete,
        "epoch": "e",
        "server_time": server_time,
        "buckets": list(buckets),
        "drop_buckets": list(drop),
        "applied_device_seq": applied,
        "rows": list(rows),
    }


def put(bucket, row_id="r", version=1, until=None, **data):
    return {
        "bucket": bucket,
        "entity": "household",
        "id": row_id,
        "op": "P",
        "version": version,
        "until": until,
        "data": data,
    }


def gone(bucket, row_id="r"):
    return {"bucket": bucket, "entity": "household", "id": row_id, "op": "R"}


def pull(store, *pages):
    for pulled in pages:
        assert store.stage(store.next_token(), pulled)
    store.apply_pages()


def test_client_store_applies_pages_of_checkpoint_together(store):
    pull(store, page("t1", put("grid:a", "r1")))
    assert store.stage("t1", page("p1", put("grid:a", "r2"), complete=False))
    store.apply_pages()
    assert set(store.rows()) == {("household", "r1")}
    assert (store.get("token"), store.next_token()) == ("t1", "p1")
    pull(store, page("t2", put("grid:a", "r3")))
    assert {row_id for _, row_id in store.rows()} == {"r1", "r2", "r3"}
    assert store.next_token() == "t2"


def test_client_store_case_14_15_removes_row_with_its_last_bucket(store):
    pull(store, page("t1", put("grid:a"), put("grid:b")))
    pull(store, page("t2", buckets=("grid:b",), drop=("grid:a",)))
    assert store.rows()["household", "r"]["buckets"] == ["grid:b"]
    pull(store, page("t3", gone("grid:b"), buckets=("grid:b",)))
    assert store.rows() == {}


def test_client_store_case_14_keeps_row_moved_between_held_buckets(store):
    pull(store, page("t1", put("grid:a", version=1)))
    pull(store, page("t2", put("grid:b", version=2), gone("grid:a")))
    assert store.rows()["household", "r"] == {"version": 2, "data": {}, "buckets": ["grid:b"]}


def test_client_store_removes_rows_of_unlisted_bucket(store):
    pull(store, page("t1", put("grid:a"), put("grid:b", "other")))
    pull(store, page("t2", buckets=("grid:b",)))
    assert set(store.rows()) == {("household", "other")}


def test_client_store_case_26_keeps_old_checkpoint_when_killed_before_token(tmp_path):
    path = tmp_path / "phone.sqlite3"

    def die(name):
        raise Died

    first = Store(path)
    first.put(session={})
    pull(first, page("t1", put("grid:a", version=1)))
    first.close()
    dying = Store(path, die)
    assert dying.stage("t1", page("t2", put("grid:a", version=2), put("grid:a", "new")))
    with pytest.raises(Died):
        dying.apply_pages()
    dying.close()
    again = Store(path)
    assert again.get("token") == "t1" and again.next_token() == "t2"
    assert again.rows()["household", "r"]["version"] == 1 and len(again.rows()) == 1
    again.apply_pages()  # the pages were kept: nothing is fetched twice
    assert again.get("token") == "t2" and again.rows()["household", "r"]["version"] == 2
    again.close()


def test_client_store_case_24_ignores_page_of_slower_sync_worker(store):
    pull(store, page("t1", put("grid:a", version=1)))
    assert store.stage("t1", page("t2", put("grid:a", version=2)))
    store.apply_pages()
    assert not store.stage("t1", page("t1b", put("grid:a", version=1)))
    assert store.rows()["household", "r"]["version"] == 2


def test_client_store_hides_expired_row_and_removes_it_by_server_time(store):
    noon = "2026-11-25T20:30:00+08:00"
    pull(store, page("t1", put("grid:a", "r1", until=noon), put("grid:a", "r2")))
    before, after = (datetime.fromisoformat(f"2026-11-25T{time}Z") for time in ("12:29:59", "12:30:00"))
    assert {i for _, i in store.rows(at=before)} == {"r1", "r2"}
    assert {i for _, i in store.rows(at=after)} == {"r2"}
    assert {i for _, i in store.rows()} == {"r1", "r2"}  # the phone's clock alone removes nothing
    pull(store, page("t2", server_time="2026-11-25T12:30:00+00:00"))
    assert {i for _, i in store.rows()} == {"r2"}


def test_client_store_refuses_page_after_sign_out(store):
    store.forget_rows(and_session=True)
    assert not store.stage(None, page("t1", put("grid:a")))
    assert store.rows() == {}


def op(op_id, **fields):
    return {
        "op_id": op_id,
        "entity": "household",
        "op": "patch",
        "id": "r",
        "patch": {"label": op_id},
    } | fields


def test_client_store_case_12_shows_applied_operation_until_checkpoint_contains_it(store):
    pull(store, page("t1", put("grid:a", label="old")))
    store.enqueue([op("o1"), op("o2")])
    seen = [view(store)]
    store.settle([{"op_id": "o1", "status": "applied"}, {"op_id": "o2", "status": "applied"}])
    seen.append(view(store))
    pull(store, page("t2", put("grid:a", label="o1", version=2), applied=1))  # only the first is in this one
    seen.append(view(store))
    pull(store, page("t3", put("grid:a", label="o2", version=3), applied=2))
    seen.append(view(store))
    assert seen == ["o2"] * 4
    assert store.queued() == []


def view(store):
    return shown("household", store.rows(), store.queued())["r"]["label"]


def test_client_store_moves_rejected_operation_to_dead_letters(store):
    pull(store, page("t1", put("grid:a", label="old")))
    store.enqueue([op("o1")])
    store.settle([{"op_id": "o1", "status": "rejected"}])
    assert view(store) == "old"
    assert [letter["op"]["op_id"] for letter in store.dead_letters()] == ["o1"]


def test_client_store_shows_applied_fields_of_conflict(store):
    pull(store, page("t1", put("grid:a", label="old", kind="family")))
    store.enqueue([op("o1", patch={"label": "mine", "kind": "shared"})])
    store.settle([{"op_id": "o1", "status": "conflict", "fields": {"label": {}}}])
    seen = shown("household", store.rows(), store.queued())["r"]
    assert seen == {"label": "old", "kind": "shared"}
    assert len(store.dead_letters()) == 1


def test_client_store_hides_removed_row_with_pending_operation(store):
    pull(store, page("t1", put("grid:a", label="old")))
    store.enqueue([op("o1")])
    pull(store, page("t2", buckets=("grid:b",), drop=("grid:a",)))
    assert shown("household", store.rows(), store.queued()) == {}
    assert store.unsent() == 1


def test_client_store_keeps_operation_queued_without_final_result(store):
    store.enqueue([op("o1"), op("o2"), op("o3")])
    store.settle(
        [
            {"op_id": "o1", "status": "rejected", "retryable": True},
            {"op_id": "o2", "status": "something new"},
            {"op_id": "o3", "status": "applied"},
        ]
    )
    assert [o["op_id"] for o in store.waiting(10)] == ["o1", "o2"]


def test_client_store_keeps_queue_and_sequence_when_rows_are_reset(store):
    store.enqueue([op("o1")])
    pull(store, page("t1", put("grid:a")))
    store.forget_rows()
    assert store.rows() == {} and store.next_token() is None
    assert store.enqueue([op("o2")])[0]["device_seq"] == 2
    assert [o["op_id"] for o in store.waiting(10)] == ["o1", "o2"]


def test_client_store_returns_operation_group_completely(store):
    store.enqueue([op("o1")])
    store.enqueue([op("o2", group="g"), op("o3", group="g"), op("o4", group="g")])
    assert [o["op_id"] for o in store.waiting(2)] == ["o1"]
    assert [o["op_id"] for o in store.waiting(3)] == ["o1"]
    assert len(store.waiting(4)) == 4
    store.settle([{"op_id": "o1", "status": "applied"}])
    assert [o["op_id"] for o in store.waiting(1)] == ["o2", "o3", "o4"]


def test_client_store_continues_sequence_after_server_value(store):
    pull(store, page("t1", applied=40))
    assert store.enqueue([op("o1")])[0]["device_seq"] == 41


def test_client_store_wipe_overwrites_file(store):
    pull(store, page("t1", put("grid:a", label="confidential-words")))
    store.enqueue([op("confidential-words-2")])
    store.wipe()
    files = list(store.path.parent.glob(store.path.name + "*"))
    assert files and all(b"confidential" not in file.read_bytes() for file in files)
