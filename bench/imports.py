"""`python -m bench.imports`: `gridward import households` of 100,000 rows, and a dry run of 1,000,000, in a copy of the city.

Beside COPY of the same file into a table without indexes, which is the least that reading it costs. The rows are new
households at places all over the city. Settings: BENCH_SIZE (0.1), IMPORT_ROWS (100000), DRY_RUN_ROWS (1000000).
"""

import csv
import os
import random
import sys
import tempfile
import time
from pathlib import Path

import psycopg

from bench import city, record
from bench.environment import cluster, gridward, prepare, say
from bench.stage import copied, size_from_environment

DATABASE = "gridward_bench_imports"
HEAD = ("key", "lon", "lat", "kind", "address")


def write_file(path: Path, rows: int, size: city.Size, prefix: str) -> None:
    """Write a file of households at places within the city."""
    lot = random.Random(5)
    width, height = size.cols * 0.004, size.rows * 0.0025
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(HEAD)
        for number in range(rows):
            lon = 120 + 0.0005 + lot.random() * (width - 0.001)
            lat = 30 + 0.0005 + lot.random() * (height - 0.001)
            address = f"{prefix}路{number // 400 + 1}号{number // 100 % 4 + 1}单元{number % 100 + 1}室"
            writer.writerow((f"{prefix}-{number}", f"{lon:.6f}", f"{lat:.6f}", "dwelling", address))


def seconds_to_copy(url: str, path: Path) -> float:
    """Return the seconds that PostgreSQL needs to read the file into a plain table."""
    with psycopg.connect(url) as connection:
        columns = ", ".join(f"{name} text" for name in HEAD)
        connection.execute(f"create temp table copied_rows ({columns})")  # type: ignore[arg-type]
        started = time.perf_counter()
        sql = "copy copied_rows from stdin (format csv, header)"
        with path.open("rb") as file, connection.cursor().copy(sql) as copy:
            while block := file.read(1 << 20):
                copy.write(block)
        return time.perf_counter() - started


def seconds_to_import(url: str, path: Path, *options: str) -> float:
    """Return the seconds of the command."""
    started = time.perf_counter()
    status = gridward(url, "import", "households", str(path), *options)
    if status:
        raise SystemExit(f"the import of {path.name} ended with {status}")
    return time.perf_counter() - started


def main() -> None:
    """Measure an import and a dry run."""
    number, dry_number = (
        int(os.environ.get("IMPORT_ROWS", "100000")),
        int(os.environ.get("DRY_RUN_ROWS", "1000000")),
    )
    size = size_from_environment(0.1)
    rows = []
    with cluster() as server, tempfile.TemporaryDirectory(prefix="gridward-bench-") as folder:
        source = prepare(server, size)
        with copied(server, source, DATABASE) as url:
            for title, key, count, options in (
                ("import", "import", number, ()),
                ("dry run", "dry_run", dry_number, ("--dry-run",)),
            ):
                path = Path(folder) / f"{key}.csv"
                write_file(path, count, size, "甲" if key == "import" else "乙")
                copy_s, import_s = seconds_to_copy(url, path), seconds_to_import(url, path, *options)
                say(f"{title} of {count:,} rows: {import_s:.1f} s")
                rows.append(f"| {title} of {count:,} rows | {import_s:.1f} | {import_s / copy_s:.1f} |")
                is_whole = (key, count) in (("import", 100_000), ("dry_run", 1_000_000))
                record.note(key, import_s, rows=count, **({} if is_whole else {"remark": f"{count:,} rows"}))
    print(f"{size.cases:,} households before\n\n| | seconds | / COPY of the file |\n|---|---:|---:|")
    print("\n".join(rows))


if __name__ == "__main__":
    sys.exit(main())
