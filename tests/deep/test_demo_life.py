"""The demo is lived anew by the product's services, and its recording makes the same city in another database.

It takes about two minutes on two idle cores. Most of it is the register of 16,000 homes.
"""

from dataclasses import replace

import psycopg
import pytest

from app.demo import load as demo
from app.demo.recording import read_recording
from tests.live.databases import own_database, plain
from tests.live.processes import app_on, as_job_worker

pytestmark = pytest.mark.deep

TABLES = (
    "area_version",
    "account",
    "household",
    "incident",
    "incident_event",
    "visit",
    "duty",
    "shift",
    "duty_track",
    "public_report",
    "follow_link",
)


def test_recording_of_lived_days_loads_into_an_empty_database(settings, tmp_path):
    folder = tmp_path / "life"
    with own_database(settings.database_url) as url:
        lived = replace(settings, database_url=url, is_demo=True, media_store=(tmp_path / "lived").as_uri())
        with app_on(lived), as_job_worker(lived):
            demo.live(lived, days=7, per_day=8, folder=folder)
        before = counts(url)
    recording = read_recording(folder)
    assert recording is not None and (recording.origin - recording.first).days == 7
    with own_database(settings.database_url) as url:
        loaded = replace(settings, database_url=url, is_demo=True, media_store=(tmp_path / "loaded").as_uri())
        with app_on(loaded), as_job_worker(loaded):
            demo.load(loaded, folder=folder)
        after = counts(url)
    for table in ("area_version", "account", "household", "shift"):
        assert after[table] == before[table]
    # The days since the Monday are lived on top.
    for table in (
        "incident",
        "incident_event",
        "visit",
        "duty",
        "duty_track",
        "public_report",
        "follow_link",
    ):
        assert after[table] > before[table] > 0


def counts(url: str) -> dict[str, int]:
    with psycopg.connect(plain(url)) as connection:
        return {table: connection.execute(f"select count(*) from {table}").fetchone()[0] for table in TABLES}
