"""The built sync client of web/sync-client passes the conformance kit in Node, and needs nothing of a page."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from app.accounts import service as accounts
from app.core import db
from app.core.actor import SYSTEM
from tests.conformance.test_conformance import COMMAND, gridward, person
from tests.factories import PASSWORD
from tests.live.processes import ROOT
from tests.web.conftest import dist

__all__ = ["dist", "person"]

LIBRARY = ROOT / "web" / "sync-client"
PROGRAM = Path(__file__).with_name("faulty_day.mjs")
# In ways that the sync client is not to work: the page, its storage and its cookies.
OF_PAGES = re.compile(
    r"\b(document|window|navigator|location|localStorage|sessionStorage|XMLHttpRequest|EventSource)\b|preact"
)


def run_kit(
    server: Any, settings: Any, person: Any, folder: Path, library: Path
) -> tuple[subprocess.CompletedProcess[str], dict[str, Any]]:
    dump, report = folder / "dump.json", folder / "report.json"
    done = gridward(
        settings,
        *(*COMMAND, "--server", f"http://127.0.0.1:{server.port}", "--username", person.username),
        *("--dump", str(dump), "--json", str(report), "--", "node", str(PROGRAM), str(library), str(dump)),
        CONFORMANCE_PASSWORD=PASSWORD,
    )
    return done, json.loads(report.read_text()) if report.exists() else {}


def test_sync_client_passes_conformance_in_node(dist, server, settings, person, tmp_path):
    done, report = run_kit(server, settings, person, tmp_path, LIBRARY / "dist" / "index.js")
    assert done.returncode == 0, done.stdout + done.stderr
    assert report["passed"] and report["compared"]["operations"] == 45
    assert sum(report["faults"].values()) > 15 and report["compared"]["checks"] > 20
    check = gridward(settings, "check")
    assert check.returncode == 0, check.stdout


@pytest.mark.deep
def test_sync_client_that_applies_early_fails_conformance(dist, server, settings, person, tmp_path):
    spoilt = tmp_path / "library"
    spoilt.mkdir()
    (spoilt / "package.json").write_text('{"type": "module"}')
    for path in (LIBRARY / "dist").glob("*.js"):
        text = path.read_text()
        if path.name == "sync-store.js":
            assert "if (!last?.complete)" in text
            text = text.replace("if (!last?.complete)", "if (!last)")
        if path.name == "sync.js":
            assert "if (page.complete)" in text
            text = text.replace(
                "if (page.complete)", "await this.store.applyPages();\n            if (page.complete)"
            )
        (spoilt / path.name).write_text(text)
    done, _ = run_kit(server, settings, person, tmp_path, spoilt / "index.js")
    assert done.returncode == 2 and "token_incomplete" in done.stderr, done.stdout + done.stderr


@pytest.mark.deep
def test_sync_client_keeps_unsent_work_through_resync_and_end_of_session(dist, server, settings, person):
    program = PROGRAM.with_name("ended_session.mjs")
    address = (f"http://127.0.0.1:{server.port}", person.username, PASSWORD)
    command = ["node", str(program), str(LIBRARY / "dist" / "index.js"), *address]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdin is not None and child.stdout is not None

        def next_step() -> dict[str, Any]:
            step: dict[str, Any] = json.loads(child.stdout.readline())
            return step

        def go_on() -> None:
            child.stdin.write("\n")
            child.stdin.flush()

        pulled = next_step()
        assert pulled["rows"] > 5 and pulled["pending"] == 0
        assert gridward(settings, "sync", "rotate-epoch").returncode == 0
        go_on()
        resynced = next_step()
        assert (resynced["rows"], resynced["pending"], resynced["shown"]) == (pulled["rows"], 1, "kept")
        assert resynced["token"] != pulled["token"]
        with db.transaction(SYSTEM) as session:
            accounts.disable_account(session, SYSTEM, account_id=person.id)
        go_on()
        signed_out = next_step()
        assert signed_out["isSignedOut"] and not signed_out["hasTokens"]
        assert (signed_out["rows"], signed_out["pending"], signed_out["token"]) == (0, 1, None)
        with db.transaction(SYSTEM) as session:
            accounts.enable_account(session, SYSTEM, account_id=person.id)
        go_on()
        letter = next_step()
        assert letter["codes"] == ["validation_failed"] and letter["isUnsent"] and letter["rows"] > 5
        go_on()
        wiped = next_step()
        assert (wiped["rows"], wiped["pending"], wiped["token"]) == (0, 0, None)
        go_on()
        assert child.wait(30) == 0


@pytest.mark.parametrize("path", sorted((LIBRARY / "src").glob("*.ts")), ids=lambda path: path.name)
def test_sync_client_uses_nothing_of_a_page(path):
    code = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.DOTALL)
    code = re.sub(r"//.*", "", code)
    assert OF_PAGES.findall(code) == []
    imports = re.findall(r'from "([^"]+)"', code)
    assert all(name.startswith("./") or (name == "dexie" and path.name == "indexeddb.ts") for name in imports)


def test_sync_client_package_exports_what_is_built(dist):
    package = json.loads((LIBRARY / "package.json").read_text())
    assert package["name"] == "@gridward/sync-client" and package["private"]
    for targets in package["exports"].values():
        assert all((LIBRARY / target).is_file() for target in targets.values())


def test_examples_in_readme_type_check_against_the_built_package(dist, tmp_path):
    examples = re.findall(r"```ts\n(.*?)```", (LIBRARY / "README.md").read_text(), re.DOTALL)
    assert len(examples) == 2
    for number, example in enumerate(examples):
        (tmp_path / f"example{number}.ts").write_text(example)
    (tmp_path / "package.json").write_text('{"type": "module"}')
    packages = tmp_path / "node_modules" / "@gridward"
    packages.mkdir(parents=True)
    (packages / "sync-client").symlink_to(LIBRARY)
    compiler = ROOT / "web" / "node_modules" / "typescript" / "bin" / "tsc"
    options = [
        "--noEmit",
        "--strict",
        "--target",
        "es2022",
        "--module",
        "nodenext",
        "--lib",
        "es2022,dom,dom.asynciterable",
    ]
    files = [str(path) for path in sorted(tmp_path.glob("*.ts"))]
    done = subprocess.run(
        ["node", str(compiler), *options, *files], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout
