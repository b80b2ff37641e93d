"""Whole buckets: rows in scope, ETag and 304, compression, links."""

import gzip

import orjson
import pytest
from sqlalchemy import text

from app.core import db
from app.core.actor import SYSTEM, Role
from tests.fieldapp.pull_client import PullClient, fresh
from tests.fieldapp.scenes import give, settle, take


def get(person, bucket, tag=None, **headers):
    return person.get(f"/sync/buckets/{bucket}", headers=headers | ({"If-None-Match": tag} if tag else {}))


def test_bucket_returns_304_until_one_of_its_rows_changes(city, report):
    worker = city.worker("g1")
    bucket = f"grid:{city.areas['g1']}"
    settle(city, city.in_grid("g1"))
    first = get(worker, bucket)
    tag = first.headers["ETag"]
    assert tag.startswith('"') and first.headers["Cache-Control"] == "private, no-cache"
    settle(city, city.in_grid("g2"))
    again = get(worker, bucket, tag)
    assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", tag)
    settle(city, city.in_grid("g1"))
    changed = get(worker, bucket, tag)
    assert changed.status_code == 200 and changed.headers["ETag"] != tag
    assert len(changed.json["rows"]) > len(first.json["rows"])


def test_bucket_304_response_executes_five_statements(city, query_recorder):
    worker = city.worker("g1")
    bucket = f"grid:{city.areas['g1']}"
    tag = get(worker, bucket).headers["ETag"]
    with query_recorder() as statements:
        assert get(worker, bucket, tag).status_code == 304
    # The actor, the scope, the log twice, and one query for a change.
    assert len(statements) == 5, "\n\n".join(statements)


def test_bucket_etag_does_not_hide_change_committed_late(city, settings):
    """Its transaction is older than those that the tag has seen."""
    worker = city.worker("g1")
    home = settle(city, city.in_grid("g1"))
    bucket = f"grid:{city.areas['g1']}"
    engine = db.make_engine(settings.database_url, role=None, pool_size=1, statement_timeout_ms=0)
    with engine.connect() as late:
        sql = "update household set label = 'late' where id = :id"
        late.execute(text(sql), {"id": home.household_id})
        settle(city, city.in_grid("g1"))
        tag = get(worker, bucket).headers["ETag"]
        assert get(worker, bucket, tag).status_code == 304
        late.commit()
    engine.dispose()
    answer = get(worker, bucket, tag)
    assert answer.status_code == 200 and "late" in answer.text


def test_bucket_etag_is_bound_to_account_and_its_permissions(city):
    worker, other = city.worker("g1"), city.worker("g1")
    bucket = f"grid:{city.areas['g1']}"
    tag = get(worker, bucket).headers["ETag"]
    assert get(worker, bucket, tag).status_code == 304
    assert get(other, bucket, tag).status_code == 200
    # A role elsewhere: the worker has the bucket on the same grounds as before.
    city.grant(worker, Role.SUPERVISOR, area="c2")
    assert get(worker, bucket, tag).status_code == 200


@pytest.mark.parametrize(
    "name",
    ["grid:{g2}", "worker:{g1}", "area:{g3}", "unit:{g1}", "grid:nonsense", "nonsense", "grid:", "global:x"],
)
def test_bucket_outside_scope_returns_404(city, name):
    worker = city.worker("g1")
    assert get(worker, name.format(**city.areas)).status_code == 404


def test_bucket_of_other_worker_returns_404(city):
    worker, other = city.worker("g1"), city.worker("g1")
    assert get(worker, f"worker:{other.id}").status_code == 404


def test_bucket_response_is_compressed_with_its_own_etag(city):
    worker = city.worker("g1")
    for _ in range(5):
        settle(city, city.in_grid("g1"))
    bucket = f"grid:{city.areas['g1']}"
    plain, packed = get(worker, bucket), get(worker, bucket, **{"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in plain.headers and packed.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in plain.headers["Vary"] and "Accept-Encoding" in packed.headers["Vary"]
    assert orjson.loads(gzip.decompress(packed.data)) == plain.json
    assert packed.headers["ETag"].endswith('-gzip"') and len(packed.data) * 3 < len(plain.data)
    again = get(worker, bucket, packed.headers["ETag"], **{"Accept-Encoding": "gzip"})
    assert (again.status_code, again.headers["ETag"]) == (304, packed.headers["ETag"])
    page = worker.get("/sync", headers={"Accept-Encoding": "gzip"})
    assert page.headers["Content-Encoding"] == "gzip" and page.headers["Cache-Control"] == "no-store"
    refused = get(worker, bucket, **{"Accept-Encoding": "gzip;q=0"})
    assert "Content-Encoding" not in refused.headers


def test_linked_buckets_and_next_pull_equal_paged_pull(city, report):
    worker = city.worker("g1")
    home = settle(city, city.in_grid("g1"), residents=2)
    phone = PullClient(worker)
    phone.pull(bootstrap="links")
    assert phone.rows == {} and phone.pulled_rows == []
    links = phone.pages[0]["bootstrap"]
    assert {link["bucket"] for link in links} == phone.buckets
    # Between the page and the bucket, and between bucket and pull.
    report(worker, city.in_grid("g1"))
    for link in links:
        answer = worker.get(link["href"].removeprefix("/api/v1"))
        for row in answer.json["rows"]:
            phone.put(row)
        settle(city, city.in_grid("g1"))
    with db.transaction(SYSTEM) as session:
        session.execute(text("update household set label = 'x' where id = :id"), {"id": home.household_id})
    phone.pull()
    assert phone.state() == fresh(worker).state()


def test_bucket_of_new_grid_can_be_pulled_by_link(city):
    worker = city.worker("g1")
    settle(city, city.in_grid("g2"))
    phone = fresh(worker)
    give(city, worker, "g2")
    phone.pull(bootstrap="links")
    assert {link["bucket"].partition(":")[0] for link in phone.pages[0]["bootstrap"]} == {"grid", "area"}
    for link in phone.pages[0]["bootstrap"]:
        for row in worker.get(link["href"].removeprefix("/api/v1")).json["rows"]:
            phone.put(row)
    phone.pull()
    assert phone.state() == fresh(worker).state()
    take(city, worker, "g2")
    assert phone.pull().state() == fresh(worker).state()
