"""Where the minutes of a test run go: seconds by folder of tests and by file. All processes are added up."""

from collections import defaultdict
from collections.abc import Iterable
from pathlib import PurePosixPath

# A file and the seconds of one of its tests, or of the set-up or end of the test.
Time = tuple[str, float]
FILES_SHOWN = 15


def by_folder(times: Iterable[Time]) -> dict[str, float]:
    """Return the seconds of each folder. Files directly in `tests` count for that folder."""
    seconds: dict[str, float] = defaultdict(float)
    for file, duration in times:
        seconds[str(PurePosixPath(file).parent)] += duration
    return seconds


def by_file(times: Iterable[Time]) -> dict[str, float]:
    seconds: dict[str, float] = defaultdict(float)
    for file, duration in times:
        seconds[file] += duration
    return seconds


def longest(seconds: dict[str, float]) -> list[tuple[str, float]]:
    return sorted(seconds.items(), key=lambda each: -each[1])


def lines(times: list[Time]) -> list[str]:
    """Return the lines of a table: the folders, then the slowest files, the longest first."""
    folders, files = longest(by_folder(times)), longest(by_file(times))[:FILES_SHOWN]
    total = sum(seconds for _, seconds in folders)
    return [f"{seconds:8.1f}  {name}" for name, seconds in [("all", total), *folders, *files]]
