"""Command `gridward jurisdiction`, which creates a jurisdiction (a city)."""

from pathlib import Path

import click

from app.profiles.commands import read_document


@click.group()
def jurisdiction() -> None:
    """Create jurisdictions (cities)."""


@jurisdiction.command("create")
@click.option("--code", required=True, help="Code of the jurisdiction")
@click.option("--name", required=True, help="Name in Chinese, or in any language")
@click.option("--name-en", help="Name in English (default: the value of --name)")
@click.option("--timezone", required=True, metavar="AREA/CITY", help="IANA time zone, such as Asia/Shanghai")
@click.option(
    "--profile",
    "profile_source",
    default="generic",
    show_default=True,
    help="Name of a packaged profile, or a file",
)
def create(code: str, name: str, name_en: str | None, timezone: str, profile_source: str) -> None:
    """Create a jurisdiction with its profile and a unit for categories that no other unit owns."""
    from app.areas import service
    from app.core import db
    from app.core.actor import SYSTEM
    from app.core.errors import DomainError
    from app.http.messages import error_text
    from app.profiles import service as profiles

    document = read_document(Path(profile_source)) if Path(profile_source).is_file() else None
    if document is None:
        try:
            document = profiles.packaged_profile(profile_source)
        except FileNotFoundError:
            raise click.ClickException(f"{profile_source} is neither a file nor a packaged profile") from None
    names = {"zh": name, "en": name_en or name}
    click.get_current_context().obj()
    try:
        with db.transaction(SYSTEM) as session:
            service.open_jurisdiction(
                session, SYSTEM, code=code, name=names, timezone=timezone, profile_data=document
            )
    except DomainError as error:
        raise click.ClickException(error_text(error)) from None
    click.echo(code)
