"""The reference client against a real server."""

import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from app.accounts import service as accounts
from app.conformance.faults import Fault
from app.core import db
from app.core.actor import SYSTEM
from tests.factories import PASSWORD
from tests.live.processes import ROOT
from tests.sync.client import Device, NoAnswer, Refused, SignedOut, UnsentWork
from tests.sync.faults.homes import homes
from tests.sync.faults.phones import phone_of


@pytest.fixture
def person(city):
    return city.worker("g1")


@pytest.fixture
def home(city):
    (household_id,) = homes(city, "g1", 1)
    return str(household_id)


def label(phone, home):
    return phone.view("household")[home]["label"]


def test_phone_case_12_own_writes_cause_no_conflict(server, person, home, tmp_path):
    """Two changes of one field without a network, the first answer lost, and more while that is not known."""
    with phone_of(person, tmp_path / "phone", server.port) as (phone, proxy):
        phone.pull()
        resident = next(i for i, r in phone.view("resident").items() if r["household_id"] == home)
        for n in ("1", "2"):
            phone.do("household", "patch", id=home, patch={"label": n})
            phone.do("resident", "patch", id=resident, patch={"name": f"张{n}"})
        proxy.plan = lambda number: Fault("answer_lost") if number == 2 else None
        with pytest.raises(NoAnswer):
            phone.push()
        phone.do("household", "patch", id=home, patch={"label": "3"})
        phone.do("resident", "patch", id=resident, patch={"name": "张3"})
        phone.push()
        statuses = [answer["status"] for _, answer in phone.store.queued()]
        assert statuses == ["duplicate"] * 4 + ["applied"] * 2
        phone.pull()
        assert phone.store.queued() == [] and phone.store.dead_letters() == []
        assert label(phone, home) == "3"


def test_phone_case_12_displayed_values_never_go_back(server, person, home, tmp_path):
    """Acknowledged, but not in the checkpoint that another sync worker had begun before."""
    with phone_of(person, tmp_path / "phone", server.port, page=3) as (phone, _):
        phone.pull()
        seen = []
        steps = iter(range(100))

        def look(name):
            seen.append(label(phone, home))
            if name == "page fetched" and next(steps) == 0:
                # While this checkpoint is under way, something is written and acknowledged.
                phone.do("household", "patch", id=home, patch={"label": "mine"})
                phone.push()

        phone._step = look
        phone.pull()
        phone.pull()
        first = seen.index("mine")
        assert set(seen[:first]) <= {""} and set(seen[first:]) == {"mine"}
        assert phone.store.queued() == []


def test_phone_case_20_reloads_everything_and_keeps_queue_after_new_epoch(
    server, person, home, tmp_path, owner, settings
):
    with phone_of(person, tmp_path / "phone", server.port) as (phone, _):
        phone.pull()
        before = phone.store.rows()
        epoch = phone.store.get("epoch")
        phone.do("household", "patch", id=home, patch={"label": "kept"})
        run = [sys.executable, "-c", "from app.cli import main; main()", "sync", "rotate-epoch"]
        subprocess.run(
            run,
            check=True,
            capture_output=True,
            cwd=ROOT,
            env=os.environ | {"DATABASE_URL": settings.database_url},
        )
        phone.pull()
        assert phone.store.get("epoch") != epoch
        assert phone.store.rows() == before and phone.store.unsent() == 1
        assert label(phone, home) == "kept"
        phone.sync()
        assert phone.store.queued() == []


DIES = """
import os, signal, sys
from pathlib import Path
from tests.sync.client import Device

def step(name):
    if name == sys.argv[3]:
        os.kill(os.getpid(), signal.SIGKILL)

phone = Device(Path(sys.argv[1]), sys.argv[2], step=step)
phone.sync()
"""


@pytest.mark.parametrize(
    "where",
    [
        "page fetched",
        "page put aside",
        "rows applied, token not yet",
        "checkpoint applied",
        "pushed",
        "answers kept",
    ],
)
def test_phone_case_26_resumes_after_kill_at_any_step(server, person, home, tmp_path, where, owner):
    """A process of its own, and a real kill."""
    with phone_of(person, tmp_path / "phone", server.port) as (phone, proxy):
        phone.pull()
        phone.do("household", "patch", id=home, patch={"label": "once"})
        url = f"http://127.0.0.1:{proxy.port}"
        run = [sys.executable, "-c", DIES, str(tmp_path / "phone"), url, where]
        assert subprocess.run(run, cwd=ROOT).returncode == -signal.SIGKILL
        phone.sync()
        assert phone.store.queued() == [] and label(phone, home) == "once"
    with phone_of(person, tmp_path / "fresh", server.port) as (fresh, _):
        fresh.pull()
        again = Device(tmp_path / "phone", "http://nowhere")
        assert again.store.rows("household") == fresh.store.rows("household")
        again.close()
    written = owner.execute(
        "select count(*) from audit_event where entity_id = %s and action = 'household.change'", (home,)
    )
    assert written.fetchone() == (1,)


def test_phone_case_24_two_sync_workers_apply_every_operation_once(server, person, home, tmp_path, owner):
    with phone_of(person, tmp_path / "phone", server.port) as (phone, proxy):
        phone.pull()
        for n in range(30):
            phone.do("household", "patch", id=home, patch={"label": str(n)})
        others = [Device(tmp_path / "phone", f"http://127.0.0.1:{proxy.port}", batch=7) for _ in range(3)]
        threads = [
            threading.Thread(
                target=other.sync_until_quiet,
                # Others get `device_busy` while one sends.
                kwargs={
                    "attempts": 600,
                    "sleep": lambda s: time.sleep(0.05),  # pause: of a phone, shortened
                },
            )
            for other in others
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for other in others:
            other.close()
        phone.sync()
        assert phone.store.queued() == [] and phone.store.dead_letters() == []
        assert label(phone, home) == "29"
    history = owner.execute(
        "select row ->> 'label' from fact_history where entity = 'household' and row_id = %s order by version",
        (home,),
    )
    assert [label for (label,) in history] == ["", *map(str, range(30))]


def test_phone_case_19_removes_all_rows_when_account_is_disabled(server, person, home, tmp_path):
    with phone_of(person, tmp_path / "phone", server.port) as (phone, _):
        phone.pull()
        phone.do("household", "patch", id=home, patch={"label": "hers"})
        with db.transaction(SYSTEM) as session:
            accounts.disable_account(session, SYSTEM, account_id=person.id)
        with pytest.raises(SignedOut):
            phone.sync()
        assert phone.store.rows() == {} and phone.api.session is None
        assert phone.store.unsent() == 1
        with db.transaction(SYSTEM) as session:
            accounts.enable_account(session, SYSTEM, account_id=person.id)
        phone.sign_in(person.username, PASSWORD)
        phone.sync()
        assert label(phone, home) == "hers" and phone.store.queued() == []


def test_phone_sign_out_pushes_queue_and_wipes_store(server, person, home, tmp_path, owner):
    with phone_of(person, tmp_path / "phone", server.port) as (phone, proxy):
        phone.pull()
        phone.do("household", "patch", id=home, patch={"label": "last"})
        proxy.plan = lambda number: Fault("request_lost")
        with pytest.raises(NoAnswer):
            phone.sign_out()
        assert phone.store.unsent() == 1 and phone.store.rows()
        proxy.is_calm = True
        phone.sign_out()
        assert phone.store.rows() == {} and phone.store.get("username") is None
    assert owner.execute("select label from household where id = %s", (home,)).fetchone() == ("last",)


def test_phone_refuses_other_account_while_queue_is_unsent(server, person, home, tmp_path, city):
    other = city.worker("g2")
    with phone_of(person, tmp_path / "phone", server.port) as (phone, _):
        phone.pull()
        phone.do("household", "patch", id=home, patch={"label": "hers"})
        with pytest.raises(UnsentWork):
            phone.sign_in(other.username, PASSWORD)
        phone.sync()
        with pytest.raises(Refused):
            phone.sign_in(other.username, "not this one at all")
        assert phone.store.rows(), "a wrong password removes nothing"
        phone.sign_in(other.username, PASSWORD)
        assert phone.store.rows() == {}
        phone.pull()
        assert home not in phone.view("household")


def test_phone_keeps_queue_when_push_is_refused(server, person, home, tmp_path, owner):
    one_time = "update account set must_change_password = %s where id = %s"
    with phone_of(person, tmp_path / "phone", server.port) as (phone, _):
        phone.pull()
        for n in range(3):
            phone.do("household", "patch", id=home, patch={"label": str(n)})
        owner.execute(one_time, (True, person.id))
        with pytest.raises(Refused, match="password_change_required"):
            phone.push()
        assert phone.store.unsent() == 3 and phone.store.dead_letters() == []
        owner.execute(one_time, (False, person.id))
        phone.sync()
        assert label(phone, home) == "2" and phone.store.queued() == []


def test_phone_renews_session_with_same_successor_after_lost_responses(server, person, tmp_path):
    with phone_of(person, tmp_path / "phone", server.port) as (phone, proxy):
        proxy.plan = lambda number: Fault("answer_lost") if number < 4 else None
        for _ in range(5):
            try:
                phone.api.renew()
                break
            except NoAnswer:
                pass
        phone.pull()
        assert phone.store.rows()
