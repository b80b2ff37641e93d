"""Real extracts of OpenStreetMap (ODbL 1.0), which `bin/setup --dev` unpacks."""

from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / ".run" / "extract"


def extract(name: str = "Helsinki") -> Path:
    """The path of an extract. A test that cannot have it fails: it is the only one on real data."""
    path = FOLDER / f"{name}.osm.pbf"
    if not path.exists():
        pytest.fail(f"no {path}: run bin/setup --dev, which unpacks the extract of requirements-extract.lock")
    return path
