"""A dump of the whole database as text, and the search for a person in it."""

import os
import re
import subprocess
from collections.abc import Iterable

import psycopg

from tests.live.databases import plain


def tables_naming(url: str, marks: Iterable[str]) -> dict[str, list[str]]:
    """Return the marks that rows of a full `pg_dump` have, by table."""
    with psycopg.connect(plain(url)) as connection:
        folder = f"/usr/lib/postgresql/{connection.info.server_version // 10_000}/bin"
    env = os.environ | {"PATH": f"{folder}:{os.environ['PATH']}"}
    dump = subprocess.run(
        ["pg_dump", "--data-only", plain(url)], env=env, capture_output=True, text=True, check=True
    )
    marks_by_table: dict[str, set[str]] = {}
    table = "(outside of rows)"
    for text in dump.stdout.splitlines():
        if begins := re.match(r"COPY (\S+) ", text):
            table = begins[1]
        for mark in marks:
            if mark in text:
                marks_by_table.setdefault(table, set()).add(mark)
    return {name: sorted(marks) for name, marks in marks_by_table.items()}
