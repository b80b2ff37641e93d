"""The table of seconds at the end of a test run."""

from tests import run_times

TIMES = [
    ("tests/a/test_x.py", 1.0),
    ("tests/a/test_x.py", 2.0),
    ("tests/a/test_y.py", 4.0),
    ("tests/test_z.py", 0.5),
]


def test_seconds_of_a_file_are_added_up_by_folder_and_file():
    assert run_times.by_folder(TIMES) == {"tests/a": 7.0, "tests": 0.5}
    assert run_times.by_file(TIMES) == {
        "tests/a/test_x.py": 3.0,
        "tests/a/test_y.py": 4.0,
        "tests/test_z.py": 0.5,
    }


def test_table_begins_with_the_longest():
    shown = [row.split() for row in run_times.lines(TIMES)]
    assert shown[:3] == [["7.5", "all"], ["7.0", "tests/a"], ["0.5", "tests"]]
    assert shown[3:] == [
        ["4.0", "tests/a/test_y.py"],
        ["3.0", "tests/a/test_x.py"],
        ["0.5", "tests/test_z.py"],
    ]
