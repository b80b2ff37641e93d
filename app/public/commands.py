"""Commands `gridward codes`: sheets with the codes of doors and components."""

from pathlib import Path
from typing import Any

import click

from app.public.rules.thing_codes import THINGS


@click.group()
def codes() -> None:
    """Print codes of doors and components, which lead to a report that knows the thing."""


@codes.command("print")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--area", required=True, help="Code of the area")
@click.option("--things", required=True, type=click.Choice(list(THINGS)), help="What gets the codes")
@click.option("--jurisdiction", metavar="CODE", help="Jurisdiction of the area, if several have its code")
@click.option("--category", metavar="CODE", help="Only components of this category")
@click.option(
    "--language",
    type=click.Choice(["zh", "en"]),
    default="zh",
    show_default=True,
    help="Language of the labels",
)
def print_sheet(
    file: Path, area: str, things: str, jurisdiction: str | None, category: str | None, language: str
) -> None:
    """Write an HTML file for a printer, A4, with a label for each door or component of an area."""
    from app.core import db
    from app.core.actor import SYSTEM
    from app.core.errors import DomainError
    from app.http.messages import error_text
    from app.public import service

    settings = click.get_current_context().obj()
    if not settings.public_url:
        raise click.ClickException("GRIDWARD_PUBLIC_URL is needed: the codes lead to it")
    try:
        with db.transaction(SYSTEM) as session:
            labels = service.print_codes(
                session, SYSTEM, area=area, things=things, city=jurisdiction, category=category
            )
    except DomainError as error:
        raise click.ClickException(error_text(error)) from None
    file.write_text(sheet_of(labels, settings.public_url, language), encoding="utf-8")
    click.echo(f"{len(labels)} labels")


@codes.command("revoke")
@click.argument("code")
def revoke(code: str) -> None:
    """Revoke a code. The thing gets a new one at the next print."""
    from app.core import db
    from app.core.actor import SYSTEM
    from app.core.errors import DomainError
    from app.http.messages import error_text
    from app.public import service

    click.get_current_context().obj()
    try:
        with db.transaction(SYSTEM) as session:
            service.revoke_thing_code(session, SYSTEM, code)
    except DomainError as error:
        raise click.ClickException(error_text(error)) from None
    click.echo(code)


def sheet_of(labels: list[Any], public_url: str, language: str) -> str:
    """Return the sheet as an HTML document."""
    import segno
    from jinja2 import Environment, FileSystemLoader
    from markupsafe import Markup

    folder = Path(__file__).parent / "pages"
    template = Environment(loader=FileSystemLoader(folder), autoescape=True).get_template("public_codes.html")

    def qr_code(code: str) -> Markup:
        image = segno.make(f"{public_url}/public/t/{code}", error="q", micro=False)
        return Markup(image.svg_inline(border=4, dark="#000", light="#fff", omitsize=True))

    return template.render(labels=labels, lang=language, qr_code=qr_code)
