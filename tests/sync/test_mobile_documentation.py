"""The tables of docs/reference/sync-reference.md match the code, and the conversations are what the server really answers.

`GRIDWARD_WRITE_DOCS=1 pytest tests/sync/test_mobile_documentation.py` writes both anew.
"""

import os
from pathlib import Path

import pytest

from app.http.messages import MESSAGES
from app.sync.rules.answer_codes import BYE_REASONS, REFUSALS, RESULT_CODES, RESYNC_REASONS, WARNING_CODES
from app.sync.rules.events import Bye
from app.sync.rules.tokens import Resync
from tests.sync.conversations import SCENARIOS
from tests.sync.reference_tables import TABLES

DOCS = Path(__file__).parents[2] / "docs" / "reference"
REFERENCE, CONVERSATIONS = DOCS / "sync-reference.md", DOCS / "sync-conversations.md"


def assert_written(page: Path, name: str, expected: str) -> None:
    """Assert that the part `name` of a page is as expected, or write it."""
    begin, end = f"<!-- {name} -->\n", f"<!-- /{name} -->"
    before, _, rest = page.read_text().partition(begin)
    written, _, after = rest.partition(end)
    if os.environ.get("GRIDWARD_WRITE_DOCS"):
        page.write_text(before + begin + expected + end + after)
        return
    assert written == expected, f"{page.name}: {name}"


@pytest.mark.parametrize("name", TABLES)
def test_reference_table_matches_code(document, name):
    assert_written(REFERENCE, name, TABLES[name](document["components"]["schemas"]) + "\n")


@pytest.mark.parametrize("name", SCENARIOS)
def test_conversation_is_what_server_and_device_exchange(city, name):
    title, talk = SCENARIOS[name]
    assert_written(CONVERSATIONS, name, f"## {title}\n\n{talk(city).text}")


def test_every_code_and_reason_of_synchronisation_has_a_message_or_a_meaning():
    codes = {*RESULT_CODES, *WARNING_CODES, *(code for _, code in REFUSALS)}
    assert sorted(codes - MESSAGES.keys()) == []
    assert (BYE_REASONS.keys(), RESYNC_REASONS.keys()) == (set(Bye), set(Resync))
