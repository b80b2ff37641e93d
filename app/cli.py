"""`gridward`: what operators run."""

import logging
import os
import sys
from pathlib import Path

import click

from app.core import db
from app.settings import Settings

ROOT = Path(__file__).parent.parent


@click.group()
def main() -> None:
    """Gridward, the server behind grid management."""
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)


def connect(*, as_owner: bool = False) -> Settings:
    """Connect this process; the owner migrates, everything else acts as the job role."""
    settings = Settings.from_env()
    if not settings.database_url:
        raise click.ClickException("DATABASE_URL is not set")
    db.configure(settings.database_url, role=None if as_owner else "gridward_job", statement_timeout_ms=0)
    return settings


@main.group("db")
def database() -> None:
    """The schema."""


@database.command("upgrade")
def upgrade() -> None:
    """Bring the schema to the newest revision and make sure a default jurisdiction exists."""
    from alembic import command
    from alembic.config import Config

    settings = connect(as_owner=True)
    os.environ["DATABASE_URL"] = settings.database_url
    command.upgrade(Config(str(ROOT / "alembic.ini")), "head")


@main.group()
def openapi() -> None:
    """The API document."""


@openapi.command("write")
def openapi_write() -> None:
    """Write openapi/gridward.json as the app makes it."""
    from app.factory import create_app

    app = create_app(Settings.from_env())
    target = ROOT / "openapi" / "gridward.json"
    target.parent.mkdir(exist_ok=True)
    target.write_bytes(app.test_client().get("/api/v1/openapi.json").data)
    click.echo(f"wrote {target}")
