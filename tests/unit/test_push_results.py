"""Results of pushed operations as they are stored."""

from uuid import UUID

import orjson
import pytest

from app.sync.rules.operations import Operation, Verdict
from app.sync.rules.results import Result

ROW, LETTER, DEVICE = (UUID(int=n) for n in (1, 2, 3))
OPERATION = Operation("op 1", b"", {}, 0, device_seq=7)


@pytest.mark.parametrize(
    "result",
    [
        Result("applied", ROW, version=4, warnings=[{"field": "note", "code": "holds_phone"}]),
        Result("applied", ROW, flags=("late_after_reassign",), dead_letter=LETTER),
        Result("merged", ROW, fields={"label": {"base": "", "mine": "乙", "theirs": "甲"}}),
        Result.rejected(
            None, Verdict("unknown_field", {"n": 1}, [{"field": "patch.x", "code": "unknown_field"}])
        ),
    ],
)
def test_result_is_equal_after_it_was_stored(result):
    stored = orjson.loads(orjson.dumps(result.to_stored(OPERATION, DEVICE), default=str))
    assert (stored["device_id"], stored["device_seq"]) == (str(DEVICE), 7)
    assert Result.from_stored(stored) == result


def test_result_of_earlier_version_is_read():
    stored = {
        "status": "rejected",
        "code": "not_found",
        "id": str(ROW),
        "flags": [],
        "params": {},
        "errors": [],
    }
    stored |= {"version": None, "dead_letter": str(LETTER)}
    assert Result.from_stored(stored) == Result("rejected", ROW, code="not_found", dead_letter=LETTER)
