"""The command `gridward import`, with a subcommand for each kind of row."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import click

from app.exchange.rules.contract import KINDS

EXIT_NOTHING_DONE, EXIT_INTERRUPTED = 2, 3


@click.group("import", invoke_without_command=True)
@click.option("--columns", type=click.Choice(KINDS), help="List the columns of a kind, and stop")
@click.pass_context
def imports(context: click.Context, columns: str | None) -> None:
    """Import files of other systems.

    Exit status 0: all rows stored; 1: some rows refused; 2: nothing stored; 3: interrupted, the same command continues.
    """
    from app.exchange.rules.columns import table_of

    if columns is not None:
        for text in table_of(columns):
            click.echo(text)
        context.exit()
    if context.invoked_subcommand is None:
        raise click.UsageError(f"What is in the file? One of {', '.join(KINDS)}.")


_OPTIONS = (
    click.option("--map", "mapping", multiple=True, metavar="COLUMN=FIELD",
                 help="Field that a column contains; COLUMN= ignores the column"),
    click.option("--map-value", "values", multiple=True, metavar="FIELD:A=B", help="Read the value A of a field as B"),
    click.option("--crs", help="Coordinate system: EPSG:n, gcj02 or bd09 (default: as the file states, else WGS 84)"),
    click.option("--timezone", metavar="AREA/CITY",
                 help="Time zone of times without one (default: of the jurisdiction), and of a new jurisdiction"),
    click.option("--day-first", is_flag=True, help="Read 01/02/2026 as 1 February"),
    click.option("--jurisdiction", metavar="CODE", help="Jurisdiction to import into (default: the oldest one that has areas)"),
    click.option("--profile", metavar="NAME", help="Create the jurisdiction with this profile if it does not exist"),
    click.option("--layer", "--sheet", help="Layer of a GeoPackage, or sheet of a workbook"),
    click.option("--level", help="Level of all areas in a file without a column of levels"),
    click.option("--dry-run", "is_dry", is_flag=True, help="Report the result, and store nothing"),
    click.option("--partial", "is_partial", is_flag=True, help="Store valid rows although others have faults"),
    click.option("--accept-findings", "accepts_findings", is_flag=True, help="Store areas with faults as inactive"),
    click.option("--live", "is_live", is_flag=True, help="Dispatch open cases (default: no offers are sent)"),
    click.option("--errors", type=click.Path(dir_okay=False, path_type=Path),
                 help="File for refused rows (default: FILE.errors with the same extension)"),
)  # fmt: skip


def _command(kind: str) -> click.Command:
    @click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
    @click.pass_context
    def import_file(context: click.Context, /, file: Path, **arguments: Any) -> None:
        _import(context, kind, file, **arguments)

    for option in reversed(_OPTIONS):
        import_file = option(import_file)
    return click.command(kind, help=f"Import a file of {kind}.")(import_file)


for _kind in KINDS:
    imports.add_command(_command(_kind))


@imports.command("undo")
@click.argument("run", type=click.UUID)
@click.option("--dry-run", "is_dry", is_flag=True, help="Report the result, and remove nothing")
@click.option("--whole", "is_whole", is_flag=True, help="Remove nothing if any object must stay")
@click.pass_context
def undo(context: click.Context, run: UUID, is_dry: bool, is_whole: bool) -> None:
    """Remove what the import RUN created.

    Objects stay that were changed later, or that others depend on. Exit status 0: all removed; 1: some objects stay.
    """
    from app.core import db
    from app.core.actor import SYSTEM
    from app.exchange import service as exchange

    with _exit_on_refusal():
        context.find_root().obj()
        with db.transaction(SYSTEM) as session:
            undone = exchange.undo_import(session, SYSTEM, run_id=run, is_dry=is_dry, is_whole=is_whole)
    for entity, count in undone.taken_back.items():
        click.echo(f"{'would be taken back' if is_dry else 'taken back'} {count:>8} {entity}")
    for blocked in undone.kept:
        click.echo(
            f"  stays: {blocked['entity']} {blocked['id']}: {blocked['reason']}: {blocked['sentence']['en']}"
        )
    if undone.kept_total > len(undone.kept):
        click.echo(f"  … and {undone.kept_total - len(undone.kept)} more")
    context.exit(1 if undone.kept_total else 0)


def _import(
    context: click.Context,
    kind: str,
    file: Path,
    *,
    mapping: tuple[str, ...],
    values: tuple[str, ...],
    profile: str | None,
    errors: Path | None,
    **other_options: Any,
) -> None:
    from app.exchange import service as exchange

    with _exit_on_refusal():
        context.find_root().obj()
        options = exchange.Options(
            mapping=exchange.mapping_of(list(mapping)),
            values=exchange.values_of(list(values)),
            **other_options,
        )
        result = exchange.import_file(kind, file, options, profile=profile, errors=errors)
    for text in exchange.report_text(result):
        click.echo(text)
    context.exit(0 if result.state == "done" else 1)


@contextmanager
def _exit_on_refusal() -> Iterator[None]:
    """Print a message and exit if the import is refused or the database is unavailable."""
    from app.core.errors import DomainError
    from app.exchange.service import DatabaseUnavailable, FileRefused
    from app.exchange.service import sentence as sentence_of
    from app.http.messages import error_text

    try:
        yield
    except FileRefused as error:
        _exit_with(f"{error.fault.code}: {sentence_of(error.fault)}", EXIT_NOTHING_DONE)
    except DomainError as error:
        _exit_with(error_text(error), EXIT_NOTHING_DONE)
    except click.ClickException as error:
        _exit_with(error.message, EXIT_NOTHING_DONE)
    except DatabaseUnavailable as error:
        _exit_with(
            f"The database went away or took too long ({error}). When it is back, import the same file again: rows "
            "that were stored are recognised.",
            EXIT_INTERRUPTED,
        )


def _exit_with(message: str, status: int) -> None:
    click.echo(f"Error: {message}", err=True)
    raise SystemExit(status)
