"""The formats of files that can be imported, by the extension of their names."""

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
    """The format that a file's name says."""
    found = _FORMATS.get(Path(name).suffix.lower())
    if found is None:
        raise FileRefused("format_unknown", name=Path(name).suffix or "?")
    return found
