"""The database connection breaks during a push."""

import threading
from typing import Any

import psycopg
import pytest

from tests.live.databases import plain
from tests.sync.client import TryLater
from tests.sync.faults.homes import homes
from tests.sync.faults.phones import phone_of
from tests.waits import eventually


def test_push_returns_503_and_stores_nothing_when_database_connection_is_lost(
    city: Any, server: Any, owner: Any, settings: Any, tmp_path: Any
) -> None:
    first, second = (str(home) for home in homes(city, "g1", 2))
    with phone_of(city.worker("g1"), tmp_path / "phone", server.port) as (phone, _):
        phone.pull()
        phone.do("household", "patch", id=first, patch={"label": "a"})
        phone.do("household", "patch", id=second, patch={"label": "b"})
        with psycopg.connect(plain(settings.database_url)) as holder:
            holder.execute("select 1 from household where id = %s for update", (second,))

            def end_who_waits() -> None:
                waiting = "select pid from pg_stat_activity where %s = any(pg_blocking_pids(pid))"
                (pid,) = eventually(lambda: owner.execute(waiting, (holder.info.backend_pid,)).fetchone())
                owner.execute("select pg_terminate_backend(%s)", (pid,))

            ending = threading.Thread(target=end_who_waits)
            ending.start()
            with pytest.raises(TryLater) as later:
                phone.push()
            ending.join()
        assert later.value.status == 503
        assert phone.store.unsent() == 2
        assert owner.execute("select label from household where id = %s", (first,)).fetchone() == ("",)
        phone.sync()
        assert phone.store.queued() == [] and phone.store.dead_letters() == []
