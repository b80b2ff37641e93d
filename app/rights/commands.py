"""Command `gridward erasures replay`, which repeats erasures after a database was restored."""

from collections.abc import Callable

import click

from app.core import clock
from app.core.erasures import Ledger
from app.settings import Settings


@click.group()
def erasures() -> None:
    """Repeat erasures of personal data."""


@erasures.command("replay")
@click.pass_obj
def replay(connect: Callable[[], Settings]) -> None:
    """Erase persons again that a restored database still contains, and print their number.

    The ledger of erasures (GRIDWARD_ERASURE_LEDGER) names them.
    """
    from app.rights import service

    settings = connect()
    ledger = Ledger(settings.erasure_ledger)
    fault = ledger.fault()
    if fault:
        raise click.ClickException(f"There is no ledger of erasures: {fault}.")
    for kind, count in service.replay(ledger, clock.now(), settings=settings).items():
        click.echo(f"{kind}: {count} erased again")
