"""`gridward`: what operators run."""

import logging
import os
import sys
from pathlib import Path

import click
from sqlalchemy.exc import IntegrityError

from app.areas import service as areas
from app.core import clock, db, jobs
from app.core.actor import SYSTEM, Role
from app.core.errors import DomainError
from app.http.messages import sentence
from app.settings import Settings
from app.workforce import service as workforce

ROOT = Path(__file__).parent.parent


@click.group()
def main() -> None:
    """Gridward, the server behind grid management."""
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    for chatty in ("alembic", "procrastinate"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


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
    with db.transaction(SYSTEM) as session:
        areas.ensure_default_jurisdiction(session)
        workforce.prepare_partitions(session, clock.now())


@main.group()
def account() -> None:
    """Accounts."""


@account.command("create")
@click.option("--username", required=True)
@click.option("--name", required=True, help="The name that people read")
@click.option("--role", required=True, type=click.Choice([role.value for role in Role]))
@click.option("--area", help="Code of an area; without it a supervisor, admin or gis is everywhere")
@click.option("--unit", help="Code of the unit that a handler works for")
def account_create(username: str, name: str, role: str, area: str | None, unit: str | None) -> None:
    """Open an account and print its one-time password, once."""
    from app.accounts import service as accounts

    settings = connect()
    try:
        with db.transaction(SYSTEM) as session:
            password = accounts.open_account_at(
                session,
                SYSTEM,
                settings=settings,
                username=username,
                name=name,
                role=Role(role),
                area_code=area,
                unit_code=unit,
            )
    except DomainError as error:
        faults = [f"{e['field']}: {sentence(e['code'])}" for e in error.extra.get("errors", ())]
        raise click.ClickException("; ".join(faults) or sentence(error.code, None, **error.params)) from None
    except IntegrityError:
        raise click.ClickException(sentence("username_taken")) from None
    click.echo(password)


@main.command("jobs")
def work() -> None:
    """Run the job worker until SIGTERM."""
    import asyncio

    from app.accounts import jobs as _accounts  # noqa: F401  (each registers its tasks)
    from app.incidents import jobs as _incidents  # noqa: F401
    from app.workforce import jobs as _workforce  # noqa: F401

    settings = connect()
    asyncio.run(
        jobs.work(
            settings.database_url, poll_seconds=settings.job_poll_seconds, concurrency=settings.job_concurrency
        )
    )


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
