"""Which tests a whole run draws, and how examples are drawn."""

import hypothesis

from tests.live.processes import ROOT
from tests.nonempty import nonempty
from tests.sample_sizes import DRAWN, divisor, left_out

LONG, SHORT = "tests/long/test_a.py", "tests/unit/test_b.py"


DRAWN_HERE = {"tests/long": 3}
TESTS = [(file, f"{file}::test_{n}") for file, count in ((LONG, 10), (SHORT, 5)) for n in range(count)]
EVERY = {name for _, name in TESTS}


def test_whole_run_takes_one_in_three_tests_of_drawn_files_and_all_others():
    out = left_out(TESTS, drawn=DRAWN_HERE, seed=1)
    assert len(out) == 6 and all(name.startswith(LONG) for name in out)


def test_each_test_is_drawn_by_some_seed_and_the_same_by_the_same_seed():
    runs = [EVERY - left_out(TESTS, drawn=DRAWN_HERE, seed=seed) for seed in range(40)]
    assert set().union(*runs) == EVERY
    assert runs == [EVERY - left_out(TESTS, drawn=DRAWN_HERE, seed=seed) for seed in range(40)]


def test_file_with_one_test_always_runs():
    assert left_out([(LONG, "only")], drawn=DRAWN_HERE, seed=1) == set()


def test_drawn_folders_exist_and_their_names_are_no_prefixes_of_others():
    for path, one_in in nonempty(DRAWN.items()):
        assert (ROOT / path).exists() and one_in > 1
        assert divisor(path) == one_in and divisor(path + "_other/test_a.py") == 1


def test_examples_have_no_limit_of_time_and_differ_from_run_to_run():
    profile = hypothesis.settings.default
    assert profile is not None
    assert (profile.deadline, profile.derandomize) == (None, False)
    assert hypothesis.HealthCheck.too_slow in profile.suppress_health_check
