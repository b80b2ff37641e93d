"""Commands `gridward account` and `gridward service-account`."""

from collections.abc import Iterator
from contextlib import contextmanager

import click
import orjson

from app.accounts.rules.service_accounts import KINDS, PERMISSIONS
from app.core import db
from app.core.actor import SYSTEM, Permission
from app.core.errors import DomainError, NotFound
from app.http.messages import error_text, sentence


@click.group()
def account() -> None:
    """Create accounts and reset passwords."""


@account.command("reset-password")
@click.option("--username", required=True, help="Name for signing in")
def account_reset_password(username: str) -> None:
    """Set a new one-time password for an account, and print it. All sessions of the account end."""
    from app.accounts import service as accounts

    settings = click.get_current_context().obj()
    try:
        with db.transaction(SYSTEM) as session:
            account_actor = accounts.actor_by_username(session, username)
            if account_actor is None:
                raise NotFound("account_unknown")
            credentials = accounts.give_one_time_password(
                session, SYSTEM, settings=settings, account_id=account_actor.id
            )
    except DomainError as error:
        raise click.ClickException(sentence(error.code, None, **error.params)) from None
    click.echo(credentials["one_time_password"])


@click.group("service-account")
def service_account() -> None:
    """Create service accounts for other systems, and their credentials."""


@service_account.command("create")
@click.option("--client-id", required=True, help="Name of the client in OAuth 2.0")
@click.option("--name", required=True, help="Name that people read")
@click.option("--kind", required=True, type=click.Choice([*KINDS]), help="What calls the API")
@click.option(
    "--permission",
    "codes",
    required=True,
    multiple=True,
    type=click.Choice(sorted(p.value for p in PERMISSIONS)),
    help="A permission; may be repeated",
)
@click.option("--area", help="Code of the area (without --area and --jurisdiction: everywhere)")
@click.option("--jurisdiction", metavar="CODE", help="Jurisdiction of --area; alone: the whole jurisdiction")
@click.option("--purpose", default="", help="What the service account is for, and who answers for it")
def create_service_account(
    client_id: str,
    name: str,
    kind: str,
    codes: tuple[str, ...],
    area: str | None,
    jurisdiction: str | None,
    purpose: str,
) -> None:
    """Create a service account, and print its id."""
    from app.accounts import service as accounts

    with _reported(), db.transaction(SYSTEM) as session:
        account_id = accounts.create_service_account_at(
            session,
            SYSTEM,
            accounts.NewServiceAccount(client_id, name, kind, [Permission(code) for code in codes], purpose),
            area=area,
            jurisdiction=jurisdiction,
        )
    click.echo(account_id)


@service_account.command("list")
def list_service_accounts() -> None:
    """Print each service account as a line of JSON."""
    from app.accounts import service as accounts

    with _reported(), db.read_session() as session:
        cursor = None
        while True:
            page = orjson.loads(accounts.list_service_accounts(session, SYSTEM, limit=100, cursor=cursor))
            for item in page["items"]:
                click.echo(orjson.dumps(item))
            cursor = page["next"]
            if cursor is None:
                return


@service_account.command("add-credential")
@click.option("--client-id", required=True, help="Name of the client in OAuth 2.0")
@click.option(
    "--form",
    type=click.Choice(["api_key", "client_secret"]),
    default="api_key",
    help="Form of the credential",
)
@click.option("--label", required=True, help="Which device or program uses it")
@click.option("--days", type=click.IntRange(1, 400), help="Life in days (without: 180)")
def add_credential(client_id: str, form: str, label: str, days: int | None) -> None:
    """Create an API key or client secret, and print it. It is not stored, so it cannot be printed again."""
    from app.accounts import service as accounts

    with _reported(), db.transaction(SYSTEM) as session:
        account_id = accounts.service_account_id_of(session, client_id)
        credential = accounts.create_credential(
            session, SYSTEM, account_id=account_id, form=form, label=label, expires_in_days=days
        )
    click.echo(credential["secret"])


@service_account.command("disable")
@click.option("--client-id", required=True, help="Name of the client in OAuth 2.0")
def disable_service_account(client_id: str) -> None:
    """Disable a service account at once. Its credentials are revoked."""
    from app.accounts import service as accounts

    with _reported(), db.transaction(SYSTEM) as session:
        account_id = accounts.service_account_id_of(session, client_id)
        accounts.disable_service_account(session, SYSTEM, account_id=account_id)
    click.echo(f"{client_id}: disabled")


@contextmanager
def _reported() -> Iterator[None]:
    """Connect to the database, and print an error of a domain as the error of the command."""
    click.get_current_context().obj()
    try:
        yield
    except DomainError as error:
        raise click.ClickException(error_text(error)) from None
