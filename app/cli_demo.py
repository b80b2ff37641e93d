"""The commands `gridward demo`: load the demo city, live it anew, write its base map."""

from pathlib import Path

import click

from app.cli_login import connect
from app.core.loading import loading


@click.group()
def demo() -> None:
    """Load the demo city."""


@demo.command("load")
def demo_load() -> None:
    """Load the demo city, or its missing parts, and put its workers on duty."""
    load_demo()


def load_demo() -> None:
    """Load the demo city with the login for jobs.

    Raises:
        ClickException: The demo is refused. The message says why.
    """
    with loading():
        from app.demo import load as life

    settings = connect()
    try:
        life.load(settings)
    except life.DemoRefused as error:
        raise click.ClickException(str(error)) from None


@demo.command("live")
@click.option("--days", type=click.IntRange(1), help="Number of days before the last Monday (default: 91)")
@click.option(
    "--per-day", type=click.FloatRange(0), help="Mean number of reports of a working day (default: 24)"
)
@click.option("--keep", is_flag=True, help="Write the days as the recording that `demo load` copies")
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where --keep writes (default: app/demo/life)",
)
def demo_live(days: int | None, per_day: float | None, keep: bool, folder: Path | None) -> None:
    """Make the demo city in an empty database, and live all its days by the product's services."""
    with loading():
        from app.demo import load as life
        from app.demo.recording import FOLDER

    settings = connect()
    try:
        life.live(
            settings,
            days=days or life.WEEKS * 7,
            per_day=life.PER_DAY if per_day is None else per_day,
            folder=(folder or FOLDER) if keep else None,
        )
    except life.DemoRefused as error:
        raise click.ClickException(str(error)) from None


@demo.command("map")
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File to write (default: app/demo/life/city.pmtiles)",
)
def demo_map(output: Path | None) -> None:
    """Write the base map of the demo city, without a database."""
    from app.demo.base_map import write_map

    packed = write_map(output)
    click.echo(f"{packed.features} features, {packed.tiles} tiles, {packed.bytes} bytes")
