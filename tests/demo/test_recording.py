"""The recording of the demo's life fits the schema, and its base map fits the generator."""

import gzip
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import orjson
import pytest
from pmtiles.reader import MmapSource, Reader, all_tiles

from app.demo import recording as recordings
from app.demo.base_map import FILE, write_map
from app.demo.dates import Dates, monday_before
from app.incidents.cases.rules.case_number import case_number

ANEW = (
    "the schema has moved on since the demo's life was recorded: `gridward demo live --keep` in an empty database writes it"
    " again"
)


ROOT = Path(__file__).parent.parent.parent


def columns_of_schema() -> dict[str, list[str]]:
    """Return the columns that a recording of the migrated schema has, by `migrations/catalogue.json`."""
    objects = orjson.loads((ROOT / "migrations" / "catalogue.json").read_bytes())["objects"]
    columns: dict[str, list[str]] = {}
    for name, definition in objects.items():
        kind, _, path = name.partition(" ")
        table, _, column = path.partition(".")
        is_own = any(word in definition for word in (" identity", "generated", "xid8"))
        if kind == "column" and table not in recordings.LEFT_OUT and not is_own:
            columns.setdefault(table, []).append(column)
    return columns


@pytest.fixture(scope="module")
def recording():
    recording = recordings.read_recording(recordings.FOLDER)
    assert recording is not None
    return recording


def test_recording_has_the_columns_of_the_schema(recording):
    faults = recordings.differences(recording, columns_of_schema())
    assert faults == [], ANEW


def test_recording_and_base_map_are_small(recording):
    size = sum(path.stat().st_size for path in recordings.FOLDER.iterdir())
    assert size < 15_000_000
    assert recording.origin.weekday() == 0 and (recording.origin - recording.first).days == 91


def test_dates_are_shifted_in_columns_json_and_case_numbers(recording):
    shift = Dates(recording.first, recording.origin, 364)
    day = recording.origin - timedelta(days=10)
    later = day + timedelta(days=364)
    number = case_number(day, 42)
    row = (
        f'{day} 08:30:00+00\t{{"at": "{day}T08:30:00+00:00"}}\t["{day} 00:00:00+00",)\t{number}\t1950-01-02\t'
    )
    row += "019b76da-a800-7b94-ab44-05a56fe1bd37\t0571-0000123\n"
    shifted = shift.shifted("incident", row.encode()).decode()
    expected = row.replace(str(day), str(later)).replace(number, case_number(later, 42))
    assert shifted == expected
    track = "SRID=4326;LINESTRINGM(120.1 30.2 1700000000,120.2 30.3 1700000600)\n"
    assert b" 1700000000," not in shift.shifted("duty_track", track.encode())
    assert b" 1731449600," in shift.shifted("duty_track", track.encode())


def test_monday_of_the_lived_days_is_three_to_nine_days_ago():
    zone = ZoneInfo("Asia/Shanghai")
    for n in range(14):
        now = datetime(2026, 3, 1, 20, tzinfo=UTC) + timedelta(days=n)
        monday = monday_before(now, zone)
        assert monday.weekday() == 0 and 3 <= (now.astimezone(zone).date() - monday).days <= 9


def content_of(path: Path) -> tuple[dict, dict]:
    """Metadata and tiles of a base map: versions of Python and zlib pack the same tiles in different bytes."""
    with path.open("rb") as file:
        source = MmapSource(file)
        tiles = {position: gzip.decompress(body) for position, body in all_tiles(source)}
        return Reader(source).metadata(), tiles


def test_base_map_of_the_package_is_that_of_the_generator(tmp_path):
    packed = write_map(tmp_path / "city.pmtiles")
    made, stored = content_of(tmp_path / "city.pmtiles"), content_of(FILE)
    assert made == stored, "`gridward demo map` writes it again"
    assert packed.features > 4_000 and len(made[1]) == packed.tiles
