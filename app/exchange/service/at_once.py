"""An import from a file on this machine: what `gridward import` does, and what it tells."""

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
from app.exchange.service.options import Options
from app.exchange.service.running import Ended, begin, carry_out
from app.profiles import service as profiles


class DatabaseAway(Exception):
    """The database ended the connection, or took too long, while rows were stored."""


def import_file(
    kind: str, file: Path, options: Options, *, profile: str | None = None, errors: Path | None = None
) -> Ended:
    """Import a file, and write the error file beside it if rows were refused."""
    format_of(file.name)
    target = errors or error_path(file)
    # Found out afterwards, what was stored would stand without what was not.
    if not os.access(target if target.exists() else target.parent, os.W_OK):
        raise FileRefused("option_invalid", option="errors", value=str(target))
    try:
        if options.is_dry and _is_new(options.jurisdiction, profile):
            ended = _in_a_city_to_come(kind, file, options, profile)
        else:
            ended = _import(kind, file, options, profile)
    except (OperationalError, InterfaceError) as error:
        raise DatabaseAway(type(error.orig).__name__) from error
    if ended.error_file is not None:
        target.write_bytes(ended.error_file)
        ended.summary["error_file"] = str(target)
    return ended


def _import(kind: str, file: Path, options: Options, profile: str | None) -> Ended:
    with db.transaction(SYSTEM) as session:
        if profile is not None and options.jurisdiction is not None:
            _open_if_new(session, options.jurisdiction, profile, options.timezone)
        run = begin(session, SYSTEM, kind=kind, options=options, name=file.name)
    with click.progressbar(length=0, show_pos=True, file=sys.stderr) as bar:

        def show(rows: int, of: int | None) -> None:
            bar.length = max(of or rows, rows)
            bar.update(rows - bar.pos)

        return carry_out(db.transaction, SYSTEM, run, path=file, name=file.name, progress=show)


class _Undo(Exception):
    """Takes back a transaction that is not to be kept."""


def _in_a_city_to_come(kind: str, file: Path, options: Options, profile: str | None) -> Ended:
    """A dry run that opens the jurisdiction too: all in one transaction, of which nothing is kept, not even the run."""
    try:
        with db.one_transaction(SYSTEM):
            ended = _import(kind, file, options, profile)
            raise _Undo
    except _Undo:
        return ended


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
    """`cases.csv` -> `cases.errors.csv`; a Shapefile's error file is an archive."""
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


def report(ended: Ended) -> Iterator[str]:
    """What came of it, in lines for a person."""
    summary = ended.summary
    undone = summary["dry_run"] or (summary["refused"] and not summary["partial"])
    yield f"{summary['kind']}: {summary['rows']} rows read ({summary['format']})"
    if not undone:
        yield f"  run {ended.run_id}   (gridward import undo takes it back)"
    if summary["dry_run"]:
        yield f"  would be stored {summary['would_store']:>8}   (dry run: nothing was kept)"
    elif undone:
        yield "  stored                 0   (all or nothing; --partial stores the good rows)"
    else:
        yield f"  stored          {summary['stored']:>8}"
    if summary["changed"]:
        yield f"    of them changed {summary['changed']:>7}   (the others are new)"
    yield f"  here already    {summary['unchanged']:>8}"
    yield f"  refused         {summary['refused']:>8}"
    for code, count in summary["reasons"].items():
        yield f"    {count:>8}  {code}: {_said(code)}"
    for code, note in summary["notes"].items():
        yield f"  note: {note['rows']} rows {code} ({_said(code)} First: {', '.join(map(str, note['first']))})"
    yield "  columns: " + ", ".join(f"{column} -> {name}" for name, column in summary["columns"].items())
    if summary["ignored_columns"]:
        yield "  ignored columns: " + ", ".join(summary["ignored_columns"])
    unknown = summary.get("unknown_categories") or []
    if unknown:
        yield "  categories that the taxonomy does not know (stored as unclassified, kept in the report):"
    for one in unknown:
        proposed = (
            f"   --map-value 'category:{one['category']}={one['proposed']}' ?" if one["proposed"] else ""
        )
        yield f"    {one['rows']:>8}  {one['category']}{proposed}"
    for finding in summary.get("findings") or ():
        kept = "kept inactive" if finding["kept"] == "inactive" else "not taken"
        yield f"  row {finding['row']}: {finding['code']}: {finding['message']} ({kept}){_spot(finding['place'])}"
    if "error_file" in summary:
        yield f"  error file: {summary['error_file']}"


def _spot(place: dict[str, Any] | None) -> str:
    """Where a finding is, as longitude and latitude."""
    if not place:
        return ""
    spot = shape(place).representative_point()
    return f" at {spot.x:.6f}, {spot.y:.6f}"


def _said(code: str) -> str:
    """The sentence of a code, as it stands for all rows."""
    return re.sub(r"{\w+}", "…", SENTENCES.get(code, (code, code))[0])
