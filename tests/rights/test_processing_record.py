"""The record of processing: it has every personal field with its retention, and the page printed from it."""

import json
from pathlib import Path

from click.testing import CliRunner

from app.cli import main
from app.rights import service as rights
from app.rights.service.processing import ACTIVITIES
from tests.test_catalogue import PERSONAL, TABLES
from tests.test_personal_fields import MARKS, UNMARKED

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "processing.md"


def test_every_personal_field_has_processing_activity(rows):
    named = {field for activity in ACTIVITIES for field in activity.fields}
    catalogued = {
        f"{table.name}.{column}" for table in rows(TABLES) for column in table.texts if column in PERSONAL
    }
    assert (catalogued | MARKS.keys() | UNMARKED.keys()) - named == set()


def test_every_field_of_processing_record_exists(rows):
    there = {f"{table.name}.{column}" for table in rows(TABLES) for column in table.columns}
    assert [field for activity in ACTIVITIES for field in activity.fields if field not in there] == []


def test_processing_page_equals_command_output():
    printed = CliRunner().invoke(main, ["docs", "processing"])
    assert printed.exit_code == 0 and PAGE.read_text() == rights.processing_page() == printed.stdout


def test_processing_record_has_configured_retention_periods():
    env = {"GRIDWARD_REPORTER_DAYS": "365"}
    printed = CliRunner().invoke(main, ["docs", "processing", "--json"], env=env)
    entries = {entry["code"]: entry for entry in json.loads(printed.stdout)}
    retention = entries["reports"]["kept"]
    assert (retention["period"], retention["unit"], retention["setting"]) == (
        365,
        "days",
        "GRIDWARD_REPORTER_DAYS",
    )
    assert entries["reports"]["receivers"] == ["supervisor", "admin"]
    assert entries["positions"]["kept"]["period"] == 30
