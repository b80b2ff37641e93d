"""Every failure case is covered by at least one test."""

import re
from pathlib import Path

from tests.fieldapp.cases import CASES, WAITING

TESTS = Path(__file__).parents[1]
# test_push_case_05_..., test_client_store_case_14_15_...; in tests/deep also test_4_..., test_1_to_3_...
NAMED = re.compile(r"^ *def test_(?:\w*?case((?:_\d\d)+)|(\d\d?)(?:_to_(\d\d?))?)_\w+\(", re.MULTILINE)


def claimed() -> dict[int, list[str]]:
    """Return for each case the files whose test names contain its number."""
    files_by_case: dict[int, list[str]] = {}
    for file in sorted(TESTS.rglob("test_*.py")):
        is_here = file.parent.name in ("fieldapp", "deep")
        for listed, first, last in NAMED.findall(file.read_text()):
            if not listed and not is_here:
                continue
            numbers = listed.strip("_").split("_") if listed else range(int(first), int(last or first) + 1)
            for number in numbers:
                files_by_case.setdefault(int(number), []).append(str(file.relative_to(TESTS)))
    return files_by_case


def test_every_failure_case_has_a_test():
    covered = claimed()
    assert sorted(CASES) == list(range(1, 33))
    assert [number for number in CASES if number not in covered] == []


def test_waiting_cases_have_a_test():
    assert set(WAITING) <= set(claimed())
