"""The maps of Gridward beside other servers of OGC APIs, on the same rows in the same database: see ../README.md."""

from pathlib import Path

FOLDER = Path(__file__).parent
