"""A database of one's own for imports, and the command as an operator runs it."""

import csv
import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shapely.geometry import box
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from app.areas import service as areas
from app.core import db
from app.core.actor import SYSTEM
from app.profiles import service as profiles
from tests.live.databases import own_database

ROOT = Path(__file__).parents[2]
DATA = Path(__file__).parent / "data"
CITY_311 = DATA / "city311.csv"
COMMAND = (sys.executable, "-c", "from app.cli import main; main()")


@dataclass
class Place:
    """A database with the jurisdiction `port`, whose one district covers a city on a bay."""

    url: str
    engine: Engine
    output: str = ""

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*COMMAND, *arguments],
            cwd=ROOT,
            env={
                "DATABASE_URL": self.url,
                "PYTHONPATH": str(ROOT),
                "PATH": "/usr/bin:/bin",
                "LANG": "C.UTF-8",
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str) -> tuple[int, str]:
        """Return exit status and output."""
        process = self.start(*arguments)
        out, err = process.communicate(timeout=120)
        return process.returncode, out + err

    def imports(self, file: Path, *arguments: str, kind: str = "incidents") -> tuple[int, str]:
        times = ("--timezone", "America/New_York") if kind == "incidents" else ()
        errors = ("--errors", "/dev/null") if file.parent == DATA else ()
        return self.run("import", kind, str(file), "--jurisdiction", "port", *times, *errors, *arguments)

    def rows(self, sql: str) -> list[Any]:
        with Session(self.engine) as session:
            return list(session.execute(text(sql)).all())

    def count(self, table: str) -> int:
        number: int = self.rows(f"select count(*) from {table}")[0][0]
        return number

    def is_sound(self) -> bool:
        status, output = self.run("check")
        assert status == 0, output
        return True


@contextmanager
def port(url: str) -> Iterator[Place]:
    with own_database(url) as own:
        engine = db.make_engine(own, role="gridward_job", pool_size=2, statement_timeout_ms=0)
        with Session(engine) as session, session.begin():
            areas.create_jurisdiction(
                session,
                SYSTEM,
                code="port",
                name={"zh": "港", "en": "Port"},
                profile_data=profiles.packaged_profile("generic"),
            )
            shape = {
                "id": None,
                "geometry": box(-76.72, 39.19, -76.52, 39.42),
                "properties": {"code": "port", "name": {"zh": "港", "en": "Port"}, "level": "district"},
            }
            areas.import_areas(session, SYSTEM, jurisdiction="port", features=[shape])
        yield Place(own, engine)
        engine.dispose()


def table_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def write_table(path: Path, rows: list[dict[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def new_ground(profile: str) -> str:
    """Create a jurisdiction with a packaged profile and no areas. Returns its code."""
    code = f"x{secrets.token_hex(5)}"
    with db.transaction(SYSTEM) as session:
        areas.create_jurisdiction(
            session,
            SYSTEM,
            code=code,
            name={"zh": code, "en": code},
            profile_data=profiles.packaged_profile(profile),
        )
    return code
