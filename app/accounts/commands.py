"""Commands `gridward account`: create accounts and reset passwords."""

import click

from app.core import db
from app.core.actor import SYSTEM
from app.core.errors import DomainError, NotFound
from app.http.messages import sentence


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
