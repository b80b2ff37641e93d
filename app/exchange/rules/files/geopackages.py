"""Check of uploaded GeoPackages: files with SQL that a reader would run are refused.

A GeoPackage is an SQLite database. GDAL reads a view in it as a layer, and SQLite runs the query of the view. A recursive query
in a file of 30 kB never ends.
"""

import re
import sqlite3
from pathlib import Path
from typing import NoReturn

from app.exchange.rules.faults import FileRefused

SQLITE = b"SQLite format 3\0"
_NAME_LIMIT = 60
_RTREE = re.compile(
    r'CREATE\s+VIRTUAL\s+TABLE\s+(?:IF NOT EXISTS\s+)?["`\[]?rtree_[^"`\]]+["`\]]?\s+USING\s+rtree\s*\(', re.I
)
# Triggers that GDAL, QGIS and the standard's own scripts write: they keep the R-tree, the number of features and the
# tiles' tables in order when rows are written. Nothing writes here, so none of them runs.
_TRIGGERS = re.compile(
    r"rtree_.+_(insert|delete|update\d?)|trigger_(insert|delete)_feature_count_.+"
    r"|gpkg_(tile|metadata|extended)_.+|.+_(zoom|tile_row|tile_column)_(insert|update)",
    re.I,
)
# A column's value that SQLite computes while it is read.
_GENERATED_HIDDEN = (2, 3)


def is_sqlite(path: Path) -> bool:
    """Return True if a file is an SQLite database, whatever its name."""
    with path.open("rb") as file:
        return file.read(len(SQLITE)) == SQLITE


def require_plain(path: Path) -> None:
    """Refuse a GeoPackage that has more than tables, indexes and the R-trees that GDAL makes.

    Raises:
        FileRefused: `geopackage_not_plain`, or `file_unreadable` for a broken file.
    """
    # Without a journal beside it the file is read as it is, and nothing is created in its folder.
    mode = "mode=ro" if path.with_name(f"{path.name}-wal").exists() else "mode=ro&immutable=1"
    try:
        connection = sqlite3.connect(f"{path.resolve().as_uri()}?{mode}", uri=True)
    except sqlite3.Error:
        raise FileRefused("file_unreadable", reason="not a database") from None
    try:
        connection.execute("pragma trusted_schema = off")
        entries = connection.execute("select type, name, coalesce(sql, '') from sqlite_master").fetchall()
        for type_, name, sql in entries:
            if type_ == "table":
                _require_table(connection, name, sql)
            elif type_ == "view" or (type_ == "trigger" and not _TRIGGERS.fullmatch(name)):
                _refuse(type_, name)
            elif type_ not in ("index", "trigger"):
                _refuse(str(type_), name)
    except (sqlite3.Error, UnicodeDecodeError) as error:
        raise FileRefused("file_unreadable", reason=type(error).__name__) from None
    finally:
        connection.close()


def _require_table(connection: sqlite3.Connection, name: str, sql: str) -> None:
    if re.match(r"\s*CREATE\s+VIRTUAL\s", sql, re.I):
        if not _RTREE.match(sql.lstrip()):
            _refuse("virtual table", name)
        return
    columns = connection.execute("select hidden from pragma_table_xinfo(?)", (name,))
    if any(hidden in _GENERATED_HIDDEN for (hidden,) in columns):
        _refuse("table with computed columns", name)


def _refuse(type_: str, name: str) -> NoReturn:
    printable = "".join(char for char in str(name) if char.isprintable())[:_NAME_LIMIT]
    raise FileRefused("geopackage_not_plain", type=type_, name=printable)
