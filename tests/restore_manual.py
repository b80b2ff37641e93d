"""Run the backup and restore commands of docs/how-to/backup.md on databases of the test."""

import contextlib
import os
import re
import secrets
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
from click.testing import CliRunner, Result
from psycopg import sql
from sqlalchemy import make_url

from app.cli import main
from tests.live.databases import plain
from tests.live.processes import ROOT, set_aside

MANUAL = ROOT / "docs" / "how-to" / "backup.md"
# The names that the manual uses.
DUMP, RESTORED = "gridward.dump", "gridward_new"


def commands(section: str, containing: str) -> list[str]:
    """Return the commands of the shell block of a section that contains these words."""
    text = MANUAL.read_text().split(f"\n## {section}\n")[1].split("\n## ")[0]
    (block,) = [b for b in re.findall(r"```sh not-run\n(.*?)```", text, re.DOTALL) if containing in b]
    return [row for row in block.splitlines() if row and not row.startswith("#")]


class Place:
    """A database and its server, on which the manual's commands run with replaced database names."""

    def __init__(self, url: str, folder: Path, *, owner: str | None = None) -> None:
        self.url = url
        self.folder = folder
        # The ledger is beside the backups and in none of them.
        self.ledger = folder / "erasures"
        self.ledger.mkdir(exist_ok=True)
        self.restored = f"gridward_restored_{secrets.token_hex(6)}"
        info = psycopg.conninfo.conninfo_to_dict(plain(url))
        with psycopg.connect(plain(url)) as connection:
            version = connection.info.server_version // 10_000
        names = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD"}
        self.env = os.environ | {names[key]: str(value) for key, value in info.items() if key in names}
        self.env |= {"PATH": f"/usr/lib/postgresql/{version}/bin:{os.environ['PATH']}"}
        self.owner = owner or str(info.get("user") or "gridward")

    def url_of(self, database: str) -> str:
        return make_url(self.url).set(database=database).render_as_string(hide_password=False)

    def run(self, command: str) -> Result | None:
        """Run one command of the manual. `gridward` runs in this process; systemctl commands are skipped."""
        named = command.replace(RESTORED, self.restored).replace("-O gridward ", f"-O {self.owner} ")
        named = named.replace(DUMP, str(self.folder / DUMP)).replace("sudo -u postgres ", "")
        if named.startswith("systemctl "):
            return None
        if match := re.fullmatch(r"(?:GRIDWARD_ERASURE_LEDGER=\S+ )?DATABASE_URL=\S+ gridward (.*)", named):
            return self.gridward(match[1])
        env = self.env | {"DATABASE_URL": plain(self.url)}
        ended = subprocess.run(["bash", "-euc", named], env=env, capture_output=True, text=True, timeout=600)
        assert ended.returncode == 0, f"{named}\n{ended.stderr}"
        return None

    def gridward(self, arguments: str) -> Result:
        """Run `gridward` on the restored database."""
        env = {
            "DATABASE_URL": self.url_of(self.restored),
            "GRIDWARD_ERASURE_LEDGER": str(self.ledger),
        }
        with set_aside():
            return CliRunner().invoke(main, arguments.split(), env=env, catch_exceptions=False)

    def back_up(self) -> None:
        for command in commands("Make a backup", "pg_dump "):
            self.run(command)

    @contextlib.contextmanager
    def restoring(self) -> Iterator[list[str]]:
        """Yield the restore commands, for the test to run; drop the restored database at the end."""
        try:
            yield commands("Restore", "pg_restore --dbname")
        finally:
            with psycopg.connect(plain(self.url), autocommit=True) as connection:
                name = sql.Identifier(self.restored)
                connection.execute(sql.SQL("drop database if exists {} with (force)").format(name))
