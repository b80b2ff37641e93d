"""The kit passes a client that keeps the contract, and names the fault of each client that does not."""

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.conformance.faults import DEFAULT_RATE, KINDS, FaultPlan
from app.conformance.run import ConformanceRun
from app.core import db
from app.core.actor import SYSTEM
from app.workforce import service as workforce
from tests.conformance import small_client
from tests.conformance.small_client import NoAnswer, SmallClient
from tests.factories import PASSWORD
from tests.live.processes import ROOT
from tests.sync.faults.homes import homes

SEED = 7
RATES = dict.fromkeys(KINDS, DEFAULT_RATE)


@pytest.fixture
def person(city: Any) -> Any:
    homes(city, "g1", 6)
    homes(city, "g2", 4)
    person = city.worker("g1")
    with db.transaction(SYSTEM) as session:
        person.second = workforce.set_responsibility(
            session, SYSTEM, worker_id=person.id, area_id=city.areas["g2"], role="worker"
        )
    return person


@contextlib.contextmanager
def faulty_network(server: Any, person: Any, *, rates: dict[str, float] = RATES) -> Iterator[ConformanceRun]:
    plan = FaultPlan(SEED, rates, 400)
    with contextlib.closing(
        ConformanceRun(f"http://127.0.0.1:{server.port}", person.username, PASSWORD, plan=plan)
    ) as run:
        yield run


def gridward(settings: Any, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from app.cli import main; main()", *arguments],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=os.environ | {"DATABASE_URL": settings.database_url} | variables,
    )


def codes(report: dict[str, Any]) -> set[str]:
    return {difference["code"] for difference in report["differences"]}


def lose_second_grid(person: Any) -> None:
    with db.transaction(SYSTEM) as session:
        workforce.end_responsibility(session, SYSTEM, responsibility_id=person.second)


def test_small_client_passes_with_fixed_seed(server, person, settings):
    with faulty_network(server, person) as run:
        client = SmallClient(run.proxy.url)
        small_client.play(client, person.username, PASSWORD)
        assert client.post("check") == {"differences": []}
        lose_second_grid(person)
        client.sync()
        report = client.post("compare")
        assert report["passed"], report["differences"]
        assert report["notes"] == []
        assert sum(report["faults"].values()) > 10
        assert report["compared"]["operations"] == len(client.operations) > 20
        assert report["compared"]["rows"] == len(client.rows) > 10
    check = gridward(settings, "check")
    assert check.returncode == 0, check.stdout


def test_forgotten_operation_is_reported(server, person):
    with faulty_network(server, person) as run:
        client = small_client.ForgetsUnanswered(run.proxy.url)
        small_client.play(client, person.username, PASSWORD)
        assert "operation_forgotten" in codes(client.post("compare"))


def test_rows_applied_before_checkpoint_is_complete_are_reported(server, person):
    with faulty_network(server, person, rates={}) as run:
        client = small_client.AppliesEarly(run.proxy.url)
        client.sign_in(person.username, PASSWORD)
        lost = iter((False, True))
        run.proxy.plan = lambda number: (
            FaultPlan(1, {"answer_lost": 1.0}, 10**6)(number) if next(lost, False) else None
        )
        with contextlib.suppress(NoAnswer):
            client.pull()
        checked = client.post("check")
        assert codes(checked) == {"checkpoint_mixed"}
        client.sync()
        report = client.post("compare")
        assert codes(report) == {"checkpoint_mixed"} and not report["passed"]


def test_rows_of_dropped_bucket_are_reported(server, person, city):
    with faulty_network(server, person) as run:
        client = small_client.KeepsDroppedBuckets(run.proxy.url)
        small_client.play(client, person.username, PASSWORD, rounds=2)
        lose_second_grid(person)
        client.sync()
        report = client.post("compare")
        assert codes(report) == {"row_surplus"}
        assert {difference["subject"].split()[0] for difference in report["differences"]} >= {"household"}


def test_operation_sent_under_new_op_id_is_reported(server, person):
    with faulty_network(server, person) as run:
        client = small_client.RenamesOperations(run.proxy.url)
        small_client.play(client, person.username, PASSWORD)
        assert {"operation_repeated", "sequence_reused"} <= codes(client.post("compare"))


def test_client_that_has_not_pulled_is_told_so(server, person, city):
    with faulty_network(server, person, rates={}) as run:
        client = SmallClient(run.proxy.url)
        small_client.play(client, person.username, PASSWORD, rounds=2)
        lose_second_grid(person)
        report = client.post("compare")
        assert {"bucket_surplus", "row_surplus"} <= codes(report)
        surplus = [d for d in report["differences"] if d["code"] == "row_surplus"]
        assert all("has not pulled the change" in d["detail"] for d in surplus)
        client.sync()
        assert client.post("compare")["passed"]


COMMAND = ("conformance", "--port", "0", "--seed", str(SEED), "--requests", "120")


@pytest.mark.parametrize("is_spoilt", [False, True])
def test_conformance_command_runs_client_and_compares(server, person, settings, tmp_path, is_spoilt):
    dump, report = tmp_path / "dump.json", tmp_path / "report.json"
    program = Path(small_client.__file__).read_text()
    if is_spoilt:
        program = program.replace("self.queue.pop(result", "self.rows.clear() or self.queue.pop(result")
    (tmp_path / "client.py").write_text(program)
    done = gridward(
        settings,
        *(*COMMAND, "--server", f"http://127.0.0.1:{server.port}", "--username", person.username),
        *(
            "--dump",
            str(dump),
            "--json",
            str(report),
            "--",
            sys.executable,
            str(tmp_path / "client.py"),
            str(dump),
        ),
        CONFORMANCE_PASSWORD=PASSWORD,
    )
    assert done.returncode == int(is_spoilt), done.stdout + done.stderr
    assert json.loads(report.read_text())["passed"] is not is_spoilt
    assert f"seed {SEED}: {'FAILED' if is_spoilt else 'PASSED'}" in done.stdout
    assert ("row_missing" in done.stdout) == is_spoilt


def test_conformance_command_ends_with_2_when_nothing_was_compared(server, person, settings):
    address = ("--server", f"http://127.0.0.1:{server.port}", "--username", person.username)
    wrong_password = gridward(settings, *COMMAND, *address, CONFORMANCE_PASSWORD="wrong password")
    assert wrong_password.returncode == 2 and "sign_in_failed" in wrong_password.stderr
    failing = gridward(settings, *COMMAND, *address, "--", "false", CONFORMANCE_PASSWORD=PASSWORD)
    assert failing.returncode == 2 and "status 1" in failing.stderr
    silent = gridward(settings, *COMMAND, *address, "--", "true", CONFORMANCE_PASSWORD=PASSWORD)
    assert silent.returncode == 2 and "no dump" in silent.stderr
