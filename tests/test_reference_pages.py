"""docs/reference/errors.md and cli.md equal what the code prints, and describe every code, command and option."""

from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from app.cli import main
from app.cli_docs import PAGES, file_of
from app.core.constraint_errors import CONSTRAINT_CODES
from app.http.errors import _HTTP_CODES
from app.http.messages import MESSAGES
from app.http.messages.meanings import MEANINGS
from app.http.messages.remedies import REMEDIES
from app.reference.error_sources import read_sources
from tests.nonempty import nonempty

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs" / "reference"


def commands(group: click.Group, path: str = "gridward") -> dict[str, click.Command]:
    found_commands: dict[str, click.Command] = {path: group}
    for name, command in group.commands.items():
        nested = commands(command, f"{path} {name}") if isinstance(command, click.Group) else {}
        found_commands |= {f"{path} {name}": command} | nested
    return found_commands


@pytest.mark.parametrize("page", PAGES)
def test_page_equals_what_the_code_prints(page):
    printed = CliRunner().invoke(main, ["docs", page])
    assert printed.exit_code == 0, printed.output
    path = file_of(page)
    assert (ROOT / path).read_text() == printed.stdout, f"gridward docs {page} > {path}"


def test_every_error_code_has_a_remedy_or_a_meaning():
    assert MESSAGES.keys() - REMEDIES.keys() - MEANINGS.keys() == set()
    assert (REMEDIES.keys() | MEANINGS.keys()) - MESSAGES.keys() == set()


def test_codes_of_problems_have_remedies_and_codes_of_fields_meanings():
    sources = read_sources()
    assert {code for code, statuses in sources.statuses.items() if statuses} - REMEDIES.keys() == set()
    assert sources.of_fields - MEANINGS.keys() == set()
    assert len(sources.statuses) > 150 < len(REMEDIES) and len(sources.of_fields) > 50


def test_statuses_of_codes_are_those_of_their_families():
    statuses = read_sources().statuses
    assert statuses["transition_illegal"] == {409} and statuses["if_match_missing"] == {428}
    assert statuses["sign_in_throttled"] == {429} and statuses["outcome_unknown"] == {503}
    assert all(409 in statuses[code] for code in CONSTRAINT_CODES.values())
    assert all(status in statuses[code] for status, code in _HTTP_CODES.items())


def test_every_command_and_option_has_help_in_plain_words():
    lacking = []
    for name, command in commands(main).items():
        if not command.help:
            lacking.append(name)
        lacking += [
            f"{name} {option.opts[0]}"
            for option in command.params
            if isinstance(option, click.Option) and not option.help and "--help" not in option.opts
        ]
    assert lacking == []


def test_command_page_names_every_command_option_and_argument():
    page = (DOCS / "cli.md").read_text()
    for name, command in nonempty(commands(main).items()):
        if isinstance(command, click.Group) and not command.invoke_without_command:
            continue
        assert f"## {name}\n" in page
        options = [option for option in command.params if isinstance(option, click.Option)]
        assert all(f"`{option.opts[0]}`" in page for option in options), name
