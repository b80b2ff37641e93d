"""Connections of the commands of `gridward` to the database.

Most commands connect with the login for jobs. Commands that serve requests connect with the login for requests, and commands
that migrate with the owner's login.
"""

import logging
from typing import Any

import click
import psycopg

from app.core import db, logins, operators
from app.settings import Settings

log = logging.getLogger("gridward.cli")


def read_settings() -> Settings:
    """Return the settings from the environment.

    If a setting is wrong, the command ends with a message.
    """
    try:
        return Settings.from_env()
    except ValueError as error:
        raise click.ClickException(str(error)) from None


def connect(*, role: str = logins.JOB, waits: bool = False) -> Settings:
    """Connect this process to the database with the login `role`.

    Args:
        role: `logins.JOB` for jobs and operators' commands, `logins.APP` for requests.
        waits: True: if the database cannot be reached, log a warning and continue, as the server and the job worker do. The
            first connection then checks the login.

    Raises:
        ClickException: No URL is set, or the login is refused. The message tells the operator what to do.
    """
    settings = read_settings()
    url = logins.url_of(settings, role)
    if not url:
        raise click.ClickException(
            f"No database is named. Set {logins.VARIABLE[role]} to the URL of the login {role},"
            f" or DATABASE_URL to the owner's ({logins.MANUAL})."
        )
    try:
        log.info("database login %s", logins.check_login(url, role))
    except logins.LoginRefused as refused:
        raise click.ClickException(str(refused)) from None
    except psycopg.OperationalError as error:
        message = logins.connection_refused_message(url, role, error)
        if not waits:
            raise click.ClickException(message) from None
        log.warning("%s", message)
    db.configure(url, role=role, statement_timeout_ms=0)
    return settings


def connect_operator() -> Settings:
    """Connect as `connect` does, for a command that changes data.

    The audit trail then names the operator and the command.
    """
    _name_operator()
    return connect()


def _name_operator() -> None:
    context = click.get_current_context()
    operators.begin(context.command_path.partition(" ")[2])
    context.call_on_close(operators.end)


def connect_as_owner() -> Settings:
    """Connect this process with the owner's login, for migrations and repairs.

    The audit trail then names the operator and the command.
    """
    _name_operator()
    settings = read_settings()
    if not settings.database_url:
        raise click.ClickException(
            f"DATABASE_URL is not set. Migrations run as the owner: set it to the owner's URL ({logins.MANUAL})."
        )
    db.configure(settings.database_url, role=None, statement_timeout_ms=0)
    with db.engine().connect() as connection:
        driver: Any = connection.connection.driver_connection
        if not logins.may_migrate(driver):
            raise click.ClickException(
                f"The login {driver.info.user} in DATABASE_URL owns neither the database nor its schema, so it cannot"
                f" migrate. Set DATABASE_URL to the owner's URL ({logins.MANUAL})."
            )
    return settings


def login_faults(settings: Settings) -> tuple[str, ...]:
    """Return texts on what is wrong with the logins of the server and of the job worker.

    The function logs in with each of them. The result is empty if both logins are right.
    """
    faults = []
    for role in (logins.JOB, logins.APP):
        url = logins.url_of(settings, role)
        if not url:
            raise click.ClickException(f"{logins.VARIABLE[role]} is not set ({logins.MANUAL}).")
        try:
            logins.check_login(url, role)
        except logins.LoginRefused as refused:
            faults.append(str(refused))
        except psycopg.OperationalError as error:
            message = logins.connection_refused_message(url, role, error)
            if role == logins.JOB:  # whose login reads all that follows
                raise click.ClickException(message) from None
            faults.append(message)
    return tuple(faults)
