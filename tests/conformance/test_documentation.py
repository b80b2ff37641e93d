"""docs/explanation/conformance.md names each fault and each difference as the code has it."""

import re
from pathlib import Path

import pytest

from app.conformance.faults import KINDS
from app.conformance.report import CODES

PAGE = (Path(__file__).parents[2] / "docs" / "explanation" / "conformance.md").read_text()


@pytest.mark.parametrize(("name", "expected"), [("faults", KINDS), ("codes", CODES)])
def test_conformance_page_lists_what_the_code_has(name, expected):
    section = PAGE.partition(f"<!-- {name} -->")[2].partition(f"<!-- /{name} -->")[0]
    assert dict(re.findall(r"^\| `(\w+)` \| ([^|]+) \|", section, re.M)) == expected
