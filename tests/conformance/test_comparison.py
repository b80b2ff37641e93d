"""The comparison names each kind of difference, and the dump is refused with the name of the member at fault."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.conformance.comparison import compare_operations, compare_replay, compare_with_server
from app.conformance.holdings import Dump, DumpInvalid, Holdings
from app.conformance.observations import SentOperation
from app.conformance.report import CODES, Difference, Report

NOW = datetime(2026, 11, 29, tzinfo=UTC)
PAGE = {
    "buckets": ["global", "grid:1"],
    "server_time": NOW.isoformat(),
    "rows": [
        {
            "bucket": "grid:1",
            "entity": "household",
            "id": "a",
            "op": "P",
            "version": 2,
            "data": {"label": "x"},
        },
        {"bucket": "global", "entity": "unit", "id": "u", "op": "P", "version": 1, "data": {}},
    ],
}
HOUSEHOLD = {"entity": "household", "id": "a", "version": 2, "data": {"label": "x"}}
EMPTY = {"rows": [], "buckets": [], "pending": []}
UNIT = {"entity": "unit", "id": "u", "version": 1, "data": {}}


def dump(*rows: dict[str, Any], **members: Any) -> Dump:
    document = {"token": "t", "buckets": PAGE["buckets"], "rows": list(rows), "pending": []}
    return Dump.parse(document | members)


def server() -> Holdings:
    holdings = Holdings()
    holdings.apply([PAGE])
    return holdings


@pytest.mark.parametrize(
    ("held", "expected"),
    [
        (dump(HOUSEHOLD, UNIT), []),
        (dump({**HOUSEHOLD, "data": None}, UNIT), []),
        (dump(UNIT), [("row_missing", "household a")]),
        (dump(HOUSEHOLD, UNIT, {**UNIT, "id": "v"}), [("row_surplus", "unit v")]),
        (dump(HOUSEHOLD, UNIT, {**UNIT, "id": "v", "until": NOW.isoformat()}), []),
        (dump({**HOUSEHOLD, "version": 1}, UNIT), [("row_outdated", "household a")]),
        (dump({**HOUSEHOLD, "data": {"label": "y"}}, UNIT), [("row_different", "household a")]),
        (dump(HOUSEHOLD, UNIT, buckets=["global", "grid:2"]), [("bucket_missing", "grid:1"), ("bucket_surplus", "grid:2")]),
    ],
)  # fmt: skip
def test_comparison_with_server_names_each_difference(held, expected):
    differences = compare_with_server(held, server(), None)
    assert [(difference.code, difference.subject) for difference in differences] == expected


def test_checkpoint_drops_buckets_removed_rows_and_rows_whose_time_is_over():
    holdings = server()
    over = (NOW + timedelta(hours=1)).isoformat()
    shared = {"entity": "incident", "id": "i", "op": "P", "version": 1, "data": {}, "until": over}
    holdings.apply(
        [
            {**PAGE, "rows": [{**shared, "bucket": "global"}], "buckets": ["global"]},
            {**PAGE, "rows": [{**shared, "bucket": "grid:1"}], "buckets": ["global"]},
        ]
    )
    assert {key: row.buckets for key, row in holdings.rows.items()} == {
        ("incident", "i"): {"global"},
        ("unit", "u"): {"global"},
    }
    removed = {"bucket": "global", "entity": "unit", "id": "u", "op": "R"}
    holdings.apply([{**PAGE, "rows": [removed], "server_time": over}])
    assert holdings.rows == {}


def operation(op_id: str, *statuses: str, is_delivered: bool = True, **content: Any) -> SentOperation:
    sent = SentOperation(
        {"op_id": op_id, "device_seq": int(op_id), "entity": "visit", "op": "create", "id": op_id} | content
    )
    sent.statuses = list(statuses)
    sent.answer = {"op_id": op_id, "status": statuses[0]} if statuses and is_delivered else None
    return sent


@pytest.mark.parametrize(
    ("operations", "members", "expected"),
    [
        ([operation("1", "applied", "duplicate")], {}, []),
        ([operation("1", "applied", is_delivered=False)], {}, ["operation_forgotten"]),
        ([operation("1", "applied", is_delivered=False)], {"pending": ["1"]}, []),
        ([operation("1", "rejected")], {"pending": ["1"]}, ["operation_still_pending"]),
        ([], {"operations": ["1"]}, ["operation_never_sent"]),
        ([], {"operations": ["1"], "pending": ["1"]}, []),
        ([operation("1", "applied", "applied")], {}, ["operation_doubled"]),
        ([operation("1", "applied"), operation("2", "applied", id="1")], {}, ["operation_repeated"]),
        ([operation("1", "applied"), operation("2", "applied", device_seq=1)], {}, ["sequence_reused"]),
    ],
)
def test_comparison_of_operations_names_each_difference(operations, members, expected):
    sent = {operation.content["op_id"]: operation for operation in operations}
    differences = compare_operations(dump(**members), sent)
    assert [difference.code for difference in differences] == expected


def test_operation_that_is_applied_again_by_replay_is_reported():
    differences = list(compare_replay(["1", "2", "3"], {"1": "duplicate", "2": "applied"}))
    assert [(d.code, d.subject) for d in differences] == [("operation_gone", "2"), ("operation_gone", "3")]


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ([], "The dump must be an object."),
        ({"rows": [], "buckets": [], "pending": [], "token": 1}, "token must be a string or null."),
        ({"buckets": [], "pending": []}, "rows must be an array."),
        ({"rows": [{"id": "a"}], "buckets": [], "pending": []}, "rows[0] must be an object with entity and id."),
        ({**EMPTY, "rows": [HOUSEHOLD | {"version": "2"}]}, "rows[0].version must be an integer or null."),
        ({**EMPTY, "rows": [HOUSEHOLD | {"until": "soon"}]}, "rows[0].until must be an RFC 3339 instant or null."),
        ({"rows": [HOUSEHOLD, HOUSEHOLD], "buckets": [], "pending": []}, "rows[1] is the second row household a."),
        ({"rows": [], "buckets": [1], "pending": []}, "buckets must be an array of strings."),
    ],
)  # fmt: skip
def test_dump_that_is_not_in_the_format_is_refused(document, message):
    with pytest.raises(DumpInvalid) as refused:
        Dump.parse(document)
    assert str(refused.value) == message


def test_report_explains_each_difference_as_text_and_json():
    report = Report(7, 20, {"late": 2}, [Difference("row_missing", "household a", "version 2")], {"rows": 1})
    assert "Conformance, seed 7: FAILED, 1 difference\n" in report.text()
    assert "faults    2 (late 2)" in report.text() and CODES["row_missing"] in report.text()
    assert report.as_json()["differences"][0]["meaning"] == CODES["row_missing"]
    assert Report(7, 20, {}).is_passed and "PASSED" in Report(7, 20, {}).text()
