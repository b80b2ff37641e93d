"""Formats of files that can be imported, by the extension of their names."""

from pathlib import Path

from app.exchange.rules.faults import FileRefused

_FORMATS = {
    ".csv": "csv",
    ".txt": "csv",
    ".xlsx": "xlsx",
    ".geojson": "geojson",
    ".json": "geojson",
    ".gpkg": "gpkg",
    ".shp": "shp",
    ".zip": "shp",
}


def format_of(name: str) -> str:
    """Return the format of a file by the extension of its name.

    Raises:
        FileRefused: `format_unknown`: no format has this extension.
    """
    format = _FORMATS.get(Path(name).suffix.lower())
    if format is None:
        raise FileRefused("format_unknown", name=Path(name).suffix or "?")
    return format
