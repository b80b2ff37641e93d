"""The fast parser of plain fixes accepts exactly what the schema accepts, with the same result."""

import math
from datetime import UTC, datetime

import marshmallow as ma
import pytest

from app.workforce.rules.positions import Fix
from app.workforce.schemas import FixIn, positions

PLAIN = {"at": "2026-11-25T10:00:00+08:00", "lon": 120.1, "lat": 30}
ODD = [
    {},
    {"at": "2026-11-25T10:00:00Z", "accuracy_m": 8, "speed_mps": -1, "heading_deg": 0.5, "battery_pct": None},
    {"at": "2026-11-25T10:00:00.123456+00:00", "is_mock": True},
    {"at": "2026-11-25T10:00:00"},
    {"at": "2026-11-25 10:00:00+00:00"},
    {"at": "2026-W48-3T10:00:00+00:00"},
    {"at": "20261125T100000.000+0000"},
    {"at": "2026-11-25T100000+0000"},
    {"at": "2026-11-25T10:00:00.1234567890123Z"},
    {"at": "2026-11-25T10:00:00,5+00:00"},
    {"at": "2026-11-25T24:00:00Z"},
    {"at": "2026-11-25T10:00:60Z"},
    {"at": "2026-13-25T10:00:00Z"},
    {"at": "1969-11-25T10:00:00Z"},
    {"at": "9999-12-31T23:59:59-14:00"},
    {"at": "2026-11-25T10:00:00+00:00:30"},
    {"at": "2026-11-25T10:00:00+99:00"},
    {"at": 1764064800},
    {"at": None},
    {"lon": "120.1"},
    {"lon": True},
    {"lat": None},
    {"lat": [30]},
    {"lon": math.nan, "lat": math.inf},
    {"lon": 10**400},
    {"speed_mps": 10**400},
    {"accuracy_m": "8"},
    {"accuracy_m": True},
    {"is_mock": "yes"},
    {"is_mock": None},
    {"is_mock": 1},
    {"coord_sys": "gcj02"},
    {"coord_sys": "mars"},
    {"mood": "good"},
]


def read(field, fixes):
    """What a field makes of fixes, comparable."""
    try:
        fixes_read = [f if isinstance(f, Fix) else Fix(**f) for f in field.deserialize(fixes)]
    except ma.ValidationError as error:
        return error.messages
    return [tuple("nan" if value != value else value for value in fix) for fix in fixes_read]


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: str(odd)[:60])
def test_plain_fix_parser_equals_schema(odd):
    fixes = [PLAIN, PLAIN | odd, {name: value for name, value in PLAIN.items() if name not in odd}]
    by_schema = ma.fields.List(ma.fields.Nested(FixIn))
    for batch in (fixes[:1], fixes[:2], fixes[:1] + fixes[2:]):
        assert read(positions.Fixes(), batch) == read(by_schema, batch)


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: str(odd)[:60])
@pytest.mark.parametrize("at", ["2026-11-25T10:00:00Z", "2026-11-25T10:00:00.5+00:00", PLAIN["at"]])
def test_uniform_fix_parser_equals_schema(odd, at):
    """All fixes of a batch have the same members, one or all of them with an odd value."""
    plain = PLAIN | {"at": at}
    by_schema = ma.fields.List(ma.fields.Nested(FixIn))
    usual = {name: 1.5 for name in odd if name not in PLAIN and name != "is_mock"}
    for batch in ([plain | odd] * 3, [plain | odd, plain | odd | usual, plain | odd]):
        assert read(positions.Fixes(), batch) == read(by_schema, batch)


def test_uniform_fix_parser_accepts_only_batches_of_one_form():
    usual = PLAIN | {"at": "2026-11-25T10:00:00Z", "accuracy_m": None, "battery_pct": 80}
    read_fixes = positions._uniform_fixes([usual, usual | {"accuracy_m": 8.5}])
    assert read_fixes == [positions._plain_fix(usual), positions._plain_fix(usual | {"accuracy_m": 8.5})]
    for other in (
        PLAIN,
        usual | {"at": PLAIN["at"]},
        usual | {"lon": None},
        usual | {"coord_sys": "gcj02"},
        7,
    ):
        assert positions._uniform_fixes([usual, other]) is None


def test_plain_fix_parser_accepts_only_plain_fixes():
    assert positions._plain_fix(PLAIN) == Fix(datetime(2026, 11, 25, 2, tzinfo=UTC), 120.1, 30)
    assert positions._plain_fix(PLAIN | {"coord_sys": "gcj02"}) is None
    assert read(positions.Fixes(), None) == read(ma.fields.List(ma.fields.Nested(FixIn)), None)
    assert read(positions.Fixes(), {"at": 1}) == read(ma.fields.List(ma.fields.Nested(FixIn)), {"at": 1})
