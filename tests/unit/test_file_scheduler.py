"""The xdist scheduler: files folder by folder, slow folders first."""

from tests.file_scheduler import FIRST, chosen

FILES = ["tests/areas/a.py", "tests/areas/b.py", "tests/live/a.py", "tests/live/b.py", "tests/web/field/a.py"]


def assigned_files(*last):
    """The files in the order in which processes that take turns get them."""
    waiting, lasts, given = list(FILES), dict(enumerate(last)), []
    while waiting:
        for number in lasts:
            if waiting:
                others = {file.rpartition("/")[0] for n, file in lasts.items() if n != number and file}
                lasts[number] = chosen(waiting, lasts[number], others)
                waiting.remove(lasts[number])
                given.append((number, lasts[number]))
    return given


def test_scheduler_assigns_folders_to_separate_processes():
    assert assigned_files(None, None) == [
        (0, "tests/web/field/a.py"),
        (1, "tests/live/a.py"),
        (0, "tests/areas/a.py"),
        (1, "tests/live/b.py"),
        (0, "tests/areas/b.py"),
    ]


def test_scheduler_shares_folder_when_no_other_is_left():
    assert chosen(["tests/live/b.py"], "tests/areas/b.py", {"tests/live"}) == "tests/live/b.py"


def test_scheduler_first_folders_exist():
    from pathlib import Path

    assert all(list(Path(folder).glob("test_*.py")) for folder in FIRST)
