"""The command `gridward`, which operators run."""

import os
from dataclasses import replace
from pathlib import Path

import click
from sqlalchemy.exc import IntegrityError

from app.accounts.commands import account, service_account
from app.areas.commands import jurisdiction
from app.basemap.commands import basemap
from app.cli_demo import demo, load_demo
from app.cli_docs import docs
from app.cli_login import connect, connect_as_owner, connect_operator, login_faults, read_settings
from app.conformance.commands import conformance
from app.core import clock, db, job_worker, logins, logs
from app.core.actor import SYSTEM, Role
from app.core.erasures import Ledger
from app.core.errors import DomainError
from app.core.loading import loading
from app.core.release import VERSION
from app.core.revisions import RevisionRefused
from app.exchange.commands import imports
from app.http.messages import error_text, sentence
from app.profiles.commands import profile
from app.public.commands import codes
from app.rights.commands import erasures
from app.settings import Settings
from app.simulation.commands import simulate

ROOT = Path(__file__).parent.parent


@click.group()
@click.version_option(VERSION, message="gridward %(version)s")
def main() -> None:
    """Gridward, the server for grid management of cities.

    Settings are environment variables; docs/how-to/operations.md lists them.
    """
    settings = read_settings()
    logs.configure(settings.log_level, settings.log_format)
    click.get_current_context().obj = connect_operator


main.add_command(account)
main.add_command(service_account)
main.add_command(simulate)
main.add_command(profile)
main.add_command(docs)
main.add_command(demo)
main.add_command(erasures)
main.add_command(jurisdiction)
main.add_command(imports)
main.add_command(conformance)
main.add_command(basemap)
main.add_command(codes)


@main.group("db")
def database() -> None:
    """Create and upgrade the database schema."""


@database.command("upgrade")
@click.option(
    "--demo", "with_demo", is_flag=True, help="Then load the demo city, as `gridward demo load` does"
)
def upgrade(with_demo: bool) -> None:
    """Migrate the database to the newest revision, and prepare the logins of server and jobs.

    Logs in as the owner of the schema (DATABASE_URL).
    """
    with loading():
        from alembic import command
        from alembic.config import Config

        from app.areas import service as areas
        from app.workforce import service as workforce

    settings = connect_as_owner()
    os.environ["DATABASE_URL"] = settings.database_url
    try:
        command.upgrade(Config(str(ROOT / "alembic.ini")), "head")
    except RevisionRefused as refused:
        raise click.ClickException(str(refused)) from None
    try:
        with db.engine().connect() as connection:
            urls = {role: logins.url_of(settings, role) for role in (logins.APP, logins.JOB)}
            logins.prepare(connection.connection.driver_connection, urls)
    except logins.LoginRefused as refused:
        raise click.ClickException(str(refused)) from None
    with db.transaction(SYSTEM) as session:
        areas.ensure_default_jurisdiction(session)
        workforce.prepare_partitions(session, clock.now())
    if with_demo:
        load_demo()


@database.command("rebuild-history")
@click.option("--dry-run", "is_dry", is_flag=True, help="Report the result, and store nothing")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per line")
def rebuild_history(is_dry: bool, as_json: bool) -> None:
    """Store missing past states of cases, computed from their events.

    Figures of past moments need these states. Logs in as the owner of the schema (DATABASE_URL).
    """
    from app.statistics import commands

    connect_as_owner()
    for output_line in commands.rebuild_history(is_dry=is_dry, as_json=as_json):
        click.echo(output_line)


@main.group("places")
def places() -> None:
    """Keep the places of cases in words."""


@places.command("refresh")
def refresh_places() -> None:
    """Name the nearest address or landmark of each open case again, after the register was imported or changed."""
    from app.incidents import service as incidents

    connect_operator()
    click.echo(f"{incidents.refresh_places()} cases changed")


@account.command("create")
@click.option("--username", required=True, help="Name for signing in")
@click.option("--name", required=True, help="Name of the person")
@click.option(
    "--role",
    required=True,
    type=click.Choice([role.value for role in Role if role is not Role.SERVICE]),
    help="First role of the account",
)
@click.option("--area", help="Code of the area of the role (without --area and --jurisdiction: everywhere)")
@click.option("--unit", help="Code of the unit of a handler")
@click.option(
    "--jurisdiction",
    metavar="CODE",
    help="Jurisdiction of --area or --unit; alone: the role holds in the whole jurisdiction",
)
def account_create(
    username: str, name: str, role: str, area: str | None, unit: str | None, jurisdiction: str | None
) -> None:
    """Create an account, and print its one-time password."""
    from app.accounts import service as accounts

    settings, place = connect_operator(), accounts.PlaceCodes(area, unit, jurisdiction)
    try:
        with db.transaction(SYSTEM) as session:
            password = accounts.open_account_at(
                session, SYSTEM, settings=settings, username=username, name=name, role=Role(role), place=place
            )
    except DomainError as error:
        raise click.ClickException(error_text(error)) from None
    except IntegrityError:
        raise click.ClickException(sentence("username_taken")) from None
    click.echo(password)


@main.command("serve")
def serve() -> None:
    """Run the server until SIGTERM. A second SIGTERM closes open connections."""
    with loading():
        from app import factory as _factory  # noqa: F401  (before the server's processes are forked)
        from app import serving

    serving.serve(connect(role=logins.APP, waits=True))


@main.command("jobs")
def work() -> None:
    """Run the job worker until SIGTERM."""
    import asyncio

    with loading():
        from app.accounts import jobs as _accounts  # noqa: F401  (each registers its tasks)
        from app.alerts import jobs as _alerts  # noqa: F401
        from app.core import retention as _retention  # noqa: F401
        from app.exchange import jobs as _exchange  # noqa: F401
        from app.grids import jobs as _grids  # noqa: F401
        from app.households import jobs as _households  # noqa: F401
        from app.incidents import jobs as _incidents  # noqa: F401
        from app.media import jobs as _media  # noqa: F401
        from app.messages import jobs as _messages  # noqa: F401
        from app.notices import jobs as _notices  # noqa: F401
        from app.ogc import jobs as _ogc  # noqa: F401
        from app.open311 import jobs as _open311  # noqa: F401
        from app.planning import jobs as _planning  # noqa: F401
        from app.profiles import jobs as _profiles  # noqa: F401
        from app.public import jobs as _public  # noqa: F401
        from app.rights import jobs as _rights  # noqa: F401
        from app.signals import jobs as _signals  # noqa: F401
        from app.sms import jobs as _sms  # noqa: F401
        from app.statistics import jobs as _statistics  # noqa: F401
        from app.sync import jobs as _sync  # noqa: F401
        from app.webhooks import jobs as _webhooks  # noqa: F401
        from app.workforce import jobs as _workforce  # noqa: F401

    settings = connect(waits=True)
    asyncio.run(
        job_worker.work(
            logins.url_of(settings, logins.JOB),
            poll_seconds=settings.job_poll_seconds,
            concurrency=settings.job_places(),
        )
    )


@main.group()
def sync() -> None:
    """Maintain the synchronisation of phones and other clients."""


@sync.command("rotate-epoch")
def rotate_epoch() -> None:
    """Start a new sync epoch after a restore, and print it. All clients synchronise from the beginning."""
    from app.accounts import service as accounts
    from app.core import changes

    connect_operator()
    with db.transaction(SYSTEM) as session:
        changes.forget_foreign(session)
        epoch = changes.rotate_epoch(session)
        accounts.record(session, SYSTEM, action="sync.rotate_epoch", entity="sync")
    click.echo(epoch)


@main.command("check")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per line")
def check(as_json: bool) -> None:
    """Check the invariants of all data in one snapshot of the live database. Exit status 1: an invariant is broken."""
    from dataclasses import asdict

    import orjson
    from sqlalchemy.orm import Session

    from app.integrity import service as integrity

    ledger = Ledger(connect().erasure_ledger)
    snapshot = db.engine().execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    is_broken = False
    with Session(snapshot) as session, session.begin():
        for finding in integrity.check(session, ledger):
            is_broken = is_broken or finding.is_violation
            if as_json:
                click.echo(orjson.dumps(asdict(finding)))
                continue
            verdict = "ok" if not finding.count else "WARNING" if finding.is_warning else "BROKEN"
            click.echo(f"{verdict:8}{finding.name}: {finding.sentence}")
            if finding.count:
                click.echo(f"        {finding.count}: {' '.join(finding.ids)}")
    if is_broken:
        raise SystemExit(1)


@main.command("export")
@click.argument("collection")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--as", "username", required=True, metavar="USERNAME", help="Account whose permissions and masks apply"
)
@click.option(
    "--query",
    "-q",
    multiple=True,
    metavar="NAME=VALUE",
    help="Parameter of the items, such as bbox or filter; may be repeated",
)
@click.option("--purpose", help="Purpose of the export, for the audit trail")
def export_file(
    collection: str, file: Path, username: str, query: tuple[str, ...], purpose: str | None
) -> None:
    """Export a collection of /ogc to a file. The file extension selects the format. Exit status 2: nothing exported."""
    from app.exchange import service as exchange

    settings = connect_operator()
    if any("=" not in parameter for parameter in query):
        raise click.UsageError("--query takes NAME=VALUE")
    query_parameters = {name: value for name, _, value in (parameter.partition("=") for parameter in query)}
    try:
        file_info = exchange.export_file(
            db.transaction,
            username,
            file,
            collection=collection,
            query=query_parameters,
            purpose=purpose,
            settings=settings,
        )
    except DomainError as error:
        raise SystemExit(_nothing_done(error_text(error))) from None
    click.echo(f"{collection}: {file_info.rows} rows, {file_info.size} bytes, sha256 {file_info.sha256}")
    for note in file_info.notes:
        click.echo("  note: " + ", ".join(f"{name} {value}" for name, value in note.items()))


def _nothing_done(reason: str) -> int:
    click.echo(f"Error: {reason}", err=True)
    return 2


@main.group()
def config() -> None:
    """Check the installation."""


@config.command("check")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per line")
def config_check(as_json: bool) -> None:
    """List what is missing in the installation. Exit status 1: something required is missing."""
    from dataclasses import asdict

    import orjson
    from alembic.script import ScriptDirectory

    from app.basemap.service.map_file import configuration_fault
    from app.demo.sign_ins import DEFAULT_PASSWORD
    from app.integrity import service as integrity
    from app.integrity.rules.readiness import Process

    settings = read_settings()
    faults = login_faults(settings)
    db.configure(logins.url_of(settings, logins.JOB), role=None, statement_timeout_ms=0)
    key = settings.signing_key_file
    process = Process(
        host=settings.host,
        is_demo=settings.is_demo,
        workers=settings.workers,
        threads=settings.threads_per_worker,
        job_concurrency=sum(settings.job_places().values()),
        statement_timeout_ms=settings.statement_timeout_ms,
        schema_wanted=ScriptDirectory(str(ROOT / "migrations")).get_current_head(),
        signing_key_mode=key.stat().st_mode & 0o777 if key.exists() else None,
        login_faults=faults,
        ledger_fault=Ledger(settings.erasure_ledger).fault(),
        reporter_days=settings.reporter_days,
        base_map_fault=configuration_fault(settings.base_map, settings.base_map_url),
    )
    is_blocked = False
    with db.read_session() as session:
        for gap in integrity.readiness(session, settings, process, demo_password=DEFAULT_PASSWORD):
            is_blocked = is_blocked or gap.verdict == "MISSING"
            if as_json:
                click.echo(orjson.dumps({"verdict": gap.verdict, **asdict(gap)}))
                continue
            click.echo(f"{gap.verdict:8}{gap.code}: {gap.sentence}")
            if gap.count:
                click.echo(f"        {gap.count}: {', '.join(gap.names)}\n        -> {gap.remedy}")
    if is_blocked:
        raise SystemExit(1)


@main.group()
def openapi() -> None:
    """Write the API document."""


@openapi.command("write")
def openapi_write() -> None:
    """Write openapi/gridward.json from the code."""
    from app.factory import create_app

    settings = Settings.from_env()
    # The document is made without a database, so none has to be named.
    app = create_app(replace(settings, database_url=settings.database_url or "postgresql://"))
    target = ROOT / "openapi" / "gridward.json"
    target.parent.mkdir(exist_ok=True)
    target.write_bytes(app.test_client().get("/api/v1/openapi.json").data)
    click.echo(f"wrote {target}")
