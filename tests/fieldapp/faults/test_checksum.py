"""A phone detects lost or outdated rows by checksum and fetches the bucket again."""

import sqlite3
from contextlib import closing
from typing import Any

import pytest

from tests.fieldapp.client import Refused
from tests.fieldapp.faults.homes import homes
from tests.fieldapp.faults.phones import phone_of


def spoil(phone: Any, sql: str, *binds: str) -> None:
    with closing(sqlite3.connect(phone.store.path)) as file, file:
        assert file.execute(sql, binds).rowcount > 0


def test_phone_fetches_bucket_again_when_checksum_differs(city: Any, server: Any, tmp_path: Any) -> None:
    lost, old, unchanged = (str(home) for home in homes(city, "g1", 3))
    homes(city, "g2", 1)
    person, boss = city.worker("g1"), city.supervisor("d")
    grid = f"grid:{city.areas['g1']}"
    with phone_of(person, tmp_path / "phone", server.port) as (phone, _):
        phone.pull()
        assert phone.verify() == []
        right = phone.store.rows()
        spoil(phone, "delete from row where id = ?", lost)
        spoil(phone, "delete from row_bucket where id = ?", lost)
        spoil(phone, "update row set version = version - 1, data = '{}' where id = ?", old)
        spoil(phone, "insert into row values ('household', 'none', 1, null, '{}')")
        spoil(phone, "insert into row_bucket values (?, 'household', 'none')", grid)
        phone.pull()
        assert phone.store.rows() != right  # no pull brings it back
        assert phone.verify() == [grid]
        assert phone.store.rows() == right
        assert phone.verify() == []

        # What changed since the last checkpoint is no difference; it is not named.
        version = boss.get(f"/households/{unchanged}").json["version"]
        assert boss.patch(f"/households/{unchanged}", {"label": "x"}, version).status_code == 200
        checksums = phone.api.call("GET", "/sync/checksum", token=phone.store.get("token"))
        named = {bucket["bucket"] for bucket in checksums["buckets"]}
        assert grid not in named and named | {grid} == set(phone.store.get("buckets"))
        assert phone.verify() == []
        phone.pull()
        assert phone.verify() == []


def test_checksum_endpoint_returns_400_for_token_of_page_or_other_device(
    city: Any, server: Any, tmp_path: Any
) -> None:
    homes(city, "g1", 2)
    with phone_of(city.worker("g1"), tmp_path / "phone", server.port) as (phone, _):
        page = phone.api.call("GET", "/sync", limit=1)
        for token in (page["token"], "x.y"):
            with pytest.raises(Refused) as refused:
                phone.api.call("GET", "/sync/checksum", token=token)
            assert (refused.value.status, refused.value.code) == (400, "sync_token_invalid")
        phone.pull()
        token = phone.store.get("token")
    with (
        phone_of(city.worker("g1"), tmp_path / "other", server.port) as (other, _),
        pytest.raises(Refused) as refused,
    ):
        other.api.call("GET", "/sync/checksum", token=token)
    assert refused.value.code == "sync_token_invalid"
