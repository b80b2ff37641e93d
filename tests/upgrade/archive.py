"""Archive a small demo city of this version, from which later versions are upgraded in `test_upgrade.py`.

Part of each release: `PYTHONPATH=. .venv/bin/python -m tests.upgrade.archive` writes `tests/upgrade/data/VERSION.sql.xz`.
It needs DATABASE_URL, the URL of a PostgreSQL as a superuser (`bin/postgres start test-archive` prints one).

The dump is plain SQL and not a custom archive, because `pg_restore` of PostgreSQL 15 reads no archive of a newer `pg_dump`.
"""

import lzma
import os
import re
import subprocess
import tempfile
import tomllib
from dataclasses import replace
from pathlib import Path

import psycopg

from app.demo import establish, people
from app.demo import load as demo
from app.settings import Settings
from tests.live.databases import own_database, plain
from tests.live.processes import ROOT, app_on, as_job_worker

FOLDER = Path(__file__).parent / "data"
DAYS, PER_DAY = 7, 6
# What a dump says of its server and its owner; another server knows neither.
OF_SERVER = re.compile(
    r"^(SET transaction_timeout = .*|\\(?:un)?restrict .*|-- Dumped .*)\n|(?<= PRIVILEGES) FOR ROLE \w+",
    re.MULTILINE,
)


def dump(url: str) -> str:
    """Return the database as SQL that PostgreSQL 15 and later run, as any superuser."""
    with psycopg.connect(plain(url)) as connection:
        version = connection.info.server_version // 10_000
    command = [f"/usr/lib/postgresql/{version}/bin/pg_dump", "--no-owner", plain(url)]
    return OF_SERVER.sub("", subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def main() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    everything = establish.flats

    def occupied_flats(city: people.City):  # type: ignore[no-untyped-def]
        """Leave out the flats without residents, which are 99 of 100 and make the dump large."""
        return (row for row in everything(city) if row["residents"])

    with tempfile.TemporaryDirectory() as folder, own_database(os.environ["DATABASE_URL"]) as url:
        key = Path(folder) / "signing-key.pem"
        settings = replace(
            Settings(database_url=url, signing_key_file=key), media_store=Path(folder).as_uri(), is_demo=True
        )
        establish.flats = occupied_flats
        with app_on(settings), as_job_worker(settings):
            demo.live(settings, days=DAYS, per_day=PER_DAY)
        FOLDER.mkdir(exist_ok=True)
        target = FOLDER / f"{version}.sql.xz"
        target.write_bytes(lzma.compress(dump(url).encode(), preset=9))
    print(f"wrote {target.relative_to(ROOT)}, {target.stat().st_size} bytes")


if __name__ == "__main__":
    main()
