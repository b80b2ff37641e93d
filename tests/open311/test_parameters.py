"""Parameters of Open311: empty ones, lists, instants with zones, ranges, pages. Source: GeoReport v2."""

from datetime import UTC, datetime, timedelta

import pytest

from app.core.errors import Invalid
from app.open311.rules.parameters import (
    ROWS_MAX,
    Span,
    instant_of,
    page_of,
    requests_query,
    require_known,
    value_of,
    values_of,
)

NOW = datetime(2026, 11, 29, 8, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def query(**args):
    return requests_query({name: [value] for name, value in args.items()}, now=NOW)


def fault(**args):
    with pytest.raises(Invalid) as refused:
        query(**args)
    [error] = refused.value.extra["errors"]
    return error["field"], error["code"]


@pytest.mark.parametrize("values", [[], [""], ["  "], ["", " "]])
def test_parameter_without_a_value_counts_as_not_sent(values):
    args = {"status": values}
    assert value_of(args, "status") is None
    assert values_of(args, "status") is None
    assert requests_query(args, now=NOW) == requests_query({}, now=NOW)


def test_list_parameter_is_repeated_or_has_commas():
    args = {"service_code": ["E0101, E0102", "E0102", "E0201,"]}
    assert values_of(args, "service_code") == ("E0101", "E0102", "E0201")


def test_service_request_id_overrides_all_other_arguments():
    args = {"service_request_id": ["1,2"], "status": ["none"], "start_date": ["x"], "other": ["y"]}
    parsed = requests_query(args, now=NOW)
    assert parsed.ids == ("1", "2")
    assert parsed.span is None


def test_status_defaults_to_all_and_may_be_declared_several_times():
    assert query().statuses == ("open", "closed")
    assert query(status="closed").statuses == ("closed",)
    assert query(status="open,closed").statuses == ("open", "closed")


def test_status_that_is_neither_open_nor_closed_is_refused():
    assert fault(status="open,solved") == ("status", "not_one_of")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("1994-11-05T08:15:30-05:00", datetime(1994, 11, 5, 13, 15, 30, tzinfo=UTC)),
        ("1994-11-05T13:15:30Z", datetime(1994, 11, 5, 13, 15, 30, tzinfo=UTC)),
        ("1994-11-05T13:15Z", datetime(1994, 11, 5, 13, 15, tzinfo=UTC)),
        ("1994-11-05T13:15:30.25Z", datetime(1994, 11, 5, 13, 15, 30, 250_000, tzinfo=UTC)),
        # A client that does not encode the plus of an offset.
        ("2026-11-29T16:00:00 08:00", datetime(2026, 11, 29, 8, tzinfo=UTC)),
    ],
)
def test_instant_is_read_in_the_w3c_format(written, meant):
    assert instant_of({"start_date": [written]}, "start_date") == meant


@pytest.mark.parametrize(
    "written",
    [
        *("2026-11-29T08:00:00", "2026-11-29", "2026-11-29T08Z", "29.11.2026", "2026-13-01T00:00:00Z"),
        *("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-11-29T08:00:00+99:00", "now"),
        "２026-11-29T08:00:00Z",
    ],
)
def test_instant_without_zone_or_out_of_range_is_refused(written):
    assert fault(start_date=written) == ("start_date", "instant_invalid")


def test_range_defaults_to_the_last_90_days():
    assert query().span == Span(NOW - timedelta(days=90), NOW + SECOND)


def test_range_with_one_end_is_90_days_from_it():
    start = datetime(2026, 1, 1, tzinfo=UTC)
    assert query(start_date="2026-01-01T00:00:00Z").span == Span(start, start + timedelta(days=90) + SECOND)
    assert query(end_date="2026-01-01T00:00:00Z").span == Span(start - timedelta(days=90), start + SECOND)


def test_range_of_90_days_is_accepted_and_a_longer_one_refused():
    assert query(start_date="2026-01-01T00:00:00Z", end_date="2026-04-01T00:00:00Z").span
    longer = {"start_date": "2026-01-01T00:00:00Z", "end_date": "2026-04-01T00:00:01Z"}
    assert fault(**longer) == ("end_date", "span_too_long")


def test_range_that_ends_before_it_starts_is_refused():
    ends_first = {"start_date": "2026-01-02T00:00:00Z", "end_date": "2026-01-01T00:00:00Z"}
    assert fault(**ends_first) == ("end_date", "before_start")


@pytest.mark.parametrize(
    "edge", [{"start_date": "9999-12-31T00:00:00Z"}, {"end_date": "0001-01-02T00:00:00Z"}]
)
def test_range_beyond_the_calendar_is_refused(edge):
    assert fault(**edge) == ("start_date", "invalid")


def test_page_size_is_at_most_1000_rows():
    assert page_of({}) == (1, ROWS_MAX) == (1, 1000)
    assert page_of({"page": ["3"], "page_size": ["5000"]}) == (3, 1000)


@pytest.mark.parametrize("args", [{"page": "0"}, {"page_size": "-1"}, {"page": "١"}, {"page_size": "1e3"}])
def test_page_that_is_no_positive_number_is_refused(args):
    assert fault(**args)[1] == "invalid"


def test_unknown_parameters_are_named():
    with pytest.raises(Invalid) as refused:
        require_known({"lat": ["1"], "long": ["2"], "api_key": ["k"], "jurisdiction_id": ["j"]})
    assert [error["field"] for error in refused.value.extra["errors"]] == ["lat", "long"]
