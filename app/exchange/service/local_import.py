"""Import of a local file by the command `gridward import`, and its report for the terminal."""

import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
from shapely.geometry import shape
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.orm import Session

from app.areas import service as areas
from app.core import db
from app.core.actor import SYSTEM
from app.core.errors import DomainError
from app.exchange.rules.faults import SENTENCES, FileRefused
from app.exchange.rules.files.formats import format_of
from app.exchange.service.import_runs import ImportResult, begin_import, run_import
from app.exchange.service.options import Options
from app.profiles import service as profiles


class DatabaseUnavailable(Exception):
    """Raised if the database ended the connection, or took too long, while rows were stored."""


def import_file(
    kind: str, file: Path, options: Options, *, profile: str | None = None, errors: Path | None = None
) -> ImportResult:
    """Import a local file. If rows are refused, write an error file.

    Args:
        profile: Name of the packaged profile (settings) with which the jurisdiction is created if it does not exist.
        errors: Path of the error file. None: beside the imported file.

    Raises:
        FileRefused: The whole file is refused, or the error file cannot be written.
        DatabaseUnavailable: The database failed during the import.
    """
    format_of(file.name)
    target = errors or error_path(file)
    # Checked first: after the import it would be too late to refuse it.
    if not os.access(target if target.exists() else target.parent, os.W_OK):
        raise FileRefused("option_invalid", option="errors", value=str(target))
    try:
        if options.is_dry and _is_new(options.jurisdiction, profile):
            result = _dry_run_in_new_jurisdiction(kind, file, options, profile)
        else:
            result = _import(kind, file, options, profile)
    except (OperationalError, InterfaceError) as error:
        raise DatabaseUnavailable(type(error.orig).__name__) from error
    if result.error_file is not None:
        target.write_bytes(result.error_file)
        result.summary["error_file"] = str(target)
    return result


def _import(kind: str, file: Path, options: Options, profile: str | None) -> ImportResult:
    with db.transaction(SYSTEM) as session:
        if profile is not None and options.jurisdiction is not None:
            _open_if_new(session, options.jurisdiction, profile, options.timezone)
        run = begin_import(session, SYSTEM, kind=kind, options=options, name=file.name)
    with click.progressbar(length=0, show_pos=True, file=sys.stderr) as bar:

        def show(rows: int, total: int | None) -> None:
            bar.length = max(total or rows, rows)
            bar.update(rows - bar.pos)

        return run_import(db.transaction, SYSTEM, run, path=file, name=file.name, progress=show)


class _Rollback(Exception):
    """Raised to roll a transaction back."""


def _dry_run_in_new_jurisdiction(
    kind: str, file: Path, options: Options, profile: str | None
) -> ImportResult:
    """Run a dry run of an import into a jurisdiction that does not exist yet.

    Jurisdiction, run and rows are stored in one transaction, which is rolled back at the end.
    """
    try:
        with db.one_transaction(SYSTEM):
            result = _import(kind, file, options, profile)
            raise _Rollback
    except _Rollback:
        return result


def _is_new(code: str | None, profile: str | None) -> bool:
    if code is None or profile is None:
        return False
    with db.transaction(SYSTEM) as session:
        try:
            profiles.jurisdiction_named(session, code)
        except DomainError:
            return True
    return False


def error_path(file: Path) -> Path:
    """Return the path of the error file beside `file`: `cases.csv` -> `cases.errors.csv`.

    The error file of a Shapefile is a ZIP archive.
    """
    suffix = ".zip" if file.suffix.lower() == ".shp" else file.suffix
    return file.with_name(f"{file.stem}.errors{suffix}")


def _open_if_new(session: Session, code: str, profile: str, timezone: str | None) -> None:
    try:
        profiles.jurisdiction_named(session, code)
    except DomainError:
        try:
            document = profiles.packaged_profile(profile)
        except FileNotFoundError:
            raise FileRefused("option_invalid", option="profile", value=profile) from None
        if timezone is None:
            raise FileRefused("timezone_needed", jurisdiction=code) from None
        areas.open_jurisdiction(
            session,
            SYSTEM,
            code=code,
            name={"zh": code, "en": code},
            timezone=timezone,
            profile_data=document,
        )


def report_text(result: ImportResult) -> Iterator[str]:
    """Yield the lines of the report of an import, for a terminal."""
    summary = result.summary
    is_nothing_stored = summary["dry_run"] or (summary["refused"] and not summary["partial"])
    yield f"{summary['kind']}: {summary['rows']} rows read ({summary['format']})"
    if not is_nothing_stored:
        yield f"  run {result.run_id}   (gridward import undo takes it back)"
    if summary["dry_run"]:
        yield f"  would be stored {summary['would_store']:>8}   (dry run: nothing was kept)"
    elif is_nothing_stored:
        yield "  stored                 0   (all or nothing; --partial stores the good rows)"
    else:
        yield f"  stored          {summary['stored']:>8}"
    if summary["changed"]:
        yield f"    of them changed {summary['changed']:>7}   (the others are new)"
    yield f"  here already    {summary['unchanged']:>8}"
    yield f"  refused         {summary['refused']:>8}"
    for code, count in summary["reasons"].items():
        yield f"    {count:>8}  {code}: {_sentence_of(code)}"
    for code, note in summary["notes"].items():
        yield f"  note: {note['rows']} rows {code} ({_sentence_of(code)} First: {', '.join(map(str, note['first']))})"
    yield "  columns: " + ", ".join(f"{column} -> {name}" for name, column in summary["columns"].items())
    if summary["ignored_columns"]:
        yield "  ignored columns: " + ", ".join(summary["ignored_columns"])
    unknown = summary.get("unknown_categories") or []
    if unknown:
        yield "  categories that the taxonomy does not know (stored as unclassified, kept in the report):"
    for entry in unknown:
        proposed = (
            f"   --map-value 'category:{entry['category']}={entry['proposed']}' ?"
            if entry["proposed"]
            else ""
        )
        yield f"    {entry['rows']:>8}  {entry['category']}{proposed}"
    for finding in summary.get("findings") or ():
        decision = "kept inactive" if finding["kept"] == "inactive" else "not taken"
        yield f"  row {finding['row']}: {finding['code']}: {finding['message']} ({decision}){_point_text(finding['place'])}"
    if "error_file" in summary:
        yield f"  error file: {summary['error_file']}"


def _point_text(geometry: dict[str, Any] | None) -> str:
    """Return a point inside a geometry (WGS 84) as text for the end of a line, longitude first."""
    if not geometry:
        return ""
    point = shape(geometry).representative_point()
    return f" at {point.x:.6f}, {point.y:.6f}"


def _sentence_of(code: str) -> str:
    """Return the message of a fault code, with an ellipsis for each placeholder."""
    return re.sub(r"{\w+}", "…", SENTENCES.get(code, (code, code))[0])
