"""Commands `gridward profile`: check and compare profiles, print their JSON Schema, fill in holidays."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click


@click.group()
def profile() -> None:
    """Check and compare profiles."""


@profile.command("check")
@click.argument("document", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--lang",
    type=click.Choice(["en", "zh"]),
    default="en",
    show_default=True,
    help="Language of the sentences",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per line")
def check(document: Path, lang: str, as_json: bool) -> None:
    """List all faults of a profile in a file. Exit status 1: the profile has faults."""
    import orjson

    from app.profiles.rules.fault_sentences import sentence
    from app.profiles.rules.validation import faults_of

    faults = faults_of(read_document(document))
    for fault in faults:
        if as_json:
            entry = {"pointer": fault.pointer, "code": fault.code, "sentence": sentence(fault)}
            click.echo(orjson.dumps(entry))
        else:
            click.echo(f"{fault.pointer or '/'}: {sentence(fault)[lang]} ({fault.code})")
    if faults:
        raise SystemExit(1)


@profile.command("diff")
@click.argument("old")
@click.argument("new")
@click.option(
    "--lang",
    type=click.Choice(["en", "zh"]),
    default="en",
    show_default=True,
    help="Language of the sentences",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per line")
def diff(old: str, new: str, lang: str, as_json: bool) -> None:
    """List the changes from OLD to NEW. Each is a file, or CODE@NUMBER for a version in the database."""
    import orjson

    from app.profiles.rules.diff import differences

    for change in differences(_document(old), _document(new)):
        if as_json:
            click.echo(orjson.dumps(asdict(change)))
        else:
            click.echo(f"{change.kind:24}{change.sentence[lang]}")


@profile.command("schema")
def schema() -> None:
    """Print the JSON Schema of a profile, with which an editor completes and checks a document."""
    import orjson

    from app.profiles.rules.json_schema import json_schema

    click.echo(orjson.dumps(json_schema(), option=orjson.OPT_INDENT_2))


@profile.command("holidays")
@click.argument("year", type=click.IntRange(1, 9999))
@click.option(
    "--into",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Profile whose calendar gets the days; the days of other years stay",
)
def holidays(year: int, into: Path | None) -> None:
    """Print the days off and the worked weekends of YEAR that the State Council of China announced.

    They are members of the calendar of a profile. With --into they are written into a file.
    """
    import orjson

    from app.profiles.rules.holidays import YearUnknown, announced_days, with_announced_days

    try:
        if into is None:
            click.echo(orjson.dumps(announced_days(year), option=orjson.OPT_INDENT_2))
            return
        document = read_document(into)
        if not isinstance(document, dict) or not isinstance(document.get("calendar"), dict):
            raise click.ClickException(f"{into} has no calendar")
        document["calendar"] = with_announced_days(document["calendar"], year)
    except YearUnknown as error:
        raise click.ClickException(
            f"The days off of {year} are not known: {error}. The State Council announces them in November of the "
            "year before. Then upgrade the package chinesecalendar and call this command again."
        ) from None
    into.write_bytes(orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))


def _document(reference: str) -> dict[str, Any]:
    """Return a valid profile document from a file, or from the database for `CODE@NUMBER`."""
    from app.core import db
    from app.core.actor import SYSTEM
    from app.core.errors import DomainError
    from app.profiles import service
    from app.profiles.rules.profile import ProfileInvalid, parse_profile

    path = Path(reference)
    if path.is_file():
        document = read_document(path)
        try:
            parse_profile(document)
        except ProfileInvalid as error:
            raise click.ClickException(f"{reference} has faults: {error}") from None
        return dict(document)
    code, separator, number = reference.rpartition("@")
    if not separator or not number.isdecimal():
        raise click.ClickException(f"{reference} is neither a file nor CODE@NUMBER")
    click.get_current_context().obj()
    try:
        with db.read_session() as session:
            return service.profile_data(session, SYSTEM, code=code, number=int(number))
    except DomainError:
        raise click.ClickException(f"there is no version {reference}") from None


def read_document(path: Path) -> Any:
    """Return the JSON document in a file.

    Raises:
        ClickException: The file has no JSON.
    """
    import orjson

    try:
        return orjson.loads(path.read_bytes())
    except orjson.JSONDecodeError as error:
        raise click.ClickException(f"{path} is not JSON: {error}") from None
